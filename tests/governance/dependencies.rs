//! 4.2: a Create waits for what its type depends on; types that wait for each other say so.

use crate::{edit, kind, message, with};
use serde_json::{Value, json};

fn desk(fields: &Value) -> Value {
    let mut of = kind(fields);
    of["metadata"]["name"] = "desk".into();
    of
}

const READY: &str = ".status.conditions[?(@.type==\"Ready\")].status";
const WHY: &str = ".status.conditions[?(@.type==\"Ready\")].message";

#[test]
fn a_badge_waits_for_the_desk_and_is_woken_by_it() {
    let place = with("depends", &json!({"dependsOn": [{"name": "desk"}]}));
    place.apply("gita", desk(&json!({})));
    place.wait("rtype/desk", READY, "True");
    place.hire("badge", "anna");
    place.hire("other", "boris");
    for (request, owner) in [("badge", "anna"), ("other", "boris")] {
        place.shows(request, "None", "WaitingForDependency");
        message(
            &place,
            &format!("areq/{request}"),
            &format!("{owner} has no desk yet, and the type depends on it"),
        );
    }
    place.ask(
        "desk",
        "anna",
        json!({"resourceTypeRef": {"name": "desk"}, "operation": "Create", "properties": {"zone": "HQ"}}),
    );
    place.confirm("desk.anna.1");
    place.shows("badge", "Transmitted", "HandedOver");
    place.confirm("badge.anna.1");
    place.shows("badge", "Executed", "Confirmed");
    place.shows("other", "None", "WaitingForDependency");
}

#[test]
fn types_that_wait_for_each_other_say_so_and_heal() {
    let place = with("circle", &json!({"dependsOn": [{"name": "desk"}]}));
    place.apply("gita", desk(&json!({"dependsOn": [{"name": "badge"}]})));
    for name in ["badge", "desk"] {
        place.wait(&format!("rtype/{name}"), READY, "False");
    }
    let says = |name: &str| place.read(&format!("rtype/{name}"), WHY);
    let (badge, desk) = (says("badge"), says("desk"));
    assert!(
        badge.contains("badge depends on desk depends on badge: take one out of spec.dependsOn"),
        "{badge}"
    );
    assert!(desk.contains("desk depends on badge depends on desk"), "{desk}");
    place.hire("hire", "anna");
    place.shows("hire", "Error", "ResourceTypeNotReady");
    edit(&place, &json!({}));
    for name in ["badge", "desk"] {
        place.wait(&format!("rtype/{name}"), READY, "True");
    }
    place.shows("hire", "Transmitted", "HandedOver");
}
