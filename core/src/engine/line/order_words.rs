//! The words of orders: each standing, with what happened and what to do. Nothing decides here.

use super::super::status::Standing;
use crate::api::provisioning_order::{Difference, ProvisioningOrder, Review};
use crate::api::{Operation, ProvisioningState, reason};

fn patch(order: &str, block: &str) -> String {
    format!("kubectl patch porder {order} --type=merge -p '{{\"spec\":{block}}}'")
}

pub(super) fn retry(order: &str) -> String {
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

/// Waits for a reviewer; `why`: what it waits for a review for.
pub(super) fn awaits_review(order: &str, why: &'static str) -> Standing {
    let because = if why == reason::THRESHOLD_EXCEEDED {
        "more orders than usual were made lately (spec.thresholds of its type)"
    } else {
        "its type asks for a review"
    };
    let message = format!(
        "waits for a reviewer, neither requester nor owner: {because}. {}",
        how_to_review(order)
    );
    Standing::new(ProvisioningState::AwaitingApproval, why, message)
}

pub(super) fn postponed(order: &str, who: &str, comment: Option<&str>) -> Standing {
    let message = format!("{who} put it off{}. {}", said(comment), how_to_review(order));
    Standing::new(ProvisioningState::AwaitingApproval, reason::POSTPONED, message).by(who)
}

fn how_to_review(order: &str) -> String {
    format!(
        "To release it: {}, or \"Declined\" with a \"comment\"",
        patch(order, r#"{"review":{"result":"Approved"}}"#)
    )
}

fn said(comment: Option<&str>) -> String {
    comment.map(|comment| format!(": {comment}")).unwrap_or_default()
}

pub(super) fn declined(review: &Review, who: &str) -> Standing {
    let message = format!("{who} declined it{}", said(review.comment.as_deref()));
    ended(reason::DECLINED, message).by(who)
}

pub(super) fn partly_declined(review: &Review, who: &str) -> Standing {
    let message = format!(
        "{who} declined {}{}: the next order has the rest",
        review.declined_properties.join(", "),
        said(review.comment.as_deref())
    );
    ended(reason::PARTLY_DECLINED, message).by(who)
}

/// Ends so that the next order takes its place; `why`: what is otherwise now.
pub(super) fn recomputed(why: &str) -> Standing {
    let message = format!("{why}. If something is left to do, the next order says what");
    ended(reason::RECOMPUTED, message)
}

/// Ends for good without having been done.
pub(super) fn ended(reason: &'static str, message: impl Into<String>) -> Standing {
    Standing::new(ProvisioningState::Inactive, reason, message).finished()
}

pub(super) fn suspended(type_name: &str) -> Standing {
    let message = format!(
        "the ResourceType {type_name} is suspended: it is handed over when its administrator sets spec.suspend to false, kubectl patch rtype {type_name} --type=merge -p '{{\"spec\":{{\"suspend\":false}}}}'"
    );
    Standing::new(ProvisioningState::Pending, reason::SUSPENDED, message)
}

/// The start of its requests is to come again.
pub(super) fn scheduled(order: &str, start: jiff::Timestamp) -> Standing {
    let message = format!(
        "it is handed over by itself at {start}, when its requests start (spec.startTime): kubectl describe porder {order}"
    );
    Standing::new(ProvisioningState::Pending, reason::SCHEDULED, message)
}

/// A person has it, and the work is not wished any more.
pub(super) fn stop(order: &str, why: &str) -> Standing {
    let message = format!(
        "stop if you can: {why}. Done already? Confirm it: {}. Not done? Report an error: {}",
        patch(order, r#"{"decision":{"result":"Confirmed"}}"#),
        patch(order, r#"{"decision":{"result":"Errored","message":"stopped"}}"#)
    );
    Standing::new(ProvisioningState::Transmitted, reason::STOP_REQUESTED, message)
}

/// An error that was reported after the stop.
pub(super) fn stopped(what: &str, who: &str) -> Standing {
    let message = format!("{what}. It was to be stopped, so nobody has to try again");
    Standing::new(ProvisioningState::Errored, reason::REPORTED_BY_PERSON, message)
        .finished()
        .by(who)
}

pub(super) fn overdue(due: jiff::Timestamp) -> String {
    format!("it was due at {due}, and nobody has answered: ask who has it, or give it to somebody else (spec.assignee)")
}

fn seen_in(by: Option<&str>) -> String {
    by.map(|by| format!(" in {by}")).unwrap_or_default()
}

pub(super) fn observed(by: Option<&str>) -> Standing {
    let message = format!("seen in the data{}: it is as ordered", seen_in(by));
    Standing::new(ProvisioningState::Verified, reason::OBSERVED, message).finished()
}

/// `zone: ordered B, seen A`
fn told(differences: &[Difference]) -> String {
    let list = |list: &Option<Vec<String>>| match list.as_deref() {
        None | Some([]) => "nothing".to_owned(),
        Some(values) => values.join(", "),
    };
    let each = differences.iter().map(|difference| {
        let (ordered, seen) = (list(&difference.expected), list(&difference.observed));
        format!("{}: ordered {ordered}, seen {seen}", difference.property)
    });
    each.collect::<Vec<_>>().join("; ")
}

/// The data speaks against the claim; `reopens`: the next attempt starts by itself.
pub(super) fn refuted(name: &str, by: Option<&str>, differences: &[Difference], reopens: bool) -> Standing {
    let what = format!(
        "confirmed, and not so in the data{}: {}",
        seen_in(by),
        told(differences)
    );
    let next = if reopens {
        "The next attempt starts by itself".to_owned()
    } else {
        format!("To try again: {}, or \"Abandon\"", retry(name))
    };
    Standing::new(ProvisioningState::Errored, reason::REFUTED, format!("{what}. {next}")).finished()
}

pub(super) fn inconclusive(by: Option<&str>, differences: &[Difference]) -> String {
    let what = if differences.is_empty() {
        "the data does not have what was ordered among its properties".to_owned()
    } else {
        format!("not so in the data{}: {}", seen_in(by), told(differences))
    };
    format!(
        "{what}. That says nothing yet: it counts against the order only in a complete snapshot that was taken later than the confirmation and spec.policy.verification.lag"
    )
}

/// A claim that nothing has proven in time.
pub(super) fn unproven(name: &str, until: jiff::Timestamp) -> Standing {
    let what =
        format!("confirmed, and nothing proved it until {until}, as long as its type gives (transmittedStateValidity)");
    errored(name, reason::VALIDITY_EXPIRED, &what, crate::api::names::OPERATOR_ACTOR)
}

pub(super) fn overtaken_claim() -> Standing {
    let message = "confirmed; a later order has changed all of it since, so no data can tell any more";
    Standing::new(ProvisioningState::Executed, reason::OVERTAKEN, message).finished()
}

pub(super) fn seen_before_confirmed(name: &str) -> String {
    format!(
        "the data has it already as ordered: was it done and not confirmed? {}",
        patch(name, r#"{"decision":{"result":"Confirmed"}}"#)
    )
}
