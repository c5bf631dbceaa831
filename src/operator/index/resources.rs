//! The inventory in the index: one entry belongs to one line. What a list of the API server says against it.

use super::body::lighten;
use super::key::{Key, LineKey, ObjectKey, Uid, key_of, version_of};
use super::packed::Packed;
use super::{Index, ResourceEntry};
use handoff_core::api::ManagedResource;
use kube::ResourceExt;
use std::collections::HashSet;
use std::sync::Arc;

impl Index {
    /// Takes in an entry of the inventory; answers which work that makes. One whose name is not that of its
    /// identifier belongs to no line: [`LineKey::of_resource`].
    pub fn put_resource(&mut self, mut object: ManagedResource) -> HashSet<Key> {
        lighten(&mut object.metadata);
        let key = key_of(&object);
        let uid = Uid::of_object(&object);
        let old = self.resources.of(&key);
        let is_known = old.is_some_and(|old| old.entry.version >= version_of(&object));
        if is_known || self.graves.holds(uid) {
            return HashSet::new();
        }
        // What came as JSON can be written as such.
        let Ok(entry) = Packed::of(&object) else {
            return HashSet::new();
        };
        let before = old.map(|old| old.entry.uid);
        let line_before = old.and_then(|old| old.line.clone());
        if let Some(before) = before.filter(|before| *before != uid) {
            self.graves.bury(before);
        }
        let mut touched: HashSet<Arc<LineKey>> = HashSet::new();
        if let Some(line) = &line_before {
            self.set_resource(line, None);
            touched.insert(Arc::clone(line));
        }
        let entry = Arc::new(entry);
        let line = LineKey::of_resource(&object).map(|line| self.line(line).0);
        if let Some(line) = &line {
            self.set_resource(line, Some(Arc::clone(&entry)));
            touched.insert(Arc::clone(line));
        }
        let recounted = self.recount_resources(line_before.as_deref(), line.as_deref());
        self.resources.insert(&key, ResourceEntry { entry, line });
        let mut woken: HashSet<Key> = touched.iter().flat_map(|line| self.touch(line)).collect();
        woken.extend(recounted);
        woken
    }

    /// The entry with this uid is gone.
    pub fn remove_resource(&mut self, key: &ObjectKey, uid: Uid) -> HashSet<Key> {
        self.graves.bury(uid);
        let known = self.resources.of(key);
        if known.is_none_or(|known| known.entry.uid != uid) {
            return HashSet::new();
        }
        let line = self.resources.remove(key).and_then(|gone| gone.line);
        let Some(line) = line else {
            return HashSet::new();
        };
        self.set_resource(&line, None);
        self.note_vanished(&line);
        let mut woken = self.touch(&line);
        woken.extend(self.recount_resources(Some(&line), None));
        woken
    }

    fn set_resource(&mut self, line: &LineKey, resource: Option<Arc<Packed>>) {
        if let Some(entry) = self.lines.get_mut(line) {
            entry.resource = resource;
        }
    }

    /// On which line an entry was, and on which it is; answers the types whose counts that changes.
    fn recount_resources(&mut self, before: Option<&LineKey>, now: Option<&LineKey>) -> Vec<Key> {
        let (before, now) = (before.map(LineKey::type_key), now.map(LineKey::type_key));
        if before == now {
            return Vec::new();
        }
        let mut woken = Vec::new();
        for (kind, sign) in [(before, -1), (now, 1)] {
            let Some(kind) = kind else { continue };
            let count = self.inventoried.entry(kind.clone()).or_default();
            *count += sign;
            if *count == 0 {
                self.inventoried.remove(&kind);
            }
            if self.types.contains_key(&kind) {
                woken.push(Key::Type(kind));
            }
        }
        woken
    }

    fn resources_of(&self, kind: &ObjectKey) -> impl Iterator<Item = (&Arc<str>, &ResourceEntry)> {
        let here = self.resources.in_namespace(&kind.0);
        here.filter(|(_, known)| match &known.line {
            Some(line) => line.type_name == kind.1,
            None => {
                let whole = known.entry.unpack();
                whole.is_some_and(|whole| whole.spec.resource_type_ref.name == kind.1)
            }
        })
    }

    /// Uids of what is known of the inventory of a type, to be taken before it is listed: see [`Self::drop_resources`].
    pub fn resources_known(&self, kind: &ObjectKey) -> HashSet<Uid> {
        let of_kind = self.resources_of(kind);
        of_kind.map(|(_, known)| known.entry.uid).collect()
    }

    /// Whether the API server listed an entry in a version that is newer than what is known, and that is not known to
    /// be gone.
    pub fn lacks_resource<K: ResourceExt>(&self, listed: &K) -> bool {
        let known = self.resources.of(&key_of(listed));
        let is_known = known.is_some_and(|known| known.entry.version >= version_of(listed));
        !is_known && !self.graves.holds(Uid::of_object(listed))
    }

    /// These entries of a type, known before it was listed, were not in the list: they are gone.
    pub fn drop_resources(&mut self, kind: &ObjectKey, unlisted: &HashSet<Uid>) -> HashSet<Key> {
        if unlisted.is_empty() {
            return HashSet::new();
        }
        let gone = self.resources_of(kind).filter_map(|(name, known)| {
            let key: ObjectKey = (kind.0.clone(), name.to_string());
            unlisted.contains(&known.entry.uid).then_some((key, known.entry.uid))
        });
        let gone: Vec<(ObjectKey, Uid)> = gone.collect();
        gone.iter()
            .flat_map(|(key, uid)| self.remove_resource(key, *uid))
            .collect()
    }
}
