//! The operator as the model runs it: the real index and the real engine; the writes go to the model's world, in the
//! shell's order. It may stop between any two writes.

use crate::oracle::Oracle;
use crate::world::{Event, Kind, NAMESPACE, Refused, World};
use handoff::operator::index::{Gathered, Index, Key, LineKey, Missing, ObjectKey, Uid};
use handoff_core::api::AssignmentRequest;
use handoff_core::api::assignment_request::RequestedBy;
use handoff_core::engine::{
    LineDecision, NewOrder, OrderUpdate, Policies, RequestUpdate, ResourceChange, decide_line, decide_request,
    decide_type,
};
use kube::ResourceExt;
use std::collections::HashSet;

/// How a pass ended early.
#[derive(Debug)]
pub enum Broken {
    /// Somebody wrote first: the key is decided again.
    Stale,
    /// The process stopped.
    Crashed,
    /// A promise was broken.
    Violation(String),
}

#[derive(Default)]
pub struct Program {
    index: Index,
    pub queue: Vec<Key>,
    seen: [usize; 4],
    listed: [bool; 4],
    /// Writes of all passes.
    pub writes: usize,
    /// What was written last, for who reads a failure.
    pub last: String,
    /// Writes until the process stops.
    fuse: Option<u8>,
}

fn key(name: &str) -> ObjectKey {
    (NAMESPACE.to_owned(), name.to_owned())
}

impl Program {
    /// A process that has proven that the policies are in force, and has listed nothing yet.
    fn new(world: &World) -> Self {
        let mut program = Self::default();
        program.look_at_policies(world);
        program
    }

    /// The proof that the policies are in force, or not.
    pub fn look_at_policies(&mut self, world: &World) {
        let policies = if world.unguarded {
            Policies::NotInForce("the policy handoff-orders is absent".to_owned())
        } else {
            Policies::InForce
        };
        let woken = self.index.put_policies(policies);
        self.wake(woken);
    }

    /// A process that has listed everything.
    pub fn started(world: &mut World, turn: u8) -> Self {
        let mut program = Self::new(world);
        program.list_all(world, turn);
        program
    }

    pub fn list_all(&mut self, world: &mut World, turn: u8) {
        let start = usize::from(turn) % Kind::ALL.len();
        for offset in 0..Kind::ALL.len() {
            self.relist(world, Kind::ALL[(start + offset) % Kind::ALL.len()], turn);
        }
    }

    fn wake(&mut self, keys: HashSet<Key>) {
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_by_key(|key| format!("{key:?}"));
        for key in keys {
            if !self.queue.contains(&key) {
                self.queue.push(key);
            }
        }
    }

    fn take_in(&mut self, event: Event) {
        let woken = match event {
            Event::Type(object) => self.index.put_type(*object),
            Event::Request(object) => self.index.put_request(*object),
            Event::Order(object) => self.index.put_order(*object),
            Event::Resource(object) => self.index.put_resource(*object),
            Event::Gone(kind, name, uid) => self.gone(kind, &key(&name), uid),
        };
        self.wake(woken);
    }

    fn gone(&mut self, kind: Kind, key: &ObjectKey, uid: Uid) -> HashSet<Key> {
        match kind {
            Kind::Type => self.index.remove_type(key, uid),
            Kind::Request => self.index.remove_request(key, uid),
            Kind::Order => self.index.remove_order(key, uid),
            Kind::Resource => self.index.remove_resource(key, uid),
        }
    }

    /// Delivers the next events of one watch; the last of them twice.
    pub fn deliver(&mut self, world: &mut World, kind: Kind, many: usize) {
        let position = self.seen[kind as usize];
        let events: Vec<_> = world.log(kind).iter().skip(position).take(many).cloned().collect();
        self.seen[kind as usize] += events.len();
        let again = events.last().filter(|event| !matches!(event, Event::Gone(..))).cloned();
        for event in events.into_iter().chain(again) {
            self.take_in(event);
        }
    }

    /// The watch broke: everything is listed again, in some order, and what is not in the list is gone.
    pub fn relist(&mut self, world: &mut World, kind: Kind, turn: u8) {
        let (before, mut events): (Vec<(ObjectKey, Uid)>, Vec<Event>) = match kind {
            Kind::Type => (self.index.known_types(), all(&world.types, Event::Type)),
            Kind::Request => (self.index.known_requests(), all(&world.requests, Event::Request)),
            Kind::Order => (self.index.known_orders(), all(&world.orders, Event::Order)),
            Kind::Resource => (self.index.known_resources(), all(&world.resources, Event::Resource)),
        };
        let there: HashSet<Uid> = match kind {
            Kind::Type => world.types.values().map(Uid::of_object).collect(),
            Kind::Request => world.requests.values().map(Uid::of_object).collect(),
            Kind::Order => world.orders.values().map(Uid::of_object).collect(),
            Kind::Resource => world.resources.values().map(Uid::of_object).collect(),
        };
        if !events.is_empty() {
            let half = usize::from(turn) % events.len();
            events.rotate_left(half);
        }
        if turn % 2 == 1 {
            events.reverse();
        }
        for event in events {
            self.take_in(event);
        }
        for (gone, uid) in before.iter().filter(|(_, uid)| !there.contains(uid)) {
            let woken = self.gone(kind, gone, *uid);
            self.wake(woken);
        }
        self.seen[kind as usize] = world.log(kind).len();
        self.listed[kind as usize] = true;
    }

    /// Whether everything was listed once: only then are there passes.
    pub fn is_ready(&self) -> bool {
        !self.listed.contains(&false)
    }

    pub fn is_up_to_date(&self, world: &mut World) -> bool {
        Kind::ALL
            .iter()
            .all(|kind| self.seen[*kind as usize] == world.log(*kind).len())
    }

    /// One pass of one key of the queue; it waits until everything was listed once.
    pub fn pass(&mut self, world: &mut World, oracle: &mut Oracle, pick: u8, fuse: Option<u8>) -> Result<(), Broken> {
        if self.queue.is_empty() || !self.is_ready() {
            return Ok(());
        }
        let key = self.queue.remove(usize::from(pick) % self.queue.len());
        self.fuse = fuse;
        let before = self.writes;
        let ended = match &key {
            Key::Line(line) => self.line_pass(world, oracle, line),
            Key::Request(request) => self.request_pass(world, oracle, request),
            Key::Type(kind) => self.type_pass(world, oracle, kind),
            Key::Sync(_) => Ok(()),
        };
        match ended {
            Ok(()) if self.writes == before => Ok(()),
            Ok(()) | Err(Broken::Stale) => {
                self.wake(HashSet::from([key]));
                Ok(())
            }
            Err(Broken::Crashed) => {
                *self = Self::new(world);
                Ok(())
            }
            Err(Broken::Violation(why)) => Err(Broken::Violation(why)),
        }
    }

    fn line_pass(&mut self, world: &mut World, oracle: &mut Oracle, line: &LineKey) -> Result<(), Broken> {
        self.index.release(line);
        let decision = loop {
            match self.index.gather(line, world.now) {
                Gathered::Dormant | Gathered::Unreadable(_) => return Ok(()),
                Gathered::Whole(snapshot) => {
                    let decision = decide_line(&snapshot);
                    // Nobody else decides in between: what the snapshot says is still so.
                    match decision.slot {
                        Some(slot) if !self.index.reserve(line, slot, world.now) => {
                            return Err(Broken::Violation(format!(
                                "{line:?}: a {slot:?} went on without any room"
                            )));
                        }
                        Some(_) | None => break decision,
                    }
                }
                Gathered::Missing(missing) => self.fetch(world, missing),
            }
        };
        let LineDecision {
            resource,
            order_updates,
            new_order,
            request_updates,
            reports: _,
            wake_at: _,
            slot: _,
            new_requests,
        } = decision;
        if let Some(change) = resource {
            self.change_resource(world, oracle, change)?;
        }
        for update in &order_updates {
            self.write_order(world, oracle, update)?;
        }
        if let Some(new) = &new_order {
            self.make_order(world, oracle, line, new)?;
        }
        for request in new_requests {
            self.file_request(world, oracle, request)?;
        }
        for update in &request_updates {
            self.write_request(world, oracle, update)?;
        }
        Ok(())
    }

    /// Reads bodies as the shell does.
    fn fetch(&mut self, world: &World, missing: Missing) {
        let Missing { orders, requests } = missing;
        for (name, uid) in orders {
            let there = world.orders.get(&name).cloned();
            self.take_in(there.map_or(Event::Gone(Kind::Order, name, uid), |order| {
                Event::Order(Box::new(order))
            }));
        }
        for (name, uid) in requests {
            let there = world.requests.get(&name).cloned();
            self.take_in(there.map_or(Event::Gone(Kind::Request, name, uid), |r| Event::Request(Box::new(r))));
        }
    }

    fn request_pass(&mut self, world: &mut World, oracle: &mut Oracle, key: &ObjectKey) -> Result<(), Broken> {
        let Some(snapshot) = self.index.request_snapshot(key, world.now) else {
            return Ok(());
        };
        match &decide_request(&snapshot).update {
            Some(update) => self.write_request(world, oracle, update),
            None => Ok(()),
        }
    }

    fn type_pass(&mut self, world: &mut World, oracle: &mut Oracle, key: &ObjectKey) -> Result<(), Broken> {
        let Some(snapshot) = self.index.type_snapshot(key, world.now) else {
            return Ok(());
        };
        let Some(status) = decide_type(&snapshot).status else {
            return Ok(());
        };
        let seen = snapshot.resource_type.object.as_ref();
        let written = World::check(world.types.get(&key.1), seen).map(|()| {
            let mut object = seen.clone();
            object.status = Some(status);
            world.put_type(object)
        });
        let uid = Uid::of_object(seen);
        self.answered(world, oracle, (Kind::Type, &key.1, uid), written, Event::Type)
    }

    fn write_order(&mut self, world: &mut World, oracle: &mut Oracle, update: &OrderUpdate) -> Result<(), Broken> {
        let name = update.order.name_any();
        let written = World::check(world.orders.get(&name), update.order.as_ref()).map(|()| {
            let mut object = update.order.as_ref().clone();
            object.status = Some(update.status.clone());
            world.put_order(object)
        });
        let uid = Uid::of_object(update.order.as_ref());
        self.answered(world, oracle, (Kind::Order, &name, uid), written, Event::Order)
    }

    fn make_order(
        &mut self,
        world: &mut World,
        oracle: &mut Oracle,
        line: &LineKey,
        new: &NewOrder,
    ) -> Result<(), Broken> {
        oracle.may_be_made(world, line, &new.order).map_err(Broken::Violation)?;
        let name = new.order.name_any();
        let made = world.create_order(new.order.clone());
        if made == Err(Refused::AlreadyExists)
            && let Some(there) = world.orders.get(&name)
        {
            self.index.note_name_conflict(line, there);
        }
        let seen = made.as_ref().ok().cloned();
        let uid = Uid::of("");
        self.answered(world, oracle, (Kind::Order, &name, uid), made, Event::Order)?;
        let Some(order) = seen else { return Ok(()) };
        let update = OrderUpdate {
            order: std::sync::Arc::new(order),
            status: new.status.clone(),
        };
        self.write_order(world, oracle, &update)
    }

    /// A request of the operator's own; one that is there already was filed before.
    fn file_request(
        &mut self,
        world: &mut World,
        oracle: &mut Oracle,
        mut request: AssignmentRequest,
    ) -> Result<(), Broken> {
        let name = request.name_any();
        request.spec.requested_by = Some(RequestedBy {
            username: "handoff".to_owned(),
            ..RequestedBy::default()
        });
        let cause = request.spec.caused_by.clone();
        if let Some(there) = world.requests.get(&name).filter(|there| there.spec.caused_by == cause) {
            self.take_in(Event::Request(Box::new(there.clone())));
            return Ok(());
        }
        let made = world.create_request(request);
        self.answered(world, oracle, (Kind::Request, &name, Uid::of("")), made, Event::Request)
    }

    fn write_request(&mut self, world: &mut World, oracle: &mut Oracle, update: &RequestUpdate) -> Result<(), Broken> {
        let name = update.request.name_any();
        oracle.may_be_said(world, update).map_err(Broken::Violation)?;
        let written = World::check(world.requests.get(&name), update.request.as_ref()).map(|()| {
            let mut object = update.request.as_ref().clone();
            object.status = Some(update.status.clone());
            world.put_request(object)
        });
        let uid = Uid::of_object(update.request.as_ref());
        self.answered(world, oracle, (Kind::Request, &name, uid), written, Event::Request)
    }

    fn change_resource(
        &mut self,
        world: &mut World,
        oracle: &mut Oracle,
        change: ResourceChange,
    ) -> Result<(), Broken> {
        let (name, uid, written) = match change {
            ResourceChange::Create(made) => (made.name_any(), Uid::of(""), world.create_resource(made)),
            ResourceChange::Replace { before, after } => {
                let name = before.name_any();
                let fresh = World::check(world.resources.get(&name), before.as_ref());
                (
                    name,
                    Uid::of_object(before.as_ref()),
                    fresh.map(|()| world.put_resource(after)),
                )
            }
            ResourceChange::Delete(before) => {
                let name = before.name_any();
                match World::check(world.resources.get(&name), before.as_ref()) {
                    Ok(()) | Err(Refused::NotFound) => {
                        world.remove_resource(&name);
                        let woken = self.index.remove_resource(&key(&name), Uid::of_object(before.as_ref()));
                        self.wake(woken);
                        return self.spend(world, oracle);
                    }
                    Err(refused) => (name, Uid::of_object(before.as_ref()), Err(refused)),
                }
            }
        };
        self.answered(world, oracle, (Kind::Resource, &name, uid), written, Event::Resource)
    }

    /// The answer of a write enters the index; so does what is there, where somebody wrote first.
    fn answered<T>(
        &mut self,
        world: &mut World,
        oracle: &mut Oracle,
        (kind, name, uid): (Kind, &str, Uid),
        written: Result<T, Refused>,
        event: impl Fn(Box<T>) -> Event,
    ) -> Result<(), Broken> {
        match written {
            Ok(object) => {
                let event = event(Box::new(object));
                self.last = event.to_string();
                self.take_in(event);
                self.spend(world, oracle)
            }
            Err(refused) => {
                let there = match kind {
                    Kind::Type => world
                        .types
                        .get(name)
                        .cloned()
                        .map(|object| Event::Type(Box::new(object))),
                    Kind::Request => world
                        .requests
                        .get(name)
                        .cloned()
                        .map(|object| Event::Request(Box::new(object))),
                    Kind::Order => world
                        .orders
                        .get(name)
                        .cloned()
                        .map(|object| Event::Order(Box::new(object))),
                    Kind::Resource => world
                        .resources
                        .get(name)
                        .cloned()
                        .map(|object| Event::Resource(Box::new(object))),
                };
                assert!(refused != Refused::NotFound || there.is_none());
                self.take_in(there.unwrap_or_else(|| Event::Gone(kind, name.to_owned(), uid)));
                Err(Broken::Stale)
            }
        }
    }

    fn spend(&mut self, world: &World, oracle: &mut Oracle) -> Result<(), Broken> {
        self.writes += 1;
        oracle.look(world).map_err(Broken::Violation)?;
        match self.fuse {
            Some(0) => Err(Broken::Crashed),
            Some(left) => {
                self.fuse = Some(left - 1);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

fn all<K: Clone, B: Ord>(objects: &std::collections::BTreeMap<B, K>, event: impl Fn(Box<K>) -> Event) -> Vec<Event> {
    objects
        .values()
        .cloned()
        .map(|object| event(Box::new(object)))
        .collect()
}
