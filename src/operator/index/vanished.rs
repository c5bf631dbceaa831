//! Entries of the inventory that went after the last snapshot that holds everything. That snapshot may have had them, so it
//! proves no absence of theirs; the next one does. Known only while the operator runs.

use super::Index;
use super::key::{LineKey, ObjectKey};
use handoff_core::engine::observed::Inventory;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// By type.
pub(super) type Vanished = HashMap<ObjectKey, Since>;

#[derive(Debug)]
pub(super) struct Since {
    /// Name of the last complete snapshot at the time.
    snapshot: String,
    lines: HashSet<Arc<LineKey>>,
}

impl Index {
    /// The entry of a line went.
    pub(super) fn note_vanished(&mut self, line: &Arc<LineKey>) {
        let kind = line.type_key();
        let complete = self.synchronizations.inventory(&kind).complete.as_ref();
        let Some(snapshot) = complete.map(|complete| complete.name.clone()) else {
            return;
        };
        let since = self.vanished.entry(kind).or_insert_with(|| Since {
            snapshot: snapshot.clone(),
            lines: HashSet::new(),
        });
        if since.snapshot != snapshot {
            since.snapshot = snapshot;
            since.lines.clear();
        }
        since.lines.insert(Arc::clone(line));
    }

    /// What snapshots say about a line.
    pub(super) fn inventory_of(&self, line: &LineKey) -> Arc<Inventory> {
        let kind = line.type_key();
        let all = self.synchronizations.inventory(&kind);
        let complete = all.complete.as_ref();
        let vanished = self.vanished.get(&kind).filter(|since| {
            complete.is_some_and(|complete| complete.name == since.snapshot) && since.lines.contains(line)
        });
        match vanished {
            Some(_) => Arc::new(Inventory {
                doubtful: true,
                ..Inventory::clone(all)
            }),
            None => Arc::clone(all),
        }
    }
}
