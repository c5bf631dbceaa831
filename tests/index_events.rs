//! The index as data: events in, work out; what is kept of a line at rest, and what is read when it wakes.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod desk;

use desk::{Desk, guarded, key, line, uid};
use handoff::operator::index::{Gathered, Key, LineKey};
use handoff_core::engine::identity::line_name;
use rstest::rstest;
use serde_json::json;
use std::collections::HashSet;

fn wakes(identifier: &str) -> Key {
    Key::Line(line(identifier))
}

fn update() -> serde_json::Value {
    json!({"operation": "Update", "properties": {"zone": "LAB"}})
}

#[test]
fn a_settled_line_sleeps_until_something_new_is_asked() {
    let mut desk = Desk::new();
    desk.settled("anna");
    assert_eq!(desk.shows("hire-anna"), "Executed/Confirmed");
    assert!(matches!(desk.index.gather(&line("anna"), desk.now), Gathered::Dormant));
    assert_eq!(desk.reads, [""; 0]);
    let woken = desk.ask("move", "anna", update());
    assert_eq!(woken, HashSet::from([wakes("anna")]));
    let Gathered::Missing(missing) = desk.index.gather(&line("anna"), desk.now) else {
        panic!("nothing is missing");
    };
    assert_eq!(missing.orders[0].0, "badge.anna.1");
    assert_eq!(missing.requests[0].0, "hire-anna");
    desk.work(woken);
    assert_eq!(desk.reads, ["badge.anna.1", "hire-anna"]);
    let order = &desk.orders["badge.anna.2"].spec;
    assert_eq!(order.changes[0].current, Some(vec!["HQ".to_owned()]));
    // Awake while the order is open: its answer needs no more reading.
    let woken = desk.confirm("badge.anna.2");
    desk.work(woken);
    assert_eq!(desk.shows("move"), "Executed/Confirmed");
    assert_eq!(desk.reads.len(), 2);
}

#[test]
fn a_confirmation_taken_back_wakes_its_line_only() {
    let mut desk = Desk::new();
    desk.settled("anna");
    desk.settled("boris");
    let recovery = json!({"action": "Retry", "comment": "another Anna", "by": {"username": "dave"}});
    let woken = desk.people_write("badge.anna.1", "recovery", recovery);
    assert_eq!(woken, HashSet::from([wakes("anna")]));
    desk.work(woken);
    assert_eq!(desk.reads, ["hire-anna"]);
    assert_eq!(desk.shows("hire-anna"), "Transmitted/HandedOver");
    assert_eq!(desk.numbers("anna").len(), 2);
}

/// Every kind of history at once: settled, moved twice, abandoned, open, waiting.
fn a_busy_place() -> Desk {
    let mut desk = Desk::new();
    for owner in ["anna", "boris", "clara", "dora"] {
        desk.settled(owner);
    }
    for (number, zone) in ["LAB", "HQ"].iter().enumerate() {
        let change = json!({"operation": "Update", "properties": {"zone": zone}});
        let woken = desk.ask(&format!("move-{number}"), "boris", change);
        desk.work(woken);
        let woken = desk.confirm(&format!("badge.boris.{}", number + 2));
        desk.work(woken);
    }
    let woken = desk.hire("hire-emil", "emil");
    desk.work(woken);
    let no = json!({"result": "Errored", "message": "no printer", "by": {"username": "bob"}});
    let woken = desk.people_write("badge.emil.1", "decision", no);
    desk.work(woken);
    let woken = desk.people_write(
        "badge.emil.1",
        "recovery",
        json!({"action": "Abandon", "by": {"username": "dave"}}),
    );
    desk.work(woken);
    let woken = desk.ask("open", "dora", update());
    desk.work(woken);
    desk
}

#[rstest]
#[case::types_first("torm")]
#[case::types_last("romt")]
#[case::requests_before_orders("trom")]
#[case::orders_first("otmr")]
fn a_restart_reads_no_body_again_and_writes_nothing(#[case] kinds: &str) {
    let mut desk = a_busy_place();
    desk.index = guarded();
    (desk.reads, desk.writes) = (Vec::new(), 0);
    let mut woken = HashSet::new();
    // A list that broke and began again names everything twice.
    for kind in kinds.chars().chain(kinds.chars()) {
        match kind {
            't' => woken.extend(desk.index.put_type(desk.kind.clone())),
            'o' => desk
                .orders
                .values()
                .rev()
                .for_each(|o| woken.extend(desk.index.put_order(o.clone()))),
            'r' => desk
                .requests
                .values()
                .for_each(|r| woken.extend(desk.index.put_request(r.clone()))),
            _other => {}
        }
    }
    for settled in ["anna", "boris", "clara", "emil"] {
        assert!(desk.index.is_dormant(&line(settled)), "{settled}");
    }
    if kinds == "torm" {
        let open = HashSet::from([Key::Type(key("badge")), wakes("dora")]);
        assert_eq!(woken, open, "only what is open is worked on");
    }
    desk.work(woken);
    assert_eq!((desk.reads.clone(), desk.writes), (Vec::new(), 0));
    // The numbers go on, also behind a request that has ended.
    for owner in ["anna", "emil"] {
        let woken = desk.hire(&format!("again-{owner}"), owner);
        desk.work(woken);
    }
    assert_eq!(desk.shows("again-anna"), "Executed/AlreadyClaimed");
    assert_eq!(desk.shows("again-emil"), "Transmitted/HandedOver");
    assert_eq!(desk.numbers("emil"), [1, 2].into());
    assert_eq!(desk.reads, ["badge.anna.1", "hire-anna", "badge.emil.1"]);
}

#[test]
fn a_crash_between_an_order_and_its_request_leaves_the_line_awake() {
    let mut desk = Desk::new();
    let woken = desk.hire("hire", "anna");
    desk.work(woken);
    let before = desk.requests["hire"].clone();
    let woken = desk.confirm("badge.anna.1");
    desk.work(woken);
    // The request's last write is lost, and the operator starts anew.
    desk.requests.insert("hire".to_owned(), before.clone());
    desk.index = guarded();
    desk.index.put_type(desk.kind.clone());
    desk.index.put_order(desk.orders["badge.anna.1"].clone());
    let woken = desk.index.put_request(before);
    assert_eq!(woken, HashSet::from([wakes("anna")]));
    desk.work(woken);
    assert_eq!(desk.shows("hire"), "Executed/Confirmed");
    assert_eq!(desk.reads, ["badge.anna.1"]);
}

#[test]
fn the_numbers_of_an_ended_request_count_when_its_orders_are_gone() {
    let mut desk = a_busy_place();
    let woken = desk.lose_order("badge.emil.1");
    assert_eq!(woken, HashSet::new());
    let woken = desk.hire("again", "emil");
    desk.work(woken);
    assert_eq!(desk.numbers("emil"), [2].into());
}

#[test]
fn a_line_that_is_gone_as_a_whole_starts_at_one_again() {
    let mut desk = a_busy_place();
    desk.lose_order("badge.emil.1");
    desk.lose_request("hire-emil");
    let woken = desk.hire("again", "emil");
    desk.work(woken);
    assert_eq!(desk.numbers("emil"), [1].into());
}

#[test]
fn late_events_change_nothing() {
    let mut desk = Desk::new();
    let woken = desk.hire("hire", "anna");
    let young = desk.requests["hire"].clone();
    desk.work(woken);
    let open = desk.orders["badge.anna.1"].clone();
    let woken = desk.confirm("badge.anna.1");
    desk.work(woken);
    assert_eq!(desk.index.put_request(young), HashSet::new());
    assert_eq!(desk.index.put_order(open.clone()), HashSet::new());
    assert!(desk.index.is_dormant(&line("anna")));
    // Gone is gone, whatever comes late; and what came instead is not taken away by the news of the former.
    let gone = desk.requests["hire"].clone();
    desk.lose_request("hire");
    desk.lose_order("badge.anna.1");
    assert_eq!(desk.index.put_request(gone.clone()), HashSet::new());
    assert_eq!(desk.index.put_order(open), HashSet::new());
    assert_eq!(desk.index.known_requests(), []);
    assert_eq!(desk.index.known_orders(), []);
    desk.hire("hire", "anna");
    assert_eq!(desk.index.remove_request(&key("hire"), uid(&gone)), HashSet::new());
    assert_eq!(desk.index.known_requests().len(), 1);
}

#[test]
fn a_request_that_another_took_the_name_of_wakes_both_lines() {
    let mut desk = Desk::new();
    desk.hire("hire", "anna");
    let woken = desk.hire("other", "anna");
    assert_eq!(woken, HashSet::from([wakes("anna")]));
    // Deleted and filed again for somebody else, and only the second event arrives.
    desk.requests.remove("hire");
    let woken = desk.hire("hire", "boris");
    assert_eq!(woken, HashSet::from([wakes("anna"), wakes("boris")]));
}

#[test]
fn a_request_that_goes_wakes_those_behind_it() {
    let mut desk = Desk::new();
    desk.hire("first", "anna");
    desk.ask("second", "anna", update());
    assert_eq!(desk.lose_request("first"), HashSet::from([wakes("anna")]));
}

#[test]
fn who_gets_a_resource_may_mean_that_one_from_now_on() {
    let mut desk = Desk::new();
    desk.ask("first", "anna", update());
    let named = json!({"operation": "Create", "resource": {"identifier": "anna"}, "properties": {"zone": "HQ"}});
    desk.ask("second", "anna", named);
    let woken = desk.hire("model", "boris");
    desk.work(woken);
    let woken = desk.confirm("badge.boris.1");
    desk.work(woken);
    let mut order = serde_json::to_value(&desk.orders["badge.boris.1"]).unwrap();
    order["metadata"] = json!({"name": "badge.x1.1"});
    order["spec"]["resource"]["identifier"] = json!("x1");
    order["spec"]["owner"]["id"] = json!("anna");
    order["spec"]["requestRefs"] = json!([]);
    let woken = desk.store_order(serde_json::from_value(order).unwrap());
    assert_eq!(woken, HashSet::from([wakes("anna"), wakes("x1")]));
    assert_eq!(desk.lose_order("badge.x1.1"), HashSet::from([wakes("anna")]));
}

#[test]
fn the_name_of_an_inventory_entry_says_whose_it_is() {
    let of = |name: &str, identifier: &str| {
        let mut desk = Desk::new();
        desk.observe(name, identifier, "anna");
        LineKey::of_resource(&desk.resources[name]).map(|line| line.identifier)
    };
    assert_eq!(of("badge.jdoe", "JDoe"), Some("jdoe".to_owned()));
    assert_eq!(of(&line_name("badge", "JDoe"), "JDoe"), Some("JDoe".to_owned()));
    assert_eq!(of("badge.anna", "boris"), None);
}

#[test]
fn an_inventory_entry_is_in_its_lines_snapshot() {
    let mut desk = Desk::new();
    desk.hire("hire", "anna");
    desk.observe("badge.anna", "anna", "anna");
    let version = |desk: &Desk| desk.resources["badge.anna"].metadata.resource_version.clone();
    let entry = |desk: &Desk| {
        desk.snapshot("anna")
            .resource
            .map(|entry| entry.metadata.resource_version.clone())
    };
    let first = desk.resources["badge.anna"].clone();
    assert_eq!(entry(&desk), Some(version(&desk)));
    let woken = desk.observe("badge.anna", "anna", "anna");
    assert!(woken.contains(&wakes("anna")));
    desk.index.put_resource(first);
    assert_eq!(entry(&desk), Some(version(&desk)));
    assert!(desk.lose_resource("badge.anna").contains(&wakes("anna")));
    assert_eq!(entry(&desk), None);
}

#[test]
fn an_edited_type_wakes_what_is_open_and_lets_sleep_what_sleeps() {
    let mut desk = Desk::new();
    desk.settled("anna");
    let woken = desk.hire("open", "boris");
    desk.work(woken);
    desk.lose_request("open");
    desk.hire("waiting", "clara");
    let mut edited = desk.kind.clone();
    desk.stamp(&mut edited);
    assert_eq!(
        desk.index.put_type(edited.clone()),
        HashSet::from([Key::Type(key("badge"))])
    );
    edited.metadata.generation = Some(2);
    desk.stamp(&mut edited);
    let woken = desk.index.put_type(edited.clone());
    assert_eq!(
        woken,
        HashSet::from([Key::Type(key("badge")), wakes("boris"), wakes("clara")])
    );
    let woken = desk.index.remove_type(&key("badge"), uid(&edited));
    assert!(woken.contains(&wakes("boris")));
}

#[test]
fn who_waits_for_a_name_is_woken_when_it_is_free() {
    let mut desk = Desk::new();
    let woken = desk.hire("hire", "boris");
    desk.work(woken);
    let mut foreign = desk.orders["badge.boris.1"].clone();
    (foreign.metadata.name, foreign.metadata.uid) = (Some("badge.anna.1".to_owned()), None);
    desk.hire("waits", "anna");
    desk.store_order(foreign);
    desk.index
        .note_name_conflict(&line("anna"), &desk.orders["badge.anna.1"]);
    let held = |desk: &Desk| desk.snapshot("anna").name_conflict;
    assert_eq!(held(&desk).as_deref(), Some("badge.anna.1"));
    assert!(desk.lose_order("badge.anna.1").contains(&wakes("anna")));
    assert_eq!(held(&desk), None);
}

#[test]
fn an_order_takes_its_request_to_its_own_line() {
    let mut desk = Desk::new();
    desk.hire("hire", "anna");
    desk.hire("other", "anna");
    let woken = desk.hire("model", "boris");
    desk.work(woken);
    let mut order = serde_json::to_value(&desk.orders["badge.boris.1"]).unwrap();
    order["metadata"] = json!({"name": "badge.x1.1"});
    order["spec"]["resource"]["identifier"] = json!("x1");
    let request = &desk.requests["hire"].metadata;
    order["spec"]["requestRefs"] = json!([{"name": "hire", "uid": request.uid}]);
    let woken = desk.store_order(serde_json::from_value(order).unwrap());
    // The order is open: its type counts it.
    let of_type = Key::Type(key("badge"));
    assert_eq!(woken, HashSet::from([wakes("anna"), wakes("x1"), of_type]));
}
