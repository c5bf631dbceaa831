//! What a run says at its end, for people and for programs.

use super::plan::{Plan, Step, differences};
use super::problem::{SHOWN, listed};
use super::snapshot::Counts;
use super::write::Written;
use jiff::Timestamp;
use serde::Serialize;

/// All that is said.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The ResourceType.
    pub resource_type: String,
    /// Its namespace.
    pub namespace: String,
    /// When the export was made.
    pub taken_at: Timestamp,
    /// Whether it holds everything.
    pub complete: bool,
    /// Whether anything was written: `none`, `client` or `server`.
    pub dry_run: &'static str,
    /// How many rows or records the file has.
    pub rows: usize,
    /// How many resources the export holds.
    pub count: usize,
    /// How many entries are new.
    pub created: i64,
    /// How many changed.
    pub updated: i64,
    /// How many went away.
    pub deleted: i64,
    /// How many were as the export says.
    pub unchanged: usize,
    /// How many are not in an incomplete export, and stay.
    pub kept: usize,
    /// Names of virtual resources, which are the operator's.
    pub left_alone: Vec<String>,
    /// What could not be written.
    pub failed: Vec<Failure>,
    /// How many writes were not tried any more after a failure.
    pub skipped: usize,
    /// What helps, where a right is missing.
    #[serde(skip)]
    pub advice: Option<String>,
    /// Name of the Synchronization; none if there is none.
    pub synchronization: Option<String>,
    /// Whether it was there before.
    pub already_there: bool,
}

/// One entry that could not be written.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// Name of the ManagedResource.
    pub name: String,
    /// Why.
    pub why: String,
}

impl Summary {
    /// Takes in what became of the entries.
    pub fn add(&mut self, written: Written) {
        let Counts {
            created,
            updated,
            deleted,
        } = written.counts;
        (self.created, self.updated, self.deleted) = (created, updated, deleted);
        self.left_alone.extend(written.left);
        self.skipped = written.skipped;
        self.advice = written.advice;
        let failed = written.failed.into_iter();
        self.failed = failed.map(|(name, why)| Failure { name, why }).collect();
    }

    /// What would become of the entries.
    pub fn foresee(&mut self, plan: &Plan) {
        for item in &plan.items {
            match item.step() {
                Step::Create(_) => self.created += 1,
                Step::Replace(_) => self.updated += 1,
                Step::Delete(_) => self.deleted += 1,
                Step::Foreign(_) | Step::Nothing | Step::LeaveVirtual => {}
            }
        }
    }

    /// In words.
    pub fn words(&self) -> String {
        let complete = if self.complete { "complete" } else { "incomplete" };
        let rows = if self.rows == self.count {
            String::new()
        } else {
            format!(" ({} of {} rows)", self.count, self.rows)
        };
        let mut lines = vec![format!(
            "{}: {} {}{rows} as of {}, {complete}",
            self.resource_type,
            self.count,
            if self.count == 1 { "resource" } else { "resources" },
            self.taken_at
        )];
        let would = if self.dry_run == "none" { "" } else { "would be " };
        lines.push(format!(
            "{would}created {}, updated {}, deleted {}; unchanged {}",
            self.created, self.updated, self.deleted, self.unchanged
        ));
        if self.kept > 0 {
            lines.push(format!(
                "{} more in the inventory stay: an incomplete export proves no absence",
                self.kept
            ));
        }
        if !self.left_alone.is_empty() {
            let names = listed(self.left_alone.iter().map(String::as_str));
            lines.push(format!(
                "left alone, since they are virtual resources, which confirmed orders make: {names}"
            ));
        }
        lines.extend(self.last_words());
        lines.join("\n")
    }

    fn last_words(&self) -> Option<String> {
        let name = self.synchronization.as_ref()?;
        Some(match (self.dry_run, self.already_there) {
            ("none", false) => format!(
                "Synchronization {name} says so: kubectl get sync {name} -n {}",
                self.namespace
            ),
            (_, true) => format!("Synchronization {name} is already there"),
            (_, false) => format!("Synchronization {name} would say so; nothing was written"),
        })
    }

    /// What went wrong, in words.
    pub fn failures(&self) -> String {
        let mut lines = vec![format!(
            "{} of {} writes failed{}, so there is no Synchronization. Mend it and run the same command again: it does the rest",
            self.failed.len(),
            self.failed.len()
                + self.skipped
                + usize::try_from(self.created + self.updated + self.deleted).unwrap_or_default(),
            if self.skipped > 0 {
                format!(" and {} were not tried any more", self.skipped)
            } else {
                String::new()
            }
        )];
        let shown = self.failed.iter().take(SHOWN);
        lines.extend(shown.map(|failure| format!("  {}: {}", failure.name, failure.why)));
        if self.failed.len() > SHOWN {
            lines.push(format!("  and {} more", self.failed.len() - SHOWN));
        }
        lines.extend(self.advice.clone());
        lines.join("\n")
    }
}

/// Every difference, a line each.
pub fn differences_of(plan: &Plan) -> Vec<String> {
    let line = |item: &super::plan::Item| match item.step() {
        Step::Create(_) => format!("would create {}", item.name),
        Step::Delete(_) => format!("would delete {}", item.name),
        Step::Foreign(other) => format!(
            "cannot write {}: its name is held by a resource of the type {other}",
            item.name
        ),
        Step::Replace(new) => {
            let old = item.found.as_ref().map(|found| differences(&found.spec, &new.spec));
            format!("would update {}: {}", item.name, old.unwrap_or_default().join(", "))
        }
        Step::Nothing | Step::LeaveVirtual => format!("would leave {}", item.name),
    };
    plan.items.iter().map(line).collect()
}
