//! What stands in a namespace, and whether it still does.

use crate::place::Place;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Every object of a namespace, by kind and name.
pub struct Record(BTreeMap<(String, String), Value>);

impl Record {
    pub fn of(place: &Place) -> Self {
        let items = place.everything().into_iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self(
            items
                .map(|object| ((text(&object["kind"]), text(&object["metadata"]["name"])), object))
                .collect(),
        )
    }

    /// How many objects are of this kind.
    pub fn many(&self, kind: &str) -> usize {
        self.0.keys().filter(|(of, _)| of == kind).count()
    }

    /// Which version each object is of.
    pub fn versions(&self) -> Vec<String> {
        let version = |object: &Value| object["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
        self.0.values().map(version).collect()
    }

    /// The states that orders and requests are in.
    pub fn states(&self) -> BTreeSet<String> {
        let state = |object: &Value| {
            let status = &object["status"];
            let state = status["state"].as_str().or(status["provisioningState"].as_str());
            state.map(str::to_owned)
        };
        self.0.values().filter_map(state).collect()
    }

    /// Everything is there, is the same object, and says the same.
    #[track_caller]
    pub fn stands_in(&self, later: &Self) {
        for (name, before) in &self.0 {
            let after = later.0.get(name).unwrap_or_else(|| panic!("{name:?} is gone"));
            for field in [
                "uid",
                "labels",
                "annotations",
                "ownerReferences",
                "finalizers",
                "generation",
            ] {
                let both = (&before["metadata"][field], &after["metadata"][field]);
                assert_eq!(both.0, both.1, "{name:?}: metadata.{field}");
            }
            assert_eq!(before["spec"], after["spec"], "{name:?}: spec");
            assert_eq!(told(before), told(after), "{name:?}: status");
        }
    }
}

/// What a status says of the object itself. Reconciling is of this release only, and a type counts its orders from time
/// to time.
fn told(object: &Value) -> Value {
    let mut status = object["status"].clone();
    if let Some(fields) = status.as_object_mut() {
        fields.retain(|field, _| !["openOrders", "overdueOrders", "resources"].contains(&field.as_str()));
    }
    if let Some(conditions) = status["conditions"].as_array_mut() {
        conditions.retain(|condition| condition["type"] != "Reconciling");
    }
    status
}
