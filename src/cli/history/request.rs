//! The events of requests. Pure.

use super::super::facts;
use super::event::{Act, Event, Said};
use handoff_core::api::assignment_request::{ApprovalAnswer, ApprovalResult, AssignmentRequestStatus};
use handoff_core::api::condition::{APPROVED, DECISION_UNTRUSTED, END_REQUESTED};
use handoff_core::api::{AssignmentRequest, HistoryEntry, ProvisioningState as State, names, reason};
use jiff::Timestamp;
use kube::ResourceExt;

/// What happened to a request.
pub(super) fn events(request: &AssignmentRequest) -> Vec<Event> {
    let object = format!("areq/{}", request.name_any());
    let status = request.status.clone().unwrap_or_default();
    let mut states: Vec<Event> = status
        .history
        .iter()
        .map(|entry| Event::state(&object, entry))
        .collect();
    let acts = acts(request, &status, &object, &mut states);
    if let (Some(event), Some(entry)) = (states.last_mut(), status.history.last())
        && event.said == Said::default()
        && tells(entry.state)
    {
        event.said = Said::words(status.message.clone());
    }
    let conditions = [END_REQUESTED, DECISION_UNTRUSTED].into_iter();
    let conditions = conditions.filter_map(|name| facts::holds(&status.conditions, name));
    let conditions: Vec<_> = conditions.map(|one| Event::condition(&object, one)).collect();
    [vec![created(request, &object)], acts, states, conditions].concat()
}

/// What people did to a request, without the states, which its order shows too.
pub(super) fn acts_alone(request: &AssignmentRequest) -> Vec<Event> {
    let object = format!("areq/{}", request.name_any());
    let status = request.status.clone().unwrap_or_default();
    [
        vec![created(request, &object)],
        acts(request, &status, &object, &mut []),
    ]
    .concat()
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
) -> Vec<Event> {
    let reached = |reasons: &[&str]| {
        let mut entries = status.history.iter();
        entries.position(|entry| reasons.contains(&entry.reason.as_str()))
    };
    let mut alone = Vec::new();
    for (who, answer) in &request.spec.approvals {
        let act = approval(who, answer);
        let declined = reached(&[reason::DECLINED]).filter(|_| answer.result == ApprovalResult::Declined);
        match declined.and_then(|number| states.get_mut(number)) {
            Some(event) => alone.extend(act.join(Some(event), object)),
            None => alone.push(act.alone(answered_by(status), object)),
        }
    }
    if let Some(cancel) = &request.spec.cancel {
        let act = Act {
            event: "cancelled",
            actor: cancel.by.as_ref().map(|by| by.username.clone()),
            said: Said::words(cancel.reason.clone()),
        };
        let ends = [reason::CANCELLED, reason::STOP_REQUESTED, reason::CANCELLED_TOO_LATE];
        let number = reached(&ends);
        let time = number
            .and_then(|number| status.history.get(number))
            .map(|entry| entry.time.0);
        match number.and_then(|number| states.get_mut(number)) {
            Some(event) => alone.extend(act.join(Some(event), object)),
            None => alone.push(act.alone(time, object)),
        }
    }
    alone
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

/// When enough had agreed, or the request went on or ended without.
fn answered_by(status: &AssignmentRequestStatus) -> Option<Timestamp> {
    let agreed = facts::holds(&status.conditions, APPROVED).map(|condition| condition.last_transition_time.0);
    let waits = |entry: &&HistoryEntry| entry.reason == reason::WAITING_FOR_APPROVAL;
    let went_on = status
        .history
        .iter()
        .find(|entry| !waits(entry))
        .map(|entry| entry.time.0);
    agreed.or(went_on)
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
