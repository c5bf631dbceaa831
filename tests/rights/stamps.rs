//! What admission filled in stays, whoever writes next and in whatever way. Only where something is filled in.

use crate::cluster::{self, ALL, Way, kubectl, write};
use crate::objects::{
    ORDERS, Plan, REQUESTS, accepted, assert_stamp, awaiting, confirmed_by, refused, request_of, transmitted,
};
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[case::decision("bob", "carol", confirmed_by("bob"), "decision")]
#[case::review("dave", "carol", awaiting().then("dave", json!({"review": {"result": "Approved"}})), "review")]
#[case::cancel("alice", "dave", request_of("alice").then("alice", json!({"cancel": {"reason": "x"}})), "cancel")]
#[case::assignee("rita", "carol", transmitted().then("rita", json!({"assignee": {"username": "bob"}})), "assignee")]
fn a_stamp_survives_the_writes_of_others(
    #[case] who: &str,
    #[case] other: &str,
    #[case] plan: Plan,
    #[case] block: &str,
) {
    for stored in accepted(ALL, other, &plan, &json!({"metadata": {"labels": {"team": "badges"}}})) {
        assert_stamp(&stored["spec"][block]["by"], who);
    }
}

/// Who reads an order, edits the file and sends it back has often lost fields that they did not know.
#[test]
fn a_replace_without_the_stamps_keeps_them() {
    let name = confirmed_by("bob").make();
    let mut order = cluster::get(ORDERS, &name);
    order["spec"]["decision"].as_object_mut().unwrap().remove("by");
    order["metadata"]["labels"] = json!({"team": "badges"});
    kubectl("carol", &["replace", "-f", "-"], Some(&order.to_string())).unwrap();
    assert_stamp(&cluster::get(ORDERS, &name)["spec"]["decision"]["by"], "bob");

    let cancelled = request_of("quentin").then("quentin", json!({"cancel": {"reason": "x"}}));
    let name = cancelled.make();
    let mut request = cluster::get(REQUESTS, &name);
    request["spec"].as_object_mut().unwrap().remove("requestedBy");
    request["spec"]["cancel"].as_object_mut().unwrap().remove("by");
    request["metadata"]["labels"] = json!({"team": "badges"});
    kubectl("alice", &["replace", "-f", "-"], Some(&request.to_string())).unwrap();
    let stored = cluster::get(REQUESTS, &name);
    assert_stamp(&stored["spec"]["requestedBy"], "quentin");
    assert_eq!(stored["spec"]["requestedBy"]["mayApprove"], true);
    assert_stamp(&stored["spec"]["cancel"]["by"], "quentin");
}

#[test]
fn the_same_decision_of_somebody_else_changes_nothing() {
    let words = [
        "nothing changed: already Confirmed by bob",
        "kubectl explain porder.spec",
    ];
    refused(
        ALL,
        "carol",
        &confirmed_by("bob"),
        &json!({"spec": {"decision": {"result": "Confirmed"}}}),
        &words,
    );
}

/// A merge patch leaves the old `by` in place: the new name, or the new answer, must not stand under it.
#[rstest]
#[case::assignee(transmitted().then("bob", json!({"assignee": {"username": "bob"}})), "rita", json!({"assignee": {"username": "carol"}}), "assignee")]
#[case::review(awaiting().then("dave", json!({"review": {"result": "Postponed", "comment": "on Monday"}})), "quentin", json!({"review": {"result": "Approved"}}), "review")]
#[case::postponed_again(awaiting().then("dave", json!({"review": {"result": "Postponed", "comment": "on Monday"}})), "quentin", json!({"review": {"comment": "on Tuesday"}}), "review")]
fn a_stamp_is_renewed_with_what_it_stands_under(
    #[case] plan: Plan,
    #[case] who: &str,
    #[case] change: Value,
    #[case] block: &str,
) {
    for stored in accepted(
        &[Way::Kubectl, Way::Merge, Way::Apply],
        who,
        &plan,
        &json!({"spec": change}),
    ) {
        assert_stamp(&stored["spec"][block]["by"], who);
    }
}

#[test]
fn a_stamp_does_not_move_on_its_own() {
    let name = awaiting()
        .then("dave", json!({"review": {"result": "Postponed"}}))
        .make();
    // The reviewer's colleague applies the same again: it stays dave's.
    let same = json!({"spec": {"review": {"result": "Postponed"}}, "metadata": {"labels": {"seen": "yes"}}});
    write(Way::Apply, "quentin", ORDERS, &name, "", &same).unwrap();
    assert_stamp(&cluster::get(ORDERS, &name)["spec"]["review"]["by"], "dave");
}

#[test]
fn what_is_no_block_is_left_to_the_schema() {
    for block in ["decision", "review", "recovery", "assignee"] {
        for nonsense in [json!("yes"), json!([1]), json!({"by": "bob"}), json!(7)] {
            let words = [format!("spec.{block}")];
            refused(
                &[Way::Merge, Way::JsonPatch],
                "bob",
                &transmitted(),
                &json!({"spec": {block: nonsense}}),
                &[&words[0]],
            );
        }
    }
}

#[test]
fn what_is_no_cancel_is_left_to_the_schema() {
    for nonsense in [
        json!("yes"),
        json!([1]),
        json!({"reason": "x", "by": "alice"}),
        json!(7),
    ] {
        let change = json!({"spec": {"cancel": nonsense}});
        let ways = [Way::Merge, Way::JsonPatch];
        refused(&ways, "alice", &request_of("alice"), &change, &["spec.cancel"]);
    }
}
