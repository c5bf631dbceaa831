//! GitOps on a real API server: what kstatus, Argo CD and Flux say of objects in every state, each by its own code and by
//! the files that people copy from `samples/gitops`; that nothing changes when types are applied again; and that a wrong
//! type is found before it is merged.
//!
//! Needs a control plane and gitops-health: `make test` starts and builds them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../crowd/mod.rs"]
mod crowd;
mod files;
mod health;
#[path = "../place/mod.rs"]
mod place;
mod scenes;
mod table;
mod twice;
mod wrong;

use health::{Said, health};
use place::Place;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Compares every object with the table of docs/gitops.md. Answers which lines of the table it saw, and on what kind.
fn compare(objects: &[Value]) -> BTreeSet<(usize, String)> {
    let lines = table::read();
    let mut seen = BTreeSet::new();
    for (object, said) in objects.iter().zip(health(objects)) {
        let name = format!("{} {}", said.kind, object["metadata"]["name"].as_str().unwrap());
        let found = lines.iter().enumerate().find(|(_, line)| line.is_about(object));
        let (number, line) = found.unwrap_or_else(|| panic!("no line for {name}: {:#}", object["status"]));
        let all = [said.kstatus, said.argocd, said.flux].map(|Said { status, .. }| status);
        assert_eq!(all, line.says, "{name} {:#}", object["status"]);
        seen.insert((number, said.kind));
    }
    seen
}

#[test]
fn each_tool_says_what_the_documentation_says_in_every_state() {
    let mut place = scenes::place("gitops-states");
    scenes::play(&place);
    let settled = place.everything();
    let mut seen = compare(&settled);
    // Whoever waits for a whole namespace has to get an answer: the operator has read everything that it had to.
    for object in &settled {
        let (read, is) = (
            &object["status"]["observedGeneration"],
            &object["metadata"]["generation"],
        );
        assert!(read == is || object["kind"] == "ManagedResource", "{object:#}");
    }
    assert_message(&settled);

    place.kill();
    scenes::edit(&place);
    seen.extend(compare(&place.everything()));
    let unread = Place::without_operator("gitops-unread");
    scenes::unread(&unread, &settled);
    seen.extend(compare(&unread.everything()));

    let lines = table::read();
    let all = lines.iter().enumerate();
    let all = all.flat_map(|(number, line)| line.kinds().map(move |kind| (number, kind.to_owned())));
    let missing: Vec<_> = all.filter(|line| !seen.contains(line)).collect();
    assert!(missing.is_empty(), "nothing was brought about for {missing:?}");
}

/// What people read in the tools is the object's own message, which says what to do.
fn assert_message(objects: &[Value]) {
    let waiting = objects
        .iter()
        .find(|object| object["metadata"]["name"] == "badge.failed.1")
        .unwrap();
    let said = health(std::slice::from_ref(waiting)).remove(0);
    let message = waiting["status"]["message"].as_str().unwrap();
    assert_eq!(said.kstatus.message, message);
    assert_eq!(said.argocd.message, format!("Errored, ReportedByPerson: {message}"));
    assert!(message.contains("no printer for badge.failed.1"), "{message}");
}

#[test]
fn the_documented_command_says_the_same() {
    let docs = files::read("docs/gitops.md");
    let command = docs.lines().find(|line| line.contains("gitops-health"));
    let command = command.expect("docs/gitops.md shows the program");
    for argument in health::ARGUMENTS {
        assert!(command.contains(argument), "{argument} is not in: {command}");
    }
    // And a kind that no file speaks of has no health of its own in Argo CD, and is Current to the others.
    let other = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}});
    let said = health(&[other]).remove(0);
    let all = [said.kstatus, said.argocd, said.flux].map(|said| said.status);
    assert_eq!(all, ["Current", "", "Current"]);
}
