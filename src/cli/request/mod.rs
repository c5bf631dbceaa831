//! `kubectl handoff request`: files requests. What each would come to is computed first, by the engine of the operator, on
//! what the caller can read; whatever is wrong is said before anything is sent, and the API server has the last word.

pub mod args;
mod ask;
mod gather;
mod many;
mod name;
mod one;
mod rows;
mod send;
mod show;
mod stock;
#[cfg(test)]
mod tests;
mod time;
mod wish;

pub use args::RequestArgs;
pub(super) use stock::{Stock, views};
pub(super) use wish::Wish;

use super::answer::outcome::Report;
use super::answer::{Ended, RunOutput, failed, say};
use super::choice::{Refusal, usage};
use super::cluster::Cluster;
use super::dry_run::DryRun;
use super::me;
use super::output::{Data, print};
use super::screen::can_ask;
use super::sync::problem::listed;
use args::{Filing, RequestCommand, Subject, ValueArgs};
use ask::{AtTerminal, Person};
use handoff_core::api::assignment_request::RequestedBy;
use handoff_core::api::{AssignmentRequest, Operation};
use handoff_core::engine::types::TypeView;
use kube::ResourceExt;
use send::Sending;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use time::When;
use wish::grouped;

/// What is asked for, whichever of the three.
struct Asked {
    operation: Operation,
    wish: Wish,
    resource_type: Option<String>,
    filing: Filing,
}

impl Asked {
    fn of(command: RequestCommand) -> Result<Self, String> {
        let (operation, subject, filing, end, wish) = match command {
            RequestCommand::Create(args) => {
                let wish = Wish::of_flags(&args.subject, &args.values)?;
                (Operation::Create, args.subject, args.filing, args.end, wish)
            }
            RequestCommand::Update(args) => {
                let wish = Wish {
                    add: grouped("--add", &args.add)?,
                    remove: grouped("--remove", &args.remove)?,
                    clear: args.clear.iter().cloned().collect(),
                    ..Wish::of_flags(&args.subject, &args.values)?
                };
                (Operation::Update, args.subject, args.filing, args.end, wish)
            }
            RequestCommand::Delete(args) => {
                let wish = Wish::of_flags(&args.subject, &ValueArgs::default())?;
                (Operation::Delete, args.subject, args.filing, None, wish)
            }
        };
        let Subject { resource_type, .. } = subject;
        let begins = |when: Option<When>| when.map(|when| when.begins(&filing.zone())).transpose();
        Ok(Self {
            operation,
            wish: Wish {
                start: begins(filing.start)?,
                end: begins(end)?,
                justification: filing.justification.clone(),
                name: filing.name.clone(),
                ..wish
            },
            resource_type,
            filing,
        })
    }

    /// Whether somebody can be asked: not where the requests come from standard input.
    fn person(&self) -> Option<AtTerminal> {
        (can_ask() && !self.filing.writing.yes && self.filing.from.is_none()).then_some(AtTerminal)
    }
}

/// Does it.
///
/// # Errors
/// [`Refusal`]: nothing was written.
pub async fn request(args: RequestArgs) -> Ended {
    let asked = Asked::of(args.command).map_err(usage)?;
    let cluster = Cluster::find(&asked.filing.connection).await.map_err(failed)?;
    let types = gather::types(&cluster).await.map_err(failed)?;
    let view = kind(&asked, &types, &cluster)?;
    if asked.filing.from.is_some() {
        many::file(&asked, &cluster, types, &view).await
    } else {
        one::file(&asked, &cluster, types, &view).await
    }
}

/// The type that is meant.
fn kind(asked: &Asked, types: &BTreeMap<String, Arc<TypeView>>, cluster: &Cluster) -> Result<Arc<TypeView>, Refusal> {
    let names = || listed(types.keys().map(String::as_str));
    let place = &cluster.namespace;
    if let Some(name) = &asked.resource_type {
        return types.get(name).cloned().ok_or_else(|| {
            usage(format!(
                "there is no ResourceType {name} in namespace {place}; there are: {}. Another namespace is named with -n",
                names()
            ))
        });
    }
    let Some(mut person) = asked.person().filter(|_| !types.is_empty()) else {
        return Err(usage(format!(
            "of which type? Say its name; namespace {place} has: {}",
            names()
        )));
    };
    let words = |view: &Arc<TypeView>| match &view.object.spec.display_name {
        Some(shown) => format!("{}  {shown}", view.name()),
        None => view.name().to_owned(),
    };
    let choices: Vec<String> = types.values().map(words).collect();
    let chosen = person.choose("Of which type", &choices).map_err(failed)?;
    let view = types.values().nth(chosen).cloned();
    view.ok_or_else(|| usage("no type was chosen".to_owned()))
}

/// Who asks: signed here too, for clusters where nothing signs it.
async fn requester(cluster: &Cluster, kind: &str) -> Result<RequestedBy, Refusal> {
    let me = me::me(cluster).await.map_err(failed)?;
    Ok(RequestedBy {
        username: me.username,
        uid: me.uid,
        may_approve: gather::may_approve(cluster, kind).await.then_some(true),
    })
}

fn sending<'a>(asked: &Asked, cluster: &'a Cluster) -> Sending<'a> {
    let filing = &asked.filing;
    Sending {
        cluster,
        dry_run: filing.writing.dry_run,
        parallel: filing.writing.parallel.into(),
        aloud: filing.writing.output.is_none(),
        words: send::words(filing.writing.dry_run),
    }
}

/// Whether the requests themselves are wanted, as files for Git.
fn as_manifest(filing: &Filing) -> Option<Data> {
    match (filing.writing.dry_run, filing.writing.output) {
        (DryRun::Client, Some(RunOutput::Json)) => Some(Data::Json),
        (DryRun::Client, Some(RunOutput::Yaml)) => Some(Data::Yaml),
        (DryRun::Client, Some(RunOutput::Name) | None) | (DryRun::None | DryRun::Server, _) => None,
    }
}

/// Prints requests as files: without who asks, who is whoever applies them.
fn print_manifests(requests: &[AssignmentRequest], data: Data) -> Ended {
    let unsigned = requests.iter().map(|request| {
        let mut request = request.clone();
        request.spec.requested_by = None;
        request
    });
    let unsigned: Vec<AssignmentRequest> = unsigned.collect();
    let text = match (data, unsigned.as_slice()) {
        (Data::Json, [one]) => data.text(one).map_err(failed)?,
        (Data::Json, all) => data
            .text(&serde_json::json!({"apiVersion": "v1", "kind": "List", "items": all}))
            .map_err(failed)?,
        (Data::Yaml, all) => {
            let texts: Result<Vec<String>, _> = all.iter().map(|request| data.text(request)).collect();
            texts.map_err(failed)?.join("---\n")
        }
    };
    print(&text);
    Ok(ExitCode::SUCCESS)
}

/// The object of a wish.
fn object(spec: handoff_core::api::AssignmentRequestSpec, name: &str, cluster: &Cluster) -> AssignmentRequest {
    let mut request = AssignmentRequest::new(name, spec);
    request.metadata.namespace = Some(cluster.namespace.clone());
    request
}

/// Says what became of all, and answers the exit code.
fn end(asked: &Asked, sending: &Sending<'_>, results: Vec<super::answer::outcome::Result>) -> Ended {
    let report = Report::of(&sending.words, asked.filing.writing.dry_run.as_str(), results);
    if report.results.len() > 1 {
        eprint!("{}", report.summary(&sending.words));
    }
    say(&report, asked.filing.writing.output, &sending.words)?;
    Ok(ExitCode::from(report.exit_code()))
}

/// What is said where the engine finds problems: all of them.
fn refused(what: &str, problems: &[String]) -> Refusal {
    let between = if problems.len() == 1 { " " } else { "\n  " };
    let all = problems.join("\n  ");
    (format!("{what}:{between}{all}\nNothing was written."), 3)
}

/// The name of a request that exists only as a wish.
fn name_of(request: &AssignmentRequest) -> String {
    request.name_any()
}
