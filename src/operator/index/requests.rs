//! Requests in the index: which line each belongs to, and what their events wake.

use super::body::{Body, News, lighten};
use super::census::census_of_body;
use super::key::{Key, LineKey, ObjectKey, Uid, key_of, owner_of_request};
use super::{Index, RequestEntry};
use handoff_core::api::AssignmentRequest;
use handoff_core::engine::{identity, is_finished_request, locate};
use jiff::Timestamp;
use std::collections::HashSet;
use std::sync::Arc;

impl Index {
    /// Takes in a request; answers which work that makes.
    pub fn put_request(&mut self, mut object: AssignmentRequest) -> HashSet<Key> {
        lighten(&mut object.metadata);
        let key = key_of(&object);
        if self.graves.holds(Uid::of_object(&object)) {
            return HashSet::new();
        }
        let mut woken = HashSet::new();
        let mut line = None;
        if let Some(old) = self.requests.of(&key) {
            let before = old.body.uid();
            match old.body.compare(&object) {
                News::Nothing => return HashSet::new(),
                News::Body => return self.fill_request(&key, object),
                News::Later => line = old.line.clone(),
                News::Another => woken.extend(self.remove_request(&key, before)),
            }
        }
        self.owner_requests.insert((owner_of_request(&object), key.clone()));
        self.remember_numbers(line.as_ref(), &object);
        let body = Body::kept(self.numbers.request_comes(&object), &object);
        if let Some(before) = self.requests.of(&key) {
            self.numbers.request_goes(&before.body);
        }
        self.requests.insert(&key, RequestEntry { body, line });
        woken.extend(self.relocate(&key, true));
        woken
    }

    /// The body of a request that was kept slim. The line keeps it while it is awake.
    fn fill_request(&mut self, key: &ObjectKey, object: AssignmentRequest) -> HashSet<Key> {
        if let Some(entry) = self.requests.get_mut(&key.0, &key.1) {
            self.numbers.requests.unpacks(&entry.body);
            entry.body = Body::kept(entry.body.place(), &object);
            if let Some(line) = entry.line.clone() {
                self.slim_down(&line);
            }
        }
        HashSet::new()
    }

    /// The request with this uid is gone.
    pub fn remove_request(&mut self, key: &ObjectKey, uid: Uid) -> HashSet<Key> {
        self.graves.bury(uid);
        let known = self.requests.of(key);
        if known.is_none_or(|entry| entry.body.uid() != uid) {
            return HashSet::new();
        }
        let Some(entry) = self.requests.remove(key) else {
            return HashSet::new();
        };
        self.numbers.request_goes(&entry.body);
        if let Some(request) = entry.body.full() {
            self.owner_requests.remove(&(owner_of_request(request), key.clone()));
            self.await_order(key, Some(request), false);
        }
        let Some(line) = entry.line else {
            return HashSet::new();
        };
        self.leave(&line, &key.1);
        self.wake_line(&line).into_iter().collect()
    }

    fn leave(&mut self, line: &LineKey, request: &str) {
        if let Some(entry) = self.lines.get_mut(line) {
            entry.requests.remove(request);
        }
    }

    /// Finds a request's line again; answers the work that this makes (all of it when `always`).
    pub(super) fn relocate(&mut self, key: &ObjectKey, always: bool) -> HashSet<Key> {
        let Some(entry) = self.requests.of(key) else {
            return HashSet::new();
        };
        let object = entry.body.full().cloned();
        let old = entry.line.clone();
        let new = self.locate(key);
        if old.as_deref() == new.as_ref() && !always {
            return HashSet::new();
        }
        let mut woken = HashSet::new();
        let new = new.map(|line| self.line(line).0);
        if old != new
            && let Some(old) = &old
        {
            self.leave(old, &key.1);
            woken.extend(self.wake_line(old));
        }
        let Some(entry) = self.requests.get_mut(&key.0, &key.1) else {
            return woken;
        };
        entry.line.clone_from(&new);
        self.await_order(key, object.as_deref(), new.is_none());
        match &new {
            Some(line) => {
                let name = self.requests.name(key);
                if let Some((entry, name)) = self.lines.get_mut(line).zip(name) {
                    entry.requests.add(name);
                }
                if let Some(object) = object {
                    self.remember_numbers(Some(line), &object);
                }
                woken.extend(self.wake_line(line));
            }
            None => {
                woken.insert(Key::Request(key.clone()));
            }
        }
        woken
    }

    /// A request whose line only the order says that it follows is looked for again when that order comes.
    fn await_order(&mut self, key: &ObjectKey, request: Option<&AssignmentRequest>, homeless: bool) {
        let status = request.and_then(|request| request.status.as_ref());
        if let Some(last) = status.and_then(|status| status.orders.last()) {
            let awaited = ((key.0.clone(), last.clone()), key.1.clone());
            if homeless {
                self.homeless.insert(awaited);
            } else {
                self.homeless.remove(&awaited);
            }
        }
    }

    /// Requests that look for the line of an order.
    pub(super) fn homeless_of(&self, order: &ObjectKey) -> Vec<ObjectKey> {
        let all = (order.clone(), String::new())..;
        let waiting = self.homeless.range(all).take_while(|(awaited, _)| awaited == order);
        waiting.map(|(_, name)| (order.0.clone(), name.clone())).collect()
    }

    /// The order that a request follows: the newest that it names, if that is there.
    pub(super) fn followed(&self, namespace: &str, request: &AssignmentRequest) -> Option<&super::OrderEntry> {
        let last = request.status.as_ref()?.orders.last()?;
        self.orders.get(namespace, last)
    }

    /// The line of the order that carries the request or that it follows, else what the engine says; a slim request stays where it is.
    fn locate(&self, key: &ObjectKey) -> Option<LineKey> {
        let entry = self.requests.of(key)?;
        if let Some(line) = self.carrier(entry.body.uid()) {
            return Some(LineKey::clone(line));
        }
        let Some(request) = entry.body.full() else {
            return entry.line.as_deref().cloned();
        };
        if let Some(followed) = self.followed(&key.0, request) {
            return Some(LineKey::clone(&followed.line));
        }
        let snapshot = self.request_snapshot(key, Timestamp::UNIX_EPOCH)?;
        locate(&snapshot).map(|identifier| LineKey {
            namespace: key.0.clone(),
            type_name: request.spec.resource_type_ref.name.clone(),
            identifier,
        })
    }

    /// The numbers of orders that a request names count as used, even when they are gone.
    fn remember_numbers(&mut self, line: Option<&Arc<LineKey>>, request: &AssignmentRequest) {
        if let Some(line) = line
            && let Some(entry) = self.lines.get_mut(line)
        {
            let last = identity::last_number(request, &line.type_name, &line.identifier);
            entry.highest_sequence = entry.highest_sequence.max(last);
        }
    }

    /// A type changed: its requests that are not finished may have healed or fallen ill, and so may open orders.
    pub(super) fn wake_type(&mut self, key: &ObjectKey) -> HashSet<Key> {
        let in_namespace = |name: &Arc<str>| (key.0.clone(), name.to_string());
        let of_type = |request: &AssignmentRequest| request.spec.resource_type_ref.name == key.1;
        let requests: Vec<ObjectKey> = self
            .requests
            .in_namespace(&key.0)
            .filter(|(_, entry)| {
                // One that has ended is looked for where nobody knew its line: it remembers the numbers of it.
                let request = entry.body.full().filter(|request| of_type(request));
                request.is_some_and(|request| entry.line.is_none() || !is_finished_request(request))
            })
            .map(|(name, _)| in_namespace(name))
            .collect();
        let lines: Vec<Arc<LineKey>> = self
            .orders
            .in_namespace(&key.0)
            .filter(|(_, entry)| entry.line.type_name == key.1)
            .filter(|(_, entry)| census_of_body(&entry.body).open > 0)
            .map(|(_, entry)| Arc::clone(&entry.line))
            .collect();
        let mut woken: HashSet<Key> = requests
            .iter()
            .flat_map(|request| self.relocate(request, true))
            .collect();
        woken.extend(lines.iter().filter_map(|line| self.wake_line(line)));
        woken
    }
}
