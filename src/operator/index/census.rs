//! How many orders of each type are open and late, counted as they come and go; and when that was last written down.

use super::Index;
use super::body::{Body, OrderBody};
use super::key::{Key, ObjectKey};
use handoff_core::engine::{Census, census_of};
use jiff::Timestamp;
use std::collections::HashMap;

#[derive(Debug, Default)]
pub(super) struct Counts {
    /// By type; of a type without open orders there is nothing.
    of: HashMap<ObjectKey, Census>,
    written: HashMap<ObjectKey, Timestamp>,
}

impl Counts {
    pub(super) fn of(&self, kind: &ObjectKey) -> Census {
        self.of.get(kind).copied().unwrap_or_default()
    }

    /// Every type that has open orders.
    pub(super) fn keys(&self) -> impl Iterator<Item = &ObjectKey> {
        self.of.keys()
    }

    pub(super) fn written_at(&self, kind: &ObjectKey) -> Option<Timestamp> {
        self.written.get(kind).copied()
    }

    pub(super) fn forget_write(&mut self, kind: &ObjectKey) {
        self.written.remove(kind);
    }

    fn add(&mut self, kind: &ObjectKey, one: Census, sign: i64) {
        let mut sum = self.of(kind);
        sum.open += sign * one.open;
        sum.overdue += sign * one.overdue;
        if sum == Census::default() {
            self.of.remove(kind);
        } else {
            self.of.insert(kind.clone(), sum);
        }
    }
}

/// What an order adds to the counts of its type; one of which only facts are kept is finished.
pub(super) fn census_of_body(body: &OrderBody) -> Census {
    match body {
        Body::Full(_, order) => census_of(order),
        Body::Slim(_, _) => Census::default(),
    }
}

impl Index {
    /// Where an order counted before, and where it counts now; answers the types whose counts that changes.
    pub(super) fn recount(
        &mut self,
        before: Option<(ObjectKey, Census)>,
        now: Option<(ObjectKey, Census)>,
    ) -> Vec<Key> {
        if before == now {
            return Vec::new();
        }
        let mut woken = Vec::new();
        for (of, sign) in [(before, -1), (now, 1)] {
            let Some((kind, one)) = of.filter(|(_, one)| *one != Census::default()) else {
                continue;
            };
            self.census.add(&kind, one, sign);
            if self.types.contains_key(&kind) {
                woken.push(Key::Type(kind));
            }
        }
        woken
    }

    /// The counts of a type were written into its status.
    pub fn note_counted(&mut self, kind: &ObjectKey, now: Timestamp) {
        if self.types.contains_key(kind) {
            self.census.written.insert(kind.clone(), now);
        }
    }
}
