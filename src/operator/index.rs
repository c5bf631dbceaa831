//! What the operator knows of the cluster: plain data, changed by watch events and by the answers to its own writes.
//! It says which work an event makes; it may not call anybody.

use super::unreadable::Unreadable;
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, ResourceType};
use handoff_core::engine::types::{TypeView, inspect};
use handoff_core::engine::{
    LineSnapshot, RequestSnapshot, TypeSnapshot, holding, identity, is_finished_request, locate,
};
use jiff::Timestamp;
use kube::ResourceExt;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Namespace and name.
pub type ObjectKey = (String, String);

/// What a pass works on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// One resource of one type.
    Line(LineKey),
    /// A request whose line is not known.
    Request(ObjectKey),
    /// A type.
    Type(ObjectKey),
}

/// One resource of one type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineKey {
    /// Its namespace.
    pub namespace: String,
    /// Name of its ResourceType.
    pub type_name: String,
    /// Its folded identifier.
    pub identifier: String,
}

type OwnerKey = (String, String, String);

#[derive(Default)]
struct LineEntry {
    requests: BTreeSet<String>,
    orders: BTreeSet<String>,
    highest_sequence: i64,
    name_conflict: Option<String>,
}

struct RequestEntry {
    object: Arc<AssignmentRequest>,
    line: Option<LineKey>,
}

/// Everything the operator knows.
#[derive(Default)]
pub struct Index {
    types: HashMap<ObjectKey, Arc<TypeView>>,
    requests: HashMap<ObjectKey, RequestEntry>,
    orders: HashMap<ObjectKey, Arc<ProvisioningOrder>>,
    lines: HashMap<LineKey, LineEntry>,
    owner_lines: HashMap<OwnerKey, BTreeSet<LineKey>>,
    owner_requests: HashMap<OwnerKey, BTreeSet<ObjectKey>>,
    type_requests: HashMap<ObjectKey, BTreeSet<ObjectKey>>,
    carriers: HashMap<String, BTreeMap<i64, ObjectKey>>,
    pub(super) unreadable: Unreadable,
}

/// Whether `new` says more than `old`: another object of the same name, or a later version of the same one.
fn is_newer<K: ResourceExt>(old: &K, new: &K) -> bool {
    let version = |object: &K| {
        object
            .resource_version()
            .and_then(|version| version.parse::<u64>().ok())
            .unwrap_or(0)
    };
    old.uid() != new.uid() || version(new) > version(old)
}

fn key_of<K: ResourceExt>(object: &K) -> ObjectKey {
    (object.namespace().unwrap_or_default(), object.name_any())
}

fn line_of(order: &ProvisioningOrder) -> LineKey {
    LineKey {
        namespace: order.namespace().unwrap_or_default(),
        type_name: order.spec.resource_type_ref.name.clone(),
        identifier: identity::line_of(order),
    }
}

fn owner_of_request(request: &AssignmentRequest) -> OwnerKey {
    let namespace = request.namespace().unwrap_or_default();
    (
        namespace,
        request.spec.resource_type_ref.name.clone(),
        request.spec.owner.id.clone(),
    )
}

fn owner_of_order(order: &ProvisioningOrder) -> OwnerKey {
    let namespace = order.namespace().unwrap_or_default();
    (
        namespace,
        order.spec.resource_type_ref.name.clone(),
        order.spec.owner.id.clone(),
    )
}

impl Index {
    /// Takes in a type; answers which work that makes.
    pub fn put_type(&mut self, object: ResourceType) -> HashSet<Key> {
        let key = key_of(&object);
        let object = Arc::new(object);
        let old = self.types.get(&key);
        if old.is_some_and(|old| !is_newer(old.object.as_ref(), object.as_ref())) {
            return HashSet::new();
        }
        let same_spec = old.filter(|old| {
            old.object.uid() == object.uid() && old.object.metadata.generation == object.metadata.generation
        });
        let mut woken = HashSet::from([Key::Type(key.clone())]);
        if let Some(old) = same_spec {
            let view = Arc::new(old.with_object(object));
            self.types.insert(key, view);
        } else {
            self.types.insert(key.clone(), Arc::new(inspect(object)));
            woken.extend(self.wake_type(&key));
        }
        woken
    }

    /// A type is gone.
    pub fn remove_type(&mut self, key: &ObjectKey) -> HashSet<Key> {
        if self.types.remove(key).is_none() {
            HashSet::new()
        } else {
            self.wake_type(key)
        }
    }

    fn wake_type(&mut self, key: &ObjectKey) -> HashSet<Key> {
        let live = |request: &&ObjectKey| {
            self.requests
                .get(*request)
                .is_some_and(|entry| !is_finished_request(&entry.object))
        };
        let requests: Vec<_> = self
            .type_requests
            .get(key)
            .into_iter()
            .flatten()
            .filter(live)
            .cloned()
            .collect();
        requests
            .iter()
            .flat_map(|request| self.relocate(request, true))
            .collect()
    }

    /// Takes in a request.
    pub fn put_request(&mut self, object: AssignmentRequest) -> HashSet<Key> {
        let key = key_of(&object);
        let object = Arc::new(object);
        let line = match self.requests.get(&key) {
            Some(old) if !is_newer(old.object.as_ref(), object.as_ref()) => return HashSet::new(),
            Some(old) if old.object.uid() == object.uid() => old.line.clone(),
            Some(_) => {
                self.forget_request(&key);
                None
            }
            None => None,
        };
        self.owner_requests
            .entry(owner_of_request(&object))
            .or_default()
            .insert(key.clone());
        let of_type = (key.0.clone(), object.spec.resource_type_ref.name.clone());
        self.type_requests.entry(of_type).or_default().insert(key.clone());
        self.requests.insert(key.clone(), RequestEntry { object, line });
        self.relocate(&key, true)
    }

    /// A request is gone.
    pub fn remove_request(&mut self, key: &ObjectKey) -> HashSet<Key> {
        self.forget_request(key).map(Key::Line).into_iter().collect()
    }

    fn forget_request(&mut self, key: &ObjectKey) -> Option<LineKey> {
        let entry = self.requests.remove(key)?;
        let of_type = (key.0.clone(), entry.object.spec.resource_type_ref.name.clone());
        if let Some(of_owner) = self.owner_requests.get_mut(&owner_of_request(&entry.object)) {
            of_owner.remove(key);
        }
        if let Some(of_type) = self.type_requests.get_mut(&of_type) {
            of_type.remove(key);
        }
        if let Some(line) = entry.line.as_ref().and_then(|line| self.lines.get_mut(line)) {
            line.requests.remove(&key.1);
        }
        entry.line
    }

    /// Finds a request's line again; answers the work that this makes (all of it when `always`).
    fn relocate(&mut self, key: &ObjectKey, always: bool) -> HashSet<Key> {
        let Some(snapshot) = self.request_snapshot(key, Timestamp::UNIX_EPOCH) else {
            return HashSet::new();
        };
        let line = locate(&snapshot).map(|identifier| LineKey {
            namespace: key.0.clone(),
            type_name: snapshot.request.spec.resource_type_ref.name.clone(),
            identifier,
        });
        let Some(entry) = self.requests.get_mut(key) else {
            return HashSet::new();
        };
        let old = std::mem::replace(&mut entry.line, line.clone());
        let mut woken = HashSet::new();
        if old != line {
            if let Some(old) = old {
                self.lines.entry(old.clone()).or_default().requests.remove(&key.1);
                woken.insert(Key::Line(old));
            }
            if let Some(line) = &line {
                self.lines
                    .entry(line.clone())
                    .or_default()
                    .requests
                    .insert(key.1.clone());
            }
        } else if !always {
            return woken;
        }
        woken.insert(line.map_or_else(|| Key::Request(key.clone()), Key::Line));
        woken
    }

    /// Takes in an order.
    pub fn put_order(&mut self, object: ProvisioningOrder) -> HashSet<Key> {
        let key = key_of(&object);
        if self
            .orders
            .get(&key)
            .is_some_and(|old| !is_newer(old.as_ref(), &object))
        {
            return HashSet::new();
        }
        let mut woken = self.remove_order(&key);
        let line = line_of(&object);
        let entry = self.lines.entry(line.clone()).or_default();
        entry.orders.insert(key.1.clone());
        entry.highest_sequence = entry.highest_sequence.max(object.spec.sequence);
        self.owner_lines
            .entry(owner_of_order(&object))
            .or_default()
            .insert(line);
        for carried in &object.spec.request_refs {
            self.carriers
                .entry(carried.uid.clone())
                .or_default()
                .insert(object.spec.sequence, key.clone());
        }
        let object = Arc::new(object);
        self.orders.insert(key, Arc::clone(&object));
        woken.extend(self.wake_order(&object));
        woken
    }

    /// An order is gone.
    pub fn remove_order(&mut self, key: &ObjectKey) -> HashSet<Key> {
        let freed = self
            .unreadable
            .remove(key, self.lines.keys())
            .into_iter()
            .map(Key::Line);
        let Some(object) = self.orders.remove(key) else {
            return freed.collect();
        };
        if let Some(entry) = self.lines.get_mut(&line_of(&object)) {
            entry.orders.remove(&key.1);
        }
        for carried in &object.spec.request_refs {
            if let Some(carriers) = self.carriers.get_mut(&carried.uid) {
                carriers.remove(&object.spec.sequence);
                if carriers.is_empty() {
                    self.carriers.remove(&carried.uid);
                }
            }
        }
        self.wake_order(&object)
    }

    /// An order wakes its line; requests of the same owner may now mean another resource.
    fn wake_order(&mut self, order: &ProvisioningOrder) -> HashSet<Key> {
        let mut requests: BTreeSet<ObjectKey> = self
            .owner_requests
            .get(&owner_of_order(order))
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        let namespace = order.namespace().unwrap_or_default();
        requests.extend(
            order
                .spec
                .request_refs
                .iter()
                .map(|carried| (namespace.clone(), carried.name.clone())),
        );
        let mut woken: HashSet<Key> = requests
            .iter()
            .flat_map(|request| self.relocate(request, false))
            .collect();
        woken.insert(Key::Line(line_of(order)));
        woken
    }

    /// Remembers that another line's order holds the name that this line needs next.
    pub fn note_name_conflict(&mut self, line: &LineKey, order: &ProvisioningOrder) {
        if line_of(order) != *line {
            self.lines.entry(line.clone()).or_default().name_conflict = Some(order.name_any());
        }
    }

    /// Keys of every known object of a kind, to find those that a new list no longer has.
    pub fn type_keys(&self) -> Vec<ObjectKey> {
        self.types.keys().cloned().collect()
    }

    /// See [`Self::type_keys`].
    pub fn request_keys(&self) -> Vec<ObjectKey> {
        self.requests.keys().cloned().collect()
    }

    /// See [`Self::type_keys`].
    pub fn order_keys(&self) -> Vec<ObjectKey> {
        self.orders.keys().chain(self.unreadable.keys()).cloned().collect()
    }

    /// Everything about one line.
    pub fn line_snapshot(&self, key: &LineKey, now: Timestamp) -> LineSnapshot {
        let entry = self.lines.get(key);
        let in_namespace = |name: &String| (key.namespace.clone(), name.clone());
        let orders = entry.into_iter().flat_map(|entry| &entry.orders);
        let requests = entry.into_iter().flat_map(|entry| &entry.requests);
        let conflict = entry.and_then(|entry| entry.name_conflict.clone());
        LineSnapshot {
            now,
            type_name: key.type_name.clone(),
            identifier: key.identifier.clone(),
            resource_type: self.types.get(&(key.namespace.clone(), key.type_name.clone())).cloned(),
            orders: orders
                .filter_map(|name| self.orders.get(&in_namespace(name)).cloned())
                .collect(),
            requests: requests
                .filter_map(|name| {
                    self.requests
                        .get(&in_namespace(name))
                        .map(|entry| Arc::clone(&entry.object))
                })
                .collect(),
            highest_sequence: entry.map_or(0, |entry| entry.highest_sequence),
            name_conflict: conflict.filter(|name| self.orders.contains_key(&(key.namespace.clone(), name.clone()))),
        }
    }

    /// One request.
    pub fn request_snapshot(&self, key: &ObjectKey, now: Timestamp) -> Option<RequestSnapshot> {
        let request = Arc::clone(&self.requests.get(key)?.object);
        let type_key = (key.0.clone(), request.spec.resource_type_ref.name.clone());
        let carriers = self.carriers.get(request.metadata.uid.as_deref().unwrap_or_default());
        let order = carriers.and_then(|carriers| carriers.values().next_back());
        let lines = self.owner_lines.get(&owner_of_request(&request)).into_iter().flatten();
        let holdings = lines.filter_map(|line| {
            let entry = self.lines.get(line)?;
            let orders = entry
                .orders
                .iter()
                .filter_map(|name| self.orders.get(&(key.0.clone(), name.clone())).cloned());
            let (owner, identifier) = holding(&orders.collect::<Vec<_>>())?;
            (owner == request.spec.owner.id).then_some(identifier)
        });
        Some(RequestSnapshot {
            now,
            resource_type: self.types.get(&type_key).cloned(),
            order: order.and_then(|order| self.orders.get(order).cloned()),
            holdings: holdings.collect(),
            request,
        })
    }

    /// One type.
    pub fn type_snapshot(&self, key: &ObjectKey, now: Timestamp) -> Option<TypeSnapshot> {
        self.types.get(key).map(|view| TypeSnapshot {
            now,
            resource_type: Arc::clone(view),
        })
    }
}
