//! 5.5: what is wished until a time is undone by a request that the operator files, once.

use super::{create, delete, in_minutes, later, update, with};
use crate::pretend::Line;
use handoff_core::api::{Operation, ProvisioningState as State};
use serde_json::{Value, json};

fn hired_until(minutes: i64) -> Line {
    let mut line = with(json!({}));
    let spec = json!({"operation": "Create", "properties": {"zone": "A"}, "endTime": in_minutes(&line, minutes)});
    line.ask("hire", spec).decide(1, "Confirmed");
    line
}

fn end_of(line: &Line, request: usize) -> Option<String> {
    let conditions = &line.requests[request - 1].status.as_ref().unwrap().conditions;
    let found = conditions.iter().find(|condition| condition.type_ == "EndRequested")?;
    Some(found.reason.clone())
}

#[test]
fn at_the_end_of_an_access_its_delete_is_filed() {
    let mut line = hired_until(60);
    let end = line.requests[0].spec.end_time.clone().unwrap().0;
    assert_eq!(line.wake_at, Some(end));
    later(&mut line, 61);
    let filed = &line.requests[1];
    assert_eq!(filed.metadata.name.as_deref(), Some("hire-end"));
    assert_eq!(filed.spec.operation, Operation::Delete);
    assert_eq!(filed.spec.caused_by.as_ref().unwrap().name, "hire");
    assert_eq!(filed.spec.resource.as_ref().unwrap().identifier, "e1");
    assert_eq!(end_of(&line, 1).as_deref(), Some("EndFiled"));
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
    // Who asked for the access asked for this too.
    assert_eq!(line.orders[1].spec.requesters, ["alice", "operator"]);
    line.decide(2, "Confirmed");
    later(&mut line, 600);
    assert_eq!(line.requests.len(), 2);
    assert_eq!(line.shows(1), (State::Executed, "Confirmed"));
}

#[test]
fn what_is_filed_needs_no_approval_and_no_permission() {
    let mut line = hired_until(60);
    super::edit(
        &mut line,
        json!({"approval": {"steps": 2}, "allow": {"deletion": false}}),
    );
    later(&mut line, 61);
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
    assert_eq!(super::workflow(&line, 2), "Approved");
}

#[test]
fn it_is_filed_once_even_if_somebody_removes_it() {
    let mut line = hired_until(60);
    later(&mut line, 61);
    line.decide(2, "Errored").recover(2, "Abandon");
    line.requests.remove(1);
    later(&mut line, 600);
    assert_eq!(line.requests.len(), 1);
}

#[test]
fn another_access_to_the_same_that_lasts_longer_keeps_it() {
    let mut line = hired_until(60);
    line.ask("too", create());
    assert_eq!(line.shows(2), (State::Executed, "AlreadyClaimed"));
    later(&mut line, 61);
    assert_eq!(line.requests.len(), 2);
    assert_eq!(end_of(&line, 1), None);
}

#[test]
fn the_last_of_two_ends_it() {
    let mut line = hired_until(60);
    let longer = json!({"operation": "Create", "properties": {"zone": "A"}, "endTime": in_minutes(&line, 120)});
    line.ask("too", longer);
    later(&mut line, 61);
    assert_eq!(line.requests.len(), 2);
    later(&mut line, 120);
    let names: Vec<_> = line
        .requests
        .iter()
        .map(|request| request.metadata.name.as_deref().unwrap())
        .collect();
    assert!(names.contains(&"too-end"), "{names:?}");
    let deletes = line
        .orders
        .iter()
        .filter(|order| order.spec.operation == Operation::Delete)
        .count();
    assert_eq!(deletes, 1);
}

#[test]
fn an_access_that_is_gone_needs_no_end() {
    let mut line = hired_until(60);
    line.ask("leave", delete()).decide(2, "Confirmed");
    later(&mut line, 61);
    assert_eq!(line.requests.len(), 2);
    assert_eq!(end_of(&line, 1).as_deref(), Some("NothingToUndo"));
}

#[test]
fn an_access_that_came_back_after_its_delete_lives_by_its_own_request() {
    let mut line = with(json!({}));
    line.ask("first", create()).decide(1, "Confirmed");
    line.ask("leave", delete()).decide(2, "Confirmed");
    let spec = json!({"operation": "Create", "properties": {"zone": "A"}, "endTime": in_minutes(&line, 60)});
    line.ask("back", spec).decide(3, "Confirmed");
    later(&mut line, 61);
    assert_eq!(line.requests[3].metadata.name.as_deref(), Some("back-end"));
}

fn doors(line: &Line, more: Value) -> Value {
    let mut spec = json!({"operation": "Update", "endTime": in_minutes(line, 60)});
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    spec
}

fn with_doors() -> Line {
    let mut line = with(json!({}));
    line.ask(
        "hire",
        json!({"operation": "Create", "properties": {"zone": "A"}, "values": {"doors": ["n", "w"]}}),
    );
    line.decide(1, "Confirmed");
    line
}

/// Only what was really added goes away again: `n` was there before.
#[test]
fn at_the_end_of_a_change_its_inverse_is_filed() {
    let mut line = with_doors();
    let spec = doors(
        &line,
        json!({"addValues": {"doors": ["n", "s"]}, "removeValues": {"doors": ["w", "x"]}}),
    );
    line.ask("lend", spec).decide(2, "Confirmed");
    later(&mut line, 61);
    let filed = &line.requests[2].spec;
    assert_eq!(line.requests[2].metadata.name.as_deref(), Some("lend-end"));
    assert_eq!(filed.operation, Operation::Update);
    assert_eq!(filed.remove_values["doors"], ["s"]);
    assert_eq!(filed.add_values["doors"], ["w"]);
    line.decide(3, "Confirmed");
    assert_eq!(line.orders[2].spec.desired.values["doors"], ["n", "w"]);
}

#[test]
fn what_the_fulfiller_set_is_what_is_undone() {
    let mut line = with_doors();
    let spec = doors(&line, json!({"addValues": {"doors": ["s", "e"]}}));
    line.ask("lend", spec);
    let decision =
        json!({"result": "Confirmed", "actualValues": {"doors": ["n", "s", "w"]}, "by": {"username": "bob"}});
    line.people_write(2, "decision", decision);
    later(&mut line, 61);
    assert_eq!(line.requests[2].spec.remove_values["doors"], ["s"]);
}

#[test]
fn a_change_that_changed_nothing_needs_no_end() {
    let mut line = with_doors();
    let spec = doors(&line, json!({"addValues": {"doors": ["n"]}}));
    line.ask("lend", spec);
    assert_eq!(line.shows(2), (State::Executed, "AlreadyClaimed"));
    later(&mut line, 61);
    assert_eq!(line.requests.len(), 2);
    assert_eq!(end_of(&line, 2).as_deref(), Some("NothingToUndo"));
}

#[test]
fn what_was_cancelled_too_late_still_ends() {
    let mut line = with(json!({}));
    let spec = json!({"operation": "Create", "properties": {"zone": "A"}, "endTime": in_minutes(&line, 60)});
    line.ask("hire", spec);
    super::cancel(&mut line, 1);
    line.decide(1, "Confirmed");
    later(&mut line, 61);
    assert_eq!(line.requests[1].metadata.name.as_deref(), Some("hire-end"));
}

#[test]
fn a_plain_change_has_no_part_in_it() {
    let mut line = hired_until(60);
    line.ask("move", update(json!({"zone": "B"}))).decide(2, "Confirmed");
    later(&mut line, 61);
    assert_eq!(line.requests[2].metadata.name.as_deref(), Some("hire-end"));
}

/// Folded with a request that says all values, or into a Create: what was added is known from what was there before.
#[test]
fn what_a_fold_added_is_undone() {
    let mut line = with_doors();
    let spec = doors(&line, json!({"addValues": {"doors": ["s"]}}));
    line.file(
        "all",
        json!({"operation": "Update", "values": {"doors": ["n", "w", "e"]}}),
    )
    .file("lend", spec)
    .settle();
    line.decide(2, "Confirmed");
    later(&mut line, 61);
    assert_eq!(line.requests[3].metadata.name.as_deref(), Some("lend-end"));
    assert_eq!(line.requests[3].spec.remove_values["doors"], ["s"]);
}
