//! A record with a bit of everything, and how to tell whether it is the same.

use crate::place::Place;
use serde_json::{Value, json};
use std::time::Duration;

/// Anna's badge is there, Bob works on Carla's, Dora's failed and two wait behind it, Emma's was taken back; a trusted key
/// is in the inventory, a vault waits for its second approver, and a snapshot was accepted.
pub(crate) fn make_history(place: &Place) {
    let trusted = json!({"provisioningConnection": {"package": "ManualTicketAndResources"}});
    place.apply("gita", type_("key", trusted));
    let agreed = json!({"provisioningConnection": {"package": "ManualTicket"}, "approval": {"steps": 2}});
    place.apply("gita", type_("vault", agreed));
    for owner in ["anna", "carla", "dora", "emma"] {
        place.hire(&format!("hire-{owner}"), owner);
    }
    place.done("hire-anna", "badge.anna.1");
    place.wait("porder/badge.carla.1", ".status.state", "Transmitted");
    place
        .answer("bob", "badge.carla.1", json!({"assignee": {"username": "bob"}}))
        .unwrap();
    place.fail("badge.dora.1");
    two_wait_for_dora(place);
    place.cancel("alice", "hire-emma").unwrap();
    place.wait("porder/badge.emma.1", ".status.reason", "StopRequested");

    for (type_, owner) in [("key", "anna"), ("vault", "anna")] {
        let mut wish = request(&format!("{type_}-{owner}"), owner, json!({"operation": "Create"}));
        wish["spec"]["resourceTypeRef"]["name"] = type_.into();
        place.create("alice", &wish).unwrap();
    }
    place.confirm("key.anna.1");
    place.shows("key-anna", "Verified", "Trusted");
    place.wait("areq/vault-anna", ".status.workflowState", "PendingApproval");
    let agrees = json!({"spec": {"approvals": {"dave": {"result": "Approved"}}}}).to_string();
    place
        .run("dave", &["patch", "areq", "vault-anna", "--type=merge", "-p", &agrees])
        .unwrap();
    place.wait("areq/vault-anna", ".status.approvals", "1/2");
    place.apply("ivan", snapshot());
    place.wait("sync/badge.first", ".status.accepted", "true");
}

/// The later one has the name that sorts first.
fn two_wait_for_dora(place: &Place) {
    place.ask(
        "z-first",
        "dora",
        json!({"operation": "Update", "properties": {"zone": "LAB"}}),
    );
    let first = place.read("areq/z-first", ".metadata.creationTimestamp");
    let change = json!({"operation": "Update", "properties": {"zone": "ROOF"}});
    // The API server counts whole seconds.
    let second = request("a-second", "dora", change.clone());
    while would_create(place, &second, ".metadata.creationTimestamp").unwrap() == first {
        std::thread::sleep(Duration::from_millis(50));
    }
    place.ask("a-second", "dora", change);
    for waiting in ["z-first", "a-second"] {
        place.shows(waiting, "Pending", "WaitingForRecovery");
    }
}

/// What the API server would answer if Alice created this now.
pub(crate) fn would_create(place: &Place, object: &Value, path: &str) -> Result<String, String> {
    let folder = std::env::var("HANDOFF_TEST_DIR").unwrap();
    let file = format!("{folder}/now.json");
    std::fs::write(&file, object.to_string()).unwrap();
    let path = format!("jsonpath={{{path}}}");
    place.run("alice", &["create", "--dry-run=server", "-f", &file, "-o", &path])
}

/// Once Dora's order is tried again, the later wish wins, although its name sorts first.
pub(crate) fn the_queue_goes_on(place: &Place) {
    place
        .answer("dave", "badge.dora.1", json!({"recovery": {"action": "Retry"}}))
        .unwrap();
    place.wait("porder/badge.dora.2", ".status.state", "Transmitted");
    let zone = place.read("porder/badge.dora.2", ".spec.desired.properties.zone");
    assert_eq!(zone, "ROOF");
    place.shows("z-first", "Inactive", "Superseded");
    place.done("a-second", "badge.dora.2");
}

/// Everything that there is, but for what a restore cannot bring back, and the owners that came later.
pub(crate) fn read(place: &Place) -> Vec<Value> {
    let items = place.everything();
    let mut kept = items.clone();
    kept.retain(|item| !["frank", "grace"].contains(&item["spec"]["owner"]["id"].as_str().unwrap_or_default()));
    for item in &mut kept {
        let metadata = item["metadata"].as_object_mut().unwrap();
        for new in ["uid", "resourceVersion", "creationTimestamp", "generation"] {
            metadata.remove(new);
        }
        for reference in item
            .pointer_mut("/spec/requestRefs")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            let same = |other: &&Value| other["metadata"]["uid"] == reference["uid"];
            let names = items
                .iter()
                .find(same)
                .map(|request| request["metadata"]["name"].clone());
            reference["uid"] = names.unwrap_or_default();
        }
        without(item, "observedGeneration");
        // They follow what there is half a minute late.
        ["openOrders", "overdueOrders", "resources"]
            .iter()
            .for_each(|count| without(item, count));
    }
    kept
}

fn without(value: &mut Value, key: &str) {
    match value {
        Value::Object(fields) => {
            fields.remove(key);
            fields.values_mut().for_each(|inner| without(inner, key));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| without(inner, key)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

pub(crate) fn request(name: &str, owner: &str, spec: Value) -> Value {
    let mut full = json!({"resourceTypeRef": {"name": "badge"}, "owner": {"id": owner}});
    full.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    object("AssignmentRequest", name, full)
}

fn type_(name: &str, spec: Value) -> Value {
    object("ResourceType", name, spec)
}

fn snapshot() -> Value {
    let taken =
        json!({"resourceTypeRef": {"name": "badge"}, "takenAt": "2026-01-01T00:00:00Z", "complete": false, "count": 0});
    object("Synchronization", "badge.first", taken)
}

fn object(kind: &str, name: &str, spec: Value) -> Value {
    json!({"apiVersion": "handoff.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}
