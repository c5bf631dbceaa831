//! The events of orders. Pure.

use super::super::facts;
use super::chain::Chain;
use super::event::{Act, Event, Said};
use handoff_core::api::condition::{DECISION_UNTRUSTED, OVERDUE, STOP_REQUESTED, holding};
use handoff_core::api::provisioning_order::{Difference, ReviewResult, VerificationResult};
use handoff_core::api::{
    HistoryEntry, ProvisioningOrder, ProvisioningOrderStatus, ProvisioningState as State, names, reason,
};
use jiff::Timestamp;
use kube::ResourceExt;

/// What happened to an order.
pub(super) fn events(order: &ProvisioningOrder) -> Vec<Event> {
    let object = format!("porder/{}", order.name_any());
    let status = order.status.clone().unwrap_or_default();
    let states = status.history.iter();
    let mut states: Vec<Event> = states.map(|entry| Event::state(&object, entry)).collect();
    let acts = acts(order, &status, &object, &mut states);
    if let (Some(event), Some(entry)) = (states.last_mut(), status.history.last())
        && event.said == Said::default()
    {
        event.said = last_words(&status, entry);
    }
    let conditions = conditions(&status).map(|condition| Event::condition(&object, condition));
    let chain = Chain {
        created: created(order, &object),
        conditions: conditions.collect(),
        states,
        acts,
    };
    chain.events()
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

/// What people did, and which state it led to; what that state can say itself is said there.
fn acts(
    order: &ProvisioningOrder,
    status: &ProvisioningOrderStatus,
    object: &str,
    states: &mut [Event],
) -> Vec<(Option<usize>, Event)> {
    let spec = &order.spec;
    let first = |found: &dyn Fn(&HistoryEntry) -> bool| status.history.iter().position(found);
    let mut acts = Vec::new();
    let mut add = |act: Act, led_to: Option<usize>, time: Option<Timestamp>| {
        let alone = act.join(led_to.and_then(|number| states.get_mut(number)), object);
        acts.extend(alone.map(|event| (led_to, Event { time, ..event })));
    };
    if let Some(review) = &spec.review {
        let waited = first(&|entry| entry.state == State::AwaitingApproval).map_or(0, |waited| waited + 1);
        let mut later = status.history.iter().skip(waited);
        let led_to = match review.result {
            ReviewResult::Postponed => first(&|entry| entry.reason == reason::POSTPONED),
            ReviewResult::Approved | ReviewResult::Declined => later
                .position(|entry| entry.state != State::AwaitingApproval)
                .map(|number| waited + number),
        };
        add(Act::review(review), led_to, None);
    }
    if let Some(decision) = &spec.decision {
        add(
            Act::decision(decision),
            first(&answers),
            facts::at(status.decided_at.as_ref()),
        );
    }
    if let Some(recovery) = &spec.recovery {
        let withdrawn = first(&|entry| entry.reason == reason::CLAIM_WITHDRAWN);
        add(Act::recovery(recovery), withdrawn, None);
    }
    if let Some(assignee) = &spec.assignee {
        let event = Act::assignment(assignee).alone(object);
        acts.insert(0, (first(&is_over), event));
    }
    acts
}

/// Whether nobody has the order any more.
fn is_over(entry: &HistoryEntry) -> bool {
    match entry.state {
        State::Executed | State::Verified | State::Errored | State::Inactive => true,
        State::None | State::AwaitingApproval | State::Pending | State::Transmitted | State::Error => false,
    }
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
        (State::Verified | State::Errored | State::Inactive | State::Error, _) => {
            Said::words(status.message.as_deref().map(facts::without_commands))
        }
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
    let holding = names.into_iter().filter_map(|name| holding(&status.conditions, name));
    // What a state says already needs no line of its own.
    holding.filter(|condition| {
        let mut history = status.history.iter();
        !history.any(|entry| [&condition.type_, &condition.reason].contains(&&entry.reason))
    })
}
