//! What the status of a type counts, and how often that is written; types that depend on each other in a circle.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod pretend;

use handoff_core::api::{ConditionStatus, ProvisioningOrder, ResourceTypeStatus};
use handoff_core::engine::types::TypeView;
use handoff_core::engine::{Census, Policies, TypeDecision, TypeSnapshot, census_of, circle, decide_type};
use jiff::Timestamp;
use pretend::{Line, badge, view};
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::Arc;

const NOW: &str = "2026-03-01T08:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn decide(view: &TypeView, (open, overdue): (i64, i64), counted_at: Option<&str>) -> TypeDecision {
    decide_type(&TypeSnapshot {
        now: at(NOW),
        policies: Arc::new(Policies::InForce),
        resource_type: Arc::new(view.clone()),
        census: Census { open, overdue },
        counted_at: counted_at.map(at),
        resources: 0,
        inventory: Arc::default(),
    })
}

fn with_status(view: &TypeView, status: ResourceTypeStatus) -> TypeView {
    let mut object = view.object.as_ref().clone();
    object.status = Some(status);
    view.with_object(Arc::new(object))
}

/// A type whose status says that 2 orders are open, 1 of them late.
fn counted() -> TypeView {
    let new = view(badge());
    let status = decide(&new, (2, 1), None).status.unwrap();
    assert_eq!((status.open_orders, status.overdue_orders), (Some(2), Some(1)));
    with_status(&new, status)
}

#[rstest]
#[case::the_same((2, 1), None, false, None)]
#[case::the_same_and_long_ago((2, 1), Some("2026-03-01T07:00:00Z"), false, None)]
#[case::the_same_and_just_now((2, 1), Some("2026-03-01T07:59:59Z"), false, None)]
#[case::never_written_by_this_process((3, 1), None, true, None)]
#[case::half_a_minute_ago((3, 1), Some("2026-03-01T07:59:30Z"), true, None)]
#[case::less_ago((3, 1), Some("2026-03-01T07:59:31Z"), false, Some("2026-03-01T08:00:01Z"))]
#[case::just_now((2, 0), Some("2026-03-01T08:00:00Z"), false, Some("2026-03-01T08:00:30Z"))]
#[case::the_clock_was_set_back((2, 0), Some("2026-03-01T09:00:00Z"), true, None)]
fn counts_are_written_when_they_differ_and_twice_a_minute_at_most(
    #[case] census: (i64, i64),
    #[case] counted_at: Option<&str>,
    #[case] written: bool,
    #[case] wake_at: Option<&str>,
) {
    let decision = decide(&counted(), census, counted_at);
    let says = decision
        .status
        .as_ref()
        .map(|s| (s.open_orders.unwrap(), s.overdue_orders.unwrap()));
    assert_eq!(says, written.then_some(census));
    assert_eq!(decision.wake_at, wake_at.map(at));
    assert_eq!(decision.reports, [], "a count is no event");
}

#[test]
fn counts_go_along_when_the_status_is_written_for_something_else() {
    let mut broken = badge();
    broken["spec"]["provisioningConnection"] = Value::Null;
    let broken = with_status(&view(broken), counted().object.status.clone().unwrap());
    let decision = decide(&broken, (7, 0), Some(NOW));
    let status = decision.status.unwrap();
    assert_eq!((status.open_orders, status.overdue_orders), (Some(7), Some(0)));
    assert_eq!(decision.wake_at, None);
}

#[rstest]
#[case::new(json!([]), 1, 0)]
#[case::open(json!([["Finished", "False"]]), 1, 0)]
#[case::late(json!([["Finished", "False"], ["Overdue", "True"]]), 1, 1)]
#[case::finished(json!([["Finished", "True"]]), 0, 0)]
#[case::finished_late(json!([["Finished", "True"], ["Overdue", "True"]]), 0, 0)]
fn what_an_order_adds(#[case] conditions: Value, #[case] open: i64, #[case] overdue: i64) {
    let mut line = Line::new(badge());
    line.create("hire");
    let mut order = serde_json::to_value(&line.orders[0]).unwrap();
    let condition = |of: &Value| json!({"type": of[0], "status": of[1], "reason": "Why", "lastTransitionTime": NOW});
    let conditions: Vec<Value> = conditions.as_array().unwrap().iter().map(condition).collect();
    order["status"]["conditions"] = json!(conditions);
    let order: ProvisioningOrder = serde_json::from_value(order).unwrap();
    assert_eq!(census_of(&order), Census { open, overdue });
}

/// `a>bc` is a type a that depends on b and c.
#[rstest]
#[case::nobody("", &[])]
#[case::a_row("a>b b>c c>", &[])]
#[case::two_ways_are_no_circle("a>bc b>d c>d d>", &[])]
#[case::itself("a>a", &["a"])]
#[case::two("a>b b>a", &["a b", "b a"])]
#[case::three("a>b b>c c>a", &["a b c", "b c a", "c a b"])]
#[case::who_merely_needs_one_is_fine("a>b b>c c>bd d>", &["b c", "c b"])]
#[case::the_shortest_is_named("a>bc b>c c>a", &["a c", "b c a", "c a"])]
#[case::of_what_is_not_there("a>b", &[])]
fn circles_are_found(#[case] types: &str, #[case] found: &[&str]) {
    let mut of = circle::Dependencies::new();
    for (name, needs) in types.split_whitespace().map(|one| one.split_once('>').unwrap()) {
        of.insert(name.to_owned(), needs.chars().map(String::from).collect());
    }
    let circles: Vec<String> = circle::find(&of).into_values().map(|names| names.join(" ")).collect();
    assert_eq!(circles, found);
}

#[test]
fn a_type_in_a_circle_is_not_ready_and_names_all_of_it() {
    let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let looped = view(badge()).with_circle(names(&["badge", "locker"]));
    let status = decide(&looped, (0, 0), None).status.unwrap();
    let ready = status.conditions.iter().find(|c| c.type_ == "Ready").unwrap();
    assert_eq!(
        (ready.status, ready.reason.as_str()),
        (ConditionStatus::False, "InvalidResourceType")
    );
    assert_eq!(
        ready.message,
        "badge depends on locker depends on badge: take one out of spec.dependsOn"
    );
    // It stays so for a newer copy of the object, says what else is wrong, and ends with the circle.
    assert!(looped.with_object(Arc::clone(&looped.object)).usable().is_err());
    let mut broken = badge();
    broken["spec"]["provisioningConnection"] = Value::Null;
    let both = view(broken).with_circle(names(&["badge"]));
    let said: Vec<&str> = both.usable().unwrap_err().iter().map(|p| p.reason).collect();
    assert_eq!(said, ["NoProvisioningConnection", "InvalidResourceType"]);
    assert!(looped.with_circle(None).usable().is_ok());
}
