//! Small containers: objects by namespace and name, short lists of names, uids of what is gone. They decide nothing.

use super::key::{ObjectKey, Uid};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// Objects of one kind. A name is stored once and shared with whoever lists it.
#[derive(Debug)]
pub(super) struct Keyed<T>(HashMap<Box<str>, HashMap<Arc<str>, T>>);

impl<T> Default for Keyed<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Keyed<T> {
    pub(super) fn get(&self, namespace: &str, name: &str) -> Option<&T> {
        self.0.get(namespace)?.get(name)
    }

    pub(super) fn get_mut(&mut self, namespace: &str, name: &str) -> Option<&mut T> {
        self.0.get_mut(namespace)?.get_mut(name)
    }

    pub(super) fn of(&self, key: &ObjectKey) -> Option<&T> {
        self.get(&key.0, &key.1)
    }

    /// The name, to be shared.
    pub(super) fn name(&self, key: &ObjectKey) -> Option<Arc<str>> {
        let (name, _) = self.0.get(key.0.as_str())?.get_key_value(key.1.as_str())?;
        Some(Arc::clone(name))
    }

    /// Answers the name, to be shared.
    pub(super) fn insert(&mut self, key: &ObjectKey, value: T) -> Arc<str> {
        let names = self.0.entry(key.0.as_str().into()).or_default();
        let name: Arc<str> = names
            .get_key_value(key.1.as_str())
            .map_or_else(|| key.1.as_str().into(), |(name, _)| Arc::clone(name));
        names.insert(Arc::clone(&name), value);
        name
    }

    pub(super) fn remove(&mut self, key: &ObjectKey) -> Option<T> {
        let names = self.0.get_mut(key.0.as_str())?;
        let gone = names.remove(key.1.as_str());
        if names.is_empty() {
            self.0.remove(key.0.as_str());
        }
        gone
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.values().map(HashMap::len).sum()
    }

    /// Everything in one namespace.
    pub(super) fn in_namespace(&self, namespace: &str) -> impl Iterator<Item = (&Arc<str>, &T)> {
        self.0.get(namespace).into_iter().flatten()
    }

    /// Everything.
    pub(super) fn all(&self) -> impl Iterator<Item = (ObjectKey, &T)> {
        self.0.iter().flat_map(|(namespace, names)| {
            let key = move |name: &Arc<str>| (namespace.to_string(), name.to_string());
            names.iter().map(move |(name, value)| (key(name), value))
        })
    }
}

/// A few names, each once; as small as it can be, since most lists hold one.
#[derive(Debug, Default)]
pub(super) struct Names(Box<[Arc<str>]>);

impl Names {
    pub(super) fn add(&mut self, name: Arc<str>) {
        if !self.0.contains(&name) {
            let mut names = Vec::with_capacity(self.0.len() + 1);
            names.extend(std::mem::take(&mut self.0));
            names.push(name);
            self.0 = names.into_boxed_slice();
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        if self.0.iter().any(|known| **known == *name) {
            let names = std::mem::take(&mut self.0);
            self.0 = names.into_iter().filter(|known| **known != *name).collect();
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How many uids of gone objects are remembered.
const REMEMBERED: usize = 10_000;

/// Uids of objects that are gone, so that a late event does not bring one back. The oldest are forgotten.
#[derive(Debug, Default)]
pub(super) struct Graves {
    uids: HashSet<Uid>,
    by_age: VecDeque<Uid>,
}

impl Graves {
    pub(super) fn bury(&mut self, uid: Uid) {
        if !self.uids.insert(uid) {
            return;
        }
        self.by_age.push_back(uid);
        if self.by_age.len() > REMEMBERED
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.uids.remove(&oldest);
        }
    }

    pub(super) fn holds(&self, uid: Uid) -> bool {
        self.uids.contains(&uid)
    }
}
