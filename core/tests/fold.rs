//! Several requests of one resource, one order: what folds, what is overridden, what a Delete supersedes, what is
//! done already, what a withdrawn claim does.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod pretend;

use handoff_core::api::{Operation, ProvisioningState as State};
use pretend::{Line, badge};
use rstest::rstest;
use serde_json::{Value, json};

fn create(zone: &str) -> Value {
    json!({"operation": "Create", "properties": {"zone": zone}})
}

fn update(properties: Value) -> Value {
    json!({"operation": "Update", "properties": properties})
}

fn delete() -> Value {
    json!({"operation": "Delete"})
}

fn doors(add: &[&str], remove: &[&str]) -> Value {
    json!({"operation": "Update", "addValues": {"doors": add}, "removeValues": {"doors": remove}})
}

/// A line whose requests all came before anyone looked.
fn met(wishes: &[Value]) -> Line {
    let mut line = Line::new(badge());
    for (number, wish) in wishes.iter().enumerate() {
        line.file(&format!("r{}", number + 1), wish.clone());
    }
    line.settle();
    line
}

fn proposed(line: &Line, order: usize, property: &str) -> Option<Vec<String>> {
    let changes = &line.orders[order - 1].spec.changes;
    changes
        .iter()
        .find(|change| change.property == property)
        .and_then(|change| change.proposed.clone())
}

#[test]
fn four_equal_creates_are_one_order_and_one_answer() {
    let mut line = met(&[create("A"), create("A"), create("A"), create("A")]);
    assert_eq!(line.orders.len(), 1);
    assert_eq!(line.orders[0].spec.request_refs.len(), 4);
    line.decide(1, "Confirmed");
    for request in 1..=4 {
        assert_eq!(line.shows(request), (State::Executed, "Confirmed"));
    }
    assert_eq!(line.orders.len(), 1);
}

#[test]
fn a_create_and_its_updates_are_one_create() {
    let mut line = met(&[create("A"), update(json!({"level": "2"})), doors(&["north"], &[])]);
    let spec = &line.orders[0].spec;
    assert_eq!(spec.operation, Operation::Create);
    assert_eq!(proposed(&line, 1, "zone"), Some(vec!["A".to_owned()]));
    assert_eq!(proposed(&line, 1, "level"), Some(vec!["2".to_owned()]));
    assert_eq!(proposed(&line, 1, "doors"), Some(vec!["north".to_owned()]));
    line.decide(1, "Confirmed");
    for request in 1..=3 {
        assert_eq!(line.shows(request), (State::Executed, "Confirmed"));
    }
}

#[test]
fn later_wins_and_who_lost_is_recorded() {
    let line = met(&[
        create("A"),
        update(json!({"zone": "B", "level": "1"})),
        update(json!({"level": "2"})),
        update(json!({"zone": "C"})),
    ]);
    assert_eq!(proposed(&line, 1, "zone"), Some(vec!["C".to_owned()]));
    // The Create still wishes that it exists: it is answered by the order. The first Update wishes nothing any more.
    assert_eq!(line.reference(1, 1)["overridden"], json!(["zone"]));
    assert_eq!(line.reference(1, 1)["superseded"], Value::Null);
    assert_eq!(line.reference(1, 2)["superseded"], json!(true));
    assert_eq!(line.shows(2), (State::Inactive, "Superseded"));
    assert!(line.message(2).contains("r3, r4"), "{}", line.message(2));
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
    assert_eq!(line.requests[0].status.as_ref().unwrap().overridden, ["zone"]);
}

#[test]
fn a_create_that_a_later_create_wishes_otherwise_is_superseded() {
    let line = met(&[create("A"), create("B")]);
    assert_eq!(line.shows(1), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
    assert_eq!(line.orders[0].spec.request_refs.len(), 2);
}

/// Adds and removes of several requests, known values first; what the order proposes.
#[rstest]
#[case(&[doors(&["b"], &[]), doors(&["c"], &[])], &["a", "b", "c"])]
#[case(&[doors(&["b"], &["a"]), doors(&["a"], &[])], &["a", "b"])]
#[case(&[doors(&["b"], &[]), json!({"operation": "Update", "values": {"doors": ["x"]}}), doors(&["y"], &[])], &["x", "y"])]
#[case(&[json!({"operation": "Update", "values": {"doors": []}})], &[])]
fn adds_and_removes_accumulate_and_values_replace(#[case] wishes: &[Value], #[case] doors: &[&str]) {
    let mut line = Line::new(badge());
    line.ask(
        "hire",
        json!({"operation": "Create", "properties": {"zone": "A"}, "values": {"doors": ["a"]}}),
    );
    line.decide(1, "Confirmed");
    for (number, wish) in wishes.iter().enumerate() {
        line.file(&format!("u{number}"), wish.clone());
    }
    line.settle();
    let doors: Vec<String> = doors.iter().map(ToString::to_string).collect();
    assert_eq!(proposed(&line, 2, "doors"), Some(doors));
}

#[test]
fn an_add_that_is_taken_back_in_the_same_fold_is_superseded() {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Confirmed");
    line.file("more", doors(&["north"], &[]))
        .file("less", doors(&["south"], &["north"]))
        .settle();
    assert_eq!(line.shows(2), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(3), (State::Transmitted, "HandedOver"));
}

#[test]
fn four_deletes_are_one_order() {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Confirmed");
    for name in ["d1", "d2", "d3", "d4"] {
        line.file(name, delete());
    }
    line.settle().decide(2, "Confirmed");
    assert_eq!(line.orders.len(), 2);
    for request in 2..=5 {
        assert_eq!(line.shows(request), (State::Executed, "Confirmed"));
    }
}

#[test]
fn beyond_thirty_two_the_rest_waits_for_the_next_fold() {
    let mut line = Line::new(badge());
    for number in 1..=40 {
        line.file(&format!("r{number:02}"), create("A"));
    }
    line.settle();
    assert_eq!(line.orders[0].spec.request_refs.len(), 32);
    assert_eq!(line.shows(32), (State::Transmitted, "HandedOver"));
    assert_eq!(line.shows(33), (State::Pending, "Queued"));
    assert!(line.message(33).contains("badge.e1.1"));
    line.decide(1, "Confirmed");
    assert_eq!(line.shows(33), (State::Executed, "AlreadyClaimed"));
    assert_eq!(line.shows(40), (State::Executed, "AlreadyClaimed"));
}

#[test]
fn a_create_that_nobody_started_goes_with_its_delete() {
    let line = met(&[create("A"), delete()]);
    assert!(line.orders.is_empty());
    assert_eq!(line.shows(1), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(2), (State::Inactive, "Superseded"));
    assert!(line.message(1).contains("r2") && line.message(2).contains("r1"));
}

#[test]
fn create_delete_create_is_one_create() {
    let line = met(&[create("A"), delete(), create("B")]);
    assert_eq!(line.orders.len(), 1);
    assert_eq!(line.shows(3), (State::Transmitted, "HandedOver"));
    assert_eq!(proposed(&line, 1, "zone"), Some(vec!["B".to_owned()]));
}

#[test]
fn what_may_exist_is_deleted_though_a_create_came_between() {
    let line = met(&[delete(), create("A"), delete()]);
    assert_eq!(line.orders.len(), 1);
    assert_eq!(line.orders[0].spec.operation, Operation::Delete);
    assert_eq!(line.orders[0].spec.request_refs.len(), 2);
    assert_eq!(line.shows(2), (State::Inactive, "Superseded"));
}

#[test]
fn a_create_that_somebody_tried_is_deleted_for_sure() {
    let mut line = met(&[create("A")]);
    line.decide(1, "Errored");
    line.file("leave", delete());
    line.recover(1, "Retry");
    assert_eq!(line.shows(1), (State::Inactive, "Superseded"));
    assert_eq!(line.orders[1].spec.operation, Operation::Delete);
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
}

#[test]
fn a_create_after_a_delete_waits_for_it() {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Confirmed");
    line.file("leave", delete()).file("back", create("B")).settle();
    assert_eq!(line.orders[1].spec.operation, Operation::Delete);
    assert_eq!(line.shows(3), (State::Pending, "Queued"));
    line.decide(2, "Confirmed");
    assert_eq!(line.orders[2].spec.operation, Operation::Create);
    assert_eq!(line.shows(3), (State::Transmitted, "HandedOver"));
}

#[test]
fn a_delete_supersedes_what_is_in_error_and_what_waits() {
    let mut line = Line::new(badge());
    line.create("hire");
    line.ask("wait", update(json!({"zone": "B"})));
    line.ask("bad", update(json!({"colour": "red"})));
    line.ask("leave", delete());
    assert_eq!(line.shows(2), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(3), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(4), (State::Pending, "Queued"));
    assert_eq!(line.shows(1), (State::Transmitted, "StopRequested"));
}

#[test]
fn flipped_back_before_anyone_acted_there_is_nothing_to_do() {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Confirmed");
    line.file("there", update(json!({"zone": "B"})))
        .file("back", update(json!({"zone": "A"})))
        .settle();
    assert_eq!(line.orders.len(), 1);
    assert_eq!(line.shows(2), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(3), (State::Executed, "AlreadyClaimed"));
}

#[test]
fn who_has_what_they_want_does_not_wait_for_the_others() {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Confirmed");
    line.file("same", create("A"))
        .file("more", update(json!({"level": "3"})))
        .settle();
    assert_eq!(line.shows(2), (State::Executed, "AlreadyClaimed"));
    assert_eq!(line.shows(3), (State::Transmitted, "HandedOver"));
    assert_eq!(line.orders[1].spec.request_refs.len(), 1);
}

#[test]
fn one_bad_request_does_not_spoil_the_fold() {
    let line = met(&[
        create("A"),
        update(json!({"level": "high"})),
        json!({"operation": "Create"}),
    ]);
    assert_eq!(line.orders[0].spec.request_refs.len(), 1);
    assert_eq!(line.shows(2), (State::Error, "InvalidRequest"));
    assert_eq!(line.shows(3), (State::Error, "InvalidRequest"));
    assert!(line.message(3).contains("zone is required"));
}

#[test]
fn only_one_of_two_owners_gets_it() {
    let mut line = met(&[create("A")]);
    line.ask(
        "other",
        json!({"operation": "Create", "owner": {"id": "e2"}, "properties": {"zone": "A"}}),
    );
    assert_eq!(line.shows(2), (State::Error, "IdentifierTaken"));
    line.decide(1, "Errored").recover(1, "Abandon");
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
    assert_eq!(line.orders[1].spec.owner.id, "e2");
}

#[test]
fn an_error_answers_all_and_retry_takes_all_and_who_came_since() {
    let mut line = met(&[create("A"), update(json!({"level": "2"}))]);
    line.decide(1, "Errored");
    for request in 1..=2 {
        assert_eq!(line.shows(request), (State::Errored, "ReportedByPerson"));
    }
    line.ask("late", update(json!({"level": "3"})));
    assert_eq!(line.shows(3), (State::Pending, "WaitingForRecovery"));
    line.recover(1, "Retry");
    assert_eq!(line.orders[1].spec.request_refs.len(), 3);
    assert_eq!(line.orders[1].spec.attempt, 2);
    assert_eq!(proposed(&line, 2, "level"), Some(vec!["3".to_owned()]));
    assert_eq!(line.shows(2), (State::Inactive, "Superseded"));
}

#[test]
fn a_follower_queues_again_when_the_claim_is_struck() {
    let mut line = met(&[create("A")]);
    line.decide(1, "Confirmed").create("again");
    assert_eq!(line.shows(2), (State::Executed, "AlreadyClaimed"));
    line.recover(1, "Abandon");
    assert_eq!(line.shows(1), (State::Inactive, "Abandoned"));
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
    assert_eq!(
        line.requests[1].status.as_ref().unwrap().orders,
        ["badge.e1.1", "badge.e1.2"]
    );
}

#[test]
fn actual_values_are_what_was_claimed() {
    let mut line = met(&[create("A")]);
    line.people_write(
        1,
        "decision",
        json!({"result": "Confirmed", "actualValues": {"zone": ["B"]}}),
    );
    assert_eq!(line.shows(1), (State::Executed, "DoneWithDeviation"));
    line.ask("fix", update(json!({"zone": "A"})));
    let zone = line.orders[1]
        .spec
        .changes
        .iter()
        .find(|c| c.property == "zone")
        .unwrap();
    assert_eq!(zone.current, Some(vec!["B".to_owned()]));
}

#[test]
fn computed_values_change_only_where_known_and_different() {
    let mut line = met(&[create("A")]);
    line.decide(1, "Confirmed");
    line.ask("move", update(json!({"zone": "B"})));
    assert_eq!(proposed(&line, 2, "label"), Some(vec!["e1/B".to_owned()]));
    // Nothing is known: the computed value is left alone.
    let unknown = met(&[update(json!({"zone": "B"}))]);
    assert_eq!(proposed(&unknown, 1, "label"), None);
}

#[test]
fn secrets_are_listed_and_never_valued() {
    let mut line = met(&[create("A")]);
    let pin = |line: &Line, order: usize| {
        serde_json::to_value(line.orders[order - 1].spec.changes.iter().find(|c| c.property == "pin")).unwrap()
    };
    assert_eq!(
        pin(&line, 1),
        json!({"property": "pin", "type": "Secret", "required": true})
    );
    line.decide(1, "Confirmed");
    line.ask("reset", json!({"operation": "Update", "secrets": ["pin"]}));
    assert_eq!(pin(&line, 2), json!({"property": "pin", "type": "Secret"}));
    assert_eq!(line.orders[1].spec.changes.len(), 1);
}

#[test]
fn a_foreign_order_that_holds_the_name_is_said() {
    let mut line = Line::new(badge());
    line.name_conflict = Some("badge.e1.1".to_owned());
    line.create("hire");
    assert_eq!(line.shows(1), (State::Error, "NameConflict"));
    assert!(line.message(1).contains("badge.e1.1"));
    line.name_conflict = None;
    line.settle();
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
}

#[test]
fn an_order_that_came_and_went_unseen_is_named() {
    let mut line = met(&[create("A")]);
    // The process stops before each request's status; people answer meanwhile.
    let without_requests = |line: &mut Line| {
        for _ in 0..3 {
            let decision = line.decision();
            line.apply(handoff_core::engine::LineDecision {
                request_updates: Vec::new(),
                ..decision
            });
        }
    };
    for order in 0..2 {
        line.orders[order].spec.decision =
            serde_json::from_value(json!({"result": "Errored", "message": "no", "by": {"username": "bob"}})).unwrap();
        without_requests(&mut line);
        line.orders[order].spec.recovery =
            serde_json::from_value(json!({"action": "Retry", "by": {"username": "dave"}})).unwrap();
        without_requests(&mut line);
    }
    line.settle();
    let named = &line.requests[0].status.as_ref().unwrap().orders;
    assert_eq!(named, &["badge.e1.1", "badge.e1.2", "badge.e1.3"]);
}
