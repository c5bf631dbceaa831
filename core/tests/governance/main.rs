//! Sections 4 and 5 of the contract, rule by rule: what happens to work before, while and after a person has it.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod cancel;
mod dates;
mod deletes;
mod ends;
mod held_back;
#[path = "../pretend/mod.rs"]
mod pretend;
mod review;
mod times;

use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use jiff::ToSpan;
use pretend::{Line, badge, view};
use serde_json::{Value, json};

/// A line of a type with these fields.
fn with(fields: Value) -> Line {
    Line::new(kind(fields))
}

fn kind(fields: Value) -> Value {
    let mut of = badge();
    of["spec"]
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    of
}

/// The type is another from now on.
fn edit(line: &mut Line, fields: Value) {
    line.view = Some(view(kind(fields)));
    line.settle();
}

/// Somebody takes a request back.
fn cancel(line: &mut Line, request: usize) {
    write_cancel(line, request);
    line.settle();
}

fn write_cancel(line: &mut Line, request: usize) {
    let mut object = serde_json::to_value(&line.requests[request - 1]).unwrap();
    object["spec"]["cancel"] = json!({"reason": "no longer wanted", "by": {"username": "alice"}});
    line.requests[request - 1] = serde_json::from_value::<AssignmentRequest>(object).unwrap();
}

fn review(line: &mut Line, order: usize, result: &str) {
    line.people_write(
        order,
        "review",
        json!({"result": result, "comment": "because", "by": {"username": "dave"}}),
    );
}

/// Time goes by.
fn later(line: &mut Line, minutes: i64) {
    line.now = line.now.checked_add(minutes.minutes()).unwrap();
    line.settle();
}

fn in_minutes(line: &Line, minutes: i64) -> String {
    line.now.checked_add(minutes.minutes()).unwrap().to_string()
}

fn create() -> Value {
    json!({"operation": "Create", "properties": {"zone": "A"}})
}

fn update(properties: Value) -> Value {
    json!({"operation": "Update", "properties": properties})
}

fn delete() -> Value {
    json!({"operation": "Delete"})
}

fn condition<'a>(order: &'a ProvisioningOrder, type_: &str) -> Option<(&'a str, &'a str)> {
    let conditions = &order.status.as_ref().unwrap().conditions;
    let found = conditions.iter().find(|condition| condition.type_ == type_)?;
    Some((found.reason.as_str(), found.message.as_str()))
}

fn workflow(line: &Line, request: usize) -> Value {
    serde_json::to_value(line.requests[request - 1].status.as_ref().unwrap().workflow_state).unwrap()
}
