//! Orders that count against the thresholds of their type, and room that is reserved for orders that are being made. Two
//! lines that are worked on at the same time never get the same room: it is taken in one call.

use super::Index;
use super::body::{Body, OrderBody};
use super::key::{LineKey, ObjectKey};
use handoff_core::api::{Operation, ProvisioningOrder};
use handoff_core::engine::Room;
use handoff_core::engine::threshold::{Counted, Limits, counted, nobody_had};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

#[derive(Debug, Default)]
pub(super) struct Thresholds {
    /// Of the types with limits.
    tallies: HashMap<ObjectKey, Tally>,
    reserved: BTreeMap<LineKey, Reserved>,
}

#[derive(Debug)]
struct Tally {
    limits: Limits,
    /// How many orders count that do this and were made in that second.
    orders: BTreeMap<Counted, u32>,
}

/// Room for an order that is being made.
#[derive(Debug)]
struct Reserved {
    operation: Operation,
    /// Orders of the line that had a state already; the new one has a higher number.
    up_to: i64,
}

impl Tally {
    fn add(&mut self, order: Counted) {
        *self.orders.entry(order).or_default() += 1;
    }

    fn take(&mut self, order: Counted) {
        if let Some(many) = self.orders.get_mut(&order) {
            *many -= 1;
            if *many == 0 {
                self.orders.remove(&order);
            }
        }
    }

    fn in_window(&self, operation: Operation, now: Timestamp) -> i64 {
        let at = |made| Counted { operation, made };
        let window = at(self.limits.begin(now))..=at(u32::MAX);
        self.orders.range(window).map(|(_, many)| i64::from(*many)).sum()
    }
}

fn has_state(order: &ProvisioningOrder) -> bool {
    order.status.as_ref().is_some_and(|status| status.state.is_some())
}

fn counted_body(body: &OrderBody) -> Option<Counted> {
    match body {
        Body::Full(_, order) => counted(order),
        Body::Slim(_, slim) => slim.facts.facts.counted(),
    }
}

impl Index {
    /// A type came, changed or went: its orders are counted anew, if it has limits.
    pub(super) fn set_limits(&mut self, kind: &ObjectKey) {
        let complete = self.synchronizations.inventory(kind).complete.as_ref();
        let resources = complete.map(|complete| complete.count);
        let view = self.types.get(kind);
        let limits = view.and_then(|view| Limits::of(&view.object.spec, resources));
        let Some(limits) = limits else {
            self.thresholds.tallies.remove(kind);
            return;
        };
        let mut tally = Tally {
            limits,
            orders: BTreeMap::new(),
        };
        let of_kind = self.orders.in_namespace(&kind.0).map(|(_, entry)| entry);
        of_kind
            .filter(|entry| entry.line.type_name == kind.1)
            .filter_map(|entry| counted_body(&entry.body))
            .for_each(|order| tally.add(order));
        self.thresholds.tallies.insert(kind.clone(), tally);
    }

    /// An order is there, or there as another version.
    pub(super) fn tally(&mut self, line: &LineKey, order: &ProvisioningOrder) {
        if let Some(counted) = counted(order)
            && let Some(tally) = self.thresholds.tallies.get_mut(&line.type_key())
        {
            tally.add(counted);
        }
        // From now on it counts by itself, or it never will.
        let is_the_one = |reserved: &Reserved| reserved.up_to < order.spec.sequence;
        if has_state(order) && self.thresholds.reserved.get(line).is_some_and(is_the_one) {
            self.release(line);
        }
    }

    /// An order is not there any more, or not as this version.
    pub(super) fn untally(&mut self, line: &LineKey, order: &OrderBody) {
        if let Some(counted) = counted_body(order)
            && let Some(tally) = self.thresholds.tallies.get_mut(&line.type_key())
        {
            tally.take(counted);
        }
    }

    /// How much room the thresholds leave for a line. What the line itself has of it already is free for it: what it
    /// reserved, and its orders that nobody had yet, since they go on, or end for another.
    pub(super) fn room(&self, line: &LineKey, now: Timestamp) -> Room {
        let kind = line.type_key();
        let Some(tally) = self.thresholds.tallies.get(&kind) else {
            return Room::default();
        };
        let begin = tally.limits.begin(now);
        let own = |operation| {
            let orders = self.orders_of(line).filter_map(|entry| entry.body.full());
            let own = orders
                .filter(|order| nobody_had(order))
                .filter_map(|order| counted(order));
            own.filter(|order| order.operation == operation && order.made >= begin)
                .count()
        };
        tally.limits.room(|operation| {
            let own = i64::try_from(own(operation)).unwrap_or(i64::MAX);
            tally.in_window(operation, now) - own + self.reserved_by_others(line, operation)
        })
    }

    fn reserved_by_others(&self, line: &LineKey, operation: Operation) -> i64 {
        let first = LineKey {
            identifier: String::new(),
            ..line.clone()
        };
        let of_kind = self.thresholds.reserved.range(first..);
        of_kind
            .take_while(|(other, _)| other.namespace == line.namespace && other.type_name == line.type_name)
            .filter(|(other, reserved)| *other != line && reserved.operation == operation)
            .map(|_| 1)
            .sum()
    }

    /// Reserves room for an order that the line is about to get, until that is there or [`Self::release`] is called;
    /// answers whether there was any.
    pub fn reserve(&mut self, line: &LineKey, operation: Operation, now: Timestamp) -> bool {
        if self.room(line, now).of(operation).is_some_and(|room| room < 1) {
            return false;
        }
        // The order may be there already, without a state: then that is what it gets.
        let stated = self
            .orders_of(line)
            .filter(|entry| entry.body.full().is_none_or(|order| has_state(order)));
        let up_to = stated.map(|entry| entry.body.sequence()).max().unwrap_or(0);
        let reserved = Reserved { operation, up_to };
        self.thresholds.reserved.insert(line.clone(), reserved);
        true
    }

    /// Gives back what a line has reserved: it is decided on anew, or forgotten.
    pub fn release(&mut self, line: &LineKey) {
        self.thresholds.reserved.remove(line);
    }
}
