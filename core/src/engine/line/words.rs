//! The words of a line: each standing of a request, with what happened and what to do. Nothing decides here.

use super::super::problem::Problem;
use super::super::status::Standing;
use super::order_words::retry;
use crate::api::{AssignmentRequest, Operation, ProvisioningState, reason};
use jiff::Timestamp;

/// `state`: that of the order which holds the line.
pub(super) fn behind(order: &str, state: ProvisioningState) -> Standing {
    let why = match state {
        ProvisioningState::Errored => {
            let message = format!(
                "waits behind {order}, which ended in an error: {} (or Abandon)",
                retry(order)
            );
            return Standing::new(ProvisioningState::Pending, reason::WAITING_FOR_RECOVERY, message);
        }
        ProvisioningState::AwaitingApproval => "which waits for a reviewer",
        ProvisioningState::Pending => "which is not handed over yet",
        ProvisioningState::Error => "whose type has a fault",
        ProvisioningState::None
        | ProvisioningState::Transmitted
        | ProvisioningState::Executed
        | ProvisioningState::Verified
        | ProvisioningState::Inactive => "which is with a person",
    };
    let message = format!("waits behind {order}, {why}: kubectl describe porder {order}");
    Standing::new(ProvisioningState::Pending, reason::QUEUED, message)
}

pub(super) fn scheduled(request: &str, start: Timestamp) -> Standing {
    let message = format!(
        "starts by itself at {start} (spec.startTime). Not wished any more? kubectl patch areq {request} --type=merge -p '{{\"spec\":{{\"cancel\":{{\"reason\":\"WHY\"}}}}}}'"
    );
    Standing::new(ProvisioningState::None, reason::SCHEDULED, message)
}

pub(super) fn waits_for_dependency(owner: &str, missing: &[&str]) -> Standing {
    let message = format!(
        "{owner} has no {} yet, and the type depends on it: it goes on by itself once one is confirmed or seen in the inventory. Asked for already? kubectl get areq --field-selector spec.owner.id={owner}",
        missing.join(" and no ")
    );
    Standing::new(ProvisioningState::None, reason::WAITING_FOR_DEPENDENCY, message)
}

pub(super) fn grouping(type_name: &str, owner: &str, until: Timestamp) -> Standing {
    let message = format!(
        "waits until {until} for other requests of the same resource, to make one order of all (spec.groupingWindow of the ResourceType {type_name}): kubectl get areq --field-selector spec.owner.id={owner}"
    );
    Standing::new(ProvisioningState::Pending, reason::GROUPING, message)
}

/// The end of a request whose order ended without being done.
pub(super) fn ended_with(order: &str, standing: &Standing) -> Standing {
    let message = format!("{order} ended: {}", standing.message);
    Standing::new(ProvisioningState::Inactive, standing.reason, message)
        .finished()
        .by(&standing.actor)
}

/// The end of a request whose order was to be stopped, and was.
pub(super) fn stopped(order: &str, why: &'static str) -> Standing {
    let message = format!("{order} was stopped before it was done: kubectl describe porder {order}");
    Standing::new(ProvisioningState::Inactive, why, message).finished()
}

pub(super) fn cancelled_too_late(who: &str, why: &str, operation: Operation, standing: Standing) -> Standing {
    let undo = match operation {
        Operation::Create => "file a Delete",
        Operation::Update => "file an Update with the values that it is to have",
        Operation::Delete => "file a Create",
    };
    let message = format!(
        "{who} cancelled it ({why}), and it was done all the same: {}. To undo it, {undo}",
        standing.message
    );
    Standing {
        reason: reason::CANCELLED_TOO_LATE,
        message,
        ..standing
    }
}

/// A reviewer declined everything that a request asks for.
pub(super) fn all_declined(properties: &[String]) -> Standing {
    let message = format!("a reviewer declined all that it asks for: {}", properties.join(", "));
    Standing::new(ProvisioningState::Inactive, reason::DECLINED, message).finished()
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
