//! What a type's status says. The type's own content is checked in `types`.

use super::problem::summary;
use super::snapshot::{Census, ObjectKind, Policies, Report, TypeDecision, TypeSnapshot};
use super::status::{Clock, set_condition};
use crate::api::condition::{Condition, ConditionStatus, FINISHED, OVERDUE, POLICIES_IN_FORCE, READY, STALLED, holds};
use crate::api::resource_type::LastSynchronization;
use crate::api::{ProvisioningOrder, ResourceTypeStatus, reason};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// How long counts stay as they were written.
const COUNTED_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// What an order adds to the counts of its type. What is finished is not late any more.
pub fn census_of(order: &ProvisioningOrder) -> Census {
    let conditions = order.status.as_ref().map_or(&[][..], |status| &status.conditions);
    let open = !holds(conditions, FINISHED);
    Census {
        open: open.into(),
        overdue: (open && holds(conditions, OVERDUE)).into(),
    }
}

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
    let (in_force, why, words) = policies(&snapshot.policies);
    set_condition(&mut status.conditions, clock, POLICIES_IN_FORCE, in_force, why, &words);
    let counts_wait_until = count(&mut status, snapshot, &old);
    if status == old {
        return TypeDecision {
            wake_at: counts_wait_until,
            ..TypeDecision::default()
        };
    }
    let mut reports = Vec::new();
    let mut tell = |condition: &str, status: ConditionStatus, reason: &'static str, message: String| {
        if !says(&old.conditions, condition, status, reason, &message) {
            reports.push(Report {
                kind: ObjectKind::ResourceType,
                name: view.name().to_owned(),
                reason,
                action: "Inspect",
                message,
                warning: status == ConditionStatus::False,
            });
        }
    };
    tell(READY, ready, reason, message);
    // That they are in force is news only after they were not.
    let was_known = old
        .conditions
        .iter()
        .any(|condition| condition.type_ == POLICIES_IN_FORCE);
    if was_known || in_force == ConditionStatus::False {
        tell(POLICIES_IN_FORCE, in_force, why, words);
    }
    TypeDecision {
        status: Some(status),
        reports,
        wake_at: None,
    }
}

/// Writes the counts into a status that is to be written: because of them, or anyway. Answers until when they have to
/// wait, where nothing else is to be written.
fn count(status: &mut ResourceTypeStatus, snapshot: &TypeSnapshot, old: &ResourceTypeStatus) -> Option<Timestamp> {
    status.last_synchronization = snapshot.inventory.newest.as_ref().map(|newest| LastSynchronization {
        name: newest.name.clone(),
        taken_at: Time(newest.taken_at),
        complete: snapshot.inventory.complete.as_ref() == Some(newest),
        count: newest.count,
    });
    let census = snapshot.census;
    let counts = [Some(census.open), Some(census.overdue), Some(snapshot.resources)];
    // A last write that is still to come is one before the clock was set back.
    let due = snapshot
        .counted_at
        .filter(|at| *at <= snapshot.now)
        .and_then(|at| at.checked_add(COUNTED_EVERY).ok())
        .filter(|due| *due > snapshot.now);
    let differ = counts != [old.open_orders, old.overdue_orders, old.resources];
    if differ && due.is_some() && status == old {
        return due;
    }
    [status.open_orders, status.overdue_orders, status.resources] = counts;
    None
}

fn policies(policies: &Policies) -> (ConditionStatus, &'static str, String) {
    match policies {
        Policies::InForce => (
            ConditionStatus::True,
            reason::POLICIES_IN_FORCE,
            "the admission policies check every write of a person".to_owned(),
        ),
        Policies::NotInForce(why) => (
            ConditionStatus::False,
            reason::POLICIES_NOT_IN_FORCE,
            format!("nothing moves and nothing that people write is believed: {why}"),
        ),
    }
}

fn says(conditions: &[Condition], type_: &str, status: ConditionStatus, reason: &str, message: &str) -> bool {
    conditions.iter().any(|condition| {
        condition.type_ == type_
            && condition.status == status
            && condition.reason == reason
            && condition.message == message
    })
}
