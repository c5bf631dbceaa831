//! A run of one deed on what is meant: weighs, asks, writes, and says what became of it.

use super::args::{OnOrders, OnRequests, Run, RunOutput};
use super::batch::Batch;
use super::orders::OrderDeed;
use super::outcome::{Outcome, Report, Words};
use super::requests::RequestDeed;
use super::weigh::{Acting, Deed};
use super::{Ended, failed};
use crate::cli::choice::{self, Answered, Found, Refusal, usage};
use crate::cli::clock;
use crate::cli::cluster::Cluster;
use crate::cli::dry_run::DryRun;
use crate::cli::me;
use crate::cli::output::{Data, print, tell};
use crate::cli::screen::can_ask;
use crate::cli::words::count;
use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use jiff::tz::TimeZone;
use kube::ResourceExt;
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

pub(super) async fn on_orders(deed: OrderDeed, on: &OnOrders) -> Ended {
    let OnOrders { which, run } = on;
    let (cluster, acting) = acting(run).await?;
    let found = choice::orders(&cluster, which, deed.states(), &acting.me).await;
    let named = which.choice.is_named();
    let filter = |order: &ProvisioningOrder| choice::is_meant(which, order, &acting.me);
    let meant = Meant {
        named,
        filter: &filter,
        noun: "order",
    };
    go(&cluster, &deed, &acting, run, found?, meant).await
}

pub(super) async fn on_requests(deed: RequestDeed, on: &OnRequests) -> Ended {
    let OnRequests { which, run } = on;
    let (cluster, acting) = acting(run).await?;
    let found = choice::requests(&cluster, which, deed.field(), &acting.me).await;
    let named = which.choice.is_named();
    let meant = Meant {
        named,
        filter: &|_: &AssignmentRequest| true,
        noun: "request",
    };
    go(&cluster, &deed, &acting, run, found?, meant).await
}

/// Which objects are meant.
struct Meant<'a, K> {
    /// They were named: whatever they are like.
    named: bool,
    /// What was searched besides what the deed is for.
    filter: &'a (dyn Fn(&K) -> bool + Sync),
    noun: &'static str,
}

/// Weighs, asks, writes, and says what became of it.
async fn go<K: Answered, D: Deed<K>>(
    cluster: &Cluster,
    deed: &D,
    acting: &Acting,
    run: &Run,
    mut found: Found<K>,
    meant: Meant<'_, K>,
) -> Ended {
    let Meant { named, filter, noun } = meant;
    let still = |object: &K| named || (deed.fits(object, acting) && filter(object));
    found.objects.retain(still);
    if cluster.everywhere && run.writing.output == Some(RunOutput::Name) {
        return Err(usage(
            "names alone do not say in which namespace they are: give -n NAMESPACE, or take -o json".to_owned(),
        ));
    }
    let elsewhere = |object: &K| object.namespace().as_deref() != Some(&cluster.namespace);
    let words = Words {
        verb: deed.verb(),
        done: deed.done(),
        noun,
        prefix: K::PREFIX,
        note: run.writing.dry_run.note(),
        everywhere: cluster.everywhere || found.objects.iter().any(elsewhere),
    };
    let batch = Batch {
        cluster,
        deed,
        acting,
        dry_run: run.writing.dry_run,
        parallel: run.writing.parallel.into(),
        words,
        aloud: run.writing.output.is_none(),
        still: &still,
        exact: !named,
    };
    let plan = batch.plan(found);
    let total = plan.sends.len() + plan.settled.len();
    if total == 0 && run.writing.output.is_none() {
        tell(&format!("No {noun} to {} found in {}.", words.verb, cluster.place()));
    }
    if !agreed(plan.sends.len(), run.writing.yes, run.writing.dry_run, &words)? {
        tell("Nothing was written.");
        return Ok(ExitCode::from(1));
    }
    let results = batch.run(plan).await;
    let report = Report::of(&words, run.writing.dry_run.as_str(), results);
    if total > 1 {
        tell(report.summary(&words).trim_end());
    }
    say(&report, run.writing.output, &words)?;
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
            let is_so = |outcome| matches!(outcome, Outcome::Done | Outcome::Already);
            let done = report.results.iter().filter(|result| is_so(result.outcome));
            done.map(|result| format!("{}/{}\n", words.prefix, result.name))
                .collect()
        }
    };
    print(&text);
    Ok(())
}
