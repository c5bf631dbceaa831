//! 2.2, 5.3 and 5.4: a request is taken back before, while and after a person has the work, by whoever may.

use crate::place::Place;
use crate::{condition, message, not_done, orders, refused, review, update, with};
use serde_json::json;

/// A person has the order for it, and it is taken back.
fn stopped(place: &Place, owner: &str) {
    let request = format!("hire-{owner}");
    place.hire(&request, owner);
    place.shows(&request, "Transmitted", "HandedOver");
    place.cancel("alice", &request).unwrap();
    place.shows(&request, "Transmitted", "StopRequested");
    assert_eq!(
        place.read(&format!("areq/{request}"), ".status.workflowState"),
        "Cancelled"
    );
    let order = format!("porder/badge.{owner}.1");
    place.wait(&order, ".status.reason", "StopRequested");
    message(
        place,
        &order,
        &format!("stop if you can: {request}: alice cancelled it: no longer wanted"),
    );
    message(place, &order, "Done already? Confirm it: kubectl patch porder");
    message(place, &order, "Not done? Report an error: kubectl patch porder");
    assert_eq!(condition(place, &order, "StopRequested"), "Cancelled");
}

#[test]
fn before_anyone_has_it_it_ends() {
    let place = with("cancel-before", &json!({"provisioningReview": {"required": true}}));
    place.hire("hire", "anna");
    place.shows("hire", "AwaitingApproval", "ReviewRequired");
    place.cancel("alice", "hire").unwrap();
    place.shows("hire", "Inactive", "Cancelled");
    message(&place, "areq/hire", "alice cancelled it: no longer wanted");
    place.wait("porder/badge.anna.1", ".status.reason", "Cancelled");
    let late = place.answer("dave", "badge.anna.1", json!({"review": {"result": "Approved"}}));
    refused(late, &["it is Inactive"]);
    let again = json!({"spec": {"cancel": {"reason": "not at all"}}}).to_string();
    let again = place.run("alice", &["patch", "areq", "hire", "--type=merge", "-p", &again]);
    refused(again, &["the request is cancelled, and that is final"]);
    assert_eq!(orders(&place), ["badge.anna.1"]);
}

#[test]
fn while_a_person_has_it_they_are_asked_to_stop() {
    let place = with("cancel-during", &json!({}));
    stopped(&place, "anna");
    not_done(&place, "badge.anna.1");
    place.shows("hire-anna", "Inactive", "Cancelled");
    place.wait("porder/badge.anna.1", ".status.state", "Errored");
    message(
        &place,
        "porder/badge.anna.1",
        "It was to be stopped, so nobody has to try again",
    );
    assert_eq!(
        condition(&place, "porder/badge.anna.1", "Stalled"),
        "",
        "no recovery is asked for"
    );

    stopped(&place, "boris");
    place.confirm("badge.boris.1");
    place.shows("hire-boris", "Executed", "CancelledTooLate");
    message(
        &place,
        "areq/hire-boris",
        "alice cancelled it (no longer wanted), and it was done all the same",
    );
    message(&place, "areq/hire-boris", "To undo it, file a Delete");
    assert_eq!(condition(&place, "porder/badge.boris.1", "StopRequested"), "");
    place.ask("leave", "boris", json!({"operation": "Delete"}));
    place.confirm("badge.boris.2");
    place.shows("leave", "Executed", "Confirmed");
}

#[test]
fn whoever_may_not_and_whoever_is_late_is_told() {
    let place = with("cancel-refused", &json!({}));
    place.hire("hire", "anna");
    place.shows("hire", "Transmitted", "HandedOver");
    refused(
        place.cancel("dave", "hire"),
        &["who made it (alice) or by its owner", "ask them"],
    );
    refused(place.cancel("bob", "hire"), &["User \"bob\" cannot patch"]);
    refused(place.cancel("mallory", "hire"), &["User \"mallory\" cannot patch"]);
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
    refused(
        place.cancel("alice", "hire"),
        &[
            "too late to cancel: this request is Executed",
            "file a request with operation Delete",
        ],
    );
    assert_eq!(place.read("areq/hire", ".spec.cancel"), "");
}

#[test]
fn one_of_several_is_taken_out_of_an_order_that_nobody_has() {
    let place = with(
        "cancel-one",
        &json!({"groupingWindow": "4s", "provisioningReview": {"required": true}}),
    );
    let level = update(&json!({"level": "3"}));
    crate::file(&place, "anna", &[("hire", crate::create()), ("level", level)]);
    place.shows("level", "AwaitingApproval", "ReviewRequired");
    place.cancel("alice", "level").unwrap();
    place.shows("level", "Inactive", "Cancelled");
    place.wait("porder/badge.anna.1", ".status.reason", "Recomputed");
    review(&place, "dave", "badge.anna.2", &json!({"result": "Approved"})).unwrap();
    place.confirm("badge.anna.2");
    place.shows("hire", "Executed", "Confirmed");
    assert_eq!(place.read("porder/badge.anna.2", ".spec.changes[*].property"), "zone");
}
