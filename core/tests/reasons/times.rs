//! What waits for a time or for something else, and what becomes of it when a time is over.

use crate::pretend::{Line, badge, badge_with};
use crate::seen::Seen;
use crate::{create, delete, trusting};
use serde_json::{Value, json};

pub const ALL: &[fn(&mut Seen)] = &[
    a_start_to_come,
    a_start_that_is_to_come_again,
    the_owner_lacks_something,
    waits_for_others,
    over_before_anybody_had_it,
    over_before_it_had_an_order,
    over_while_a_person_has_it,
    nobody_answered,
    nobody_answered_in_time,
    over_after_it_was_done,
    over_after_it_was_gone,
];

const BEFORE: &str = "2026-03-20T00:00:00Z";
const END: &str = "2026-04-01T00:00:00Z";

fn until_the_end() -> Value {
    let mut wish = create();
    wish["endTime"] = json!(END);
    wish
}

fn a_start_to_come(seen: &mut Seen) {
    let mut wish = create();
    wish["startTime"] = json!(BEFORE);
    let mut line = Line::new(badge());
    seen.line(line.ask("later", wish));
    seen.line(line.at(BEFORE));
}

/// The clock was set back after it had come, and before anybody had the order.
fn a_start_that_is_to_come_again(seen: &mut Seen) {
    let (field, value) = ("/spec/suspend", json!(true));
    let mut wish = create();
    wish["startTime"] = json!(BEFORE);
    let mut line = Line::new(badge_with(field, value));
    line.ask("later", wish).at(BEFORE);
    line.now = "2026-03-19T00:00:00Z".parse().unwrap();
    line.view = Some(crate::pretend::view(badge()));
    seen.line(line.settle());
}

fn the_owner_lacks_something(seen: &mut Seen) {
    let mut line = Line::new(badge_with("/spec/dependsOn", json!([{"name": "contract"}])));
    seen.line(line.create("hire"));
    line.held.insert(("e1".to_owned(), "contract".to_owned()));
    seen.line(line.settle());
}

fn waits_for_others(seen: &mut Seen) {
    let mut line = Line::new(badge_with("/spec/groupingWindow", json!("1h")));
    seen.line(line.create("hire"));
    seen.line(line.at(BEFORE));
}

fn over_before_anybody_had_it(seen: &mut Seen) {
    let mut line = Line::new(badge_with("/spec/suspend", json!(true)));
    seen.line(line.ask("hire", until_the_end()).at(END));
}

fn over_before_it_had_an_order(seen: &mut Seen) {
    let mut line = Line::new(badge_with("/spec/approval", json!({"steps": 1})));
    seen.line(line.ask("hire", until_the_end()).at(END));
}

fn over_while_a_person_has_it(seen: &mut Seen) {
    let mut line = Line::new(badge());
    seen.line(line.ask("hire", until_the_end()).at(END));
    seen.line(line.decide(1, "Errored"));
}

fn nobody_answered(seen: &mut Seen) {
    let mut line = Line::new(badge_with("/spec/transmittedStateValidity", json!("48h")));
    seen.line(line.create("hire").at(BEFORE));
}

fn nobody_answered_in_time(seen: &mut Seen) {
    let mut line = Line::new(badge_with("/spec/dueAfter", json!("48h")));
    seen.line(line.create("hire").at(BEFORE));
}

fn over_after_it_was_done(seen: &mut Seen) {
    let mut line = Line::new(badge());
    seen.line(line.ask("hire", until_the_end()).decide(1, "Confirmed").at(END));
}

fn over_after_it_was_gone(seen: &mut Seen) {
    let (field, value) = trusting();
    let mut line = Line::new(badge_with(field, value));
    line.ask("hire", until_the_end()).decide(1, "Confirmed");
    line.ask("leave", delete()).decide(2, "Confirmed");
    seen.line(line.at(END));
}
