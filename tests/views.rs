//! What people look at with `kubectl handoff`, end to end: `work`, `show` and `history`, as a viewer and as one who may not
//! look. Transcripts are compared word for word with `tests/golden/views/`.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod golden;
mod place;
mod terminal;

use place::{Place, badge};
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use terminal::{Follow, Terminal};

/// The badge under another name, with other rules.
fn kind(name: &str, entity: Option<&str>, rules: &Value) -> Value {
    let mut kind = badge();
    kind["metadata"]["name"] = json!(name);
    kind["spec"]["targetEntityType"] = json!(entity);
    let spec = kind["spec"].as_object_mut().unwrap();
    spec["properties"].as_array_mut().unwrap().extend([
        json!({"name": "doors", "type": "String", "multiValued": true}),
        json!({"name": "pin", "type": "Secret"}),
    ]);
    spec.extend(rules.as_object().unwrap().clone());
    spec.retain(|_, value| !value.is_null());
    kind
}

/// A namespace with a type for everything that people may be waited for, and an operator.
fn place(namespace: &str) -> Place {
    let mut place = Place::without_operator(namespace);
    let evidence = json!({"decision": {"evidence": "Required"}, "dueAfter": "720h"});
    place.apply("gita", kind("badge", Some("Badge"), &evidence));
    place.apply("gita", kind("door", Some("Door"), &json!({"approval": {"steps": 2}})));
    place.apply(
        "gita",
        kind("key", Some("Key"), &json!({"provisioningReview": {"required": true}})),
    );
    place.apply("gita", kind("late", Some("Badge"), &json!({"dueAfter": "1s"})));
    place.apply("gita", kind("plain", None, &json!({})));
    place.start();
    place
}

fn ask(place: &Place, kind: &str, owner: &str, more: Value) {
    let mut spec = json!({"operation": "Create", "properties": {"zone": "HQ"}, "resourceTypeRef": {"name": kind}});
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    place.ask(&format!("{kind}-{owner}"), owner, spec);
}

fn waits(place: &Place, order: &str, state: &str) {
    place.wait(&format!("porder/{order}"), ".status.state", state);
}

/// One of everything that waits for people, and what does not.
fn all_sorts(place: &Place) {
    let more = json!({
        "owner": {"id": "anna", "displayName": "Anna Adams"}, "justification": "starts in March",
        "values": {"doors": ["north", "south"]}, "secrets": ["pin"],
    });
    ask(place, "badge", "anna", more);
    waits(place, "badge.anna.1", "Transmitted");
    place
        .answer("bob", "badge.anna.1", json!({"assignee": {"username": "bob"}}))
        .unwrap();
    ask(place, "badge", "ben", json!({}));
    place.fail("badge.ben.1");
    place.shows("badge-ben", "Errored", "ReportedByPerson");
    ask(place, "badge", "carl", json!({}));
    waits(place, "badge.carl.1", "Transmitted");
    let done =
        json!({"result": "Confirmed", "message": "printed", "evidence": "photo 12", "actualValues": {"zone": ["LAB"]}});
    place.answer("bob", "badge.carl.1", json!({"decision": done})).unwrap();
    place.shows("badge-carl", "Executed", "DoneWithDeviation");
    ask(place, "door", "dora", json!({"justification": "guards the door"}));
    place.shows("door-dora", "None", "WaitingForApproval");
    let agreed = json!({"spec": {"approvals": {"dave": {"result": "Approved", "comment": "welcome"}}}});
    let args = ["patch", "areq", "door-dora", "--type=merge", "-p", &agreed.to_string()];
    place.run("dave", &args).unwrap();
    place.wait("areq/door-dora", ".status.approvals", "1/2");
    ask(place, "key", "emil", json!({}));
    waits(place, "key.emil.1", "AwaitingApproval");
    ask(place, "late", "fay", json!({}));
    place.wait(
        "porder/late.fay.1",
        ".status.conditions[?(@.type==\"Overdue\")].status",
        "True",
    );
    ask(place, "plain", "gus", json!({}));
    waits(place, "plain.gus.1", "Transmitted");
    // Not now.
    ask(place, "badge", "zoe", json!({"startTime": "2099-01-01T00:00:00Z"}));
    place.shows("badge-zoe", "None", "Scheduled");
}

/// Runs it, and says how it has to end.
#[track_caller]
fn ends(terminal: &mut Terminal<'_>, who: &str, line: &str, code: i32) -> terminal::Said {
    let args: Vec<&str> = line.split(' ').collect();
    let said = terminal.run(who, &args);
    assert_eq!(said.code, code, "{who} {args:?}: {}{}", said.out, said.err);
    said
}

#[test]
fn what_waits_for_people() {
    let place = place("views-work");
    all_sorts(&place);
    let mut terminal = Terminal::new(&place);
    for line in [
        "work",
        "work -o wide",
        "work bADGE",
        "work badge -o wide",
        "work door",
        "work key",
        "work -",
        "work --type late",
        "work badge --only recovery",
        "work badge --unclaimed",
        "work badge --mine",
        "work Account",
        "work -l handoff.dev/resource-type=none",
        "work -o name",
        "work --only approval -o name",
        "work door -o json",
        "work key -o yaml",
    ] {
        ends(&mut terminal, "mallory", line, 0);
    }
    ends(&mut terminal, "bob", "work", 0);
    ends(&mut terminal, "bob", "work badge --mine", 0);
    ends(&mut terminal, "bob", "work -w -o json", 2);
    ends(&mut terminal, "bob", "work --only approval --mine", 2);
    terminal.golden("views/work");

    let mut terminal = Terminal::new(&place);
    let refused = ends(&mut terminal, "admin", "work --as nobody", 1);
    for words in [
        "User \"nobody\" cannot list resource",
        "--clusterrole=handoff-viewer --user=nobody -n views-work",
    ] {
        assert!(refused.err.contains(words), "{}", refused.err);
    }
    // Other tests have their own namespaces.
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-handoff"));
    command
        .args(["work", "key", "-A", "--context", "mallory"])
        .stdin(Stdio::null());
    let everywhere = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(
        everywhere.starts_with("NAMESPACE ") && everywhere.contains("\nviews-work "),
        "{everywhere}"
    );

    // The narrowest of terminals: names are whole all the same.
    let mut narrow = Terminal::narrow(&place);
    for line in ["work", "work badge", "work door", "work late"] {
        let said = ends(&mut narrow, "mallory", line, 0);
        // The counts fit the usual terminal.
        let width = if line == "work" { 80 } else { 72 };
        assert!(
            said.out.lines().all(|line| line.chars().count() <= width),
            "{}",
            said.out
        );
    }
    narrow.golden("views/work-narrow");

    // From the list to the answer.
    let names = terminal.run("bob", &["work", "badge", "--mine", "-o", "name"]);
    let confirm = ["confirm", "-f", "-", "--evidence", "photo 13"];
    let said = terminal.pipe("bob", &confirm, &names.out);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    place.shows("badge-anna", "Executed", "Confirmed");
}

#[test]
fn everything_about_one_object() {
    let place = place("views-show");
    all_sorts(&place);
    // A request with the name of an order.
    place.ask(
        "badge.anna.1",
        "hugo",
        json!({"operation": "Create", "properties": {"zone": "HQ"}, "startTime": "2099-01-01T00:00:00Z"}),
    );
    place.shows("badge.anna.1", "None", "Scheduled");
    let mut terminal = Terminal::new(&place);
    for name in [
        "badge.anna.1",
        "badge.ben.1",
        "porder/badge.carl.1",
        "key.emil.1",
        "late.fay.1",
        "door-dora",
        "areq/badge-anna",
    ] {
        ends(&mut terminal, "mallory", &format!("show {name}"), 0);
    }
    ends(
        &mut terminal,
        "mallory",
        "show plain.gus.1 nothing badge-zoe areq/plain.gus.1",
        1,
    );
    ends(&mut terminal, "mallory", "show pod/x", 2);
    ends(&mut terminal, "admin", "show badge.anna.1 --as nobody", 1);
    terminal.golden("views/show");

    let mut narrow = Terminal::narrow(&place);
    ends(
        &mut narrow,
        "mallory",
        "show badge.anna.1 badge.carl.1 late.fay.1 areq/door-dora",
        0,
    );
    narrow.golden("views/show-narrow");

    let mut terminal = Terminal::new(&place);
    let order = ends(&mut terminal, "mallory", "show badge.ben.1 -o json", 0);
    let order: Value = serde_json::from_str(&order.out).unwrap();
    assert_eq!(order["order"]["metadata"]["name"], "badge.ben.1");
    assert!(order["order"]["metadata"]["managedFields"].is_null());
    assert_eq!(order["requests"][0]["metadata"]["name"], "badge-ben");
    assert_eq!(order["next"]["commands"].as_array().unwrap().len(), 2);
    assert_eq!(order["history"][0]["event"], "created");
    let both = ends(&mut terminal, "mallory", "show badge.ben.1 door-dora -o yaml", 0);
    assert!(both.out.starts_with("items:\n"), "{}", both.out);
    let request = ends(&mut terminal, "mallory", "show areq/door-dora -o json", 0);
    let request: Value = serde_json::from_str(&request.out).unwrap();
    assert_eq!(request["approvedBy"], json!(["dave"]));
    assert_eq!(request["orders"], json!([]));
    terminal.golden("views/show-data");
}

#[test]
fn who_did_what_when() {
    let place = place("views-history");
    all_sorts(&place);
    place
        .answer(
            "carol",
            "badge.ben.1",
            json!({"recovery": {"action": "Retry", "comment": "paper is here"}}),
        )
        .unwrap();
    waits(&place, "badge.ben.2", "Transmitted");
    place.cancel("alice", "badge-ben").unwrap();
    place.shows("badge-ben", "Transmitted", "StopRequested");
    let mut terminal = Terminal::new(&place);
    for line in [
        "history badge.carl.1",
        "history porder/badge.ben.1",
        "history badge-ben",
        "history door-dora",
        "history anna",
        "history anna --owner -o wide",
        "history door-dora -o json",
        "history zoe --owner -o yaml",
        "history nobody --owner",
    ] {
        ends(&mut terminal, "mallory", line, 0);
    }
    ends(&mut terminal, "mallory", "history nothing", 1);
    ends(&mut terminal, "mallory", "history areq/nothing", 1);
    ends(&mut terminal, "admin", "history badge.carl.1 --as nobody", 1);
    terminal.golden("views/history");

    let mut narrow = Terminal::narrow(&place);
    for line in ["history badge.carl.1", "history badge-ben", "history anna -o wide"] {
        ends(&mut narrow, "mallory", line, 0);
    }
    narrow.golden("views/history-narrow");
}

#[test]
fn work_that_is_watched() {
    let place = place("views-watch");
    ask(&place, "badge", "anna", json!({}));
    waits(&place, "badge.anna.1", "Transmitted");
    let terminal = Terminal::new(&place);
    let follow = Follow::start(terminal.command("mallory", &["work", "badge", "--watch"]));
    let next = |words: &str| follow.next(words);
    next("badge.anna.1");
    ask(&place, "badge", "ben", json!({}));
    // The whole table again.
    next("ORDER ");
    next("badge.anna.1");
    next("badge.ben.1");
    place
        .answer("bob", "badge.anna.1", json!({"assignee": {"username": "bob"}}))
        .unwrap();
    next("bob");
    let done = json!({"decision": {"result": "Confirmed", "evidence": "photo"}});
    place.answer("bob", "badge.anna.1", done.clone()).unwrap();
    place.answer("bob", "badge.ben.1", done).unwrap();
    next("Nothing waits of badge in namespace views-watch.");
    drop(follow);

    let refused = terminal
        .command("admin", &["work", "--as", "nobody", "-w"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
}
