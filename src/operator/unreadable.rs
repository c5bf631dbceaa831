//! Orders that are there but cannot be read. What nobody can read is not gone: its line rests until it is mended or
//! deleted, or one resource would be handed to two people. Plain data; it may not call anybody.

use super::index::{LineKey, ObjectKey};
use handoff_core::api::names::{LABEL_LINE, LABEL_RESOURCE_TYPE};
use handoff_core::engine::identity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::HashMap;

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
#[derive(Default)]
pub struct Unreadable(HashMap<ObjectKey, Labelled>);

impl Unreadable {
    /// An order of which only this could be read.
    pub fn put(&mut self, key: ObjectKey, metadata: &ObjectMeta) {
        let labels = metadata.labels.clone().unwrap_or_default();
        let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
        let labelled = Labelled {
            namespace: key.0.clone(),
            type_name: label(LABEL_RESOURCE_TYPE),
            line: label(LABEL_LINE),
        };
        self.0.insert(key, labelled);
    }

    /// The order is gone, or can be read now; answers which of these lines that sets free.
    pub fn remove<'a>(&mut self, key: &ObjectKey, lines: impl Iterator<Item = &'a LineKey>) -> Vec<LineKey> {
        let Some(labelled) = self.0.remove(key) else {
            return Vec::new();
        };
        lines.filter(|line| Labelled::of(line) == labelled).cloned().collect()
    }

    /// Name of an order of this line that cannot be read.
    pub fn order_of(&self, line: &LineKey) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        let labelled = Labelled::of(line);
        let mut of_line = self.0.iter().filter(|(_, order)| **order == labelled);
        of_line.next().map(|(key, _)| key.1.as_str())
    }

    /// All of them.
    pub fn keys(&self) -> impl Iterator<Item = &ObjectKey> {
        self.0.keys()
    }
}
