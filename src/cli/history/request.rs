//! The events of requests. Pure.

use super::super::facts;
use super::chain::Chain;
use super::event::{Act, Event, Said};
use handoff_core::api::assignment_request::{ApprovalAnswer, ApprovalResult, AssignmentRequestStatus};
use handoff_core::api::condition::{DECISION_UNTRUSTED, END_REQUESTED, holding};
use handoff_core::api::{AssignmentRequest, ProvisioningState as State, names, reason};
use kube::ResourceExt;

/// What happened to a request. `joined`: what a state can say itself of what led to it is said there.
pub(super) fn events(request: &AssignmentRequest, joined: bool) -> Vec<Event> {
    let object = format!("areq/{}", request.name_any());
    let status = request.status.clone().unwrap_or_default();
    let states = status.history.iter();
    let mut states: Vec<Event> = states.map(|entry| Event::state(&object, entry)).collect();
    let acts = acts(request, &status, &object, if joined { &mut states } else { &mut [] });
    if let (Some(event), Some(entry)) = (states.last_mut(), status.history.last())
        && event.said == Said::default()
        && tells(entry.state)
    {
        event.said = Said::words(status.message.as_deref().map(facts::without_commands));
    }
    let conditions = [END_REQUESTED, DECISION_UNTRUSTED].into_iter();
    let conditions = conditions.filter_map(|name| holding(&status.conditions, name));
    let chain = Chain {
        created: created(request, &object),
        conditions: conditions.map(|one| Event::condition(&object, one)).collect(),
        states,
        acts,
    };
    chain.events()
}

fn created(request: &AssignmentRequest, object: &str) -> Event {
    let spec = &request.spec;
    let who = spec.requested_by.as_ref().map(|by| by.username.as_str());
    let cause = spec
        .caused_by
        .as_ref()
        .map(|cause| format!("caused by areq/{}", cause.name));
    let words: Vec<_> = cause.into_iter().chain(spec.justification.clone()).collect();
    Event::at(facts::at(request.creation_timestamp().as_ref()), object, "requested")
        .by(who.or(spec.caused_by.as_ref().map(|_| names::OPERATOR_ACTOR)))
        .saying(Said::words(words.join(": ")))
}

fn acts(
    request: &AssignmentRequest,
    status: &AssignmentRequestStatus,
    object: &str,
    states: &mut [Event],
) -> Vec<(Option<usize>, Event)> {
    let reached = |reasons: &[&str]| {
        let mut entries = status.history.iter();
        entries.position(|entry| reasons.contains(&entry.reason.as_str()))
    };
    let mut went_on = status.history.iter();
    let went_on = went_on.position(|entry| entry.reason != reason::WAITING_FOR_APPROVAL);
    let mut acts = Vec::new();
    for (who, answer) in &request.spec.approvals {
        let act = approval(who, answer);
        let declined = reached(&[reason::DECLINED]).filter(|_| answer.result == ApprovalResult::Declined);
        let alone = match declined.and_then(|number| states.get_mut(number)) {
            Some(event) => act.join(Some(event), object),
            None => Some(act.alone(object)),
        };
        acts.extend(alone.map(|event| (declined.or(went_on), event)));
    }
    if let Some(cancel) = &request.spec.cancel {
        let act = Act {
            event: "cancelled",
            actor: cancel.by.as_ref().map(|by| by.username.clone()),
            said: Said::words(cancel.reason.clone()),
        };
        let led_to = reached(&[reason::CANCELLED, reason::STOP_REQUESTED, reason::CANCELLED_TOO_LATE]);
        let alone = act.join(led_to.and_then(|number| states.get_mut(number)), object);
        acts.extend(alone.map(|event| (led_to, event)));
    }
    acts
}

fn approval(who: &str, answer: &ApprovalAnswer) -> Act {
    Act {
        event: match answer.result {
            ApprovalResult::Approved => "approved",
            ApprovalResult::Declined => "declined",
        },
        actor: Some(who.to_owned()),
        said: Said::words(answer.comment.clone()),
    }
}

/// Whether the message of this state says what history has not said.
fn tells(state: State) -> bool {
    match state {
        State::Errored | State::Inactive | State::Error => true,
        State::None
        | State::AwaitingApproval
        | State::Pending
        | State::Transmitted
        | State::Executed
        | State::Verified => false,
    }
}
