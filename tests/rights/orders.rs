//! Orders: what people write into them, and in whose name.

use crate::STAMPED;
use crate::cluster::{ALL, TAKING, Way};
use crate::objects::{
    Plan, accepted, assert_stamp, awaiting, confirmed_by, decision_policy, errored, executed_by, order, owned_by,
    refused, requested_by, transmitted,
};
use rstest::rstest;
use serde_json::{Value, json};

fn spec(block: &str, value: Value) -> Value {
    json!({"spec": {block: value}})
}

fn confirm() -> Value {
    spec("decision", json!({"result": "Confirmed"}))
}

fn confirm_as(by: Value) -> Value {
    spec("decision", json!({"result": "Confirmed", "by": by}))
}

fn error() -> Value {
    spec("decision", json!({"result": "Errored", "message": "no"}))
}

fn assign(who: &str) -> Value {
    spec("assignee", json!({"username": who}))
}

fn review(result: &str) -> Value {
    spec("review", json!({"result": result, "comment": "because"}))
}

fn recover(action: &str) -> Value {
    spec("recovery", json!({"action": action, "comment": "because"}))
}

const NOT_ME: &[&str] = &["nobody writes in the name of another", "Name yourself"];
const PARTY: &[&str] = &["asked for this order or own what it is about", "somebody else has to"];

#[rstest]
#[case::forged_name("bob", transmitted(), confirm_as(json!({"username": "carol"})), NOT_ME)]
#[case::forged_uid("bob", transmitted(), confirm_as(json!({"username": "bob", "uid": "uid-carol"})), NOT_ME)]
#[case::forged_by_the_operator("operator", transmitted(), confirm_as(json!({"username": "bob"})), NOT_ME)]
#[case::forged_by_the_admin("admin", transmitted(), confirm_as(json!({"username": "bob", "uid": "uid-bob"})), NOT_ME)]
#[case::as_requester("bob", transmitted().with(requested_by("bob")), confirm(), PARTY)]
#[case::as_owner("bob", transmitted().with(owned_by("bob")), confirm(), PARTY)]
#[case::as_owner_with_a_claim("bob", transmitted().with(owned_by("bob")).then("bob", json!({"assignee": {"username": "bob"}})), confirm(), PARTY)]
#[case::admin_as_requester("admin", transmitted().with(requested_by("admin")), confirm(), PARTY)]
#[case::reviewer("dave", transmitted(), confirm(), &["you (dave) may not decide this order", "\"fulfill\" on ResourceType \"badge\"", "ask an administrator"])]
#[case::rbac_is_not_enough("oscar", transmitted(), confirm(), &["you (oscar) may not decide", "ask an administrator"])]
#[case::operator("operator", transmitted(), confirm(), &["may not decide", "ask an administrator"])]
#[case::other_type("nina", transmitted().with(spec("resourceTypeRef", json!({"name": "laptop"}))), confirm(), &["\"fulfill\" on ResourceType \"laptop\"", "ask an administrator"])]
#[case::no_right_at_all("mallory", transmitted(), confirm(), &["forbidden: User \"mallory\" cannot"])]
#[case::requester_without_right("alice", transmitted(), confirm(), &["forbidden: User \"alice\" cannot"])]
#[case::before_the_hand_over("bob", order(), confirm(), &["only while the order is Transmitted", "kubectl describe porder"])]
#[case::early("bob", order().state("Pending"), confirm(), &["it is Pending", "kubectl describe porder"])]
#[case::late("bob", transmitted().state("Inactive"), confirm(), &["it is Inactive", "kubectl describe porder"])]
#[case::second("carol", confirmed_by("bob"), error(), &["the decision is final", "write spec.recovery"])]
#[case::identical("bob", confirmed_by("bob"), confirm(), &["nothing changed: already Confirmed by bob", "kubectl explain porder.spec"])]
#[case::smuggled_status("bob", order().state("Pending"), json!({"spec": {"decision": {"result": "Confirmed"}}, "status": {"state": "Transmitted"}}), &["it is Pending", "kubectl describe"])]
#[case::smuggled_policy("bob", transmitted().with(requested_by("bob")), json!({"spec": {"decision": {"result": "Confirmed"}, "policy": {"decision": {"allowSelfConfirmation": true, "evidence": "Optional", "claimRequired": false}}}}), &["policy is immutable", "people write decision"])]
#[case::only_a_status("bob", transmitted(), json!({"status": {"state": "Executed"}}), &["nothing changed", "People write spec.decision"])]
#[case::requesters("bob", transmitted().with(requested_by("bob")), spec("requesters", json!(["alice"])), &["requesters is immutable", "people write decision"])]
#[case::owner("bob", transmitted(), spec("owner", json!({"id": "e1", "username": "mallory"})), &["owner is immutable", "people write decision"])]
#[case::no_evidence("bob", transmitted().with(decision_policy(json!({"evidence": "Required"}))), confirm(), &["evidence is required", "add to the decision what shows"])]
#[case::blank_evidence("bob", transmitted().with(decision_policy(json!({"evidence": "Required"}))), spec("decision", json!({"result": "Confirmed", "evidence": " "})), &["evidence is required"])]
#[case::unclaimed("bob", transmitted().with(decision_policy(json!({"claimRequired": true}))), confirm(), &["only the assignee may decide", "claim it first, kubectl patch porder badge.", "\"username\":\"bob\""])]
#[case::unclaimed_error("bob", transmitted().with(decision_policy(json!({"claimRequired": true}))), error(), &["claim it first"])]
#[case::claimed_by_another("bob", transmitted().with(decision_policy(json!({"claimRequired": true}))).then("carol", json!({"assignee": {"username": "carol"}})), confirm(), &["assigned to carol", "ask them"])]
fn a_decision_is_refused(#[case] who: &str, #[case] plan: Plan, #[case] change: Value, #[case] words: &[&str]) {
    refused(ALL, who, &plan, &change, words);
}

#[rstest]
#[case::removed("bob", confirmed_by("bob"), spec("decision", Value::Null), &["the decision is final", "write spec.recovery"])]
#[case::misspelt("bob", transmitted(), spec("decison", json!({"result": "Confirmed"})), &["nothing changed", "is a field misspelt", "kubectl explain porder.spec"])]
#[case::misspelt_after_a_claim("bob", transmitted().then("bob", json!({"assignee": {"username": "bob"}})), spec("decison", json!({"result": "Confirmed"})), &["assigned to bob", "misspelt field: kubectl explain"])]
#[case::removed_recovery("dave", errored().then("dave", json!({"recovery": {"action": "Retry"}})), spec("recovery", Value::Null), &["the recovery is final", "look for the next order"])]
#[case::release_after_the_decision("bob", transmitted().then("bob", json!({"assignee": {"username": "bob"}, "decision": {"result": "Confirmed"}})), spec("assignee", Value::Null), &["the order is decided: its assignee stays"])]
#[case::release_without_fulfill("dave", transmitted().then("rita", json!({"assignee": {"username": "dave"}})), spec("assignee", Value::Null), &["with \"fulfill\"", "takes \"assign\"", "ask an administrator"])]
#[case::foreign_release("bob", transmitted().then("carol", json!({"assignee": {"username": "carol"}})), spec("assignee", Value::Null), &["assigned to carol", "ask them to release it", "takes \"assign\""])]
#[case::line_label("bob", transmitted().with(json!({"metadata": {"labels": {"handoff.dev/line": "abc"}}})), json!({"metadata": {"labels": {"handoff.dev/line": null}}}), &["\"handoff.dev/line\" is reserved", "as they are"])]
fn taking_away_is_refused(#[case] who: &str, #[case] plan: Plan, #[case] change: Value, #[case] words: &[&str]) {
    refused(TAKING, who, &plan, &change, words);
}

const ASSIGNS: &[&str] = &["takes \"assign\" on ResourceType \"badge\"", "ask an administrator"];

#[rstest]
#[case::for_another("bob", transmitted(), assign("carol"), ASSIGNS)]
#[case::from_another("bob", transmitted().then("carol", json!({"assignee": {"username": "carol"}})), assign("bob"), &["assigned to carol: ask them to release it"])]
#[case::to_another("bob", transmitted().then("bob", json!({"assignee": {"username": "bob"}})), assign("carol"), &["you can only release this order", "takes \"assign\""])]
#[case::without_fulfill("dave", transmitted(), assign("dave"), ASSIGNS)]
#[case::rbac_is_not_enough("oscar", transmitted(), assign("oscar"), &["with \"fulfill\"", "takes \"assign\" on ResourceType \"badge\"", "ask an administrator"])]
#[case::claim_of_another_type("nina", transmitted().with(spec("resourceTypeRef", json!({"name": "laptop"}))), assign("nina"), &["with \"fulfill\"", "on ResourceType \"laptop\"", "ask an administrator"])]
#[case::operator("operator", transmitted(), assign("bob"), ASSIGNS)]
#[case::viewer("mallory", transmitted(), assign("mallory"), &["forbidden: User \"mallory\" cannot"])]
#[case::claim_of_what_was_given_to_another("bob", transmitted().then("rita", json!({"assignee": {"username": "carol"}})), assign("bob"), &["assigned to carol: ask them to release it"])]
#[case::claim_after_the_decision("carol", confirmed_by("bob"), assign("carol"), &["the order is decided: its assignee stays"])]
#[case::claim_of_what_ended("bob", order().state("Inactive"), assign("bob"), &["nobody works on this order any more: it is Inactive"])]
#[case::dispatch_of_what_failed("rita", errored(), assign("carol"), &["nobody works on this order any more: it is Errored"])]
#[case::forged("rita", transmitted(), spec("assignee", json!({"username": "carol", "by": {"username": "bob"}})), NOT_ME)]
#[case::decided("rita", confirmed_by("bob"), assign("carol"), &["the order is decided"])]
fn an_assignment_is_refused(#[case] who: &str, #[case] plan: Plan, #[case] change: Value, #[case] words: &[&str]) {
    refused(ALL, who, &plan, &change, words);
}

#[rstest]
#[case::abandon_by_a_fulfiller("bob", errored(), recover("Abandon"), &["may not write the recovery Abandon", "takes \"review\"", "ask an administrator"])]
#[case::retry_without_right("oscar", errored(), recover("Retry"), &["takes \"fulfill\" or \"review\"", "ask an administrator"])]
#[case::of_a_colleague("carol", executed_by("bob"), recover("Retry"), &["taken back by who gave it (bob", "or by somebody with \"review\""])]
#[case::abandon_ones_own("bob", executed_by("bob"), recover("Abandon"), &["takes \"review\""])]
#[case::forged("dave", errored(), spec("recovery", json!({"action": "Retry", "by": {"username": "carol"}})), NOT_ME)]
#[case::early("dave", transmitted(), recover("Retry"), &["only while the order is Errored with RecoveryNeeded"])]
#[case::not_needed("dave", transmitted().state("Errored"), recover("Retry"), &["only while the order is Errored with RecoveryNeeded"])]
#[case::without_comment("dave", executed_by("bob"), spec("recovery", json!({"action": "Retry"})), &["comment is required"])]
#[case::second("dave", errored().then("bob", json!({"recovery": {"action": "Retry"}})), recover("Abandon"), &["the recovery is final", "look for the next order"])]
fn a_recovery_is_refused(#[case] who: &str, #[case] plan: Plan, #[case] change: Value, #[case] words: &[&str]) {
    refused(ALL, who, &plan, &change, words);
}

const RESERVED: &[&str] = &[
    "is reserved for the operator",
    "leave labels and annotations under handoff.dev/ as they are",
];
const STEERING: &[&str] = &[
    "only the operator may change finalizers and ownerReferences",
    "leave them as they are",
];

#[rstest]
#[case::label("bob", json!({"labels": {"handoff.dev/resource-type": "laptop"}}), RESERVED)]
#[case::annotation("bob", json!({"annotations": {"handoff.dev/policy-answer": "x"}}), RESERVED)]
#[case::probe("bob", json!({"annotations": {"handoff.dev/policy-probe": "handoff-stamp-orders"}}), &["only for dry runs", "take it out"])]
#[case::accept("dave", json!({"annotations": {"handoff.dev/accept": "true"}}), RESERVED)]
#[case::finalizer("bob", json!({"finalizers": ["example.com/mine"]}), STEERING)]
#[case::owner("bob", json!({"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "y"}]}), STEERING)]
fn metadata_is_refused(#[case] who: &str, #[case] metadata: Value, #[case] words: &[&str]) {
    refused(ALL, who, &transmitted(), &json!({"metadata": metadata}), words);
}

#[rstest]
#[case::confirmed("bob", transmitted(), confirm(), "decision")]
#[case::named_oneself("bob", transmitted(), confirm_as(json!({"username": "bob"})), "decision")]
#[case::named_oneself_with_uid("bob", transmitted(), confirm_as(json!({"username": "bob", "uid": "uid-bob"})), "decision")]
#[case::by_name_of_the_type("nina", transmitted(), confirm(), "decision")]
#[case::break_glass("admin", transmitted(), confirm(), "decision")]
#[case::requester_reports_an_error("bob", transmitted().with(requested_by("bob")), error(), "decision")]
#[case::owner_reports_an_error("bob", transmitted().with(owned_by("bob")), error(), "decision")]
#[case::self_confirmation("bob", transmitted().with(requested_by("bob")).with(decision_policy(json!({"allowSelfConfirmation": true}))), confirm(), "decision")]
#[case::with_evidence("bob", transmitted().with(decision_policy(json!({"evidence": "Required"}))), spec("decision", json!({"result": "Confirmed", "evidence": "photo 7"})), "decision")]
#[case::error_without_evidence("bob", transmitted().with(decision_policy(json!({"evidence": "Required"}))), error(), "decision")]
#[case::assignee("bob", transmitted().with(decision_policy(json!({"claimRequired": true}))).then("bob", json!({"assignee": {"username": "bob"}})), confirm(), "decision")]
#[case::claim_and_decide("bob", transmitted().with(decision_policy(json!({"claimRequired": true}))), json!({"spec": {"assignee": {"username": "bob"}, "decision": {"result": "Confirmed"}}}), "decision")]
#[case::assigned_to_another_is_a_hint_only("bob", transmitted().then("rita", json!({"assignee": {"username": "carol"}})), confirm(), "decision")]
#[case::claim("bob", transmitted(), assign("bob"), "assignee")]
#[case::claim_before_the_hand_over("bob", awaiting(), assign("bob"), "assignee")]
#[case::dispatch("rita", transmitted(), assign("carol"), "assignee")]
#[case::dispatch_again("rita", transmitted().then("carol", json!({"assignee": {"username": "carol"}})), assign("bob"), "assignee")]
#[case::dispatch_and_take_away("rita", transmitted().then("bob", json!({"assignee": {"username": "bob"}})), assign("rita"), "assignee")]
#[case::claim_by_the_requester("bob", transmitted().with(requested_by("bob")), assign("bob"), "assignee")]
#[case::retry_by_a_fulfiller("bob", errored(), recover("Retry"), "recovery")]
#[case::abandon_by_a_reviewer("dave", errored(), recover("Abandon"), "recovery")]
#[case::recovery_by_the_requester("dave", errored().with(requested_by("dave")), recover("Abandon"), "recovery")]
#[case::ones_own_taken_back("bob", executed_by("bob"), recover("Retry"), "recovery")]
#[case::taken_back_by_a_reviewer("dave", executed_by("bob"), recover("Abandon"), "recovery")]
fn an_answer_is_accepted_and_says_who(
    #[case] who: &str,
    #[case] plan: Plan,
    #[case] change: Value,
    #[case] block: &str,
) {
    for stored in accepted(ALL, who, &plan, &change) {
        assert_stamp(&stored["spec"][block]["by"], who);
        for (field, value) in change["spec"][block].as_object().unwrap() {
            assert!(field == "by" || stored["spec"][block][field] == *value, "{stored}");
        }
    }
}

#[rstest]
#[case::release_ones_own("bob", "bob")]
#[case::released_by_the_dispatcher("bob", "rita")]
fn a_claim_is_released(#[case] has_it: &'static str, #[case] who: &str) {
    let claimed = transmitted().then(has_it, json!({"assignee": {"username": has_it}}));
    for stored in accepted(TAKING, who, &claimed, &spec("assignee", Value::Null)) {
        assert!(stored["spec"].get("assignee").is_none(), "{stored}");
    }
}

#[rstest]
#[case("bob", json!({"labels": {"team": "badges"}}))]
#[case("bob", json!({"labels": {"handoff.dev/keep": "true"}}))]
#[case("bob", json!({"annotations": {"example.com/note": "done by phone"}}))]
#[case("operator", json!({"labels": {"handoff.dev/line": "abc"}}))]
fn other_metadata_is_free(#[case] who: &str, #[case] metadata: Value) {
    accepted(ALL, who, &transmitted(), &json!({"metadata": metadata}));
}

/// The error of somebody who forgot to name themselves, where nothing does it for them.
#[test]
fn without_stamping_the_plain_patch_is_refused_with_the_fix() {
    if STAMPED {
        // The other half of the suite shows this; here the plain patch has to pass.
        assert_stamp(
            &accepted(&[Way::Kubectl], "bob", &transmitted(), &confirm())[0]["spec"]["decision"]["by"],
            "bob",
        );
        return;
    }
    let rows = [
        ("bob", transmitted(), confirm(), "decision"),
        ("bob", transmitted(), assign("bob"), "assignee"),
        ("dave", awaiting(), review("Approved"), "review"),
        ("dave", errored(), recover("Retry"), "recovery"),
    ];
    for (who, plan, change, block) in rows {
        crate::objects::refused_unsigned(
            ALL,
            who,
            &plan,
            &change,
            &[
                &format!("spec.{block}.by is missing"),
                &format!("\"{block}\":{{\"by\":{{\"username\":\"{who}\"}}"),
            ],
        );
    }
}

/// CEL stops an expression that costs too much, and a policy that is stopped refuses.
#[test]
fn the_largest_order_can_be_answered() {
    let values = vec!["v".repeat(1000); 16];
    let change = |number: usize| {
        let property = format!("property-{number:0>54}");
        json!({"property": property, "type": "String", "proposed": values})
    };
    let changes: Vec<Value> = (0..64).map(change).collect();
    let requesters: Vec<String> = (0..64).map(|number| format!("{number:0>500}")).collect();
    let large = order().with(json!({"spec": {"changes": changes, "requesters": requesters}}));
    let actual = json!({changes[7]["property"].as_str().unwrap(): values});
    let decision = spec(
        "decision",
        json!({"result": "Confirmed", "message": "m".repeat(4096), "actualValues": actual}),
    );
    let claimed = large
        .state("Transmitted")
        .then("bob", json!({"assignee": {"username": "bob"}}));
    accepted(&[Way::Merge, Way::Replace], "bob", &claimed, &decision);
    refused(
        &[Way::Merge, Way::Replace],
        "bob",
        &claimed,
        &json!({"status": {"state": "Executed"}}),
        &["nothing changed"],
    );
}
