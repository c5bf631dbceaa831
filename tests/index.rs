//! Lines at rest, end to end: the operator keeps little of what is finished, and nobody notices.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod place;

use place::Place;
use serde_json::{Value, json};

/// What the operator read in this namespace, from the API server's audit log: single objects by
/// name, lists by their selector.
fn reads(place: &Place) -> Vec<String> {
    let log = std::fs::read_to_string(std::env::var("HANDOFF_AUDIT_LOG").unwrap()).unwrap();
    let events = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    events
        .filter(|event| event["objectRef"]["namespace"] == place.namespace.as_str())
        .filter(|event| event["user"]["username"] == "system:serviceaccount:handoff-system:handoff")
        .filter_map(|event| match event["verb"].as_str() {
            Some("get") => Some(text(&event["objectRef"]["name"])),
            Some("list") if text(&event["requestURI"]).contains("labelSelector") => {
                Some("the orders of a line".to_owned())
            }
            _other => None,
        })
        .collect()
}

/// Hires, confirms, and waits until the operator has nothing left to do with it.
fn settled(place: &Place, owner: &str) {
    let request = format!("hire-{owner}");
    place.hire(&request, owner);
    place.confirm(&format!("badge.{owner}.1"));
    place.shows(&request, "Executed", "Confirmed");
}

fn moves(place: &Place, name: &str, owner: &str, zone: &str) {
    place.ask(
        name,
        owner,
        json!({"operation": "Update", "properties": {"zone": zone}}),
    );
}

#[test]
fn a_settled_line_goes_on_after_a_restart_as_if_it_had_never_slept() {
    let mut place = Place::new("asleep");
    settled(&place, "anna");
    settled(&place, "boris");
    place.kill();
    place.start();
    moves(&place, "move", "anna", "LAB");
    place.wait("porder/badge.anna.2", ".status.state", "Transmitted");
    assert_eq!(place.read("porder/badge.anna.2", ".spec.changes[0].current[0]"), "HQ");
    assert_eq!(place.read("porder/badge.anna.2", ".spec.sequence"), "2");
    // Of all that is finished just what the woken line needs was read.
    assert_eq!(reads(&place), ["the orders of a line", "hire-anna"]);
    place.confirm("badge.anna.2");
    place.shows("move", "Executed", "Confirmed");
    // Asleep again, in the same process: the next change knows what the one before did.
    moves(&place, "back", "anna", "HQ");
    place.wait("porder/badge.anna.3", ".status.state", "Transmitted");
    assert_eq!(place.read("porder/badge.anna.3", ".spec.changes[0].current[0]"), "LAB");
    place.confirm("badge.anna.3");
    place.shows("back", "Executed", "Confirmed");
    // Five writes a request, of four requests: none by the restart, and none to those that slept.
    assert_eq!(place.writes(), 20);
}

#[test]
fn a_confirmation_on_a_sleeping_line_can_be_taken_back() {
    let mut place = Place::new("woken");
    settled(&place, "anna");
    settled(&place, "boris");
    let version = |what: &str| place.read(what, ".metadata.resourceVersion");
    let others = [version("areq/hire-boris"), version("porder/badge.boris.1")];
    place.kill();
    place.start();
    let back = json!({"recovery": {"action": "Retry", "comment": "it was another Anna"}});
    place.answer("dave", "badge.anna.1", back).unwrap();
    place.wait("porder/badge.anna.1", ".status.reason", "ClaimWithdrawn");
    place.wait("porder/badge.anna.2", ".spec.attempt", "2");
    place.shows("hire-anna", "Transmitted", "HandedOver");
    place.confirm("badge.anna.2");
    place.shows("hire-anna", "Executed", "Confirmed");
    let version = |what: &str| place.read(what, ".metadata.resourceVersion");
    assert_eq!([version("areq/hire-boris"), version("porder/badge.boris.1")], others);
}

#[test]
fn a_name_that_another_resource_holds_is_said_and_used_once_it_is_free() {
    let mut place = Place::new("held");
    settled(&place, "boris");
    // An order of boris under the name that anna's first order needs, as only an administrator can make it.
    let order = place
        .run("admin", &["get", "porder", "badge.boris.1", "-o", "json"])
        .unwrap();
    let mut order: Value = serde_json::from_str(&order).unwrap();
    order["metadata"] = json!({"name": "badge.anna.1"});
    order["spec"]["sequence"] = json!(7);
    for gone in ["requestRefs", "decision"] {
        order["spec"].as_object_mut().unwrap().remove(gone);
    }
    order.as_object_mut().unwrap().remove("status");
    place.apply("admin", order);
    place.hire("hire-anna", "anna");
    place.shows("hire-anna", "Error", "NameConflict");
    // The restarted operator finds it out again, and writes nothing new about it.
    let said = place.read("areq/hire-anna", ".metadata.resourceVersion");
    place.kill();
    place.start();
    settled(&place, "clara");
    assert_eq!(place.read("areq/hire-anna", ".metadata.resourceVersion"), said);
    place.run("admin", &["delete", "porder", "badge.anna.1"]).unwrap();
    place.shows("hire-anna", "Transmitted", "HandedOver");
    assert_eq!(place.read("porder/badge.anna.1", ".spec.resource.identifier"), "anna");
}

#[test]
fn a_type_counts_its_open_orders_and_a_restart_writes_that_no_second_time() {
    let mut place = Place::new("census");
    for owner in ["anna", "boris"] {
        place.hire(&format!("hire-{owner}"), owner);
        place.shows(&format!("hire-{owner}"), "Transmitted", "HandedOver");
    }
    place.kill();
    // A new process has written no counts yet: it need not wait half a minute.
    place.start();
    place.wait("rtype/badge", ".status.openOrders", "2");
    assert_eq!(place.read("rtype/badge", ".status.overdueOrders"), "0");
    let version = place.read("rtype/badge", ".metadata.resourceVersion");
    place.kill();
    place.start();
    // It has worked on all that it listed when it has answered something new; that changes no count.
    place.ask("late", "anna", json!({"operation": "Delete"}));
    place.shows("late", "Pending", "Queued");
    assert_eq!(place.read("rtype/badge", ".metadata.resourceVersion"), version);
    settled_again(&place, "anna");
    settled_again(&place, "boris");
    place.wait("rtype/badge", ".status.openOrders", "1");
}

/// Many orders at once are one count: the second is written half a minute after the first.
#[test]
#[expect(clippy::disallowed_methods, reason = "how many half minutes it may have taken")]
fn counts_are_written_every_half_minute_at_most() {
    let place = Place::new("census-pace");
    let began = std::time::Instant::now();
    let before = place.writes_of(&["resourcetypes"]);
    for number in 0..10 {
        let owner = format!("o{number}");
        place.hire(&format!("hire-{owner}"), &owner);
        place.shows(&format!("hire-{owner}"), "Transmitted", "HandedOver");
    }
    place.wait("rtype/badge", ".status.openOrders", "10");
    let written = place.writes_of(&["resourcetypes"]) - before;
    // The type's own conditions, the first count, and one for each half minute.
    let most = 3 + began.elapsed().as_secs() / 30;
    assert!(
        u64::try_from(written).unwrap() <= most,
        "{written} writes, and {most} are the most"
    );
}

/// Confirms the first order of an owner who was hired already.
fn settled_again(place: &Place, owner: &str) {
    place.confirm(&format!("badge.{owner}.1"));
    place.shows(&format!("hire-{owner}"), "Executed", "Confirmed");
}
