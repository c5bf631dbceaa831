//! Taking a request back: who may, until when, and in whose name.

use crate::STAMPED;
use crate::cluster::{ALL, TAKING, Way, create};
use crate::objects::{Plan, REQUESTS, accepted, assert_stamp, refused, refused_unsigned, request_of, wish};
use rstest::rstest;
use serde_json::{Value, json};

fn cancel() -> Value {
    cancel_as(json!({}))
}

fn cancel_as(more: Value) -> Value {
    let mut cancel = json!({"reason": "no longer wanted"});
    crate::cluster::merge(&mut cancel, &more);
    json!({"spec": {"cancel": cancel}})
}

/// A request of alice for erin in a provisioning state.
fn of_erin(state: &str) -> Plan {
    request_of("alice")
        .status(json!({"workflowState": "Approved", "ownerUsername": "erin", "provisioningState": state}))
}

fn to_do(operation: &str, state: &str) -> Plan {
    of_erin(state).with(json!({"spec": {"operation": operation, "properties": null}}))
}

fn owned_by_quentin() -> Plan {
    of_erin("Transmitted").status(json!({"ownerUsername": "quentin"}))
}

fn cancelled() -> Plan {
    of_erin("None").then("alice", json!({"cancel": {"reason": "x"}}))
}

const NOT_ME: &[&str] = &["nobody writes in the name of another", "Name yourself"];
const NOT_MINE: &[&str] = &["cancelled by who made it (alice) or by its owner", "ask them"];
const FINAL: &[&str] = &["the request is cancelled, and that is final", "file a new one"];
const BLANK: &[&str] = &["spec.cancel.reason", "say why the request is taken back"];

#[rstest]
#[case::another("quentin", of_erin("Transmitted"), cancel(), NOT_MINE)]
#[case::an_approver("dave", of_erin("None").status(json!({"workflowState": "PendingApproval"})), cancel(), NOT_MINE)]
#[case::rbac_is_not_enough("oscar", of_erin("None"), cancel(), NOT_MINE)]
#[case::a_fulfiller("bob", of_erin("Transmitted"), cancel(), &["forbidden: User \"bob\" cannot patch", "forbidden: User \"bob\" cannot update"])]
#[case::a_viewer("mallory", of_erin("Transmitted"), cancel(), &["forbidden: User \"mallory\" cannot patch", "forbidden: User \"mallory\" cannot update"])]
#[case::forged("quentin", of_erin("None"), cancel_as(json!({"by": {"username": "alice"}})), NOT_ME)]
#[case::forged_uid("alice", of_erin("None"), cancel_as(json!({"by": {"username": "alice", "uid": "uid-bob"}})), NOT_ME)]
#[case::forged_by_the_operator("operator", of_erin("None"), cancel_as(json!({"by": {"username": "alice"}})), NOT_ME)]
#[case::forged_by_the_admin("admin", of_erin("None"), cancel_as(json!({"by": {"username": "alice", "uid": "uid-alice"}})), NOT_ME)]
#[case::done("alice", of_erin("Executed"), cancel(), &["too late to cancel: this request is Executed", "file a request with operation Delete"])]
#[case::proven("alice", of_erin("Verified"), cancel(), &["too late to cancel: this request is Verified", "file a request with operation Delete"])]
#[case::changed("alice", to_do("Update", "Executed"), cancel(), &["too late to cancel: this request is Executed", "file an Update with the values that it is to have"])]
#[case::removed("alice", to_do("Delete", "Verified"), cancel(), &["too late to cancel: this request is Verified", "file a request with operation Create"])]
#[case::done_for_the_operator("operator", of_erin("Executed"), cancel(), &["too late to cancel"])]
#[case::smuggled_status("alice", of_erin("Executed"), json!({"spec": {"cancel": {"reason": "x"}}, "status": {"provisioningState": "Transmitted"}}), &["too late to cancel: this request is Executed"])]
#[case::superseded("alice", of_erin("Inactive").status(json!({"reason": "Superseded"})), cancel(), &["nothing is left to cancel: this request has ended (Inactive, Superseded)", "File a new one"])]
#[case::declined("alice", of_erin("None").status(json!({"workflowState": "Declined"})), cancel(), &["nothing is left to cancel: this request has ended (Declined)", "File a new one"])]
#[case::already_read("alice", of_erin("Transmitted").status(json!({"workflowState": "Cancelled"})), cancel(), &["nothing is left to cancel: this request has ended (Cancelled)", "File a new one"])]
#[case::what_takes_it_away("quentin", to_do("Delete", "Transmitted").status(json!({"ownerUsername": "quentin"})), cancel(), &["you own what this request takes away", "only who made it (alice) can cancel it"])]
#[case::twice("alice", cancelled(), cancel(), FINAL)]
#[case::after_another("operator", cancelled(), cancel(), FINAL)]
#[case::blank("alice", of_erin("None"), cancel_as(json!({"reason": " \n"})), BLANK)]
#[case::empty("alice", of_erin("None"), cancel_as(json!({"reason": ""})), BLANK)]
fn a_cancel_is_refused(#[case] who: &str, #[case] plan: Plan, #[case] change: Value, #[case] words: &[&str]) {
    let (replaces, patches): (Vec<Way>, Vec<Way>) = ALL.iter().partition(|way| **way == Way::Replace);
    match words {
        // RBAC knows the verb only.
        [patch, update] if patch.starts_with("forbidden") => {
            refused(&patches, who, &plan, &change, &[patch]);
            refused(&replaces, who, &plan, &change, &[update]);
        }
        _ => refused(ALL, who, &plan, &change, words),
    }
}

#[test]
fn a_cancel_is_not_taken_back_and_not_filed() {
    refused(TAKING, "alice", &cancelled(), &json!({"spec": {"cancel": null}}), FINAL);
    let born = json!({"requestedBy": {"username": "alice"}, "cancel": {"reason": "x", "by": {"username": "alice"}}});
    let said = create("alice", REQUESTS, &wish(json!({"spec": born}))).unwrap_err();
    assert!(said.contains("leave it out, or do not file the request"), "{said}");
}

#[rstest]
#[case::before_it_is_read("alice", request_of("alice"))]
#[case::unapproved("alice", of_erin("None").status(json!({"workflowState": "PendingApproval"})))]
#[case::waiting_for_a_review("alice", of_erin("AwaitingApproval"))]
#[case::queued("alice", of_erin("Pending"))]
#[case::under_somebodys_hands("alice", of_erin("Transmitted"))]
#[case::after_an_error("alice", of_erin("Errored"))]
#[case::in_error("alice", of_erin("Error"))]
#[case::removal("alice", to_do("Delete", "Transmitted"))]
#[case::owner("quentin", owned_by_quentin())]
#[case::operator("operator", of_erin("None"))]
#[case::break_glass("admin", of_erin("Transmitted"))]
fn a_cancel_is_accepted_and_says_who(#[case] who: &str, #[case] plan: Plan) {
    for stored in accepted(ALL, who, &plan, &cancel()) {
        assert_eq!(stored["spec"]["cancel"]["reason"], "no longer wanted");
        assert_stamp(&stored["spec"]["cancel"]["by"], who);
    }
}

#[test]
fn without_stamping_a_plain_cancel_is_refused_with_the_fix() {
    let plan = of_erin("None");
    if STAMPED {
        let stored = accepted(&[Way::Kubectl], "alice", &plan, &cancel());
        assert_stamp(&stored[0]["spec"]["cancel"]["by"], "alice");
        return;
    }
    let words = [
        "spec.cancel.by is missing",
        "\"cancel\":{\"by\":{\"username\":\"alice\"}",
    ];
    refused_unsigned(ALL, "alice", &plan, &cancel(), &words);
}
