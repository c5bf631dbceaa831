//! The events of orders. Pure.

use super::super::facts;
use super::event::{Act, Event, Said};
use handoff_core::api::condition::{DECISION_UNTRUSTED, OVERDUE, STOP_REQUESTED};
use handoff_core::api::provisioning_order::{Difference, ReviewResult, VerificationResult};
use handoff_core::api::{
    HistoryEntry, ProvisioningOrder, ProvisioningOrderStatus, ProvisioningState as State, names, reason,
};
use kube::ResourceExt;

/// What happened to an order.
pub(super) fn events(order: &ProvisioningOrder) -> Vec<Event> {
    let object = format!("porder/{}", order.name_any());
    let status = order.status.clone().unwrap_or_default();
    let mut states: Vec<Event> = status
        .history
        .iter()
        .map(|entry| Event::state(&object, entry))
        .collect();
    let acts = acts(order, &status, &object, &mut states);
    if let (Some(event), Some(entry)) = (states.last_mut(), status.history.last())
        && event.said == Said::default()
    {
        event.said = last_words(&status, entry);
    }
    let conditions = conditions(&status).map(|condition| Event::condition(&object, condition));
    let conditions: Vec<_> = conditions.collect();
    [vec![created(order, &object)], acts, states, conditions].concat()
}

fn created(order: &ProvisioningOrder, object: &str) -> Event {
    let spec = &order.spec;
    let requests: Vec<_> = spec
        .request_refs
        .iter()
        .map(|one| format!("areq/{}", one.name))
        .collect();
    let previous = spec.previous.as_ref();
    let previous = previous.map(|previous| format!(", attempt {} after porder/{}", spec.attempt, previous.name));
    Event::at(facts::at(order.creation_timestamp().as_ref()), object, "created")
        .by(Some(names::OPERATOR_ACTOR))
        .saying(Said::words(format!(
            "for {}{}",
            requests.join(", "),
            previous.unwrap_or_default()
        )))
}

/// What people did; what led to one of the states is said there.
fn acts(order: &ProvisioningOrder, status: &ProvisioningOrderStatus, object: &str, states: &mut [Event]) -> Vec<Event> {
    let spec = &order.spec;
    let decided_at = facts::at(status.decided_at.as_ref());
    let place = |found: &dyn Fn(usize, &HistoryEntry) -> bool| {
        let mut entries = status.history.iter().enumerate();
        entries
            .find(|(number, entry)| found(*number, entry))
            .map(|(number, _)| number)
    };
    let mut alone = Vec::new();
    if let Some(assignee) = &spec.assignee {
        alone.push(Act::assignment(assignee).alone(decided_at, object));
    }
    if let Some(review) = &spec.review {
        let waited = place(&|_, entry| entry.state == State::AwaitingApproval);
        let answered = place(&|number, entry| match review.result {
            ReviewResult::Postponed => entry.reason == reason::POSTPONED,
            ReviewResult::Approved | ReviewResult::Declined => {
                waited.is_some_and(|waited| waited < number) && entry.state != State::AwaitingApproval
            }
        });
        alone.extend(Act::review(review).join(answered.and_then(|number| states.get_mut(number)), object));
    }
    if let Some(decision) = &spec.decision {
        let answered = place(&|_, entry| answers(entry));
        let event = Act::decision(decision).join(answered.and_then(|number| states.get_mut(number)), object);
        alone.extend(event.map(|event| Event {
            time: decided_at,
            ..event
        }));
    }
    if let Some(recovery) = &spec.recovery {
        let withdrawn = place(&|_, entry| entry.reason == reason::CLAIM_WITHDRAWN);
        alone.extend(Act::recovery(recovery).join(withdrawn.and_then(|number| states.get_mut(number)), object));
    }
    alone
}

/// Whether a decision leads to this state.
fn answers(entry: &HistoryEntry) -> bool {
    let errors = [reason::REPORTED_BY_PERSON, reason::DECISION_UNTRUSTED];
    match entry.state {
        State::Executed => true,
        State::Errored => errors.contains(&entry.reason.as_str()),
        State::None
        | State::AwaitingApproval
        | State::Pending
        | State::Transmitted
        | State::Verified
        | State::Inactive
        | State::Error => false,
    }
}

/// Why it stands where it stands, where that is an end or a fault.
fn last_words(status: &ProvisioningOrderStatus, entry: &HistoryEntry) -> Said {
    match (entry.state, &status.verification) {
        (State::Verified | State::Errored, Some(proof)) if entry.reason != reason::VALIDITY_EXPIRED => {
            Said::words(proven(proof))
        }
        (State::Verified | State::Errored | State::Inactive | State::Error, _) => Said::words(status.message.clone()),
        (State::None | State::AwaitingApproval | State::Pending | State::Transmitted | State::Executed, _) => {
            Said::default()
        }
    }
}

/// `zone: ordered HQ, seen LAB; snapshot night`
pub(in crate::cli) fn proven(proof: &VerificationResult) -> String {
    let differences = proof.differences.iter().map(differs);
    let snapshot = proof.synchronization.iter().map(|name| format!("snapshot {name}"));
    differences.chain(snapshot).collect::<Vec<_>>().join("; ")
}

fn differs(one: &Difference) -> String {
    let list = |values: &Option<Vec<String>>| match values.as_deref() {
        None | Some([]) => "nothing".to_owned(),
        Some(values) => values.join("|"),
    };
    format!(
        "{}: ordered {}, seen {}",
        one.property,
        list(&one.expected),
        list(&one.observed)
    )
}

fn conditions(status: &ProvisioningOrderStatus) -> impl Iterator<Item = &handoff_core::api::Condition> {
    let names = [OVERDUE, STOP_REQUESTED, DECISION_UNTRUSTED];
    let holding = names
        .into_iter()
        .filter_map(|name| facts::holds(&status.conditions, name));
    // What a state says already needs no line of its own.
    holding.filter(|condition| {
        let mut history = status.history.iter();
        !history.any(|entry| [&condition.type_, &condition.reason].contains(&&entry.reason))
    })
}
