//! What differs between an export and the inventory. It sends nothing.

use super::entry::Entries;
use handoff_core::api::managed_resource::Source;
use handoff_core::api::{ManagedResource, ManagedResourceSpec};
use jiff::Timestamp;
use kube::ResourceExt;
use std::collections::BTreeMap;

/// What is to be done about one entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// It is not there.
    Create(ManagedResource),
    /// It says something else.
    Replace(ManagedResource),
    /// The resource is gone.
    Delete(ManagedResource),
    /// It is as it should be.
    Nothing,
    /// It is of a confirmed order: the operator's.
    LeaveVirtual,
    /// Another has its name.
    Foreign(String),
}

/// What is there, and what is to be there, under one name.
#[derive(Clone, Debug)]
pub struct Item {
    /// Name of the ManagedResource.
    pub name: String,
    /// The type whose inventory is written.
    pub type_name: String,
    /// What the export says, if it has the resource.
    pub wanted: Option<ManagedResourceSpec>,
    /// What the inventory says, if it has the resource.
    pub found: Option<ManagedResource>,
}

impl Item {
    /// What is to be done. The name alone says which resource it is: an entry whose identifier does not fit its name is
    /// put right.
    pub fn step(&self) -> Step {
        match (&self.wanted, &self.found) {
            (None, None) => Step::Nothing,
            (Some(wanted), None) => Step::Create(ManagedResource::new(&self.name, wanted.clone())),
            (wanted, Some(found)) if found.spec.resource_type_ref.name != self.type_name => match wanted {
                Some(_) => Step::Foreign(found.spec.resource_type_ref.name.clone()),
                // It went over to another type meanwhile, so it is gone from this one.
                None => Step::Nothing,
            },
            (_, Some(found)) if found.spec.source == Source::Virtual => Step::LeaveVirtual,
            (Some(wanted), Some(found)) if same(&found.spec, wanted) => Step::Nothing,
            (Some(wanted), Some(found)) => Step::Replace(ManagedResource {
                metadata: found.metadata.clone(),
                spec: wanted.clone(),
            }),
            (None, Some(found)) => Step::Delete(found.clone()),
        }
    }
}

/// Whether two entries say the same. When it was seen is left out: what is unchanged costs no write, and the
/// Synchronization says that it was seen again.
fn same(found: &ManagedResourceSpec, wanted: &ManagedResourceSpec) -> bool {
    differences(found, wanted).is_empty()
}

/// Which fields differ, in words.
pub fn differences(found: &ManagedResourceSpec, wanted: &ManagedResourceSpec) -> Vec<String> {
    let mut words = Vec::new();
    let mut compare = |name: &str, old: String, new: String| {
        if old != new {
            words.push(format!("{name} {old} -> {new}"));
        }
    };
    let text = |text: Option<&String>| text.map_or_else(|| "unknown".to_owned(), |text| format!("{text:?}"));
    compare(
        "identifier",
        text(Some(&found.identifier)),
        text(Some(&wanted.identifier)),
    );
    let owner = |spec: &ManagedResourceSpec| text(spec.owner.as_ref().map(|owner| &owner.id));
    compare("owner", owner(found), owner(wanted));
    let names: std::collections::BTreeSet<_> = found.properties.keys().chain(wanted.properties.keys()).collect();
    for name in names {
        compare(
            name,
            text(found.properties.get(name)),
            text(wanted.properties.get(name)),
        );
    }
    let set = |values: Option<&Vec<String>>| {
        let set: Option<std::collections::BTreeSet<_>> = values.map(|values| values.iter().collect());
        set.map_or_else(
            || "unknown".to_owned(),
            |set| format!("{:?}", set.into_iter().collect::<Vec<_>>()),
        )
    };
    let names: std::collections::BTreeSet<_> = found.values.keys().chain(wanted.values.keys()).collect();
    for name in names {
        compare(name, set(found.values.get(name)), set(wanted.values.get(name)));
    }
    words
}

/// Every difference, and what is left as it is.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What is to be written: first what exists, then what is gone.
    pub items: Vec<Item>,
    /// How many entries are as the export says.
    pub unchanged: usize,
    /// Names of the operator's own entries.
    pub left: Vec<String>,
    /// Names of entries that an incomplete export does not have, and does not prove gone.
    pub kept: Vec<String>,
}

/// Compares. With `complete`, what the export does not have is gone.
pub fn compare(type_name: &str, entries: &Entries, inventory: Vec<ManagedResource>, complete: bool) -> Plan {
    let mut found: BTreeMap<String, ManagedResource> =
        inventory.into_iter().map(|entry| (entry.name_any(), entry)).collect();
    let mut plan = Plan::default();
    let mut sort = |item: Item| match item.step() {
        Step::Create(_) | Step::Replace(_) | Step::Foreign(_) => plan.items.push(item),
        Step::Delete(_) if complete => plan.items.push(item),
        Step::Delete(_) => plan.kept.push(item.name),
        Step::LeaveVirtual => plan.left.push(item.name),
        Step::Nothing => plan.unchanged += 1,
    };
    for (name, wanted) in entries {
        sort(Item {
            name: name.clone(),
            type_name: type_name.to_owned(),
            wanted: Some(wanted.clone()),
            found: found.remove(name),
        });
    }
    for (name, found) in found {
        sort(Item {
            name,
            type_name: type_name.to_owned(),
            wanted: None,
            found: Some(found),
        });
    }
    plan
}

/// The entry that was seen last, of those that exports wrote.
pub fn newest(inventory: &[ManagedResource]) -> Option<(&ManagedResource, Timestamp)> {
    let seen = inventory
        .iter()
        .filter(|entry| entry.spec.source == Source::Synchronized);
    seen.map(|entry| (entry, entry.spec.observed_at.0))
        .max_by_key(|(_, at)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn entry(name: &str, more: Value) -> ManagedResource {
        let mut entry = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource", "metadata": {"name": format!("badge.{name}")},
            "spec": {"resourceTypeRef": {"name": "badge"}, "identifier": name, "source": "Synchronized", "observedAt": "2026-03-01T00:00:00Z"},
        });
        entry["spec"]
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        serde_json::from_value(entry).unwrap()
    }

    fn plan(wanted: &[ManagedResource], found: &[ManagedResource], complete: bool) -> Plan {
        let wanted = wanted
            .iter()
            .map(|entry| (entry.name_any(), entry.spec.clone()))
            .collect();
        compare("badge", &wanted, found.to_vec(), complete)
    }

    fn names(plan: &Plan) -> Vec<String> {
        super::super::report::differences_of(plan)
    }

    #[test]
    fn only_differences_are_written() {
        let wanted = [
            entry("anna", json!({"properties": {"zone": "HQ"}})),
            entry("ben", json!({"properties": {"zone": "LAB"}, "owner": {"id": "e2"}})),
            entry("carl", json!({"values": {"doors": ["a", "b"]}})),
        ];
        let found = [
            entry("ben", json!({"properties": {"zone": "HQ"}})),
            entry(
                "carl",
                json!({"values": {"doors": ["b", "a"]}, "observedAt": "2026-02-01T00:00:00Z"}),
            ),
            entry("dora", json!({})),
            entry("emil", json!({"source": "Virtual"})),
        ];
        let complete = plan(&wanted, &found, true);
        assert_eq!(
            names(&complete),
            [
                "would create badge.anna",
                "would update badge.ben: owner unknown -> \"e2\", zone \"HQ\" -> \"LAB\"",
                "would delete badge.dora",
            ]
        );
        assert_eq!(
            (complete.unchanged, complete.left.as_slice()),
            (1, ["badge.emil".to_owned()].as_slice())
        );
        let incomplete = plan(&wanted, &found, false);
        assert_eq!(names(&incomplete).len(), 2);
        assert_eq!(incomplete.kept, ["badge.dora"]);
    }

    #[test]
    fn the_name_says_whose_an_entry_is() {
        let wanted = [entry("anna", json!({}))];
        let wrong = [entry("anna", json!({"identifier": "ben"}))];
        assert_eq!(
            names(&plan(&wanted, &wrong, true)),
            ["would update badge.anna: identifier \"ben\" -> \"anna\""]
        );
        let foreign = [entry("anna", json!({"resourceTypeRef": {"name": "laptop"}}))];
        assert!(names(&plan(&wanted, &foreign, true))[0].contains("held by a resource of the type laptop"));
    }

    #[test]
    fn what_is_of_another_type_meanwhile_is_not_deleted() {
        let item = |type_name: &str| Item {
            name: "badge.anna".to_owned(),
            type_name: type_name.to_owned(),
            wanted: None,
            found: Some(entry("anna", json!({}))),
        };
        assert!(matches!(item("badge").step(), Step::Delete(_)));
        assert_eq!(item("laptop").step(), Step::Nothing);
    }

    #[test]
    fn a_virtual_entry_in_the_export_is_left_alone() {
        let plan = plan(
            &[entry("anna", json!({"properties": {"zone": "HQ"}}))],
            &[entry("anna", json!({"source": "Virtual"}))],
            true,
        );
        assert!(plan.items.is_empty());
        assert_eq!(plan.left, ["badge.anna"]);
    }
}
