//! The record is lost and restored with the commands of docs/operations.md: once with everything of Handoff, once where only
//! the objects are lost. What comes back is what there was, and goes on as it would have.
//!
//! Policies and rules are lifted for the whole cluster, so this needs a control plane of its own: `make test` starts it with
//! `handoff-dev with -- cargo test --workspace --features faults --test restore`. It needs jq: without it the test is
//! listed as ignored, and with HANDOFF_REQUIRE_JQ=1 it fails. That is decided at run time, hence a harness of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../needed/mod.rs"]
mod needed;
mod page;
#[path = "../place/mod.rs"]
mod place;
mod record;

use needed::Story;
use page::Commands;
use place::{KINDS, Place};
use record::{make_history, read, the_queue_goes_on};
use serde_json::{Value, json};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

const STORIES: [Story<PathBuf>; 1] = [(
    "a_lost_record_comes_back_with_the_commands_of_the_documentation",
    |_jq| story(),
)];

fn main() -> ExitCode {
    let jq = needed::program("jq", &[], "apt-get install jq");
    needed::run("restore", "HANDOFF_REQUIRE_JQ", &jq, &STORIES, Vec::new())
}

fn story() {
    let mut place = Place::new("restored");
    let commands = Commands::of_the_page();
    make_history(&place);
    place.kill();
    let before = read(&place);

    commands.save();
    let all = "crd,validatingadmissionpolicy,validatingadmissionpolicybinding,mutatingadmissionpolicy,mutatingadmissionpolicybinding";
    everything_goes(&place, all, "crd");
    commands.restore(false);
    goes_on(&mut place, "frank", &before);

    place.kill();
    let before = read(&place);
    commands.save();
    everything_goes(&place, KINDS, "areq");
    commands.restore(true);
    goes_on(&mut place, "grace", &before);
    the_queue_goes_on(&place);
}

fn everything_goes(place: &Place, kinds: &str, one: &str) {
    place
        .run("admin", &["delete", kinds, "--all", "--timeout=60s"])
        .unwrap();
    assert_eq!(place.run("admin", &["get", one, "-o", "name"]).unwrap(), "");
}

/// What came back is what there was, also after an operator went on from it; and nobody can do now what they could not before.
fn goes_on(place: &mut Place, owner: &str, before: &[Value]) {
    same(&read(place), before);
    place.start();
    lets_people_in(place);
    place.hire(&format!("hire-{owner}"), owner);
    place.done(&format!("hire-{owner}"), &format!("badge.{owner}.1"));
    same(&read(place), before);

    let again = place.answer(
        "carol",
        "badge.anna.1",
        json!({"decision": {"result": "Errored", "message": "no"}}),
    );
    let said = again.unwrap_err();
    assert!(said.contains("the decision is final"), "{said}");
    let mut forged = record::request(
        "forged",
        "henry",
        json!({"operation": "Create", "properties": {"zone": "HQ"}}),
    );
    forged["spec"]["requestedBy"] = json!({"username": "bob"});
    let said = place.create("alice", &forged).unwrap_err();
    assert!(said.contains("nobody asks in the name of another"), "{said}");
}

/// Object by object, since the whole is long.
fn same(now: &[Value], before: &[Value]) {
    let names = |all: &[Value]| {
        all.iter()
            .map(|one| one["metadata"]["name"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(now), names(before));
    for (now, before) in now.iter().zip(before) {
        assert_eq!(now, before);
    }
}

/// Until the policies act: the operator has proven it, and names are filled in.
fn lets_people_in(place: &Place) {
    let listens = || TcpStream::connect(("127.0.0.1", place.port)).is_ok();
    let is_ready = || listens() && place.ask_operator("/readyz").starts_with("HTTP/1.1 200");
    let wish = record::request(
        "nobody",
        "nobody",
        json!({"operation": "Create", "properties": {"zone": "HQ"}}),
    );
    let is_stamped =
        || record::would_create(place, &wish, ".spec.requestedBy.username").is_ok_and(|who| who == "alice");
    let mut tries = 0..1200;
    while !(is_ready() && is_stamped()) {
        assert!(tries.next().is_some(), "the policies do not act: see {}", place.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}
