//! `kubectl handoff` signs what people write: with and without policies that do it. Everything is signed by who the API server
//! says that they are, name and uid.

use crate::cluster::{NAMESPACE, get, uid, username};
use crate::objects::{ORDERS, Plan, REQUESTS, awaiting, errored, executed_by, request_of, transmitted, unapproved};
use serde_json::json;
use std::process::{Command, Stdio};

/// Somebody runs it.
#[track_caller]
fn run(who: &str, args: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-handoff"));
    command.args(args).args(["--context", who, "-n", NAMESPACE.as_str()]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{who} {args:?}: {said}");
}

#[test]
fn every_answer_is_signed() {
    let rows: [(Plan, &str, &[&str], &str); 8] = [
        (transmitted(), "bob", &["confirm"], "decision"),
        (transmitted(), "carol", &["error", "-m", "no paper"], "decision"),
        (transmitted(), "bob", &["claim"], "assignee"),
        (awaiting(), "dave", &["review", "--approve"], "review"),
        (errored(), "bob", &["retry"], "recovery"),
        (errored(), "dave", &["abandon"], "recovery"),
        (
            executed_by("bob"),
            "bob",
            &["takeback", "-m", "the other one"],
            "recovery",
        ),
        (request_of("alice"), "alice", &["cancel", "-m", "moved away"], "cancel"),
    ];
    for (plan, who, args, block) in rows {
        let name = plan.make();
        let args: Vec<&str> = args.iter().copied().chain([name.as_str()]).collect();
        run(who, &args);
        let by = get(plan.kind, &name)["spec"][block]["by"].clone();
        assert_eq!(by, json!({"username": username(who), "uid": uid(who)}), "{args:?}");
        // Who says it again is told so, and signs nothing anew.
        run(who, &args);
        assert_eq!(get(plan.kind, &name)["spec"][block]["by"], by);
    }
}

#[test]
fn a_claim_is_given_back_and_a_request_agreed_to() {
    let order = transmitted().make();
    run("bob", &["claim", &order]);
    run("bob", &["release", &order]);
    assert!(get(ORDERS, &order)["spec"].get("assignee").is_none());
    let request = unapproved().make();
    run("dave", &["approve", &request, "-m", "as agreed"]);
    let approvals = get(REQUESTS, &request)["spec"]["approvals"].clone();
    assert_eq!(
        approvals,
        json!({"dave": {"result": "Approved", "comment": "as agreed"}})
    );
}
