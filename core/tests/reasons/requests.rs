//! Requests before they have an order: who agrees, what is wrong with them, whose resource they mean.

use crate::pretend::{Line, badge, badge_with};
use crate::seen::Seen;
use crate::{delete, move_to};
use handoff_core::engine::{Policies, RequestSnapshot, decide_request};
use serde_json::{Value, json};
use std::sync::Arc;

pub const ALL: &[fn(&mut Seen)] = &[
    approvers_agree,
    an_approver_declines,
    a_wrong_request,
    an_operation_that_is_not_allowed,
    somebody_elses_resource,
    several_resources,
    an_identifier_that_would_change,
    nothing_to_update,
    a_name_that_another_has,
    an_expression_fails,
];

fn asked_of_approvers() -> Line {
    let mut line = Line::new(badge_with("/spec/approval", json!({"steps": 1})));
    line.create("hire");
    line
}

fn approvers_agree(seen: &mut Seen) {
    let mut line = asked_of_approvers();
    seen.line(&line);
    seen.line(line.answer(1, "dave", "Approved"));
}

fn an_approver_declines(seen: &mut Seen) {
    seen.line(asked_of_approvers().answer(1, "dave", "Declined"));
}

fn a_wrong_request(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.ask("bad", json!({"operation": "Create", "properties": {"colour": "red"}}));
    seen.line(&line);
}

fn an_operation_that_is_not_allowed(seen: &mut Seen) {
    let mut line = Line::new(badge_with("/spec/allow", json!({"deletion": false})));
    line.ask("leave", delete());
    seen.line(&line);
}

fn somebody_elses_resource(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Confirmed");
    let foreign = |mut wish: Value| {
        wish["owner"] = json!({"id": "e2"});
        wish["resource"] = json!({"identifier": "e1"});
        wish
    };
    line.ask(
        "take",
        foreign(json!({"operation": "Create", "properties": {"zone": "A"}})),
    );
    line.ask("remove", foreign(delete()));
    seen.line(&line);
}

fn several_resources(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.file("leave", delete());
    let decision = decide_request(&RequestSnapshot {
        now: line.now,
        policies: Arc::new(Policies::InForce),
        request: Arc::new(line.requests[0].clone()),
        resource_type: line.view.clone(),
        order: None,
        holdings: vec!["a".to_owned(), "b".to_owned()],
    });
    line.requests[0].status = Some(decision.update.unwrap().status);
    seen.line(&line);
}

fn an_identifier_that_would_change(seen: &mut Seen) {
    let by_zone = json!({"expression": "owner.id ~ '-' ~ request.properties.zone"});
    let mut line = Line::new(badge_with("/spec/identifier", by_zone));
    line.identifier = "e1-a".to_owned();
    line.create("hire").decide(1, "Confirmed").ask("move", move_to("B"));
    seen.line(&line);
}

fn nothing_to_update(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.create("hire")
        .decide(1, "Confirmed")
        .ask("leave", delete())
        .decide(2, "Confirmed");
    line.ask("move", move_to("B"));
    seen.line(&line);
}

fn a_name_that_another_has(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.name_conflict = Some("badge.e1.1".to_owned());
    line.create("hire");
    seen.line(&line);
}

fn an_expression_fails(seen: &mut Seen) {
    let mut line = Line::new(badge_with(
        "/spec/properties/1/expression",
        json!("owner.properties.grade"),
    ));
    line.create("hire");
    seen.line(&line);
}
