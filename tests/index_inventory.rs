//! The index and snapshots of a managed system: whom an accepted one wakes, whom it leaves asleep, and what a list of the
//! inventory says against what is known.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod desk;

use desk::types::{of, wakes};
use desk::{Desk, key, uid};
use handoff::operator::index::Key;
use handoff_core::api::{ManagedResource, ProvisioningState};
use handoff_core::engine::observed::Inventory;
use jiff::ToSpan;
use rstest::rstest;
use serde_json::json;
use std::collections::HashSet;

fn sync(name: &str) -> Key {
    Key::Sync(key(name))
}

fn badge() -> Key {
    Key::Type(key("badge"))
}

fn proven_by_inventory(desk: &mut Desk) {
    let woken = desk.store_type("badge", &json!({"verification": {"mode": "Inventory"}}));
    desk.work(woken);
}

/// Anna's line is at rest: her order was final when it was confirmed. That of Boris is confirmed and to be proven.
fn one_at_rest_and_one_to_prove() -> Desk {
    let mut desk = Desk::new();
    desk.settled("anna");
    proven_by_inventory(&mut desk);
    desk.settled("boris");
    desk.now = desk.now.checked_add(1.hour()).unwrap();
    desk.reads.clear();
    desk
}

fn said(desk: &Desk, name: &str) -> String {
    let status = desk.synchronizations[name].status.clone().unwrap_or_default();
    format!("{:?} {}", status.accepted, status.reason.unwrap_or_default())
}

#[test]
fn an_accepted_snapshot_wakes_who_waits_for_a_proof_and_nobody_at_rest() {
    let mut desk = one_at_rest_and_one_to_prove();
    desk.observe("badge.boris", "boris", "boris");
    assert_eq!(desk.export("night", true, 1), HashSet::from([sync("night")]));
    let woken = desk.pass(&sync("night"));
    assert_eq!(woken, HashSet::from([sync("night"), badge(), wakes("badge", "boris")]));
    desk.work(woken);
    assert_eq!(desk.shows("hire-boris"), "Verified/Observed");
    assert_eq!(desk.shows("hire-anna"), "Executed/Confirmed");
    assert!(desk.index.is_dormant(&of("badge", "boris")));
    assert_eq!(desk.reads, Vec::<String>::new());
}

#[test]
fn a_snapshot_that_nobody_decided_on_says_nothing() {
    let mut desk = one_at_rest_and_one_to_prove();
    desk.export("night", true, 0);
    assert_eq!(desk.snapshot("boris").inventory.as_ref(), &Inventory::default());
    let woken = desk.pass(&wakes("badge", "boris"));
    desk.work(woken);
    assert_eq!(desk.shows("hire-boris"), "Executed/Confirmed");
}

#[test]
fn who_is_not_in_a_complete_snapshot_holds_nothing_any_more() {
    let mut desk = Desk::new();
    desk.settled("anna");
    desk.store_type("laptop", &json!({"dependsOn": [{"name": "badge"}]}));
    let wish = json!({"resourceTypeRef": {"name": "laptop"}, "operation": "Create", "properties": {"zone": "HQ"}});
    let woken = desk.ask("laptop-anna", "anna", wish);
    desk.work(woken);
    let held = |desk: &Desk| {
        desk::types::seen(&desk.index, &of("laptop", "anna"), desk.now)
            .held
            .len()
    };
    assert_eq!(held(&desk), 1);
    desk.export("night", true, 0);
    let woken = desk.pass(&sync("night"));
    // Her own line is at rest, whatever is seen; the one that needs her badge is not.
    assert_eq!(woken, HashSet::from([sync("night"), badge(), wakes("laptop", "anna")]));
    assert_eq!(held(&desk), 0);
    let woken = desk.lose_synchronization("night");
    assert_eq!(woken, HashSet::from([badge(), wakes("laptop", "anna")]));
    assert_eq!(held(&desk), 1);
}

/// An export is written entry by entry: what goes before the snapshot that lacks it is still in the last one.
#[test]
fn the_last_snapshot_proves_no_absence_of_what_went_since() {
    let mut desk = one_at_rest_and_one_to_prove();
    desk.observe("badge.anna", "anna", "anna");
    desk.observe("badge.boris", "boris", "boris");
    desk.export("night", true, 2);
    let woken = desk.pass(&sync("night"));
    desk.work(woken);
    for owner in ["anna", "boris"] {
        let woken = desk.ask(&format!("leave-{owner}"), owner, json!({"operation": "Delete"}));
        desk.work(woken);
    }
    desk.now = desk.now.checked_add(1.hour()).unwrap();
    desk.lose_resource("badge.boris");
    assert!(desk.snapshot("boris").inventory.doubtful);
    assert!(!desk.snapshot("anna").inventory.doubtful);
    desk.export("noon", true, 1);
    desk.pass(&sync("noon"));
    assert!(!desk.snapshot("boris").inventory.doubtful);
}

#[test]
fn a_request_means_the_resource_that_its_owner_was_seen_to_have() {
    let mut desk = Desk::new();
    desk.observe("badge.old-anna", "old-anna", "anna");
    let woken = desk.ask(
        "move",
        "anna",
        json!({"operation": "Update", "properties": {"zone": "LAB"}}),
    );
    assert_eq!(woken, HashSet::from([wakes("badge", "old-anna")]));
    // The entry goes, and the next export is complete without it.
    let woken = desk.lose_resource("badge.old-anna");
    assert!(woken.contains(&wakes("badge", "anna")), "{woken:?}");
}

#[rstest]
#[case::an_entry_with_a_line("badge.anna", 1)]
#[case::one_whose_name_is_not_that_of_its_identifier("badge.other", 0)]
fn entries_with_a_line_are_counted(#[case] name: &str, #[case] count: i64) {
    let mut desk = Desk::new();
    let resources = |desk: &Desk| desk.index.type_snapshot(&key("badge"), desk.now).unwrap().resources;
    let woken = desk.observe(name, "anna", "anna");
    assert_eq!(resources(&desk), count);
    assert_eq!(woken.contains(&badge()), count > 0);
    // Another version of it changes no count.
    assert!(!desk.observe(name, "anna", "boris").contains(&badge()));
    assert_eq!(resources(&desk), count);
    assert_eq!(desk.lose_resource(name).contains(&badge()), count > 0);
    assert_eq!(resources(&desk), 0);
}

#[test]
fn a_type_that_trusts_people_looks_at_no_snapshot() {
    let mut desk = one_at_rest_and_one_to_prove();
    desk.export("night", true, 2);
    let woken = desk.pass(&sync("night"));
    let inventory = |desk: &Desk| {
        let kind = desk.index.type_snapshot(&key("badge"), desk.now).unwrap();
        assert_eq!(desk.snapshot("boris").inventory, kind.inventory);
        kind.inventory.newest.as_ref().map(|newest| newest.name.clone())
    };
    assert!(woken.contains(&wakes("badge", "boris")));
    assert_eq!(inventory(&desk).as_deref(), Some("night"));
    let trusting = json!({"provisioningConnection": {"package": "ManualTicketAndResources"}});
    let woken = desk.store_type("badge", &trusting);
    assert!(woken.contains(&wakes("badge", "boris")), "{woken:?}");
    assert_eq!(inventory(&desk), None);
    proven_by_inventory_again(&mut desk);
    assert_eq!(inventory(&desk).as_deref(), Some("night"));
}

fn proven_by_inventory_again(desk: &mut Desk) {
    desk.store_type("badge", &json!({"verification": {"mode": "Inventory"}}));
}

#[test]
fn those_of_a_type_are_decided_one_after_the_other() {
    let mut desk = Desk::new();
    // Made later, taken earlier: had it its turn first, it would count.
    desk.export("b-second", true, 1);
    let mut older = desk.synchronizations["b-second"].clone();
    older.metadata.name = Some("c-third".to_owned());
    older.metadata.uid = None;
    older.spec.taken_at.0 = desk.now.checked_sub(1.hour()).unwrap();
    desk.store_synchronization(older);
    assert_eq!(desk.pass(&sync("c-third")), HashSet::new());
    let woken = desk.pass(&sync("b-second"));
    assert!(woken.contains(&sync("c-third")), "{woken:?}");
    desk.work(woken);
    assert_eq!(said(&desk, "b-second"), "Some(true) Complete");
    assert_eq!(said(&desk, "c-third"), "Some(false) OlderThanTheLast");
}

#[test]
fn one_that_goes_makes_room_for_those_after_it() {
    let mut desk = Desk::new();
    desk.export("first", true, 1);
    desk.now = desk.now.checked_add(1.minute()).unwrap();
    desk.export("second", true, 1);
    assert_eq!(desk.pass(&sync("second")), HashSet::new());
    assert_eq!(desk.lose_synchronization("first"), HashSet::from([sync("second")]));
    let woken = desk.pass(&sync("second"));
    desk.work(woken);
    assert_eq!(said(&desk, "second"), "Some(true) Complete");
}

#[test]
fn it_counts_once_its_type_is_there() {
    let mut desk = Desk::new();
    desk.lose_type("badge");
    let woken = desk.export("night", true, 1);
    desk.work(woken);
    assert_eq!(said(&desk, "night"), "Some(false) ResourceTypeNotFound");
    let mut kind = desk.kind.clone();
    kind.metadata.uid = None;
    desk.stamp(&mut kind);
    let woken = desk.index.put_type(kind);
    assert!(woken.contains(&sync("night")), "{woken:?}");
    desk.work(woken);
    assert_eq!(said(&desk, "night"), "Some(true) Complete");
}

#[rstest]
#[case::proven(true, (Some(1), None))]
#[case::refuted(false, (None, Some(1)))]
fn what_a_snapshot_decided_is_counted_and_written_once(
    #[case] is_there: bool,
    #[case] counts: (Option<i64>, Option<i64>),
) {
    let mut desk = one_at_rest_and_one_to_prove();
    if is_there {
        desk.observe("badge.boris", "boris", "boris");
    }
    desk.export("night", true, 1);
    desk.pass(&sync("night"));
    let woken = desk.pass(&wakes("badge", "boris"));
    assert!(woken.contains(&sync("night")), "{woken:?}");
    desk.work(woken);
    let status = desk.synchronizations["night"].status.clone().unwrap();
    assert_eq!((status.verified, status.refuted), counts);
    let writes = desk.writes;
    // The same order as yet another version is no news.
    let order = desk.orders["badge.boris.1"].clone();
    let woken = desk.store_order(order);
    assert!(!woken.contains(&sync("night")), "{woken:?}");
    desk.work(HashSet::from([sync("night")]));
    assert_eq!(desk.writes, writes);
    let state = desk.orders["badge.boris.1"].status.as_ref().unwrap().state;
    let decided = if is_there {
        ProvisioningState::Verified
    } else {
        ProvisioningState::Errored
    };
    assert_eq!(state, Some(decided));
}

#[test]
fn what_comes_while_the_counts_are_written_is_not_lost() {
    let mut desk = one_at_rest_and_one_to_prove();
    desk.settled("clara");
    desk.now = desk.now.checked_add(1.hour()).unwrap();
    desk.export("night", true, 1);
    desk.pass(&sync("night"));
    desk.pass(&wakes("badge", "boris"));
    let writing = desk.index.synchronization_snapshot(&key("night"), desk.now).unwrap();
    assert_eq!(writing.proved.refuted, 1);
    desk.pass(&wakes("badge", "clara"));
    desk.index.note_written(&key("night"), writing.proved, desk.now);
    let left = desk.index.synchronization_snapshot(&key("night"), desk.now).unwrap();
    assert_eq!(left.proved.refuted, 1);
}

#[test]
fn who_takes_over_does_not_count_again_what_the_other_one_has_counted() {
    let mut desk = one_at_rest_and_one_to_prove();
    desk.now = desk.now.checked_add(1.hour()).unwrap();
    desk.export("night", true, 1);
    desk.pass(&sync("night"));
    desk.pass(&wakes("badge", "boris"));
    let proved = |desk: &Desk| {
        desk.index
            .synchronization_snapshot(&key("night"), desk.now)
            .unwrap()
            .proved
    };
    assert_eq!(proved(&desk).refuted, 1);
    let woken = desk.index.take_over(true);
    assert_eq!(proved(&desk).refuted, 0);
    assert!(woken.contains(&sync("night")), "{woken:?}");
    assert!(!woken.contains(&wakes("badge", "anna")), "it is at rest: {woken:?}");
}

/// The entry as the API server has it in a version that the index has not seen.
fn newer(entry: &ManagedResource) -> ManagedResource {
    let mut entry = entry.clone();
    entry.metadata.resource_version = Some("999999".to_owned());
    entry
}

#[test]
fn of_a_list_only_what_is_newer_is_read_and_only_what_was_known_before_it_is_dropped() {
    let mut desk = Desk::new();
    for owner in ["anna", "boris", "clara"] {
        desk.observe(&format!("badge.{owner}"), owner, owner);
    }
    let entry = |desk: &Desk, name: &str| desk.resources[name].clone();
    let (anna, boris) = (entry(&desk, "badge.anna"), entry(&desk, "badge.boris"));
    let mut unlisted = desk.index.resources_known(&key("badge"));
    // Dora's comes while the list is under way: it may be in none of its pages.
    desk.observe("badge.dora", "dora", "dora");
    for listed in [&anna, &boris] {
        assert!(!desk.index.lacks_resource(listed));
        unlisted.remove(&uid(listed));
    }
    assert!(desk.index.lacks_resource(&newer(&boris)));
    let mut unknown = newer(&anna);
    unknown.metadata.name = Some("badge.emil".to_owned());
    unknown.metadata.uid = Some("0c5f1e9a-7c2b-4d1e-9a3f-00000000ffff".to_owned());
    assert!(desk.index.lacks_resource(&unknown));
    desk.index.drop_resources(&key("badge"), &unlisted);
    let left: HashSet<String> = desk
        .index
        .known_resources()
        .into_iter()
        .map(|((_, name), _)| name)
        .collect();
    let names = ["badge.anna", "badge.boris", "badge.dora"].map(str::to_owned);
    assert_eq!(left, HashSet::from(names));
    // A late event does not bring it back, and a list that is older than its end does not either.
    let clara = entry(&desk, "badge.clara");
    assert!(!desk.index.lacks_resource(&newer(&clara)));
    desk.index.put_resource(newer(&clara));
    assert_eq!(desk.index.known_resources().len(), 3);
}

#[test]
fn entries_of_another_type_are_not_dropped() {
    let mut desk = Desk::new();
    desk.observe("badge.anna", "anna", "anna");
    assert_eq!(desk.index.resources_known(&key("laptop")), HashSet::new());
    let unlisted = desk.index.resources_known(&key("badge"));
    assert_eq!(desk.index.drop_resources(&key("laptop"), &unlisted), HashSet::new());
    assert_eq!(desk.index.known_resources().len(), 1);
}
