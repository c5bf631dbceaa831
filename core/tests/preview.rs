//! What is foreseen of a request is what becomes of it once it is filed: the same line, asked before and after.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod pretend;

use handoff_core::api::ProvisioningState as State;
use handoff_core::engine::observed::Inventory;
use handoff_core::engine::{Foreseen, LineSnapshot, Policies, Preview, RequestSnapshot, Room, preview};
use pretend::{Line, badge, badge_with};
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::Arc;

/// Foresees a request on a line, then files it there.
fn foreseen(line: &mut Line, spec: Value) -> Preview {
    let before = line.requests.len();
    line.file("new", spec);
    let request = Arc::new(line.requests.pop().unwrap());
    let snapshot = RequestSnapshot {
        now: line.now,
        // Whether they are is not asked.
        policies: Arc::new(Policies::default()),
        resource_type: line.view.clone(),
        order: None,
        holdings: Vec::new(),
        request: Arc::clone(&request),
    };
    let known = |folded: &str| LineSnapshot {
        now: line.now,
        type_name: "badge".to_owned(),
        identifier: folded.to_owned(),
        policies: Arc::new(Policies::default()),
        resource_type: line.view.clone(),
        orders: line.orders.iter().cloned().map(Arc::new).collect(),
        requests: line.requests.iter().cloned().map(Arc::new).collect(),
        resource: line.resource.clone().map(Arc::new),
        inventory: Arc::new(Inventory::default()),
        highest_sequence: line.highest,
        name_conflict: None,
        held: line.held.clone(),
        room: Room::default(),
    };
    let preview = preview(&snapshot, known);
    line.requests.push(Arc::unwrap_or_clone(request));
    let decision = line.decision();
    line.apply(decision);
    assert_eq!(line.requests.len(), before + 1);
    preview
}

/// State and reason of the request that was filed last.
fn became(line: &Line) -> (State, String) {
    let status = line.requests.last().unwrap().status.clone().unwrap();
    (status.provisioning_state.unwrap(), status.reason.unwrap())
}

fn create() -> Value {
    json!({"operation": "Create", "properties": {"zone": "A"}})
}

fn update() -> Value {
    json!({"operation": "Update", "properties": {"zone": "B"}})
}

/// With a Create that is handed over, or done.
fn line(of: Value, done: bool) -> Line {
    let mut line = Line::new(of);
    line.create("first");
    if done {
        line.decide(1, "Confirmed");
    }
    line
}

#[rstest]
#[case::plain(Line::new(badge()), create(), State::Transmitted, "HandedOver")]
#[case::review(Line::new(badge_with("/spec/provisioningReview", json!({"required": true}))), create(), State::AwaitingApproval, "ReviewRequired")]
#[case::approval(Line::new(badge_with("/spec/approval", json!({"steps": 2}))), create(), State::None, "WaitingForApproval")]
#[case::later(Line::new(badge()), json!({"operation": "Create", "properties": {"zone": "A"}, "startTime": "2026-04-01T00:00:00Z"}), State::None, "Scheduled")]
#[case::dependency(Line::new(badge_with("/spec/dependsOn", json!([{"name": "laptop"}]))), create(), State::None, "WaitingForDependency")]
#[case::queued(line(badge(), false), update(), State::Pending, "Queued")]
#[case::change(line(badge(), true), update(), State::Transmitted, "HandedOver")]
#[case::claimed(line(badge(), true), create(), State::Executed, "AlreadyClaimed")]
#[case::invalid(Line::new(badge()), json!({"operation": "Create"}), State::Error, "InvalidRequest")]
#[case::not_allowed(Line::new(badge_with("/spec/allow", json!({"creation": false}))), create(), State::Inactive, "NotAllowed")]
#[case::theirs(line(badge(), true), json!({"operation": "Update", "owner": {"id": "e2"}, "resource": {"identifier": "e1"}, "properties": {"zone": "B"}}), State::Error, "NotTheOwner")]
fn it_shows_what_it_then_shows(
    #[case] mut line: Line,
    #[case] spec: Value,
    #[case] state: State,
    #[case] reason: &str,
) {
    let preview = foreseen(&mut line, spec);
    let shown = preview.shows.unwrap();
    assert_eq!((shown.state, shown.reason.as_str()), (state, reason));
    assert_eq!(became(&line), (state, reason.to_owned()));
    let wrong = state == State::Error || reason == "NotAllowed";
    assert_eq!(!preview.problems.is_empty(), wrong, "{:?}", preview.problems);
    assert_eq!(preview.foreseen.is_some(), !wrong);
}

#[test]
fn the_order_is_the_one_that_is_made() {
    let mut line = line(badge(), true);
    let preview = foreseen(&mut line, update());
    let Some(Foreseen::Order { spec, review: None }) = preview.foreseen else {
        panic!("{:?}", preview.foreseen)
    };
    let made = &line.orders.last().unwrap().spec;
    assert_eq!(
        (&spec.changes, &spec.ticket, &spec.desired),
        (&made.changes, &made.ticket, &made.desired)
    );
    assert_eq!(spec.sequence, 2);
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let mut line = Line::new(badge_with("/spec/dependsOnOwnerProperties", json!(["mail"])));
    let spec = json!({"operation": "Create", "properties": {"level": "high", "colour": "red", "pin": "4711"}});
    let preview = foreseen(&mut line, spec);
    let said: Vec<&str> = preview
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    assert_eq!(said.len(), 5, "{said:#?}");
    let status = line.requests[0].status.as_ref().unwrap();
    assert_eq!(status.message.as_deref(), Some(said.join("; ").as_str()));
    assert!(!said.concat().contains("4711"));
}

#[test]
fn who_has_to_agree() {
    let mut line = Line::new(badge_with("/spec/approval", json!({"steps": 2})));
    let by = json!({"username": "dave", "mayApprove": true});
    let mut spec = create();
    spec["requestedBy"] = by;
    let preview = foreseen(&mut line, spec);
    assert_eq!((preview.approvers, preview.agreed), (2, 1));
    assert_eq!(preview.owner_username.as_deref(), Some("e1"));
    assert_eq!(preview.identifier.as_deref(), Some("e1"));
}
