//! How many orders and requests there are by type, entity and state, counted as they come and go, for `/metrics`: what a
//! scrape reads does not grow with the number of objects. It decides nothing.

use super::Index;
use super::body::{Body, OrderBody, RequestBody};
use super::key::{LineKey, ObjectKey, key_of};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, ProvisioningState};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// Objects in each state, in the order of [`ProvisioningState::ALL`].
pub type States = [u64; ProvisioningState::ALL.len()];

/// So many bits of a [`Place`] say the state.
const STATE_BITS: u32 = 4;

/// Where an object is counted: the number of its cell, and its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u32);

impl Place {
    fn new(cell: usize, state: ProvisioningState) -> Self {
        // So many cells take more memory than there is.
        let cell = u32::try_from(cell).unwrap_or_default();
        Self(cell << STATE_BITS | u32::try_from(place_of(state)).unwrap_or_default())
    }

    fn cell(self) -> usize {
        (self.0 >> STATE_BITS) as usize
    }

    fn state(self) -> usize {
        (self.0 & ((1 << STATE_BITS) - 1)) as usize
    }
}

fn place_of(state: ProvisioningState) -> usize {
    let place = ProvisioningState::ALL.iter().position(|known| *known == state);
    place.unwrap_or_default()
}

/// Type, and kind of the thing that is provisioned.
type Group = (ObjectKey, String);

/// Objects of one kind, counted by group and state.
#[derive(Debug, Default)]
pub(super) struct Cells {
    numbers: HashMap<Group, usize>,
    cells: Vec<(Group, States)>,
    free: Vec<usize>,
    /// How many of them are kept as a few facts.
    pub(super) packed: usize,
}

impl Cells {
    fn enter(&mut self, group: Group, state: ProvisioningState) -> Place {
        let cell = match self.numbers.get(&group) {
            Some(cell) => *cell,
            None => {
                let cell = self.free.pop().unwrap_or(self.cells.len());
                self.numbers.insert(group.clone(), cell);
                if cell == self.cells.len() {
                    self.cells.push((group, States::default()));
                } else {
                    self.cells[cell] = (group, States::default());
                }
                cell
            }
        };
        let place = Place::new(cell, state);
        self.cells[cell].1[place.state()] += 1;
        place
    }

    /// A group of which nothing is left is forgotten: anybody may ask for types that do not exist.
    fn leave(&mut self, place: Place) {
        let (group, states) = &mut self.cells[place.cell()];
        states[place.state()] -= 1;
        if *states == States::default() {
            self.numbers.remove(group);
            *group = Group::default();
            self.free.push(place.cell());
        }
    }

    /// What was kept as facts is kept whole again, or is gone.
    pub(super) fn unpacks<T, F>(&mut self, body: &Body<T, F>) {
        match body {
            Body::Full(..) => {}
            Body::Slim(..) => self.packed -= 1,
        }
    }

    fn populations(&self) -> impl Iterator<Item = &(Group, States)> {
        self.numbers.values().map(|cell| &self.cells[*cell])
    }
}

/// What is counted.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) orders: Cells,
    pub(super) requests: Cells,
    /// When those that wait with people were handed over, by type.
    waiting: HashMap<ObjectKey, BTreeMap<Timestamp, u64>>,
}

impl Counts {
    pub(super) fn order_comes(&mut self, order: &ProvisioningOrder) -> Place {
        let kind = LineKey::of_order(order).type_key();
        if let Some(at) = handed_over(order) {
            *self.waiting.entry(kind.clone()).or_default().entry(at).or_default() += 1;
        }
        let state = order.status.as_ref().and_then(|status| status.state);
        let entity = order.spec.target_entity_type.clone().unwrap_or_default();
        self.orders.enter((kind, entity), state.unwrap_or_default())
    }

    pub(super) fn order_goes(&mut self, line: &LineKey, body: &OrderBody) {
        self.orders.leave(body.place());
        self.orders.unpacks(body);
        // What waits with people is kept whole.
        if let Some(at) = body.full().and_then(|order| handed_over(order)) {
            self.waits_no_more(&line.type_key(), at);
        }
    }

    fn waits_no_more(&mut self, kind: &ObjectKey, at: Timestamp) {
        let Some(of_kind) = self.waiting.get_mut(kind) else {
            return;
        };
        if let Some(many) = of_kind.get_mut(&at) {
            *many -= 1;
            if *many == 0 {
                of_kind.remove(&at);
            }
        }
        if of_kind.is_empty() {
            self.waiting.remove(kind);
        }
    }

    pub(super) fn request_comes(&mut self, request: &AssignmentRequest) -> Place {
        let kind = (key_of(request).0, request.spec.resource_type_ref.name.clone());
        let state = request.status.as_ref().and_then(|status| status.provisioning_state);
        self.requests.enter((kind, String::new()), state.unwrap_or_default())
    }

    pub(super) fn request_goes(&mut self, body: &RequestBody) {
        self.requests.leave(body.place());
        self.requests.unpacks(body);
    }
}

/// Since when people have had an order that they have not answered.
fn handed_over(order: &ProvisioningOrder) -> Option<Timestamp> {
    let status = order.status.as_ref()?;
    let waits = status.state == Some(ProvisioningState::Transmitted);
    waits.then_some(status.transmitted_at.as_ref()?.0)
}

/// Objects of one type and entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Population {
    /// Namespace.
    pub namespace: String,
    /// Name of the ResourceType; `None`: there is none of that name.
    pub type_name: Option<String>,
    /// Kind of the thing that is provisioned; empty where the type says none, and for requests.
    pub entity: String,
    /// How many are in each state.
    pub states: States,
}

/// How many objects of one kind are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The kind.
    pub kind: &'static str,
    /// Those that are kept whole.
    pub live: usize,
    /// Those that are kept packed, or as a few facts.
    pub packed: usize,
}

/// What the index knows, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Orders; of every type that there is, and of those that are gone but have orders.
    pub orders: Vec<Population>,
    /// Requests; those for types that do not exist are one population of each namespace.
    pub requests: Vec<Population>,
    /// Orders past their due time, by type.
    pub overdue: Vec<(ObjectKey, i64)>,
    /// When the oldest order that waits with people was handed over, by type; `None`: none waits.
    pub oldest: Vec<(ObjectKey, Option<Timestamp>)>,
    /// Objects by kind.
    pub known: Vec<Known>,
    /// Orders that are there but cannot be read.
    pub unreadable: usize,
}

impl Index {
    /// What there is, in numbers.
    pub fn numbers(&self) -> Numbers {
        Numbers {
            orders: self.orders_counted(),
            requests: self.requests_counted(),
            overdue: self.by_type(|kind| self.census.of(kind).overdue, self.census.keys()),
            oldest: self.by_type(
                |kind| self.numbers.waiting.get(kind)?.keys().next().copied(),
                self.numbers.waiting.keys(),
            ),
            known: self.known(),
            unreadable: self.unreadable.len(),
        }
    }

    /// Something about every type, and about these that may be gone.
    fn by_type<'a, T>(
        &'a self,
        tell: impl Fn(&ObjectKey) -> T,
        more: impl Iterator<Item = &'a ObjectKey>,
    ) -> Vec<(ObjectKey, T)> {
        let gone = more.filter(|kind| !self.types.contains_key(kind));
        let all = self.types.keys().chain(gone);
        all.map(|kind| (kind.clone(), tell(kind))).collect()
    }

    fn orders_counted(&self) -> Vec<Population> {
        let mut all: BTreeMap<Group, States> = BTreeMap::new();
        for (kind, view) in &self.types {
            let entity = view.object.spec.target_entity_type.clone().unwrap_or_default();
            all.insert((kind.clone(), entity), States::default());
        }
        all.extend(self.numbers.orders.populations().cloned());
        let of = |(((namespace, name), entity), states)| Population {
            namespace,
            type_name: Some(name),
            entity,
            states,
        };
        all.into_iter().map(of).collect()
    }

    fn requests_counted(&self) -> Vec<Population> {
        let mut all: BTreeMap<(String, Option<String>), States> = BTreeMap::new();
        for (namespace, name) in self.types.keys() {
            all.insert((namespace.clone(), Some(name.clone())), States::default());
        }
        for ((kind, _), states) in self.numbers.requests.populations() {
            let name = self.types.contains_key(kind).then(|| kind.1.clone());
            let sum = all.entry((kind.0.clone(), name)).or_default();
            sum.iter_mut().zip(states).for_each(|(sum, many)| *sum += many);
        }
        let of = |((namespace, type_name), states)| Population {
            namespace,
            type_name,
            entity: String::new(),
            states,
        };
        all.into_iter().map(of).collect()
    }

    fn known(&self) -> Vec<Known> {
        let Self { orders, requests, .. } = self;
        let (packed_orders, packed_requests) = (self.numbers.orders.packed, self.numbers.requests.packed);
        let known = |kind, live, packed| Known { kind, live, packed };
        vec![
            known("ResourceType", self.types.len(), 0),
            known("AssignmentRequest", requests.len() - packed_requests, packed_requests),
            known("ProvisioningOrder", orders.len() - packed_orders, packed_orders),
            known("ManagedResource", 0, self.resources.len()),
            known("Synchronization", self.synchronizations.len(), 0),
        ]
    }

    /// Whether there is a type of this name.
    pub fn has_type(&self, kind: &ObjectKey) -> bool {
        self.types.contains_key(kind)
    }
}
