//! The main job end to end: a real API server, the real operator, people with kubectl. Each test has its own
//! namespace and its own operator in it.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod place;

use place::{Place, badge};
use serde_json::{Value, json};
use std::process::Command;

#[test]
fn create_update_delete() {
    let place = Place::new("main-job");
    place.hire("hire", "anna");
    place.done("hire", "badge.anna.1");
    place.ask(
        "move",
        "anna",
        json!({"operation": "Update", "properties": {"zone": "LAB"}}),
    );
    place.wait("porder/badge.anna.2", ".spec.changes[0].current[0]", "HQ");
    place.done("move", "badge.anna.2");
    place.ask("leave", "anna", json!({"operation": "Delete"}));
    place.done("leave", "badge.anna.3");
    assert_eq!(place.read("areq/hire", ".status.orders"), r#"["badge.anna.1"]"#);
    place.told("badge.anna.1", "HandedOver", "with a person");
    place.told("badge.anna.3", "Confirmed", "confirmed that it is done");
}

#[test]
fn an_error_retry_and_abandon() {
    let place = Place::new("errors");
    place.hire("hire", "anna");
    place.fail("badge.anna.1");
    place.shows("hire", "Errored", "ReportedByPerson");
    assert!(
        place
            .read("areq/hire", ".status.message")
            .contains("the printer is broken")
    );
    place
        .answer("dave", "badge.anna.1", json!({"recovery": {"action": "Retry"}}))
        .unwrap();
    place.wait("porder/badge.anna.2", ".spec.attempt", "2");
    assert!(
        place
            .read("porder/badge.anna.2", ".spec.ticket.instructions")
            .contains("the printer is broken")
    );
    assert_eq!(place.read("porder/badge.anna.2", ".spec.previous.name"), "badge.anna.1");
    place.fail("badge.anna.2");
    place.wait(
        "porder/badge.anna.2",
        ".status.conditions[?(@.type==\"Stalled\")].reason",
        "RecoveryNeeded",
    );
    place
        .answer("dave", "badge.anna.2", json!({"recovery": {"action": "Abandon"}}))
        .unwrap();
    place.shows("hire", "Inactive", "Abandoned");
}

#[test]
fn one_request_one_order_whatever_touches_it() {
    let place = Place::new("steady");
    place.hire("hire", "anna");
    place.shows("hire", "Transmitted", "HandedOver");
    let before = place.read("porder/badge.anna.1", ".metadata.resourceVersion");
    place.apply("gita", badge());
    let mut edited = badge();
    edited["spec"]["displayName"] = "Badge of the house".into();
    edited["spec"]["properties"][1]["required"] = true.into();
    place.apply("gita", edited);
    place.run("alice", &["label", "areq", "hire", "touched=yes"]).unwrap();
    place.wait("rtype/badge", ".status.observedGeneration", "2");
    // Another line goes through the same operator after all that: what was to happen to the first has happened.
    place.ask(
        "other",
        "boris",
        json!({"operation": "Create", "properties": {"zone": "HQ", "level": "2"}}),
    );
    place.shows("other", "Transmitted", "HandedOver");
    assert_eq!(place.read("porder/badge.anna.1", ".metadata.resourceVersion"), before);
    assert_eq!(
        place.read("porder", ".items[*].metadata.name"),
        "badge.anna.1 badge.boris.1"
    );
}

#[test]
fn a_deleted_live_order_comes_back_under_the_next_number() {
    let place = Place::new("deleted");
    place.hire("hire", "anna");
    place.shows("hire", "Transmitted", "HandedOver");
    place.run("admin", &["delete", "porder", "badge.anna.1"]).unwrap();
    place.wait("porder/badge.anna.2", ".status.reason", "Recreated");
    place.done("hire", "badge.anna.2");
}

#[test]
fn what_is_wrong_is_said_and_heals() {
    let place = Place::new("healing");
    place.ask(
        "early",
        "anna",
        json!({"operation": "Create", "resourceTypeRef": {"name": "laptop"}, "properties": {"zone": "HQ"}}),
    );
    place.shows("early", "Error", "ResourceTypeNotFound");
    place.told("early", "ResourceTypeNotFound", "there is no ResourceType laptop");
    let mut laptop = badge();
    laptop["metadata"]["name"] = "laptop".into();
    laptop["spec"]["provisioningConnection"] = Value::Null;
    place.apply("gita", laptop.clone());
    place.shows("early", "Error", "NoProvisioningConnection");
    place.told("early", "NoProvisioningConnection", "spec.provisioningConnection");
    laptop["spec"]["provisioningConnection"] = json!({"package": "ManualTicket"});
    laptop["spec"]["identifier"] = json!({"expression": "owner.id ~"});
    place.apply("gita", laptop.clone());
    place.shows("early", "Error", "ResourceTypeNotReady");
    place.told("early", "ResourceTypeNotReady", "spec.identifier.expression");
    place.told("laptop", "InvalidExpression", "syntax error");
    let ready = place.read("rtype/laptop", ".status.conditions[?(@.type==\"Ready\")].message");
    assert!(
        ready.contains("spec.identifier.expression") && ready.contains("syntax error"),
        "{ready}"
    );
    laptop["spec"]["identifier"] = json!({"expression": "owner.id"});
    place.apply("gita", laptop);
    place.shows("early", "Transmitted", "HandedOver");
    place.ask(
        "bad",
        "boris",
        json!({"operation": "Create", "values": {"zone": ["HQ"]}, "properties": {"level": "high"}}),
    );
    place.shows("bad", "Error", "InvalidRequest");
    let message = place.read("areq/bad", ".status.message");
    assert!(message.contains("zone") && message.contains("level"), "{message}");
}

#[test]
fn a_request_costs_five_writes_and_a_settled_cluster_none() {
    let mut place = Place::new("counted");
    place.wait("rtype/badge", ".status.observedGeneration", "1");
    place.hire("hire", "anna");
    place.done("hire", "badge.anna.1");
    assert_eq!(place.writes(), 5);
    place.kill();
    place.start();
    // The restarted operator has caught up when it has handled something new.
    place.hire("next", "boris");
    place.done("next", "badge.boris.1");
    assert_eq!(place.writes(), 10);
}

#[test]
fn killed_twenty_times_nothing_is_lost_or_doubled() {
    let mut place = Place::new("killed");
    let owners: Vec<String> = (0..50).map(|number| format!("p{number:02}")).collect();
    for (number, owner) in owners.iter().enumerate() {
        place.hire(&format!("hire-{owner}"), owner);
        if number % 5 == 4 {
            place.kill();
            place.start();
        }
    }
    for (number, owner) in owners.iter().enumerate() {
        place.confirm(&format!("badge.{owner}.1"));
        if number % 5 == 4 {
            place.kill();
            place.start();
        }
    }
    for owner in &owners {
        place.shows(&format!("hire-{owner}"), "Executed", "Confirmed");
    }
    let orders = place.read("porder", ".items[*].metadata.name");
    assert_eq!(orders.split_whitespace().count(), 50, "{orders}");
}

#[test]
fn it_answers_probes_stops_when_asked_and_logs_json() {
    let mut place = Place::new("stopping");
    place.hire("hire", "anna");
    place.done("hire", "badge.anna.1");
    for path in ["/livez", "/readyz"] {
        assert!(place.ask_operator(path).starts_with("HTTP/1.1 200"), "{path}");
    }
    let mut operator = place.operator.take().unwrap();
    let asked = Command::new("kill")
        .args(["-TERM", &operator.id().to_string()])
        .status();
    assert!(asked.unwrap().success());
    assert!(operator.wait().unwrap().success());
    let log = std::fs::read_to_string(place.log()).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let about = |name: &str, reason: &str| {
        lines
            .iter()
            .any(|line| line["fields"]["name"] == name && line["fields"]["reason"] == reason)
    };
    assert!(
        about("badge.anna.1", "HandedOver") && about("badge.anna.1", "Confirmed") && about("hire", "Confirmed"),
        "{log}"
    );
    assert_eq!(lines.last().unwrap()["fields"]["message"], "handoff stopped");
}
