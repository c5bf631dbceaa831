//! What a type's status says. The type's own content is checked in `types`.

use super::problem::summary;
use super::snapshot::{ObjectKind, Report, TypeDecision, TypeSnapshot};
use super::status::{Clock, set_condition};
use crate::api::condition::{ConditionStatus, READY, STALLED};
use crate::api::reason;

/// Decides the status of one type.
pub fn decide_type(snapshot: &TypeSnapshot) -> TypeDecision {
    let view = &snapshot.resource_type;
    let old = view.object.status.clone().unwrap_or_default();
    let clock = Clock {
        now: snapshot.now,
        generation: view.object.metadata.generation,
    };
    let (ready, reason, message) = match view.usable() {
        Ok(_) => (
            ConditionStatus::True,
            reason::READY,
            "requests of this type become orders".to_owned(),
        ),
        Err(problems) => {
            let (reason, message) = summary(problems);
            (ConditionStatus::False, reason, message)
        }
    };
    let mut status = old.clone();
    status.observed_generation = clock.generation;
    set_condition(&mut status.conditions, clock, READY, ready, reason, &message);
    status.conditions.retain(|condition| condition.type_ != STALLED);
    if ready == ConditionStatus::False {
        status.conditions.extend(
            old.conditions
                .iter()
                .find(|condition| condition.type_ == STALLED)
                .cloned(),
        );
        set_condition(
            &mut status.conditions,
            clock,
            STALLED,
            ConditionStatus::True,
            reason,
            &message,
        );
    }
    if status == old {
        return TypeDecision::default();
    }
    let before = old.conditions.iter().find(|condition| condition.type_ == READY);
    let told =
        before.is_some_and(|before| before.status == ready && before.reason == reason && before.message == message);
    let report = Report {
        kind: ObjectKind::ResourceType,
        name: view.name().to_owned(),
        reason,
        action: "Inspect",
        message,
        warning: ready == ConditionStatus::False,
    };
    TypeDecision {
        status: Some(status),
        reports: if told { Vec::new() } else { vec![report] },
    }
}
