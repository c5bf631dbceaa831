//! 4.9 and 5.7: an order that waits for a reviewer is released, released in part, declined or put off.

use crate::{create, message, orders, reasons, refused, review, update, with};
use serde_json::json;

#[test]
fn what_is_declined_is_left_out_of_the_next_order() {
    let place = with("review-part", &json!({"provisioningReview": {"required": true}}));
    place.ask(
        "hire",
        "anna",
        json!({"operation": "Create", "properties": {"zone": "HQ", "level": "3"}}),
    );
    place.shows("hire", "AwaitingApproval", "ReviewRequired");
    message(&place, "areq/hire", "waits for a reviewer, neither requester nor owner");
    message(&place, "areq/hire", "kubectl patch porder badge.anna.1");

    let partly =
        |property: &str| json!({"result": "Approved", "declinedProperties": [property], "comment": "too high"});
    let required = review(&place, "dave", "badge.anna.1", &partly("zone"));
    refused(required, &["what a new resource must have", "decline the whole order"]);
    let fulfiller = review(&place, "bob", "badge.anna.1", &partly("level"));
    refused(fulfiller, &["you (bob) may not review"]);
    review(&place, "dave", "badge.anna.1", &partly("level")).unwrap();

    place.wait("porder/badge.anna.1", ".status.reason", "PartlyDeclined");
    message(
        &place,
        "porder/badge.anna.1",
        "dave declined level: too high: the next order has the rest",
    );
    place.shows("hire", "Transmitted", "HandedOver");
    let next = "porder/badge.anna.2";
    assert_eq!(place.read(next, ".spec.reviewOf"), "badge.anna.1");
    assert_eq!(place.read(next, ".spec.changes[*].property"), "zone");
    assert_eq!(reasons(&place, next), "HandedOver", "no second review");
    assert_eq!(place.read("areq/hire", ".status.declinedProperties"), r#"["level"]"#);
    place.confirm("badge.anna.2");
    place.shows("hire", "Executed", "Confirmed");
}

#[test]
fn a_declined_order_ends_and_a_postponed_one_waits_on() {
    let place = with("review-whole", &json!({"provisioningReview": {"required": true}}));
    place.hire("hire", "anna");
    let silent = review(&place, "dave", "badge.anna.1", &json!({"result": "Declined"}));
    refused(silent, &["say why"]);
    let later = json!({"result": "Postponed", "comment": "ask me on Monday"});
    review(&place, "dave", "badge.anna.1", &later).unwrap();
    place.shows("hire", "AwaitingApproval", "Postponed");
    message(&place, "areq/hire", "dave put it off: ask me on Monday");
    let early = place.answer("bob", "badge.anna.1", json!({"decision": {"result": "Confirmed"}}));
    refused(early, &["AwaitingApproval"]);
    review(&place, "dave", "badge.anna.1", &json!({"result": "Approved"})).unwrap();
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");

    place.ask("move", "anna", update(&json!({"zone": "LAB"})));
    let no = json!({"result": "Declined", "comment": "the lab is closed"});
    review(&place, "dave", "badge.anna.2", &no).unwrap();
    place.shows("move", "Inactive", "Declined");
    message(&place, "areq/move", "dave declined it: the lab is closed");
    place.wait("porder/badge.anna.2", ".status.state", "Inactive");
    place.told("move", "Declined", "the lab is closed");
    assert_eq!(orders(&place), ["badge.anna.1", "badge.anna.2"]);
}

#[test]
fn nobody_reviews_what_they_asked_for() {
    let place = with("review-own", &json!({"provisioningReview": {"required": true}}));
    let mut wish = json!({"resourceTypeRef": {"name": "badge"}, "owner": {"id": "anna"}});
    wish.as_object_mut()
        .unwrap()
        .extend(create().as_object().unwrap().clone());
    let request = json!({"apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest", "metadata": {"name": "hire"}, "spec": wish});
    place.apply("admin", request);
    let own = review(&place, "admin", "badge.anna.1", &json!({"result": "Approved"}));
    refused(own, &["asked for this order or own", "somebody else has to"]);
    review(&place, "dave", "badge.anna.1", &json!({"result": "Approved"})).unwrap();
    place.shows("hire", "Transmitted", "HandedOver");
}
