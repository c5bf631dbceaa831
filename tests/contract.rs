//! The CRD rules on the real API server, written as the people who write: no operator runs here,
//! orders are brought into their state with the operator's identity.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use rstest::rstest;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

const NAMESPACE: &str = "identity";

fn kubectl(context: &str, args: &[&str], input: Option<&Value>) -> Result<String, String> {
    let program = std::env::var("KUBECTL").expect("no control plane: run `make test`, which starts one");
    let mut child = Command::new(program)
        .args(["--context", context, "-n", NAMESPACE])
        .args(args)
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    if let Some(input) = input {
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.to_string().as_bytes())
            .unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

fn patch(context: &str, order: &str, body: &Value) -> Result<String, String> {
    kubectl(
        context,
        &["patch", "porder", order, "--type=merge", "-p", &body.to_string()],
        None,
    )
}

fn set_status(order: &str, status: &Value) -> Result<String, String> {
    let body = json!({"status": status}).to_string();
    kubectl(
        "operator",
        &[
            "patch",
            "porder",
            order,
            "--subresource=status",
            "--type=merge",
            "-p",
            &body,
        ],
        None,
    )
}

fn order(name: &str) -> Value {
    json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ProvisioningOrder",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "resourceTypeRef": {"name": "badge"}, "operation": "Create", "resource": {"identifier": name},
            "sequence": 1, "attempt": 1, "owner": {"id": "e1"},
            "changes": [{"property": "zone", "type": "String", "proposed": ["A"]}],
            "desired": {"exists": true, "properties": {"zone": "A"}},
            "ticket": {"title": "Create", "instructions": "Create it."},
            "policy": {
                "provisioningConnection": {"package": "ManualTicket"}, "identifier": {"caseInsensitive": true},
                "provisioningReview": {"required": false, "afterError": false},
                "decision": {"allowSelfConfirmation": false, "evidence": "Optional", "claimRequired": false},
                "verification": {"mode": "None", "lag": "0s", "onRefuted": "Error", "maxAttempts": 3},
                "retention": {"completed": "720h", "failed": "2160h"},
            },
        },
    })
}

fn made(name: &str, states: &[&str]) {
    kubectl("operator", &["create", "-f", "-"], Some(&order(name))).unwrap();
    for state in states {
        set_status(name, &json!({"state": state, "reason": "Test"})).unwrap();
    }
}

#[track_caller]
fn refused(result: Result<String, String>, words: &[&str]) {
    let message = result.expect_err("this had to be refused");
    for part in words {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}

const CONFIRM: &str = r#"{"spec":{"decision":{"result":"Confirmed"}}}"#;

fn confirm() -> Value {
    serde_json::from_str(CONFIRM).unwrap()
}

#[test]
fn a_decision_before_the_hand_over_is_refused() {
    made("badge.early.1", &[]);
    refused(
        patch("bob", "badge.early.1", &confirm()),
        &[
            "spec.decision",
            "only while the order is Transmitted",
            "not handed over yet",
            "kubectl describe",
        ],
    );
}

#[test]
fn a_smuggled_status_does_not_help() {
    made("badge.smuggled.1", &["Pending"]);
    let mut body = confirm();
    body["status"] = json!({"state": "Transmitted"});
    refused(patch("bob", "badge.smuggled.1", &body), &["it is Pending"]);
    refused(
        patch("bob", "badge.smuggled.1", &json!({"status": {"state": "Executed"}})),
        &["nothing changed", "spec.decision"],
    );
    assert_eq!(
        kubectl(
            "bob",
            &["get", "porder", "badge.smuggled.1", "-o", "jsonpath={.status.state}"],
            None
        )
        .unwrap(),
        "Pending"
    );
}

#[test]
fn the_first_decision_is_final() {
    made("badge.final.1", &["Transmitted"]);
    patch("bob", "badge.final.1", &confirm()).unwrap();
    let other = json!({"spec": {"decision": {"result": "Errored", "message": "no"}}});
    refused(
        patch("carol", "badge.final.1", &other),
        &["spec.decision", "the decision is final", "spec.recovery"],
    );
    refused(
        patch("carol", "badge.final.1", &json!({"spec": {"decision": null}})),
        &["the decision is final"],
    );
}

#[rstest]
#[case("nomessage", json!({"decision": {"result": "Errored"}}), "say what stood in the way")]
#[case("values", json!({"decision": {"result": "Errored", "message": "x", "actualValues": {"zone": ["B"]}}}), "actualValues go with Confirmed only")]
#[case("foreign", json!({"decision": {"result": "Confirmed", "actualValues": {"colour": ["B"]}}}), "only name properties of spec.changes")]
#[case("review", json!({"review": {"result": "Approved"}}), "a review is accepted only while the order is AwaitingApproval")]
#[case("recovery", json!({"recovery": {"action": "Retry"}}), "only while the order is Errored with RecoveryNeeded")]
#[case("spec", json!({"operation": "Delete"}), "operation is immutable")]
#[case("changes", json!({"changes": []}), "changes is immutable")]
fn a_wrong_write_says_what_is_wrong(#[case] name: &str, #[case] spec: Value, #[case] words: &str) {
    let name = format!("badge.wrong-{name}.1");
    made(&name, &["Transmitted"]);
    refused(patch("bob", &name, &json!({"spec": spec})), &[words]);
}

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

#[test]
fn an_order_is_not_made_with_an_answer() {
    let mut decided = order("badge.born.1");
    decided["spec"]["decision"] = json!({"result": "Confirmed"});
    refused(
        kubectl("operator", &["create", "-f", "-"], Some(&decided)),
        &["cannot be set when the order is created"],
    );
}

#[test]
fn a_recovery_needs_a_need_and_is_final() {
    made("badge.recover.1", &["Transmitted", "Errored"]);
    let retry = json!({"spec": {"recovery": {"action": "Retry"}}});
    refused(patch("dave", "badge.recover.1", &retry), &["RecoveryNeeded"]);
    let stalled = json!([{"type": "Stalled", "status": "True", "reason": "RecoveryNeeded", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]);
    set_status("badge.recover.1", &json!({"conditions": stalled})).unwrap();
    patch("dave", "badge.recover.1", &retry).unwrap();
    refused(
        patch(
            "dave",
            "badge.recover.1",
            &json!({"spec": {"recovery": {"action": "Abandon"}}}),
        ),
        &["the recovery is final"],
    );
}

#[test]
fn a_confirmation_is_taken_back_with_a_comment_only() {
    made("badge.back.1", &["Transmitted"]);
    patch("bob", "badge.back.1", &confirm()).unwrap();
    set_status("badge.back.1", &json!({"state": "Executed"})).unwrap();
    refused(
        patch(
            "dave",
            "badge.back.1",
            &json!({"spec": {"recovery": {"action": "Retry"}}}),
        ),
        &["comment is required"],
    );
    patch(
        "dave",
        "badge.back.1",
        &json!({"spec": {"recovery": {"action": "Retry", "comment": "wrong badge"}}}),
    )
    .unwrap();
}

#[rstest]
#[case("a", &["Transmitted"], "AwaitingApproval")]
#[case("b", &["Transmitted", "Executed"], "Transmitted")]
#[case("c", &["Pending"], "Executed")]
#[case("d", &["Transmitted", "Errored"], "Executed")]
#[case("e", &["Transmitted", "Executed", "Verified"], "Errored")]
#[case("f", &["Inactive"], "Transmitted")]
#[case("g", &[], "Executed")]
fn an_illegal_move_is_refused_even_for_the_operator(#[case] name: &str, #[case] path: &[&str], #[case] to: &str) {
    let name = format!("badge.move-{name}.1");
    made(&name, path);
    refused(set_status(&name, &json!({"state": to})), &["an order cannot go from"]);
    if !path.is_empty() {
        refused(set_status(&name, &json!({"state": null})), &["no state"]);
    }
}

#[rstest]
#[case("mallory", "forbidden")]
#[case("alice", "forbidden")]
fn who_has_no_right_is_refused(#[case] who: &str, #[case] words: &str) {
    let name = format!("badge.right-{who}.1");
    made(&name, &["Transmitted"]);
    refused(patch(who, &name, &confirm()), &[words]);
}

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

#[rstest]
#[case("with.dot", json!({}), "no dot")]
#[case("longer", json!({"dueAfter": "2161h"}), "at most 2160h")]
#[case("odd", json!({"dueAfter": "three days"}), "dueAfter")]
#[case("zero", json!({"groupingWindow": "0s"}), "more than 0s")]
fn a_wrong_type_says_what_is_wrong(#[case] name: &str, #[case] spec: Value, #[case] words: &str) {
    let object = json!({"apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType", "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec});
    refused(kubectl("gita", &["create", "-f", "-"], Some(&object)), &[words]);
}

#[test]
fn case_sensitivity_of_a_type_stays() {
    let object = json!({"apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType", "metadata": {"name": "steady", "namespace": NAMESPACE}, "spec": {"identifier": {"caseInsensitive": false}}});
    kubectl("gita", &["create", "-f", "-"], Some(&object)).unwrap();
    let change = json!({"spec": {"identifier": {"caseInsensitive": true}}}).to_string();
    refused(
        kubectl(
            "gita",
            &["patch", "rtype", "steady", "--type=merge", "-p", &change],
            None,
        ),
        &["caseInsensitive is immutable"],
    );
}
