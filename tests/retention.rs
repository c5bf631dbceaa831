//! 5.6: what has been kept long enough goes, each object with one line of the log that holds its story; what is still
//! needed stays. On a real API server, with the operator's own rights.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod place;

use place::{Place, badge};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A namespace with a type that keeps things for so long.
fn keeping(namespace: &str, time: &str) -> Place {
    let mut place = Place::without_operator(namespace);
    keep(&place, time);
    place.start();
    place
}

fn keep(place: &Place, time: &str) {
    let mut of = badge();
    of["spec"]["retention"] = json!({"completed": time, "failed": time});
    place.apply("gita", of);
}

fn gone(place: &Place, what: &str) {
    let timeout = "--timeout=60s";
    if let Err(error) = place.run("alice", &["wait", "--for=delete", what, timeout]) {
        let there = place.run("alice", &["get", what, "-o", "yaml"]);
        panic!("{what} is still there: {error}\n{there:?}");
    }
}

/// Names of what is there.
fn left(place: &Place) -> BTreeSet<String> {
    let names = |what: &str| place.read(what, ".items[*].metadata.name");
    let all = names("areq") + " " + &names("porder");
    all.split_whitespace().map(str::to_owned).collect()
}

/// The objects of the log's records.
fn records(place: &Place) -> Vec<Value> {
    let log = std::fs::read_to_string(place.log()).unwrap();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let records = lines.filter(|line| line["target"] == "handoff::audit");
    records
        .map(|record| {
            let object: Value = serde_json::from_str(record["fields"]["object"].as_str().unwrap()).unwrap();
            for field in ["name", "uid", "namespace"] {
                assert_eq!(record["fields"][field], object["metadata"][field]);
            }
            assert_eq!(record["fields"]["kind"], object["kind"]);
            object
        })
        .collect()
}

#[test]
fn what_is_needed_stays_and_the_rest_goes_with_its_story() {
    let place = keeping("retention", "4s");
    // Somebody has to say what becomes of it.
    place.hire("waiting", "erik");
    place.fail("badge.erik.1");
    place.shows("waiting", "Errored", "ReportedByPerson");
    place.ask(
        "for-a-time",
        "dora",
        json!({"operation": "Create", "properties": {"zone": "HQ"}, "endTime": "2036-01-01T00:00:00Z"}),
    );
    place.done("for-a-time", "badge.dora.1");
    let mut card = badge();
    card["metadata"]["name"] = json!("card");
    card["spec"]["dependsOnOwnerProperties"] = json!(["costCenter"]);
    card["spec"]["retention"] = json!({"failed": "4s"});
    place.apply("gita", card);
    let wrong = json!({"operation": "Create", "properties": {"zone": "HQ"}, "resourceTypeRef": {"name": "card"}});
    place.ask("wrong", "fred", wrong);
    place.hire("hire", "anna");
    place.done("hire", "badge.anna.1");
    let lab = json!({"operation": "Update", "properties": {"zone": "LAB"}});
    place.ask("move", "anna", lab.clone());
    place.done("move", "badge.anna.2");
    place.ask(
        "again",
        "anna",
        json!({"operation": "Update", "properties": {"zone": "HQ"}}),
    );
    place.done("again", "badge.anna.3");
    place.hire("came", "carla");
    place.done("came", "badge.carla.1");
    place.ask("left", "carla", json!({"operation": "Delete"}));
    place.done("left", "badge.carla.2");
    for what in [
        "areq/wrong",
        "areq/move",
        "areq/again",
        "porder/badge.anna.2",
        "areq/came",
        "areq/left",
        "porder/badge.carla.1",
        "porder/badge.carla.2",
    ] {
        gone(&place, what);
    }
    let needed = [
        "waiting",
        "badge.erik.1",
        "for-a-time",
        "badge.dora.1",
        "hire",
        "badge.anna.1",
        "badge.anna.3",
    ];
    assert_eq!(left(&place), BTreeSet::from(needed.map(str::to_owned)));
    the_records_hold_the_story(&place);
    // Nothing is left of the line, and it begins anew.
    place.hire("back", "carla");
    place.wait("porder/badge.carla.1", ".status.state", "Transmitted");
}

fn the_records_hold_the_story(place: &Place) {
    let records = records(place);
    let named = |name: &str| {
        let mut found = records.iter().filter(|object| object["metadata"]["name"] == name);
        found.next().unwrap_or_else(|| panic!("no record of {name}"))
    };
    let left = named("badge.carla.2");
    assert_eq!(left["spec"]["operation"], "Delete");
    assert_eq!(left["spec"]["decision"]["by"]["username"], "bob");
    assert_eq!(left["status"]["history"][1]["reason"], "Confirmed");
    assert_eq!(named("came")["spec"]["requestedBy"]["username"], "alice");
    assert_eq!(named("wrong")["status"]["reason"], "InvalidRequest");
    assert_eq!(records.len(), 8);
}

/// Whoever labels an object keeps it; a type that keeps for less time says so for what is there.
#[test]
fn a_label_keeps_what_is_wanted_longer() {
    let place = keeping("retention-label", "720h");
    place.hire("came", "carla");
    place.done("came", "badge.carla.1");
    place
        .run("alice", &["label", "areq/came", "handoff.dev/keep=true"])
        .unwrap();
    place.ask("left", "carla", json!({"operation": "Delete"}));
    place.done("left", "badge.carla.2");
    keep(&place, "1s");
    gone(&place, "areq/left");
    // The orders keep the times that they were made with.
    let all = ["came", "badge.carla.1", "badge.carla.2"];
    assert_eq!(left(&place), BTreeSet::from(all.map(str::to_owned)));
    place
        .run("alice", &["label", "areq/came", "handoff.dev/keep-"])
        .unwrap();
    gone(&place, "areq/came");
}

/// What grew old while no operator ran goes when one does.
#[test]
fn what_grew_old_while_nobody_looked_goes_at_the_start() {
    let mut place = keeping("retention-late", "1s");
    place.kill();
    place.start();
    place.hire("came", "carla");
    place.done("came", "badge.carla.1");
    place.ask("left", "carla", json!({"operation": "Delete"}));
    place.wait("porder/badge.carla.2", ".status.state", "Transmitted");
    place.kill();
    place
        .answer("carol", "badge.carla.2", json!({"decision": {"result": "Confirmed"}}))
        .unwrap();
    place.start();
    gone(&place, "porder/badge.carla.2");
    gone(&place, "areq/came");
    assert_eq!(left(&place), BTreeSet::new());
}
