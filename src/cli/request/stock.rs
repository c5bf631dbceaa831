//! What the cluster knows, as far as a request of one type is about it; and what the engine gets to see of that. Pure.

use handoff_core::api::{
    AssignmentRequest, ManagedResource, Operation, ProvisioningOrder, ResourceType, Synchronization,
};
use handoff_core::engine::observed::Inventory;
use handoff_core::engine::types::{self, TypeView};
use handoff_core::engine::{
    LineSnapshot, Policies, Preview, RequestSnapshot, Room, circle, holding, identity, locate, preview,
};
use jiff::Timestamp;
use kube::ResourceExt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Type and folded identifier.
type Key = (String, String);

/// What is known.
#[derive(Debug, Default)]
pub(in crate::cli) struct Stock {
    /// Types by name.
    pub types: BTreeMap<String, Arc<TypeView>>,
    orders: BTreeMap<Key, Vec<Arc<ProvisioningOrder>>>,
    resources: BTreeMap<Key, Arc<ManagedResource>>,
    placed: BTreeMap<Key, Vec<Arc<AssignmentRequest>>>,
    /// Names of requests that are known.
    requests: BTreeSet<String>,
    inventories: BTreeMap<String, Arc<Inventory>>,
    /// The newest order of a request, by its uid.
    carrying: BTreeMap<String, Arc<ProvisioningOrder>>,
    /// Identifiers by type and owner.
    holdings: BTreeMap<Key, Vec<String>>,
}

/// The types of a namespace, each with the circle that it is part of.
pub(in crate::cli) fn views(kinds: Vec<ResourceType>) -> BTreeMap<String, Arc<TypeView>> {
    let needs = |kind: &ResourceType| kind.spec.depends_on.iter().map(|on| on.name.clone()).collect();
    let dependencies = kinds.iter().map(|kind| (kind.name_any(), needs(kind))).collect();
    let mut circles = circle::find(&dependencies);
    let view = |kind: ResourceType| {
        let name = kind.name_any();
        let view = types::inspect(Arc::new(kind)).with_circle(circles.remove(&name));
        (name, Arc::new(view))
    };
    kinds.into_iter().map(view).collect()
}

impl Stock {
    /// Nothing is known but the types.
    pub(in crate::cli) fn of(types: BTreeMap<String, Arc<TypeView>>, snapshots: &[Synchronization]) -> Self {
        let mut by_type: BTreeMap<&str, Vec<&Synchronization>> = BTreeMap::new();
        for snapshot in snapshots {
            by_type
                .entry(&snapshot.spec.resource_type_ref.name)
                .or_default()
                .push(snapshot);
        }
        // A type that trusts people has its inventory from them.
        let counts = |kind: &str| types.get(kind).is_some_and(|view| !view.object.spec.trusts_people());
        let inventories = by_type.into_iter().filter(|(kind, _)| counts(kind));
        let inventories = inventories.map(|(kind, all)| (kind.to_owned(), Arc::new(Inventory::of(all))));
        Self {
            inventories: inventories.collect(),
            types,
            ..Self::default()
        }
    }

    /// Takes in what was read; what is there already is replaced.
    pub(in crate::cli) fn add(&mut self, orders: Vec<ProvisioningOrder>, resources: Vec<ManagedResource>) {
        for order in orders {
            let key = (order.spec.resource_type_ref.name.clone(), identity::line_of(&order));
            let line = self.orders.entry(key).or_default();
            line.retain(|known| known.metadata.name != order.metadata.name);
            let order = Arc::new(order);
            for reference in &order.spec.request_refs {
                let known = self.carrying.get(&reference.uid);
                if known.is_none_or(|known| known.spec.sequence <= order.spec.sequence) {
                    self.carrying.insert(reference.uid.clone(), Arc::clone(&order));
                }
            }
            line.push(order);
        }
        for resource in resources {
            let key = self.key(&resource.spec.resource_type_ref.name, &resource.spec.identifier);
            self.resources.insert(key, Arc::new(resource));
        }
        self.holdings.clear();
        let keys: BTreeSet<&Key> = self.orders.keys().chain(self.resources.keys()).collect();
        for key in keys {
            let orders = self.orders.get(key).map(Vec::as_slice).unwrap_or_default();
            if let Some((owner, identifier)) = holding(orders, self.resources.get(key), &self.inventory(&key.0)) {
                let held = self.holdings.entry((key.0.clone(), owner)).or_default();
                held.push(identifier);
            }
        }
    }

    /// Takes in requests, oldest first where several are of one line. It comes after what they are about.
    pub(in crate::cli) fn add_requests(&mut self, requests: Vec<AssignmentRequest>, now: Timestamp) {
        for request in requests {
            self.place(Arc::new(request), now);
        }
    }

    /// The same for one.
    pub(in crate::cli) fn place(&mut self, request: Arc<AssignmentRequest>, now: Timestamp) {
        let uid = request.metadata.uid.as_deref().unwrap_or_default();
        let snapshot = RequestSnapshot {
            order: self.carrying.get(uid).cloned(),
            ..self.about(&request, now)
        };
        if self.requests.insert(request.name_any())
            && let Some(folded) = locate(&snapshot)
        {
            let key = (request.spec.resource_type_ref.name.clone(), folded);
            self.placed.entry(key).or_default().push(request);
        }
    }

    /// Where a request that is not filed yet belongs to: the folded identifier.
    pub(in crate::cli) fn line_of(&self, request: &Arc<AssignmentRequest>, now: Timestamp) -> Option<String> {
        locate(&self.about(request, now))
    }

    /// Names of requests that orders of a line speak of and that are not known.
    pub(in crate::cli) fn unknown_requests(&self, kind: &str, folded: &str) -> BTreeSet<String> {
        let orders = self.orders.get(&(kind.to_owned(), folded.to_owned()));
        let references = orders.into_iter().flatten().flat_map(|order| &order.spec.request_refs);
        let names = references.map(|reference| reference.name.clone());
        names.filter(|name| !self.requests.contains(name)).collect()
    }

    /// Identifiers of what an owner has of a type.
    pub(in crate::cli) fn held_by(&self, kind: &str, owner: &str) -> Vec<String> {
        let key = (kind.to_owned(), owner.to_owned());
        self.holdings.get(&key).cloned().unwrap_or_default()
    }

    /// What a request would come to.
    pub(in crate::cli) fn preview(&self, request: &Arc<AssignmentRequest>, now: Timestamp) -> Preview {
        preview(&self.about(request, now), |folded| self.line(request, folded, now))
    }

    fn about(&self, request: &Arc<AssignmentRequest>, now: Timestamp) -> RequestSnapshot {
        let kind = &request.spec.resource_type_ref.name;
        let holdings = match request.spec.operation {
            Operation::Create => Vec::new(),
            Operation::Update | Operation::Delete => self.held_by(kind, &request.spec.owner.id),
        };
        RequestSnapshot {
            now,
            policies: Arc::new(Policies::InForce),
            resource_type: self.types.get(kind).cloned(),
            order: None,
            holdings,
            request: Arc::clone(request),
        }
    }

    fn line(&self, request: &AssignmentRequest, folded: &str, now: Timestamp) -> LineSnapshot {
        let kind = &request.spec.resource_type_ref.name;
        let key = (kind.clone(), folded.to_owned());
        let view = self.types.get(kind);
        let needed = view.into_iter().flat_map(|view| &view.object.spec.depends_on);
        let requests = self.placed.get(&key).cloned().unwrap_or_default();
        let owners: BTreeSet<&String> = requests.iter().map(|known| &known.spec.owner.id).collect();
        let owners: BTreeSet<&String> = owners.into_iter().chain([&request.spec.owner.id]).collect();
        let pairs = needed.flat_map(|on| owners.iter().map(|owner| ((*owner).clone(), on.name.clone())));
        let held = pairs.filter(|(owner, kind)| !self.held_by(kind, owner).is_empty());
        LineSnapshot {
            now,
            type_name: kind.clone(),
            identifier: folded.to_owned(),
            policies: Arc::new(Policies::InForce),
            resource_type: view.cloned(),
            orders: self.orders.get(&key).cloned().unwrap_or_default(),
            held: held.collect(),
            requests,
            resource: self.resources.get(&key).cloned(),
            inventory: self.inventory(kind),
            highest_sequence: 0,
            name_conflict: None,
            // What thresholds leave is known to nobody but the operator.
            room: Room::default(),
        }
    }

    fn inventory(&self, kind: &str) -> Arc<Inventory> {
        self.inventories.get(kind).cloned().unwrap_or_default()
    }

    fn key(&self, kind: &str, identifier: &str) -> Key {
        let insensitive = self.types.get(kind).is_none_or(|view| view.case_insensitive());
        (kind.to_owned(), identity::fold(identifier, insensitive))
    }
}
