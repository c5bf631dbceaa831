//! What the index counts while objects come and go is what anybody would count afterwards.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod desk;

use desk::{Desk, NAMESPACE, guarded};
use handoff::operator::index::{Index, Numbers, Population, States};
use handoff_core::api::ProvisioningState;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

const OWNERS: [&str; 4] = ["anna", "boris", "clara", "dora"];

/// What happens at the desk.
#[derive(Clone, Copy, Debug)]
enum Happens {
    /// Somebody asks for a badge, a laptop, or something that there is no type of.
    Asked(usize, usize),
    /// The oldest order with people is answered.
    Confirmed,
    Errored,
    /// The oldest error is left at that.
    Abandoned,
    /// An object is deleted.
    OrderLost(usize),
    RequestLost(usize),
    /// Every object is listed once more, the oldest version first.
    ListedAgain,
    /// The type of laptops is deleted; it does not come back.
    TypeLost,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => (0..OWNERS.len(), 0..3_usize).prop_map(|(owner, kind)| Happens::Asked(owner, kind)),
        4 => Just(Happens::Confirmed),
        2 => Just(Happens::Errored),
        1 => Just(Happens::Abandoned),
        1 => (0..20_usize).prop_map(Happens::OrderLost),
        1 => (0..20_usize).prop_map(Happens::RequestLost),
        1 => Just(Happens::ListedAgain),
        1 => Just(Happens::TypeLost),
    ]
}

fn in_state(desk: &Desk, state: ProvisioningState) -> Option<String> {
    let of = |order: &handoff_core::api::ProvisioningOrder| order.status.as_ref().and_then(|status| status.state);
    let mut found = desk.orders.iter().filter(|(_, order)| of(order) == Some(state));
    found.next().map(|(name, _)| name.clone())
}

fn answer(desk: &mut Desk, state: ProvisioningState, block: &str, what: serde_json::Value) {
    if let Some(order) = in_state(desk, state)
        && serde_json::to_value(&desk.orders[&order]).unwrap()["spec"][block].is_null()
    {
        let woken = desk.people_write(&order, block, what);
        desk.work(woken);
    }
}

/// Tells an index of everything that is stored.
fn list(desk: &Desk, index: &mut Index) {
    desk.orders
        .values()
        .for_each(|order| drop(index.put_order(order.clone())));
    desk.requests
        .values()
        .for_each(|request| drop(index.put_request(request.clone())));
}

fn happen(desk: &mut Desk, what: Happens, number: usize) {
    match what {
        Happens::Asked(owner, kind) => {
            let kind = ["badge", "laptop", "spaceship"][kind];
            let wish = json!({"operation": "Create", "resourceTypeRef": {"name": kind}, "properties": {"zone": "HQ"}});
            let woken = desk.ask(&format!("ask-{number}"), OWNERS[owner], wish);
            desk.work(woken);
        }
        Happens::Confirmed => {
            let yes = json!({"result": "Confirmed", "by": {"username": "bob"}});
            answer(desk, ProvisioningState::Transmitted, "decision", yes);
        }
        Happens::Errored => {
            let no = json!({"result": "Errored", "message": "no printer", "by": {"username": "bob"}});
            answer(desk, ProvisioningState::Transmitted, "decision", no);
        }
        Happens::Abandoned => {
            let leave = json!({"action": "Abandon", "by": {"username": "dave"}});
            answer(desk, ProvisioningState::Errored, "recovery", leave);
        }
        Happens::OrderLost(at) => {
            if let Some(name) = desk.orders.keys().nth(at).cloned() {
                let woken = desk.lose_order(&name);
                desk.work(woken);
            }
        }
        Happens::RequestLost(at) => {
            if let Some(name) = desk.requests.keys().nth(at).cloned() {
                let woken = desk.lose_request(&name);
                desk.work(woken);
            }
        }
        Happens::ListedAgain => {
            let mut index = std::mem::take(&mut desk.index);
            list(desk, &mut index);
            desk.index = index;
        }
        Happens::TypeLost => {
            let woken = desk.lose_type("laptop");
            desk.work(woken);
        }
    }
}

type Count = BTreeMap<(Option<String>, String), States>;

/// What is counted by hand; what is not there need not be spelled out as zeros.
fn by_hand(desk: &Desk) -> (Count, Count) {
    let place = |state: ProvisioningState| ProvisioningState::ALL.iter().position(|known| *known == state).unwrap();
    let (mut orders, mut requests) = (Count::new(), Count::new());
    for order in desk.orders.values() {
        let entity = order.spec.target_entity_type.clone().unwrap_or_default();
        let state = order
            .status
            .as_ref()
            .and_then(|status| status.state)
            .unwrap_or_default();
        let group = (Some(order.spec.resource_type_ref.name.clone()), entity);
        orders.entry(group).or_default()[place(state)] += 1;
    }
    for request in desk.requests.values() {
        let name = &request.spec.resource_type_ref.name;
        let known = desk.index.has_type(&desk::key(name)).then(|| name.clone());
        let state = request.status.as_ref().and_then(|status| status.provisioning_state);
        requests.entry((known, String::new())).or_default()[place(state.unwrap_or_default())] += 1;
    }
    (orders, requests)
}

fn counted(populations: &[Population]) -> Count {
    let there = populations.iter().filter(|one| one.states != States::default());
    let of = |one: &Population| {
        assert_eq!(one.namespace, NAMESPACE);
        ((one.type_name.clone(), one.entity.clone()), one.states)
    };
    there.map(of).collect()
}

/// Everything but how much is kept of each object: that may depend on what woke its line.
fn sorted(mut numbers: Numbers) -> Numbers {
    numbers.overdue.sort();
    numbers.oldest.sort();
    numbers.known.clear();
    numbers
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_is_counted_on_the_way_is_what_there_is(story in proptest::collection::vec(happens(), 1..40)) {
        let mut desk = Desk::new();
        desk.store_type("laptop", &json!({"targetEntityType": "Laptop"}));
        for (number, what) in story.into_iter().enumerate() {
            happen(&mut desk, what, number);
            let numbers = desk.index.numbers();
            let (orders, requests) = by_hand(&desk);
            prop_assert_eq!(counted(&numbers.orders), orders);
            prop_assert_eq!(counted(&numbers.requests), requests);
            let known = |kind: &str| numbers.known.iter().find(|known| known.kind == kind).unwrap();
            prop_assert_eq!(known("ProvisioningOrder").live + known("ProvisioningOrder").packed, desk.orders.len());
            prop_assert_eq!(known("AssignmentRequest").live + known("AssignmentRequest").packed, desk.requests.len());
        }
        // A new process that reads all of it once counts the same.
        let mut fresh = guarded();
        fresh.put_type(desk.kind.clone());
        let lacks_laptops = !desk.index.has_type(&desk::key("laptop"));
        list(&desk, &mut fresh);
        if lacks_laptops {
            prop_assert_eq!(sorted(fresh.numbers()), sorted(desk.index.numbers()));
        }
    }
}

#[test]
fn what_is_at_rest_is_packed_and_what_wakes_is_not() {
    let forms = |desk: &Desk| {
        let known = desk.index.numbers().known;
        let of = |kind: &str| {
            known
                .iter()
                .find(|known| known.kind == kind)
                .map(|known| (known.live, known.packed))
        };
        (of("AssignmentRequest").unwrap(), of("ProvisioningOrder").unwrap())
    };
    let mut desk = Desk::new();
    desk.settled("anna");
    let woken = desk.hire("open", "boris");
    desk.work(woken);
    assert_eq!(forms(&desk), ((1, 1), (1, 1)));
    let woken = desk.ask(
        "move",
        "anna",
        json!({"operation": "Update", "properties": {"zone": "LAB"}}),
    );
    desk.work(woken);
    assert_eq!(forms(&desk), ((3, 0), (3, 0)));
    let woken = desk.confirm("badge.anna.2");
    desk.work(woken);
    assert_eq!(forms(&desk), ((1, 2), (1, 2)));
    desk.lose_order("badge.anna.1");
    desk.lose_request("hire-anna");
    assert_eq!(forms(&desk), ((1, 1), (1, 1)));
}

#[test]
fn the_oldest_that_waits_is_known_until_it_is_answered() {
    let mut desk = Desk::new();
    let oldest = |desk: &Desk| desk.index.numbers().oldest[0].1;
    assert_eq!(oldest(&desk), None);
    for owner in ["anna", "boris"] {
        let woken = desk.hire(&format!("hire-{owner}"), owner);
        desk.work(woken);
    }
    let handed_over = |desk: &Desk, order: &str| {
        let status = desk.orders[order].status.as_ref().unwrap();
        Some(status.transmitted_at.as_ref().unwrap().0)
    };
    let (first, second) = (handed_over(&desk, "badge.anna.1"), handed_over(&desk, "badge.boris.1"));
    assert!(first < second);
    assert_eq!(oldest(&desk), first);
    let woken = desk.confirm("badge.anna.1");
    desk.work(woken);
    assert_eq!(oldest(&desk), second);
    desk.lose_order("badge.boris.1");
    assert_eq!(oldest(&desk), None);
}
