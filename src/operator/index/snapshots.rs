//! What a decision gets to see. Nothing here changes the index.

use super::Index;
use super::key::{Key, LineKey, ObjectKey, Uid};
use handoff_core::api::AssignmentRequest;
use handoff_core::engine::{LineSnapshot, RequestSnapshot, TypeSnapshot};
use jiff::Timestamp;
use std::sync::Arc;

impl Index {
    /// Everything about one line of which the body is kept.
    pub(super) fn line_snapshot(&self, key: &LineKey, now: Timestamp) -> LineSnapshot {
        let entry = self.lines.get(key);
        let requests = entry.into_iter().flat_map(|entry| entry.requests.iter());
        let requests: Vec<Arc<AssignmentRequest>> = requests
            .filter_map(|name| self.requests.get(&key.namespace, name))
            .filter_map(|request| request.body.full().cloned())
            .collect();
        LineSnapshot {
            now,
            type_name: key.type_name.clone(),
            identifier: key.identifier.clone(),
            policies: self.policies_for(&Key::Line(key.clone())),
            resource_type: self.types.get(&key.type_key()).cloned(),
            orders: self
                .orders_of(key)
                .filter_map(|order| order.body.full().cloned())
                .collect(),
            held: self.held(key, requests.iter()),
            requests,
            resource: entry.and_then(|entry| entry.resource.as_ref()?.unpack()).map(Arc::new),
            inventory: self.inventory_of(key),
            highest_sequence: entry.map_or(0, |entry| entry.highest_sequence),
            name_conflict: entry.and_then(|entry| entry.name_conflict.as_deref().map(str::to_owned)),
            room: self.room(key, now),
        }
    }

    /// One request, unless its line is at rest.
    pub fn request_snapshot(&self, key: &ObjectKey, now: Timestamp) -> Option<RequestSnapshot> {
        let request = Arc::clone(self.requests.of(key)?.body.full()?);
        let type_key = (key.0.clone(), request.spec.resource_type_ref.name.clone());
        let uid = Uid::of_object(request.as_ref());
        let line = self.carrier(uid);
        let carrying = line.and_then(|line| self.newest_carrying(line, uid));
        let followed = self.followed(&key.0, &request);
        let held = self.lines_held(&key.0, &type_key.1, &request.spec.owner.id);
        let holdings = held.filter_map(|line| self.lines.get(line)?.holding.as_deref());
        let holdings = holdings.map(|(_, identifier)| identifier.to_string()).collect();
        Some(RequestSnapshot {
            now,
            policies: self.policies_for(&Key::Request(key.clone())),
            resource_type: self.types.get(&type_key).cloned(),
            order: carrying.or(followed).and_then(|order| order.body.full().cloned()),
            holdings,
            request,
        })
    }

    /// One type.
    pub fn type_snapshot(&self, key: &ObjectKey, now: Timestamp) -> Option<TypeSnapshot> {
        self.types.get(key).map(|view| TypeSnapshot {
            now,
            policies: self.policies_for(&Key::Type(key.clone())),
            resource_type: Arc::clone(view),
            census: self.census.of(key),
            counted_at: self.census.written_at(key),
            resources: self.inventoried.get(key).copied().unwrap_or_default(),
            inventory: Arc::clone(self.synchronizations.inventory(key)),
        })
    }
}
