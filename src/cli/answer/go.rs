//! A run of one deed on what is meant: weighs, asks, writes, and says what became of it.

use super::args::{Run, RunOutput};
use super::batch::Batch;
use super::orders::OrderDeed;
use super::outcome::{Outcome, Report, Words};
use super::requests::RequestDeed;
use super::weigh::{Acting, Deed};
use super::{Ended, failed};
use crate::cli::choice::{self, Answered, Found, OrderChoice, Refusal, RequestChoice, usage};
use crate::cli::clock;
use crate::cli::cluster::Cluster;
use crate::cli::dry_run::DryRun;
use crate::cli::me;
use crate::cli::output::{Data, print};
use crate::cli::screen::can_ask;
use crate::cli::words::count;
use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use jiff::tz::TimeZone;
use std::process::ExitCode;

async fn acting(run: &Run) -> Result<(Cluster, Acting), Refusal> {
    let cluster = Cluster::reach(&run.reach).await.map_err(failed)?;
    let acting = Acting {
        me: me::me(&cluster).await.map_err(failed)?,
        now: clock::now(),
        zone: TimeZone::system(),
    };
    Ok((cluster, acting))
}

pub(super) async fn on_orders(deed: OrderDeed, which: &OrderChoice, run: &Run) -> Ended {
    let (cluster, acting) = acting(run).await?;
    let found = choice::orders(&cluster, which, deed.states(), &acting.me).await;
    let named = which.choice.is_named();
    go::<ProvisioningOrder, _>(&cluster, &deed, &acting, run, found?, named, "order").await
}

pub(super) async fn on_requests(deed: RequestDeed, which: &RequestChoice, run: &Run) -> Ended {
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
pub(in crate::cli) fn agreed(many: usize, yes: bool, dry_run: DryRun, words: &Words) -> Result<bool, Refusal> {
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
pub(in crate::cli) fn confirmed(question: String) -> Result<bool, Refusal> {
    dialoguer::Confirm::new()
        .with_prompt(question)
        .default(false)
        .interact()
        .map_err(|error| failed(error.to_string()))
}

/// Prints what became of each, where a program asks.
pub(in crate::cli) fn say(report: &Report, output: Option<RunOutput>, words: &Words) -> Result<(), Refusal> {
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
