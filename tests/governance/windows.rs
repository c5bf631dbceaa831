//! 4.2 and 4.7: requests that come within one window are one order, or none.

use crate::place::Place;
use crate::{create, delete, file, message, orders, reasons, update, with};
use serde_json::json;

#[test]
fn what_comes_within_a_window_is_one_order() {
    let place = with("grouped", &json!({"groupingWindow": "6s"}));
    let level = update(&json!({"level": "3"}));
    file(&place, "anna", &[("hire", create()), ("level", level)]);
    let back = json!({"operation": "Create", "properties": {"zone": "LAB"}});
    file(
        &place,
        "boris",
        &[("a-hire", create()), ("b-leave", delete()), ("c-back", back)],
    );
    place.told(
        "hire",
        "Grouping",
        "to make one order of all (spec.groupingWindow of the ResourceType badge)",
    );
    two_requests_are_one_order(&place);
    create_delete_create_is_one_create(&place);
    assert_eq!(orders(&place), ["badge.anna.1", "badge.boris.1"]);
}

fn two_requests_are_one_order(place: &Place) {
    place.confirm("badge.anna.1");
    for request in ["hire", "level"] {
        place.shows(request, "Executed", "Confirmed");
        let what = format!("areq/{request}");
        assert_eq!(reasons(place, &what), "Grouping HandedOver Confirmed");
        assert_eq!(place.read(&what, ".status.orders"), r#"["badge.anna.1"]"#);
    }
    assert_eq!(
        place.read("porder/badge.anna.1", ".spec.desired.properties"),
        r#"{"level":"3","zone":"HQ"}"#
    );
}

fn create_delete_create_is_one_create(place: &Place) {
    place.shows("a-hire", "Inactive", "Superseded");
    message(
        place,
        "areq/a-hire",
        "the later request b-leave asks to delete the resource",
    );
    place.shows("b-leave", "Inactive", "Superseded");
    message(
        place,
        "areq/b-leave",
        "nobody had started a-hire yet, so there is nothing to delete",
    );
    place.confirm("badge.boris.1");
    place.shows("c-back", "Executed", "Confirmed");
    assert_eq!(
        place.read("porder/badge.boris.1", ".spec.desired.properties.zone"),
        "LAB"
    );
    assert_eq!(
        place.read("porder/badge.boris.1", ".spec.requestRefs[*].name"),
        "c-back"
    );
}

#[test]
fn who_goes_back_before_anyone_acted_gets_no_order() {
    let place = with("flipped", &json!({"groupingWindow": "4s"}));
    place.hire("hire", "anna");
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
    file(
        &place,
        "anna",
        &[
            ("go", update(&json!({"zone": "LAB"}))),
            ("home", update(&json!({"zone": "HQ"}))),
        ],
    );
    place.shows("go", "Inactive", "Superseded");
    place.shows("home", "Executed", "AlreadyClaimed");
    message(
        &place,
        "areq/home",
        "nothing to do: badge.anna.1 already did this, as a person says",
    );
    assert_eq!(orders(&place), ["badge.anna.1"]);
}
