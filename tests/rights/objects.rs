//! Orders and requests in the state that a row needs: made as the operator and the people who would have made them.

use crate::STAMPED;
use crate::cluster::{self, API, NAMESPACE, Way, merge, uid, username, write};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

pub const ORDERS: &str = "provisioningorders";
pub const REQUESTS: &str = "assignmentrequests";

/// One write on the way to the state that a row needs.
#[derive(Clone, Debug)]
struct Step {
    who: &'static str,
    subresource: &'static str,
    change: Value,
}

/// An object that is yet to be made.
#[derive(Clone, Debug)]
pub struct Plan {
    pub kind: &'static str,
    who: &'static str,
    object: Value,
    steps: Vec<Step>,
}

impl Plan {
    /// Other fields, as a merge patch on the new object.
    pub fn with(mut self, change: Value) -> Self {
        merge(&mut self.object, &change);
        self
    }

    /// A write of the operator to the status.
    pub fn status(mut self, status: Value) -> Self {
        let change = json!({"status": status});
        self.steps.push(Step {
            who: "operator",
            subresource: "/status",
            change,
        });
        self
    }

    pub fn state(self, state: &str) -> Self {
        self.status(json!({"state": state, "reason": "Test"}))
    }

    pub fn condition(self, type_: &str, reason: &str) -> Self {
        self.status(json!({"conditions": [
            {"type": type_, "status": "True", "reason": reason, "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"},
        ]}))
    }

    /// A write of a person to the spec.
    pub fn then(mut self, who: &'static str, spec: Value) -> Self {
        let change = json!({"spec": spec});
        self.steps.push(Step {
            who,
            subresource: "",
            change,
        });
        self
    }

    /// A write of the admin to anything.
    pub fn prepared(mut self, change: Value) -> Self {
        self.steps.push(Step {
            who: "admin",
            subresource: "",
            change,
        });
        self
    }

    /// Makes it; answers its name.
    pub fn make(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut object = self.object.clone();
        let name = match self.kind {
            ORDERS => format!(
                "{}.r{number}.1",
                object["spec"]["resourceTypeRef"]["name"].as_str().unwrap()
            ),
            _ => format!("wish-{number}"),
        };
        object["metadata"]["name"] = name.clone().into();
        cluster::create(self.who, self.kind, &signed(self.who, &object)).unwrap();
        for step in &self.steps {
            let change = signed(step.who, &step.change);
            write(Way::Merge, step.who, self.kind, &name, step.subresource, &change).unwrap();
        }
        name
    }
}

/// Without stamping people name themselves, as the plugin does for them. What is there already is left alone.
pub fn signed(who: &str, change: &Value) -> Value {
    let mut change = change.clone();
    if STAMPED {
        return change;
    }
    if change["kind"] == "AssignmentRequest" && change["spec"].get("requestedBy").is_none() {
        change["spec"]["requestedBy"] = json!({"username": username(who)});
    }
    for block in ["decision", "review", "recovery", "assignee", "cancel"] {
        if let Some(block) = change["spec"].get_mut(block).and_then(Value::as_object_mut) {
            block.entry("by").or_insert(json!({"username": username(who)}));
        }
    }
    if change["spec"].is_null() {
        change.as_object_mut().unwrap().remove("spec");
    }
    change
}

/// What a stamp has to say about a person.
#[track_caller]
pub fn assert_stamp(by: &Value, who: &str) {
    assert_eq!(by["username"], username(who), "{by}");
    if STAMPED {
        assert_eq!(by["uid"], uid(who), "{by}");
    }
}

/// An order that alice asked for, for erin; not handed over yet.
pub fn order() -> Plan {
    let object = json!({
        "apiVersion": API, "kind": "ProvisioningOrder", "metadata": {"namespace": *NAMESPACE},
        "spec": {
            "resourceTypeRef": {"name": "badge"}, "operation": "Create", "resource": {"identifier": "e1"},
            "sequence": 1, "attempt": 1, "requesters": ["alice"], "owner": {"id": "e1", "username": "erin"},
            "changes": [{"property": "zone", "type": "String", "proposed": ["A"]}],
            "desired": {"exists": true, "properties": {"zone": "A"}},
            "ticket": {"title": "Create", "instructions": "Create it."},
            "policy": policy(),
        },
    });
    Plan {
        kind: ORDERS,
        who: "operator",
        object,
        steps: Vec::new(),
    }
}

pub fn requested_by(who: &str) -> Value {
    json!({"spec": {"requesters": ["alice", who]}})
}

pub fn owned_by(who: &str) -> Value {
    json!({"spec": {"owner": {"username": who}}})
}

pub fn decision_policy(policy: Value) -> Value {
    json!({"spec": {"policy": {"decision": policy}}})
}

pub fn transmitted() -> Plan {
    order().state("Transmitted")
}

pub fn awaiting() -> Plan {
    order().state("AwaitingApproval")
}

pub fn confirmed_by(who: &'static str) -> Plan {
    transmitted().then(who, json!({"decision": {"result": "Confirmed"}}))
}

pub fn executed_by(who: &'static str) -> Plan {
    confirmed_by(who).state("Executed")
}

/// Reported by carol; a recovery is needed.
pub fn errored() -> Plan {
    transmitted()
        .then("carol", json!({"decision": {"result": "Errored", "message": "no"}}))
        .state("Errored")
        .condition("Stalled", "RecoveryNeeded")
}

/// A request that somebody filed, not read by the operator yet.
pub fn request_of(who: &'static str) -> Plan {
    let object = json!({
        "apiVersion": API, "kind": "AssignmentRequest", "metadata": {"namespace": *NAMESPACE},
        "spec": {
            "resourceTypeRef": {"name": "badge"}, "operation": "Create", "owner": {"id": "e1"},
            "properties": {"zone": "A"},
        },
    });
    Plan {
        kind: REQUESTS,
        who,
        object,
        steps: Vec::new(),
    }
}

/// A request of alice for erin, which waits for approvers.
pub fn unapproved() -> Plan {
    request_of("alice")
        .status(json!({"workflowState": "PendingApproval", "ownerUsername": "erin", "provisioningState": "None"}))
}

/// The body of a new request.
pub fn wish(change: Value) -> Value {
    let mut object = request_of("alice").with(change).object;
    if object["metadata"].get("name").is_none() {
        object["metadata"]["name"] = "wish".into();
    }
    object
}

/// Every way ends in a refusal with these words, and nothing is stored.
#[track_caller]
pub fn refused(ways: &[Way], who: &str, plan: &Plan, change: &Value, words: &[&str]) {
    let name = plan.make();
    let before = cluster::get(plan.kind, &name);
    let change = signed(who, change);
    for way in ways {
        let said = write(*way, who, plan.kind, &name, "", &change)
            .expect_err(&format!("{way:?} of {who} had to be refused: {change}"));
        for part in words {
            assert!(said.contains(part), "{way:?}: {part:?} is not in: {said}");
        }
        let after = cluster::get(plan.kind, &name);
        assert_eq!(
            (&after["spec"], &after["metadata"]["labels"]),
            (&before["spec"], &before["metadata"]["labels"])
        );
    }
}

/// Every way is accepted, each on an object of its own; answers what is stored.
#[track_caller]
pub fn accepted(ways: &[Way], who: &str, plan: &Plan, change: &Value) -> Vec<Value> {
    let change = signed(who, change);
    let try_way = |way: &Way| {
        let name = plan.make();
        let written = write(*way, who, plan.kind, &name, "", &change);
        written.unwrap_or_else(|said| panic!("{way:?} of {who} had to be accepted: {change}\n{said}"))
    };
    ways.iter().map(try_way).collect()
}

/// Like [`refused`], exactly as written: without the name that people add where nothing stamps.
#[track_caller]
pub fn refused_unsigned(ways: &[Way], who: &str, plan: &Plan, change: &Value, words: &[&str]) {
    let name = plan.make();
    for way in ways {
        let said = write(*way, who, plan.kind, &name, "", change).expect_err("nobody is named: this had to be refused");
        for part in words {
            assert!(said.contains(part), "{way:?}: {part:?} is not in: {said}");
        }
    }
}

/// What an order's type says where nothing special is meant.
fn policy() -> Value {
    serde_json::from_str(include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/order-policy.json"
    )))
    .unwrap()
}
