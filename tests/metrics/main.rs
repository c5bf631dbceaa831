//! What `/metrics` says after people have worked: a real API server, the real operator.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod faults;
#[path = "../openmetrics/mod.rs"]
mod openmetrics;
#[path = "../place/mod.rs"]
mod place;
#[path = "../proxy/mod.rs"]
mod proxy;

use openmetrics::{Labels, Scrape};
use place::{Place, badge};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// So often it is looked whether nothing is worked on.
const LOOKS: usize = 100_000;

fn scrape(place: &Place) -> Scrape {
    let answer = place.ask_operator("/metrics");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.to_lowercase()
            .contains("content-type: application/openmetrics-text; version=1.0.0"),
        "{head}"
    );
    Scrape::read(body)
}

/// What the operator says when it has done what there was to do. A step is counted before its pass ends.
fn settled(place: &Place) -> Scrape {
    let at_rest = |scrape: &Scrape| scrape.sum("handoff_queue_keys", &[]) == Some(0.0);
    let mut looks = std::iter::repeat_with(|| scrape(place)).take(LOOKS);
    looks.find(at_rest).expect("the operator does not come to rest")
}

fn kind(name: &str, entity: &str, more: &Value) -> Value {
    let mut kind = badge();
    kind["metadata"]["name"] = name.into();
    kind["spec"]["targetEntityType"] = entity.into();
    kind["spec"]
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    kind
}

fn ask(place: &Place, name: &str, kind: &str, owner: &str) {
    let wish = json!({"operation": "Create", "resourceTypeRef": {"name": kind}, "properties": {"zone": "HQ"}});
    place.ask(name, owner, wish);
}

/// What is not zero, without the namespace.
fn all(place: &Place, scrape: &Scrape, name: &str) -> BTreeMap<String, f64> {
    let short = |mut labels: Labels| {
        assert_eq!(labels.remove("namespace").as_deref(), Some(place.namespace.as_str()));
        // In the order of their names: entity, reason, result, state, type.
        labels.into_values().collect::<Vec<_>>().join(" ")
    };
    scrape
        .all(name)
        .into_iter()
        .map(|(labels, value)| (short(labels), value))
        .collect()
}

fn these<const N: usize>(all: [(&str, f64); N]) -> BTreeMap<String, f64> {
    all.map(|(labels, value)| (labels.to_owned(), value)).into()
}

/// Ordinary days: done at once, done at the second try, reviewed, declined, trusted, and asked for what there is not.
fn work(place: &Place) {
    place.apply(
        "gita",
        kind("vault", "Vault", &json!({"provisioningReview": {"required": true}})),
    );
    place.apply(
        "gita",
        kind(
            "token",
            "Token",
            &json!({"provisioningConnection": {"package": "ManualTicketAndResources"}}),
        ),
    );
    place.hire("hire", "anna");
    place.wait("porder/badge.anna.1", ".status.state", "Transmitted");
    let claim = |assignee: Value, generation: &str| {
        place
            .answer("bob", "badge.anna.1", json!({"assignee": assignee}))
            .unwrap();
        place.wait("porder/badge.anna.1", ".status.observedGeneration", generation);
    };
    claim(json!({"username": "bob"}), "2");
    claim(Value::Null, "3");
    claim(json!({"username": "bob"}), "4");
    place.done("hire", "badge.anna.1");
    place.hire("again", "boris");
    place.fail("badge.boris.1");
    let retry = json!({"recovery": {"action": "Retry"}});
    place.answer("dave", "badge.boris.1", retry).unwrap();
    place.done("again", "badge.boris.2");
    for (owner, result) in [("clara", "Approved"), ("dora", "Declined")] {
        ask(place, &format!("vault-{owner}"), "vault", owner);
        let order = format!("vault.{owner}.1");
        place.wait(&format!("porder/{order}"), ".status.state", "AwaitingApproval");
        let review = json!({"review": {"result": result, "comment": "looked at"}});
        place.answer("dave", &order, review).unwrap();
    }
    place.shows("vault-clara", "Transmitted", "HandedOver");
    place.shows("vault-dora", "Inactive", "Declined");
    ask(place, "trusted", "token", "emil");
    place.confirm("token.emil.1");
    place.shows("trusted", "Verified", "Trusted");
    ask(place, "wrong", "spaceship", "anna");
    place.shows("wrong", "Error", "ResourceTypeNotFound");
}

/// The metrics that the documentation has.
fn documented() -> BTreeSet<String> {
    let page = std::fs::read_to_string("docs/metrics.md").unwrap();
    let titles = page.lines().filter_map(|line| line.strip_prefix("### "));
    titles.map(str::to_owned).collect()
}

/// The metrics that were read.
fn families(scrape: &Scrape) -> BTreeSet<String> {
    let parts = ["_bucket", "_sum", "_count"];
    let family = |name: &&str| {
        parts
            .iter()
            .find_map(|part| name.strip_suffix(part))
            .unwrap_or(name)
            .to_owned()
    };
    scrape.names().iter().map(family).collect()
}

#[test]
fn it_says_what_people_did_and_a_restart_loses_and_doubles_nothing() {
    let mut place = Place::new("metrics");
    work(&place);
    let said = settled(&place);
    assert_eq!(documented(), families(&said));
    let of = |name: &str| all(&place, &said, name);
    let orders = these([
        ("Badge Errored badge", 1.0),
        ("Badge Executed badge", 2.0),
        ("Token Verified token", 1.0),
        ("Vault Inactive vault", 1.0),
        ("Vault Transmitted vault", 1.0),
    ]);
    let requests = these([
        ("Error _unknown", 1.0),
        ("Executed badge", 2.0),
        ("Verified token", 1.0),
        ("Inactive vault", 1.0),
        ("Transmitted vault", 1.0),
    ]);
    assert_eq!(of("handoff_orders"), orders);
    assert_eq!(of("handoff_requests"), requests);
    assert_eq!(
        of("handoff_order_decisions_total"),
        these([
            ("Confirmed badge", 2.0),
            ("Errored badge", 1.0),
            ("Confirmed token", 1.0)
        ])
    );
    assert_eq!(
        of("handoff_orders_ended_total"),
        these([
            ("Confirmed Executed badge", 2.0),
            ("ReportedByPerson Errored badge", 1.0),
            ("Declined Inactive vault", 1.0),
            ("Trusted Verified token", 1.0),
        ])
    );
    assert_eq!(
        of("handoff_requests_ended_total"),
        these([
            ("Confirmed Executed badge", 2.0),
            ("Declined Inactive vault", 1.0),
            ("Trusted Verified token", 1.0),
        ])
    );
    assert_eq!(
        of("handoff_request_errors_total"),
        these([("ResourceTypeNotFound _unknown", 1.0)])
    );
    // Claimed twice, and answered after that: it waited once.
    assert_eq!(
        of("handoff_order_waiting_seconds_count"),
        these([("badge", 3.0), ("token", 1.0)])
    );
    assert_eq!(
        of("handoff_order_working_seconds_count"),
        these([("badge", 3.0), ("token", 1.0)])
    );
    assert_eq!(of("handoff_order_proving_seconds_count"), these([("token", 1.0)]));
    assert_eq!(said.sum("handoff_policies_in_force", &[]), Some(1.0));
    assert_eq!(said.sum("handoff_orders_overdue", &[]), Some(0.0));
    assert_eq!(said.sum("handoff_unreadable_orders", &[]), Some(0.0));
    let kept = |scrape: &Scrape, kind: &str| scrape.sum("handoff_index_objects", &[("kind", kind)]);
    assert_eq!(kept(&said, "ProvisioningOrder"), Some(6.0));
    assert_eq!(kept(&said, "ManagedResource"), Some(1.0));
    let calls = |verb: &str, outcome: &str| {
        let labels = [("verb", verb), ("kind", "ProvisioningOrder"), ("outcome", outcome)];
        said.sum("handoff_api_calls_total", &labels).unwrap_or_default()
    };
    assert_eq!(calls("create", "ok"), 6.0);
    assert!(calls("patch", "ok") >= 12.0, "{said:?}");
    assert_eq!(calls("patch", "refused"), 0.0);
    assert!(
        said.sum("handoff_pass_duration_seconds_count", &[("outcome", "wrote")]) >= Some(10.0),
        "{said:?}"
    );
    assert_eq!(
        said.sum("handoff_pass_duration_seconds_count", &[("outcome", "panicked")]),
        None
    );

    place.kill();
    place.start();
    place.hire("later", "fritz");
    place.shows("later", "Transmitted", "HandedOver");
    let said = settled(&place);
    let more = |mut all: BTreeMap<String, f64>, labels: &str| {
        all.insert(labels.to_owned(), 1.0);
        all
    };
    assert_eq!(
        all(&place, &said, "handoff_orders"),
        more(orders, "Badge Transmitted badge")
    );
    assert_eq!(
        all(&place, &said, "handoff_requests"),
        more(requests, "Transmitted badge")
    );
    for counted in [
        "order_decisions_total",
        "orders_ended_total",
        "requests_ended_total",
        "request_errors_total",
    ] {
        assert_eq!(
            all(&place, &said, &format!("handoff_{counted}")),
            these([]),
            "{counted}"
        );
    }
    assert_eq!(kept(&said, "ProvisioningOrder"), Some(7.0));
}

#[test]
fn what_is_late_is_said_with_its_age() {
    let place = Place::without_operator("metrics-late");
    place.apply("gita", kind("badge", "Badge", &json!({"dueAfter": "1s"})));
    let mut place = place;
    place.start();
    place.hire("hire", "anna");
    place.wait(
        "porder/badge.anna.1",
        ".status.conditions[?(@.type==\"Overdue\")].status",
        "True",
    );
    let said = settled(&place);
    assert_eq!(all(&place, &said, "handoff_orders_overdue"), these([("badge", 1.0)]));
    assert!(
        said.sum("handoff_oldest_transmitted_order_age_seconds", &[("type", "badge")]) >= Some(1.0),
        "{said:?}"
    );
    place.done("hire", "badge.anna.1");
    let said = settled(&place);
    assert_eq!(all(&place, &said, "handoff_orders_overdue"), these([]));
    assert_eq!(
        said.sum("handoff_oldest_transmitted_order_age_seconds", &[("type", "badge")]),
        Some(0.0)
    );
}
