//! Orders that are there but cannot be read. What nobody can read is not gone: its line rests until it is mended or
//! deleted, or one resource would be handed to two people. Plain data; it may not call anybody.

use super::Index;
use super::key::{Key, LineKey, ObjectKey, Uid};
use handoff_core::api::names::{LABEL_LINE, LABEL_RESOURCE_TYPE};
use handoff_core::engine::identity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What the labels of an order say of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Labelled {
    namespace: String,
    type_name: String,
    line: String,
}

impl Labelled {
    fn of(line: &LineKey) -> Self {
        Self {
            namespace: line.namespace.clone(),
            type_name: line.type_name.clone(),
            line: identity::hash(&line.identifier),
        }
    }
}

/// The orders that cannot be read.
#[derive(Debug, Default)]
pub(super) struct Unreadable(HashMap<ObjectKey, (Uid, Labelled)>);

impl Unreadable {
    /// Name of an order of this line that cannot be read.
    pub(super) fn order_of(&self, line: &LineKey) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        let labelled = Labelled::of(line);
        let mut of_line = self.0.iter().filter(|(_, (_, order))| *order == labelled);
        of_line.next().map(|(key, _)| key.1.as_str())
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = (ObjectKey, Uid)> {
        self.0.iter().map(|(key, (uid, _))| (key.clone(), *uid))
    }
}

impl Index {
    /// An order is there, of which only this could be read.
    pub fn put_unreadable_order(&mut self, key: ObjectKey, metadata: &ObjectMeta) {
        let labels = metadata.labels.clone().unwrap_or_default();
        let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
        let labelled = Labelled {
            namespace: key.0.clone(),
            type_name: label(LABEL_RESOURCE_TYPE),
            line: label(LABEL_LINE),
        };
        let uid = Uid::of(metadata.uid.as_deref().unwrap_or_default());
        self.unreadable.0.insert(key, (uid, labelled));
    }

    /// The order is gone, or can be read now; answers which lines that sets free.
    pub(super) fn forget_unreadable(&mut self, key: &ObjectKey) -> HashSet<Key> {
        let Some((_, labelled)) = self.unreadable.0.remove(key) else {
            return HashSet::new();
        };
        let lines: Vec<Arc<LineKey>> = self
            .lines
            .keys()
            .filter(|line| Labelled::of(line) == labelled)
            .map(Arc::clone)
            .collect();
        lines.iter().filter_map(|line| self.wake_line(line)).collect()
    }
}
