//! What people write: one block of an order or a request each, to one or to many. Which objects are meant is found by
//! [`super::choice`], what there is to write for each is weighed by a pure rule, and the API server says who may.

pub mod args;
mod batch;
pub(super) mod drive;
mod go;
mod orders;
pub(super) mod outcome;
mod requests;
#[cfg(test)]
mod tests;
mod weigh;

pub use args::*;

use super::choice::{Refusal, usage};
use super::screen::can_ask;
pub(super) use go::{agreed, confirmed, say};
use go::{on_orders, on_requests};
use handoff_core::api::assignment_request::{ApprovalAnswer, ApprovalResult};
use handoff_core::api::provisioning_order::{Decision, DecisionResult, Recovery, RecoveryAction, Review, ReviewResult};
use orders::OrderDeed;
use requests::RequestDeed;
use std::process::ExitCode;

pub(super) type Ended = Result<ExitCode, Refusal>;

pub(super) fn failed(why: String) -> Refusal {
    (why, 1)
}

/// `claim`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn claim(args: ClaimArgs) -> Ended {
    on_orders(OrderDeed::Claim, &args.on).await
}

/// `release`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn release(args: ReleaseArgs) -> Ended {
    on_orders(OrderDeed::Release, &args.on).await
}

/// `assign`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn assign(args: AssignArgs) -> Ended {
    on_orders(OrderDeed::Assign(args.to.clone()), &args.on).await
}

/// `confirm`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn confirm(args: ConfirmArgs) -> Ended {
    let decision = Decision {
        result: DecisionResult::Confirmed,
        message: args.message.clone(),
        evidence: args.evidence.clone(),
        ticket_ref: args.ticket_ref.clone(),
        actual_values: actual_values(&args.actual).map_err(usage)?,
        by: None,
    };
    on_orders(OrderDeed::Decide(decision), &args.on).await
}

/// `error`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn error(args: ErrorArgs) -> Ended {
    let message = needed(args.message.clone(), "What stood in the way?")?;
    let decision = Decision {
        result: DecisionResult::Errored,
        message: Some(message),
        evidence: None,
        ticket_ref: None,
        actual_values: Default::default(),
        by: None,
    };
    on_orders(OrderDeed::Decide(decision), &args.on).await
}

/// `review`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn review(args: ReviewArgs) -> Ended {
    let result = match (args.approve, args.decline) {
        (true, _) => ReviewResult::Approved,
        (false, true) => ReviewResult::Declined,
        (false, false) => ReviewResult::Postponed,
    };
    let review = Review {
        result,
        declined_properties: args.decline_property.clone(),
        comment: args.message.clone(),
        by: None,
    };
    on_orders(OrderDeed::Review(review), &args.on).await
}

/// `retry`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn retry(args: RetryArgs) -> Ended {
    let recovery = recovery(RecoveryAction::Retry, args.message.clone());
    on_orders(OrderDeed::Recover(recovery), &args.on).await
}

/// `abandon`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn abandon(args: AbandonArgs) -> Ended {
    let recovery = recovery(RecoveryAction::Abandon, args.message.clone());
    on_orders(OrderDeed::Recover(recovery), &args.on).await
}

/// `takeback`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn takeback(args: TakebackArgs) -> Ended {
    let message = needed(args.message.clone(), "What was wrong with the confirmation?")?;
    let action = if args.abandon {
        RecoveryAction::Abandon
    } else {
        RecoveryAction::Retry
    };
    let recovery = recovery(action, Some(message));
    on_orders(OrderDeed::TakeBack(recovery), &args.on).await
}

/// `approve`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn approve(args: ApproveArgs) -> Ended {
    let answer = ApprovalAnswer {
        result: ApprovalResult::Approved,
        comment: args.message.clone(),
    };
    on_requests(RequestDeed::Answer(answer), &args.on).await
}

/// `decline`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn decline(args: DeclineArgs) -> Ended {
    let answer = ApprovalAnswer {
        result: ApprovalResult::Declined,
        comment: args.message.clone(),
    };
    on_requests(RequestDeed::Answer(answer), &args.on).await
}

/// `cancel`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn cancel(args: CancelArgs) -> Ended {
    let reason = needed(args.message.clone(), "Why is it taken back?")?;
    on_requests(RequestDeed::Cancel(reason), &args.on).await
}

fn recovery(action: RecoveryAction, comment: Option<String>) -> Recovery {
    Recovery {
        action,
        comment,
        by: None,
    }
}

/// `PROPERTY=VALUE`, several times for several values.
fn actual_values(given: &[String]) -> Result<handoff_core::api::Values, String> {
    let mut values = handoff_core::api::Values::new();
    for pair in given {
        let (property, value) = pair
            .split_once('=')
            .filter(|(property, _)| !property.is_empty())
            .ok_or_else(|| format!("--actual {pair}: write PROPERTY=VALUE"))?;
        let of_property = values.entry(property.to_owned()).or_default();
        if !value.is_empty() {
            of_property.push(value.to_owned());
        }
    }
    for of_property in values.values_mut() {
        of_property.sort();
        of_property.dedup();
    }
    Ok(values)
}

/// What has to be said: given, or asked for.
fn needed(given: Option<String>, question: &str) -> Result<String, Refusal> {
    let given = given.filter(|text| !text.trim().is_empty());
    if let Some(text) = given {
        return Ok(text);
    }
    if !can_ask() {
        return Err(usage(format!("{question} Say it with -m \"...\"")));
    }
    let said: String = dialoguer::Input::new()
        .with_prompt(question)
        .interact_text()
        .map_err(|error| failed(error.to_string()))?;
    Ok(said)
}
