//! The state machine of one order: one move a pass, so that no state is ever jumped over.

use super::super::fault::{self, Fault};
use super::super::knowledge::Fact;
use super::super::status::Standing;
use super::super::trust::{self, Block};
use super::words;
use crate::api::condition::STALLED;
use crate::api::provisioning_order::{Decision, DecisionResult, ProvisioningOrder, Recovery};
use crate::api::resource_type::{Package, VerificationMode};
use crate::api::{Actor, ProvisioningState, names, reason};
use jiff::Timestamp;
use std::sync::Arc;

/// An order after its move of this pass.
pub(super) struct OrderState {
    pub object: Arc<ProvisioningOrder>,
    pub name: String,
    pub standing: Standing,
    pub moved: bool,
}

impl OrderState {
    /// What it says about the resource.
    pub(super) fn fact(&self, now: Timestamp) -> Fact<'_> {
        let stored = Fact::stored(&self.object);
        let done_just_now = self.moved && self.standing.state == ProvisioningState::Executed;
        Fact {
            state: Some(self.standing.state),
            executed_at: if done_just_now { Some(now) } else { stored.executed_at },
            ..stored
        }
    }

    /// Whether a person has it, or had it.
    pub(super) fn was_handed_over(&self) -> bool {
        let stored = self.object.status.as_ref();
        stored.is_some_and(|status| status.transmitted_at.is_some())
            || self.standing.state == ProvisioningState::Transmitted
    }

    /// Whether it was a claim that is struck.
    pub(super) fn is_withdrawn(&self) -> bool {
        self.standing.state == ProvisioningState::Errored && self.standing.reason == reason::CLAIM_WITHDRAWN
    }
}

/// An order that does not move; what a person wrote into it meanwhile is marked as not to be believed.
pub(super) fn hold(object: Arc<ProvisioningOrder>, why: &str) -> OrderState {
    let stored = object.status.as_ref().and_then(|status| status.state);
    let mut standing = stands(&object, stored.unwrap_or_default());
    standing.stalled = object.status.as_ref().and_then(|status| {
        let stalled = status.conditions.iter().find(|condition| condition.type_ == STALLED);
        stalled.map(|_| reason::RECOVERY_NEEDED)
    });
    if let Some(block) = Block::unanswered(&object).filter(|block| !trust::is_marked(&object, *block)) {
        standing = standing.untrusted(block.reason(), why);
    }
    OrderState {
        name: object.metadata.name.clone().unwrap_or_default(),
        standing,
        moved: false,
        object,
    }
}

/// The next move of an order, or where it stands.
pub(super) fn advance(object: Arc<ProvisioningOrder>) -> OrderState {
    let name = object.metadata.name.clone().unwrap_or_default();
    let stored = object.status.as_ref().and_then(|status| status.state);
    let spec = &object.spec;
    let next = match stored {
        None
        | Some(
            ProvisioningState::None
            | ProvisioningState::AwaitingApproval
            | ProvisioningState::Pending
            | ProvisioningState::Error,
        ) => Some(words::handed_over(&object)),
        Some(ProvisioningState::Transmitted) if fault::is(Fault::AnswerOverlooked) => None,
        Some(ProvisioningState::Transmitted) => {
            spec.decision.as_ref().map(|decision| decided(&object, &name, decision))
        }
        Some(ProvisioningState::Executed) => match &spec.recovery {
            Some(_) if fault::is(Fault::RecoveryOverlooked) => None,
            Some(recovery) => Some(withdrawn(&object, &name, recovery)),
            None => is_trusted(&object).then(|| words::trusted(&object)),
        },
        Some(ProvisioningState::Verified | ProvisioningState::Errored | ProvisioningState::Inactive) => None,
    };
    let moved = next.is_some();
    let standing = next.unwrap_or_else(|| stands(&object, stored.unwrap_or_default()));
    OrderState {
        name,
        standing,
        moved,
        object,
    }
}

fn decided(object: &ProvisioningOrder, name: &str, decision: &Decision) -> Standing {
    let who = actor(decision.by.as_ref());
    if let Some(why) = trust::doubt_decision(object, decision) {
        return words::untrusted(name, &why);
    }
    match decision.result {
        DecisionResult::Confirmed if is_trusted(object) && fault::is(Fault::ExecutedJumpedOver) => {
            words::trusted(object)
        }
        DecisionResult::Errored if fault::is(Fault::ErroredIsDone) => words::executed(who),
        DecisionResult::Confirmed => {
            let standing = words::executed(who);
            if executed_is_final(object) {
                standing.finished()
            } else {
                standing
            }
        }
        DecisionResult::Errored => {
            let said = decision.message.as_deref().unwrap_or("no message");
            let what = format!("{who} reported an error: {said}");
            words::errored(name, reason::REPORTED_BY_PERSON, &what, who)
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
    let said = status.reason.unwrap_or_default();
    let reason = reason::ALL
        .iter()
        .find(|known| **known == said)
        .copied()
        .unwrap_or(reason::WAITING);
    let mut standing = Standing::new(state, reason, status.message.unwrap_or_default());
    standing.actor = status
        .history
        .last()
        .and_then(|entry| entry.actor.clone())
        .unwrap_or_default();
    standing.finished = match state {
        ProvisioningState::Verified | ProvisioningState::Errored | ProvisioningState::Inactive => true,
        ProvisioningState::Executed => executed_is_final(object),
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
    match order.spec.policy.provisioning_connection.package {
        Package::ManualTicket => false,
        Package::ManualTicketAndResources => true,
    }
}

/// The person, as far as known.
pub(super) fn actor(by: Option<&Actor>) -> &str {
    by.map_or(names::UNKNOWN_ACTOR, |by| by.username.as_str())
}
