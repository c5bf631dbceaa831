//! The workflow of a request: who has agreed, who still has to. Nothing here looks at the resource.

use super::fault::{self, Fault};
use super::over;
use super::status::Standing;
use super::types::TypeView;
use crate::api::assignment_request::ApprovalResult;
use crate::api::condition::ConditionStatus;
use crate::api::{AssignmentRequest, ProvisioningState, WorkflowState, reason};

/// Where the workflow of a request stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Workflow {
    pub state: WorkflowState,
    /// How many have agreed; the requester may count as the first.
    pub given: i32,
    /// How many have to, frozen when the request was first seen; unknown while the type is.
    pub needed: Option<i32>,
    /// Whether it was agreed just now, and nobody has written that down.
    pub is_news: bool,
    /// Who said no, and why.
    pub declined: Option<(String, Option<String>)>,
    /// Who took it back, and why.
    pub cancelled: Option<(String, String)>,
}

impl Workflow {
    /// Of a request whose type may be gone: then only what is frozen counts. One that an order carries was agreed to.
    pub(super) fn of(
        request: &AssignmentRequest,
        view: Option<&TypeView>,
        owner_username: Option<&str>,
        carried: bool,
    ) -> Self {
        let frozen = request.status.as_ref().and_then(|status| status.approval_steps);
        let rules = view
            .and_then(|view| view.object.spec.approval.clone())
            .unwrap_or_default();
        let requester = request.spec.requested_by.as_ref();
        let requester_name = requester.map(|by| by.username.as_str());
        // Checked again although admission did: neither requester nor owner agrees to their own wish.
        let is_party = |name: &str| Some(name) == requester_name || Some(name) == owner_username;
        let valid = || {
            let answers = request.spec.approvals.iter();
            answers.filter(|(approver, _)| !is_party(approver) || fault::is(Fault::SelfApproved))
        };
        let agreed = valid()
            .filter(|(_, answer)| answer.result == ApprovalResult::Approved || fault::is(Fault::AnyAnswerApproves))
            .count();
        let counts_as_first = rules.implicit.unwrap_or(true)
            && requester.is_some_and(|by| by.may_approve == Some(true))
            && requester_name != owner_username;
        let given = i32::try_from(agreed)
            .unwrap_or(i32::MAX)
            .saturating_add(i32::from(counts_as_first));
        let steps = || view.map(|_| rules.steps.unwrap_or(0));
        // What is filed at an end time was agreed to with the request that it undoes.
        let needed = match request.spec.caused_by {
            Some(_) => Some(0),
            None => frozen.or_else(|| if carried { Some(given) } else { steps() }),
        };
        let declined = valid()
            .find(|(_, answer)| answer.result == ApprovalResult::Declined)
            .map(|(who, answer)| (who.clone(), answer.comment.clone()));
        let before = request.status.as_ref().and_then(|status| status.workflow_state);
        let cancelled = over::cancelled(request);
        let state = match before {
            Some(_) | None if cancelled.is_some() => WorkflowState::Cancelled,
            // Once agreed, it stays agreed.
            Some(WorkflowState::Approved) => WorkflowState::Approved,
            Some(_) | None if carried => WorkflowState::Approved,
            Some(_) | None => match needed {
                None => WorkflowState::Requested,
                Some(0) => WorkflowState::Approved,
                Some(_) if declined.is_some() && !fault::is(Fault::AnyAnswerApproves) => WorkflowState::Declined,
                Some(needed) if given >= needed => WorkflowState::Approved,
                Some(_) => WorkflowState::PendingApproval,
            },
        };
        Self {
            state,
            is_news: before == Some(WorkflowState::PendingApproval),
            given: given.min(needed.unwrap_or(given)),
            needed,
            declined,
            cancelled,
        }
    }

    /// For people: `1/2`; nothing where nobody has to agree.
    pub(super) fn count(&self) -> Option<String> {
        let needed = self.needed.filter(|needed| *needed > 0)?;
        Some(format!("{}/{needed}", self.given))
    }

    /// What the condition Approved says.
    pub(super) fn verdict(&self) -> (ConditionStatus, &'static str, String) {
        match self.state {
            WorkflowState::Approved if self.needed.unwrap_or(0) == 0 => (
                ConditionStatus::True,
                reason::NO_APPROVAL_NEEDED,
                "this type needs no approval".to_owned(),
            ),
            WorkflowState::Approved => {
                let words = format!("{} of {} have agreed", self.given, self.needed.unwrap_or(0));
                (ConditionStatus::True, reason::APPROVED, words)
            }
            WorkflowState::Requested | WorkflowState::PendingApproval => {
                (ConditionStatus::False, reason::WAITING_FOR_APPROVAL, self.missing())
            }
            WorkflowState::Declined => (ConditionStatus::False, reason::DECLINED, self.refusal()),
            WorkflowState::Cancelled => (ConditionStatus::False, reason::CANCELLED, self.refusal()),
        }
    }

    /// What the request shows while it is not agreed to; `None`: it goes on.
    pub(super) fn standing(&self, name: &str) -> Option<Standing> {
        match self.state {
            // First it is written down that enough have agreed: from then on nobody can say no any more.
            WorkflowState::Approved if self.is_news => {
                let words = format!(
                    "{} of {} have agreed: it takes its turn next",
                    self.given,
                    self.needed.unwrap_or(0)
                );
                Some(Standing::new(ProvisioningState::Pending, reason::APPROVED, words))
            }
            WorkflowState::Approved => None,
            WorkflowState::Requested | WorkflowState::PendingApproval => {
                let how = format!(
                    "{}. An approver, neither requester nor owner: kubectl patch areq {name} --type=merge -p '{{\"spec\":{{\"approvals\":{{\"YOUR-USER-NAME\":{{\"result\":\"Approved\"}}}}}}}}', or \"Declined\" with a \"comment\"",
                    self.missing()
                );
                Some(Standing::new(
                    ProvisioningState::None,
                    reason::WAITING_FOR_APPROVAL,
                    how,
                ))
            }
            // Whatever was taken back has ended before anybody asks here.
            WorkflowState::Cancelled => None,
            WorkflowState::Declined => {
                let standing = Standing::new(ProvisioningState::Inactive, reason::DECLINED, self.refusal()).finished();
                let who = self.declined.as_ref().map(|(who, _)| who.clone()).unwrap_or_default();
                Some(standing.by(&who))
            }
        }
    }

    fn missing(&self) -> String {
        match self.needed {
            Some(needed) => format!("waits for approvers: {} of {needed} have agreed", self.given),
            None => "how many have to agree is known when its ResourceType is".to_owned(),
        }
    }

    fn refusal(&self) -> String {
        if let Some((who, why)) = &self.cancelled {
            return format!("{who} cancelled it: {why}");
        }
        match &self.declined {
            Some((who, Some(comment))) => format!("{who} declined it: {comment}"),
            Some((who, None)) => format!("{who} declined it"),
            None => "it was declined".to_owned(),
        }
    }
}
