//! Orders as their fulfillers answer them, and what becomes of a request whose order was answered.

use crate::pretend::{Line, badge, badge_with};
use crate::seen::Seen;
use crate::{delete, move_to, trusting};
use serde_json::json;

pub const ALL: &[fn(&mut Seen)] = &[
    done_and_wished_again,
    done_with_other_values,
    an_error_and_those_behind_it,
    tried_again,
    abandoned,
    a_delete_overtakes,
    a_confirmation_taken_back,
    deleted_while_a_person_had_it,
    trusted_and_in_the_inventory,
];

fn done_and_wished_again(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Confirmed").create("again");
    seen.line(&line);
}

fn done_with_other_values(seen: &mut Seen) {
    let (field, value) = trusting();
    for of in [badge(), badge_with(field, value)] {
        let decision = json!({"result": "Confirmed", "actualValues": {"zone": ["B"]}, "by": {"username": "bob"}});
        seen.line(Line::new(of).create("hire").people_write(1, "decision", decision));
    }
}

fn an_error_and_those_behind_it(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.create("hire").ask("move", move_to("B"));
    seen.line(&line);
    line.decide(1, "Errored");
    seen.line(&line);
}

fn tried_again(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Errored").recover(1, "Retry");
    seen.line(&line);
}

fn abandoned(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Errored").recover(1, "Abandon");
    seen.line(&line);
}

fn a_delete_overtakes(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.create("hire").ask("move", move_to("B")).ask("leave", delete());
    seen.line(&line);
}

fn a_confirmation_taken_back(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Confirmed").recover(1, "Retry");
    seen.line(&line);
}

fn deleted_while_a_person_had_it(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.create("hire").orders.clear();
    line.settle();
    seen.line(&line);
}

fn trusted_and_in_the_inventory(seen: &mut Seen) {
    let (field, value) = trusting();
    let mut line = Line::new(badge_with(field, value));
    line.create("hire").decide(1, "Confirmed").create("again");
    line.ask("leave", delete())
        .decide(2, "Confirmed")
        .ask("twice", delete());
    seen.line(&line);
}
