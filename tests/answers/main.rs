//! What people write with `kubectl handoff`, end to end: as who may and as who may not, one object and many, cut off and
//! run again. Transcripts are compared word for word with `tests/golden/answers/`.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod completion;
mod faults;
#[path = "../golden/mod.rs"]
mod golden;
#[path = "../place/mod.rs"]
mod place;
#[path = "../proxy/mod.rs"]
mod proxy;
#[path = "../terminal/mod.rs"]
mod terminal;

use place::{Place, badge};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use terminal::Terminal;

/// Badges whose owners have accounts of their own name.
fn named_badge() -> Value {
    let mut kind = badge();
    kind["spec"]["ownerUsername"] = json!({"expression": "owner.id"});
    kind
}

/// An order for each of these owners, handed over.
fn handed_over(place: &Place, owners: &[&str]) {
    for owner in owners {
        place.hire(owner, owner);
    }
    for owner in owners {
        place.wait(&format!("porder/badge.{owner}.1"), ".status.state", "Transmitted");
    }
}

fn state(place: &Place, order: &str) -> String {
    place.read(&format!("porder/{order}"), ".status.state")
}

#[test]
fn claimed_confirmed_and_reported() {
    let mut place = Place::without_operator("answers-work");
    place.apply("gita", named_badge());
    place.start();
    handed_over(&place, &["anna", "ben", "carl", "bob"]);
    let mut terminal = Terminal::new(&place);
    let mut ends = |who: &str, args: &[&str], code: i32| {
        let said = terminal.run(who, args);
        assert_eq!(said.code, code, "{who} {args:?}: {}{}", said.out, said.err);
    };

    ends("bob", &["claim", "badge.anna.1"], 0);
    ends("bob", &["claim", "porder/badge.anna.1"], 0);
    ends("carol", &["claim", "badge.anna.1"], 3);
    ends("carol", &["release", "badge.anna.1"], 3);
    ends("carol", &["assign", "badge.anna.1", "--to", "carol"], 3);
    ends("bob", &["release", "badge.anna.1"], 0);
    ends("bob", &["release", "badge.anna.1"], 0);

    // Nothing is written by a dry run.
    ends("bob", &["confirm", "badge.anna.1", "--dry-run"], 0);
    ends("bob", &["confirm", "badge.anna.1", "--dry-run=server"], 0);
    assert_eq!(state(&place, "badge.anna.1"), "Transmitted");
    ends("alice", &["confirm", "badge.anna.1", "--dry-run=server"], 3);

    let words = [
        "confirm",
        "badge.anna.1",
        "-m",
        "printed",
        "--evidence",
        "photo 12",
        "--ticket-ref",
        "T-7",
    ];
    ends("bob", &words, 0);
    place.shows("anna", "Executed", "Confirmed");
    ends("bob", &["confirm", "badge.anna.1"], 0);
    ends("carol", &["error", "badge.anna.1", "-m", "no paper"], 3);

    // Their own badge: somebody else confirms it.
    ends("bob", &["confirm", "badge.bob.1"], 3);
    ends("alice", &["confirm", "badge.ben.1"], 3);
    ends("mallory", &["claim", "badge.ben.1"], 3);

    ends("bob", &["error", "badge.ben.1"], 2);
    ends("bob", &["error", "badge.ben.1", "-m", "the printer is broken"], 0);
    place.shows("ben", "Errored", "ReportedByPerson");
    ends("bob", &["error", "badge.ben.1", "-m", "the printer is broken"], 0);
    ends("bob", &["confirm", "badge.ben.1"], 3);

    let other = ["confirm", "badge.carl.1", "--actual", "zone=LAB", "--actual", "level=3"];
    ends("bob", &other, 3);
    ends("bob", &other[..4], 0);
    place.shows("carl", "Executed", "DoneWithDeviation");

    ends("bob", &["confirm", "badge.nobody.1"], 3);
    ends("bob", &["confirm", "pod/badge.anna.1"], 2);
    ends("bob", &["confirm"], 2);
    ends("bob", &["confirm", "badge.anna.1", "--all"], 2);
    ends("bob", &["confirm", "badge.anna.1", "--type", "badge"], 2);
    ends("bob", &["confirm", "--all", "--type", "laptop"], 0);
    assert_eq!(place.read("porder/badge.anna.1", ".spec.decision.by.uid"), "uid-bob");
    assert_eq!(place.read("porder/badge.anna.1", ".spec.decision.evidence"), "photo 12");
    terminal.golden("answers/work");
}

#[test]
fn after_an_error_and_after_a_wrong_confirmation() {
    let mut place = Place::without_operator("answers-recovery");
    place.apply("gita", named_badge());
    place.start();
    handed_over(&place, &["anna", "ben", "carl"]);
    for order in ["badge.anna.1", "badge.ben.1"] {
        place.fail(order);
    }
    place.done("carl", "badge.carl.1");
    let mut terminal = Terminal::new(&place);
    let mut ends = |who: &str, args: &[&str], code: i32| {
        let said = terminal.run(who, args);
        assert_eq!(said.code, code, "{who} {args:?}: {}{}", said.out, said.err);
    };

    ends("bob", &["takeback", "badge.anna.1", "-m", "wrong"], 3);
    ends("bob", &["retry", "badge.anna.1", "-m", "the printer works again"], 0);
    ends("bob", &["retry", "badge.anna.1"], 0);
    place.wait("porder/badge.anna.2", ".status.state", "Transmitted");
    ends("dave", &["abandon", "badge.anna.1"], 3);

    ends("bob", &["abandon", "badge.ben.1"], 3);
    ends("dave", &["abandon", "badge.ben.1", "-m", "no badges for guests"], 0);
    place.shows("ben", "Inactive", "Abandoned");
    ends("dave", &["abandon", "badge.ben.1"], 0);
    ends("bob", &["retry", "--all"], 0);

    ends("bob", &["retry", "badge.carl.1"], 3);
    ends("bob", &["takeback", "badge.carl.1"], 2);
    ends("carol", &["takeback", "badge.carl.1", "-m", "it was the other Carl"], 3);
    ends("bob", &["takeback", "badge.carl.1", "-m", "it was the other Carl"], 0);
    place.wait("porder/badge.carl.2", ".status.state", "Transmitted");
    assert_eq!(place.read("porder/badge.carl.1", ".status.reason"), "ClaimWithdrawn");
    terminal.golden("answers/recovery");
}

#[test]
fn reviewed_and_approved() {
    let mut place = Place::without_operator("answers-review");
    let mut kind = named_badge();
    kind["spec"]["provisioningReview"] = json!({"required": true});
    place.apply("gita", kind.clone());
    kind["metadata"]["name"] = json!("key");
    kind["spec"]["approval"] = json!({"steps": 1});
    kind["spec"].as_object_mut().unwrap().remove("provisioningReview");
    place.apply("gita", kind);
    place.start();
    let zone = |owner: &str, kind: &str| {
        let wish = json!({"operation": "Create", "resourceTypeRef": {"name": kind},
            "properties": {"zone": "HQ", "level": "1"}});
        place.ask(&format!("{kind}-{owner}"), owner, wish);
    };
    for owner in ["anna", "ben", "carl"] {
        zone(owner, "badge");
        place.wait(&format!("porder/badge.{owner}.1"), ".status.state", "AwaitingApproval");
    }
    let mut terminal = Terminal::new(&place);
    let mut ends = |who: &str, args: &[&str], code: i32| {
        let said = terminal.run(who, args);
        assert_eq!(said.code, code, "{who} {args:?}: {}{}", said.out, said.err);
    };
    ends("bob", &["confirm", "badge.anna.1"], 3);
    ends("dave", &["review", "badge.anna.1"], 2);
    ends("bob", &["review", "badge.anna.1", "--approve"], 3);
    ends("dave", &["review", "badge.anna.1", "--postpone", "-m", "on Monday"], 0);
    place.wait("porder/badge.anna.1", ".status.reason", "Postponed");
    let part = ["review", "badge.anna.1", "--approve", "--decline-property", "level"];
    ends("dave", &part, 0);
    place.wait("porder/badge.anna.2", ".status.state", "Transmitted");
    ends("dave", &["review", "badge.ben.1", "--decline"], 2);
    ends("dave", &["review", "badge.ben.1", "--decline", "-m", "a guest"], 0);
    place.shows("badge-ben", "Inactive", "Declined");
    ends("dave", &["review", "badge.ben.1", "--decline", "-m", "a guest"], 0);
    ends("dave", &["review", "badge.ben.1", "--approve"], 3);
    ends("dave", &["review", "--all", "--approve", "--yes"], 0);
    place.wait("porder/badge.carl.1", ".status.state", "Transmitted");

    for owner in ["anna", "ben", "carl", "dora"] {
        zone(owner, "key");
        let request = format!("areq/key-{owner}");
        place.wait(&request, ".status.workflowState", "PendingApproval");
    }
    ends("bob", &["approve", "key-anna"], 3);
    ends("dave", &["approve", "key-anna", "-m", "as agreed"], 0);
    place.wait("porder/key.anna.1", ".status.state", "Transmitted");
    ends("dave", &["approve", "key-anna"], 0);
    ends("dave", &["decline", "key-anna"], 3);
    ends("dave", &["decline", "areq/key-ben", "-m", "not this year"], 0);
    place.shows("key-ben", "Inactive", "Declined");
    ends("bob", &["cancel", "key-carl", "-m", "moved away"], 3);
    ends("alice", &["cancel", "key-carl"], 2);
    ends("alice", &["cancel", "key-carl", "-m", "moved away"], 0);
    place.shows("key-carl", "Inactive", "Cancelled");
    ends("alice", &["cancel", "key-carl", "-m", "moved away"], 0);
    ends("dave", &["approve", "--type", "key", "--all"], 0);
    place.wait("porder/key.dora.1", ".status.state", "Transmitted");
    ends("dave", &["approve", "--all"], 0);
    terminal.golden("answers/review");
}

/// 12 orders; three of them are refused, each for its own reason, and nothing else is affected.
#[test]
fn many_at_once() {
    let mut place = Place::without_operator("answers-many");
    place.apply("gita", named_badge());
    place.start();
    let owners: Vec<String> = (0..9).map(|number| format!("p{number}")).collect();
    let mut all: Vec<&str> = owners.iter().map(String::as_str).collect();
    all.extend(["bob", "early", "late"]);
    handed_over(&place, &all);
    place.done("early", "badge.early.1");
    place.fail("badge.late.1");
    let mut terminal = Terminal::new(&place);
    let mut ends = |who: &str, args: &[&str], stdin: &str, code: i32| {
        let said = terminal.pipe(who, args, stdin);
        assert_eq!(said.code, code, "{who} {args:?}: {}{}", said.out, said.err);
        said
    };

    ends(
        "bob",
        &["claim", "--entity-type", "Badge", "--unclaimed", "--owner", "p3"],
        "",
        0,
    );
    let names: String = all.iter().map(|owner| format!("porder/badge.{owner}.1\n")).collect();
    ends("bob", &["confirm", "-f", "-"], &names, 2);
    assert_eq!(state(&place, "badge.p0.1"), "Transmitted");
    ends(
        "bob",
        &["confirm", "-f", "-", "--dry-run", "--parallel", "1"],
        &names,
        3,
    );
    ends("bob", &["confirm", "-f", "-", "--yes", "--parallel", "1"], &names, 3);
    for owner in &owners {
        place.shows(owner, "Executed", "Confirmed");
    }
    assert_eq!(state(&place, "badge.bob.1"), "Transmitted");
    // Run again it says what is so, and writes nothing.
    ends("bob", &["confirm", "-f", "-", "--parallel", "1"], &names, 3);
    ends("carol", &["confirm", "--mine"], "", 0);
    ends("carol", &["confirm", "--all", "-o", "name"], "", 0);
    place.shows("bob", "Executed", "Confirmed");
    ends("carol", &["confirm", "badge.bob.1", "badge.p0.1", "-o", "json"], "", 0);
    ends("carol", &["confirm", "badge.late.1", "-o", "yaml"], "", 3);
    terminal.golden("answers/many");
}

/// Cut off in the middle and run again: every order is confirmed once.
#[test]
fn cut_off_and_run_again() {
    let place = Place::new("answers-cut-off");
    let owners: Vec<String> = (0..80).map(|number| format!("p{number}")).collect();
    let all: Vec<&str> = owners.iter().map(String::as_str).collect();
    handed_over(&place, &all);

    let terminal = Terminal::new(&place);
    let mut command = terminal.command("bob", &["confirm", "--all", "--yes", "--parallel", "2"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..5 {
        assert!(lines.next().unwrap().unwrap().ends_with(" confirmed"));
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let finished = 5 + lines.count();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(finished < 80, "it was over before it was cut off");
    assert!(said.contains("stopping: what is on its way is waited for"), "{said}");
    let summary = format!("{finished} confirmed, {} not tried of 80 orders", 80 - finished);
    assert!(said.contains(&summary), "{said}");
    assert!(said.contains("Run the same command again"), "{said}");

    // What it said is what is stored.
    let decided = || {
        let decided = place.run(
            "mallory",
            &[
                "get",
                "porder",
                "--field-selector",
                "spec.decision.result=Confirmed",
                "-o",
                "name",
            ],
        );
        decided.unwrap().lines().count()
    };
    assert_eq!(decided(), finished);
    let again = terminal
        .command("bob", &["confirm", "--all", "--yes"])
        .output()
        .unwrap();
    assert!(again.status.success());
    assert_eq!(String::from_utf8(again.stdout).unwrap().lines().count(), 80 - finished);
    assert_eq!(decided(), 80);
    for owner in owners {
        place.shows(&owner, "Executed", "Confirmed");
    }
}
