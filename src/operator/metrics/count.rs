//! What is counted as it happens. An order or a request counts where a write of the operator went through and made the
//! step: the API server takes each such write once, so an event seen again, a restart or a pass that decides anew counts
//! nothing twice. A write whose answer was lost is not counted. It may not decide anything.

use super::{Metrics, NO_SUCH_TYPE};
use crate::operator::error::PassError;
use crate::operator::index::{Key, ObjectKey};
use crate::operator::pass::Done;
use handoff_core::api::condition::{Condition, FINISHED, holds};
use handoff_core::api::{
    AssignmentRequest, AssignmentRequestStatus, ProvisioningOrder, ProvisioningOrderStatus, ProvisioningState, reason,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use std::time::Duration;
use tokio::task::JoinError;

/// What a pass is about, as a label.
#[derive(Clone, Copy, Debug)]
pub(in crate::operator) struct PassKind(&'static str);

impl PassKind {
    pub(in crate::operator) fn of(key: &Key) -> Self {
        Self(match key {
            Key::Line(_) => "line",
            Key::Request(_) => "request",
            Key::Type(_) => "type",
            Key::Sync(_) => "snapshot",
        })
    }
}

/// From one time of the operator's clock to another, which may have been set back in between.
fn between(begin: Option<&Time>, end: Option<&Time>) -> Option<Duration> {
    let (begin, end) = begin.zip(end)?;
    Some(Duration::try_from(end.0.duration_since(begin.0)).unwrap_or_default())
}

/// A reason as it is spelled in the table, so that labels stay few.
fn reason_of(said: Option<&str>) -> &'static str {
    said.and_then(reason::known).unwrap_or(reason::WAITING)
}

/// Whether somebody claimed it, or answered, and this is the first write since the hand-over that saw something new
/// written by people. The generation of the hand-over stands in its condition, which is not written again.
fn is_first_look(order: &ProvisioningOrder, old: &ProvisioningOrderStatus, new: &ProvisioningOrderStatus) -> bool {
    let handed_over = |condition: &&Condition| condition.type_ == handoff_core::api::condition::TRANSMITTED;
    let at_hand_over = old
        .conditions
        .iter()
        .find(handed_over)
        .and_then(|condition| condition.observed_generation);
    let touched = order.spec.assignee.is_some() || order.spec.decision.is_some();
    old.state == Some(ProvisioningState::Transmitted)
        && at_hand_over.is_some()
        && old.observed_generation == at_hand_over
        && new.observed_generation > old.observed_generation
        && touched
}

impl Metrics {
    /// A status of an order was written in place of another.
    pub fn order_written(
        &self,
        order: &ProvisioningOrder,
        old: &ProvisioningOrderStatus,
        new: &ProvisioningOrderStatus,
        now: &Time,
    ) {
        let namespace = order.namespace().unwrap_or_default();
        let of = [namespace.as_str(), order.spec.resource_type_ref.name.as_str()];
        let state = new.state.unwrap_or_default();
        let why = reason_of(new.reason.as_deref());
        let moved = old.state != new.state;
        let metrics = &self.0;
        if holds(&new.conditions, FINISHED) && (moved || !holds(&old.conditions, FINISHED)) {
            metrics.orders_ended.count([of[0], of[1], state.as_str(), why]);
        }
        if is_first_look(order, old, new)
            && let Some(time) = between(old.transmitted_at.as_ref(), Some(now))
        {
            metrics.waiting.took(of, time);
        }
        let answer = match state {
            ProvisioningState::Executed if moved => Some("Confirmed"),
            ProvisioningState::Errored if moved && why == reason::REPORTED_BY_PERSON => Some("Errored"),
            ProvisioningState::Verified if moved => {
                if let Some(time) = between(new.executed_at.as_ref(), new.verified_at.as_ref()) {
                    metrics.proving.took(of, time);
                }
                None
            }
            ProvisioningState::None
            | ProvisioningState::AwaitingApproval
            | ProvisioningState::Pending
            | ProvisioningState::Transmitted
            | ProvisioningState::Executed
            | ProvisioningState::Verified
            | ProvisioningState::Errored
            | ProvisioningState::Inactive
            | ProvisioningState::Error => None,
        };
        if let Some(answer) = answer {
            metrics.decisions.count([of[0], of[1], answer]);
            if let Some(time) = between(new.transmitted_at.as_ref(), new.decided_at.as_ref()) {
                metrics.working.took(of, time);
            }
        }
    }

    /// A status of a request was written in place of another. `has_type` says whether its type exists.
    pub fn request_written(
        &self,
        request: &AssignmentRequest,
        old: &AssignmentRequestStatus,
        new: &AssignmentRequestStatus,
        has_type: impl Fn(&ObjectKey) -> bool,
    ) {
        let kind = (
            request.namespace().unwrap_or_default(),
            request.spec.resource_type_ref.name.clone(),
        );
        let type_name = || if has_type(&kind) { kind.1.as_str() } else { NO_SUCH_TYPE };
        let state = new.provisioning_state.unwrap_or_default();
        let why = reason_of(new.reason.as_deref());
        let moved = old.provisioning_state != new.provisioning_state;
        if holds(&new.conditions, FINISHED) && (moved || !holds(&old.conditions, FINISHED)) {
            self.0.requests_ended.count([&kind.0, type_name(), state.as_str(), why]);
        }
        if state == ProvisioningState::Error && (moved || old.reason != new.reason) {
            self.0.request_errors.count([&kind.0, type_name(), why]);
        }
    }

    /// A pass ended.
    pub(in crate::operator) fn pass_ended(
        &self,
        PassKind(kind): PassKind,
        ended: &Result<Result<Done, PassError>, JoinError>,
        time: Duration,
    ) {
        self.0.sources.backlog.ends();
        let outcome = match ended {
            Ok(Ok(Done { wrote: true, .. })) => "wrote",
            Ok(Ok(Done { wrote: false, .. })) => "idle",
            Ok(Err(problem)) => outcome_of(problem),
            Err(_) => "panicked",
        };
        self.0.passes.took([kind, outcome], time);
    }
}

fn outcome_of(problem: &PassError) -> &'static str {
    match problem {
        PassError::Stale { .. } => "stale",
        PassError::Timeout { .. } => "timeout",
        PassError::Api { .. } if problem.is_refusal() => "refused",
        PassError::Api { .. } | PassError::Json { .. } => "failed",
        PassError::NameHeld { .. } | PassError::RequestNameHeld { .. } | PassError::Unreadable { .. } => "blocked",
    }
}
