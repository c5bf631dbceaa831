//! How many series there are: it follows the types, not the objects.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, missing_docs)]

mod desk;
mod openmetrics;

use desk::{Desk, guarded};
use handoff::operator::Standing;
use handoff::operator::metrics::Metrics;
use handoff_core::api::{ProvisioningOrderStatus, ProvisioningState};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use openmetrics::Scrape;
use serde_json::json;
use std::sync::{Arc, Mutex};

const TYPES: usize = 200;
const ORDERS: usize = 2_000;

/// So many types, with so many orders each that a person confirmed, as the operator counts them.
fn scraped(types: usize, orders: usize) -> Scrape {
    let mut desk = Desk::new();
    desk.settled("anna");
    let (request, order) = (desk.requests["hire-anna"].clone(), desk.orders["badge.anna.1"].clone());
    desk.index = guarded();
    for number in 0..types {
        desk.store_type(
            &format!("type-{number}"),
            &json!({"targetEntityType": format!("Thing \"{number}\"\n")}),
        );
    }
    for number in 0..types * orders {
        let (mut request, mut order) = (request.clone(), order.clone());
        let (kind, owner) = (format!("type-{}", number % types), format!("owner-{number}"));
        request.metadata.name = Some(format!("hire-{owner}"));
        order.metadata.name = Some(format!("{kind}.{owner}.1"));
        (request.metadata.uid, order.metadata.uid) = (None, None);
        request.spec.resource_type_ref.name.clone_from(&kind);
        order.spec.resource_type_ref.name.clone_from(&kind);
        order.spec.target_entity_type = Some(format!("Thing \"{}\"\n", number % types));
        order.spec.resource.identifier.clone_from(&owner);
        order.spec.owner.id = owner;
        desk.store_request(request);
        desk.store_order(order);
    }
    let metrics = Metrics::new(
        Arc::new(Mutex::new(std::mem::take(&mut desk.index))),
        Arc::new(Standing::alone()),
    );
    for order in desk
        .orders
        .values()
        .filter(|order| order.metadata.name.as_deref() != Some("badge.anna.1"))
    {
        let new = order.status.clone().unwrap();
        let old = ProvisioningOrderStatus {
            state: Some(ProvisioningState::Transmitted),
            transmitted_at: new.transmitted_at.clone(),
            ..ProvisioningOrderStatus::default()
        };
        metrics.order_written(order, &old, &new, &Time(desk.now));
    }
    for request in desk.requests.values() {
        let (old, new) = (Default::default(), request.status.clone().unwrap());
        metrics.request_written(request, &old, &new, |kind| kind.1 != "badge");
    }
    Scrape::read(&metrics.text().unwrap())
}

#[test]
fn series_follow_the_types_and_not_the_orders() {
    let few = scraped(TYPES, 1);
    let many = scraped(TYPES, ORDERS / TYPES);
    println!(
        "{TYPES} types with {ORDERS} finished orders: {} series, {} of each type",
        many.series(),
        many.series() / TYPES
    );
    assert_eq!(many.sum("handoff_orders", &[("state", "Executed")]), Some(2_000.0));
    assert_eq!(
        many.sum("handoff_order_decisions_total", &[("result", "Confirmed")]),
        Some(2_000.0)
    );
    assert_eq!(many.series(), few.series());
    assert!(many.series() < TYPES * 60 + 100, "{}", many.series());
}

#[test]
fn names_of_types_that_do_not_exist_are_one() {
    let mut desk = Desk::new();
    for number in 0..50 {
        let wish = json!({"operation": "Create", "resourceTypeRef": {"name": format!("no-{number}")}});
        let woken = desk.ask(&format!("ask-{number}"), "anna", wish);
        desk.work(woken);
    }
    let metrics = Metrics::new(
        Arc::new(Mutex::new(std::mem::take(&mut desk.index))),
        Arc::new(Standing::alone()),
    );
    for request in desk.requests.values() {
        let (old, new) = (Default::default(), request.status.clone().unwrap());
        metrics.request_written(request, &old, &new, |_| false);
    }
    let scrape = Scrape::read(&metrics.text().unwrap());
    let unknown = ("type", "_unknown");
    assert_eq!(
        scrape.sum("handoff_requests", &[unknown, ("state", "Error")]),
        Some(50.0)
    );
    let why = ("reason", "ResourceTypeNotFound");
    assert_eq!(scrape.sum("handoff_request_errors_total", &[unknown, why]), Some(50.0));
    assert_eq!(scrape.all("handoff_request_errors_total").len(), 1);
}
