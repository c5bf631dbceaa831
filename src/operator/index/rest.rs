//! Lines at rest: their objects are kept slim, and their bodies are missing when something wakes the line.

use super::Index;
use super::body::{Body, OrderRest, Slim, Whose};
use super::key::{LineKey, ObjectKey, Uid, owner_of_request};
use handoff_core::engine::LineSnapshot;
use handoff_core::engine::dormant::{RequestFacts, dormant};
use jiff::Timestamp;
use std::sync::Arc;

/// What there is to decide on.
#[derive(Clone, Debug)]
pub enum Gathered {
    /// The line is at rest: nothing to decide.
    Dormant,
    /// These bodies are wanted first; give each to `put_order` or `put_request`, or remove what is gone.
    Missing(Missing),
    /// This order of the line cannot be read: nobody can know what to do.
    Unreadable(String),
    /// Everything about the line.
    Whole(Box<LineSnapshot>),
}

/// Objects of which only facts are kept, by name, with the uid that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Orders.
    pub orders: Vec<(String, Uid)>,
    /// Requests.
    pub requests: Vec<(String, Uid)>,
}

impl Index {
    /// Everything about one line, or what is missing to say it.
    pub fn gather(&self, line: &LineKey, now: Timestamp) -> Gathered {
        if self.is_dormant(line) {
            return Gathered::Dormant;
        }
        if let Some(order) = self.unreadable.order_of(line) {
            return Gathered::Unreadable(order.to_owned());
        }
        let missing = self.missing(line);
        if missing == Missing::default() {
            Gathered::Whole(Box::new(self.line_snapshot(line, now)))
        } else {
            Gathered::Missing(missing)
        }
    }

    /// Bodies that are not kept. A request that has ended needs none: only its numbers count, which the line keeps.
    fn missing(&self, line: &LineKey) -> Missing {
        let entry = self.lines.get(line);
        let orders = entry
            .into_iter()
            .flat_map(|entry| entry.orders.iter())
            .filter_map(|name| {
                let body = &self.orders.get(&line.namespace, name)?.body;
                body.full().is_none().then(|| (name.to_string(), body.uid()))
            });
        let requests = entry
            .into_iter()
            .flat_map(|entry| entry.requests.iter())
            .filter_map(|name| match &self.requests.get(&line.namespace, name)?.body {
                Body::Full(_, _) => None,
                Body::Slim(_, slim) => match slim.facts {
                    RequestFacts::Ended { .. } => None,
                    RequestFacts::Done { .. } => Some((name.to_string(), slim.uid)),
                },
            });
        Missing {
            orders: orders.collect(),
            requests: requests.collect(),
        }
    }

    /// Whether nothing can be decided about the line; see [`handoff_core::engine::dormant`].
    pub fn is_dormant(&self, line: &LineKey) -> bool {
        let Some(entry) = self.lines.get(line) else {
            return true;
        };
        let Some(orders) = self
            .orders_of(line)
            .map(|order| order.body.facts())
            .collect::<Option<Vec<_>>>()
        else {
            return false;
        };
        let requests = entry
            .requests
            .iter()
            .filter_map(|name| self.requests.get(&line.namespace, name));
        let requests = requests.map(|request| {
            let facts = request.body.facts(&line.type_name, &line.identifier)?;
            let uid = request.body.uid();
            let carrying = self.newest_carrying(line, uid);
            Some((facts, carrying.map(|order| order.body.sequence())))
        });
        let requests: Option<Vec<_>> = requests.collect();
        requests.is_some_and(|requests| dormant(&orders, requests))
    }

    /// Lets go of the bodies of a line that is at rest; answers whether it is.
    pub(super) fn slim_down(&mut self, line: &Arc<LineKey>) -> bool {
        if !self.is_dormant(line) {
            return false;
        }
        let Some(entry) = self.lines.get(line) else {
            return true;
        };
        let names = |names: &super::keyed::Names| names.iter().map(Arc::clone).collect::<Vec<_>>();
        let (orders, requests) = (names(&entry.orders), names(&entry.requests));
        for name in &orders {
            self.slim_order(line, name);
        }
        for name in &requests {
            self.slim_request(line, name);
        }
        true
    }

    fn slim_order(&mut self, line: &LineKey, name: &str) {
        let of_orders = self.orders_of(line).filter_map(|order| match &order.body {
            Body::Full(_, _) => None,
            Body::Slim(_, slim) => Some(Arc::clone(&slim.facts.whose)),
        });
        let of_line = self.lines.get(line).and_then(|entry| entry.holding.clone());
        let shared: Vec<Whose> = of_line.into_iter().chain(of_orders).collect();
        let Some(entry) = self.orders.get_mut(&line.namespace, name) else {
            return;
        };
        let (Some(order), Some(facts)) = (entry.body.full(), entry.body.facts()) else {
            return;
        };
        let (owner, identifier) = (order.spec.owner.id.as_str(), order.spec.resource.identifier.as_str());
        let whose = shared
            .into_iter()
            .find(|whose| &*whose.0 == owner && &*whose.1 == identifier)
            .unwrap_or_else(|| Arc::new((owner.into(), identifier.into())));
        let slim = Slim {
            uid: entry.body.uid(),
            version: entry.body.version(),
            facts: OrderRest {
                facts,
                whose,
                carried: entry.body.carried(),
            },
        };
        entry.body = Body::Slim(entry.body.place(), Box::new(slim));
        self.numbers.orders.packed += 1;
    }

    fn slim_request(&mut self, line: &LineKey, name: &str) {
        let Some(entry) = self.requests.get_mut(&line.namespace, name) else {
            return;
        };
        let facts = entry.body.facts(&line.type_name, &line.identifier);
        let (Some(request), Some(facts)) = (entry.body.full(), facts) else {
            return;
        };
        let owner = owner_of_request(request);
        let slim = Slim {
            uid: entry.body.uid(),
            version: entry.body.version(),
            facts,
        };
        entry.body = Body::Slim(entry.body.place(), Box::new(slim));
        self.numbers.requests.packed += 1;
        let key: ObjectKey = (line.namespace.clone(), name.to_owned());
        self.owner_requests.remove(&(owner, key));
    }
}
