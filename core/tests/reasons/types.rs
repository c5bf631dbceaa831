//! Types with faults, what their requests say then, and what types say of themselves.

use crate::pretend::{Line, badge, badge_with, view};
use crate::seen::Seen;
use crate::unchecked;
use handoff_core::engine::Policies;
use serde_json::{Value, json};

pub const ALL: &[fn(&mut Seen)] = &[
    types_that_are_not_ready,
    a_type_that_goes_bad_under_an_order,
    what_a_type_says,
];

fn types_that_are_not_ready(seen: &mut Seen) {
    let mut line = Line::new(badge_with("/spec/provisioningConnection", Value::Null));
    seen.line(line.create("hire"));
    line.view = Some(view(badge_with("/spec/identifier/expression", json!("owner.id ~"))));
    seen.line(line.settle());
    line.view = None;
    seen.line(line.settle());
}

fn a_type_that_goes_bad_under_an_order(seen: &mut Seen) {
    let without = badge_with("/spec/provisioningConnection", Value::Null);
    let broken = badge_with("/spec/identifier/expression", json!("owner.id ~"));
    for of in [Some(view(without)), Some(view(broken)), None] {
        let mut line = Line::new(badge());
        line.create("hire").view = of;
        seen.line(line.settle());
    }
}

fn what_a_type_says(seen: &mut Seen) {
    seen.kind(badge(), Policies::InForce);
    seen.kind(badge(), unchecked());
    for (field, value) in [
        ("/spec/provisioningConnection", Value::Null),
        ("/spec/identifier/expression", json!("owner.id ~")),
        ("/spec/properties/0/overridable", json!(true)),
    ] {
        seen.kind(badge_with(field, value), Policies::InForce);
    }
}
