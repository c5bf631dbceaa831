//! `kubectl handoff sync`: an export of a managed system becomes the inventory of one type. Everything is read and checked
//! first; then only differences are written; a Synchronization, which makes them count, comes last.

pub mod args;
mod columns;
mod entry;
mod error;
pub(super) mod file;
mod guard;
mod inventory;
pub(super) mod mapping;
mod plan;
pub(super) mod problem;
mod report;
mod snapshot;
pub(super) mod source;
mod value;
mod write;

pub use args::SyncArgs;
pub use error::SyncError;

use super::clock;
use super::cluster::Cluster;
use super::dry_run::DryRun;
use super::progress;
use args::Output;
use entry::Entries;
use handoff_core::api::ResourceType;
use handoff_core::engine::types::{self, TypeView};
use jiff::Timestamp;
use mapping::Mapping;
use plan::Plan;
use problem::Problems;
use report::Summary;
use std::io::Write;
use std::sync::Arc;

/// The export, read against its type.
struct Read {
    kind: Arc<ResourceType>,
    entries: Entries,
    rows: usize,
    taken_at: Timestamp,
}

/// Does it.
///
/// # Errors
/// [`SyncError`] says whether anything was written.
pub async fn sync(args: SyncArgs) -> Result<(), SyncError> {
    let mapping = Mapping::of(&args).map_err(SyncError::Usage)?;
    let export = file::read(&args.from)?;
    let taken_at = taken_at(&args, &export)?;
    let cluster = Cluster::find(&args.connection).await.map_err(SyncError::Failed)?;
    let kind = Arc::new(inventory::resource_type(&cluster, &args.resource_type).await?);
    warn_of_trust(&kind);
    let read = read(&args, &mapping, &export.bytes, kind, taken_at)?;
    drop(export);
    let known = inventory::inventory(&cluster, &args.resource_type).await?;
    let kept = inventory::snapshots(&cluster, &args.resource_type).await?;
    let judged = guard::Export {
        taken_at,
        count: i64::try_from(read.entries.len()).unwrap_or(i64::MAX),
        complete: !args.incomplete,
        allow_fewer: args.allow_fewer,
    };
    let now = clock::now();
    let history = guard::History::of(&read.kind, &kept, now);
    if let Some(why) = guard::refusal(judged, &history, &known, now) {
        return Err(SyncError::Refused(why));
    }
    let name = snapshot::name(&args.resource_type, taken_at, judged.complete, &read.entries);
    let there = kept
        .iter()
        .any(|kept| kept.metadata.name.as_deref() == Some(name.as_str()));
    let plan = plan::compare(&args.resource_type, &read.entries, known, judged.complete);
    let mut summary = summary(&args, &cluster, &read, &plan);
    summary.synchronization = Some(name);
    summary.already_there = there;
    write(&args, &cluster, plan, summary, judged).await
}

/// Such a type has its inventory from people.
fn warn_of_trust(kind: &ResourceType) {
    if kind.spec.trusts_people() {
        eprintln!(
            "warning: the package of this type is ManualTicketAndResources, which trusts what people confirm: no snapshot of it proves anything"
        );
    }
}

fn taken_at(args: &SyncArgs, export: &file::Export) -> Result<Timestamp, SyncError> {
    if let Some(at) = args.taken_at {
        return Ok(file::whole_seconds(at));
    }
    let modified = export.modified.ok_or_else(|| {
        SyncError::Usage(
            "when was the export made? Say it with --taken-at, for example 2026-03-01T02:00:00Z".to_owned(),
        )
    })?;
    eprintln!(
        "taken at {modified}, the modification time of {}: --taken-at says otherwise",
        args.from.display()
    );
    Ok(modified)
}

/// Reads the export against its type.
fn read(
    args: &SyncArgs,
    mapping: &Mapping,
    bytes: &[u8],
    kind: Arc<ResourceType>,
    taken_at: Timestamp,
) -> Result<Read, SyncError> {
    let refused = |problems: Problems| {
        let many = if problems.0.len() == 1 { " " } else { "\n  " };
        SyncError::Refused(format!("{}:{many}{problems}", args.from.display()))
    };
    let view: TypeView = types::inspect(Arc::clone(&kind));
    let delimiter = mapping.delimiter().map_err(SyncError::Usage)?;
    let table = source::parse(bytes, mapping.format_of(&args.from), delimiter).map_err(refused)?;
    let columns = columns::find(mapping, &view, &table).map_err(refused)?;
    let entries = entry::read(&table, &columns, &view, taken_at).map_err(refused)?;
    Ok(Read {
        kind,
        entries,
        rows: table.rows.len(),
        taken_at,
    })
}

fn summary(args: &SyncArgs, cluster: &Cluster, read: &Read, plan: &Plan) -> Summary {
    Summary {
        resource_type: args.resource_type.clone(),
        namespace: cluster.namespace.clone(),
        taken_at: read.taken_at,
        complete: !args.incomplete,
        dry_run: args.dry_run.as_str(),
        rows: read.rows,
        count: read.entries.len(),
        created: 0,
        updated: 0,
        deleted: 0,
        unchanged: plan.unchanged,
        kept: plan.kept.len(),
        left_alone: plan.left.clone(),
        failed: Vec::new(),
        skipped: 0,
        advice: None,
        synchronization: None,
        already_there: false,
    }
}

/// Writes the differences and then the Synchronization, and says what became of it.
async fn write(
    args: &SyncArgs,
    cluster: &Cluster,
    plan: Plan,
    mut summary: Summary,
    export: guard::Export,
) -> Result<(), SyncError> {
    if args.dry_run != DryRun::None && args.output == Output::Text {
        for line in report::differences_of(&plan) {
            say(&line);
        }
    }
    if args.dry_run == DryRun::Client {
        summary.foresee(&plan);
        return end(args, &summary);
    }
    let writer = write::Writer::new(cluster, export.taken_at, args.dry_run == DryRun::Server);
    let progress = progress::bar("writing", plan.items.len());
    let written = writer.write_all(plan.items, args.parallel.into(), &progress).await;
    progress.finish_and_clear();
    let counts = written.counts;
    summary.add(written);
    if !summary.failed.is_empty() {
        summary.synchronization = None;
        end(args, &summary)?;
        return Err(SyncError::Failed(summary.failures()));
    }
    if let Some(name) = summary.synchronization.as_ref().filter(|_| !summary.already_there) {
        let snapshot = snapshot::snapshot(
            name,
            &args.resource_type,
            export.taken_at,
            export.complete,
            export.count,
            counts,
        );
        if let Err(why) = writer.conclude(&snapshot).await {
            summary.synchronization = None;
            end(args, &summary)?;
            return Err(SyncError::Failed(format!(
                "the Synchronization was not written, so what was written does not count yet. Mend it and run the same command again: {why}"
            )));
        }
    }
    end(args, &summary)
}

/// Prints the summary.
fn end(args: &SyncArgs, summary: &Summary) -> Result<(), SyncError> {
    match args.output {
        Output::Text => say(&summary.words()),
        Output::Json => {
            let json = serde_json::to_string_pretty(summary);
            say(&json.map_err(|error| SyncError::Failed(error.to_string()))?);
        }
    }
    Ok(())
}

/// On standard output. A reader that went away is no reason to stop writing the inventory.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
