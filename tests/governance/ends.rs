//! 5.5: what is wished until a time is undone by a request that the operator files, once.

use crate::place::Place;
use crate::{but, condition, create, file, in_seconds, message, now, orders, refused, with};
use jiff::Timestamp;
use serde_json::json;

fn hired_until(place: &Place, end: Timestamp) {
    place.ask("hire", "anna", but(create(), "endTime", json!(end)));
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
}

fn its_delete_is_done(place: &Place) {
    place.shows("hire-end", "Transmitted", "HandedOver");
    let filed = "areq/hire-end";
    assert_eq!(place.read(filed, ".spec.operation"), "Delete");
    assert_eq!(place.read(filed, ".spec.causedBy.name"), "hire");
    assert_eq!(
        place.read(filed, ".spec.justification"),
        "the end time of hire has come"
    );
    let operator = "system:serviceaccount:handoff-system:handoff";
    assert_eq!(place.read(filed, ".spec.requestedBy.username"), operator);
    assert!(place.read("porder/badge.anna.2", ".spec.requesters").contains("alice"));
    place.confirm("badge.anna.2");
    place.shows("hire-end", "Executed", "Confirmed");
    place.shows("hire", "Executed", "Confirmed");
    assert_eq!(condition(place, "areq/hire", "EndRequested"), "EndFiled");
    assert_eq!(place.read("areq", ".items[*].metadata.name"), "hire hire-end");
    assert_eq!(orders(place), ["badge.anna.1", "badge.anna.2"]);
}

#[test]
fn an_access_is_taken_away_at_its_end() {
    let place = with("ends", &json!({"approval": {"steps": 1}}));
    place.ask("hire", "anna", but(create(), "endTime", json!(in_seconds(12))));
    let agreed = json!({"spec": {"approvals": {"dave": {"result": "Approved"}}}});
    place.wait("areq/hire", ".status.workflowState", "PendingApproval");
    place
        .run(
            "dave",
            &["patch", "areq", "hire", "--type=merge", "-p", &agreed.to_string()],
        )
        .unwrap();
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
    its_delete_is_done(&place);
}

#[test]
fn an_end_that_comes_while_no_operator_runs_is_seen_to_by_the_next() {
    let mut place = with("ends-unseen", &json!({}));
    let end = in_seconds(12);
    hired_until(&place, end);
    place.kill();
    // Nothing tells that a time has come when no operator runs.
    if let Ok(left) = (end - now()).try_into() {
        std::thread::sleep(left);
    }
    place.start();
    place.shows("hire-end", "Transmitted", "HandedOver");
    // Another start files nothing again.
    place.kill();
    place.start();
    its_delete_is_done(&place);
}

#[test]
fn what_was_added_until_a_time_is_removed_again() {
    let place = with("ends-change", &json!({}));
    place.ask(
        "hire",
        "anna",
        but(create(), "values", json!({"doors": ["north", "west"]})),
    );
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
    let plain = json!({"operation": "Update", "properties": {"zone": "LAB"}, "endTime": in_seconds(60)});
    refused(filed(&place, &plain), &["nobody can know which value to go back to"]);
    let lend = json!({"operation": "Update", "addValues": {"doors": ["north", "south"]}, "endTime": in_seconds(10)});
    file(&place, "anna", &[("lend", lend)]);
    place.confirm("badge.anna.2");
    // North was there before.
    place.shows("lend-end", "Transmitted", "HandedOver");
    assert_eq!(place.read("areq/lend-end", ".spec.operation"), "Update");
    assert_eq!(
        place.read("areq/lend-end", ".spec.removeValues"),
        r#"{"doors":["south"]}"#
    );
    assert_eq!(
        place.read("porder/badge.anna.3", ".spec.changes[0].removed"),
        r#"["south"]"#
    );
    place.confirm("badge.anna.3");
    place.shows("lend-end", "Executed", "Confirmed");
    assert_eq!(
        place.read("porder/badge.anna.3", ".spec.desired.values.doors"),
        r#"["north","west"]"#
    );
    message(&place, "areq/lend-end", "bob confirmed that it is done");
}

/// What alice is told when she files this.
fn filed(place: &Place, fields: &serde_json::Value) -> Result<String, String> {
    let mut spec = json!({"resourceTypeRef": {"name": "badge"}, "owner": {"id": "anna"}});
    spec.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    let request = json!({"apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest", "metadata": {"name": "wish"}, "spec": spec});
    place.create("alice", &request)
}
