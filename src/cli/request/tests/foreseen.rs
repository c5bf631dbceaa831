//! By table: what the engine says of a request before it is filed, and how that is shown.

use super::super::show;
use super::super::stock::Stock;
use super::super::wish::Wish;
use super::{filed, now, of_owner, types};
use crate::cli::sample::policy;
use crate::cli::screen::Screen;
use handoff_core::api::{ManagedResource, Operation, ProvisioningOrder};
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::Arc;

fn order(identifier: &str, owner: &str, state: &str, zone: &str) -> ProvisioningOrder {
    serde_json::from_value(json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ProvisioningOrder",
        "metadata": {"name": format!("badge.{identifier}.1")},
        "spec": {
            "resourceTypeRef": {"name": "badge"}, "operation": "Create", "resource": {"identifier": identifier},
            "sequence": 1, "attempt": 1, "owner": {"id": owner},
            "requestRefs": [{"name": "first", "uid": "u1"}], "requesters": ["alice"],
            "desired": {"exists": true, "properties": {"zone": zone}}, "ticket": {"title": "t", "instructions": "i"},
            "policy": policy(),
            "decision": (state == "Executed").then(|| json!({"result": "Confirmed", "by": {"username": "bob"}})),
        },
        "status": {
            "state": state, "reason": "Confirmed", "executedAt": (state == "Executed").then_some("2026-02-01T08:00:00Z"),
            "conditions": [{"type": "Finished", "status": if state == "Executed" { "True" } else { "False" }, "reason": "Confirmed", "message": "", "lastTransitionTime": "2026-02-01T08:00:00Z"}],
        },
    }))
    .unwrap()
}

fn resource(identifier: &str, owner: &str) -> ManagedResource {
    serde_json::from_value(json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource", "metadata": {"name": format!("badge.{identifier}")},
        "spec": {
            "resourceTypeRef": {"name": "badge"}, "identifier": identifier, "owner": {"id": owner},
            "properties": {"zone": "HQ"}, "source": "Synchronized", "observedAt": "2026-02-01T00:00:00Z",
        },
    }))
    .unwrap()
}

/// What a person reads about an Update of the zone, and the problems.
fn shown(
    orders: Vec<ProvisioningOrder>,
    resources: Vec<ManagedResource>,
    wish: &Wish,
    operation: Operation,
    more: Value,
) -> (String, Vec<String>) {
    let types = types(more);
    let request = filed(wish, operation, &types);
    let mut stock = Stock::of(types, &[]);
    stock.add(orders, resources);
    let preview = stock.preview(&request, now());
    let problems = preview.problems.iter().map(|problem| problem.message.clone());
    let problems = problems.collect();
    (show::one(&request.spec, &preview, Screen::default()), problems)
}

#[test]
fn a_new_resource_is_shown_as_it_would_be_ordered() {
    let wish = Wish {
        owner_name: Some("Anna Berg".to_owned()),
        ..of_owner(&["zone=HQ", "doors=north", "doors=south"])
    };
    let more = json!({"approval": {"steps": 2}, "provisioningReview": {"required": true}});
    let (text, problems) = shown(Vec::new(), Vec::new(), &wish, Operation::Create, more);
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(
        text,
        "Create badge of Anna Berg (e1)
  Identifier:  e1
  User name:   e1
  Approval:    2 approvers have to agree
  Review:      it waits for a reviewer before it is handed over
  Ticket:      Create badge e1 for Anna Berg
  Then:        None (WaitingForApproval)

PROPERTY   CURRENT   PROPOSED
doors      ?         north, south
name       ?         Anna Berg
pin        ?         (the fulfiller sets it)
zone       ?         HQ
"
    );
}

#[test]
fn a_change_is_shown_against_what_is_known() {
    let executed = vec![order("anna", "e1", "Executed", "HQ")];
    let (text, problems) = shown(
        executed,
        Vec::new(),
        &of_owner(&["zone=LAB"]),
        Operation::Update,
        json!({}),
    );
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(
        text,
        "Update badge of e1
  Identifier:  anna
  User name:   e1
  Approval:    nobody has to agree
  Review:      none
  Ticket:      Update badge anna for e1
  Then:        Transmitted (HandedOver)

PROPERTY   CURRENT   PROPOSED
zone       HQ        LAB
"
    );
}

#[test]
fn what_a_person_has_already_is_waited_for() {
    let open = vec![order("anna", "e1", "Transmitted", "HQ")];
    let wish = Wish {
        identifier: Some("anna".to_owned()),
        ..of_owner(&["zone=LAB"])
    };
    let (text, problems) = shown(open, Vec::new(), &wish, Operation::Update, json!({}));
    assert_eq!(problems, Vec::<String>::new());
    assert!(
        text.contains("Then:        Pending (Queued): waits behind badge.anna.1"),
        "{text}"
    );
}

#[rstest]
#[case::all_at_once(&["level=x", "color=red"], Operation::Create, json!({}), &["spec.properties: the type badge has no property color; it has zone, level, doors, vip, name, pin", "spec.properties: level: \"x\" is not a whole number such as 42", "zone is required: give it in spec.properties"])]
#[case::not_allowed(&["zone=HQ"], Operation::Create, json!({"allow": {"creation": false}}), &["the ResourceType badge does not allow Create: ask its administrator (spec.allow)"])]
#[case::no_connection(&["zone=HQ"], Operation::Create, json!({"provisioningConnection": null}), &["the ResourceType badge is not Ready: spec.provisioningConnection is not set: nobody said how orders of this type are carried out; set package to ManualTicket (kubectl describe rtype badge)"])]
#[case::expression(&["zone=HQ"], Operation::Create, json!({"identifier": {"expression": "owner.properties.mail"}}), &["spec.identifier.expression of the ResourceType badge failed: the result is undefined: a field or property that it names is not there"])]
fn problems_in_the_operators_words(
    #[case] set: &[&str],
    #[case] operation: Operation,
    #[case] more: Value,
    #[case] said: &[&str],
) {
    let (_, problems) = shown(Vec::new(), Vec::new(), &of_owner(set), operation, more);
    assert_eq!(problems, said);
}

#[test]
fn which_of_several_has_to_be_said() {
    let both = vec![resource("anna", "e1"), resource("anna-admin", "e1")];
    let (_, problems) = shown(Vec::new(), both, &of_owner(&["zone=LAB"]), Operation::Update, json!({}));
    assert_eq!(
        problems,
        [
            "e1 has 2 resources of type badge: anna, anna-admin; file a new request that says which in spec.resource.identifier"
        ]
    );
}

#[test]
fn somebody_elses_is_not_taken() {
    let wish = Wish {
        identifier: Some("Anna".to_owned()),
        ..of_owner(&["zone=LAB"])
    };
    let theirs = vec![resource("anna", "e9")];
    let (_, problems) = shown(Vec::new(), theirs, &wish, Operation::Create, json!({}));
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("anna belongs to e9"), "{problems:?}");
}

#[test]
fn of_two_rows_about_one_resource_the_second_waits() {
    let types = types(json!({}));
    let first = filed(&of_owner(&["zone=HQ"]), Operation::Create, &types);
    let mut second = filed(
        &Wish {
            owner: Some("e2".to_owned()),
            identifier: Some("e1".to_owned()),
            ..of_owner(&["zone=HQ"])
        },
        Operation::Create,
        &types,
    );
    Arc::make_mut(&mut second).metadata.name = Some("r2".to_owned());
    Arc::make_mut(&mut second).metadata.uid = Some("r2".to_owned());
    let mut stock = Stock::of(types, &[]);
    assert!(stock.preview(&first, now()).problems.is_empty());
    stock.place(first, now());
    let problems = stock.preview(&second, now()).problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].message.starts_with("e1 belongs to e1"), "{problems:?}");
}
