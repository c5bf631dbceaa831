//! Entries of the inventory that went after the last snapshot that holds everything. That snapshot may have had them, so it
//! proves no absence of theirs; the next one does. Known only while the operator runs.

use super::Index;
use super::key::{LineKey, ObjectKey};
use handoff_core::engine::observed::Inventory;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Their lines, by type.
pub(super) type Vanished = HashMap<ObjectKey, HashSet<Arc<LineKey>>>;

impl Index {
    /// The entry of a line went.
    pub(super) fn note_vanished(&mut self, line: &Arc<LineKey>) {
        let kind = line.type_key();
        if self.synchronizations.inventory(&kind).complete.is_some() {
            self.vanished.entry(kind).or_default().insert(Arc::clone(line));
        }
    }

    /// Another snapshot that holds everything is the last one now.
    pub(super) fn forget_vanished(&mut self, kind: &ObjectKey) {
        self.vanished.remove(kind);
    }

    /// What snapshots say about a line.
    pub(super) fn inventory_of(&self, line: &LineKey) -> Arc<Inventory> {
        let kind = line.type_key();
        let all = self.synchronizations.inventory(&kind);
        if self.vanished.get(&kind).is_some_and(|lines| lines.contains(line)) {
            Arc::new(Inventory {
                doubtful: true,
                ..Inventory::clone(all)
            })
        } else {
            Arc::clone(all)
        }
    }
}
