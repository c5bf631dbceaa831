//! Who has to agree before anything is done: on the real API server, as the people who do it.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod place;

use place::{Place, badge};
use serde_json::{Value, json};

fn agreed_by(steps: i32) -> Value {
    let mut of = badge();
    of["spec"]["approval"] = json!({"steps": steps});
    of
}

/// A namespace whose type asks for so many people.
fn agreeing(namespace: &str, steps: i32) -> Place {
    let place = Place::new(namespace);
    place.apply("gita", agreed_by(steps));
    place.wait("rtype/badge", ".status.observedGeneration", "2");
    place
}

fn answer(place: &Place, who: &str, request: &str, key: &str, result: &str) -> Result<String, String> {
    let approvals = json!({"spec": {"approvals": {key: {"result": result, "comment": "as agreed"}}}});
    place.run(
        who,
        &["patch", "areq", request, "--type=merge", "-p", &approvals.to_string()],
    )
}

fn waits(place: &Place, request: &str, count: &str) {
    place.wait(&format!("areq/{request}"), ".status.approvals", count);
    place.shows(request, "None", "WaitingForApproval");
    assert_eq!(
        place.read(&format!("areq/{request}"), ".status.workflowState"),
        "PendingApproval"
    );
}

#[test]
fn two_people_agree_and_the_order_follows() {
    let place = agreeing("two-approvals", 2);
    place.hire("hire", "anna");
    waits(&place, "hire", "0/2");
    place.told("hire", "WaitingForApproval", "0 of 2 have agreed");
    let refused = answer(&place, "alice", "hire", "alice", "Approved").unwrap_err();
    assert!(refused.contains("alice"), "{refused}");
    let forged = answer(&place, "dave", "hire", "erin", "Approved").unwrap_err();
    assert!(forged.contains("dave"), "{forged}");
    answer(&place, "dave", "hire", "dave", "Approved").unwrap();
    waits(&place, "hire", "1/2");
    assert_eq!(place.read("porder", ".items"), "[]");
    answer(&place, "admin", "hire", "admin", "Approved").unwrap();
    place.shows("hire", "Transmitted", "HandedOver");
    assert_eq!(place.read("areq/hire", ".status.approvals"), "2/2");
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
    let late = answer(&place, "dave", "hire", "dave", "Declined").unwrap_err();
    assert!(late.contains("approvals"), "{late}");
}

#[test]
fn one_no_ends_the_request() {
    let place = agreeing("declined", 2);
    place.hire("hire", "anna");
    waits(&place, "hire", "0/2");
    answer(&place, "dave", "hire", "dave", "Declined").unwrap();
    place.shows("hire", "Inactive", "Declined");
    assert!(
        place
            .read("areq/hire", ".status.message")
            .contains("dave declined it: as agreed")
    );
    assert_eq!(place.read("areq/hire", ".status.workflowState"), "Declined");
    place.told("hire", "Declined", "dave declined it");
    assert_eq!(place.read("porder", ".items"), "[]");
}

#[test]
fn who_may_approve_and_asks_counts_as_the_first() {
    let place = agreeing("implicit", 1);
    let wish = json!({"resourceTypeRef": {"name": "badge"}, "owner": {"id": "anna"}, "operation": "Create", "properties": {"zone": "HQ"}});
    let request = json!({"apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest", "metadata": {"name": "hire"}, "spec": wish});
    place.apply("admin", request);
    place.shows("hire", "Transmitted", "HandedOver");
    assert_eq!(place.read("areq/hire", ".status.approvals"), "1/1");
    assert_eq!(place.read("areq/hire", ".spec.requestedBy.mayApprove"), "true");
}

/// How many have to agree is what the type said when the request was first seen.
#[test]
fn the_number_of_steps_is_frozen() {
    let place = agreeing("frozen-steps", 1);
    place.hire("hire", "anna");
    waits(&place, "hire", "0/1");
    place.apply("gita", agreed_by(9));
    place.wait("rtype/badge", ".status.observedGeneration", "3");
    answer(&place, "dave", "hire", "dave", "Approved").unwrap();
    place.shows("hire", "Transmitted", "HandedOver");
    place.hire("later", "boris");
    waits(&place, "later", "0/9");
}
