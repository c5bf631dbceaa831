//! When something of a line has been kept long enough. Whether it goes is decided by the engine; nothing here removes
//! anything.

use super::body::{Body, OrderBody, RequestBody};
use super::key::{Key, LineKey, ObjectKey};
use super::rest::Missing;
use super::{Index, RequestEntry};
use handoff_core::engine::identity;
use handoff_core::engine::retention::{FOR_EVER, Kept, OldOrder, OldRequest, going, old_order, old_request};
use handoff_core::engine::{LineSnapshot, Policies};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// Lines that are looked at in one call, so that others get at the index in between.
const BATCH: usize = 1_000;

/// Lines by the time at which to look at them, in seconds since 1970.
#[derive(Debug, Default)]
pub(super) struct Ages {
    lines: BTreeSet<(u32, Arc<LineKey>)>,
    /// Whether a line is to be looked at earlier than any before.
    earlier: bool,
}

/// What a decision on what goes of a line needs.
#[derive(Debug)]
pub struct Aged {
    /// The line without its orders and requests.
    pub snapshot: LineSnapshot,
    /// Those, by name.
    pub all: Missing,
}

fn old_order_of(body: &OrderBody) -> OldOrder {
    match body {
        Body::Full(_, order) => old_order(order),
        Body::Slim(_, slim) => slim.facts.facts.old(),
    }
}

fn old_request_of(body: &RequestBody, line: &LineKey) -> OldRequest {
    match body {
        Body::Full(_, request) => {
            let last = identity::last_number(request, &line.type_name, &line.identifier);
            old_request(request, last)
        }
        Body::Slim(_, slim) => slim.facts.old(),
    }
}

impl Index {
    /// Finds anew when to look at a line; at those whose time was over already, at once.
    pub(super) fn refresh_age(&mut self, line: &Arc<LineKey>) {
        let earliest = self.times(line).min();
        self.look_at(line, earliest);
    }

    /// The same for all lines of a type that says now how long its requests are kept.
    pub(super) fn refresh_ages(&mut self, kind: &ObjectKey) {
        let of_kind = |line: &&Arc<LineKey>| line.namespace == kind.0 && line.type_name == kind.1;
        let lines: Vec<_> = self.lines.keys().filter(of_kind).map(Arc::clone).collect();
        lines.iter().for_each(|line| self.refresh_age(line));
    }

    fn look_at(&mut self, line: &Arc<LineKey>, at: Option<u32>) {
        let Some(entry) = self.lines.get_mut(line) else {
            return;
        };
        let before = std::mem::replace(&mut entry.look_at, at.unwrap_or(FOR_EVER));
        if before == entry.look_at {
            return;
        }
        self.ages.lines.remove(&(before, Arc::clone(line)));
        if let Some(at) = at {
            let first = self.ages.lines.first();
            self.ages.earlier |= first.is_none_or(|(first, _)| at < *first);
            self.ages.lines.insert((at, Arc::clone(line)));
        }
    }

    /// A line is forgotten.
    pub(super) fn forget_age(&mut self, line: &Arc<LineKey>, at: u32) {
        self.ages.lines.remove(&(at, Arc::clone(line)));
    }

    fn old_orders(&self, line: &LineKey) -> Vec<OldOrder> {
        self.orders_of(line).map(|order| old_order_of(&order.body)).collect()
    }

    fn old_requests(&self, line: &LineKey) -> Vec<OldRequest> {
        let of_line = self.requests_on(line);
        of_line
            .map(|(_, request)| old_request_of(&request.body, line))
            .collect()
    }

    fn requests_on(&self, line: &LineKey) -> impl Iterator<Item = (&Arc<str>, &RequestEntry)> {
        let names = self.lines.get(line).into_iter();
        let names = names.flat_map(|entry| entry.requests.iter());
        names.filter_map(|name| Some((name, self.requests.get(&line.namespace, name)?)))
    }

    /// The times at which something of the line has been kept long enough.
    fn times(&self, line: &LineKey) -> impl Iterator<Item = u32> + use<> {
        let kept = Kept::of(self.types.get(&line.type_key()).map(AsRef::as_ref));
        let orders = self.old_orders(line).into_iter().map(|order| order.until);
        let requests = self.old_requests(line).into_iter();
        let times = orders.chain(requests.map(move |request| kept.until(&request)));
        times.filter(|until| *until != FOR_EVER)
    }

    /// Lines of which something may go now, and when to ask again: at once, where there are more. While nobody checks who writes nothing goes.
    pub fn aged(&mut self, now: Timestamp) -> (HashSet<Key>, Option<Timestamp>) {
        if let Policies::NotInForce(_) = self.policies.as_ref() {
            return (HashSet::new(), None);
        }
        let second = u32::try_from(now.as_second().max(0)).unwrap_or(FOR_EVER - 1);
        let due = self.ages.lines.iter().take_while(|(at, _)| *at <= second).take(BATCH);
        let due: Vec<_> = due.map(|(_, line)| Arc::clone(line)).collect();
        let mut woken = HashSet::new();
        for line in due {
            if self.has_aged(&line, now) {
                woken.insert(Key::Line(LineKey::clone(&line)));
            }
            let next = self.times(&line).filter(|until| *until > second).min();
            self.look_at(&line, next);
        }
        self.ages.earlier = false;
        let next = self.ages.lines.first();
        let next = next.and_then(|(at, _)| Timestamp::from_second(i64::from(*at)).ok());
        (woken, next)
    }

    /// Whether [`Self::aged`] should be asked earlier than it said; answers it once.
    pub fn ages_earlier(&mut self) -> bool {
        std::mem::take(&mut self.ages.earlier)
    }

    /// Whether something of the line goes, as far as the facts tell that are kept.
    fn has_aged(&self, line: &LineKey, now: Timestamp) -> bool {
        // A resource of which no owner is known may live too; while its entry is there nothing is lost by waiting.
        let lives = self.lines.get(line);
        let lives = lives.is_some_and(|entry| entry.holding.is_some() || entry.resource.is_some());
        let kept = Kept::of(self.types.get(&line.type_key()).map(AsRef::as_ref));
        let going = going(&self.old_orders(line), &self.old_requests(line), kept, lives, now);
        !going.is_empty()
    }

    /// Whether a request is on no line, so that it is asked for by itself.
    pub fn is_homeless(&self, request: &ObjectKey) -> bool {
        self.requests.of(request).is_some_and(|entry| entry.line.is_none())
    }

    /// What it takes to decide what of a line goes; `None` when nothing does, or it cannot be known.
    pub fn aged_line(&self, line: &LineKey, now: Timestamp) -> Option<Aged> {
        if self.unreadable.order_of(line).is_some() || !self.has_aged(line, now) {
            return None;
        }
        let snapshot = LineSnapshot {
            orders: Vec::new(),
            requests: Vec::new(),
            ..self.line_snapshot(line, now)
        };
        if let Policies::NotInForce(_) = snapshot.policies.as_ref() {
            return None;
        }
        let orders = self.lines.get(line)?.orders.iter();
        let orders = orders.filter_map(|name| {
            let order = self.orders.get(&line.namespace, name)?;
            Some((name.to_string(), order.body.uid()))
        });
        let requests = self.requests_on(line);
        Some(Aged {
            snapshot,
            all: Missing {
                orders: orders.collect(),
                requests: requests
                    .map(|(name, request)| (name.to_string(), request.body.uid()))
                    .collect(),
            },
        })
    }
}
