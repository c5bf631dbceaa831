//! A review of an order: what it has to say, and what it may decline.

use super::{kubectl, order, patch, refused, set_status};
use rstest::rstest;
use serde_json::{Value, json};

/// Of `zone` and `floor`; waits for a review.
fn to_review(name: &str, operation: &str) {
    let change = |property: &str| json!({"property": property, "type": "String", "proposed": ["A"]});
    let mut order = order(name);
    order["spec"]["operation"] = operation.into();
    order["spec"]["changes"] = match operation {
        "Delete" => json!([]),
        _ => json!([change("floor"), change("zone")]),
    };
    kubectl("operator", &["create", "-f", "-"], Some(&order)).unwrap();
    set_status(name, &json!({"state": "AwaitingApproval", "reason": "ReviewRequired"})).unwrap();
}

#[rstest]
#[case("silent", "Update", json!({"result": "Declined"}), "comment is required when result is Declined: say why")]
#[case("blank", "Create", json!({"result": "Declined", "comment": " "}), "comment is required when result is Declined: say why")]
#[case("both", "Update", json!({"result": "Declined", "comment": "no", "declinedProperties": ["zone"]}), "declinedProperties go with Approved only")]
#[case("later", "Update", json!({"result": "Postponed", "declinedProperties": ["zone"]}), "declinedProperties go with Approved only")]
#[case("all", "Update", json!({"result": "Approved", "declinedProperties": ["zone", "floor"]}), "nothing would be left: write Declined")]
#[case("double", "Update", json!({"result": "Approved", "declinedProperties": ["zone", "zone"]}), "spec.review.declinedProperties[1]: Duplicate value: \"zone\"")]
#[case("foreign", "Update", json!({"result": "Approved", "declinedProperties": ["colour"]}), "may only name properties of spec.changes")]
#[case("removal", "Delete", json!({"result": "Approved", "declinedProperties": ["zone"]}), "may only name properties of spec.changes")]
fn a_wrong_review_says_what_is_wrong(
    #[case] name: &str,
    #[case] operation: &str,
    #[case] review: Value,
    #[case] words: &str,
) {
    let name = format!("badge.review-{name}.1");
    to_review(&name, operation);
    refused(patch("dave", &name, &json!({"spec": {"review": review}})), &[words]);
}

#[rstest]
#[case("part", "Update", json!({"result": "Approved", "declinedProperties": ["zone"]}))]
#[case("bare", "Create", json!({"result": "Approved", "declinedProperties": ["zone", "floor"]}))]
#[case("whole", "Update", json!({"result": "Approved", "declinedProperties": []}))]
#[case("no", "Delete", json!({"result": "Declined", "comment": "still needed"}))]
fn a_right_review_is_stored(#[case] name: &str, #[case] operation: &str, #[case] review: Value) {
    let name = format!("badge.reviewed-{name}.1");
    to_review(&name, operation);
    patch("dave", &name, &json!({"spec": {"review": review}})).unwrap();
}

#[test]
fn only_a_postponed_review_changes() {
    let review = |review: Value| json!({"spec": {"review": review}});
    for (end, after) in [("Approved", "Declined"), ("Declined", "Postponed")] {
        let name = format!("badge.postponed-{}.1", end.to_lowercase());
        to_review(&name, "Update");
        patch("dave", &name, &review(json!({"result": "Postponed"}))).unwrap();
        patch("dave", &name, &review(json!({"comment": "on Monday"}))).unwrap();
        patch("dave", &name, &review(json!({"comment": "on Tuesday"}))).unwrap();
        let words = ["the review is final", "no review can be removed"];
        refused(patch("dave", &name, &json!({"spec": {"review": null}})), &words);
        patch("dave", &name, &review(json!({"result": end}))).unwrap();
        for change in [json!({"result": after}), json!({"comment": "so"}), Value::Null] {
            refused(patch("dave", &name, &review(change)), &words);
        }
    }
}
