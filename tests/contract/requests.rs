//! Requests: what is filed, that it stays so, and how it is taken back.

use super::{NAMESPACE, kubectl, refused};
use rstest::rstest;
use serde_json::{Value, json};

fn request(name: &str, spec: Value) -> Value {
    let mut full = json!({"resourceTypeRef": {"name": "badge"}, "operation": "Create", "owner": {"id": "e1"}});
    full.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    json!({"apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest", "metadata": {"name": name, "namespace": NAMESPACE}, "spec": full})
}

#[rstest]
#[case("approvals", json!({"approvals": {"dave": {"result": "Approved"}}}), "approvals cannot be set when the request is created")]
#[case("cancel", json!({"cancel": {"reason": "x"}}), "cancel cannot be set when the request is created")]
#[case("delete", json!({"operation": "Delete", "properties": {"zone": "A"}}), "a Delete takes no properties")]
#[case("leave-end", json!({}), "reserved for requests that the operator files")]
#[case("offset", json!({"startTime": "2026-01-01T00:00:00+77:00"}), "spec.startTime in body should match")]
#[case("small", json!({"startTime": "2026-01-01t00:00:00z"}), "spec.startTime in body should match")]
#[case("yearzero", json!({"endTime": "0000-01-01T00:00:00Z"}), "spec.endTime in body should match")]
#[case("yearend", json!({"endTime": "9999-12-31T23:59:59Z"}), "spec.endTime in body should match")]
#[case("nothing-ends", json!({"operation": "Delete", "endTime": "2026-03-01T00:00:00Z"}), "a Delete takes no endTime: leave it out")]
#[case("end-value", json!({"operation": "Update", "properties": {"zone": "A"}, "addValues": {"doors": ["1"]}, "endTime": "2026-03-01T00:00:00Z"}), "nobody can know which value to go back to. Leave endTime out")]
#[case("end-values", json!({"operation": "Update", "values": {"doors": ["1"]}, "endTime": "2026-03-01T00:00:00Z"}), "nobody can know which value to go back to. Leave endTime out")]
#[case("end-secret", json!({"operation": "Update", "addValues": {"doors": ["1"]}, "secrets": ["pin"], "endTime": "2026-03-01T00:00:00Z"}), "nobody can know which value to go back to. Leave endTime out")]
#[case("end-of-nothing", json!({"operation": "Update", "endTime": "2026-03-01T00:00:00Z"}), "endTime goes with an Update that has addValues or removeValues")]
#[case("end-first", json!({"startTime": "2026-03-01T10:00:00Z", "endTime": "2026-02-01T00:00:00Z"}), "endTime must be later than startTime: correct one of them, or leave it out")]
#[case("end-elsewhere", json!({"startTime": "2026-03-01T10:00:00Z", "endTime": "2026-03-01T11:00:00+05:00"}), "endTime must be later than startTime")]
#[case("end-at-once", json!({"startTime": "2026-03-01T10:00:00Z", "endTime": "2026-03-01T10:00:00Z"}), "must be later than startTime")]
#[case(&"x".repeat(250), json!({}), "at most 249 characters: choose a shorter one")]
#[case("longkey", json!({"properties": {"x".repeat(64): "A"}}), "1 to 63 characters")]
fn a_wrong_request_says_what_is_wrong(#[case] name: &str, #[case] spec: Value, #[case] words: &str) {
    refused(
        kubectl("alice", &["create", "-f", "-"], Some(&request(name, spec))),
        &[words],
    );
}

#[rstest]
#[case("lasting", json!({"startTime": "2026-03-01T10:00:00Z", "endTime": "2026-03-01T10:00:00-01:00"}))]
#[case("added-for-a-time", json!({"operation": "Update", "addValues": {"doors": ["1"]}, "endTime": "2026-03-01T00:00:00Z"}))]
#[case("removed-for-a-time", json!({"operation": "Update", "removeValues": {"doors": ["1"]}, "endTime": "2026-03-01T00:00:00Z"}))]
#[case("gone-later", json!({"operation": "Delete", "startTime": "2026-03-01T00:00:00Z"}))]
#[case(&"y".repeat(249), json!({}))]
fn a_right_request_is_stored(#[case] name: &str, #[case] spec: Value) {
    kubectl("alice", &["create", "-f", "-"], Some(&request(name, spec))).unwrap();
}

fn cancel_by(who: &str, request: &str, cancel: &Value) -> Result<String, String> {
    let body = json!({"spec": {"cancel": cancel}}).to_string();
    kubectl(who, &["patch", "areq", request, "--type=merge", "-p", &body], None)
}

#[test]
fn a_cancel_says_why_and_is_final() {
    let create = ["create", "-f", "-"];
    kubectl("alice", &create, Some(&request("taken-back", json!({})))).unwrap();
    for (cancel, words) in [
        (json!({}), "spec.cancel.reason: Required value"),
        (json!({"reason": ""}), "reason must not be blank: say why"),
        (json!({"reason": " \t"}), "reason must not be blank: say why"),
    ] {
        refused(cancel_by("alice", "taken-back", &cancel), &[words]);
    }
    cancel_by("alice", "taken-back", &json!({"reason": "no longer wanted"})).unwrap();
    let words = ["the request is cancelled, and that is final", "file a new one"];
    refused(
        cancel_by("alice", "taken-back", &json!({"reason": "for another reason"})),
        &words,
    );
    refused(cancel_by("alice", "taken-back", &Value::Null), &words);
}

#[rstest]
#[case("Create", json!({"provisioningState": "Executed"}), "too late to cancel: this request is Executed. To undo it, file a request with operation Delete")]
#[case("Update", json!({"provisioningState": "Verified"}), "too late to cancel: this request is Verified. To undo it, file an Update with the values")]
#[case("Delete", json!({"provisioningState": "Executed"}), "too late to cancel: this request is Executed. To undo it, file a request with operation Create")]
#[case("Create", json!({"provisioningState": "Inactive", "reason": "Expired"}), "nothing is left to cancel: this request has ended (Inactive, Expired). File a new one")]
#[case("Create", json!({"provisioningState": "Inactive"}), "nothing is left to cancel: this request has ended (Inactive). File a new one")]
#[case("Create", json!({"workflowState": "Declined"}), "nothing is left to cancel: this request has ended (Declined). File a new one")]
#[case("Create", json!({"workflowState": "Cancelled", "provisioningState": "Transmitted"}), "nothing is left to cancel: this request has ended (Cancelled). File a new one")]
fn what_is_over_is_not_cancelled(#[case] operation: &str, #[case] status: Value, #[case] words: &str) {
    let mut wish = request("unused", json!({"operation": operation}));
    wish["metadata"] = json!({"generateName": "over-", "namespace": NAMESPACE});
    let made = kubectl("alice", &["create", "-o", "name", "-f", "-"], Some(&wish)).unwrap();
    let name = made.trim().split('/').nth(1).unwrap();
    let body = json!({"status": status}).to_string();
    let set = [
        "patch",
        "areq",
        name,
        "--subresource=status",
        "--type=merge",
        "-p",
        &body,
    ];
    kubectl("operator", &set, None).unwrap();
    for who in ["alice", "operator"] {
        refused(cancel_by(who, name, &json!({"reason": "x"})), &["spec.cancel", words]);
    }
}

#[test]
fn a_request_is_immutable() {
    kubectl(
        "alice",
        &["create", "-f", "-"],
        Some(&request("steady", json!({"properties": {"zone": "A"}}))),
    )
    .unwrap();
    let change = |body: Value| {
        kubectl(
            "alice",
            &[
                "patch",
                "areq",
                "steady",
                "--type=merge",
                "-p",
                &json!({"spec": body}).to_string(),
            ],
            None,
        )
    };
    refused(
        change(json!({"properties": {"zone": "B"}})),
        &["properties is immutable", "file a new one"],
    );
    refused(
        change(json!({"properties": {"zone": null, "door": "A"}})),
        &["properties is immutable"],
    );
    refused(
        change(json!({"justification": "late"})),
        &["justification is immutable"],
    );
}
