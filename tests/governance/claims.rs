//! 5.3: where work has to be claimed, only who claimed it answers, and what nobody claimed is withdrawn.

use crate::place::Place;
use crate::{message, reasons, refused, with};
use serde_json::{Value, json};

fn claim(place: &Place, who: &str, order: &str) -> Result<String, String> {
    place.wait(&format!("porder/{order}"), ".status.state", "Transmitted");
    place.answer(who, order, json!({"assignee": {"username": who}}))
}

fn confirmed() -> Value {
    json!({"decision": {"result": "Confirmed"}})
}

#[test]
fn what_nobody_claimed_is_withdrawn() {
    let place = with("claim-none", &json!({"decision": {"claimRequired": true}}));
    place.hire("hire", "anna");
    place.shows("hire", "Transmitted", "HandedOver");
    let unclaimed = place.answer("bob", "badge.anna.1", confirmed());
    refused(
        unclaimed,
        &[
            "claim it first, kubectl patch porder badge.anna.1",
            "\"assignee\":{\"username\":\"bob\"}",
        ],
    );
    place.cancel("alice", "hire").unwrap();
    place.shows("hire", "Inactive", "Cancelled");
    place.wait("porder/badge.anna.1", ".status.reason", "Cancelled");
    assert_eq!(reasons(&place, "porder/badge.anna.1"), "HandedOver Cancelled");
}

#[test]
fn who_claimed_it_is_asked_to_stop_and_answers() {
    let place = with("claimed", &json!({"decision": {"claimRequired": true}}));
    place.hire("hire", "anna");
    claim(&place, "bob", "badge.anna.1").unwrap();
    refused(claim(&place, "carol", "badge.anna.1"), &["assign"]);
    let other = place.answer("carol", "badge.anna.1", confirmed());
    refused(other, &["assigned to bob", "only the assignee may decide"]);
    place.cancel("alice", "hire").unwrap();
    place.shows("hire", "Transmitted", "StopRequested");
    place.wait("porder/badge.anna.1", ".status.reason", "StopRequested");
    message(
        &place,
        "porder/badge.anna.1",
        "stop if you can: hire: alice cancelled it",
    );
    let stopped = json!({"decision": {"result": "Errored", "message": "stopped in time"}});
    place.answer("bob", "badge.anna.1", stopped).unwrap();
    place.shows("hire", "Inactive", "Cancelled");

    place.hire("again", "anna");
    claim(&place, "carol", "badge.anna.2").unwrap();
    place
        .answer("carol", "badge.anna.2", json!({"assignee": null}))
        .unwrap();
    claim(&place, "bob", "badge.anna.2").unwrap();
    place.confirm("badge.anna.2");
    place.shows("again", "Executed", "Confirmed");
    message(&place, "areq/again", "bob confirmed that it is done");
}
