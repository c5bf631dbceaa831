//! What keeps an order back before anybody has it, and what reviewers say of it.

use crate::pretend::{Line, badge, badge_with, view};
use crate::seen::Seen;
use crate::{create, move_to};
use handoff_core::engine::Room;
use serde_json::json;

pub const ALL: &[fn(&mut Seen)] = &[
    a_reviewer_releases_it,
    a_reviewer_puts_it_off,
    a_reviewer_declines_it,
    a_reviewer_declines_some_of_it,
    too_many_at_once,
    one_of_two_is_taken_back,
    the_type_is_suspended,
    the_type_goes_bad_while_it_waits,
];

fn to_be_reviewed() -> Line {
    Line::new(badge_with("/spec/provisioningReview", json!({"required": true})))
}

fn a_reviewer_releases_it(seen: &mut Seen) {
    let mut line = to_be_reviewed();
    seen.line(line.create("hire"));
    seen.line(line.review(1, "Approved"));
}

fn a_reviewer_puts_it_off(seen: &mut Seen) {
    seen.line(to_be_reviewed().create("hire").review(1, "Postponed"));
}

fn a_reviewer_declines_it(seen: &mut Seen) {
    seen.line(to_be_reviewed().create("hire").review(1, "Declined"));
}

fn a_reviewer_declines_some_of_it(seen: &mut Seen) {
    let mut line = to_be_reviewed();
    let mut wish = create();
    wish["properties"]["level"] = json!("2");
    let review = json!({"result": "Approved", "declinedProperties": ["level"], "by": {"username": "dave"}});
    seen.line(line.ask("hire", wish).people_write(1, "review", review));
}

fn too_many_at_once(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.room = Room {
        creation: Some(0),
        ..Room::default()
    };
    seen.line(line.create("hire"));
}

fn one_of_two_is_taken_back(seen: &mut Seen) {
    let mut line = to_be_reviewed();
    let mut second = move_to("A");
    second["properties"]["level"] = json!("2");
    seen.line(line.file("hire", create()).ask("promote", second).cancel(2));
}

fn the_type_is_suspended(seen: &mut Seen) {
    let mut line = Line::new(badge_with("/spec/suspend", json!(true)));
    seen.line(line.create("hire"));
    line.view = Some(view(badge()));
    seen.line(line.settle());
}

fn the_type_goes_bad_while_it_waits(seen: &mut Seen) {
    for (field, value) in [
        ("/spec/provisioningConnection", json!(null)),
        ("/spec/identifier/expression", json!("owner.id ~")),
        ("/spec/properties/1/expression", json!("owner.properties.grade")),
    ] {
        let mut line = Line::new(badge_with("/spec/suspend", json!(true)));
        line.create("hire").view = Some(view(badge_with(field, value)));
        seen.line(line.settle());
    }
    let mut line = to_be_reviewed();
    line.create("hire").view = None;
    seen.line(line.settle());
}
