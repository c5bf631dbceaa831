//! The state machine of one order: one move a pass, so that no state is ever jumped over.

use super::super::fault::{self, Fault};
use super::super::knowledge::Fact;
use super::super::snapshot::Report;
use super::super::status::{Flags, Proof, Standing};
use super::super::trust::{self, Block};
use super::{order_report, order_words};
use crate::api::condition::{ConditionStatus, OVERDUE, STALLED, STOP_REQUESTED, VERIFIED};
use crate::api::provisioning_order::{Decision, DecisionResult, ProvisioningOrder, ProvisioningOrderStatus, Recovery};
use crate::api::resource_type::{OnRefuted, VerificationMode};
use crate::api::{Actor, ProvisioningState, duration, names, reason};
use jiff::Timestamp;
use std::sync::Arc;

/// An order after its move of this pass.
pub(super) struct OrderState {
    pub object: Arc<ProvisioningOrder>,
    pub name: String,
    pub standing: Standing,
    /// Nobody has had it, and nothing keeps it back.
    pub ready: bool,
    pub flags: Flags,
}

impl OrderState {
    fn stored(&self) -> Option<ProvisioningState> {
        stored_state(&self.object)
    }

    /// Whether it stands as it did, for a reason that this version does not know.
    pub(super) fn is_of_a_later_version(&self) -> bool {
        self.standing.reason == reason::WAITING
    }

    /// Whether it is in another state than before this pass.
    pub(super) fn has_moved(&self) -> bool {
        self.stored() != Some(self.standing.state)
    }

    /// What it says about the resource.
    pub(super) fn fact(&self, now: Timestamp) -> Fact<'_> {
        let stored = Fact::stored(&self.object);
        let done_just_now = self.has_moved() && self.standing.state == ProvisioningState::Executed;
        Fact {
            state: Some(self.standing.state),
            executed_at: if done_just_now { Some(now) } else { stored.executed_at },
            ..stored
        }
    }

    /// Whether nobody has had it yet: it waits for something, or has no state at all.
    pub(super) fn is_waiting(&self) -> bool {
        match self.standing.state {
            ProvisioningState::None
            | ProvisioningState::AwaitingApproval
            | ProvisioningState::Pending
            | ProvisioningState::Error => true,
            ProvisioningState::Transmitted
            | ProvisioningState::Executed
            | ProvisioningState::Verified
            | ProvisioningState::Errored
            | ProvisioningState::Inactive => false,
        }
    }

    /// Whether it is with people, and nobody has said that they work on it although the type asks for that.
    pub(super) fn is_unclaimed(&self) -> bool {
        let spec = &self.object.spec;
        let claimed = !spec.policy.decision.claim_required || spec.assignee.is_some();
        self.standing.state == ProvisioningState::Transmitted
            && (!claimed || fault::is(Fault::WithdrawnInSilence))
            && spec.decision.is_none()
    }

    /// Whether a person has it, or had it.
    pub(super) fn was_handed_over(&self) -> bool {
        let stored = self.object.status.as_ref();
        stored.is_some_and(|status| status.transmitted_at.is_some())
            || self.standing.state == ProvisioningState::Transmitted
    }

    /// Whether nothing was done in the managed system: it was withdrawn before anyone had it, or whoever had it was
    /// asked to stop and says that it is not done.
    pub(super) fn came_to_nothing(&self) -> bool {
        match self.standing.state {
            ProvisioningState::Inactive => true,
            // Where a decision is not believed, or nobody answered, nobody knows.
            ProvisioningState::Errored => {
                self.stopped_because().is_some() && self.standing.reason == reason::REPORTED_BY_PERSON
            }
            ProvisioningState::None
            | ProvisioningState::AwaitingApproval
            | ProvisioningState::Pending
            | ProvisioningState::Transmitted
            | ProvisioningState::Executed
            | ProvisioningState::Verified
            | ProvisioningState::Error => false,
        }
    }

    /// Why the person who had it was asked to stop.
    pub(super) fn stopped_because(&self) -> Option<&'static str> {
        let stop = self.flags.stop.as_ref()?;
        (!fault::is(Fault::StoppedIsRetried)).then_some(stop.0)
    }

    /// When it came to its present state.
    pub(super) fn since(&self, now: Timestamp) -> Timestamp {
        let last = self.object.status.as_ref().and_then(|status| status.history.last());
        let last = last.filter(|_| !self.has_moved());
        last.map_or(now, |entry| entry.time.0)
    }

    /// Whether it waits for Retry or Abandon.
    pub(super) fn needs_recovery(&self) -> bool {
        let stalled = self.standing.stalled.as_ref();
        stalled.is_some_and(|(why, _)| *why == reason::RECOVERY_NEEDED)
    }

    /// Whether the next attempt would start by itself if the data spoke against it.
    pub(super) fn may_reopen(&self) -> bool {
        let spec = &self.object.spec;
        let rules = &spec.policy.verification;
        rules.on_refuted == OnRefuted::Reopen && spec.attempt < i64::from(rules.max_attempts)
    }

    /// Whether the data spoke against it and the next attempt starts by itself.
    pub(super) fn reopens(&self) -> bool {
        self.standing.state == ProvisioningState::Errored
            && self.standing.reason == reason::REFUTED
            && self.may_reopen()
            && !fault::is(Fault::NeverReopened)
    }

    /// Whether it was a claim that is struck.
    pub(super) fn is_withdrawn(&self) -> bool {
        self.standing.state == ProvisioningState::Errored && self.standing.reason == reason::CLAIM_WITHDRAWN
    }

    /// What to tell people of this pass.
    pub(super) fn reports(&self, old: &ProvisioningOrderStatus) -> Vec<Report> {
        let mut reports = Vec::new();
        let is_news = old.reason.as_deref() != Some(self.standing.reason) && !self.is_of_a_later_version();
        if self.has_moved() || is_news {
            reports.push(order_report(&self.name, &self.standing));
        }
        let known = old.conditions.iter().any(|condition| condition.type_ == OVERDUE);
        if let Some(message) = self.flags.overdue.clone().filter(|_| !known) {
            reports.push(Report {
                reason: reason::OVERDUE,
                message,
                warning: true,
                ..order_report(&self.name, &self.standing)
            });
        }
        reports
    }
}

fn stored_state(object: &ProvisioningOrder) -> Option<ProvisioningState> {
    object.status.as_ref().and_then(|status| status.state)
}

/// A condition as it is stored: reason and message.
fn stored_condition(object: &ProvisioningOrder, type_: &str) -> Option<(&'static str, String)> {
    let mut conditions = object.status.iter().flat_map(|status| &status.conditions);
    let found = conditions.find(|condition| condition.type_ == type_)?;
    Some((spelled(&found.reason), found.message.clone()))
}

/// The constant that spells a stored reason.
fn spelled(said: &str) -> &'static str {
    reason::known(said).unwrap_or(reason::WAITING)
}

/// An order that does not move; what a person wrote into it meanwhile is marked as not to be believed.
pub(super) fn hold(object: Arc<ProvisioningOrder>, why: &str) -> OrderState {
    let mut standing = stands(&object, stored_state(&object).unwrap_or_default());
    standing.stalled = stored_condition(&object, STALLED);
    if let Some(block) = Block::unanswered(&object).filter(|block| !trust::is_marked(&object, *block)) {
        standing = standing.untrusted(block.reason(), why);
    }
    let is_with_a_person = standing.state == ProvisioningState::Transmitted;
    let mut held = state(object, standing);
    // What the data says of an order that a person has is looked at again when things move.
    let seen = stored_condition(&held.object, VERIFIED).filter(|_| is_with_a_person);
    held.flags.proof = seen.map(|(reason, message)| Proof {
        status: ConditionStatus::Unknown,
        reason,
        message,
        result: None,
    });
    held
}

fn state(object: Arc<ProvisioningOrder>, standing: Standing) -> OrderState {
    OrderState {
        name: object.metadata.name.clone().unwrap_or_default(),
        standing,
        ready: false,
        flags: Flags {
            stop: stored_condition(&object, STOP_REQUESTED),
            overdue: stored_condition(&object, OVERDUE).map(|(_, message)| message),
            proof: None,
        },
        object,
    }
}

/// The next move of an order that people have or had, or where it stands. What nobody has had is in `gate`.
pub(super) fn advance(object: Arc<ProvisioningOrder>, now: Timestamp) -> OrderState {
    let name = object.metadata.name.clone().unwrap_or_default();
    let stored = stored_state(&object);
    let spec = &object.spec;
    let next = match stored {
        None
        | Some(
            ProvisioningState::None
            | ProvisioningState::AwaitingApproval
            | ProvisioningState::Pending
            | ProvisioningState::Error,
        ) => None,
        Some(ProvisioningState::Transmitted) if fault::is(Fault::AnswerOverlooked) => None,
        Some(ProvisioningState::Transmitted) => match &spec.decision {
            Some(decision) => Some(decided(&object, &name, decision)),
            None => expired(&object, &name, now),
        },
        Some(ProvisioningState::Executed) => match &spec.recovery {
            Some(_) if fault::is(Fault::RecoveryOverlooked) => None,
            Some(recovery) => Some(withdrawn(&object, &name, recovery)),
            None => is_trusted(&object).then(|| order_words::trusted(&object)),
        },
        Some(ProvisioningState::Verified | ProvisioningState::Errored | ProvisioningState::Inactive) => None,
    };
    let standing = next.unwrap_or_else(|| stands(&object, stored.unwrap_or_default()));
    state(object, standing)
}

/// When an order that a person has counts as failed.
pub(super) fn valid_until(order: &ProvisioningOrder) -> Option<Timestamp> {
    let validity = duration::parse(order.spec.policy.transmitted_state_validity.as_deref()?).ok()?;
    let since = order.status.as_ref()?.transmitted_at.as_ref()?.0;
    since.checked_add(validity).ok()
}

fn expired(object: &ProvisioningOrder, name: &str, now: Timestamp) -> Option<Standing> {
    let until = valid_until(object).filter(|until| *until <= now && !fault::is(Fault::ValidityIgnored))?;
    let what = format!("nobody answered until {until}, as long as its type gives (transmittedStateValidity)");
    let reason = reason::VALIDITY_EXPIRED;
    Some(order_words::errored(name, reason, &what, names::OPERATOR_ACTOR))
}

fn decided(object: &ProvisioningOrder, name: &str, decision: &Decision) -> Standing {
    let who = actor(decision.by.as_ref());
    if let Some(why) = trust::doubt_decision(object, decision) {
        return order_words::untrusted(name, &why);
    }
    match decision.result {
        DecisionResult::Confirmed if is_trusted(object) && fault::is(Fault::ExecutedJumpedOver) => {
            order_words::trusted(object)
        }
        DecisionResult::Errored if fault::is(Fault::ErroredIsDone) => order_words::executed(who),
        DecisionResult::Confirmed => {
            let standing = order_words::executed(who);
            if executed_is_final(object) {
                standing.finished()
            } else {
                standing
            }
        }
        DecisionResult::Errored => {
            let said = decision.message.as_deref().unwrap_or("no message");
            let what = format!("{who} reported an error: {said}");
            if stored_condition(object, STOP_REQUESTED).is_some() && !fault::is(Fault::StoppedIsRetried) {
                return order_words::stopped(&what, who);
            }
            order_words::errored(name, reason::REPORTED_BY_PERSON, &what, who)
        }
    }
}

fn withdrawn(object: &ProvisioningOrder, name: &str, recovery: &Recovery) -> Standing {
    let who = actor(recovery.by.as_ref());
    if let Some(why) = trust::doubt_recovery(object) {
        let what =
            format!("the confirmation of {name} was taken back, but {why}: it is done again, so that a person looks");
        return Standing::new(ProvisioningState::Errored, reason::CLAIM_WITHDRAWN, what)
            .finished()
            .untrusted(Block::Recovery.reason(), &why);
    }
    let said = recovery.comment.as_deref().unwrap_or("no comment");
    let what = format!("{who} took the confirmation of {name} back: {said}");
    Standing::new(ProvisioningState::Errored, reason::CLAIM_WITHDRAWN, what)
        .finished()
        .by(who)
}

/// The standing that an order's status already says.
fn stands(object: &ProvisioningOrder, state: ProvisioningState) -> Standing {
    let status = object.status.clone().unwrap_or_default();
    let reason = spelled(&status.reason.unwrap_or_default());
    let mut standing = Standing::new(state, reason, status.message.unwrap_or_default());
    standing.actor = status
        .history
        .last()
        .and_then(|entry| entry.actor.clone())
        .unwrap_or_default();
    standing.finished = match state {
        ProvisioningState::Verified | ProvisioningState::Errored | ProvisioningState::Inactive => true,
        ProvisioningState::Executed => executed_is_final(object) || reason == reason::OVERTAKEN,
        ProvisioningState::None
        | ProvisioningState::AwaitingApproval
        | ProvisioningState::Pending
        | ProvisioningState::Transmitted
        | ProvisioningState::Error => false,
    };
    standing
}

/// Where nothing can prove an order, the claim is its end.
fn executed_is_final(order: &ProvisioningOrder) -> bool {
    order.spec.policy.verification.mode == VerificationMode::None && !is_trusted(order)
}

/// Whether a confirmed order is believed and enters the inventory.
pub(super) fn is_trusted(order: &ProvisioningOrder) -> bool {
    order.spec.policy.provisioning_connection.package.trusts_people()
}

/// The person, as far as known.
pub(super) fn actor(by: Option<&Actor>) -> &str {
    by.map_or(names::UNKNOWN_ACTOR, |by| by.username.as_str())
}
