//! What people write into requests. Pure.

use super::weigh::{Acting, Deed, Weighed};
use handoff_core::api::assignment_request::{ApprovalAnswer, ApprovalResult, Cancel};
use handoff_core::api::condition::{FINISHED, holds};
use handoff_core::api::{AssignmentRequest, ProvisioningState as State, WorkflowState};
use serde_json::json;

/// One of them.
#[derive(Clone, Debug)]
pub(super) enum RequestDeed {
    /// Agrees, or says no.
    Answer(ApprovalAnswer),
    /// Takes it back; why.
    Cancel(String),
}

impl Deed<AssignmentRequest> for RequestDeed {
    fn verb(&self) -> &'static str {
        match self {
            Self::Answer(answer) => match answer.result {
                ApprovalResult::Approved => "approve",
                ApprovalResult::Declined => "decline",
            },
            Self::Cancel(_) => "cancel",
        }
    }

    fn done(&self) -> &'static str {
        match self {
            Self::Answer(answer) => answered(answer.result),
            Self::Cancel(_) => "cancelled",
        }
    }

    fn role(&self) -> &'static str {
        match self {
            Self::Answer(_) => "handoff-approver",
            Self::Cancel(_) => "handoff-requester",
        }
    }

    fn states(&self) -> &'static [State] {
        &[]
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Answer(_) => Some("status.workflowState=PendingApproval"),
            Self::Cancel(_) => None,
        }
    }

    fn fits(&self, request: &AssignmentRequest, acting: &Acting) -> bool {
        match self {
            Self::Answer(_) => {
                let state = request.status.as_ref().and_then(|status| status.workflow_state);
                state == Some(WorkflowState::PendingApproval)
                    && !request.spec.approvals.contains_key(&acting.me.username)
                    && request.spec.cancel.is_none()
            }
            Self::Cancel(_) => request.spec.cancel.is_none() && !is_finished(request),
        }
    }

    fn weigh(&self, request: &AssignmentRequest, acting: &Acting) -> Weighed {
        match self {
            Self::Answer(answer) => approve(request, answer, acting),
            Self::Cancel(reason) => cancel(request, reason, acting),
        }
    }
}

fn answered(result: ApprovalResult) -> &'static str {
    match result {
        ApprovalResult::Approved => "approved",
        ApprovalResult::Declined => "declined",
    }
}

fn is_finished(request: &AssignmentRequest) -> bool {
    let status = request.status.as_ref();
    status.is_some_and(|status| holds(&status.conditions, FINISHED))
}

fn approve(request: &AssignmentRequest, answer: &ApprovalAnswer, acting: &Acting) -> Weighed {
    match request.spec.approvals.get(&acting.me.username) {
        None => Weighed::Send(json!({"spec": {"approvals": {acting.me.username.clone(): answer}}})),
        Some(said) => {
            let told = acting.told(answered(said.result), Some(&acting.me), None);
            if said.result == answer.result {
                Weighed::Already(told)
            } else {
                Weighed::Refuse(format!("it was {told}, and that is final"))
            }
        }
    }
}

fn cancel(request: &AssignmentRequest, reason: &str, acting: &Acting) -> Weighed {
    if let Some(said) = &request.spec.cancel {
        return Weighed::Already(acting.told("cancelled", said.by.as_ref(), None));
    }
    let cancel = Cancel {
        reason: reason.to_owned(),
        by: Some(acting.me.clone()),
    };
    Weighed::Send(json!({"spec": {"cancel": cancel}}))
}
