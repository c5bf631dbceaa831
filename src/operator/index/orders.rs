//! Orders in the index: their lines, the requests that they carry, and names that two lines need.

use super::body::{Body, News, lighten};
use super::census::census_of_body;
use super::key::{Key, LineKey, ObjectKey, Uid, key_of};
use super::{Index, OrderEntry};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use handoff_core::engine::{Census, census_of};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// What is left to see to when an order was taken out.
struct Detached {
    line: Arc<LineKey>,
    /// The requests of the line that it carried or that follow it.
    concerned: HashSet<ObjectKey>,
    /// What it added to the counts of its type.
    census: Census,
}

impl Index {
    /// Takes in an order; answers which work that makes.
    pub fn put_order(&mut self, mut object: ProvisioningOrder) -> HashSet<Key> {
        lighten(&mut object.metadata);
        let key = key_of(&object);
        let uid = Uid::of_object(&object);
        if self.graves.holds(uid) {
            return HashSet::new();
        }
        let freed = self.forget_unreadable(&key);
        let mut concerned: HashSet<ObjectKey> = HashSet::new();
        let mut touched: HashSet<Arc<LineKey>> = HashSet::new();
        let mut counted_before = None;
        let mut credited = None;
        if let Some(old) = self.orders.of(&key) {
            let before = old.body.uid();
            match old.body.compare(&object) {
                News::Nothing => return HashSet::new(),
                News::Body => return self.fill_order(&key, object),
                News::Later => credited = old.body.full().map(Arc::clone),
                News::Another => {
                    self.graves.bury(before);
                    touched.extend(self.release_name(&key));
                }
            }
            if let Some(gone) = self.detach(&key) {
                counted_before = Some((gone.line.type_key(), gone.census));
                touched.insert(gone.line);
                concerned.extend(gone.concerned);
            }
        }
        let credited = credited.and_then(|before| self.credit(&before, &object));
        let (line, entry) = self.line(LineKey::of_order(&object));
        entry.highest_sequence = entry.highest_sequence.max(object.spec.sequence);
        for carried in &object.spec.request_refs {
            self.carriers.insert((Uid::of(&carried.uid), Arc::clone(&line)));
            concerned.insert((key.0.clone(), carried.name.clone()));
        }
        let entry = OrderEntry {
            body: Body::kept(self.numbers.order_comes(&object), &object),
            line: Arc::clone(&line),
        };
        let counts_now = (line.type_key(), census_of(&object));
        self.tally(&line, &object);
        concerned.extend(self.homeless_of(&key));
        let name = self.orders.insert(&key, entry);
        if let Some(entry) = self.lines.get_mut(&line) {
            entry.orders.add(name);
        }
        touched.insert(line);
        let mut woken = self.wake_after(concerned, &touched);
        woken.extend(self.recount(counted_before, Some(counts_now)));
        woken.extend(credited);
        woken.extend(freed);
        woken
    }

    /// The body of an order that was kept slim. The line keeps it while it is awake.
    fn fill_order(&mut self, key: &ObjectKey, object: ProvisioningOrder) -> HashSet<Key> {
        if let Some(entry) = self.orders.get_mut(&key.0, &key.1) {
            self.numbers.orders.unpacks(&entry.body);
            entry.body = Body::kept(entry.body.place(), &object);
            let line = Arc::clone(&entry.line);
            self.slim_down(&line);
        }
        HashSet::new()
    }

    /// The order with this uid is gone.
    pub fn remove_order(&mut self, key: &ObjectKey, uid: Uid) -> HashSet<Key> {
        self.graves.bury(uid);
        let freed = self.forget_unreadable(key);
        let known = self.orders.of(key);
        if known.is_none_or(|entry| entry.body.uid() != uid) {
            return freed;
        }
        let Some(gone) = self.detach(key) else {
            return freed;
        };
        let counted_before = (gone.line.type_key(), gone.census);
        let mut touched: HashSet<Arc<LineKey>> = HashSet::from([gone.line]);
        touched.extend(self.release_name(key));
        let mut woken = self.wake_after(gone.concerned, &touched);
        woken.extend(self.recount(Some(counted_before), None));
        woken.extend(freed);
        woken
    }

    /// Takes an order out. Its line is not woken.
    fn detach(&mut self, key: &ObjectKey) -> Option<Detached> {
        let OrderEntry { body, line } = self.orders.remove(key)?;
        self.untally(&line, &body);
        self.numbers.order_goes(&line, &body);
        for request in body.carried() {
            if !self.orders_of(&line).any(|order| order.body.carries(request)) {
                self.carriers.remove(&(request, Arc::clone(&line)));
            }
        }
        let mut concerned = HashSet::new();
        if let Some(entry) = self.lines.get_mut(&line) {
            entry.orders.remove(&key.1);
            for request in entry.requests.iter() {
                let Some(known) = self.requests.get(&key.0, request) else {
                    continue;
                };
                let follows = |request: &AssignmentRequest| {
                    let orders = request.status.as_ref().and_then(|status| status.orders.last());
                    orders.is_some_and(|name| *name == key.1)
                };
                if body.carries(known.body.uid()) || known.body.full().is_some_and(|request| follows(request)) {
                    concerned.insert((key.0.clone(), request.to_string()));
                }
            }
        }
        Some(Detached {
            line,
            concerned,
            census: census_of_body(&body),
        })
    }

    fn wake_after(&mut self, concerned: HashSet<ObjectKey>, touched: &HashSet<Arc<LineKey>>) -> HashSet<Key> {
        let mut woken: HashSet<Key> = concerned
            .iter()
            .flat_map(|request| self.relocate(request, false))
            .collect();
        for line in touched {
            woken.extend(self.touch(line));
        }
        woken
    }

    /// The line of the newest order that carries a request.
    pub(super) fn carrier(&self, request: Uid) -> Option<&Arc<LineKey>> {
        let lines = self.lines_that_carry(request);
        lines.max_by_key(|line| self.newest_carrying(line, request).map(|order| order.body.sequence()))
    }

    fn lines_that_carry(&self, request: Uid) -> impl Iterator<Item = &Arc<LineKey>> {
        let lines = self.carriers.range((request, Arc::default())..);
        lines.take_while(move |(uid, _)| *uid == request).map(|(_, line)| line)
    }

    /// The newest order of a line that carries a request.
    pub(super) fn newest_carrying(&self, line: &LineKey, request: Uid) -> Option<&OrderEntry> {
        let orders = self.orders_of(line).filter(|order| order.body.carries(request));
        orders.max_by_key(|order| order.body.sequence())
    }

    /// Remembers that another line's order holds the name that this line needs next, until that order goes.
    pub fn note_name_conflict(&mut self, line: &LineKey, order: &ProvisioningOrder) {
        if LineKey::of_order(order) == *line {
            return;
        }
        let key = key_of(order);
        let (shared, entry) = self.line(line.clone());
        let before = entry.name_conflict.replace(key.1.as_str().into());
        if let Some(before) = before {
            self.stop_waiting(&shared, &before);
        }
        self.conflicts.entry(key).or_default().insert(shared);
    }

    /// Whoever needed the name of an order can have it now; answers their lines.
    fn release_name(&mut self, key: &ObjectKey) -> BTreeSet<Arc<LineKey>> {
        let waiting = self.conflicts.remove(key).unwrap_or_default();
        for line in &waiting {
            if let Some(entry) = self.lines.get_mut(line) {
                entry.name_conflict = None;
            }
        }
        waiting
    }

    pub(super) fn stop_waiting(&mut self, line: &Arc<LineKey>, order: &str) {
        let key = (line.namespace.clone(), order.to_owned());
        if let Some(waiting) = self.conflicts.get_mut(&key) {
            waiting.remove(line);
            if waiting.is_empty() {
                self.conflicts.remove(&key);
            }
        }
    }
}
