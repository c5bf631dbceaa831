//! 4.9, 5.1 and 5.4: attempts after an error, work that changed before anybody had it, and one of several that is taken back.

use crate::place::Place;
use crate::{create, edit, file, kind, message, not_done, orders, refused, release, review, update, with};
use serde_json::{Value, json};

/// A type whose level is computed by this expression, with these fields.
fn computed(level: &str, fields: &Value) -> Value {
    let mut of = kind(fields);
    of["spec"]["properties"][1]["expression"] = json!(level);
    of
}

fn retry(place: &Place, order: &str) {
    place.wait(&format!("porder/{order}"), ".status.state", "Errored");
    place
        .answer("dave", order, json!({"recovery": {"action": "Retry"}}))
        .unwrap();
}

#[test]
fn each_attempt_after_an_error_waits_for_a_review() {
    let place = with("after-error", &json!({"provisioningReview": {"afterError": true}}));
    place.hire("hire", "anna");
    place.shows("hire", "Transmitted", "HandedOver");
    not_done(&place, "badge.anna.1");
    retry(&place, "badge.anna.1");
    place.shows("hire", "AwaitingApproval", "ReviewRequired");
    assert_eq!(place.read("porder/badge.anna.2", ".spec.attempt"), "2");
    release(&place, "badge.anna.2");
    place.done("hire", "badge.anna.2");
}

/// Each operation has a limit of its own, and another attempt is no new order.
#[test]
fn a_limit_counts_one_operation_and_no_retries() {
    let limits = json!({"thresholds": {"window": "1h", "update": {"max": 1}, "deletion": {"max": 0}}});
    let place = with("limits", &limits);
    for owner in ["anna", "boris"] {
        place.hire(&format!("hire-{owner}"), owner);
        place.done(&format!("hire-{owner}"), &format!("badge.{owner}.1"));
    }
    place.ask("move", "anna", update(&json!({"level": "1"})));
    place.shows("move", "Transmitted", "HandedOver");
    not_done(&place, "badge.anna.2");
    retry(&place, "badge.anna.2");
    place.shows("move", "Transmitted", "HandedOver");
    place.ask("other", "boris", update(&json!({"level": "1"})));
    place.shows("other", "AwaitingApproval", "ThresholdExceeded");
    place.ask("leave", "anna", crate::delete());
    not_done(&place, "badge.anna.3");
    place.shows("leave", "AwaitingApproval", "ThresholdExceeded");
}

#[test]
fn what_is_handed_over_is_what_is_right_then() {
    let place = with("recompute", &json!({"suspend": true}));
    place.hire("hire", "anna");
    place.shows("hire", "Pending", "Suspended");
    place.apply("gita", computed("7", &json!({"suspend": false})));
    place.wait("porder/badge.anna.1", ".status.reason", "Recomputed");
    message(&place, "porder/badge.anna.1", "what there is to do is otherwise now");
    place.shows("hire", "Transmitted", "HandedOver");
    assert_eq!(place.read("porder/badge.anna.2", ".spec.desired.properties.level"), "7");
    assert_eq!(orders(&place), ["badge.anna.1", "badge.anna.2"]);
}

/// A reviewer has read the order: what was not in it is read again, what was is not.
#[test]
fn what_a_reviewer_has_not_read_is_reviewed() {
    let reviewed = json!({"provisioningReview": {"required": true}});
    let place = with("read-again", &json!({}));
    let mut suspended = reviewed.clone();
    suspended["suspend"] = json!(true);
    edit(&place, &suspended);
    place.hire("hire", "anna");
    review(&place, "dave", "badge.anna.1", &json!({"result": "Approved"})).unwrap();
    place.shows("hire", "Pending", "Suspended");
    place.apply("gita", computed("7", &reviewed));
    place.shows("hire", "AwaitingApproval", "ReviewRequired");
    assert_eq!(place.read("porder/badge.anna.2", ".spec.reviewOf"), "");
    release(&place, "badge.anna.2");
    place.shows("hire", "Transmitted", "HandedOver");
}

#[test]
fn one_of_several_ends_with_the_order_that_a_person_has() {
    let place = with("cancel-one-late", &json!({"groupingWindow": "4s"}));
    let level = update(&json!({"level": "3"}));
    file(&place, "anna", &[("hire", create()), ("level", level)]);
    place.shows("level", "Transmitted", "HandedOver");
    place.cancel("alice", "level").unwrap();
    place.shows("level", "Transmitted", "StopRequested");
    message(&place, "areq/level", "goes on for others");
    place.shows("hire", "Transmitted", "HandedOver");
    not_done(&place, "badge.anna.1");
    place.shows("level", "Inactive", "Cancelled");
    place.shows("hire", "Errored", "ReportedByPerson");
    retry(&place, "badge.anna.1");
    place.shows("hire", "Transmitted", "HandedOver");
    assert_eq!(place.read("porder/badge.anna.2", ".spec.requestRefs[*].name"), "hire");
}

#[test]
fn what_the_type_must_know_of_the_owner_is_asked_for() {
    let place = with("owner-properties", &json!({"dependsOnOwnerProperties": ["costCenter"]}));
    place.hire("hire", "anna");
    place.shows("hire", "Error", "InvalidRequest");
    message(
        &place,
        "areq/hire",
        "needs costCenter of the owner anna: file the request with it in spec.owner.properties",
    );
    let owner = json!({"id": "anna", "properties": {"costCenter": "4711"}});
    place.ask("again", "anna", crate::but(create(), "owner", owner));
    place.shows("again", "Transmitted", "HandedOver");
    let early = place.answer("dave", "badge.anna.1", json!({"recovery": {"action": "Retry"}}));
    refused(early, &["a recovery is accepted only while"]);
}

/// Every field of governance at once is understood.
#[test]
fn a_type_with_every_rule_is_ready() {
    let rules = json!({
        "approval": {"steps": 9, "implicit": false},
        "provisioningReview": {"required": true, "afterError": true},
        "allow": {"creation": true, "update": true, "deletion": false},
        "dependsOn": [{"name": "desk"}], "dependsOnOwnerProperties": ["costCenter"],
        "thresholds": {"window": "30m", "creation": {"max": 3, "percent": 5}, "update": {"max": 3}, "deletion": {"max": 0}},
        "groupingWindow": "1m", "transmittedStateValidity": "720h", "dueAfter": "48h",
        "decision": {"allowSelfConfirmation": false, "evidence": "Required", "claimRequired": true},
        "suspend": true,
    });
    let place = with("every-rule", &rules);
    place.wait("rtype/badge", ".status.conditions[?(@.type==\"Ready\")].status", "True");
}
