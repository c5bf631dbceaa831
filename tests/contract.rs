//! The CRD rules on the real API server, written as the people who write: no operator runs here,
//! orders are brought into their state with the operator's identity.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "contract/requests.rs"]
mod requests;
#[path = "contract/reviews.rs"]
mod reviews;

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
            "policy": policy(),
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

/// What an order's type says where nothing special is meant.
fn policy() -> Value {
    serde_json::from_str(include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/order-policy.json"
    )))
    .unwrap()
}
