//! What happens next, and the commands for it. Pure. What a reason waits for is the table of reasons' to say; the commands
//! here are those of the plugin.

use super::super::facts::{self, WaitsFor};
use handoff_core::api::condition::{FINISHED, holds};
use handoff_core::api::resource_type::Evidence;
use handoff_core::api::states_page::sorted;
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, ProvisioningState as State, WorkflowState};
use kube::ResourceExt;
use serde::Serialize;

/// What happens next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Next {
    /// Who moves it on, and how, a line each.
    pub who: Vec<String>,
    /// Commands for these people.
    pub commands: Vec<String>,
}

/// Of an order. `later`: the next order of the resource. `place`: flags that lead a command to it.
pub(super) fn of_order(order: &ProvisioningOrder, later: Option<&ProvisioningOrder>, place: &str) -> Next {
    let name = order.name_any();
    let handoff = |verb: &str, more: &str| format!("kubectl handoff {verb} {name}{more}{place}");
    let spec = &order.spec;
    let status = order.status.clone().unwrap_or_default();
    let Some(state) = status.state else {
        return told("The operator: looks at it for the first time.");
    };
    let reason = status.reason.as_deref().unwrap_or_default();
    let by_reason = |commands: Vec<String>| Next {
        who: who(reason),
        commands,
    };
    match (state, facts::waits_for(order)) {
        (_, Some(WaitsFor::Reviewer)) => by_reason(vec![
            handoff("review", " --approve"),
            handoff("review", " --decline -m \"WHY\""),
            handoff("review", " --postpone"),
        ]),
        (_, Some(WaitsFor::Fulfiller)) => {
            let claim = spec.assignee.is_none().then(|| handoff("claim", ""));
            let evidence = match spec.policy.decision.evidence {
                Evidence::Optional => "",
                Evidence::Required => " --evidence \"WHAT SHOWS IT\"",
            };
            let answers = [handoff("confirm", evidence), handoff("error", " -m \"WHY\"")];
            by_reason(claim.into_iter().chain(answers).collect())
        }
        (_, Some(WaitsFor::Recovery)) => by_reason(vec![handoff("retry", ""), handoff("abandon", " -m \"WHY\"")]),
        (State::Transmitted | State::AwaitingApproval, None) => told("The operator: reads the answer and goes on."),
        (State::Executed, None) if spec.recovery.is_some() => told("The operator: takes the confirmation back."),
        (State::Executed, None) => by_reason(vec![handoff("takeback", " -m \"WHAT WAS WRONG\"")]),
        (State::Pending | State::Error, None) => by_reason(commands_of_type(reason, &spec.resource_type_ref.name)),
        (State::Errored | State::Verified | State::Inactive, None) => ended(order, later, place),
        (State::None, None) => by_reason(Vec::new()),
    }
}

/// Nothing more happens to the order itself.
fn ended(order: &ProvisioningOrder, later: Option<&ProvisioningOrder>, place: &str) -> Next {
    match later {
        Some(later) => Next {
            who: vec![format!("Nobody: it is final; {} came after it.", later.name_any())],
            commands: vec![format!("kubectl handoff show {}{place}", later.name_any())],
        },
        None if order.spec.recovery.is_some() => told("The operator: goes on as the answer to the error says."),
        None => told("Nobody: it is final."),
    }
}

/// Of a request. `orders`: those that carry it, the oldest first.
pub(super) fn of_request(request: &AssignmentRequest, orders: &[ProvisioningOrder], place: &str) -> Next {
    let name = request.name_any();
    let handoff = |verb: &str, more: &str| format!("kubectl handoff {verb} {name}{more}{place}");
    let status = request.status.clone().unwrap_or_default();
    let Some(reason) = status.reason.as_deref() else {
        return told("The operator: looks at it for the first time.");
    };
    let finished = holds(&status.conditions, FINISHED);
    let mut commands = Vec::new();
    if status.workflow_state == Some(WorkflowState::PendingApproval) {
        commands.extend([handoff("approve", ""), handoff("decline", " -m \"WHY\"")]);
    }
    if let Some(order) = orders.last().filter(|_| !finished) {
        commands.push(format!("kubectl handoff show {}{place}", order.name_any()));
    }
    if !finished && status.provisioning_state == Some(State::Error) {
        commands.extend(commands_of_type(reason, &request.spec.resource_type_ref.name));
    }
    if may_cancel(request, finished) {
        commands.push(handoff("cancel", " -m \"WHY\""));
    }
    let who = if finished {
        vec!["Nobody: it is final.".to_owned()]
    } else {
        who(reason)
    };
    Next { who, commands }
}

/// Once somebody has done it, a request cannot be taken back.
fn may_cancel(request: &AssignmentRequest, finished: bool) -> bool {
    let state = request.status.as_ref().and_then(|status| status.provisioning_state);
    let done = matches!(state, Some(State::Executed | State::Verified));
    !finished && !done && request.spec.cancel.is_none()
}

fn told(who: &str) -> Next {
    Next {
        who: vec![who.to_owned()],
        commands: Vec::new(),
    }
}

/// What the table says of a reason.
fn who(reason: &str) -> Vec<String> {
    let known = sorted().into_iter().find(|known| known.name == reason);
    let next = known.map(|known| known.next.replace(". The ", ".\nThe "));
    next.unwrap_or_default().lines().map(ToOwned::to_owned).collect()
}

/// What the table says of a reason that its type is to blame for.
fn commands_of_type(reason: &str, type_name: &str) -> Vec<String> {
    let known = sorted().into_iter().find(|known| known.name == reason);
    let commands = known.map(|known| known.commands).unwrap_or_default().iter();
    let of_type = commands.filter(|command| command.contains(" rtype"));
    of_type
        .map(|command| command.replace(" TYPE", &format!(" {type_name}")))
        .collect()
}
