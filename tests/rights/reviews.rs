//! Reviews of orders: who releases, blocks or postpones, and what cannot be declined.

use crate::cluster::{ALL, TAKING, Way};
use crate::objects::{Plan, accepted, assert_stamp, awaiting, order, owned_by, refused, requested_by, transmitted};
use rstest::rstest;
use serde_json::{Value, json};

fn spec(block: &str, value: Value) -> Value {
    json!({"spec": {block: value}})
}

fn review(result: &str) -> Value {
    spec("review", json!({"result": result, "comment": "because"}))
}

fn decline_only(properties: &[&str]) -> Value {
    spec(
        "review",
        json!({"result": "Approved", "declinedProperties": properties}),
    )
}

fn postponed() -> Plan {
    awaiting().then(
        "dave",
        json!({"review": {"result": "Postponed", "comment": "on Monday"}}),
    )
}

/// Waits for a review; a new resource must have `zone`, not `floor`.
fn of_a_card(operation: &str) -> Plan {
    let mut zone = json!({"property": "zone", "type": "String", "proposed": ["A"]});
    if operation == "Create" {
        zone["required"] = true.into();
    }
    let floor = json!({"property": "floor", "type": "String", "proposed": ["1"]});
    awaiting().with(json!({"spec": {"operation": operation, "changes": [floor, zone]}}))
}

const NOT_ME: &[&str] = &["nobody writes in the name of another", "Name yourself"];
const PARTY: &[&str] = &["asked for this order or own what it is about", "somebody else has to"];
const REQUIRED: &[&str] = &[
    "what a new resource must have",
    "cannot be declined alone",
    "decline the whole order",
    "or release it",
];

#[rstest]
#[case::fulfiller("bob", awaiting(), review("Approved"), &["you (bob) may not review", "\"review\" on ResourceType \"badge\"", "ask an administrator"])]
#[case::operator("operator", awaiting(), review("Approved"), &["may not review", "ask an administrator"])]
#[case::as_requester("dave", awaiting().with(requested_by("dave")), review("Approved"), PARTY)]
#[case::as_owner("dave", awaiting().with(owned_by("dave")), review("Declined"), PARTY)]
#[case::forged("dave", awaiting(), spec("review", json!({"result": "Approved", "by": {"username": "quentin"}})), NOT_ME)]
#[case::postponed_by_the_requester("dave", awaiting().with(requested_by("dave")), review("Postponed"), PARTY)]
#[case::requester_after_another("quentin", postponed().with(requested_by("quentin")), review("Approved"), PARTY)]
#[case::owner_after_another("quentin", postponed().with(owned_by("quentin")), review("Approved"), PARTY)]
#[case::admin_as_owner("admin", awaiting().with(owned_by("admin")), review("Approved"), PARTY)]
#[case::rbac_is_not_enough("oscar", awaiting(), review("Declined"), &["you (oscar) may not review", "ask an administrator"])]
#[case::viewer("mallory", awaiting(), review("Approved"), &["forbidden: User \"mallory\" cannot"])]
#[case::forged_after_another("quentin", postponed(), spec("review", json!({"result": "Approved", "by": {"username": "carol"}})), NOT_ME)]
#[case::suspended("dave", order().state("Pending"), review("Approved"), &["it is Pending", "kubectl describe porder"])]
#[case::in_error("dave", awaiting().state("Error"), review("Approved"), &["it is Error", "kubectl describe porder"])]
#[case::ended("dave", awaiting().state("Inactive"), review("Approved"), &["it is Inactive", "kubectl describe porder"])]
#[case::smuggled_status("dave", transmitted(), json!({"spec": {"review": {"result": "Approved"}}, "status": {"state": "AwaitingApproval"}}), &["it is Transmitted", "kubectl describe porder"])]
#[case::early("dave", order(), review("Approved"), &["only while the order is AwaitingApproval", "kubectl describe porder"])]
#[case::late("dave", transmitted(), review("Declined"), &["it is Transmitted", "kubectl describe porder"])]
#[case::second("quentin", awaiting().then("dave", json!({"review": {"result": "Approved"}})), review("Declined"), &["the review is final"])]
#[case::declined_is_final("quentin", awaiting().then("dave", json!({"review": {"result": "Declined", "comment": "no"}})), review("Approved"), &["the review is final"])]
#[case::declined_without_a_word("dave", awaiting(), spec("review", json!({"result": "Declined"})), &["comment is required when result is Declined", "say why"])]
#[case::required("dave", of_a_card("Create"), decline_only(&["zone"]), REQUIRED)]
#[case::required_among_others("dave", of_a_card("Create"), decline_only(&["floor", "zone"]), REQUIRED)]
#[case::required_after_a_while("quentin", of_a_card("Create").then("dave", json!({"review": {"result": "Postponed"}})), decline_only(&["zone"]), REQUIRED)]
#[case::required_and_manages("admin", of_a_card("Create"), decline_only(&["zone"]), REQUIRED)]
#[case::late_change("dave", awaiting().then("dave", json!({"review": {"result": "Postponed"}})).state("Inactive"), review("Approved"), &["it is Inactive"])]
#[case::unknown_property("dave", awaiting(), spec("review", json!({"result": "Approved", "declinedProperties": ["colour"]})), &["declinedProperties may only name properties of spec.changes"])]
fn a_review_is_refused(#[case] who: &str, #[case] plan: Plan, #[case] change: Value, #[case] words: &[&str]) {
    refused(ALL, who, &plan, &change, words);
}

#[rstest]
#[case::removed_review("dave", awaiting().then("dave", json!({"review": {"result": "Postponed"}})), spec("review", Value::Null), &["no review can be removed"])]
#[case::removed_final_review("quentin", awaiting().then("dave", json!({"review": {"result": "Approved"}})), spec("review", Value::Null), &["no review can be removed"])]
fn a_review_is_not_removed(#[case] who: &str, #[case] plan: Plan, #[case] change: Value, #[case] words: &[&str]) {
    refused(TAKING, who, &plan, &change, words);
}

#[rstest]
#[case::review("dave", awaiting(), review("Approved"))]
#[case::declined("dave", awaiting(), review("Declined"))]
#[case::postponed("dave", awaiting(), spec("review", json!({"result": "Postponed"})))]
#[case::postponed_again("dave", postponed(), spec("review", json!({"result": "Postponed", "comment": "on Tuesday"})))]
#[case::postponed_then_approved("dave", postponed(), review("Approved"))]
#[case::postponed_then_approved_by_another("quentin", postponed(), review("Approved"))]
#[case::postponed_then_declined_by_another("quentin", postponed(), review("Declined"))]
#[case::partly("dave", awaiting(), decline_only(&["zone"]))]
#[case::partly_what_is_not_required("dave", of_a_card("Create"), decline_only(&["floor"]))]
#[case::partly_of_an_update("dave", of_a_card("Update"), decline_only(&["zone"]))]
fn a_review_is_accepted_and_says_who(#[case] who: &str, #[case] plan: Plan, #[case] change: Value) {
    for stored in accepted(ALL, who, &plan, &change) {
        let (written, stored) = (&change["spec"]["review"], &stored["spec"]["review"]);
        assert_stamp(&stored["by"], who);
        for (field, value) in written.as_object().unwrap() {
            assert_eq!(&stored[field], value, "{stored}");
        }
    }
}

/// CEL stops an expression that costs too much, and then nobody could review such an order.
#[test]
fn the_largest_review_can_be_given() {
    let names: Vec<String> = (0..64).map(|number| format!("p{number:0>62}")).collect();
    let of = |required: bool| {
        let change =
            |name: &String| json!({"property": name, "type": "String", "proposed": ["A"], "required": required});
        let changes: Vec<Value> = names.iter().map(change).collect();
        awaiting().with(json!({"spec": {"operation": "Create", "changes": changes}}))
    };
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    refused(&[Way::Merge], "dave", &of(true), &decline_only(&all), REQUIRED);
    accepted(&[Way::Merge], "dave", &of(false), &decline_only(&all[..63]));
}
