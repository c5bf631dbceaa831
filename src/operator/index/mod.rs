//! What the operator knows of the cluster: plain data, changed by watch events and by the answers to its own writes.
//! It says which work an event makes; it may not call anybody.
//!
//! Bodies are kept of what may still change. Of a line that is at rest only facts are kept; when something wakes it,
//! [`Index::gather`] says which bodies are missing, and they come in as any object does.
//!
//! Events may come late, twice, or in any order: an older version changes nothing, and what is gone stays gone.

mod ages;
mod body;
mod census;
mod dependencies;
mod doubts;
mod key;
mod keyed;
mod lines;
mod numbers;
mod orders;
mod packed;
mod requests;
mod resources;
mod rest;
mod snapshots;
mod synchronizations;
mod thresholds;
mod types;
mod unreadable;
mod vanished;

pub use ages::Aged;
pub use key::{Key, LineKey, ObjectKey, Uid, key_of};
pub use numbers::{Known, Numbers, Population, States};
pub use rest::{Gathered, Missing};

use body::{OrderBody, RequestBody};
use handoff_core::engine::Policies;
use handoff_core::engine::types::TypeView;
use key::{OwnerKey, version_of};
use keyed::{Graves, Keyed};
use kube::ResourceExt;
use lines::LineEntry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Everything the operator knows.
#[derive(Debug, Default)]
pub struct Index {
    types: HashMap<ObjectKey, Arc<TypeView>>,
    requests: Keyed<RequestEntry>,
    orders: Keyed<OrderEntry>,
    resources: Keyed<ResourceEntry>,
    /// How many resources of each type have a line.
    inventoried: HashMap<ObjectKey, i64>,
    synchronizations: synchronizations::Synchronizations,
    lines: HashMap<Arc<LineKey>, LineEntry>,
    /// Lines of resources that an owner is known to have.
    owner_lines: BTreeSet<(OwnerKey, Arc<LineKey>)>,
    /// Requests that may have to move when their owner gets or loses a resource.
    owner_requests: BTreeSet<(OwnerKey, ObjectKey)>,
    /// On which line there are orders that carry a request.
    carriers: BTreeSet<(Uid, Arc<LineKey>)>,
    /// Orders whose names others need, and the lines that wait for them to go.
    conflicts: BTreeMap<ObjectKey, BTreeSet<Arc<LineKey>>>,
    /// Requests without a line, by the order that they follow and that is not there.
    homeless: BTreeSet<(ObjectKey, String)>,
    unreadable: unreadable::Unreadable,
    /// Types, by those that they depend on.
    dependents: BTreeMap<ObjectKey, BTreeSet<String>>,
    census: census::Counts,
    numbers: numbers::Counts,
    thresholds: thresholds::Thresholds,
    policies: Arc<Policies>,
    doubts: doubts::Doubts,
    graves: Graves,
    ages: ages::Ages,
    vanished: vanished::Vanished,
}

#[derive(Debug)]
struct RequestEntry {
    body: RequestBody,
    line: Option<Arc<LineKey>>,
}

#[derive(Debug)]
struct OrderEntry {
    body: OrderBody,
    line: Arc<LineKey>,
}

#[derive(Debug)]
struct ResourceEntry {
    entry: Arc<packed::Packed>,
    line: Option<Arc<LineKey>>,
}

/// Whether `new` says more than `old`: a later version, of the same object or of another of that name.
fn is_newer<K: ResourceExt>(old: &K, new: &K) -> bool {
    // Versions count for the whole cluster: also one that had this name before is older.
    version_of(new) > version_of(old)
}

impl Index {
    /// Remembers whether the policies are in force; answers which work a change makes.
    pub fn put_policies(&mut self, policies: Policies) -> HashSet<Key> {
        self.doubts.begin();
        if *self.policies == policies {
            return HashSet::new();
        }
        self.policies = Arc::new(policies);
        self.everything_awake()
    }

    /// This process works from now on, and another one did until now: answers what that makes, which is everything that
    /// is not settled, since the other one may have ended between two writes. What is known only of the other one's work is
    /// forgotten, as after a new start; so are doubts, where it has had the time to settle them.
    pub fn take_over(&mut self, doubts_are_settled: bool) -> HashSet<Key> {
        self.synchronizations.forget_proved();
        if doubts_are_settled {
            self.doubts.forget();
        }
        self.everything_awake()
    }

    /// Every key that may have something to do: types, Synchronizations, requests without a line, lines that are not at
    /// rest.
    fn everything_awake(&mut self) -> HashSet<Key> {
        let types = self.types.keys().cloned().map(Key::Type);
        let homeless = self.requests.all().filter(|(_, entry)| entry.line.is_none());
        let mut all: HashSet<Key> = types.chain(homeless.map(|(key, _)| Key::Request(key))).collect();
        let lines: Vec<Arc<LineKey>> = self.lines.keys().map(Arc::clone).collect();
        all.extend(lines.iter().filter_map(|line| self.wake_line(line)));
        all.extend(self.synchronizations.all_keys());
        all
    }

    /// Keys and uids of every known object of a kind, to find those that a new list no longer has.
    pub fn known_types(&self) -> Vec<(ObjectKey, Uid)> {
        let uid = |view: &Arc<TypeView>| Uid::of_object(view.object.as_ref());
        self.types.iter().map(|(key, view)| (key.clone(), uid(view))).collect()
    }

    /// See [`Self::known_types`].
    pub fn known_requests(&self) -> Vec<(ObjectKey, Uid)> {
        self.requests
            .all()
            .map(|(key, entry)| (key, entry.body.uid()))
            .collect()
    }

    /// See [`Self::known_types`].
    pub fn known_orders(&self) -> Vec<(ObjectKey, Uid)> {
        let readable = self.orders.all().map(|(key, entry)| (key, entry.body.uid()));
        readable.chain(self.unreadable.all()).collect()
    }

    /// See [`Self::known_types`].
    pub fn known_resources(&self) -> Vec<(ObjectKey, Uid)> {
        self.resources
            .all()
            .map(|(key, known)| (key, known.entry.uid))
            .collect()
    }
}
