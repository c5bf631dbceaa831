//! 4.2 and 4.7: requests that come within one window are one order, or none.

use crate::{create, delete, file, message, orders, reasons, update, with};
use serde_json::json;

#[test]
fn two_requests_in_a_window_are_one_order() {
    let place = with("grouped", &json!({"groupingWindow": "6s"}));
    file(
        &place,
        "anna",
        &[("hire", create()), ("level", update(&json!({"level": "3"})))],
    );
    place.told(
        "hire",
        "Grouping",
        "(spec.groupingWindow of its type), to make one order of all",
    );
    place.confirm("badge.anna.1");
    for request in ["hire", "level"] {
        place.shows(request, "Executed", "Confirmed");
        let what = format!("areq/{request}");
        assert_eq!(reasons(&place, &what), "Grouping HandedOver Confirmed");
        assert_eq!(place.read(&what, ".status.orders"), r#"["badge.anna.1"]"#);
    }
    assert_eq!(
        place.read("porder/badge.anna.1", ".spec.desired.properties"),
        r#"{"level":"3","zone":"HQ"}"#
    );
    assert_eq!(orders(&place), ["badge.anna.1"]);
}

#[test]
fn create_delete_create_in_a_window_is_one_create() {
    let place = with("grouped-away", &json!({"groupingWindow": "6s"}));
    let back = json!({"operation": "Create", "properties": {"zone": "LAB"}});
    file(
        &place,
        "anna",
        &[("a-hire", create()), ("b-leave", delete()), ("c-back", back)],
    );
    place.shows("a-hire", "Inactive", "Superseded");
    message(
        &place,
        "areq/a-hire",
        "the later request b-leave asks to delete the resource",
    );
    place.shows("b-leave", "Inactive", "Superseded");
    message(
        &place,
        "areq/b-leave",
        "nobody had started a-hire yet, so there is nothing to delete",
    );
    place.confirm("badge.anna.1");
    place.shows("c-back", "Executed", "Confirmed");
    assert_eq!(
        place.read("porder/badge.anna.1", ".spec.desired.properties.zone"),
        "LAB"
    );
    assert_eq!(place.read("porder/badge.anna.1", ".spec.requestRefs[*].name"), "c-back");
    assert_eq!(orders(&place), ["badge.anna.1"]);
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
