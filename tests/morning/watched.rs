//! A table that is watched stays in its place on a terminal, and leaves the terminal as it was.

use crate::place::Place;
use crate::script::{desk, folder};
use serde_json::json;

pub fn in_its_place() {
    let place = Place::new("morning-watched");
    place.hire("anna", "anna");
    place.wait("porder/badge.anna.1", ".status.state", "Transmitted");
    let folder = folder("watched");
    let bob = desk(&place, &folder, "bob");
    bob.types("echo before");
    bob.begins("kubectl handoff work badge --watch");
    let once = |text: &str, words: &str| text.matches(words).count() == 1;
    bob.shows("the first order", |text| {
        once(text, "ORDER ") && once(text, "badge.anna.1")
    });

    place.hire("ben", "ben");
    bob.shows("two orders under one head", |text| {
        once(text, "ORDER ") && once(text, "badge.anna.1") && once(text, "badge.ben.1")
    });
    let mine = json!({"assignee": {"username": "bob"}});
    place.answer("bob", "badge.ben.1", mine).unwrap();
    bob.shows("who has it", |text| {
        let line = |line: &str| line.starts_with("badge.ben.1") && line.contains(" bob ");
        text.lines().any(line) && once(text, "badge.ben.1")
    });
    for order in ["badge.anna.1", "badge.ben.1"] {
        place
            .answer("bob", order, json!({"decision": {"result": "Confirmed"}}))
            .unwrap();
    }
    // What is shorter now leaves nothing of what was longer.
    bob.shows("an empty list", |text| {
        text.contains("Nothing waits of badge") && !text.contains("ORDER ") && !text.contains("badge.anna.1")
    });

    bob.interrupts();
    bob.types("echo after");
    bob.shows("the prompt below it", |text| {
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let place = |words: &str| lines.iter().position(|line| *line == words);
        place("before") < place("after") && place("before").is_some()
    });
    // Long lines are broken again: the terminal is as it was.
    bob.types(&format!("echo {}", "x".repeat(300)));
    bob.shows("a whole long line", |text| text.contains(&"x".repeat(300)));
    std::fs::remove_dir_all(folder).unwrap();
}
