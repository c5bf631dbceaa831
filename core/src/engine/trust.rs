//! The second check: whether what a person wrote may be acted on. The admission policies refuse the same before it is
//! stored; here it is asked once more, so that a hole in admission is not a hole in the product. What only the API
//! server knows (who holds which right) is not asked again.

use super::fault::{self, Fault};
use crate::api::condition::{Condition, ConditionStatus, DECISION_UNTRUSTED, STALLED};
use crate::api::provisioning_order::{Decision, DecisionResult, RecoveryAction, ReviewResult};
use crate::api::resource_type::{Evidence, PropertyType};
use crate::api::{Actor, AssignmentRequest, ProvisioningOrder, ProvisioningState, reason};

/// Why what is marked is not believed.
const UNGUARDED: &str = "it was written while the admission policies were not in force";

/// A block of an order that nobody has acted on yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Review,
    Decision,
    Recovery,
}

impl Block {
    /// Reason of the condition DecisionUntrusted that speaks of this block.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Review => reason::REVIEW_UNTRUSTED,
            Self::Decision => reason::DECISION_UNTRUSTED,
            Self::Recovery => reason::RECOVERY_UNTRUSTED,
        }
    }

    /// The block that an order still has to be moved by.
    pub(super) fn unanswered(order: &ProvisioningOrder) -> Option<Self> {
        let status = order.status.as_ref();
        let spec = &order.spec;
        let stalled = |condition: &Condition| condition.type_ == STALLED && condition.status == ConditionStatus::True;
        match status.and_then(|status| status.state) {
            Some(ProvisioningState::AwaitingApproval) => {
                let review = spec.review.as_ref()?;
                let seen = review.result == ReviewResult::Postponed
                    && status.is_some_and(|status| status.reason.as_deref() == Some(reason::POSTPONED));
                (!seen).then_some(Self::Review)
            }
            Some(ProvisioningState::Transmitted) => spec.decision.as_ref().map(|_| Self::Decision),
            Some(ProvisioningState::Executed) => spec.recovery.as_ref().map(|_| Self::Recovery),
            Some(ProvisioningState::Errored) => {
                let waits = status.is_some_and(|status| status.conditions.iter().any(stalled));
                (waits && spec.recovery.is_some()).then_some(Self::Recovery)
            }
            None
            | Some(
                ProvisioningState::None
                | ProvisioningState::Pending
                | ProvisioningState::Verified
                | ProvisioningState::Inactive
                | ProvisioningState::Error,
            ) => None,
        }
    }
}

/// Whether the order's status says that this block is not to be believed.
pub(super) fn is_marked(order: &ProvisioningOrder, block: Block) -> bool {
    says_untrusted(order.status.iter().flat_map(|s| &s.conditions), block.reason())
}

fn says_untrusted<'a>(mut conditions: impl Iterator<Item = &'a Condition>, reason: &str) -> bool {
    let says = |condition: &Condition| {
        condition.type_ == DECISION_UNTRUSTED && condition.status == ConditionStatus::True && condition.reason == reason
    };
    !fault::is(Fault::MarkForgotten) && conditions.any(says)
}

/// Whether somebody asked for the order, or owns what it is about.
fn is_party(order: &ProvisioningOrder, who: &str) -> bool {
    let spec = &order.spec;
    spec.requesters.iter().any(|requester| requester == who) || spec.owner.username.as_deref() == Some(who)
}

/// Why a decision is not believed; `None`: it is.
pub(super) fn doubt_decision(order: &ProvisioningOrder, decision: &Decision) -> Option<String> {
    if is_marked(order, Block::Decision) {
        return Some(UNGUARDED.to_owned());
    }
    let Some(by) = signed(decision.by.as_ref()) else {
        return Some("nobody has signed it (decision.by)".to_owned());
    };
    let rules = &order.spec.policy.decision;
    let is_party = is_party(order, by);
    let filled = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    match decision.result {
        DecisionResult::Confirmed if is_party && !rules.allow_self_confirmation && !fault::is(Fault::SelfConfirmed) => {
            Some(format!(
                "{by} asked for this order or owns what it is about, and may not confirm it"
            ))
        }
        DecisionResult::Confirmed if rules.evidence == Evidence::Required && !filled(&decision.evidence) => {
            Some("the type requires evidence, and it has none".to_owned())
        }
        DecisionResult::Errored if !filled(&decision.message) => Some("it is Errored and does not say why".to_owned()),
        DecisionResult::Errored if !decision.actual_values.is_empty() => {
            Some("it is Errored and has actualValues".to_owned())
        }
        DecisionResult::Confirmed | DecisionResult::Errored => {
            doubt_claim(order, by).or_else(|| doubt_values(order, decision))
        }
    }
}

fn doubt_claim(order: &ProvisioningOrder, by: &str) -> Option<String> {
    let assignee = order.spec.assignee.as_ref().map(|assignee| assignee.username.as_str());
    let free = !order.spec.policy.decision.claim_required || assignee == Some(by);
    (!free).then(|| format!("the type lets only the assignee decide, and {by} has not claimed the order"))
}

fn doubt_values(order: &ProvisioningOrder, decision: &Decision) -> Option<String> {
    let ordered = |property: &&String| {
        let mut changes = order.spec.changes.iter();
        changes.any(|change| change.property == **property && change.type_ != PropertyType::Secret)
    };
    let other = decision.actual_values.keys().find(|property| !ordered(property))?;
    Some(format!(
        "its actualValues name {other}, which is not among the changes or is a Secret"
    ))
}

/// Why the review of an order is not believed; `None`: it is, or there is none.
pub(super) fn doubt_review(order: &ProvisioningOrder) -> Option<String> {
    let review = order.spec.review.as_ref()?;
    if is_marked(order, Block::Review) {
        return Some(UNGUARDED.to_owned());
    }
    let Some(by) = signed(review.by.as_ref()) else {
        return Some("nobody has signed it (review.by)".to_owned());
    };
    if is_party(order, by) && !fault::is(Fault::SelfReviewed) {
        return Some(format!(
            "{by} asked for this order or owns what it is about, and may not review it"
        ));
    }
    let declined = &review.declined_properties;
    if !declined.is_empty() && review.result != ReviewResult::Approved {
        return Some("it declines single properties and is not Approved, which releases the rest".to_owned());
    }
    let change = |name: &String| order.spec.changes.iter().find(|change| change.property == *name);
    if let Some(other) = declined.iter().find(|name| change(name).is_none()) {
        return Some(format!(
            "it declines {other}, which is not among the changes of the order"
        ));
    }
    let needed = |name: &&String| change(name).is_some_and(|change| change.required == Some(true));
    let needed = declined.iter().find(needed)?;
    Some(format!("it declines {needed}, which a new resource must have"))
}

/// Why the cancel of a request is not believed; `None`: it is, or there is none.
pub(super) fn doubt_cancel(request: &AssignmentRequest) -> Option<String> {
    let cancel = request.spec.cancel.as_ref()?;
    if says_untrusted(
        request.status.iter().flat_map(|s| &s.conditions),
        reason::CANCEL_UNTRUSTED,
    ) {
        return Some(UNGUARDED.to_owned());
    }
    signed(cancel.by.as_ref())
        .is_none()
        .then(|| "nobody has signed it (cancel.by)".to_owned())
}

/// Why the recovery of an order is not believed; `None`: it is, or there is none.
pub(super) fn doubt_recovery(order: &ProvisioningOrder) -> Option<String> {
    let recovery = order.spec.recovery.as_ref()?;
    if is_marked(order, Block::Recovery) {
        return Some(UNGUARDED.to_owned());
    }
    signed(recovery.by.as_ref())
        .is_none()
        .then(|| "nobody has signed it (recovery.by)".to_owned())
}

/// The recovery that counts: one that is not believed is a Retry, so that a person looks again.
pub(super) fn recovery(order: &ProvisioningOrder) -> Option<(RecoveryAction, &str)> {
    let recovery = order.spec.recovery.as_ref()?;
    let who = signed(recovery.by.as_ref()).unwrap_or(crate::api::names::UNKNOWN_ACTOR);
    match doubt_recovery(order) {
        Some(_) => Some((RecoveryAction::Retry, who)),
        None => Some((recovery.action, who)),
    }
}

/// Why a request is not believed; `None`: it is.
pub(super) fn doubt_request(request: &AssignmentRequest) -> Option<&'static str> {
    let by = request.spec.requested_by.as_ref();
    by.is_none_or(|by| by.username.trim().is_empty())
        .then_some("nobody has signed it (requestedBy)")
}

fn signed(by: Option<&Actor>) -> Option<&str> {
    by.map(|by| by.username.as_str()).filter(|name| !name.trim().is_empty())
}
