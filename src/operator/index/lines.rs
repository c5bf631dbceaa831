//! What the index keeps of a line, and whom a change of it wakes.

use super::body::{Body, Whose};
use super::key::{Key, LineKey, ObjectKey, OwnerKey, owner_key};
use super::keyed::Names;
use super::packed::Packed;
use super::{Index, OrderEntry};
use handoff_core::api::ProvisioningOrder;
use handoff_core::engine::holding;
use handoff_core::engine::retention::FOR_EVER;
use std::collections::HashSet;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct LineEntry {
    pub(super) orders: Names,
    pub(super) requests: Names,
    pub(super) resource: Option<Arc<Packed>>,
    pub(super) highest_sequence: i64,
    pub(super) name_conflict: Option<Arc<str>>,
    /// Owner and identifier of the resource, as far as it is known to be there.
    pub(super) holding: Option<Whose>,
    /// When to ask whether something has been kept long enough, in seconds since 1970.
    pub(super) look_at: u32,
}

impl Default for LineEntry {
    fn default() -> Self {
        Self {
            orders: Names::default(),
            requests: Names::default(),
            resource: None,
            highest_sequence: 0,
            name_conflict: None,
            holding: None,
            look_at: FOR_EVER,
        }
    }
}

impl LineEntry {
    fn is_empty(&self) -> bool {
        self.orders.is_empty() && self.requests.is_empty() && self.resource.is_none()
    }
}

impl Index {
    /// The line's entry, made if there is none; and its key, to be shared.
    pub(super) fn line(&mut self, key: LineKey) -> (Arc<LineKey>, &mut LineEntry) {
        let shared = match self.lines.get_key_value(&key) {
            Some((shared, _)) => Arc::clone(shared),
            None => Arc::new(key),
        };
        let entry = self.lines.entry(Arc::clone(&shared)).or_default();
        (shared, entry)
    }

    /// The line's orders.
    pub(super) fn orders_of(&self, line: &LineKey) -> impl Iterator<Item = &OrderEntry> {
        let names = self.lines.get(line).into_iter().flat_map(|entry| entry.orders.iter());
        names.filter_map(|name| self.orders.get(&line.namespace, name))
    }

    /// Something about the line changed: it is woken, and so are the requests that may now mean another resource.
    pub(super) fn touch(&mut self, line: &Arc<LineKey>) -> HashSet<Key> {
        let mut woken = self.refresh_holding(line);
        woken.extend(self.wake_line(line));
        woken
    }

    /// A line that has nothing left is forgotten, its numbers too. One that is at rest is slimmed down and not woken.
    pub(super) fn wake_line(&mut self, line: &Arc<LineKey>) -> Option<Key> {
        if self.lines.get(line).is_some_and(LineEntry::is_empty) {
            if let Some(entry) = self.lines.remove(line) {
                self.forget_age(line, entry.look_at);
                if let Some(name) = entry.name_conflict {
                    self.stop_waiting(line, &name);
                }
            }
            self.release(line);
            return None;
        }
        self.refresh_age(line);
        if self.slim_down(line) {
            return None;
        }
        Some(Key::Line(LineKey::clone(line)))
    }

    /// Finds out anew who has the line's resource; when that changed, the requests of those concerned are located anew.
    fn refresh_holding(&mut self, line: &Arc<LineKey>) -> HashSet<Key> {
        let Some(entry) = self.lines.get(line) else {
            return HashSet::new();
        };
        let orders: Vec<Arc<ProvisioningOrder>> = self.orders_of(line).filter_map(claim).collect();
        let inventory = self.inventory_of(line);
        let seen = entry.resource.as_ref().map(|resource| Arc::new(resource.outline()));
        let now = holding(&orders, seen.as_ref(), &inventory);
        let before = entry.holding.clone();
        let seen = entry.resource.as_ref().and_then(|resource| resource.whose.clone());
        let now: Option<Whose> = now.map(|(owner, identifier)| {
            let same = |seen: &Whose| *seen.0 == *owner && *seen.1 == *identifier;
            seen.filter(same)
                .unwrap_or_else(|| Arc::new((owner.into(), identifier.into())))
        });
        if before == now {
            return HashSet::new();
        }
        let owner = |of: &Option<Whose>| {
            let of = of.as_ref()?;
            Some(owner_key(&line.namespace, &line.type_name, &of.0))
        };
        let (lost, got) = (owner(&before), owner(&now));
        if let Some(lost) = lost {
            self.owner_lines.remove(&(lost, Arc::clone(line)));
        }
        if let Some(got) = got {
            self.owner_lines.insert((got, Arc::clone(line)));
        }
        let held = now.clone();
        if let Some(entry) = self.lines.get_mut(line) {
            entry.holding = now;
        }
        let concerned = [lost, got].into_iter().flatten();
        let concerned = concerned.flat_map(|owner| self.requests_of_owner(owner));
        let concerned: HashSet<ObjectKey> = concerned.cloned().collect();
        let mut woken: HashSet<Key> = concerned
            .iter()
            .flat_map(|request| self.relocate(request, false))
            .collect();
        let owners = [&before, &held].into_iter().flatten().map(|of| &*of.0).collect();
        woken.extend(self.wake_dependents(&line.type_key(), &owners));
        woken
    }

    /// Requests of an owner that something may still become of.
    pub(super) fn requests_of_owner(&self, owner: OwnerKey) -> impl Iterator<Item = &ObjectKey> {
        let all = (owner, ObjectKey::default())..;
        let requests = self.owner_requests.range(all).take_while(move |(key, _)| *key == owner);
        requests.map(|(_, request)| request)
    }
}

/// The order, as far as it says who has the resource.
fn claim(order: &OrderEntry) -> Option<Arc<ProvisioningOrder>> {
    match &order.body {
        Body::Full(_, order) => Some(Arc::clone(order)),
        Body::Slim(_, slim) => {
            let (owner, identifier) = &*slim.facts.whose;
            let facts = slim.facts.facts;
            facts.is_claim().then(|| Arc::new(facts.outline(owner, identifier)))
        }
    }
}
