//! Two operators share a lease, people work, some things go wrong, and a Prometheus reads both operators: whatever dashboard and
//! alerts ask finds something there.

use super::place::{Place, badge};
use super::prometheus::{Programs, Prometheus, Sample, Target};
use super::proxy::{Call, Fault};
use super::replica::record::Record;
use super::replica::{Replica, Start};
use super::{alerts, dashboard, runbooks, state_metrics};
use jiff::{Timestamp, ToSpan};
use regex::Regex;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// The first pass of one line panics. The leader stays the same, however slow the machine is.
const START: Start = Start {
    terms: [60, 40, 2],
    environment: &[
        ("HANDOFF_FAULT_PANIC", "badge/panics1"),
        ("HANDOFF_FAULT_PANIC_PAUSE_MS", "200"),
    ],
};

/// What happens in the sample run shows in these.
const SHOWN: [&str; 7] = [
    "HandoffApiCallsRefused",
    "HandoffDecisionUntrusted",
    "HandoffOrdersOverdue",
    "HandoffOrdersRefuted",
    "HandoffPassPanicked",
    "HandoffPassesRefused",
    "HandoffRequestsInError",
];
/// None of these is so.
const NOT_SHOWN: [&str; 6] = [
    "HandoffAbsent",
    "HandoffNoLeader",
    "HandoffOldestOrderWaiting",
    "HandoffQueueStuck",
    "HandoffSeveralLeaders",
    "HandoffUnreadableOrders",
];

/// The operator is told that there are no policies.
fn without_policies(call: &Call) -> Option<Fault> {
    let asks = call.method == "GET" && !call.watch && call.path.contains("/validatingadmissionpolicies/");
    asks.then_some(Fault::Refuse(404))
}

/// The first status of some orders is refused, not written, or throttled.
fn a_bad_day(call: &Call) -> Option<Fault> {
    let order = call
        .object
        .as_deref()
        .filter(|_| call.method == "PATCH" && call.before == 0)?;
    let faults = [("badge.refused", 403), ("badge.broken", 500), ("badge.throttled", 429)];
    let fault = faults.iter().find(|(start, _)| order.starts_with(start));
    fault.map(|(_, code)| Fault::Refuse(*code))
}

fn kind(name: &str, entity: &str, more: Value) -> Value {
    let mut kind = badge();
    kind["metadata"]["name"] = name.into();
    kind["spec"]["targetEntityType"] = entity.into();
    let spec = kind["spec"].as_object_mut().unwrap();
    spec.extend(more.as_object().unwrap().clone());
    kind
}

fn types(place: &Place) {
    place.apply(
        "gita",
        kind("badge", "Badge", json!({"verification": {"mode": "Inventory"}})),
    );
    place.apply("gita", kind("laptop", "Laptop", json!({"dueAfter": "1s"})));
    place.apply(
        "gita",
        kind("vault", "Vault", json!({"provisioningReview": {"required": true}})),
    );
    let trusted = json!({"provisioningConnection": {"package": "ManualTicketAndResources"}});
    place.apply("gita", kind("token", "Token", trusted));
}

fn ask(place: &Place, kind: &str, owner: &str) {
    let wish = json!({"operation": "Create", "resourceTypeRef": {"name": kind}, "properties": {"zone": "HQ"}});
    place.ask(&format!("{kind}-{owner}"), owner, wish);
}

/// A day of a team; its number is in the names. Everything happens twice, since an increase has a before.
fn day(place: &Place, day: i64) {
    let [seen, forgotten, fails] = ["seen", "forgotten", "fails"].map(|owner| format!("{owner}{day}"));
    for owner in [&seen, &forgotten, &fails] {
        place.hire(owner, owner);
    }
    for owner in ["panics", "refused", "broken", "throttled", "waits"] {
        let owner = format!("{owner}{day}");
        place.hire(&owner, &owner);
    }
    for (kind, owner) in [
        ("vault", "anna"),
        ("laptop", "anna"),
        ("token", "anna"),
        ("spaceship", "anna"),
    ] {
        ask(place, kind, &format!("{owner}{day}"));
    }
    for owner in [&seen, &forgotten] {
        let order = format!("badge.{owner}.1");
        place.wait(&format!("porder/{order}"), ".status.state", "Transmitted");
        place
            .answer("bob", &order, json!({"assignee": {"username": "bob"}}))
            .unwrap();
        place.confirm(&order);
        place.shows(owner, "Executed", "Confirmed");
    }
    place.fail(&format!("badge.{fails}.1"));
    place.confirm(&format!("token.anna{day}.1"));
    place.shows(&format!("token-anna{day}"), "Verified", "Trusted");
    place.shows(&format!("vault-anna{day}"), "AwaitingApproval", "ReviewRequired");
    place.shows(&format!("spaceship-anna{day}"), "Error", "ResourceTypeNotFound");
    let overdue = ".status.conditions[?(@.type==\"Overdue\")].status";
    place.wait(&format!("porder/laptop.anna{day}.1"), overdue, "True");
    export(place, day, &seen);
    place.shows(&seen, "Verified", "Observed");
    place.shows(&forgotten, "Errored", "Refuted");
}

/// The managed system a second after the last answer: of two that were confirmed each day only one was done.
fn export(place: &Place, day: i64, seen: &str) {
    let claimed = place.read(&format!("porder/badge.forgotten{day}.1"), ".status.executedAt");
    let taken = claimed.parse::<Timestamp>().unwrap().checked_add(1.second()).unwrap();
    let taken = taken.to_string();
    let entry = json!({"resourceTypeRef": {"name": "badge"}, "identifier": seen, "owner": {"id": seen},
        "properties": {"zone": "HQ"}, "source": "Synchronized", "observedAt": taken});
    let snapshot = json!({"resourceTypeRef": {"name": "badge"}, "takenAt": taken, "complete": true, "count": day});
    for (kind, name, spec) in [
        ("ManagedResource", format!("badge.{seen}"), entry),
        ("Synchronization", format!("day-{day}"), snapshot),
    ] {
        let object =
            json!({"apiVersion": "handoff.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec});
        place.apply("ivan", object);
    }
}

/// Somebody answers while the operators believe that nobody checks who it is.
fn forged(place: &Place, prometheus: &Prometheus, replicas: &[Replica; 2]) {
    prometheus.until_is("sum(handoff_leader)", 1.0);
    prometheus.until_is("max(handoff_policies_in_force)", 0.0);
    let decision = json!({"decision": {"result": "Confirmed"}});
    place.answer("bob", "badge.forged.1", decision).unwrap();
    let doubted = ".status.conditions[?(@.type==\"DecisionUntrusted\")].status";
    place.wait("porder/badge.forged.1", doubted, "True");
    replicas.iter().for_each(|replica| replica.meets(a_bad_day));
    place.wait("porder/badge.forged.1", ".status.reason", "DecisionUntrusted");
    prometheus.until_is("min(handoff_policies_in_force)", 1.0);
}

pub fn every_expression_finds_something(programs: Programs) {
    let _turn = super::turn();
    let mut place = Place::without_operator("monitoring");
    types(&place);
    place.start();
    place.hire("forged", "forged");
    place.wait("porder/badge.forged.1", ".status.state", "Transmitted");
    place.kill();
    let runtime = Runtime::new().unwrap();
    let replicas = runtime.block_on(async {
        let record = Arc::new(Record::default());
        let mut replicas = Vec::new();
        for letter in ["a", "b"] {
            let replica = Replica::start_as(START, &place, letter, &record).await;
            replica.meets(without_policies);
            replicas.push(replica);
        }
        <[Replica; 2]>::try_from(replicas).ok().unwrap()
    });
    let targets = [&replicas[0], &replicas[1]].map(|replica| Target {
        pod: format!("handoff-{}", replica.process),
        port: replica.port(),
    });
    let prometheus = Prometheus::start(&programs, "sample", "1s", &targets);
    forged(&place, &prometheus, &replicas);
    for number in [1, 2] {
        day(&place, number);
        let proven = "sum(handoff_orders_ended_total{reason=\"Observed\"})";
        prometheus.until_is(proven, f64::from(i32::try_from(number).unwrap()));
    }
    dashboard_shows(&prometheus, &place.namespace);
    alerts_look_at_something(&prometheus);
    alerts_are_said(&prometheus);
    both_are_read(&prometheus);
    replicas
        .iter()
        .for_each(|replica| promtool_finds_no_fault(&programs, replica));
    runbooks::commands_are_taken(&place, "badge.forgotten1.1", "spaceship-anna1");
    state_metrics::paths_lead_somewhere(&place);
}

fn finds(found: &[Sample]) -> bool {
    found.iter().any(|sample| sample.value.is_finite())
}

fn dashboard_shows(prometheus: &Prometheus, namespace: &str) {
    let expressions = dashboard::expressions();
    assert!(expressions.len() > 25, "{}", expressions.len());
    let variables = dashboard::variables()
        .into_iter()
        .map(|query| ("a variable".to_owned(), query));
    for (title, expression) in expressions.into_iter().chain(variables) {
        let asked = expression
            .replace("$namespace", namespace)
            .replace("$type", "badge")
            .replace("$__rate_interval", "5m")
            .replace("$__range", "10m");
        assert!(!asked.contains('$'), "{title}: {asked}");
        prometheus.until(&format!("{title}: {asked}"), |prometheus| {
            finds(&prometheus.query(&asked)).then_some(())
        });
    }
}

/// Every series that a rule looks at is one that there is.
fn alerts_look_at_something(prometheus: &Prometheus) {
    let selector = Regex::new(r"[a-z_:]*handoff_[a-z0-9_:]+(\{[^}]*\})?").unwrap();
    let expressions = alerts::expressions();
    let all = expressions.iter().flat_map(|expression| selector.find_iter(expression));
    let selectors: BTreeSet<&str> = all.map(|found| found.as_str()).collect();
    assert!(selectors.len() >= 15, "{selectors:#?}");
    for selector in selectors {
        prometheus.until(selector, |prometheus| finds(&prometheus.query(selector)).then_some(()));
    }
}

/// What went wrong is pending or fires, in words that are filled in; nothing else is.
fn alerts_are_said(prometheus: &Prometheus) {
    let name = |alert: &Value| alert["labels"]["alertname"].as_str().unwrap().to_owned();
    let alerts = prometheus.until("the alerts", |prometheus| {
        let alerts = prometheus.alerts();
        let names: BTreeSet<String> = alerts.iter().map(name).collect();
        SHOWN.iter().all(|shown| names.contains(*shown)).then_some(alerts)
    });
    for alert in &alerts {
        let name = name(alert);
        assert!(!NOT_SHOWN.contains(&name.as_str()), "{alert}");
        for text in ["summary", "description"].map(|text| alert["annotations"][text].as_str().unwrap()) {
            assert!(
                !text.contains("{{") && !text.contains("<no value>") && !text.contains("<error"),
                "{text}"
            );
        }
    }
    let overdue = alerts
        .iter()
        .find(|alert| name(alert) == "HandoffOrdersOverdue")
        .unwrap();
    let said = overdue["annotations"]["description"].as_str().unwrap();
    assert!(said.contains("monitoring/laptop"), "{said}");
}

/// Of both the format is understood, and what is of the cluster is said once.
fn both_are_read(prometheus: &Prometheus) {
    assert_eq!(prometheus.value("sum(up{job=\"handoff-system/handoff\"})"), Some(2.0));
    assert_eq!(prometheus.value("count(handoff_leader)"), Some(2.0));
    let of_one = "count(count by (instance) (handoff_orders))";
    assert_eq!(prometheus.value(of_one), Some(1.0));
    let waiting = "sum(handoff_orders{state=\"AwaitingApproval\"})";
    assert_eq!(prometheus.value(waiting), Some(2.0));
}

/// Names, units and texts are as they should be. promtool reads the older format, where a counter has its whole name everywhere.
fn promtool_finds_no_fault(programs: &Programs, replica: &Replica) {
    let answer = replica.says("/metrics");
    let (_, text) = answer.split_once("\r\n\r\n").unwrap();
    let counter = |line: &str| Some(line.strip_prefix("# TYPE ")?.strip_suffix(" counter")?.to_owned());
    let mut older = text.to_owned();
    for name in text.lines().filter_map(counter) {
        for what in ["HELP", "TYPE"] {
            older = older.replace(&format!("# {what} {name} "), &format!("# {what} {name}_total "));
        }
    }
    let said = programs.promtool_reads(&["check", "metrics"], &older);
    assert_eq!(said.as_deref(), Ok(""), "{said:?}");
}
