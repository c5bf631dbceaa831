//! Several requests of one resource, trusted types, claims taken back, and names that are alike: on the real API
//! server, as the people who do it.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod place;

use place::{Place, badge};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn create() -> Value {
    json!({"operation": "Create", "properties": {"zone": "HQ"}})
}

fn without_connection() -> Value {
    let mut of = badge();
    of["spec"]["provisioningConnection"] = Value::Null;
    of
}

fn trusting() -> Value {
    let mut of = badge();
    of["spec"]["provisioningConnection"] = json!({"package": "ManualTicketAndResources"});
    of
}

fn orders(place: &Place) -> Vec<String> {
    let names = place.read("porder", ".items[*].metadata.name");
    names.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn four_equal_creates_at_once_are_one_order() {
    let place = Place::new("four");
    std::thread::scope(|scope| {
        for number in 1..=4 {
            let place = &place;
            scope.spawn(move || place.ask(&format!("hire-{number}"), "anna", create()));
        }
    });
    place.confirm("badge.anna.1");
    for number in 1..=4 {
        place.wait(&format!("areq/hire-{number}"), ".status.provisioningState", "Executed");
    }
    assert_eq!(orders(&place), ["badge.anna.1"]);
}

#[test]
fn what_comes_before_the_hand_over_is_one_order() {
    let place = Place::new("window");
    place.apply("gita", without_connection());
    place.ask("hire", "anna", create());
    place.shows("hire", "Error", "NoProvisioningConnection");
    place.ask(
        "level",
        "anna",
        json!({"operation": "Update", "properties": {"level": "3"}}),
    );
    place.ask(
        "move",
        "anna",
        json!({"operation": "Update", "properties": {"zone": "LAB", "level": "4"}}),
    );
    for request in ["level", "move"] {
        place.shows(request, "Error", "NoProvisioningConnection");
    }
    place.apply("gita", badge());
    place.shows("level", "Inactive", "Superseded");
    place.wait("porder/badge.anna.1", ".spec.operation", "Create");
    assert_eq!(
        place.read("porder/badge.anna.1", ".spec.desired.properties"),
        r#"{"level":"4","zone":"LAB"}"#
    );
    assert_eq!(place.read("areq/hire", ".status.overridden"), r#"["zone"]"#);
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
    place.shows("move", "Executed", "Confirmed");
    assert_eq!(orders(&place), ["badge.anna.1"]);
}

#[test]
fn a_trusted_type_keeps_its_own_inventory() {
    let place = Place::new("trusted");
    place.apply("gita", trusting());
    place.wait("rtype/badge", ".status.observedGeneration", "2");
    place.ask("hire", "anna", create());
    place.confirm("badge.anna.1");
    place.shows("hire", "Verified", "Trusted");
    let states = place.read("porder/badge.anna.1", ".status.history[*].state");
    assert_eq!(states, "Transmitted Executed Verified");
    assert_eq!(place.read("mres/badge.anna", ".spec.properties.zone"), "HQ");
    assert_eq!(place.read("mres/badge.anna", ".spec.source"), "Virtual");
    place.ask("again", "anna", create());
    place.shows("again", "Verified", "AlreadyAsRequested");
    place.ask(
        "move",
        "anna",
        json!({"operation": "Update", "properties": {"zone": "LAB"}}),
    );
    place.confirm("badge.anna.2");
    place.shows("move", "Verified", "Trusted");
    place.wait("mres/badge.anna", ".spec.properties.zone", "LAB");
    place.ask("leave", "anna", json!({"operation": "Delete"}));
    place.confirm("badge.anna.3");
    place.shows("leave", "Verified", "Trusted");
    assert_eq!(place.read("mres", ".items[*].metadata.name"), "");
    place.ask("twice", "anna", json!({"operation": "Delete"}));
    place.shows("twice", "Verified", "AlreadyAbsent");
}

fn take_back(place: &Place, order: &str, action: &str) {
    let recovery = json!({"recovery": {"action": action, "comment": "it was the wrong badge"}});
    place.answer("dave", order, recovery).unwrap();
    place.wait(&format!("porder/{order}"), ".status.reason", "ClaimWithdrawn");
}

#[test]
fn a_wrong_confirmation_is_taken_back() {
    let place = Place::new("withdrawn");
    for owner in ["anna", "boris", "clara"] {
        place.hire(&format!("hire-{owner}"), owner);
        place.confirm(&format!("badge.{owner}.1"));
        place.shows(&format!("hire-{owner}"), "Executed", "Confirmed");
    }
    let unexplained = place.answer("dave", "badge.anna.1", json!({"recovery": {"action": "Retry"}}));
    assert!(unexplained.unwrap_err().contains("say what was wrong"));

    take_back(&place, "badge.anna.1", "Retry");
    place.wait("porder/badge.anna.2", ".spec.attempt", "2");
    assert!(
        place
            .read("porder/badge.anna.2", ".spec.ticket.instructions")
            .contains("it was the wrong badge")
    );
    place.confirm("badge.anna.2");
    place.shows("hire-anna", "Executed", "Confirmed");

    take_back(&place, "badge.boris.1", "Abandon");
    place.shows("hire-boris", "Inactive", "Abandoned");

    place.ask(
        "move-clara",
        "clara",
        json!({"operation": "Update", "properties": {"zone": "LAB"}}),
    );
    place.shows("move-clara", "Transmitted", "HandedOver");
    take_back(&place, "badge.clara.1", "Retry");
    place.shows("hire-clara", "Inactive", "Superseded");
    place.confirm("badge.clara.2");
    place.shows("move-clara", "Executed", "Confirmed");
    assert_eq!(orders(&place).len(), 5);
}

#[test]
fn who_follows_a_claim_queues_again_when_it_is_struck() {
    let place = Place::new("followers");
    place.hire("hire", "anna");
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
    place.hire("again", "anna");
    place.shows("again", "Executed", "AlreadyClaimed");
    take_back(&place, "badge.anna.1", "Abandon");
    place.shows("again", "Transmitted", "HandedOver");
    assert_eq!(
        place.read("areq/again", ".status.orders"),
        r#"["badge.anna.1","badge.anna.2"]"#
    );
}

#[test]
fn names_that_are_alike_are_one_or_apart() {
    let place = Place::new("names");
    let long = "n".repeat(150);
    let longer = format!("{long}x");
    let apart = [
        "j.doe@example.com",
        "j-doe@example.com",
        "jürgen",
        "jurgen",
        "a/b",
        "a b",
        "a-b",
        &long,
        &longer,
        "x",
        "//",
        "--",
    ];
    for (number, owner) in apart.iter().enumerate() {
        place.ask(&format!("r{number}"), owner, create());
        place.shows(&format!("r{number}"), "Transmitted", "HandedOver");
    }
    let names: BTreeSet<String> = orders(&place).into_iter().collect();
    assert_eq!(names.len(), apart.len(), "{names:?}");
    assert!(names.contains("badge.a-b.1") && names.contains("badge.x.1"));
    // Case, spaces around and the way an umlaut is composed do not make another resource.
    for (number, same) in ["J.Doe@Example.com", " j.doe@example.com ", "JU\u{308}RGEN"]
        .iter()
        .enumerate()
    {
        let mut wish = create();
        wish["resource"] = json!({"identifier": same});
        let owner = if number < 2 { "j.doe@example.com" } else { "jürgen" };
        place.ask(&format!("same{number}"), owner, wish);
        place.shows(&format!("same{number}"), "Pending", "Queued");
    }
    assert_eq!(orders(&place).len(), apart.len());

    for name in ["crm", "crm-account"] {
        let mut of = badge();
        of["metadata"]["name"] = name.into();
        place.apply("gita", of);
    }
    for (request, kind, owner) in [("crm", "crm", "account-jdoe"), ("crm-account", "crm-account", "jdoe")] {
        let mut wish = create();
        wish["resourceTypeRef"] = json!({"name": kind});
        place.ask(request, owner, wish);
        place.shows(request, "Transmitted", "HandedOver");
    }
    let names = orders(&place);
    assert!(names.contains(&"crm.account-jdoe.1".to_owned()) && names.contains(&"crm-account.jdoe.1".to_owned()));
}

#[test]
fn a_foreign_order_that_holds_the_name_is_said_and_healed() {
    let place = Place::new("conflict");
    place.hire("hire", "boris");
    place.shows("hire", "Transmitted", "HandedOver");
    let copy = place
        .run("alice", &["get", "porder", "badge.boris.1", "-o", "json"])
        .unwrap();
    let mut foreign: Value = serde_json::from_str(&copy).unwrap();
    foreign["metadata"] = json!({"name": "badge.anna.1"});
    foreign["spec"]["resource"]["identifier"] = "somebody else".into();
    foreign["spec"]["requestRefs"] = json!([]);
    place.apply("operator", foreign);
    place.hire("blocked", "anna");
    place.shows("blocked", "Error", "NameConflict");
    place.wait(
        "areq/blocked",
        ".status.conditions[?(@.type==\"Stalled\")].reason",
        "NameConflict",
    );
    place.run("admin", &["delete", "porder", "badge.anna.1"]).unwrap();
    place.shows("blocked", "Transmitted", "HandedOver");
}

#[test]
fn a_number_is_never_used_twice() {
    let mut place = Place::new("numbers");
    place.hire("hire", "anna");
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
    place.kill();
    place.run("admin", &["delete", "porder", "badge.anna.1"]).unwrap();
    place.start();
    place.ask(
        "move",
        "anna",
        json!({"operation": "Update", "properties": {"zone": "LAB"}}),
    );
    place.shows("move", "Transmitted", "HandedOver");
    assert_eq!(orders(&place), ["badge.anna.2"]);
}
