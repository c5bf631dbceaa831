//! The inventory in the index: one entry belongs to one line.

use super::key::{Key, LineKey, ObjectKey, Uid, key_of};
use super::{Index, ResourceEntry, is_newer};
use handoff_core::api::ManagedResource;
use std::collections::HashSet;
use std::sync::Arc;

impl Index {
    /// Takes in an entry of the inventory; answers which work that makes. One whose name is not that of its
    /// identifier belongs to no line: [`LineKey::of_resource`].
    pub fn put_resource(&mut self, object: ManagedResource) -> HashSet<Key> {
        let key = key_of(&object);
        let uid = Uid::of_object(&object);
        let old = self.resources.of(&key);
        if self.graves.holds(uid) || old.is_some_and(|old| !is_newer(old.object.as_ref(), &object)) {
            return HashSet::new();
        }
        let before = old.map(|old| (Uid::of_object(old.object.as_ref()), old.line.clone()));
        let mut touched: HashSet<Arc<LineKey>> = HashSet::new();
        if let Some((before, line)) = before {
            if before != uid {
                self.graves.bury(before);
            }
            if let Some(line) = line {
                self.set_resource(&line, None);
                touched.insert(line);
            }
        }
        let object = Arc::new(object);
        let line = LineKey::of_resource(&object).map(|line| self.line(line).0);
        if let Some(line) = &line {
            self.set_resource(line, Some(Arc::clone(&object)));
            touched.insert(Arc::clone(line));
        }
        self.resources.insert(&key, ResourceEntry { object, line });
        touched.iter().flat_map(|line| self.touch(line)).collect()
    }

    /// The entry with this uid is gone.
    pub fn remove_resource(&mut self, key: &ObjectKey, uid: Uid) -> HashSet<Key> {
        self.graves.bury(uid);
        let known = self.resources.of(key);
        if known.is_none_or(|entry| Uid::of_object(entry.object.as_ref()) != uid) {
            return HashSet::new();
        }
        let line = self.resources.remove(key).and_then(|entry| entry.line);
        let Some(line) = line else {
            return HashSet::new();
        };
        self.set_resource(&line, None);
        self.touch(&line)
    }

    fn set_resource(&mut self, line: &LineKey, resource: Option<Arc<ManagedResource>>) {
        if let Some(entry) = self.lines.get_mut(line) {
            entry.resource = resource;
        }
    }
}
