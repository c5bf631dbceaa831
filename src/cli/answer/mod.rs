//! What people write: one block of an order or a request each, to one or to many. Which objects are meant is found by
//! [`super::choice`], what there is to write for each is weighed by a pure rule, and the API server says who may.

pub mod args;
mod batch;
pub(super) mod drive;
mod orders;
pub(super) mod outcome;
mod requests;
#[cfg(test)]
mod tests;
mod weigh;

pub use args::*;

use super::choice::{self, Answered, Found, OrderChoice, Refusal, RequestChoice, usage};
use super::clock;
use super::cluster::Cluster;
use super::dry_run::DryRun;
use super::me;
use super::output::{Data, print};
use super::screen::can_ask;
use super::words::count;
use batch::Batch;
use handoff_core::api::assignment_request::{ApprovalAnswer, ApprovalResult};
use handoff_core::api::provisioning_order::{Decision, DecisionResult, Recovery, RecoveryAction, Review, ReviewResult};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use jiff::tz::TimeZone;
use orders::OrderDeed;
use outcome::{Outcome, Report, Words};
use requests::RequestDeed;
use std::process::ExitCode;
use weigh::{Acting, Deed};

pub(super) type Ended = Result<ExitCode, Refusal>;

pub(super) fn failed(why: String) -> Refusal {
    (why, 1)
}

/// `claim`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn claim(args: ClaimArgs) -> Ended {
    on_orders(OrderDeed::Claim, &args.which, &args.run).await
}

/// `release`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn release(args: ReleaseArgs) -> Ended {
    on_orders(OrderDeed::Release, &args.which, &args.run).await
}

/// `assign`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn assign(args: AssignArgs) -> Ended {
    on_orders(OrderDeed::Assign(args.to.clone()), &args.which, &args.run).await
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
    on_orders(OrderDeed::Decide(decision), &args.which, &args.run).await
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
    on_orders(OrderDeed::Decide(decision), &args.which, &args.run).await
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
    on_orders(OrderDeed::Review(review), &args.which, &args.run).await
}

/// `retry`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn retry(args: RetryArgs) -> Ended {
    let recovery = recovery(RecoveryAction::Retry, args.message.clone());
    on_orders(OrderDeed::Recover(recovery), &args.which, &args.run).await
}

/// `abandon`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn abandon(args: AbandonArgs) -> Ended {
    let recovery = recovery(RecoveryAction::Abandon, args.message.clone());
    on_orders(OrderDeed::Recover(recovery), &args.which, &args.run).await
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
    on_orders(OrderDeed::TakeBack(recovery), &args.which, &args.run).await
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
    on_requests(RequestDeed::Answer(answer), &args.which, &args.run).await
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
    on_requests(RequestDeed::Answer(answer), &args.which, &args.run).await
}

/// `cancel`
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn cancel(args: CancelArgs) -> Ended {
    let reason = needed(args.message.clone(), "Why is it taken back?")?;
    on_requests(RequestDeed::Cancel(reason), &args.which, &args.run).await
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

async fn acting(run: &Run) -> Result<(Cluster, Acting), Refusal> {
    let cluster = Cluster::reach(&run.reach).await.map_err(failed)?;
    let acting = Acting {
        me: me::me(&cluster).await.map_err(failed)?,
        now: clock::now(),
        zone: TimeZone::system(),
    };
    Ok((cluster, acting))
}

async fn on_orders(deed: OrderDeed, which: &OrderChoice, run: &Run) -> Ended {
    let (cluster, acting) = acting(run).await?;
    let found = choice::orders(&cluster, which, deed.states(), &acting.me).await;
    let named = which.choice.is_named();
    go::<ProvisioningOrder, _>(&cluster, &deed, &acting, run, found?, named, "order").await
}

async fn on_requests(deed: RequestDeed, which: &RequestChoice, run: &Run) -> Ended {
    let (cluster, acting) = acting(run).await?;
    let found = choice::requests(&cluster, which, deed.field(), &acting.me).await;
    let named = which.choice.is_named();
    go::<AssignmentRequest, _>(&cluster, &deed, &acting, run, found?, named, "request").await
}

/// Weighs, asks, writes, and says what became of it.
async fn go<K: Answered, D: Deed<K>>(
    cluster: &Cluster,
    deed: &D,
    acting: &Acting,
    run: &Run,
    mut found: Found<K>,
    named: bool,
    noun: &'static str,
) -> Ended {
    if !named {
        found.objects.retain(|object| deed.fits(object, acting));
    }
    let words = Words {
        verb: deed.verb(),
        done: deed.done(),
        noun,
        prefix: K::PREFIX,
        note: run.dry_run.note(),
        everywhere: cluster.everywhere,
    };
    let batch = Batch {
        cluster,
        deed,
        acting,
        dry_run: run.dry_run,
        parallel: run.parallel.into(),
        words,
        aloud: run.output.is_none(),
        kind: std::marker::PhantomData,
    };
    let plan = batch.plan(found);
    let total = plan.sends.len() + plan.settled.len();
    if total == 0 && run.output.is_none() {
        eprintln!("No {noun} to {} found in {}.", words.verb, cluster.place());
    }
    if !agreed(plan.sends.len(), run.yes, run.dry_run, &words)? {
        eprintln!("Nothing was written.");
        return Ok(ExitCode::from(1));
    }
    let results = batch.run(plan).await;
    let report = Report::of(&words, run.dry_run.as_str(), results);
    if total > 1 {
        eprint!("{}", report.summary(&words));
    }
    say(&report, run.output, &words)?;
    Ok(ExitCode::from(report.exit_code()))
}

/// Whether to go on; asked before more than one is written.
pub(super) fn agreed(many: usize, yes: bool, dry_run: DryRun, words: &Words) -> Result<bool, Refusal> {
    if many < 2 || yes || dry_run != DryRun::None {
        return Ok(true);
    }
    if !can_ask() {
        return Err(usage(format!(
            "this would {} {}: say --yes to go on, since nobody can be asked here, or look first with --dry-run",
            words.verb,
            count(many, words.noun)
        )));
    }
    confirmed(words.question(many))
}

/// Asks whoever sits at the terminal.
pub(super) fn confirmed(question: String) -> Result<bool, Refusal> {
    dialoguer::Confirm::new()
        .with_prompt(question)
        .default(false)
        .interact()
        .map_err(|error| failed(error.to_string()))
}

/// Prints what became of each, where a program asks.
pub(super) fn say(report: &Report, output: Option<RunOutput>, words: &Words) -> Result<(), Refusal> {
    let text = match output {
        None => return Ok(()),
        Some(RunOutput::Json) => Data::Json.text(report).map_err(failed)?,
        Some(RunOutput::Yaml) => Data::Yaml.text(report).map_err(failed)?,
        Some(RunOutput::Name) => {
            let done = report.results.iter().filter(|result| result.outcome == Outcome::Done);
            done.map(|result| format!("{}/{}\n", words.prefix, result.name))
                .collect()
        }
    };
    print(&text);
    Ok(())
}
