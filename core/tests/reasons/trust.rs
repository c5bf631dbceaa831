//! What people wrote while nobody checked it.

use crate::pretend::{Line, badge, badge_with};
use crate::seen::Seen;
use crate::unchecked;
use handoff_core::engine::Policies;
use serde_json::json;

pub const ALL: &[fn(&mut Seen)] = &[an_unsigned_request, nobody_checks];

fn an_unsigned_request(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.ask(
        "hire",
        json!({"operation": "Create", "properties": {"zone": "A"}, "requestedBy": null}),
    );
    seen.line(&line);
}

fn nobody_checks(seen: &mut Seen) {
    let mut decided = Line::new(badge());
    decided.create("hire").policies = unchecked();
    decided.decide(1, "Confirmed");
    let mut recovered = Line::new(badge());
    recovered.create("hire").decide(1, "Errored").policies = unchecked();
    recovered.recover(1, "Abandon");
    let mut released = Line::new(badge_with("/spec/provisioningReview", json!({"required": true})));
    released.create("hire").policies = unchecked();
    released.review(1, "Approved");
    let mut cancelled = Line::new(badge());
    cancelled.create("hire").policies = unchecked();
    cancelled.cancel(1);
    for mut line in [decided, recovered, released, cancelled] {
        seen.line(&line);
        line.policies = Policies::InForce;
        seen.line(line.settle());
    }
}
