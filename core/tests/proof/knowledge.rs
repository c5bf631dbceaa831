//! What is known of a resource: the newer of claim and observation.

use super::{claimed, create, delete, export, export_of, line, minutes_ago, part, taken, update};
use handoff_core::api::ProvisioningState as State;
use serde_json::json;

fn there() -> serde_json::Value {
    json!({"zone": "A", "label": "e1/A"})
}

#[test]
pub fn what_is_there_already_needs_no_order() {
    let mut line = line();
    export(&mut line, Some(there()));
    line.ask("hire", create());
    assert_eq!(line.shows(1), (State::Verified, "AlreadyAsRequested"));
    line.ask("move", update(json!({"zone": "B"})));
    assert_eq!(line.orders[0].spec.changes.len(), 2);
    assert_eq!(
        line.orders[0].spec.changes[1].current.as_deref(),
        Some(&["A".to_owned()][..])
    );
}

#[test]
pub fn what_is_not_in_a_complete_snapshot_is_not_there() {
    let mut line = line();
    export(&mut line, None);
    line.ask("leave", delete());
    assert_eq!(line.shows(1), (State::Verified, "AlreadyAbsent"));
    line.ask("move", update(json!({"zone": "B"})));
    assert_eq!(line.shows(2), (State::Error, "ResourceNotFound"));
    assert!(line.orders.is_empty());
}

#[test]
pub fn without_a_complete_snapshot_nobody_knows() {
    let mut line = line();
    line.inventory.newest = Some(taken(line.now));
    line.ask("leave", delete());
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
}

/// A snapshot that lacks too much may have taken entries out that are there.
#[test]
pub fn after_a_snapshot_that_nobody_believes_absence_says_nothing() {
    let mut line = line();
    let before = minutes_ago(&line, 60);
    export_of(&mut line, Some(there()), before);
    line.resource = None;
    line.inventory.newest = Some(taken(line.now));
    line.inventory.doubtful = true;
    line.ask("leave", delete());
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
}

#[test]
pub fn a_claim_counts_until_something_newer_is_seen() {
    let mut line = claimed();
    line.ask("more", update(json!({"level": "1"})));
    assert_eq!(line.orders[1].spec.desired.properties["zone"], "A");
    line.decide(2, "Confirmed");
    part(&mut line, json!({"zone": "X", "label": "e1/X", "level": "1"}));
    line.ask("move", update(json!({"zone": "A"})));
    let change = line.orders[2]
        .spec
        .changes
        .iter()
        .find(|change| change.property == "zone")
        .unwrap();
    assert_eq!(change.current.as_deref(), Some(&["X".to_owned()][..]));
}

#[test]
pub fn another_persons_resource_is_known_from_the_inventory() {
    let mut line = line();
    export(&mut line, Some(there()));
    line.ask(
        "steal",
        json!({"operation": "Create", "properties": {"zone": "A"}, "owner": {"id": "e2"}}),
    );
    assert_eq!(line.shows(1), (State::Error, "IdentifierTaken"));
}
