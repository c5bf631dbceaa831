//! The page `docs/states.md` and the tables behind it: complete, spelled well, and what the code says.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use handoff_core::api::ProvisioningState as State;
use handoff_core::api::reason::{self, Kind, Reason};
use handoff_core::api::states_page::{MOVES, page};
use std::collections::BTreeSet;

/// Who can move something on; every sentence of `next` begins with one of them.
const WHO: [&str; 7] = [
    "The operator: ",
    "The fulfiller: ",
    "The reviewer: ",
    "The approver: ",
    "The requester: ",
    "The administrator: ",
    "Nobody: ",
];

/// Reasons that are kept in the list and stand nowhere.
const NOWHERE: [&str; 1] = ["Waiting"];

fn standing() -> impl Iterator<Item = &'static Reason> {
    reason::TABLE.iter().filter(|reason| !NOWHERE.contains(&reason.name))
}

#[test]
fn the_file_is_what_the_code_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/states.md");
    assert_eq!(std::fs::read_to_string(path).unwrap(), page(), "run: make gen");
}

#[test]
fn every_reason_is_in_the_table_once() {
    let names: Vec<_> = reason::TABLE.iter().map(|reason| reason.name).collect();
    assert_eq!(names, reason::ALL);
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    for name in names {
        let camel = name.starts_with(|first: char| first.is_ascii_uppercase())
            && name.chars().all(|letter| letter.is_ascii_alphabetic())
            && name.chars().any(|letter| letter.is_ascii_lowercase());
        assert!(camel, "{name} is not in CamelCase");
    }
}

#[test]
fn every_reason_that_stands_somewhere_has_a_line_of_its_own() {
    let page = page();
    for name in reason::ALL {
        let lines = page
            .lines()
            .filter(|line| line.starts_with(&format!("| {name} |")))
            .count();
        assert_eq!(lines, usize::from(!NOWHERE.contains(name)), "{name}");
    }
}

#[test]
fn every_reason_says_where_it_stands() {
    for Reason {
        name,
        kinds,
        states,
        conditions,
        ..
    } in standing()
    {
        assert!(!kinds.is_empty(), "{name} belongs to no kind");
        assert!(
            !states.is_empty() || !conditions.is_empty() || kinds.contains(&Kind::Snapshot),
            "{name} stands in no state and no condition"
        );
        let stateful = kinds.iter().any(|kind| kind.has_state());
        assert!(
            stateful || states.is_empty(),
            "{name}: only orders and requests have a state"
        );
    }
    let nowhere: Vec<_> = reason::TABLE
        .iter()
        .filter(|reason| reason.kinds.is_empty())
        .map(|reason| reason.name)
        .collect();
    assert_eq!(nowhere, NOWHERE);
}

#[test]
fn an_order_has_no_reason_in_a_state_that_it_never_has() {
    for reason in reason::TABLE
        .iter()
        .filter(|reason| reason.kinds.contains(&Kind::Order))
    {
        // None is what requests show; what is of orders too stands somewhere else as well.
        let none = reason.states == [State::None];
        let of_requests = reason.kinds.contains(&Kind::Request) || !reason.states.contains(&State::None);
        assert!(!none && of_requests, "{}", reason.name);
    }
}

#[test]
fn every_state_has_a_reason() {
    for state in State::ALL {
        assert!(
            reason::TABLE.iter().any(|reason| reason.states.contains(&state)),
            "{state}"
        );
    }
}

#[test]
fn sentences_end_and_name_who_can_move_it_on() {
    for Reason { name, means, next, .. } in reason::TABLE {
        for text in [means, next] {
            assert!(text.ends_with('.') && !text.contains(".."), "{name}: {text}");
            assert!(
                text.starts_with(|first: char| first.is_ascii_uppercase()),
                "{name}: {text}"
            );
            assert!(
                !text.contains(['|', '\n', '<']) && !text.contains("  "),
                "{name}: {text}"
            );
        }
        assert!(
            !means.trim_end_matches('.').contains(". "),
            "{name} means one sentence: {means}"
        );
        for sentence in next.trim_end_matches('.').split(". ") {
            let who = WHO.iter().find(|who| sentence.starts_with(**who));
            let what = sentence
                .strip_prefix(*who.unwrap_or_else(|| panic!("{name}: who? {sentence}")))
                .unwrap();
            assert!(!what.is_empty(), "{name}: {sentence}");
        }
    }
}

#[test]
fn commands_can_be_pasted() {
    for (name, command) in reason::TABLE
        .iter()
        .flat_map(|reason| reason.commands.iter().map(|command| (reason.name, command)))
    {
        assert!(
            command.starts_with("kubectl ") && !command.contains(['|', '`', '\n']),
            "{name}: {command}"
        );
        if let Some((_, patch)) = command.split_once(" -p ") {
            let json = patch
                .strip_prefix('\'')
                .and_then(|patch| patch.strip_suffix('\''))
                .unwrap();
            let patch: serde_json::Value =
                serde_json::from_str(json).unwrap_or_else(|error| panic!("{command}: {error}"));
            assert!(patch["spec"].is_object(), "{command}");
        }
    }
}

#[test]
fn the_labels_cover_the_legal_moves_and_no_others() {
    let legal: BTreeSet<_> = State::ALL
        .into_iter()
        .flat_map(|from| from.next().iter().map(move |to| (from, *to)))
        .collect();
    let labelled: BTreeSet<_> = MOVES.iter().map(|(from, to, _)| (*from, *to)).collect();
    assert_eq!(labelled, legal);
    assert_eq!(MOVES.len(), legal.len(), "a move has two labels");
    assert!(
        State::FIRST
            .iter()
            .all(|first| labelled.contains(&(State::None, *first)))
    );
    for (from, to, why) in MOVES {
        // A colon or semicolon would end the label in the diagram.
        assert!(
            !why.is_empty() && !why.contains([':', ';', '|', '\n']),
            "{from} -> {to}: {why}"
        );
    }
}

#[test]
fn the_diagram_and_the_list_draw_every_move() {
    let page = page();
    for (from, to, why) in MOVES {
        let (drawn, listed) = if *from == State::None {
            ("[*]", "(new)")
        } else {
            (from.as_str(), from.as_str())
        };
        assert!(
            page.contains(&format!("    {drawn} --> {to} : {why}\n")),
            "{from} -> {to}"
        );
        assert!(
            page.contains(&format!("    {listed:<16} -> {to:<16} {why}\n")),
            "{from} -> {to}"
        );
    }
    assert_eq!(page.matches(" : ").count(), MOVES.len());
}

#[test]
fn every_state_has_its_meaning() {
    for state in State::ALL {
        let row = page()
            .lines()
            .find(|line| line.starts_with(&format!("| {state} |")))
            .map(str::to_owned)
            .unwrap();
        let meaning = row.split('|').nth(2).unwrap().trim();
        assert!(meaning.ends_with('.') && meaning.len() > 15, "{row}");
    }
}
