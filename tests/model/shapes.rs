//! The types of the model: `badge`, and `desk` that may depend on it, each in several shapes.

use crate::world::World;
use handoff_core::api::{ResourceType, Synchronization};
use serde_json::{Value, json};

/// How many shapes there are; the last two are no type at all.
pub const SHAPES: u8 = 11;
/// The shape without anything special.
pub const PLAIN: u8 = 0;
/// The shape whose confirmed orders enter the inventory.
pub const VIRTUAL: u8 = 4;

/// Rules that any shape may have besides, one bit each.
pub mod rule {
    pub const REVIEW: u16 = 1;
    pub const REVIEW_AFTER_ERROR: u16 = 1 << 1;
    pub const SUSPENDED: u16 = 1 << 2;
    pub const GROUPING: u16 = 1 << 3;
    pub const VALIDITY: u16 = 1 << 4;
    pub const DUE: u16 = 1 << 5;
    pub const CLAIM: u16 = 1 << 6;
    pub const OWNER_PROPERTIES: u16 = 1 << 7;
    pub const THRESHOLD: u16 = 1 << 8;
    pub const DEPENDS: u16 = 1 << 9;
    /// Snapshots prove what people say.
    pub const INVENTORY: u16 = 1 << 10;
    /// The same, and the system takes two hours to show what was done.
    pub const LAG: u16 = 1 << 11;
    /// The same, and what is refuted is tried once more by itself.
    pub const REOPEN: u16 = 1 << 12;
    /// Those that have a bit.
    pub const MANY: u16 = 13;
}

/// The type whose snapshot it is.
pub fn type_of(object: &Synchronization) -> &str {
    &object.spec.resource_type_ref.name
}

/// A type in one of its shapes; `None`: deleted.
pub fn shape(name: &str, edit: u8, rules: u16) -> Option<ResourceType> {
    let mut of = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType", "metadata": {"name": name},
        "spec": {
            "provisioningConnection": {"package": "ManualTicket"},
            "properties": [
                {"name": "zone", "type": "String", "required": true},
                {"name": "level", "type": "Integer"},
                {"name": "doors", "type": "String", "multiValued": true},
                {"name": "label", "type": "String", "expression": "owner.id ~ '/' ~ (request.properties.zone if request.properties.zone is defined else 'x')"},
                {"name": "pin", "type": "Secret"},
            ],
        },
    });
    let spec = &mut of["spec"];
    match edit {
        PLAIN => {}
        1 => spec["provisioningConnection"] = Value::Null,
        2 => spec["identifier"] = json!({"expression": "owner.id ~"}),
        3 => spec["properties"][3]["expression"] = "owner.nothing".into(),
        VIRTUAL => spec["provisioningConnection"]["package"] = "ManualTicketAndResources".into(),
        5 => spec["allow"] = json!({"update": false}),
        6 => spec["properties"][3]["expression"] = "owner.id ~ ' of ' ~ type.name".into(),
        7 => spec["approval"] = json!({"steps": 1}),
        8 => spec["approval"] = json!({"steps": 2}),
        _ => return None,
    }
    add_rules(spec, name, rules);
    Some(serde_json::from_value(of).unwrap())
}

fn add_rules(spec: &mut Value, name: &str, rules: u16) {
    let has = |rule: u16| rules & rule != 0;
    if has(rule::REVIEW) || has(rule::REVIEW_AFTER_ERROR) {
        spec["provisioningReview"] =
            json!({"required": has(rule::REVIEW), "afterError": has(rule::REVIEW_AFTER_ERROR)});
    }
    if has(rule::SUSPENDED) {
        spec["suspend"] = true.into();
    }
    if has(rule::GROUPING) {
        spec["groupingWindow"] = "2h".into();
    }
    if has(rule::VALIDITY) {
        spec["transmittedStateValidity"] = "5h".into();
    }
    if has(rule::DUE) {
        spec["dueAfter"] = "3h".into();
    }
    if has(rule::CLAIM) {
        spec["decision"] = json!({"claimRequired": true});
    }
    if has(rule::OWNER_PROPERTIES) {
        spec["dependsOnOwnerProperties"] = json!(["department"]);
    }
    if has(rule::THRESHOLD) {
        spec["thresholds"] = json!({"window": "4h", "creation": {"max": 1}});
    }
    if has(rule::INVENTORY) || has(rule::LAG) || has(rule::REOPEN) {
        spec["verification"] = json!({"mode": "Inventory"});
        if has(rule::LAG) {
            spec["verification"]["lag"] = "2h".into();
        }
        if has(rule::REOPEN) {
            spec["verification"]["onRefuted"] = "Reopen".into();
            spec["verification"]["maxAttempts"] = 2.into();
        }
    }
    if has(rule::DEPENDS) && name == "desk" {
        spec["dependsOn"] = json!([{"name": "badge"}]);
    }
}

impl World {
    /// Makes the stored type this one.
    pub fn set_type(&mut self, name: &str, edit: u8, rules: u16) {
        match (shape(name, edit, rules), self.types.get(name).cloned()) {
            (None, _) => self.remove_type(name),
            (Some(new), None) => drop(self.create_type(new)),
            (Some(new), Some(old)) if new.spec == old.spec => {}
            (Some(new), Some(mut old)) => {
                old.spec = new.spec;
                old.metadata.generation = old.metadata.generation.map(|generation| generation + 1);
                self.put_type(old);
            }
        }
    }
}
