//! Which types need which: what owners hold of them, whom that wakes, and types that need each other in a circle.

use super::Index;
use super::key::{Key, LineKey, ObjectKey, owner_key};
use handoff_core::api::AssignmentRequest;
use handoff_core::engine::circle;
use handoff_core::engine::types::TypeView;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// The names of the types that a type needs.
fn needs(view: &TypeView) -> BTreeSet<String> {
    let names = view.object.spec.depends_on.iter();
    names.map(|needed| needed.name.clone()).collect()
}

impl Index {
    /// A type came, changed or went; answers whom that wakes, itself aside: the types that are part of a circle now, or
    /// not any more.
    pub(super) fn set_dependencies(&mut self, kind: &ObjectKey, old: Option<&TypeView>) -> HashSet<Key> {
        let before = old.map(needs).unwrap_or_default();
        let now = self.types.get(kind).map(|view| needs(view)).unwrap_or_default();
        for lost in before.difference(&now) {
            let needed = (kind.0.clone(), lost.clone());
            if let Some(dependents) = self.dependents.get_mut(&needed) {
                dependents.remove(&kind.1);
                if dependents.is_empty() {
                    self.dependents.remove(&needed);
                }
            }
        }
        for got in now.difference(&before) {
            let needed = (kind.0.clone(), got.clone());
            self.dependents.entry(needed).or_default().insert(kind.1.clone());
        }
        // A circle goes through whoever needs something, and a new view of a type does not know of its circle yet.
        if now.is_empty() && before.is_empty() {
            return HashSet::new();
        }
        self.find_circles(&kind.0)
    }

    fn find_circles(&mut self, namespace: &str) -> HashSet<Key> {
        let here = self.types.iter().filter(|((of, _), _)| of == namespace);
        let needed = here.clone().map(|((_, name), view)| (name.clone(), needs(view)));
        let circles = circle::find(&needed.filter(|(_, needs)| !needs.is_empty()).collect());
        let changed: Vec<(ObjectKey, Arc<TypeView>)> = here
            .filter(|((_, name), view)| view.circle() != circles.get(name).map(Vec::as_slice))
            .map(|(kind, view)| (kind.clone(), Arc::new(view.with_circle(circles.get(&kind.1).cloned()))))
            .collect();
        let kinds: Vec<ObjectKey> = changed.iter().map(|(kind, _)| kind.clone()).collect();
        self.types.extend(changed);
        kinds
            .into_iter()
            .flat_map(|kind| {
                let mut woken = self.wake_type(&kind);
                woken.insert(Key::Type(kind));
                woken
            })
            .collect()
    }

    /// Of the types that a line's type needs, those of which the owners of these requests hold a resource: owner and
    /// type.
    pub(super) fn held<'a>(
        &self,
        line: &LineKey,
        requests: impl Iterator<Item = &'a Arc<AssignmentRequest>>,
    ) -> BTreeSet<(String, String)> {
        let Some(needed) = self.types.get(&line.type_key()).map(|view| needs(view)) else {
            return BTreeSet::new();
        };
        if needed.is_empty() {
            return BTreeSet::new();
        }
        let owners: BTreeSet<&str> = requests.map(|request| request.spec.owner.id.as_str()).collect();
        let pairs = owners
            .iter()
            .flat_map(|owner| needed.iter().map(move |kind| (*owner, kind)));
        pairs
            .filter(|(owner, kind)| self.holds(&line.namespace, kind, owner))
            .map(|(owner, kind)| (owner.to_owned(), kind.clone()))
            .collect()
    }

    fn holds(&self, namespace: &str, kind: &str, owner: &str) -> bool {
        self.lines_held(namespace, kind, owner).next().is_some()
    }

    /// The lines of the resources of a type that an owner holds.
    pub(super) fn lines_held(&self, namespace: &str, kind: &str, owner: &str) -> impl Iterator<Item = &Arc<LineKey>> {
        let of = owner_key(namespace, kind, owner);
        let lines = self.owner_lines.range((of, Arc::default())..);
        let lines = lines.take_while(move |(key, _)| *key == of).map(|(_, line)| line);
        // The key is a hash.
        lines.filter(move |line| {
            let holding = self.lines.get(*line).and_then(|entry| entry.holding.as_deref());
            line.namespace == namespace && line.type_name == kind && holding.is_some_and(|(of, _)| **of == *owner)
        })
    }

    /// These owners got or lost a resource: their requests of the types that need it are woken.
    pub(super) fn wake_dependents(&mut self, kind: &ObjectKey, owners: &BTreeSet<&str>) -> HashSet<Key> {
        let Some(dependents) = self.dependents.get(kind) else {
            return HashSet::new();
        };
        let waiting = dependents
            .iter()
            .flat_map(|dependent| owners.iter().map(|owner| owner_key(&kind.0, dependent, owner)))
            .flat_map(|owner| self.requests_of_owner(owner));
        let lines: BTreeSet<Arc<LineKey>> = waiting
            .filter_map(|request| self.requests.of(request)?.line.clone())
            .collect();
        lines.iter().filter_map(|line| self.wake_line(line)).collect()
    }
}
