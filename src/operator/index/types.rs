//! Types in the index: what each is, and whom a change of it wakes.

use super::key::{Key, ObjectKey, Uid, key_of};
use super::{Index, is_newer};
use handoff_core::api::ResourceType;
use handoff_core::engine::types::{TypeView, inspect};
use kube::ResourceExt;
use std::collections::HashSet;
use std::sync::Arc;

impl Index {
    /// Takes in a type; answers which work that makes.
    pub fn put_type(&mut self, object: ResourceType) -> HashSet<Key> {
        let key = key_of(&object);
        let object = Arc::new(object);
        let old = self.types.get(&key);
        if self.graves.holds(Uid::of_object(object.as_ref()))
            || old.is_some_and(|old| !is_newer(old.object.as_ref(), object.as_ref()))
        {
            return HashSet::new();
        }
        let same_spec = old.filter(|old| {
            old.object.uid() == object.uid() && old.object.metadata.generation == object.metadata.generation
        });
        let mut woken = HashSet::from([Key::Type(key.clone())]);
        if let Some(old) = same_spec {
            let view = Arc::new(old.with_object(object));
            self.types.insert(key, view);
        } else {
            woken.extend(self.replace_type(&key, Some(inspect(object))));
        }
        woken
    }

    /// The type with this uid is gone.
    pub fn remove_type(&mut self, key: &ObjectKey, uid: Uid) -> HashSet<Key> {
        self.graves.bury(uid);
        match self.types.get(key) {
            Some(view) if Uid::of_object(view.object.as_ref()) == uid => {
                self.census.forget_write(key);
                self.replace_type(key, None)
            }
            Some(_) | None => HashSet::new(),
        }
    }

    /// A type with another content, or none; answers whom that wakes.
    fn replace_type(&mut self, key: &ObjectKey, view: Option<TypeView>) -> HashSet<Key> {
        let old = match view.map(Arc::new) {
            Some(view) => self.types.insert(key.clone(), view),
            None => self.types.remove(key),
        };
        self.set_limits(key);
        let kept = |view: Option<&TypeView>| view.and_then(|view| view.object.spec.retention.clone());
        if kept(old.as_deref()) != kept(self.types.get(key).map(AsRef::as_ref)) {
            self.refresh_ages(key);
        }
        let mut woken = self.set_dependencies(key, old.as_deref());
        woken.extend(self.set_trust(key));
        woken.extend(self.wake_type(key));
        woken
    }
}
