//! Wishes that are taken back: before anybody had the work, while a person has it, and after it was done.

use crate::pretend::{Line, badge, badge_with};
use crate::seen::Seen;
use crate::{create, delete, move_to, trusting};
use serde_json::json;

pub const ALL: &[fn(&mut Seen)] = &[
    taken_back_while_approvers_think,
    taken_back_before_anybody_had_it,
    taken_back_while_a_person_has_it,
    taken_back_too_late,
    taken_back_by_one_of_two,
    deleted_before_anybody_had_it,
    deleted_while_a_person_has_it,
];

fn taken_back_while_approvers_think(seen: &mut Seen) {
    let mut line = Line::new(badge_with("/spec/approval", json!({"steps": 1})));
    seen.line(line.create("hire").cancel(1));
}

fn taken_back_before_anybody_had_it(seen: &mut Seen) {
    let mut line = Line::new(badge_with("/spec/suspend", json!(true)));
    seen.line(line.create("hire").cancel(1));
}

fn taken_back_while_a_person_has_it(seen: &mut Seen) {
    let mut line = Line::new(badge());
    seen.line(line.create("hire").cancel(1));
    seen.line(line.decide(1, "Errored"));
}

fn taken_back_too_late(seen: &mut Seen) {
    let (field, value) = trusting();
    for of in [badge(), badge_with(field, value)] {
        seen.line(Line::new(of).create("hire").cancel(1).decide(1, "Confirmed"));
    }
}

fn taken_back_by_one_of_two(seen: &mut Seen) {
    let mut line = Line::new(badge());
    let mut second = move_to("A");
    second["properties"]["level"] = json!("2");
    seen.line(line.file("hire", create()).ask("promote", second).cancel(2));
    seen.line(line.decide(1, "Errored"));
}

fn deleted_before_anybody_had_it(seen: &mut Seen) {
    let mut line = Line::new(badge_with("/spec/suspend", json!(true)));
    seen.line(line.create("hire").ask("leave", delete()));
}

fn deleted_while_a_person_has_it(seen: &mut Seen) {
    let mut line = Line::new(badge());
    seen.line(line.create("hire").ask("leave", delete()));
    seen.line(line.decide(1, "Errored"));
}
