//! The index as data: room that thresholds leave, and that no two lines get the same.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod desk;

use desk::Desk;
use desk::types::{a_desk, ask, finished, make, of, seen};
use handoff_core::api::Operation;
use jiff::ToSpan;
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::Mutex;

const CREATE: Operation = Operation::Create;

/// What thresholds leave for a line on which nothing was ordered yet.
fn room(desk: &mut Desk, kind: &str) -> Option<i64> {
    if !desk.requests.contains_key("looks") {
        ask(desk, kind, "looks", "looks");
    }
    seen(&desk.index, &of(kind, "looks"), desk.now).room.creation
}

fn limited(max: i64) -> Value {
    json!({"thresholds": {"creation": {"max": max}}})
}

#[test]
fn room_is_what_the_orders_of_the_last_hour_leave() {
    let mut desk = a_desk();
    desk.store_type("locker", &limited(3));
    assert_eq!(room(&mut desk, "locker"), Some(3));
    make(&mut desk, "locker", "anna", 1, json!({}));
    let first = desk.now;
    make(&mut desk, "badge", "boris", 1, json!({}));
    assert_eq!(room(&mut desk, "locker"), Some(2), "another type's orders do not count");
    make(&mut desk, "locker", "boris", 1, json!({"state": null}));
    assert_eq!(room(&mut desk, "locker"), Some(2), "it has no state yet");
    make(&mut desk, "locker", "boris", 1, json!({}));
    make(&mut desk, "locker", "boris", 1, json!({"message": "another version"}));
    assert_eq!(room(&mut desk, "locker"), Some(1), "an order counts once");
    let now = desk.now;
    make(&mut desk, "locker", "boris", 1, finished("Executed", now));
    assert!(desk.index.is_dormant(&of("locker", "boris")));
    assert_eq!(room(&mut desk, "locker"), Some(1), "only its facts are kept");
    desk.lose_order("locker.boris.1");
    assert_eq!(room(&mut desk, "locker"), Some(2));
    desk.now = first.checked_add(59.minutes()).unwrap();
    assert_eq!(room(&mut desk, "locker"), Some(2));
    desk.now = first.checked_add(60.minutes()).unwrap();
    assert_eq!(room(&mut desk, "locker"), Some(3));
}

#[test]
fn a_limit_counts_what_was_there_before_it() {
    let mut desk = a_desk();
    for owner in ["anna", "boris"] {
        let now = desk.now;
        make(&mut desk, "locker", owner, 1, finished("Executed", now));
    }
    desk.store_type("locker", &json!({}));
    assert_eq!(room(&mut desk, "locker"), None);
    desk.store_type("locker", &limited(5));
    assert_eq!(room(&mut desk, "locker"), Some(3));
    desk.store_type("locker", &limited(1));
    assert_eq!(room(&mut desk, "locker"), Some(0));
    desk.store_type("locker", &json!({}));
    assert_eq!(room(&mut desk, "locker"), None);
}

#[test]
fn who_reserves_the_last_room_has_it() {
    let mut desk = a_desk();
    desk.store_type("locker", &limited(1));
    ask(&mut desk, "locker", "looks", "looks");
    let (anna, boris, now) = (of("locker", "anna"), of("locker", "boris"), desk.now);
    assert!(desk.index.reserve(&anna, CREATE, now));
    assert_eq!(room(&mut desk, "locker"), Some(0));
    assert!(!desk.index.reserve(&boris, CREATE, now));
    assert!(desk.index.reserve(&anna, CREATE, now), "what is its own is free for it");
    assert!(
        desk.index.reserve(&boris, Operation::Delete, now),
        "a Delete has no limit"
    );
    desk.index.release(&anna);
    assert!(desk.index.reserve(&boris, CREATE, now));
}

#[test]
fn a_reservation_lasts_until_the_order_counts_by_itself() {
    let mut desk = a_desk();
    desk.store_type("locker", &limited(2));
    make(
        &mut desk,
        "locker",
        "anna",
        1,
        json!({"state": "Pending", "transmittedAt": null}),
    );
    let anna = of("locker", "anna");
    assert_eq!(room(&mut desk, "locker"), Some(1));
    assert!(desk.index.reserve(&anna, CREATE, desk.now));
    // The order before ends for the one that is being made.
    make(
        &mut desk,
        "locker",
        "anna",
        1,
        json!({"state": "Inactive", "transmittedAt": null}),
    );
    assert_eq!(room(&mut desk, "locker"), Some(1), "reserved still");
    make(&mut desk, "locker", "anna", 2, json!({"state": null}));
    assert_eq!(room(&mut desk, "locker"), Some(1), "reserved still");
    make(&mut desk, "locker", "anna", 2, json!({}));
    assert_eq!(room(&mut desk, "locker"), Some(1), "counted, and not twice");
    desk.lose_order("locker.anna.2");
    assert_eq!(room(&mut desk, "locker"), Some(2), "nothing is reserved any more");
}

#[test]
fn a_reservation_for_an_order_without_a_state_ends_when_it_gets_one() {
    let mut desk = a_desk();
    desk.store_type("locker", &limited(2));
    make(&mut desk, "locker", "anna", 1, json!({"state": null}));
    assert!(desk.index.reserve(&of("locker", "anna"), CREATE, desk.now));
    make(&mut desk, "locker", "anna", 1, json!({}));
    assert_eq!(room(&mut desk, "locker"), Some(1), "counted, and not twice");
}

#[test]
fn a_line_that_is_forgotten_gives_its_reservation_back() {
    let mut desk = a_desk();
    desk.store_type("locker", &limited(1));
    ask(&mut desk, "locker", "hire", "anna");
    assert!(desk.index.reserve(&of("locker", "anna"), CREATE, desk.now));
    assert_eq!(room(&mut desk, "locker"), Some(0));
    desk.lose_request("hire");
    assert_eq!(room(&mut desk, "locker"), Some(1));
}

#[rstest]
#[case::nobody_had_it(json!({"state": "Pending", "transmittedAt": null}), Some(1))]
#[case::a_person_has_it(json!({}), Some(0))]
fn an_own_order_leaves_its_place_only_while_nobody_had_it(#[case] status: Value, #[case] left: Option<i64>) {
    let mut desk = a_desk();
    desk.store_type("locker", &limited(1));
    make(&mut desk, "locker", "anna", 1, status);
    assert_eq!(room(&mut desk, "locker"), Some(0));
    assert_eq!(seen(&desk.index, &of("locker", "anna"), desk.now).room.creation, left);
}

#[test]
fn lines_that_are_worked_on_at_the_same_time_never_share_the_last_room() {
    for _ in 0..200 {
        let mut desk = a_desk_of_eight();
        let now = desk.now;
        let index = Mutex::new(std::mem::take(&mut desk.index));
        let took = Mutex::new(0);
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (index, took) = (&index, &took);
                scope.spawn(move || {
                    let line = of("locker", &format!("e{number}"));
                    // As a pass does: what it saw, and what it takes because of that, are two looks at the index.
                    while seen(&index.lock().unwrap(), &line, now).room.creation > Some(0) {
                        if index.lock().unwrap().reserve(&line, CREATE, now) {
                            *took.lock().unwrap() += 1;
                            return;
                        }
                    }
                });
            }
        });
        assert_eq!(took.into_inner().unwrap(), 3);
    }
}

/// Eight lines that want an order, and room for three.
fn a_desk_of_eight() -> Desk {
    let mut desk = Desk::new();
    desk.store_type("locker", &limited(3));
    for number in 0..8 {
        ask(&mut desk, "locker", &format!("hire-{number}"), &format!("e{number}"));
    }
    desk
}
