//! The main job end to end: a real API server, the real operator, people with kubectl. Each test has its own
//! namespace and its own operator in it.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

struct Place {
    namespace: String,
    operator: Option<Child>,
}

fn kubectl() -> Command {
    Command::new(std::env::var("KUBECTL").expect("no control plane: run `make test`, which starts one"))
}

fn said(mut command: Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

impl Place {
    /// A namespace with a type `badge` and an operator.
    fn new(namespace: &str) -> Self {
        let mut command = kubectl();
        command.args(["create", "namespace", namespace]);
        said(command).unwrap();
        let mut place = Self {
            namespace: namespace.to_owned(),
            operator: None,
        };
        place.start();
        place.apply("gita", badge());
        place
    }

    fn start(&mut self) {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = std::env::var("HANDOFF_TEST_DIR").unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_handoff"))
            .args(["--namespace", &self.namespace, "--listen", &format!("127.0.0.1:{port}")])
            .env("KUBECONFIG", format!("{folder}/operator.kubeconfig"))
            .stdout(Stdio::null())
            .stderr(
                std::fs::File::options()
                    .create(true)
                    .append(true)
                    .open(format!("{folder}/operator-{}.log", self.namespace))
                    .unwrap(),
            )
            .spawn()
            .unwrap();
        self.operator = Some(child);
    }

    fn kill(&mut self) {
        if let Some(mut operator) = self.operator.take() {
            operator.kill().unwrap();
            operator.wait().unwrap();
        }
    }

    fn run(&self, who: &str, args: &[&str]) -> Result<String, String> {
        let mut command = kubectl();
        command.args(["--context", who, "-n", &self.namespace]).args(args);
        said(command)
    }

    fn apply(&self, who: &str, object: Value) {
        let mut child = kubectl()
            .args(["--context", who, "-n", &self.namespace, "apply", "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(object.to_string().as_bytes())
            .unwrap();
        assert!(child.wait().unwrap().success());
    }

    fn ask(&self, name: &str, owner: &str, spec: Value) {
        let mut full = json!({"resourceTypeRef": {"name": "badge"}, "owner": {"id": owner}});
        full.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        self.apply("alice", json!({"apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest", "metadata": {"name": name}, "spec": full}));
    }

    fn hire(&self, name: &str, owner: &str) {
        self.ask(
            name,
            owner,
            json!({"operation": "Create", "properties": {"zone": "HQ"}}),
        );
    }

    fn wait(&self, what: &str, path: &str, value: &str) {
        let condition = format!("--for=jsonpath={{{path}}}={value}");
        // A wait for a thing that does not exist yet: kubectl waits for its creation first.
        self.run("alice", &["wait", "--for=create", what, "--timeout=30s"])
            .unwrap();
        if let Err(error) = self.run("alice", &["wait", &condition, what, "--timeout=30s"]) {
            panic!(
                "{error}\n{}",
                self.run("alice", &["get", what, "-o", "yaml"])
                    .unwrap_or_else(|error| error)
            );
        }
    }

    fn shows(&self, request: &str, state: &str, reason: &str) {
        self.wait(&format!("areq/{request}"), ".status.provisioningState", state);
        self.wait(&format!("areq/{request}"), ".status.reason", reason);
    }

    fn read(&self, what: &str, path: &str) -> String {
        self.run("alice", &["get", what, "-o", &format!("jsonpath={{{path}}}")])
            .unwrap()
    }

    fn answer(&self, who: &str, order: &str, spec: Value) -> Result<String, String> {
        self.run(
            who,
            &[
                "patch",
                "porder",
                order,
                "--type=merge",
                "-p",
                &json!({"spec": spec}).to_string(),
            ],
        )
    }

    fn confirm(&self, order: &str) {
        self.wait(&format!("porder/{order}"), ".status.state", "Transmitted");
        self.answer("bob", order, json!({"decision": {"result": "Confirmed"}}))
            .unwrap();
    }

    fn fail(&self, order: &str) {
        self.wait(&format!("porder/{order}"), ".status.state", "Transmitted");
        self.answer(
            "carol",
            order,
            json!({"decision": {"result": "Errored", "message": "the printer is broken"}}),
        )
        .unwrap();
        self.wait(&format!("porder/{order}"), ".status.state", "Errored");
    }

    /// The operator's writes of requests and orders in this namespace, from the API server's audit log.
    fn writes(&self) -> usize {
        let log = std::fs::File::open(std::env::var("HANDOFF_AUDIT_LOG").unwrap()).unwrap();
        let lines = BufReader::new(log).lines();
        lines
            .filter_map(|line| serde_json::from_str::<Value>(&line.unwrap()).ok())
            .filter(|event| event["objectRef"]["namespace"] == self.namespace.as_str())
            .filter(|event| event["user"]["username"] == "system:serviceaccount:handoff-system:handoff")
            .filter(|event| matches!(event["verb"].as_str(), Some("create" | "update" | "patch" | "delete")))
            .filter(|event| {
                matches!(
                    event["objectRef"]["resource"].as_str(),
                    Some("assignmentrequests" | "provisioningorders")
                )
            })
            .count()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.kill();
    }
}

fn badge() -> Value {
    json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType", "metadata": {"name": "badge"},
        "spec": {
            "targetEntityType": "Badge",
            "provisioningConnection": {"package": "ManualTicket"},
            "properties": [{"name": "zone", "type": "String", "required": true}, {"name": "level", "type": "Integer"}],
        },
    })
}

#[test]
fn create_update_delete() {
    let place = Place::new("main-job");
    place.hire("hire", "anna");
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
    place.ask(
        "move",
        "anna",
        json!({"operation": "Update", "properties": {"zone": "LAB"}}),
    );
    place.wait("porder/badge.anna.2", ".spec.changes[0].current[0]", "HQ");
    place.confirm("badge.anna.2");
    place.shows("move", "Executed", "Confirmed");
    place.ask("leave", "anna", json!({"operation": "Delete"}));
    place.confirm("badge.anna.3");
    place.shows("leave", "Executed", "Confirmed");
    assert_eq!(place.read("areq/hire", ".status.orders"), r#"["badge.anna.1"]"#);
    let events = place.run("alice", &["get", "events.events.k8s.io", "-o", "name"]);
    assert!(
        events.is_err(),
        "a requester may not read events by these roles; an administrator may"
    );
    place
        .run(
            "admin",
            &[
                "wait",
                "--for=create",
                "events.events.k8s.io",
                "--field-selector=reason=Confirmed",
                "--timeout=30s",
            ],
        )
        .ok();
    let events = place.run("admin", &["get", "events.events.k8s.io"]).unwrap();
    assert!(
        events.contains("HandedOver") && events.contains("Confirmed"),
        "{events}"
    );
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
    place.confirm("badge.anna.2");
    place.shows("hire", "Executed", "Confirmed");
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
    let mut laptop = badge();
    laptop["metadata"]["name"] = "laptop".into();
    laptop["spec"]["provisioningConnection"] = Value::Null;
    place.apply("gita", laptop.clone());
    place.shows("early", "Error", "NoProvisioningConnection");
    laptop["spec"]["provisioningConnection"] = json!({"package": "ManualTicket"});
    laptop["spec"]["identifier"] = json!({"expression": "owner.id ~"});
    place.apply("gita", laptop.clone());
    place.shows("early", "Error", "ResourceTypeNotReady");
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
        json!({"operation": "Create", "properties": {"colour": "red", "level": "high"}}),
    );
    place.shows("bad", "Error", "InvalidRequest");
    let message = place.read("areq/bad", ".status.message");
    assert!(message.contains("colour") && message.contains("level"), "{message}");
}

#[test]
fn a_request_costs_five_writes_and_a_settled_cluster_none() {
    let mut place = Place::new("counted");
    place.wait("rtype/badge", ".status.observedGeneration", "1");
    place.hire("hire", "anna");
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
    assert_eq!(place.writes(), 5);
    place.kill();
    place.start();
    // The restarted operator has caught up when it has handled something new.
    place.hire("next", "boris");
    place.confirm("badge.boris.1");
    place.shows("next", "Executed", "Confirmed");
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
