//! The words of a line: each standing of an order or a request, with what happened and what to do. Nothing decides here.

use super::super::problem::Problem;
use super::super::status::Standing;
use crate::api::provisioning_order::ProvisioningOrder;
use crate::api::{AssignmentRequest, Operation, ProvisioningState, reason};

fn patch(order: &str, block: &str) -> String {
    format!("kubectl patch porder {order} --type=merge -p '{{\"spec\":{block}}}'")
}

fn retry(order: &str) -> String {
    patch(order, r#"{"recovery":{"action":"Retry"}}"#)
}

pub(super) fn handed_over(order: &ProvisioningOrder) -> Standing {
    let name = order.metadata.name.as_deref().unwrap_or_default();
    let how = format!(
        "When it is done: {}, or \"Errored\" with a \"message\"",
        patch(name, r#"{"decision":{"result":"Confirmed"}}"#)
    );
    let deleted = order.spec.previous.as_ref();
    match deleted.filter(|previous| previous.reason == reason::RECREATED) {
        Some(previous) => {
            let message = format!(
                "with a person; replaces {}, which was deleted before anyone answered it. {how}",
                previous.name
            );
            Standing::new(ProvisioningState::Transmitted, reason::RECREATED, message)
        }
        None => Standing::new(
            ProvisioningState::Transmitted,
            reason::HANDED_OVER,
            format!("with a person. {how}"),
        ),
    }
}

pub(super) fn executed(who: &str) -> Standing {
    let message = format!("{who} confirmed that it is done");
    Standing::new(ProvisioningState::Executed, reason::CONFIRMED, message).by(who)
}

pub(super) fn trusted(order: &ProvisioningOrder) -> Standing {
    let inventory = match order.spec.operation {
        Operation::Create | Operation::Update => "the inventory says so now",
        Operation::Delete => "it is gone from the inventory",
    };
    let message = format!("trusted by the type's package, without proof: {inventory}");
    Standing::new(ProvisioningState::Verified, reason::TRUSTED, message).finished()
}

pub(super) fn errored(name: &str, reason: &'static str, what: &str, who: &str) -> Standing {
    let message = format!("{what}. To try again: {}, or \"Abandon\"", retry(name));
    Standing::new(ProvisioningState::Errored, reason, message)
        .finished()
        .by(who)
}

/// A decision that is not believed: nobody knows whether the work was done.
pub(super) fn untrusted(name: &str, why: &str) -> Standing {
    let message = format!(
        "the decision is not believed: {why}. Check in the managed system what was done. For a clean order: {}, or \"Abandon\"",
        retry(name)
    );
    Standing::new(ProvisioningState::Errored, reason::DECISION_UNTRUSTED, message)
        .finished()
        .untrusted(reason::DECISION_UNTRUSTED, why)
}

pub(super) fn behind(order: &str, recovery: bool) -> Standing {
    if recovery {
        let message = format!(
            "waits behind {order}, which ended in an error: {} (or Abandon)",
            retry(order)
        );
        Standing::new(ProvisioningState::Pending, reason::WAITING_FOR_RECOVERY, message)
    } else {
        let message = format!("waits behind {order}, which is with a person: kubectl describe porder {order}");
        Standing::new(ProvisioningState::Pending, reason::QUEUED, message)
    }
}

/// The request wishes what the named order already did; `proven`: that order is Verified.
pub(super) fn already_claimed(order: &str, operation: Operation, proven: bool, finished: bool) -> Standing {
    let standing = if proven {
        let message = format!("nothing to do: {order} did this, and it is Verified");
        Standing::new(ProvisioningState::Verified, already(operation), message)
    } else {
        let message = format!("nothing to do: {order} already did this, as a person says");
        Standing::new(ProvisioningState::Executed, reason::ALREADY_CLAIMED, message)
    };
    if finished { standing.finished() } else { standing }
}

pub(super) fn already_observed(operation: Operation, identifier: &str) -> Standing {
    let message = match operation {
        Operation::Create | Operation::Update => {
            format!("nothing to do: the inventory has {identifier} as requested")
        }
        Operation::Delete => format!("nothing to do: the inventory has no {identifier}"),
    };
    Standing::new(ProvisioningState::Verified, already(operation), message).finished()
}

fn already(operation: Operation) -> &'static str {
    match operation {
        Operation::Create | Operation::Update => reason::ALREADY_AS_REQUESTED,
        Operation::Delete => reason::ALREADY_ABSENT,
    }
}

pub(super) fn abandoned(order: &str, who: &str, comment: Option<&str>) -> Standing {
    let comment = comment.map(|comment| format!(": {comment}")).unwrap_or_default();
    let message = format!("{who} abandoned {order}{comment}; file a new request if it is still wished");
    Standing::new(ProvisioningState::Inactive, reason::ABANDONED, message)
        .finished()
        .by(who)
}

/// An errored or withdrawn order that a later one of the line has overtaken.
pub(super) fn overtaken(order: &str, who: &str) -> Standing {
    let message = format!(
        "{order} does not count any more, and a later order of the resource has been handed over since: nothing is put back; file a new request if it is still wished"
    );
    Standing::new(ProvisioningState::Inactive, reason::SUPERSEDED, message)
        .finished()
        .by(who)
}

/// `why`: the request or order that took its place.
pub(super) fn superseded(why: &str) -> Standing {
    Standing::new(ProvisioningState::Inactive, reason::SUPERSEDED, why).finished()
}

pub(super) fn not_allowed(type_name: &str, operation: Operation) -> Standing {
    let message = format!(
        "the ResourceType {type_name} does not allow {}: ask its administrator (spec.allow)",
        operation.as_str()
    );
    Standing::new(ProvisioningState::Inactive, reason::NOT_ALLOWED, message).finished()
}

pub(super) fn name_conflict(order: &str, identifier: &str) -> Standing {
    let message = format!(
        "the order for {identifier} would be named {order}, and an order of another resource has that name: an administrator must delete it (kubectl describe porder {order})"
    );
    Standing::new(ProvisioningState::Error, reason::NAME_CONFLICT, message).stalled(reason::NAME_CONFLICT)
}

pub(super) fn someone_elses(request: &AssignmentRequest, identifier: &str, owner: &str) -> Problem {
    match request.spec.operation {
        Operation::Create => Problem::new(
            reason::IDENTIFIER_TAKEN,
            format!(
                "{identifier} belongs to {owner}: file a request with another spec.resource.identifier, or wait until it is free"
            ),
        ),
        Operation::Update | Operation::Delete => Problem::new(
            reason::NOT_THE_OWNER,
            format!(
                "{identifier} belongs to {owner}, not to {}: file the request for its owner",
                request.spec.owner.id
            ),
        ),
    }
}
