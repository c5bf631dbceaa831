//! What a watch has told, kept. Pure: events go in, objects come out.

use super::super::choice::{At, at};
use kube::Resource;
use kube::runtime::watcher::Event;
use std::collections::BTreeMap;

/// The objects of one watch.
#[derive(Debug)]
pub(super) struct Kept<T> {
    now: BTreeMap<At, T>,
    /// What a list that is under way has told until now.
    coming: BTreeMap<At, T>,
    /// Whether all of it was told once.
    pub is_whole: bool,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self {
            now: BTreeMap::new(),
            coming: BTreeMap::new(),
            is_whole: false,
        }
    }
}

impl<T> Kept<T> {
    /// Of a watch that there is none of.
    pub(super) fn empty() -> Self {
        Self {
            is_whole: true,
            ..Self::default()
        }
    }

    /// Takes in what is told; `what` of an object is kept.
    pub(super) fn hear<K: Resource>(&mut self, event: Event<K>, what: impl Fn(K) -> T) {
        match event {
            Event::Apply(object) => {
                self.now.insert(at(&object), what(object));
            }
            Event::Delete(object) => {
                self.now.remove(&at(&object));
            }
            Event::Init => self.coming.clear(),
            Event::InitApply(object) => {
                self.coming.insert(at(&object), what(object));
            }
            Event::InitDone => {
                self.now = std::mem::take(&mut self.coming);
                self.is_whole = true;
            }
        }
    }

    /// All of them, with where they are.
    pub(super) fn all(&self) -> impl Iterator<Item = (&At, &T)> {
        self.now.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1::ConfigMap;

    fn object(name: &str, text: &str) -> ConfigMap {
        let mut object = ConfigMap::default();
        object.metadata.name = Some(name.to_owned());
        object.data = Some([("text".to_owned(), text.to_owned())].into());
        object
    }

    fn told(events: impl IntoIterator<Item = Event<ConfigMap>>) -> (Vec<String>, bool) {
        let mut kept = Kept::default();
        for event in events {
            kept.hear(event, |object| object.data.unwrap_or_default()["text"].clone());
        }
        let texts = kept.all().map(|(at, text)| format!("{}={text}", at.name));
        (texts.collect(), kept.is_whole)
    }

    #[test]
    fn a_list_counts_when_it_is_whole_and_then_replaces_all() {
        let first = || {
            [
                Event::Init,
                Event::InitApply(object("a", "1")),
                Event::InitApply(object("b", "1")),
            ]
        };
        assert_eq!(told(first()), (vec![], false));
        let whole = || first().into_iter().chain([Event::InitDone]);
        assert_eq!(told(whole()), (vec!["a=1".to_owned(), "b=1".to_owned()], true));
        let changes = [Event::Apply(object("b", "2")), Event::Delete(object("a", "1"))];
        assert_eq!(told(whole().chain(changes)), (vec!["b=2".to_owned()], true));
        let again = [Event::Init, Event::InitApply(object("c", "3")), Event::InitDone];
        assert_eq!(told(whole().chain(again)), (vec!["c=3".to_owned()], true));
    }
}
