//! 4.7, 4.8 and 5.3: a Delete and what is before it.

use crate::place::Place;
use crate::{condition, delete, file, message, not_done, orders, with};
use serde_json::json;

/// A Delete is filed while a person has the Create.
fn behind_a_person(place: &Place, owner: &str) {
    let (hire, leave) = (format!("hire-{owner}"), format!("leave-{owner}"));
    place.hire(&hire, owner);
    place.shows(&hire, "Transmitted", "HandedOver");
    place.ask(&leave, owner, delete());
    place.shows(&leave, "Pending", "Queued");
    message(
        place,
        &format!("areq/{leave}"),
        &format!("waits behind badge.{owner}.1, which is with a person"),
    );
    let order = format!("porder/badge.{owner}.1");
    place.wait(&order, ".status.reason", "StopRequested");
    assert_eq!(condition(place, &order, "StopRequested"), "Superseded");
    message(
        place,
        &order,
        &format!("stop if you can: the request {leave} asks to delete the resource"),
    );
}

#[test]
fn behind_a_person_it_waits_for_the_answer() {
    let place = with("delete-behind", &json!({}));
    behind_a_person(&place, "anna");
    not_done(&place, "badge.anna.1");
    place.shows("hire-anna", "Inactive", "Superseded");
    place.shows("leave-anna", "Inactive", "Superseded");
    message(
        &place,
        "areq/leave-anna",
        "nobody had started hire-anna yet, so there is nothing to delete",
    );

    behind_a_person(&place, "boris");
    place.confirm("badge.boris.1");
    place.shows("hire-boris", "Executed", "Confirmed");
    place.confirm("badge.boris.2");
    place.shows("leave-boris", "Executed", "Confirmed");
    assert_eq!(place.read("porder/badge.boris.2", ".spec.operation"), "Delete");
    assert_eq!(orders(&place), ["badge.anna.1", "badge.boris.1", "badge.boris.2"]);
}

#[test]
fn behind_a_failed_create_it_goes_ahead() {
    let place = with("delete-failed", &json!({}));
    place.hire("hire", "anna");
    place.fail("badge.anna.1");
    place.shows("hire", "Errored", "ReportedByPerson");
    assert_eq!(condition(&place, "porder/badge.anna.1", "Stalled"), "RecoveryNeeded");
    place.ask("leave", "anna", delete());
    // It was tried, so nobody knows what is there.
    place.shows("leave", "Transmitted", "HandedOver");
    place.shows("hire", "Inactive", "Superseded");
    message(
        &place,
        "areq/hire",
        "the later request leave asks to delete the resource",
    );
    assert_eq!(condition(&place, "porder/badge.anna.1", "Stalled"), "");
    place.confirm("badge.anna.2");
    place.shows("leave", "Executed", "Confirmed");
}

#[test]
fn a_create_that_nobody_has_goes_with_its_delete() {
    let place = with("delete-unstarted", &json!({"suspend": true}));
    place.hire("hire", "anna");
    place.shows("hire", "Pending", "Suspended");
    place.ask("leave", "anna", delete());
    for request in ["hire", "leave"] {
        place.shows(request, "Inactive", "Superseded");
    }
    place.wait("porder/badge.anna.1", ".status.reason", "Superseded");
    assert_eq!(orders(&place), ["badge.anna.1"]);
}

#[test]
fn four_deletes_at_once_are_one_order() {
    let place = with("delete-four", &json!({}));
    place.hire("hire", "anna");
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
    let names = ["a", "b", "c", "d"];
    file(&place, "anna", &names.map(|name| (name, delete())));
    place.confirm("badge.anna.2");
    for name in names {
        place.wait(&format!("areq/{name}"), ".status.provisioningState", "Executed");
        assert_eq!(
            place.read(&format!("areq/{name}"), ".status.orders"),
            r#"["badge.anna.2"]"#
        );
    }
    assert_eq!(orders(&place), ["badge.anna.1", "badge.anna.2"]);
}
