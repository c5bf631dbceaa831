//! The admission policies are taken away, weakened and bound elsewhere, as an administrator of the cluster could do it by
//! mistake: the operator stops, says so, and goes on when they are back. What was written meanwhile is not believed.
//!
//! Policies count for the whole cluster, so this needs a control plane of its own: `make test` starts it with
//! `handoff-dev with -- cargo test --workspace --features faults --test fail_closed`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod place;

use place::Place;
use rstest::rstest;
use serde_json::{Value, json};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

const RULES: &str = "validatingadmissionpolicy";
const BINDING: &str = "validatingadmissionpolicybinding";
const STAMP: &str = "mutatingadmissionpolicy";

/// How somebody takes the force of a policy away.
#[derive(Clone, Copy, Debug)]
enum Way {
    PolicyDeleted,
    BindingDeleted,
    OnlyAudits,
    BoundElsewhere,
    RulesTakenOut,
}

impl Way {
    /// What the operator says about it.
    fn words(self) -> &'static str {
        match self {
            Self::PolicyDeleted | Self::BindingDeleted => "is absent",
            Self::OnlyAudits => "[Audit, Warn] instead of [Deny]",
            Self::BoundElsewhere => "bound to other namespaces",
            Self::RulesTakenOut => ": spec.validations[0].expression (",
        }
    }
}

/// One policy at a time. Whoever holds this finds the policies as they were shipped, and leaves them so.
struct Turn(#[expect(dead_code, reason = "held, not read")] MutexGuard<'static, ()>);

impl Turn {
    fn take() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        Self(TURN.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // A failed test must not fail the next one.
        if std::thread::panicking() {
            let _said = replace(&["."]);
        }
    }
}

/// Place and policies of a test.
struct Story {
    // Before the policies are restored the operator ends.
    place: Place,
    #[expect(dead_code, reason = "restores the policies when it goes")]
    turn: Turn,
}

impl Story {
    /// With an operator.
    fn new(namespace: &str) -> Self {
        let mut story = Self::without_operator(namespace);
        story.place.start();
        story.goes_on();
        story
    }

    fn without_operator(namespace: &str) -> Self {
        let turn = Turn::take();
        let place = Place::without_operator(namespace);
        Self { place, turn }
    }

    fn admin(&self, args: &[&str]) -> String {
        self.place.run("admin", args).unwrap()
    }

    fn patch(&self, kind: &str, policy: &str, type_: &str, patch: &Value) {
        self.admin(&["patch", kind, policy, type_, "-p", &patch.to_string()]);
    }

    fn weaken(&self, policy: &str, way: Way) {
        match way {
            Way::PolicyDeleted => drop(self.admin(&["delete", RULES, policy])),
            Way::BindingDeleted => drop(self.admin(&["delete", BINDING, policy])),
            Way::OnlyAudits => {
                let actions = json!({"spec": {"validationActions": ["Audit", "Warn"]}});
                self.patch(BINDING, policy, "--type=merge", &actions);
            }
            Way::BoundElsewhere => {
                let elsewhere = json!({"spec": {"matchResources": {"namespaceSelector": {"matchLabels": {"a": "b"}}}}});
                self.patch(BINDING, policy, "--type=merge", &elsewhere);
            }
            Way::RulesTakenOut => {
                let last = json!([{"op": "replace", "path": "/spec/validations/0/expression", "value": "true"}]);
                self.patch(RULES, policy, "--type=json", &last);
            }
        }
    }

    /// The operator does not act, and says why where everybody looks.
    fn is_stopped(&self, words: &[&str]) {
        self.place
            .wait("rtype/badge", &condition("PoliciesInForce", "status"), "False");
        let said = self.place.read("rtype/badge", &condition("PoliciesInForce", "message"));
        for part in words {
            assert!(said.contains(part), "{part:?} is not in: {said}");
        }
        let metrics = self.place.ask_operator("/metrics");
        assert!(metrics.contains("handoff_policies_in_force 0"), "{metrics}");
    }

    fn goes_on(&self) {
        self.place
            .wait("rtype/badge", &condition("PoliciesInForce", "status"), "True");
        let metrics = self.place.ask_operator("/metrics");
        assert!(metrics.contains("handoff_policies_in_force 1"), "{metrics}");
    }

    fn waits_for_a_person(&self, owner: &str) {
        self.place.hire(&format!("hire-{owner}"), owner);
        self.place
            .wait(&format!("porder/badge.{owner}.1"), ".status.state", "Transmitted");
    }

    /// A request that was first seen without policies ends, and no order was made of it.
    fn is_no_request(&self, owner: &str) {
        self.place.shows(&format!("hire-{owner}"), "Error", "RequestUntrusted");
        let request = format!("areq/hire-{owner}");
        self.place.wait(&request, &condition("Stalled", "status"), "True");
        let orders = self.admin(&["get", "porder", "-o", "name"]);
        assert!(!orders.contains(&format!("badge.{owner}.")), "{orders}");
        assert!(self.place.read(&request, ".status.message").contains("file a new one"));
    }

    /// A decision that was first seen without policies is an error that a person has to look at.
    fn is_no_decision(&self, owner: &str) {
        let order = format!("porder/badge.{owner}.1");
        self.place.wait(&order, ".status.state", "Errored");
        self.place.wait(&order, ".status.reason", "DecisionUntrusted");
        self.place
            .wait(&order, &condition("DecisionUntrusted", "status"), "True");
        self.place
            .wait(&order, &condition("Stalled", "reason"), "RecoveryNeeded");
        assert_eq!(self.place.read(&order, &condition("Executed", "status")), "");
        self.place
            .shows(&format!("hire-{owner}"), "Errored", "DecisionUntrusted");
    }

    fn works_for(&self, owner: &str) {
        self.place.hire(&format!("hire-{owner}"), owner);
        self.place.confirm(&format!("badge.{owner}.1"));
        self.place.shows(&format!("hire-{owner}"), "Executed", "Confirmed");
    }
}

fn condition(type_: &str, field: &str) -> String {
    format!(".status.conditions[?(@.type==\"{type_}\")].{field}")
}

/// As the operator tells people to do.
fn replace(files: &[&str]) -> Result<(), String> {
    let mut kubectl = Command::new(std::env::var("KUBECTL").unwrap());
    kubectl.args(["replace", "--force"]);
    for file in files {
        kubectl.args([
            "-f",
            &format!(
                "{}/{file}",
                concat!(env!("CARGO_MANIFEST_DIR"), "/charts/handoff/files")
            ),
        ]);
    }
    let done = kubectl.output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    done.status.success().then_some(()).ok_or(said)
}

fn restore(policy: &str) {
    replace(&[&file_of(policy)]).unwrap();
}

fn file_of(policy: &str) -> String {
    let name = policy.trim_start_matches("handoff-");
    let kind = if name.starts_with("stamp-") { "" } else { "policy-" };
    format!("{kind}{name}.yaml")
}

#[rstest]
#[case("handoff-orders", &[Way::BindingDeleted, Way::RulesTakenOut])]
#[case("handoff-status", &[])]
#[case("handoff-inventory", &[])]
#[case("handoff-requests", &[])]
#[case("handoff-request-types", &[])]
fn without_one_policy_nothing_moves(#[case] policy: &str, #[case] more: &[Way]) {
    let ways = [Way::PolicyDeleted, Way::OnlyAudits, Way::BoundElsewhere];
    let mut story = Story::new(&format!("without-{policy}"));
    for (row, way) in ways.iter().chain(more).copied().enumerate() {
        let (waiting, late) = (format!("w{row}"), format!("l{row}"));
        story.waits_for_a_person(&waiting);
        story.weaken(policy, way);
        story.is_stopped(&[
            "nothing moves",
            policy,
            way.words(),
            "kubectl replace --force",
            &file_of(policy),
        ]);
        let confirmed = json!({"decision": {"result": "Confirmed"}});
        let order = format!("badge.{waiting}.1");
        // The API server may still act by what another test took away: what fills in comes back within about a second.
        let answer = || story.place.answer("bob", &order, confirmed.clone());
        let refusals = std::iter::repeat_with(answer).take_while(Result::is_err).take(1000);
        assert!(refusals.count() < 1000, "bob cannot confirm {order}");
        story.place.hire(&format!("hire-{late}"), &late);
        let order = format!("porder/{order}");
        story
            .place
            .wait(&order, &condition("DecisionUntrusted", "status"), "True");
        story.is_no_request(&late);
        assert_eq!(story.place.read(&order, ".status.state"), "Transmitted", "{way:?}");
        restore(policy);
        story.goes_on();
        story.is_no_decision(&waiting);
        story.is_no_request(&late);
    }
    story.works_for("clean");
    let ended = story.place.operator.as_mut().unwrap().try_wait().unwrap();
    assert_eq!(ended, None, "the operator ended");
    story.place.told("badge", "PoliciesNotInForce", policy);
    story.place.told("badge", "PoliciesInForce", "");
}

#[test]
fn a_forged_decision_becomes_a_clean_order() {
    let story = Story::new("forged-decision");
    story.waits_for_a_person("anna");
    story.weaken("handoff-orders", Way::PolicyDeleted);
    story.is_stopped(&["handoff-orders"]);
    // The API server goes on with what was deleted for about a second.
    let forged = json!({"decision": {"result": "Confirmed", "by": {"username": "carol"}}});
    let forge = || story.place.answer("bob", "badge.anna.1", forged.clone());
    let refusals = std::iter::repeat_with(forge)
        .take_while(Result::is_err)
        .take(1000)
        .count();
    assert!(refusals < 1000, "bob still cannot write in the name of carol");
    restore("handoff-orders");
    story.goes_on();
    story.is_no_decision("anna");
    story.place.told("badge.anna.1", "DecisionUntrusted", "not believed");
    let retry = json!({"recovery": {"action": "Retry"}});
    story.place.answer("dave", "badge.anna.1", retry).unwrap();
    story.place.confirm("badge.anna.2");
    story.place.shows("hire-anna", "Executed", "Confirmed");
    let by = story.place.read("porder/badge.anna.2", ".spec.decision.by.username");
    assert_eq!(by, "bob");
}

#[test]
fn an_order_that_nobody_may_abandon_is_tried_again() {
    let story = Story::new("forged-recovery");
    story.waits_for_a_person("anna");
    story.place.fail("badge.anna.1");
    story
        .place
        .wait("porder/badge.anna.1", &condition("Stalled", "reason"), "RecoveryNeeded");
    story.weaken("handoff-orders", Way::BindingDeleted);
    story.is_stopped(&["handoff-orders"]);
    let abandon = json!({"recovery": {"action": "Abandon"}});
    story.place.answer("dave", "badge.anna.1", abandon).unwrap();
    story
        .place
        .wait("porder/badge.anna.1", &condition("DecisionUntrusted", "status"), "True");
    restore("handoff-orders");
    story.goes_on();
    story.place.wait("porder/badge.anna.2", ".spec.attempt", "2");
    story.place.shows("hire-anna", "Transmitted", "HandedOver");
}

#[test]
fn an_operator_that_starts_without_the_policies_waits_for_them() {
    let mut story = Story::without_operator("starts-without");
    story.weaken("handoff-requests", Way::BindingDeleted);
    story.place.start();
    story.is_stopped(&["handoff-requests", "is absent"]);
    story.place.hire("hire-anna", "anna");
    story.is_no_request("anna");
    restore("handoff-requests");
    story.goes_on();
    story.is_no_request("anna");
    story.works_for("boris");
}

#[test]
fn what_only_fills_in_may_be_absent_but_not_different() {
    let story = Story::new("stamps");
    let forging = json!([{"op": "replace", "path": "/spec/reinvocationPolicy", "value": "Never"}]);
    story.patch(STAMP, "handoff-stamp-orders", "--type=json", &forging);
    story.is_stopped(&[
        "MutatingAdmissionPolicy handoff-stamp-orders",
        "is different from what this operator was built with: spec.reinvocationPolicy",
    ]);
    story.admin(&["delete", STAMP, "handoff-stamp-orders"]);
    story.goes_on();
    story.waits_for_a_person("anna");
    let mine = json!({"decision": {"result": "Confirmed", "by": {"username": "bob"}}});
    story.place.answer("bob", "badge.anna.1", mine).unwrap();
    story.place.shows("hire-anna", "Executed", "Confirmed");
    restore("handoff-stamp-orders");
}
