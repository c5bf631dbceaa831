//! A bad network, and what was not meant.

use crate::handed_over;
use crate::place::Place;
use crate::proxy::{Call, Fault, Kind, Proxy};
use crate::terminal::Terminal;
use serde_json::json;
use std::process::Output;
use tokio::runtime::Runtime;

fn through(place: &Place, proxy: &Proxy, args: &[&str]) -> Output {
    let mut command = Terminal::new(place).command("operator", args);
    command.env("KUBECONFIG", proxy.kubeconfig_of("bob")).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn through_a_bad_network_every_order_is_confirmed_once() {
    let place = Place::new("answers-network");
    let owners: Vec<String> = (0..60).map(|number| format!("p{number}")).collect();
    let all: Vec<&str> = owners.iter().map(String::as_str).collect();
    handed_over(&place, &all);
    let runtime = Runtime::new().unwrap();
    let proxy = runtime.block_on(Proxy::seeded("answers-network", 7));
    let output = through(&place, &proxy, &["confirm", "--all", "--yes", "--parallel", "16"]);
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("60 confirmed of 60 orders"), "{said}");
    let injected = proxy.injected();
    assert!(injected.len() >= 4, "{injected:?}");
    for owner in all {
        place.shows(owner, "Executed", "Confirmed");
    }
}

/// The write went through, and its answer did not: that is no confirmation of somebody else.
#[test]
fn an_answer_that_is_lost_is_found() {
    let place = Place::new("answers-lost");
    handed_over(&place, &["anna", "ben"]);
    let runtime = Runtime::new().unwrap();
    let lose = |call: &Call| {
        let first = call.method == "PATCH" && call.before == 0;
        first.then_some(Fault::LoseAnswer { code: None })
    };
    let proxy = runtime.block_on(Proxy::start("answers-lost", lose));
    let output = through(&place, &proxy, &["confirm", "badge.anna.1"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stdout),
        "provisioningorder.handoff.dev/badge.anna.1 confirmed\n"
    );
    let output = through(&place, &proxy, &["claim", "badge.ben.1"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stdout),
        "provisioningorder.handoff.dev/badge.ben.1 claimed\n"
    );
    assert_eq!(proxy.injected()[&Kind::AnswerLost], 2);
}

/// Carol takes an order while bob gives out all that nobody has: it stays hers.
#[test]
fn what_was_searched_and_changed_meanwhile_is_left_alone() {
    let place = Place::new("answers-meanwhile");
    handed_over(&place, &["anna", "ben"]);
    let runtime = Runtime::new().unwrap();
    // The order is written between bob's look and his write.
    let config = place.namespace.clone();
    let proxy = runtime.block_on(Proxy::start("answers-meanwhile", move |call: &Call| {
        if call.method == "PATCH" && call.object.as_deref() == Some("badge.anna.1") && call.before == 0 {
            let mine = json!({"spec": {"assignee": {"username": "carol"}}}).to_string();
            let mut kubectl = std::process::Command::new(std::env::var("KUBECTL").unwrap());
            kubectl.args(["--context", "carol", "-n", &config, "patch", "porder", "badge.anna.1"]);
            assert!(kubectl.args(["--type=merge", "-p", &mine]).status().unwrap().success());
        }
        None
    }));
    let output = through(&place, &proxy, &["confirm", "--unclaimed", "--yes"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("is none of those any more that were searched"), "{said}");
    place.shows("ben", "Executed", "Confirmed");
    assert_eq!(place.read("porder/badge.anna.1", ".status.state"), "Transmitted");
}

#[test]
fn a_variable_that_is_not_set_does_not_mean_all() {
    let place = Place::new("answers-empty");
    handed_over(&place, &["anna"]);
    let terminal = Terminal::new(&place);
    for filter in ["-l", "--field-selector", "--type", "--owner", "--entity-type"] {
        let output = terminal
            .command("bob", &["confirm", filter, "", "--yes"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{filter}: {}", text(&output.stdout));
    }
    assert_eq!(place.read("porder/badge.anna.1", ".status.state"), "Transmitted");
}
