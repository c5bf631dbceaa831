//! The index and the engine at one desk, without a cluster: what is stored, the events of it, and passes by hand.
#![allow(dead_code, unreachable_pub)]

pub mod types;

use handoff::operator::index::{Gathered, Index, Key, LineKey, ObjectKey, Uid, key_of};
use handoff_core::api::{AssignmentRequest, ManagedResource, ProvisioningOrder, ResourceType, Synchronization};
use handoff_core::engine::{
    LineDecision, LineSnapshot, ResourceChange, decide_line, decide_request, decide_synchronization,
};
use jiff::{Timestamp, ToSpan};
use kube::{Resource, ResourceExt};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};

pub const NAMESPACE: &str = "identity";

/// What is stored, and an index that is told of it.
pub struct Desk {
    pub index: Index,
    pub kind: ResourceType,
    pub requests: BTreeMap<String, AssignmentRequest>,
    pub orders: BTreeMap<String, ProvisioningOrder>,
    pub resources: BTreeMap<String, ManagedResource>,
    pub synchronizations: BTreeMap<String, Synchronization>,
    pub now: Timestamp,
    /// Bodies that a pass had to read.
    pub reads: Vec<String>,
    /// What passes wrote.
    pub writes: usize,
    version: u64,
}

pub fn line(identifier: &str) -> LineKey {
    LineKey {
        namespace: NAMESPACE.to_owned(),
        type_name: "badge".to_owned(),
        identifier: identifier.to_owned(),
    }
}

pub fn key(name: &str) -> ObjectKey {
    (NAMESPACE.to_owned(), name.to_owned())
}

pub fn uid<K: ResourceExt>(object: &K) -> Uid {
    Uid::of_object(object)
}

fn badge() -> ResourceType {
    let badge = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType",
        "metadata": {"name": "badge", "namespace": NAMESPACE, "uid": "uid-badge", "generation": 1, "resourceVersion": "1"},
        "spec": {
            "displayName": "Badge of the house", "targetEntityType": "Badge",
            "provisioningConnection": {"package": "ManualTicket"},
            "properties": [{"name": "zone", "type": "String", "required": true}, {"name": "level", "type": "Integer"}],
        },
    });
    serde_json::from_value(badge).unwrap()
}

/// An empty index that knows that the policies are in force.
pub fn guarded() -> Index {
    let mut index = Index::default();
    index.put_policies(handoff_core::engine::Policies::InForce);
    index
}

impl Desk {
    pub fn new() -> Self {
        let mut desk = Self {
            index: guarded(),
            kind: badge(),
            requests: BTreeMap::new(),
            orders: BTreeMap::new(),
            resources: BTreeMap::new(),
            synchronizations: BTreeMap::new(),
            now: "2026-03-01T08:00:00Z".parse().unwrap(),
            reads: Vec::new(),
            writes: 0,
            version: 1,
        };
        desk.index.put_type(desk.kind.clone());
        desk
    }

    /// The next version of an object; a new object gets a uid.
    pub fn stamp<K: Resource<DynamicType = ()>>(&mut self, object: &mut K) {
        self.version += 1;
        let version = self.version;
        let meta = object.meta_mut();
        meta.namespace = Some(NAMESPACE.to_owned());
        meta.resource_version = Some(version.to_string());
        meta.uid
            .get_or_insert_with(|| format!("0c5f1e9a-7c2b-4d1e-9a3f-{version:012x}"));
        meta.generation.get_or_insert(1);
    }

    /// Files a request; answers what that wakes.
    pub fn ask(&mut self, name: &str, owner: &str, spec: Value) -> HashSet<Key> {
        self.now = self.now.checked_add(1.minute()).unwrap();
        let mut full =
            json!({"resourceTypeRef": {"name": "badge"}, "owner": {"id": owner}, "requestedBy": {"username": "alice"}});
        full.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        let request = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest",
            "metadata": {"name": name, "creationTimestamp": self.now.to_string()}, "spec": full,
        });
        self.store_request(serde_json::from_value(request).unwrap())
    }

    pub fn hire(&mut self, name: &str, owner: &str) -> HashSet<Key> {
        self.ask(
            name,
            owner,
            json!({"operation": "Create", "properties": {"zone": "HQ"}}),
        )
    }

    /// A person patches an order; answers what that wakes.
    pub fn people_write(&mut self, order: &str, block: &str, value: Value) -> HashSet<Key> {
        let mut object = serde_json::to_value(&self.orders[order]).unwrap();
        object["spec"][block] = value;
        let mut object: ProvisioningOrder = serde_json::from_value(object).unwrap();
        object.metadata.generation = object.metadata.generation.map(|generation| generation + 1);
        self.store_order(object)
    }

    pub fn confirm(&mut self, order: &str) -> HashSet<Key> {
        self.people_write(
            order,
            "decision",
            json!({"result": "Confirmed", "by": {"username": "bob"}}),
        )
    }

    /// Hires, confirms, and works until nothing is left to do.
    pub fn settled(&mut self, owner: &str) {
        let woken = self.hire(&format!("hire-{owner}"), owner);
        self.work(woken);
        let woken = self.confirm(&format!("badge.{owner}.1"));
        self.work(woken);
    }

    /// A type of this name, or another content of it; answers what that wakes.
    pub fn store_type(&mut self, name: &str, spec: &Value) -> HashSet<Key> {
        let mut kind = serde_json::to_value(badge()).unwrap();
        kind["metadata"] = json!({"name": name, "uid": format!("uid-{name}"), "generation": self.version});
        for (field, value) in spec.as_object().unwrap() {
            kind["spec"][field] = value.clone();
        }
        let mut kind: ResourceType = serde_json::from_value(kind).unwrap();
        self.stamp(&mut kind);
        self.index.put_type(kind)
    }

    pub fn lose_type(&mut self, name: &str) -> HashSet<Key> {
        self.index.remove_type(&key(name), Uid::of(&format!("uid-{name}")))
    }

    pub fn store_request(&mut self, mut request: AssignmentRequest) -> HashSet<Key> {
        self.stamp(&mut request);
        self.requests.insert(request.name_any(), request.clone());
        self.index.put_request(request)
    }

    pub fn store_order(&mut self, mut order: ProvisioningOrder) -> HashSet<Key> {
        self.stamp(&mut order);
        self.orders.insert(order.name_any(), order.clone());
        self.index.put_order(order)
    }

    pub fn store_resource(&mut self, mut resource: ManagedResource) -> HashSet<Key> {
        self.stamp(&mut resource);
        self.resources.insert(resource.name_any(), resource.clone());
        self.index.put_resource(resource)
    }

    /// An entry of the inventory under a name.
    pub fn observe(&mut self, name: &str, identifier: &str, owner: &str) -> HashSet<Key> {
        let known = self.resources.get(name).map(|known| known.metadata.clone());
        let resource = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource", "metadata": {"name": name},
            "spec": {"resourceTypeRef": {"name": "badge"}, "identifier": identifier, "owner": {"id": owner},
                "source": "Synchronized", "observedAt": self.now.to_string()},
        });
        let mut resource: ManagedResource = serde_json::from_value(resource).unwrap();
        if let Some(known) = known {
            resource.metadata = known;
        }
        self.store_resource(resource)
    }

    pub fn store_synchronization(&mut self, mut synchronization: Synchronization) -> HashSet<Key> {
        self.stamp(&mut synchronization);
        let name = synchronization.name_any();
        self.synchronizations.insert(name, synchronization.clone());
        self.index.put_synchronization(synchronization)
    }

    /// A snapshot of the badges, taken now; answers what that wakes.
    pub fn export(&mut self, name: &str, complete: bool, count: i64) -> HashSet<Key> {
        let synchronization = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "Synchronization",
            "metadata": {"name": name, "creationTimestamp": self.now.to_string()},
            "spec": {"resourceTypeRef": {"name": "badge"}, "takenAt": self.now.to_string(), "complete": complete, "count": count},
        });
        self.store_synchronization(serde_json::from_value(synchronization).unwrap())
    }

    pub fn lose_synchronization(&mut self, name: &str) -> HashSet<Key> {
        let gone = self.synchronizations.remove(name).unwrap();
        self.index.remove_synchronization(&key_of(&gone), uid(&gone))
    }

    pub fn lose_order(&mut self, name: &str) -> HashSet<Key> {
        let gone = self.orders.remove(name).unwrap();
        self.index.remove_order(&key_of(&gone), uid(&gone))
    }

    pub fn lose_request(&mut self, name: &str) -> HashSet<Key> {
        let gone = self.requests.remove(name).unwrap();
        self.index.remove_request(&key_of(&gone), uid(&gone))
    }

    pub fn lose_resource(&mut self, name: &str) -> HashSet<Key> {
        let gone = self.resources.remove(name).unwrap();
        self.index.remove_resource(&key_of(&gone), uid(&gone))
    }

    /// Works on keys, and on what that wakes, until nothing is left.
    pub fn work(&mut self, woken: HashSet<Key>) {
        let mut queue: Vec<Key> = woken.into_iter().collect();
        for _ in 0..1_000 {
            let Some(key) = queue.pop() else { return };
            queue.extend(self.pass(&key));
        }
        panic!("there is no end to it: {queue:?}");
    }

    /// One pass.
    pub fn pass(&mut self, key: &Key) -> HashSet<Key> {
        self.now = self.now.checked_add(1.minute()).unwrap();
        match key {
            Key::Line(line) => self.line_pass(line),
            Key::Request(request) => {
                let snapshot = self.index.request_snapshot(request, self.now);
                let update = snapshot.and_then(|snapshot| decide_request(&snapshot).update);
                update.map_or_else(HashSet::new, |update| {
                    let mut request = update.request.as_ref().clone();
                    request.status = Some(update.status);
                    self.writes += 1;
                    self.store_request(request)
                })
            }
            Key::Type(_) => HashSet::new(),
            Key::Sync(name) => self.synchronization_pass(name),
        }
    }

    fn synchronization_pass(&mut self, key: &ObjectKey) -> HashSet<Key> {
        if self.index.is_not_its_turn(key, self.now) {
            return HashSet::new();
        }
        let Some(snapshot) = self.index.synchronization_snapshot(key, self.now) else {
            return HashSet::new();
        };
        let Some(status) = decide_synchronization(&snapshot).status else {
            return HashSet::new();
        };
        let mut written = snapshot.synchronization.as_ref().clone();
        written.status = Some(status);
        self.writes += 1;
        let woken = self.store_synchronization(written);
        self.index.note_written(key, snapshot.proved, self.now);
        woken
    }

    fn line_pass(&mut self, line: &LineKey) -> HashSet<Key> {
        self.index.release(line);
        loop {
            let gathered = self.index.gather(line, self.now);
            if let Gathered::Whole(snapshot) = gathered {
                let decision = decide_line(&snapshot);
                let has_room = |operation| self.index.reserve(line, operation, self.now);
                assert!(decision.slot.is_none_or(has_room), "there was room a moment ago");
                return self.apply(decision);
            }
            let Gathered::Missing(missing) = gathered else {
                assert!(matches!(gathered, Gathered::Dormant), "{gathered:?}");
                return HashSet::new();
            };
            for (name, _) in &missing.orders {
                self.reads.push(name.clone());
                self.index.put_order(self.orders[name].clone());
            }
            for (name, _) in &missing.requests {
                self.reads.push(name.clone());
                self.index.put_request(self.requests[name].clone());
            }
        }
    }

    /// What the next decision about an open line would see.
    pub fn snapshot(&self, identifier: &str) -> LineSnapshot {
        let Gathered::Whole(snapshot) = self.index.gather(&line(identifier), self.now) else {
            panic!("{identifier} is not open");
        };
        *snapshot
    }

    fn apply(&mut self, decision: LineDecision) -> HashSet<Key> {
        let mut woken = HashSet::new();
        match decision.resource {
            Some(ResourceChange::Create(made)) => woken.extend(self.store_resource(made)),
            Some(ResourceChange::Replace { after, .. }) => woken.extend(self.store_resource(after)),
            Some(ResourceChange::Delete(gone)) => woken.extend(self.lose_resource(&gone.name_any())),
            None => {}
        }
        for update in decision.order_updates {
            let mut order = update.order.as_ref().clone();
            order.status = Some(update.status);
            self.writes += 1;
            woken.extend(self.store_order(order));
        }
        if let Some(new) = decision.new_order {
            let mut order = new.order;
            self.writes += 2;
            woken.extend(self.store_order(order.clone()));
            order = self.orders[&order.name_any()].clone();
            order.status = Some(new.status);
            woken.extend(self.store_order(order));
        }
        for request in decision.new_requests.into_iter().map(|filing| filing.request) {
            if !self.requests.contains_key(&request.name_any()) {
                woken.extend(self.store_request(request));
            }
        }
        for update in decision.request_updates {
            let mut request = update.request.as_ref().clone();
            request.status = Some(update.status);
            self.writes += 1;
            woken.extend(self.store_request(request));
        }
        woken
    }

    /// Numbers of the orders of a line, newest last.
    pub fn numbers(&self, identifier: &str) -> BTreeSet<i64> {
        let of_line = self
            .orders
            .values()
            .filter(|order| order.spec.resource.identifier == identifier);
        of_line.map(|order| order.spec.sequence).collect()
    }

    /// What a request shows: state and reason.
    pub fn shows(&self, request: &str) -> String {
        let status = self.requests[request].status.as_ref().unwrap();
        format!(
            "{}/{}",
            status.provisioning_state.unwrap(),
            status.reason.as_deref().unwrap()
        )
    }
}
