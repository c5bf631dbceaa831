//! `kubectl handoff permissions` end to end: the plugin against a real API server and the real operator, as people who may
//! look and as one who may not.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod golden;
mod place;
mod terminal;

use jiff::{Timestamp, ToSpan};
use place::{Place, badge};
use serde_json::{Value, json};
use std::process::{Command, Output, Stdio};
use terminal::{Follow, Terminal};

fn plugin(place: &Place, who: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-handoff"));
    command.args(["permissions", "--context", who, "-n", &place.namespace]);
    command.args(args).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Everything that a run says, compared word for word: what is for programs, what is for people, and the code.
#[track_caller]
fn golden(name: &str, output: &Output) {
    let (data, words, code) = (
        text(&output.stdout),
        text(&output.stderr),
        output.status.code().unwrap(),
    );
    let said = if words.is_empty() && code == 0 {
        data
    } else {
        format!("{data}{words}exit code {code}\n")
    };
    golden::check(&format!("permissions/{name}"), &golden::plain(&said));
}

/// All kinds are read at once: which is refused first depends on time alone, and is `KIND`.
fn one_kind_for_all(mut refused: Output) -> Output {
    let kinds = [
        "resourcetypes",
        "assignmentrequests",
        "provisioningorders",
        "managedresources",
        "synchronizations",
    ];
    let said = text(&refused.stderr);
    let kind = kinds.into_iter().find(|kind| said.contains(kind)).unwrap();
    refused.stderr = said.replace(kind, "KIND").into_bytes();
    refused
}

/// Every cell begins where the head of its column does; the files with what is expected do not say that.
#[track_caller]
fn aligned(table: &str) {
    let letters = |line: &str| line.chars().collect::<Vec<_>>();
    let head = letters(table.lines().next().unwrap());
    let begins = |line: &[char], at: usize| line[at] != ' ' && (at == 0 || line[at - 1] == ' ');
    let columns: Vec<_> = (0..head.len()).filter(|at| begins(&head, *at)).collect();
    for line in table.lines() {
        let row = letters(line);
        // Only the last cell may be empty.
        let cells = columns.iter().filter(|at| **at < row.len());
        assert!(cells.clone().count() >= columns.len() - 1, "a cell is missing: {line}");
        assert!(
            cells.into_iter().all(|at| begins(&row, *at)),
            "not in its columns: {line}"
        );
    }
}

/// Anna has what is `proven`; `claimed` was done and not seen, `waiting` has not begun, `broken` could not be done, `open`
/// is with somebody, and nobody asked for what was `found`.
fn all_sorts(place: &Place) {
    let ask = |name: &str, more: Value| {
        let mut spec = json!({"operation": "Create", "properties": {"zone": "HQ"}, "resource": {"identifier": name}});
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        place.ask(name, "anna", spec);
    };
    ask("proven", json!({}));
    ask("waiting", json!({"startTime": "2099-01-01T00:00:00Z"}));
    place.confirm("badge.proven.1");
    place.shows("proven", "Executed", "Confirmed");
    let claimed: Timestamp = place
        .read("porder/badge.proven.1", ".status.executedAt")
        .parse()
        .unwrap();
    let taken = claimed.checked_add(1.second()).unwrap().to_string();
    for (name, doors) in [("proven", json!({})), ("found", json!({"doors": ["north", "south"]}))] {
        place.apply(
            "ivan",
            json!({
                "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource", "metadata": {"name": format!("badge.{name}")},
                "spec": {"resourceTypeRef": {"name": "badge"}, "identifier": name, "owner": {"id": "anna"},
                    "properties": {"zone": "HQ"}, "values": doors, "source": "Synchronized", "observedAt": taken},
            }),
        );
    }
    place.apply(
        "ivan",
        json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "Synchronization", "metadata": {"name": "night"},
            "spec": {"resourceTypeRef": {"name": "badge"}, "takenAt": taken, "complete": true, "count": 2},
        }),
    );
    place.shows("proven", "Verified", "Observed");
    for name in ["claimed", "broken", "open"] {
        ask(name, json!({}));
    }
    place.confirm("badge.claimed.1");
    place.shows("claimed", "Executed", "Confirmed");
    place.fail("badge.broken.1");
    place.shows("broken", "Errored", "ReportedByPerson");
    place.shows("open", "Transmitted", "HandedOver");
    place
        .answer("bob", "badge.open.1", json!({"assignee": {"username": "bob"}}))
        .unwrap();
    place.shows("waiting", "None", "Scheduled");
}

#[test]
fn word_for_word() {
    let mut place = Place::without_operator("permissions");
    let mut kind = badge();
    let properties = kind["spec"]["properties"].as_array_mut().unwrap();
    properties.push(json!({"name": "doors", "type": "String", "multiValued": true}));
    // The export lags, so that what was claimed after it is not denied by it.
    kind["spec"]["verification"] = json!({"mode": "Inventory", "lag": "1h"});
    place.apply("gita", kind);
    place.start();
    all_sorts(&place);

    for (name, how) in [("table", &[][..]), ("wide", &["-o", "wide"])] {
        let output = plugin(&place, "mallory", &[&["anna"], how].concat());
        aligned(&text(&output.stdout));
        golden(name, &output);
    }
    for (name, who, how) in [
        ("json", "anna", "json"),
        ("yaml", "anna", "yaml"),
        ("none", "zoe", "wide"),
        ("none-json", "zoe", "json"),
        ("none-yaml", "zoe", "yaml"),
    ] {
        golden(name, &plugin(&place, "mallory", &[who, "-o", how]));
    }
    golden(
        "refused",
        &one_kind_for_all(plugin(&place, "admin", &["anna", "--as", "nobody"])),
    );
    let mut narrow = Terminal::narrow(&place);
    narrow.run("mallory", &["permissions", "anna"]);
    narrow.golden("permissions/narrow");
    golden("wrong-output", &plugin(&place, "mallory", &["anna", "-o", "xml"]));
}

/// Stays, and shows what changes.
#[test]
fn a_page_that_is_watched() {
    let place = Place::new("permissions-watch");
    place.hire("anna", "anna");
    place.wait("porder/badge.anna.1", ".status.state", "Transmitted");
    let terminal = Terminal::new(&place);
    let follow = Follow::start(terminal.command("mallory", &["permissions", "anna", "--watch"]));
    follow.next("Transmitted/HandedOver");
    place.done("anna", "badge.anna.1");
    follow.next("NOTE");
    follow.next("Executed/Confirmed");
    let mine = json!({"operation": "Create", "properties": {"zone": "HQ"}, "resource": {"identifier": "second"}});
    place.ask("second", "anna", mine);
    follow.next("badge.second.1");
    drop(follow);

    let no_data = terminal
        .command("mallory", &["permissions", "anna", "-w", "-o", "json"])
        .output()
        .unwrap();
    assert_eq!(no_data.status.code(), Some(2));
    let refused = terminal
        .command("admin", &["permissions", "anna", "--as", "nobody", "-w"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
}
