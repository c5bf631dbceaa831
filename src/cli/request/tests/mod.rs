//! By table: what flags become.

mod foreseen;
mod said;

use super::name;
use super::stock::views;
use super::wish::{Wish, grouped};
use handoff_core::api::assignment_request::RequestedBy;
use handoff_core::api::{AssignmentRequest, Operation, ResourceType};
use handoff_core::engine::types::TypeView;
use jiff::Timestamp;
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

fn kind(more: Value) -> ResourceType {
    let mut spec = json!({
        "provisioningConnection": {"package": "ManualTicket"},
        "properties": [
            {"name": "zone", "type": "String", "required": true, "description": "HQ or LAB"},
            {"name": "level", "type": "Integer"},
            {"name": "doors", "type": "String", "multiValued": true},
            {"name": "vip", "type": "Boolean"},
            {"name": "name", "type": "String", "expression": "owner.displayName", "overridable": true},
            {"name": "pin", "type": "Secret", "required": true},
        ],
    });
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let kind = json!({"apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType", "metadata": {"name": "badge"}, "spec": spec});
    serde_json::from_value(kind).unwrap()
}

fn types(more: Value) -> BTreeMap<String, Arc<TypeView>> {
    views(vec![kind(more)])
}

fn view() -> Arc<TypeView> {
    Arc::clone(&types(json!({}))["badge"])
}

fn now() -> Timestamp {
    "2026-03-01T16:00:00Z".parse().unwrap()
}

fn of_owner(set: &[&str]) -> Wish {
    let set: Vec<String> = set.iter().map(|&text| text.to_owned()).collect();
    Wish {
        owner: Some("e1".to_owned()),
        set: grouped("--set", &set).unwrap(),
        ..Wish::default()
    }
}

fn filed(wish: &Wish, operation: Operation, types: &BTreeMap<String, Arc<TypeView>>) -> Arc<AssignmentRequest> {
    let mut request = AssignmentRequest::new("r1", wish.spec(operation, &types["badge"]).unwrap());
    request.spec.requested_by = Some(RequestedBy {
        username: "alice".to_owned(),
        ..RequestedBy::default()
    });
    Arc::new(request)
}

#[test]
fn a_value_goes_where_its_property_says() {
    let wish = Wish {
        add: grouped("--add", &["doors=west".to_owned()]).unwrap(),
        clear: ["level".to_owned(), "vip".to_owned()].into(),
        ..of_owner(&["zone=HQ", "doors=north", "doors=south", "nothing=x"])
    };
    let spec = serde_json::to_value(wish.spec(Operation::Create, &view()).unwrap()).unwrap();
    assert_eq!(
        spec,
        json!({
            "resourceTypeRef": {"name": "badge"}, "operation": "Create", "owner": {"id": "e1"},
            "properties": {"zone": "HQ", "level": "", "nothing": "x", "vip": ""},
            "values": {"doors": ["north", "south"]},
            "addValues": {"doors": ["west"]},
        })
    );
}

/// A variable that is not set clears nothing.
#[test]
fn an_empty_value_is_no_value() {
    let wrong = grouped("--set", &["level=".to_owned()]).unwrap_err();
    assert_eq!(
        wrong,
        "--set level= gives no value: leave it out, or take a value away in an update with --clear level"
    );
}

#[test]
fn a_secret_is_listed_where_it_is_asked_for() {
    assert!(
        of_owner(&["zone=LAB"])
            .spec(Operation::Create, &view())
            .unwrap()
            .secrets
            .is_empty()
    );
    let wish = Wish {
        secrets: ["pin".to_owned()].into(),
        ..of_owner(&[])
    };
    assert_eq!(wish.spec(Operation::Update, &view()).unwrap().secrets, ["pin"]);
}

#[rstest]
#[case("a", true)]
#[case("a.b-c.1", true)]
#[case("", false)]
#[case("Bad", false)]
#[case("a b", false)]
#[case("a..b", false)]
#[case("a.-b", false)]
#[case("a/b", false)]
fn what_can_be_a_name(#[case] text: &str, #[case] can: bool) {
    assert_eq!(name::check(text).is_ok(), can, "{text}");
}

#[rstest]
#[case(of_owner(&["zone=HQ", "zone=LAB"]), "zone has one value, and 2 are given")]
#[case(Wish { clear: ["zone".to_owned()].into(), ..of_owner(&["zone=HQ"]) }, "zone is given a value and cleared: leave one of them out")]
#[case(Wish::default(), "whose? Give the owner's key")]
fn what_no_request_can_say(#[case] wish: Wish, #[case] said: &str) {
    assert_eq!(wish.spec(Operation::Update, &view()).unwrap_err(), [said]);
}

#[test]
fn names_are_of_one_wish() {
    let spec = of_owner(&["zone=HQ"]).spec(Operation::Create, &view()).unwrap();
    let row = name::of_row(&spec);
    assert!(
        row.starts_with("badge.e1.create-") && row.len() == "badge.e1.create-0123456789".len(),
        "{row}"
    );
    assert_eq!(name::of_row(&spec), row);
    assert_ne!(
        name::of_row(&of_owner(&["zone=LAB"]).spec(Operation::Create, &view()).unwrap()),
        row
    );
    let (first, second) = (
        name::at(&spec, now()),
        name::at(&spec, "2026-03-01T16:00:01Z".parse().unwrap()),
    );
    assert!(
        first.starts_with("badge.e1.create-") && first != second,
        "{first} {second}"
    );
    let mut odd = spec;
    odd.owner.id = "Jürgen /x".to_owned();
    assert!(
        name::of_row(&odd).starts_with("badge.j-rgen-x."),
        "{}",
        name::of_row(&odd)
    );
}
