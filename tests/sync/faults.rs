//! A bad network, somebody who writes at the same time, and one entry that cannot be written.

use crate::hall::{Hall, MAPPED, entry, said};
use crate::proxy::{Call, Fault, Kind, Proxy};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

fn through(hall: &Hall, proxy: &Proxy, file: &str, more: &[&str]) -> crate::hall::Said {
    let kubeconfig = proxy.kubeconfig_of("ivan");
    let args = [MAPPED, &["--taken-at", "2026-03-02T02:00:00Z"], more].concat();
    let mut command = hall.command("operator", file, &args);
    command.env("KUBECONFIG", kubeconfig);
    said(command)
}

/// One fault of the first call of a kind.
fn once(method: &'static str, object: &'static str, fault: Fault) -> impl Fn(&Call) -> Option<Fault> {
    move |call| (call.method == method && call.object.as_deref() == Some(object) && call.before == 0).then_some(fault)
}

#[test]
fn through_a_bad_network_every_difference_is_written() {
    let hall = Hall::new("sync-network");
    let logins: Vec<String> = (0..200).map(|number| format!("u{number:03}")).collect();
    let rows = |from: usize, zone: &'static str| -> Vec<(&str, &str, &str, &str)> {
        logins[from..from + 100]
            .iter()
            .map(|login| (login.as_str(), "", zone, ""))
            .collect()
    };
    hall.export("1.csv", &rows(0, "HQ"));
    hall.day(1, "1.csv", &[]).done();
    hall.export("2.csv", &rows(30, "LAB"));
    let runtime = Runtime::new().unwrap();
    let proxy = runtime.block_on(Proxy::seeded("sync-network", 11));
    let said = through(&hall, &proxy, "2.csv", &["--parallel", "32"]);
    assert!(
        said.done().contains("created 30, updated 70, deleted 30"),
        "{}",
        said.out
    );
    let injected = proxy.injected();
    assert!(injected.len() >= 5, "{injected:?}");
    let expected: Vec<_> = logins[30..130].iter().map(|login| format!("{login} - LAB ")).collect();
    assert_eq!(hall.inventory(), expected);
    assert_eq!(hall.objects("sync").len(), 2);
}

#[test]
fn a_write_whose_answer_was_lost_counts_once() {
    let hall = Hall::new("sync-lost");
    hall.export("1.csv", &[("ben", "", "HQ", ""), ("carl", "", "HQ", "")]);
    hall.day(1, "1.csv", &[]).done();
    hall.export("2.csv", &[("anna", "", "HQ", ""), ("ben", "", "LAB", "")]);
    let runtime = Runtime::new().unwrap();
    let lose = Fault::LoseAnswer { code: Some(500) };
    let proxy = runtime.block_on(Proxy::start("sync-lost", move |call: &Call| {
        let write = matches!(call.method.as_str(), "POST" | "PUT" | "DELETE");
        (write && call.before == 0).then_some(lose)
    }));
    let said = through(&hall, &proxy, "2.csv", &[]);
    assert!(said.done().contains("created 1, updated 1, deleted 1"), "{}", said.out);
    assert_eq!(proxy.injected()[&Kind::AnswerLost], 4);
    assert_eq!(hall.inventory(), ["anna - HQ ", "ben - LAB "]);
    assert_eq!(hall.objects("sync").len(), 2);
}

#[test]
fn an_entry_that_changed_meanwhile_is_read_again() {
    let hall = Hall::new("sync-conflict");
    hall.export("1.csv", &[("anna", "", "HQ", "")]);
    hall.day(1, "1.csv", &[]).done();
    hall.export("2.csv", &[("anna", "", "LAB", "")]);
    let runtime = Runtime::new().unwrap();
    let proxy = runtime.block_on(Proxy::start(
        "sync-conflict",
        once("PUT", "badge.anna", Fault::Refuse(409)),
    ));
    through(&hall, &proxy, "2.csv", &[]).done();
    assert_eq!(proxy.injected()[&Kind::Refused(409)], 1);
    assert_eq!(hall.inventory(), ["anna - LAB "]);
}

#[test]
fn without_every_write_there_is_no_synchronization() {
    let hall = Hall::new("sync-partly");
    hall.export("1.csv", &[("anna", "", "HQ", ""), ("ben", "", "HQ", "")]);
    // Its name is that of anna's badge, but it is a resource of another type.
    let foreign = json!({"resourceTypeRef": {"name": "laptop"}, "identifier": "anna", "source": "Synchronized", "observedAt": "2026-02-01T00:00:00Z"});
    hall.place.apply("ivan", entry("anna", &foreign));
    let said = hall.day(1, "1.csv", &["-o", "json"]);
    said.failed(
        1,
        &[
            "1 of 2 writes failed, so there is no Synchronization",
            "badge.anna: its name is held by a resource of the type laptop",
        ],
    );
    let summary: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        (&summary["created"], &summary["synchronization"]),
        (&json!(1), &Value::Null)
    );
    assert!(hall.objects("sync").is_empty());

    hall.place.run("ivan", &["delete", "mres", "badge.anna"]).unwrap();
    hall.day(1, "1.csv", &[]).done();
    assert_eq!(hall.inventory(), ["anna - HQ ", "ben - HQ "]);
    assert_eq!(hall.objects("sync").len(), 1);
}

#[test]
fn a_refusal_is_said_as_it_is() {
    let hall = Hall::new("sync-refused");
    hall.export("1.csv", &[("anna", "", "HQ", "")]);
    let runtime = Runtime::new().unwrap();
    let proxy = runtime.block_on(Proxy::start("sync-refused", |call: &Call| {
        (call.method == "POST").then_some(Fault::Refuse(403))
    }));
    through(&hall, &proxy, "1.csv", &[]).failed(
        1,
        &[
            "badge.anna: a fault on purpose: Forbidden",
            "there is no Synchronization",
        ],
    );
}
