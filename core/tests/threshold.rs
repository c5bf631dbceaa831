//! Which orders thresholds count, and how much room they leave.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod pretend;

use handoff_core::api::resource_type::ResourceTypeSpec;
use handoff_core::api::{Operation, ProvisioningOrder, ResourceType};
use handoff_core::engine::Room;
use handoff_core::engine::dormant::OrderFacts;
use handoff_core::engine::threshold::{Counted, Limits, counted, nobody_had};
use jiff::Timestamp;
use pretend::{Line, badge};
use rstest::rstest;
use serde_json::{Value, json};

const MADE: &str = "2026-03-01T08:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An order as it is handed over, with some fields changed.
fn order(spec: &Value, status: &Value) -> ProvisioningOrder {
    let mut line = Line::new(badge());
    line.create("hire");
    let mut order = serde_json::to_value(&line.orders[0]).unwrap();
    order["metadata"]["creationTimestamp"] = json!(MADE);
    for (block, changes) in [("spec", spec), ("status", status)] {
        for (field, value) in changes.as_object().unwrap() {
            order[block][field] = value.clone();
        }
    }
    serde_json::from_value(order).unwrap()
}

fn step(state: &str) -> Value {
    json!([{"state": state, "reason": "Why", "time": MADE}, {"state": "Transmitted", "reason": "HandedOver", "time": MADE}])
}

#[rstest]
#[case::handed_over(json!({}), json!({}), true)]
#[case::held_by_suspend(json!({}), json!({"state": "Pending", "transmittedAt": null}), true)]
#[case::done(json!({}), json!({"state": "Executed"}), true)]
#[case::failed(json!({}), json!({"state": "Errored"}), true)]
#[case::taken_back_from_a_person(json!({}), json!({"state": "Inactive"}), true)]
#[case::ended_before_anyone_had_it(json!({}), json!({"state": "Inactive", "transmittedAt": null}), false)]
#[case::no_state_yet(json!({}), json!({"state": null}), false)]
#[case::another_attempt(json!({"attempt": 2}), json!({}), false)]
#[case::the_rest_of_a_reviewed_one(json!({"reviewOf": "badge.e1.7"}), json!({}), false)]
#[case::waits_for_a_review(json!({}), json!({"state": "AwaitingApproval", "transmittedAt": null}), false)]
#[case::released_by_a_review(json!({}), json!({"history": step("AwaitingApproval")}), false)]
#[case::waited_for_something_else(json!({}), json!({"history": step("Pending")}), true)]
fn which_orders_count(#[case] spec: Value, #[case] status: Value, #[case] counts: bool) {
    let order = order(&spec, &status);
    let expected = Counted {
        operation: Operation::Create,
        made: u32::try_from(at(MADE).as_second()).unwrap(),
    };
    assert_eq!(counted(&order), counts.then_some(expected));
}

#[test]
fn an_order_that_the_server_never_saw_does_not_count() {
    let mut order = order(&json!({}), &json!({}));
    order.metadata.creation_timestamp = None;
    assert_eq!(counted(&order), None);
}

#[rstest]
#[case::no_state(json!({"state": null, "transmittedAt": null}), true)]
#[case::pending(json!({"state": "Pending", "transmittedAt": null}), true)]
#[case::handed_over(json!({}), false)]
#[case::done(json!({"state": "Executed"}), false)]
fn who_had_an_order(#[case] status: Value, #[case] nobody: bool) {
    assert_eq!(nobody_had(&order(&json!({}), &status)), nobody);
}

#[test]
fn a_finished_order_counts_as_before_when_only_its_facts_are_kept() {
    for operation in ["Create", "Update", "Delete"] {
        let mut line = Line::new(badge());
        line.create("hire").decide(1, "Confirmed");
        let mut done = serde_json::to_value(&line.orders[0]).unwrap();
        done["metadata"]["creationTimestamp"] = json!(MADE);
        done["spec"]["operation"] = json!(operation);
        for attempt in [1, 2] {
            done["spec"]["attempt"] = json!(attempt);
            let done: ProvisioningOrder = serde_json::from_value(done.clone()).unwrap();
            let facts = OrderFacts::of(&done).unwrap();
            assert_eq!(facts.counted(), counted(&done));
            assert_eq!(facts.counted().is_some(), attempt == 1);
        }
    }
}

fn limits(thresholds: Value) -> Option<Limits> {
    let mut kind = badge();
    kind["spec"]["thresholds"] = thresholds;
    let kind: ResourceType = serde_json::from_value(kind).unwrap();
    Limits::of(&kind.spec, None)
}

#[rstest]
#[case::nothing(json!({}))]
#[case::only_a_window(json!({"window": "2h"}))]
#[case::only_percent(json!({"creation": {"percent": 30}}))]
fn a_type_without_a_max_has_no_limits(#[case] thresholds: Value) {
    assert_eq!(limits(thresholds), None);
}

#[rstest]
#[case::usual(json!({"deletion": {"max": 1}}), "2026-03-01T08:59:59Z", true)]
#[case::over(json!({"deletion": {"max": 1}}), "2026-03-01T09:00:00Z", false)]
#[case::longer(json!({"window": "2h", "deletion": {"max": 1}}), "2026-03-01T09:59:59Z", true)]
#[case::longer_over(json!({"window": "2h", "deletion": {"max": 1}}), "2026-03-01T10:00:00Z", false)]
#[case::the_clock_was_set_back(json!({"deletion": {"max": 1}}), "2026-03-01T07:00:00Z", true)]
fn an_order_is_in_the_window_for_so_long(#[case] thresholds: Value, #[case] now: &str, #[case] inside: bool) {
    let made = u32::try_from(at(MADE).as_second()).unwrap();
    assert_eq!(made >= limits(thresholds).unwrap().begin(at(now)), inside);
}

#[test]
fn room_is_what_is_left_and_never_below_zero() {
    let limits = limits(json!({"creation": {"max": 5}, "deletion": {"max": 1}})).unwrap();
    let room = limits.room(|operation| match operation {
        Operation::Create => 2,
        Operation::Update => 9,
        Operation::Delete => 3,
    });
    let expected = Room {
        creation: Some(3),
        update: None,
        deletion: Some(0),
    };
    assert_eq!(room, expected);
}

/// A share of what the last complete snapshot has, from ten resources on, and only where snapshots prove orders.
#[rstest]
#[case::usual(json!({"verification": {"mode": "Inventory"}}), Some(100), Some(30))]
#[case::few(json!({"verification": {"mode": "Inventory"}}), Some(9), None)]
#[case::never_seen(json!({"verification": {"mode": "Inventory"}}), None, None)]
#[case::no_proof(json!({}), Some(100), None)]
#[case::given(json!({"verification": {"mode": "Inventory"}, "thresholds": {"creation": {"percent": 5}}}), Some(110), Some(5))]
#[case::the_lower_counts(json!({"verification": {"mode": "Inventory"}, "thresholds": {"creation": {"percent": 50, "max": 7}}}), Some(100), Some(7))]
fn a_share_of_the_resources_is_a_limit(#[case] spec: Value, #[case] resources: Option<i64>, #[case] room: Option<i64>) {
    let spec: ResourceTypeSpec = serde_json::from_value(spec).unwrap();
    let limits = Limits::of(&spec, resources);
    assert_eq!(limits.and_then(|limits| limits.room(|_| 0).creation), room);
}
