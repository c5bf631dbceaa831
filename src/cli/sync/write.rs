//! Writes the differences, several at once, and the Synchronization. What to write is [`super::plan`]'s.

use super::super::calls::{CallError, patiently};
use super::super::cluster::Cluster;
use super::plan::{Item, Step};
use super::snapshot::Counts;
use futures::StreamExt;
use handoff_core::api::managed_resource::Source;
use handoff_core::api::{ManagedResource, Synchronization};
use indicatif::ProgressBar;
use jiff::Timestamp;
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, PostParams, Preconditions};
use std::sync::atomic::{AtomicBool, Ordering};

/// The role that has every right a run needs.
pub const ROLE: &str = "handoff-inventory-writer";
/// How often one entry is decided again because somebody else wrote it first.
const CONFLICTS: u32 = 5;

/// Writes to one namespace.
#[derive(Clone)]
pub struct Writer {
    cluster: Cluster,
    resources: Api<ManagedResource>,
    taken_at: Timestamp,
    dry_run: bool,
}

/// What became of all entries.
#[derive(Debug, Default)]
pub struct Written {
    /// How many were written.
    pub counts: Counts,
    /// Entries that turned out to be the operator's own.
    pub left: Vec<String>,
    /// Those that could not be written: name and why.
    pub failed: Vec<(String, String)>,
    /// How many were not tried any more.
    pub skipped: usize,
    /// What helps, where a right is missing.
    pub advice: Option<String>,
}

enum Outcome {
    Created,
    Updated,
    Deleted,
    Left,
    /// This one cannot be written; others may.
    Refused(String),
    /// No other can be written either; why, and what helps.
    Hopeless(String, Option<String>),
    Skipped,
}

impl Writer {
    /// With `dry_run` the API server checks everything and stores nothing.
    pub fn new(cluster: &Cluster, taken_at: Timestamp, dry_run: bool) -> Self {
        Self {
            cluster: cluster.clone(),
            resources: Api::namespaced(cluster.client.clone(), &cluster.namespace),
            taken_at,
            dry_run,
        }
    }

    /// Writes every entry. After one that shows that no other can be written either, no more are begun.
    pub async fn write_all(&self, items: Vec<Item>, parallel: usize, progress: &ProgressBar) -> Written {
        let hopeless = AtomicBool::new(false);
        let mut written = Written::default();
        let writes = items.into_iter().map(|item| async {
            let name = item.name.clone();
            let outcome = if hopeless.load(Ordering::Relaxed) {
                Outcome::Skipped
            } else {
                self.write(item).await
            };
            (name, outcome)
        });
        let mut writes = futures::stream::iter(writes).buffer_unordered(parallel);
        while let Some((name, outcome)) = writes.next().await {
            progress.inc(1);
            match outcome {
                Outcome::Created => written.counts.created += 1,
                Outcome::Updated => written.counts.updated += 1,
                Outcome::Deleted => written.counts.deleted += 1,
                Outcome::Left => written.left.push(name),
                Outcome::Skipped => written.skipped += 1,
                Outcome::Refused(why) => written.failed.push((name, why)),
                Outcome::Hopeless(why, advice) => {
                    hopeless.store(true, Ordering::Relaxed);
                    written.advice = written.advice.or(advice);
                    written.failed.push((name, why));
                }
            }
        }
        written.failed.sort();
        written
    }

    /// One entry, decided again on what is there when somebody else was first.
    async fn write(&self, mut item: Item) -> Outcome {
        let Some(done) = outcome_of(&item.step()) else {
            return Outcome::Left;
        };
        for _ in 0..CONFLICTS {
            let stale: &[u16] = if item.found.is_some() { &[404, 409] } else { &[409] };
            let sent = match item.step() {
                // Only after a conflict: it is as it should be by now.
                Step::Nothing => return done,
                Step::LeaveVirtual => return Outcome::Left,
                Step::Foreign(other) => {
                    let why =
                        format!("its name is held by a resource of the type {other}: delete that one if it is wrong");
                    return Outcome::Refused(why);
                }
                Step::Create(object) => self.create(&object).await,
                Step::Replace(object) => self.replace(&item.name, &object).await,
                Step::Delete(object) => self.delete(&item.name, &object).await,
            };
            match sent {
                Ok(()) => return done,
                Err(error) if error.code().is_some_and(|code| stale.contains(&code)) => {}
                Err(error) => return self.hopeless_or_not(&error),
            }
            item.found = match patiently(|| self.resources.get_opt(&item.name)).await {
                Ok(found) => found,
                Err(error) => return self.hopeless_or_not(&error),
            };
            if let Some(newer) = self.newer(&item) {
                return Outcome::Refused(newer);
            }
        }
        Outcome::Refused("somebody else writes it all the time".to_owned())
    }

    async fn create(&self, object: &ManagedResource) -> Result<(), CallError> {
        let how = self.post();
        patiently(|| self.resources.create(&how, object)).await.map(drop)
    }

    /// Only if nobody changed it: the object has its resourceVersion.
    async fn replace(&self, name: &str, object: &ManagedResource) -> Result<(), CallError> {
        let how = self.post();
        patiently(|| self.resources.replace(name, &how, object)).await.map(drop)
    }

    /// Only if nobody changed it.
    async fn delete(&self, name: &str, object: &ManagedResource) -> Result<(), CallError> {
        let how = DeleteParams {
            dry_run: self.dry_run,
            ..DeleteParams::default().preconditions(Preconditions {
                uid: object.uid(),
                resource_version: object.resource_version(),
            })
        };
        patiently(|| self.resources.delete(name, &how)).await.map(drop)
    }

    /// Another run with a newer export is ahead of this one.
    fn newer(&self, item: &Item) -> Option<String> {
        let spec = &item.found.as_ref()?.spec;
        let newer = spec.source == Source::Synchronized && spec.observed_at.0 > self.taken_at;
        newer.then(|| format!("it was seen at {} meanwhile, by a newer export", spec.observed_at.0))
    }

    fn hopeless_or_not(&self, error: &CallError) -> Outcome {
        let why = error.to_string();
        if error.may_pass() || matches!(error.code(), Some(401 | 403)) {
            Outcome::Hopeless(why, error.advice(ROLE, &self.cluster.namespace))
        } else {
            Outcome::Refused(why)
        }
    }

    /// Writes the Synchronization; one of that name says the same.
    ///
    /// # Errors
    /// In words, why it could not be written.
    pub async fn conclude(&self, snapshot: &Synchronization) -> Result<(), String> {
        let api: Api<Synchronization> = Api::namespaced(self.cluster.client.clone(), &self.cluster.namespace);
        let how = self.post();
        match patiently(|| api.create(&how, snapshot)).await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some(409) => Ok(()),
            Err(error) => Err(error.explained(ROLE, &self.cluster.namespace)),
        }
    }

    fn post(&self) -> PostParams {
        PostParams {
            dry_run: self.dry_run,
            field_manager: Some("kubectl-handoff".to_owned()),
        }
    }
}

/// What a step will have been once it is done; none for what writes nothing.
fn outcome_of(step: &Step) -> Option<Outcome> {
    match step {
        Step::Create(_) => Some(Outcome::Created),
        Step::Replace(_) | Step::Foreign(_) => Some(Outcome::Updated),
        Step::Delete(_) => Some(Outcome::Deleted),
        Step::Nothing | Step::LeaveVirtual => None,
    }
}
