//! The operator as the model runs it: the real index and the real engine, woken as the shell wakes them. What a pass
//! writes is in `writes`.

use crate::oracle::Oracle;
use crate::world::{Event, KINDS, Kind, NAMESPACE, World};
use handoff::operator::index::{Gathered, Index, Key, LineKey, Missing, ObjectKey, Uid};
use handoff_core::engine::{Policies, decide_line, decide_request, decide_type, identity};
use jiff::Timestamp;
use kube::ResourceExt;
use std::collections::{HashMap, HashSet};

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
    pub(crate) index: Index,
    pub queue: Vec<Key>,
    /// When keys are to be decided again although nothing happens.
    alarms: HashMap<Key, Timestamp>,
    seen: [usize; KINDS],
    listed: [bool; KINDS],
    /// Writes of all passes.
    pub writes: usize,
    /// How often a request of the operator's own was to be filed.
    pub filings: usize,
    /// What was written last, for who reads a failure.
    pub last: String,
    /// Writes until the process stops.
    pub(crate) fuse: Option<u8>,
}

pub fn key(name: &str) -> ObjectKey {
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

    pub fn wake(&mut self, keys: HashSet<Key>) {
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_by_key(|key| format!("{key:?}"));
        for key in keys {
            if !self.queue.contains(&key) {
                self.queue.push(key);
            }
        }
    }

    pub fn take_in(&mut self, event: Event) {
        let woken = match event {
            Event::Type(object) => self.index.put_type(*object),
            Event::Request(object) => self.index.put_request(*object),
            Event::Order(object) => self.index.put_order(*object),
            Event::Resource(object) => self.index.put_resource(*object),
            Event::Synchronization(object) => self.index.put_synchronization(*object),
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
            Kind::Synchronization => self.index.remove_synchronization(key, uid),
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
            Kind::Synchronization => (
                self.index.known_synchronizations(),
                all(&world.synchronizations, Event::Synchronization),
            ),
        };
        let there: HashSet<Uid> = match kind {
            Kind::Type => world.types.values().map(Uid::of_object).collect(),
            Kind::Request => world.requests.values().map(Uid::of_object).collect(),
            Kind::Order => world.orders.values().map(Uid::of_object).collect(),
            Kind::Resource => world.resources.values().map(Uid::of_object).collect(),
            Kind::Synchronization => world.synchronizations.values().map(Uid::of_object).collect(),
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
        self.ring(world.now);
        if self.queue.is_empty() || !self.is_ready() {
            return Ok(());
        }
        let key = self.queue.remove(usize::from(pick) % self.queue.len());
        self.alarms.remove(&key);
        self.fuse = fuse;
        let before = self.writes;
        let ended = match &key {
            Key::Line(line) => self.line_pass(world, oracle, line),
            Key::Request(request) => self.request_pass(world, oracle, request),
            Key::Type(kind) => self.type_pass(world, oracle, kind),
            Key::Sync(synchronization) => self.synchronization_pass(world, oracle, synchronization),
        };
        match ended {
            Ok(wake_at) if self.writes == before => {
                self.alarms.extend(wake_at.map(|at| (key, at)));
                Ok(())
            }
            Ok(_) | Err(Broken::Stale) => {
                self.wake(HashSet::from([key]));
                Ok(())
            }
            Err(Broken::Crashed) => {
                oracle.proofs.restarted(world);
                *self = Self::new(world);
                Ok(())
            }
            Err(Broken::Violation(why)) => Err(Broken::Violation(why)),
        }
    }

    /// Wakes what was to be woken by now.
    pub fn ring(&mut self, now: Timestamp) {
        let due = self.alarms.iter().filter(|(_, at)| **at <= now);
        let due: HashSet<Key> = due.map(|(key, _)| key.clone()).collect();
        self.alarms.retain(|key, _| !due.contains(key));
        self.wake(due);
    }

    /// When something is woken next.
    pub fn next_alarm(&self) -> Option<Timestamp> {
        self.alarms.values().min().copied()
    }

    /// Wakes everything that there is, as a restart does.
    pub fn wake_everything(&mut self, world: &World) {
        let orders = world.orders.values().map(|order| Key::Line(LineKey::of_order(order)));
        let requests = world.requests.values().flat_map(|request| {
            let at = request.status.as_ref().and_then(|status| status.resource.as_ref());
            let line = at.map(|at| LineKey {
                namespace: NAMESPACE.to_owned(),
                type_name: request.spec.resource_type_ref.name.clone(),
                identifier: identity::fold(&at.identifier, true),
            });
            line.map(Key::Line)
                .into_iter()
                .chain([Key::Request(key(&request.name_any()))])
        });
        let types = world.types.keys().map(|name| Key::Type(key(name)));
        let synchronizations = world.synchronizations.keys().map(|name| Key::Sync(key(name)));
        let all = orders.chain(requests).chain(types).chain(synchronizations).collect();
        self.wake(all);
    }

    fn line_pass(
        &mut self,
        world: &mut World,
        oracle: &mut Oracle,
        line: &LineKey,
    ) -> Result<Option<Timestamp>, Broken> {
        self.index.release(line);
        let decision = loop {
            match self.index.gather(line, world.now) {
                Gathered::Dormant | Gathered::Unreadable(_) => return Ok(None),
                Gathered::Whole(snapshot) => {
                    let decision = decide_line(&snapshot);
                    oracle
                        .may_be_decided(world, &snapshot, &decision)
                        .map_err(Broken::Violation)?;
                    // Nobody else decides in between: what the snapshot says is still so.
                    match decision.slot {
                        Some(slot) if !self.index.reserve(line, slot, world.now) => {
                            return Err(Broken::Violation(format!(
                                "{line:?}: a {slot:?} goes on without any room"
                            )));
                        }
                        Some(_) | None => break decision,
                    }
                }
                Gathered::Missing(missing) => self.fetch(world, missing),
            }
        };
        let wake_at = decision.wake_at;
        self.apply(world, oracle, line, decision)?;
        Ok(wake_at)
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

    fn request_pass(
        &mut self,
        world: &mut World,
        oracle: &mut Oracle,
        key: &ObjectKey,
    ) -> Result<Option<Timestamp>, Broken> {
        let Some(snapshot) = self.index.request_snapshot(key, world.now) else {
            return Ok(None);
        };
        let decision = decide_request(&snapshot);
        if let Some(update) = &decision.update {
            self.write_request(world, oracle, update)?;
        }
        Ok(decision.wake_at)
    }

    fn type_pass(
        &mut self,
        world: &mut World,
        oracle: &mut Oracle,
        key: &ObjectKey,
    ) -> Result<Option<Timestamp>, Broken> {
        let Some(snapshot) = self.index.type_snapshot(key, world.now) else {
            return Ok(None);
        };
        let decision = decide_type(&snapshot);
        let Some(status) = decision.status else {
            return Ok(decision.wake_at);
        };
        let seen = snapshot.resource_type.object.as_ref();
        let written = World::check(world.types.get(&key.1), seen).map(|()| {
            let mut object = seen.clone();
            object.status = Some(status);
            world.put_type(object)
        });
        let uid = Uid::of_object(seen);
        self.answered(world, oracle, (Kind::Type, &key.1, uid), written, Event::Type)?;
        Ok(decision.wake_at)
    }
}

fn all<K: Clone, B: Ord>(objects: &std::collections::BTreeMap<B, K>, event: impl Fn(Box<K>) -> Event) -> Vec<Event> {
    objects
        .values()
        .cloned()
        .map(|object| event(Box::new(object)))
        .collect()
}
