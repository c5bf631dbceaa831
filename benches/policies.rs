//! What the admission policies cost: the same writes in two namespaces of one API server, in alternating rounds; the
//! bindings leave one of the two namespaces out. Only loopback, and it ends by itself.
//!
//! Needs a control plane of its own: `make bench` starts one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    dead_code
)]
#![allow(clippy::disallowed_methods, reason = "this is about time")]

#[path = "../tests/rights/cluster.rs"]
mod cluster;

use cluster::{API, call, eventually, path_in};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const JSON: &str = "application/json";
const MERGE: &str = "application/merge-patch+json";
const BARE: &str = "bench-without";
const RULED: &str = "bench-with";
/// Types per namespace: a new request is compared with each of them.
const TYPES: usize = 20;
const ROUNDS: usize = 15;
const WRITES: usize = 16;
const WORKERS: [usize; 2] = [1, 8];

/// What is written, in the order of an order's life.
#[derive(Clone, Copy)]
enum Write {
    Request,
    Order,
    HandOver,
    Decision,
}

const ALL: [Write; 4] = [Write::Request, Write::Order, Write::HandOver, Write::Decision];

impl Write {
    fn title(self) -> &'static str {
        match self {
            Self::Request => "create a request",
            Self::Order => "create an order",
            Self::HandOver => "patch a status",
            Self::Decision => "patch a decision",
        }
    }

    fn run(self, namespace: &str, number: &str) {
        let order = path_in(namespace, "provisioningorders", &format!("badge.{number}.1"));
        let answer = match self {
            Self::Request => call(
                "alice",
                "POST",
                &path_in(namespace, "assignmentrequests", ""),
                JSON,
                &request(number),
            ),
            Self::Order => call(
                "operator",
                "POST",
                &path_in(namespace, "provisioningorders", ""),
                JSON,
                &new_order(number),
            ),
            Self::HandOver => call(
                "operator",
                "PATCH",
                &format!("{order}/status"),
                MERGE,
                &json!({"status": {"state": "Transmitted"}}),
            ),
            Self::Decision => call(
                "bob",
                "PATCH",
                &order,
                MERGE,
                &json!({"spec": {"decision": {"result": "Confirmed"}}}),
            ),
        };
        answer.unwrap();
    }
}

fn main() {
    prepare();
    println!(
        "median of {ROUNDS} rounds of {WRITES} writes, milliseconds per write, {TYPES} ResourceTypes per namespace\n"
    );
    println!(
        "{:<18} {:>9} {:>9} {:>9} {:>7}   ratio of single rounds",
        "write", "in flight", "without", "with", "ratio"
    );
    for workers in WORKERS {
        // A first round warms up connections and caches, and is not counted.
        let rounds: Vec<[[Duration; 2]; 4]> = (0..=ROUNDS).map(|round| one_round(workers, round)).skip(1).collect();
        for (at, write) in ALL.into_iter().enumerate() {
            report(
                write,
                workers,
                &rounds.iter().map(|round| round[at]).collect::<Vec<_>>(),
            );
        }
    }
}

/// Each write in both namespaces, whose order changes from round to round.
fn one_round(workers: usize, round: usize) -> [[Duration; 2]; 4] {
    ALL.map(|write| {
        let mut times = [Duration::ZERO; 2];
        let order = if round.is_multiple_of(2) { [0, 1] } else { [1, 0] };
        for side in order {
            times[side] = batch(write, [BARE, RULED][side], workers, round);
        }
        times
    })
}

fn batch(write: Write, namespace: &str, workers: usize, round: usize) -> Duration {
    let started = Instant::now();
    std::thread::scope(|scope| {
        for worker in 0..workers {
            scope.spawn(move || {
                for number in (worker..WRITES).step_by(workers) {
                    write.run(namespace, &format!("w{workers}-{round}-{number}"));
                }
            });
        }
    });
    started.elapsed() / u32::try_from(WRITES).unwrap()
}

fn report(write: Write, workers: usize, rounds: &[[Duration; 2]]) {
    let milliseconds = |side: usize| median(rounds.iter().map(|times| times[side].as_secs_f64() * 1e3));
    let ratio = |times: &[Duration; 2]| times[1].as_secs_f64() / times[0].as_secs_f64();
    let mut ratios: Vec<f64> = rounds.iter().map(ratio).collect();
    ratios.sort_by(f64::total_cmp);
    println!(
        "{:<18} {workers:>9} {:>9.2} {:>9.2} {:>7.2}   {:.2} to {:.2}",
        write.title(),
        milliseconds(0),
        milliseconds(1),
        milliseconds(1) / milliseconds(0),
        ratios[0],
        ratios[ratios.len() - 1],
    );
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Two namespaces with the same types; the policies leave one of them alone.
fn prepare() {
    for namespace in [BARE, RULED] {
        let object = json!({"metadata": {"name": namespace, "labels": {"bench": namespace}}});
        call("admin", "POST", "/api/v1/namespaces", JSON, &object)
            .expect("make bench starts a control plane of its own");
        for number in 0..TYPES {
            let name = if number == 0 {
                "badge".to_owned()
            } else {
                format!("type-{number}")
            };
            let properties = json!([{"name": "zone", "type": "String"}, {"name": "pin", "type": "Secret"}]);
            let object = json!({
                "apiVersion": API, "kind": "ResourceType", "metadata": {"name": name},
                "spec": {"provisioningConnection": {"package": "ManualTicket"}, "properties": properties},
            });
            call("gita", "POST", &path_in(namespace, "resourcetypes", ""), JSON, &object).unwrap();
        }
    }
    let only = json!({"matchExpressions": [{"key": "bench", "operator": "NotIn", "values": [BARE]}]});
    let change = json!({"spec": {"matchResources": {"namespaceSelector": only}}});
    for kind in ["validatingadmissionpolicybindings", "mutatingadmissionpolicybindings"] {
        let all = format!("/apis/admissionregistration.k8s.io/v1/{kind}");
        let bindings = call("admin", "GET", &all, JSON, &Value::Null).unwrap();
        for binding in bindings["items"].as_array().unwrap() {
            let name = binding["metadata"]["name"].as_str().unwrap();
            call("admin", "PATCH", &format!("{all}/{name}"), MERGE, &change).unwrap();
        }
    }
    // Neither stamped, nor compared with its type, nor refused for what it claims.
    let mut wrong = request("wrong");
    wrong["spec"]["properties"]["colour"] = "red".into();
    let answer = |namespace: &str, object: &Value| {
        call(
            "alice",
            "POST",
            &(path_in(namespace, "assignmentrequests", "") + "?dryRun=All"),
            JSON,
            object,
        )
    };
    let stamped = |namespace: &str| {
        let stored = answer(namespace, &request("plain"));
        stored.is_ok_and(|stored| stored["spec"].get("requestedBy").is_some())
    };
    eventually("the policies leave one namespace alone", || {
        answer(BARE, &wrong).is_ok() && !stamped(BARE)
    });
    eventually("the policies act in the other", || {
        answer(RULED, &wrong).is_err() && stamped(RULED)
    });
}

fn request(number: &str) -> Value {
    json!({
        "apiVersion": API, "kind": "AssignmentRequest", "metadata": {"name": format!("wish-{number}")},
        "spec": {
            "resourceTypeRef": {"name": "badge"}, "operation": "Create", "owner": {"id": "e1"},
            "properties": {"zone": "A"}, "justification": "It is measured",
        },
    })
}

fn new_order(number: &str) -> Value {
    json!({
        "apiVersion": API, "kind": "ProvisioningOrder", "metadata": {"name": format!("badge.{number}.1")},
        "spec": {
            "resourceTypeRef": {"name": "badge"}, "operation": "Create", "resource": {"identifier": number},
            "sequence": 1, "attempt": 1, "requesters": ["alice"], "owner": {"id": "e1", "username": "erin"},
            "changes": [{"property": "zone", "type": "String", "proposed": ["A"]}],
            "desired": {"exists": true, "properties": {"zone": "A"}},
            "ticket": {"title": "Create", "instructions": "Create it."},
            "policy": policy(),
        },
    })
}

/// What an order's type says where nothing special is meant.
fn policy() -> Value {
    serde_json::from_str(include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/order-policy.json"
    )))
    .unwrap()
}
