//! One request: what is missing is asked for, what it would come to is shown, and then it is sent.

use super::super::answer::outcome::Outcome;
use super::super::answer::{Ended, confirmed, failed};
use super::super::choice::usage;
use super::super::clock;
use super::super::cluster::Cluster;
use super::super::dry_run::DryRun;
use super::super::output::{print, tell};
use super::super::screen::Screen;
use super::ask::{self, Person};
use super::send::there_already;
use super::stock::Stock;
use super::{
    Asked, as_manifest, end, gather, name, name_of, object, print_manifests, refused, requester, sending, show,
};
use handoff_core::api::{AssignmentRequest, Operation};
use handoff_core::engine::types::TypeView;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

/// Does it.
///
/// # Errors
/// Nothing was written; why, and the exit code.
pub(super) async fn file(
    asked: &Asked,
    cluster: &Cluster,
    types: BTreeMap<String, Arc<TypeView>>,
    view: &Arc<TypeView>,
) -> Ended {
    let mut wish = asked.wish.clone();
    let mut person = asked.person();
    let someone = person.as_mut().map(|person| person as &mut dyn Person);
    ask::complete(&mut wish, asked.operation, view, someone).map_err(usage)?;
    let spec = wish
        .spec(asked.operation, view)
        .map_err(|wrong| usage(wrong.join("; ")))?;
    let now = clock::now();
    let by = requester(cluster, view.name()).await?;
    let mut request = object(spec, "", cluster);
    let mut stock = gather::stock(cluster, types, view, &[&request.spec], now)
        .await
        .map_err(failed)?;
    which(
        &mut request,
        &stock,
        view,
        person.as_mut().map(|person| person as &mut dyn Person),
    )?;
    let made = || name::at(&request.spec, now);
    let name = wish.name.clone().unwrap_or_else(made);
    name::check(&name).map_err(usage)?;
    request.metadata.name = Some(name);
    // A manifest is for Git, whatever the cluster has.
    if as_manifest(&asked.filing).is_none()
        && let Some(ended) = there(asked, cluster, &request).await?
    {
        return Ok(ended);
    }
    request.spec.requested_by = Some(by);
    let request = Arc::new(request);
    if let Some(folded) = stock.line_of(&request, now) {
        let completed = gather::complete(cluster, &mut stock, view.name(), &folded, now).await;
        completed.map_err(failed)?;
    }
    send(asked, cluster, &stock, request, now, person.is_some()).await
}

/// The end of it where a request of this name exists: somebody did the same before, or wished something else.
async fn there(
    asked: &Asked,
    cluster: &Cluster,
    request: &AssignmentRequest,
) -> Result<Option<ExitCode>, super::Refusal> {
    let there = gather::existing(cluster, [name_of(request)]).await.map_err(failed)?;
    let Some(there) = there.first() else { return Ok(None) };
    let (outcome, message) = there_already(there, &request.spec).outcome();
    let sending = sending(asked, cluster);
    let settled = vec![(sending.at(request), outcome, message.unwrap_or_default())];
    let results = sending.run(settled, Vec::new()).await;
    end(asked, &sending, results).map(Some)
}

async fn send(
    asked: &Asked,
    cluster: &Cluster,
    stock: &Stock,
    request: Arc<AssignmentRequest>,
    now: Timestamp,
    asks: bool,
) -> Ended {
    let preview = stock.preview(&request, now);
    if !preview.problems.is_empty() {
        let problems: Vec<String> = preview.problems.into_iter().map(|problem| problem.message).collect();
        return Err(refused("this request would end in an error", &problems));
    }
    let filing = &asked.filing;
    let shown = show::one(&request.spec, &preview, Screen::of_stdout());
    if filing.writing.output.is_none() {
        print(&format!("{shown}\n"));
    } else if asks && filing.writing.dry_run == DryRun::None {
        eprintln!("{shown}");
    }
    let request = Arc::unwrap_or_clone(request);
    if let Some(data) = as_manifest(filing) {
        return print_manifests(&[request], data);
    }
    if asks && filing.writing.dry_run == DryRun::None && !confirmed("File this request?".to_owned())? {
        eprintln!("Nothing was written.");
        return Ok(ExitCode::from(1));
    }
    let name = name_of(&request);
    let sending = sending(asked, cluster);
    let results = sending.run(Vec::new(), vec![request]).await;
    if asked.wish.name.is_none() && results.iter().any(|result| result.outcome == Outcome::Failed) {
        // It may be stored, and only its answer lost: another name would make it a second wish.
        tell(&format!(
            "To try again without asking twice, give the same command with --name {name}"
        ));
    }
    end(asked, &sending, results)
}

/// Which of the owner's resources, where that is not clear and somebody can be asked.
fn which(
    request: &mut AssignmentRequest,
    stock: &Stock,
    view: &TypeView,
    person: Option<&mut dyn Person>,
) -> Result<(), super::Refusal> {
    let held = stock.held_by(view.name(), &request.spec.owner.id);
    let open = request.spec.resource.is_none() && request.spec.operation != Operation::Create && held.len() > 1;
    let Some(person) = person.filter(|_| open) else {
        return Ok(());
    };
    let chosen = person.choose("Which one", &held).map_err(failed)?;
    let identifier = held.into_iter().nth(chosen);
    request.spec.resource = identifier.map(|identifier| handoff_core::api::common::ResourceRef { identifier });
    Ok(())
}
