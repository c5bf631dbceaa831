//! Status blocks: how a state is written down. Which state it is, is decided elsewhere.

use super::problem::bounded;
use super::workflow::Workflow;
use crate::api::common::HISTORY_LIMIT;
use crate::api::condition::{
    APPROVED, Condition, ConditionStatus, DECISION_UNTRUSTED, EXECUTED, FINISHED, OVERDUE, PROVISIONED, RECONCILING,
    STALLED, STOP_REQUESTED, SUCCEEDED, TRANSMITTED, VERIFIED,
};
use crate::api::provisioning_order::{Policy, ProvisioningOrderStatus, VerificationResult};
use crate::api::{AssignmentRequestStatus, HistoryEntry, ProvisioningState, WorkflowState, duration, names, reason};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// When a status is written, and for which generation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    pub now: Timestamp,
    pub generation: Option<i64>,
}

impl Clock {
    pub(super) fn time(self) -> Time {
        Time(self.now)
    }
}

/// A state with its reason, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub state: ProvisioningState,
    pub reason: &'static str,
    pub message: String,
    pub finished: bool,
    /// Reason and message of the condition Stalled, where nothing moves until a person acts.
    pub stalled: Option<(&'static str, String)>,
    /// Reason and message of the condition DecisionUntrusted, where something is newly not believed.
    pub untrusted: Option<(&'static str, String)>,
    pub actor: String,
}

impl Standing {
    pub(super) fn new(state: ProvisioningState, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            state,
            reason,
            message: message.into(),
            finished: false,
            stalled: None,
            untrusted: None,
            actor: names::OPERATOR_ACTOR.to_owned(),
        }
    }

    pub(super) fn finished(mut self) -> Self {
        self.finished = true;
        self
    }

    pub(super) fn stalled(mut self, reason: &'static str) -> Self {
        self.stalled = Some((reason, self.message.clone()));
        self
    }

    pub(super) fn untrusted(mut self, reason: &'static str, why: &str) -> Self {
        self.untrusted = Some((reason, why.to_owned()));
        self
    }

    pub(super) fn by(mut self, actor: &str) -> Self {
        actor.clone_into(&mut self.actor);
        self
    }

    fn succeeded(&self) -> bool {
        self.finished && matches!(self.state, ProvisioningState::Executed | ProvisioningState::Verified)
    }
}

/// Sets one condition; its transition time moves only when its status does.
pub(super) fn set_condition(
    conditions: &mut Vec<Condition>,
    clock: Clock,
    type_: &str,
    status: ConditionStatus,
    reason: &str,
    message: &str,
) {
    let message = bounded(message, 4096);
    match conditions.iter_mut().find(|condition| condition.type_ == type_) {
        Some(condition) => {
            if condition.status != status {
                condition.last_transition_time = clock.time();
            }
            condition.status = status;
            reason.clone_into(&mut condition.reason);
            condition.message = message;
            condition.observed_generation = clock.generation;
        }
        None => conditions.push(Condition {
            type_: type_.to_owned(),
            status,
            reason: reason.to_owned(),
            message,
            last_transition_time: clock.time(),
            observed_generation: clock.generation,
        }),
    }
}

fn truth(holds: bool) -> ConditionStatus {
    if holds {
        ConditionStatus::True
    } else {
        ConditionStatus::False
    }
}

fn common(conditions: &mut Vec<Condition>, clock: Clock, standing: &Standing) {
    let mut set = |type_, holds| {
        set_condition(
            conditions,
            clock,
            type_,
            truth(holds),
            standing.reason,
            &standing.message,
        )
    };
    set(FINISHED, standing.finished);
    set(SUCCEEDED, standing.succeeded());
    let stalled = standing.stalled.as_ref();
    let stalled = stalled.map(|(reason, message)| (*reason, message.as_str()));
    when_true(conditions, clock, STALLED, stalled);
    // Never both: whoever reads only these two takes the first for the whole truth.
    let moves = !standing.finished && stalled.is_none();
    let moves = moves.then_some((standing.reason, standing.message.as_str()));
    when_true(conditions, clock, RECONCILING, moves);
}

/// A condition that is absent when untrue.
fn when_true(conditions: &mut Vec<Condition>, clock: Clock, type_: &str, holds: Option<(&str, &str)>) {
    match holds {
        Some((reason, message)) => set_condition(conditions, clock, type_, ConditionStatus::True, reason, message),
        None => conditions.retain(|condition| condition.type_ != type_),
    }
}

fn remember(history: &mut Vec<HistoryEntry>, clock: Clock, standing: &Standing) {
    if history
        .last()
        .is_some_and(|last| last.state == standing.state && last.reason == standing.reason)
    {
        return;
    }
    history.push(HistoryEntry {
        state: standing.state,
        reason: standing.reason.to_owned(),
        time: clock.time(),
        actor: Some(standing.actor.clone()),
    });
    // The first step stays: it says why an order had to wait for a review.
    let excess = history.len().saturating_sub(HISTORY_LIMIT);
    history.drain(1..=excess);
}

/// What holds of an order beside its state, as reason and message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    /// The work is not wished any more. Once the order is answered it stays as it was.
    pub stop: Option<(&'static str, String)>,
    /// Its due time is over.
    pub overdue: Option<String>,
    /// What the data says about it.
    pub proof: Option<Proof>,
}

/// What the data says about an order: its condition Verified, and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    pub status: ConditionStatus,
    pub reason: &'static str,
    pub message: String,
    pub result: Option<VerificationResult>,
}

impl Proof {
    /// In the words of the order's new standing.
    pub(super) fn of(standing: &Standing, status: ConditionStatus, result: VerificationResult) -> Self {
        Self {
            status,
            reason: standing.reason,
            message: standing.message.clone(),
            result: Some(result),
        }
    }
}

/// When an order that is handed over now is due.
fn due_at(policy: &Policy, clock: Clock) -> Option<Time> {
    let after = duration::parse(policy.due_after.as_deref()?).ok()?;
    clock.now.checked_add(after).ok().map(Time)
}

/// The status of an order that now stands there.
pub(super) fn of_order(
    old: &ProvisioningOrderStatus,
    policy: &Policy,
    clock: Clock,
    standing: &Standing,
    flags: &Flags,
) -> ProvisioningOrderStatus {
    let mut status = old.clone();
    let moved = old.state != Some(standing.state);
    status.observed_generation = clock.generation;
    status.state = Some(standing.state);
    status.reason = Some(standing.reason.to_owned());
    status.message = Some(bounded(&standing.message, 4096));
    let mut reached = |type_, holds| {
        set_condition(
            &mut status.conditions,
            clock,
            type_,
            truth(holds),
            standing.reason,
            &standing.message,
        );
    };
    match standing.state {
        ProvisioningState::Transmitted if moved => {
            reached(TRANSMITTED, true);
            status.transmitted_at = Some(clock.time());
            status.due_at = due_at(policy, clock);
        }
        ProvisioningState::Executed if moved => {
            reached(EXECUTED, true);
            status.decided_at = Some(clock.time());
            status.executed_at = Some(clock.time());
        }
        ProvisioningState::Errored if moved => {
            if old.state == Some(ProvisioningState::Executed) {
                reached(EXECUTED, false);
            } else {
                status.decided_at = Some(clock.time());
            }
        }
        ProvisioningState::Verified if moved => {
            reached(VERIFIED, true);
            status.verified_at = Some(clock.time());
        }
        ProvisioningState::None
        | ProvisioningState::AwaitingApproval
        | ProvisioningState::Pending
        | ProvisioningState::Transmitted
        | ProvisioningState::Executed
        | ProvisioningState::Verified
        | ProvisioningState::Errored
        | ProvisioningState::Inactive
        | ProvisioningState::Error => {}
    }
    if let Some((reason, why)) = &standing.untrusted {
        // Another block may be meant now: then this is what the condition says from here on.
        let other = |condition: &Condition| condition.type_ == DECISION_UNTRUSTED && condition.reason != *reason;
        status.conditions.retain(|condition| !other(condition));
        set_condition(
            &mut status.conditions,
            clock,
            DECISION_UNTRUSTED,
            ConditionStatus::True,
            reason,
            why,
        );
    }
    match &flags.proof {
        Some(proof) => {
            let (why, words) = (proof.reason, proof.message.as_str());
            set_condition(&mut status.conditions, clock, VERIFIED, proof.status, why, words);
            // Another snapshot that says the same is no news.
            let same = |known: &VerificationResult, new: &VerificationResult| {
                known.verdict == new.verdict && known.differences == new.differences
            };
            let news = proof
                .result
                .as_ref()
                .filter(|new| !status.verification.as_ref().is_some_and(|known| same(known, new)));
            status.verification = news.cloned().or(status.verification);
        }
        // A person has not answered yet, and what was seen too early is not seen any more.
        None if standing.state == ProvisioningState::Transmitted => {
            status.conditions.retain(|condition| condition.type_ != VERIFIED);
        }
        None => {}
    }
    // Whoever has answered is not late any more, nor is anyone whom the order was taken from.
    let late = flags
        .overdue
        .as_deref()
        .filter(|_| standing.state == ProvisioningState::Transmitted);
    let overdue = late.map(|message| (reason::OVERDUE, message));
    when_true(&mut status.conditions, clock, OVERDUE, overdue);
    // An error that was reported after it keeps it: that is why nobody has to try again.
    let may_stop = matches!(
        standing.state,
        ProvisioningState::Transmitted | ProvisioningState::Errored
    );
    let stop = flags.stop.as_ref().filter(|_| may_stop);
    let stop = stop.map(|(reason, message)| (*reason, message.as_str()));
    when_true(&mut status.conditions, clock, STOP_REQUESTED, stop);
    common(&mut status.conditions, clock, standing);
    remember(&mut status.history, clock, standing);
    status
}

/// The status of a request that now stands there.
pub(super) fn of_request(
    old: &AssignmentRequestStatus,
    clock: Clock,
    standing: &Standing,
    workflow: &Workflow,
) -> AssignmentRequestStatus {
    let mut status = old.clone();
    status.observed_generation = clock.generation;
    // Approvers are asked only where their answer is what is missing.
    let asked = workflow.state != WorkflowState::PendingApproval || standing.reason == reason::WAITING_FOR_APPROVAL;
    status.workflow_state = Some(if asked {
        workflow.state
    } else {
        WorkflowState::Requested
    });
    status.approval_steps = workflow.needed;
    status.approvals = workflow.count();
    status.provisioning_state = Some(standing.state);
    status.reason = Some(standing.reason.to_owned());
    status.message = Some(bounded(&standing.message, 4096));
    let (agreed, why, words) = workflow.verdict();
    set_condition(&mut status.conditions, clock, APPROVED, agreed, why, &words);
    let provisioned = matches!(
        standing.state,
        ProvisioningState::Executed | ProvisioningState::Verified
    );
    set_condition(
        &mut status.conditions,
        clock,
        PROVISIONED,
        truth(provisioned),
        standing.reason,
        &standing.message,
    );
    let verified = standing.state == ProvisioningState::Verified;
    if verified || status.conditions.iter().any(|condition| condition.type_ == VERIFIED) {
        set_condition(
            &mut status.conditions,
            clock,
            VERIFIED,
            truth(verified),
            standing.reason,
            &standing.message,
        );
    }
    common(&mut status.conditions, clock, standing);
    remember(&mut status.history, clock, standing);
    status
}
