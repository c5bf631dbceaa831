//! Synchronizations in the index: what those of a type say together, whom a change of that wakes, and what they proved
//! since that was last written. What each says is the engine's to decide.

use super::body::lighten;
use super::key::{Key, LineKey, ObjectKey, Uid, key_of};
use super::{Index, is_newer};
use handoff_core::api::ProvisioningOrder;
use handoff_core::api::Synchronization;
use handoff_core::api::provisioning_order::{Verdict, VerificationResult};
use handoff_core::engine::observed::Inventory;
use handoff_core::engine::{Proved, SynchronizationSnapshot, decide_synchronization};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// When it was made, and its name: in this order those of a type are decided.
type Turn = (Option<Timestamp>, String);

#[derive(Debug, Default)]
pub(super) struct Synchronizations {
    all: HashMap<ObjectKey, Arc<Synchronization>>,
    by_type: HashMap<ObjectKey, BTreeMap<Turn, Arc<Synchronization>>>,
    /// What they say together, by type; of a type of which nothing counts there is nothing.
    inventories: HashMap<ObjectKey, Arc<Inventory>>,
    nothing: Arc<Inventory>,
    /// What they proved and nobody has written yet.
    proved: HashMap<ObjectKey, Proved>,
    /// When their statuses were last written, as far as this process knows.
    written: HashMap<ObjectKey, Timestamp>,
}

impl Synchronizations {
    /// What those of a type say about all of its resources.
    pub(super) fn inventory(&self, kind: &ObjectKey) -> &Arc<Inventory> {
        self.inventories.get(kind).unwrap_or(&self.nothing)
    }

    fn add(&mut self, object: Arc<Synchronization>) {
        let of_type = self.by_type.entry(type_of(&object)).or_default();
        of_type.insert(turn_of(&object), Arc::clone(&object));
        self.all.insert(key_of(object.as_ref()), object);
    }

    fn take(&mut self, key: &ObjectKey) -> Option<Arc<Synchronization>> {
        let gone = self.all.remove(key)?;
        let kind = type_of(&gone);
        if let Some(of_type) = self.by_type.get_mut(&kind) {
            of_type.remove(&turn_of(&gone));
            if of_type.is_empty() {
                self.by_type.remove(&kind);
            }
        }
        Some(gone)
    }

    fn forget_counts(&mut self, key: &ObjectKey) {
        self.proved.remove(key);
        self.written.remove(key);
    }

    /// Somebody else has written what they proved.
    pub(super) fn forget_proved(&mut self) {
        self.proved.clear();
    }

    fn keys(&self, kind: &ObjectKey) -> impl Iterator<Item = Key> {
        let of_type = self.by_type.get(kind).into_iter().flatten();
        of_type.map(|(_, object)| Key::Sync(key_of(object.as_ref())))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// All of them, to be woken.
    pub(super) fn all_keys(&self) -> impl Iterator<Item = Key> {
        self.all.keys().cloned().map(Key::Sync)
    }
}

fn type_of(object: &Synchronization) -> ObjectKey {
    (key_of(object).0, object.spec.resource_type_ref.name.clone())
}

fn turn_of(object: &Synchronization) -> Turn {
    let created = object.metadata.creation_timestamp.as_ref().map(|time| time.0);
    (created, key_of(object).1)
}

impl Index {
    /// Takes in a Synchronization; answers which work that makes.
    pub fn put_synchronization(&mut self, mut object: Synchronization) -> HashSet<Key> {
        lighten(&mut object.metadata);
        let key = key_of(&object);
        let uid = Uid::of_object(&object);
        let old = self.synchronizations.all.get(&key);
        if self.graves.holds(uid) || old.is_some_and(|old| !is_newer(old.as_ref(), &object)) {
            return HashSet::new();
        }
        let kind = type_of(&object);
        let mut woken = HashSet::from([Key::Sync(key.clone())]);
        if let Some(old) = self.synchronizations.take(&key) {
            let before = Uid::of_object(old.as_ref());
            if before != uid {
                self.graves.bury(before);
                self.synchronizations.forget_counts(&key);
            }
            let kind_before = type_of(&old);
            if kind_before != kind {
                woken.extend(self.recall_inventory(&kind_before));
            }
            // Those that come after it may have waited for it.
            woken.extend(self.synchronizations.keys(&kind_before));
        }
        self.synchronizations.add(Arc::new(object));
        woken.extend(self.recall_inventory(&kind));
        woken
    }

    /// The Synchronization with this uid is gone.
    pub fn remove_synchronization(&mut self, key: &ObjectKey, uid: Uid) -> HashSet<Key> {
        self.graves.bury(uid);
        let known = self.synchronizations.all.get(key);
        if known.is_none_or(|known| Uid::of_object(known.as_ref()) != uid) {
            return HashSet::new();
        }
        self.synchronizations.forget_counts(key);
        let Some(gone) = self.synchronizations.take(key) else {
            return HashSet::new();
        };
        let kind = type_of(&gone);
        let mut woken: HashSet<Key> = self.synchronizations.keys(&kind).collect();
        woken.extend(self.recall_inventory(&kind));
        woken
    }

    /// See [`Self::known_types`].
    pub fn known_synchronizations(&self) -> Vec<(ObjectKey, Uid)> {
        let uid = |object: &Arc<Synchronization>| Uid::of_object(object.as_ref());
        let all = self.synchronizations.all.iter();
        all.map(|(key, object)| (key.clone(), uid(object))).collect()
    }

    /// A type came, changed or went: it may trust people now, or not any more. Answers whom that wakes.
    pub(super) fn set_trust(&mut self, kind: &ObjectKey) -> HashSet<Key> {
        let mut woken: HashSet<Key> = self.synchronizations.keys(kind).collect();
        woken.extend(self.recall_inventory(kind));
        woken
    }

    /// Finds anew what the snapshots of a type say; answers whom a change wakes: the type, and of its lines those that
    /// are not at rest.
    fn recall_inventory(&mut self, kind: &ObjectKey) -> HashSet<Key> {
        let trusts = self
            .types
            .get(kind)
            .is_some_and(|view| view.object.spec.trusts_people());
        let of_type = self.synchronizations.by_type.get(kind).filter(|_| !trusts);
        let now = Inventory::of(of_type.into_iter().flat_map(BTreeMap::values).map(AsRef::as_ref));
        if now == **self.synchronizations.inventory(kind) {
            return HashSet::new();
        }
        if now.complete != self.synchronizations.inventory(kind).complete {
            self.forget_vanished(kind);
        }
        if now == Inventory::default() {
            self.synchronizations.inventories.remove(kind);
        } else {
            self.synchronizations.inventories.insert(kind.clone(), Arc::new(now));
        }
        // A share of the resources is a limit.
        self.set_limits(kind);
        let of_type = |line: &&Arc<LineKey>| line.type_name == kind.1 && line.namespace == kind.0;
        let lines: Vec<Arc<LineKey>> = self.lines.keys().filter(of_type).map(Arc::clone).collect();
        let mut woken: HashSet<Key> = lines.iter().flat_map(|line| self.touch(line)).collect();
        if self.types.contains_key(kind) {
            woken.insert(Key::Type(kind.clone()));
        }
        woken
    }

    /// One Synchronization.
    pub fn synchronization_snapshot(&self, key: &ObjectKey, now: Timestamp) -> Option<SynchronizationSnapshot> {
        let synchronization = Arc::clone(self.synchronizations.all.get(key)?);
        let kind = type_of(&synchronization);
        let proved = self.synchronizations.proved.get(key);
        Some(SynchronizationSnapshot {
            now,
            policies: self.policies_for(&Key::Sync(key.clone())),
            resource_type: self.types.get(&kind).cloned(),
            inventory: Arc::clone(self.synchronizations.inventory(&kind)),
            proved: proved.copied().unwrap_or_default(),
            synchronization,
        })
    }

    /// Whether one of the same type that was made before it is still to be decided: it is woken by that decision.
    pub fn is_not_its_turn(&self, key: &ObjectKey, now: Timestamp) -> bool {
        let Some(object) = self.synchronizations.all.get(key) else {
            return false;
        };
        let of_type = self.synchronizations.by_type.get(&type_of(object));
        let mut before = of_type.into_iter().flat_map(|of_type| of_type.range(..turn_of(object)));
        before.any(|(_, earlier)| {
            let snapshot = self.synchronization_snapshot(&key_of(earlier.as_ref()), now);
            snapshot.is_some_and(|snapshot| decide_synchronization(&snapshot).is_verdict)
        })
    }

    /// Those of the type of this one.
    pub fn its_synchronizations(&self, key: &ObjectKey) -> Vec<Arc<Synchronization>> {
        let kind = self.synchronizations.all.get(key).map(|object| type_of(object));
        let of_type = kind.and_then(|kind| self.synchronizations.by_type.get(&kind));
        of_type.into_iter().flat_map(BTreeMap::values).cloned().collect()
    }

    /// An order is there as a later version: whether a snapshot decided it, and which that was.
    pub(super) fn credit(&mut self, before: &ProvisioningOrder, now: &ProvisioningOrder) -> Option<Key> {
        let VerificationResult {
            verdict,
            synchronization,
            differences: _,
        } = result_of(now)?;
        if result_of(before).is_some_and(|before| before.verdict == *verdict) {
            return None;
        }
        let key = (key_of(now).0, synchronization.clone()?);
        if !self.synchronizations.all.contains_key(&key) {
            return None;
        }
        let sum = match verdict {
            Verdict::Verified => |sum: &mut Proved| sum.verified += 1,
            Verdict::Refuted => |sum: &mut Proved| sum.refuted += 1,
            Verdict::Inconclusive => return None,
        };
        sum(self.synchronizations.proved.entry(key.clone()).or_default());
        Some(Key::Sync(key))
    }

    /// When the status of a Synchronization was last written, as far as this process knows.
    pub fn written_at(&self, key: &ObjectKey) -> Option<Timestamp> {
        self.synchronizations.written.get(key).copied()
    }

    /// Its status was written, and so much of what it proved is in it.
    pub fn note_written(&mut self, key: &ObjectKey, proved: Proved, now: Timestamp) {
        if !self.synchronizations.all.contains_key(key) {
            return;
        }
        self.synchronizations.written.insert(key.clone(), now);
        if let Some(sum) = self.synchronizations.proved.get_mut(key) {
            sum.verified -= proved.verified;
            sum.refuted -= proved.refuted;
            if *sum == Proved::default() {
                self.synchronizations.proved.remove(key);
            }
        }
    }
}

fn result_of(order: &ProvisioningOrder) -> Option<&VerificationResult> {
    order.status.as_ref()?.verification.as_ref()
}
