//! Section 6 and what rests on it: claims against what snapshots of the managed system show.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod claims;
#[cfg(feature = "faults")]
mod faults;
mod knowledge;
#[path = "../pretend/mod.rs"]
mod pretend;
mod snapshots;

use handoff_core::api::ProvisioningOrder;
use handoff_core::engine::observed::{Inventory, Taken};
use jiff::{Timestamp, ToSpan};
use pretend::{Line, badge};
use serde_json::{Value, json};

/// A line whose orders are proven by the inventory.
fn line() -> Line {
    with(json!({}))
}

fn with(verification: Value) -> Line {
    let mut of = badge();
    of["spec"]["verification"] = json!({"mode": "Inventory"});
    of["spec"]["verification"]
        .as_object_mut()
        .unwrap()
        .extend(verification.as_object().unwrap().clone());
    Line::new(of)
}

fn create() -> Value {
    json!({"operation": "Create", "properties": {"zone": "A"}})
}

fn update(properties: Value) -> Value {
    json!({"operation": "Update", "properties": properties})
}

fn delete() -> Value {
    json!({"operation": "Delete"})
}

/// Hired, and a person says that it is done.
fn claimed() -> Line {
    let mut line = line();
    line.ask("hire", create()).decide(1, "Confirmed");
    line
}

fn taken(at: Timestamp) -> Taken {
    Taken {
        name: format!("badge.{}", at.as_second()),
        taken_at: at,
        count: 1,
    }
}

/// A complete snapshot, taken now: the resource has these values, or is not there.
fn export(line: &mut Line, values: Option<Value>) -> &mut Line {
    let at = line.now;
    export_of(line, values, at)
}

/// A complete snapshot that was taken at another time than it arrives.
fn export_of(line: &mut Line, values: Option<Value>, at: Timestamp) -> &mut Line {
    show(line, values, at);
    line.inventory = Inventory {
        complete: Some(taken(at)),
        newest: Some(taken(at)),
        doubtful: false,
    };
    line.settle()
}

/// A snapshot that does not hold everything.
fn part(line: &mut Line, values: Value) -> &mut Line {
    let at = line.now;
    show(line, Some(values), at);
    line.inventory.newest = Some(taken(at));
    line.settle()
}

/// The inventory's entry becomes this; what is unchanged is not written again.
fn show(line: &mut Line, values: Option<Value>, at: Timestamp) {
    line.resource = values.and_then(|values| {
        let entry = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource", "metadata": {"name": "badge.e1"},
            "spec": {
                "resourceTypeRef": {"name": "badge"}, "identifier": "e1", "owner": {"id": "e1"}, "properties": values,
                "source": "Synchronized", "observedAt": at.to_string(),
            },
        });
        let entry: handoff_core::api::ManagedResource = serde_json::from_value(entry).unwrap();
        let same = line
            .resource
            .as_ref()
            .filter(|known| known.spec.properties == entry.spec.properties);
        same.cloned().or(Some(entry))
    });
}

fn minutes_ago(line: &Line, minutes: i64) -> Timestamp {
    line.now.checked_sub(minutes.minutes()).unwrap()
}

fn later(line: &mut Line, minutes: i64) {
    line.now = line.now.checked_add(minutes.minutes()).unwrap();
}

fn verification(order: &ProvisioningOrder) -> Value {
    serde_json::to_value(order.status.as_ref().unwrap().verification.as_ref()).unwrap()
}

fn verified(order: &ProvisioningOrder) -> Option<(String, String)> {
    let conditions = &order.status.as_ref().unwrap().conditions;
    let found = conditions.iter().find(|condition| condition.type_ == "Verified")?;
    Some((format!("{:?}", found.status), found.reason.clone()))
}
