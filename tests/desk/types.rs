//! Orders and requests of any type at the desk, made by hand: what the engine makes of that type does not matter.

use super::{Desk, line};
use handoff::operator::index::{Gathered, Index, Key, LineKey};
use handoff_core::api::ProvisioningOrder;
use handoff_core::engine::LineSnapshot;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::HashSet;

pub fn of(kind: &str, identifier: &str) -> LineKey {
    LineKey {
        type_name: kind.to_owned(),
        ..line(identifier)
    }
}

pub fn wakes(kind: &str, identifier: &str) -> Key {
    Key::Line(of(kind, identifier))
}

fn changed(value: &mut Value, changes: Value) {
    for (field, new) in changes.as_object().unwrap() {
        value[field] = new.clone();
    }
}

/// A desk at which an order was handed over, to make others of.
pub fn a_desk() -> Desk {
    let mut desk = Desk::new();
    let woken = desk.hire("model", "model");
    desk.work(woken);
    desk
}

/// An order of any type that was just handed over, with these changes to its status.
pub fn order(desk: &Desk, kind: &str, identifier: &str, sequence: i64, status: Value) -> ProvisioningOrder {
    let name = format!("{kind}.{identifier}.{sequence}");
    let mut order = serde_json::to_value(&desk.orders["badge.model.1"]).unwrap();
    order["metadata"] = json!({"name": name, "creationTimestamp": desk.now.to_string()});
    if let Some(known) = desk.orders.get(&name) {
        order["metadata"] = serde_json::to_value(&known.metadata).unwrap();
    }
    let spec = json!({
        "resourceTypeRef": {"name": kind}, "resource": {"identifier": identifier}, "sequence": sequence,
        "owner": {"id": identifier}, "requestRefs": [],
    });
    changed(&mut order["spec"], spec);
    changed(&mut order["status"], status);
    serde_json::from_value(order).unwrap()
}

pub fn make(desk: &mut Desk, kind: &str, identifier: &str, sequence: i64, status: Value) -> HashSet<Key> {
    let order = order(desk, kind, identifier, sequence, status);
    desk.store_order(order)
}

pub fn finished(state: &str, now: Timestamp) -> Value {
    json!({
        "state": state, "reason": "Confirmed", "executedAt": now.to_string(),
        "conditions": [{"type": "Finished", "status": "True", "reason": "Confirmed", "lastTransitionTime": now.to_string()}],
    })
}

/// A request that says which resource it means: its line is known whatever its type is.
pub fn ask(desk: &mut Desk, kind: &str, name: &str, identifier: &str) -> HashSet<Key> {
    let wish = json!({
        "resourceTypeRef": {"name": kind}, "operation": "Create", "resource": {"identifier": identifier},
        "properties": {"zone": "HQ"},
    });
    desk.ask(name, identifier, wish)
}

pub fn seen(index: &Index, line: &LineKey, now: Timestamp) -> LineSnapshot {
    let Gathered::Whole(snapshot) = index.gather(line, now) else {
        panic!("{line:?} is not open");
    };
    *snapshot
}
