//! Evidence for and against what a person says was done.

use super::{
    claimed, create, delete, export, export_of, later, line, minutes_ago, part, update, verification, verified, with,
};
use handoff_core::api::{Operation, ProvisioningState as State};
use serde_json::json;

fn right() -> serde_json::Value {
    json!({"zone": "A", "label": "e1/A"})
}

#[test]
pub fn a_claim_waits_for_its_proof() {
    let line = claimed();
    assert_eq!(line.order(1), (State::Executed, "Confirmed"));
    assert_eq!(line.shows(1), (State::Executed, "Confirmed"));
    assert!(!line.finished(1));
}

#[test]
pub fn what_is_seen_is_proven() {
    let mut line = claimed();
    export(&mut line, Some(right()));
    assert_eq!(line.order(1), (State::Verified, "Observed"));
    assert_eq!(line.shows(1), (State::Verified, "Observed"));
    assert!(line.finished(1));
    assert_eq!(verification(&line.orders[0])["verdict"], "Verified");
    assert!(
        verification(&line.orders[0])["synchronization"]
            .as_str()
            .unwrap()
            .starts_with("badge.")
    );
    assert_eq!(
        verified(&line.orders[0]),
        Some(("True".to_owned(), "Observed".to_owned()))
    );
}

#[test]
pub fn what_was_forgotten_is_refuted() {
    let mut line = claimed();
    export(&mut line, None);
    assert_eq!(line.order(1), (State::Errored, "Refuted"));
    let differences = json!([{"property": "exists", "expected": ["true"], "observed": ["false"]}]);
    assert_eq!(verification(&line.orders[0])["differences"], differences);
    assert!(line.message(1).contains("exists: ordered true, seen false") && line.message(1).contains("Retry"));
    assert_eq!(
        verified(&line.orders[0]),
        Some(("False".to_owned(), "Refuted".to_owned()))
    );
    line.recover(1, "Retry");
    assert_eq!(line.orders[1].spec.attempt, 2);
    assert_eq!(line.orders[1].spec.previous.as_ref().unwrap().reason, "Refuted");
}

#[test]
pub fn what_is_otherwise_is_refuted_with_what_was_seen() {
    let mut line = claimed();
    export(&mut line, Some(json!({"zone": "B", "label": "e1/A"})));
    assert_eq!(line.order(1), (State::Errored, "Refuted"));
    let differences = json!([{"property": "zone", "expected": ["A"], "observed": ["B"]}]);
    assert_eq!(verification(&line.orders[0])["differences"], differences);
    // The next attempt is made from what is there.
    line.recover(1, "Retry");
    assert_eq!(line.orders[1].spec.operation, Operation::Update);
    assert_eq!(line.orders[1].spec.changes.len(), 1);
}

#[test]
pub fn what_was_taken_before_the_claim_speaks_for_it_only() {
    let mut line = claimed();
    let before = line.orders[0]
        .status
        .as_ref()
        .unwrap()
        .transmitted_at
        .clone()
        .unwrap()
        .0;
    export_of(
        &mut line,
        None,
        before.checked_add(jiff::SignedDuration::from_secs(1)).unwrap(),
    );
    assert_eq!(line.order(1), (State::Executed, "Confirmed"));
    assert_eq!(verification(&line.orders[0])["verdict"], "Inconclusive");
    export_of(
        &mut line,
        Some(right()),
        before.checked_add(jiff::SignedDuration::from_secs(2)).unwrap(),
    );
    assert_eq!(line.order(1), (State::Verified, "Observed"));
}

#[test]
pub fn what_was_taken_before_the_hand_over_says_nothing() {
    let mut line = claimed();
    let long_ago = minutes_ago(&line, 600);
    export_of(&mut line, Some(right()), long_ago);
    assert_eq!(line.order(1), (State::Executed, "Confirmed"));
    assert_eq!(verification(&line.orders[0]), serde_json::Value::Null);
}

#[test]
pub fn the_lag_of_the_export_is_waited_for() {
    let mut line = with(json!({"lag": "2h"}));
    line.ask("hire", create()).decide(1, "Confirmed");
    later(&mut line, 60);
    export(&mut line, None);
    assert_eq!(line.order(1), (State::Executed, "Confirmed"));
    assert_eq!(
        verified(&line.orders[0]),
        Some(("Unknown".to_owned(), "Inconclusive".to_owned()))
    );
    later(&mut line, 121);
    export(&mut line, None);
    assert_eq!(line.order(1), (State::Errored, "Refuted"));
}

#[test]
pub fn a_part_speaks_for_a_claim_and_never_against_it() {
    let mut line = claimed();
    part(&mut line, json!({"zone": "B", "label": "e1/B"}));
    assert_eq!(line.order(1), (State::Executed, "Confirmed"));
    assert_eq!(verification(&line.orders[0])["verdict"], "Inconclusive");
    part(&mut line, right());
    assert_eq!(line.order(1), (State::Verified, "Observed"));
}

/// The nightly export writes nothing about what did not change; that it is complete says that it is still so.
#[test]
pub fn an_unchanged_entry_is_as_new_as_the_last_complete_snapshot() {
    let mut line = claimed();
    export(&mut line, Some(right()));
    line.ask("move", update(json!({"zone": "B"}))).decide(2, "Confirmed");
    export(&mut line, Some(right()));
    assert_eq!(line.order(2), (State::Errored, "Refuted"));
}

#[test]
pub fn a_delete_is_proven_by_absence_in_a_complete_snapshot() {
    let mut line = claimed();
    export(&mut line, Some(right()));
    line.ask("leave", delete()).decide(2, "Confirmed");
    export(&mut line, None);
    assert_eq!(line.order(2), (State::Verified, "Observed"));
    assert_eq!(line.shows(2), (State::Verified, "Observed"));
    // Nobody deletes it twice.
    line.ask("again", delete());
    assert_eq!(line.shows(3), (State::Verified, "AlreadyAbsent"));
}

#[test]
pub fn a_confirmed_delete_that_an_older_export_still_has_is_not_ordered_again() {
    let mut line = claimed();
    export(&mut line, Some(right()));
    let before = line.now;
    later(&mut line, 10);
    line.ask("leave", delete()).decide(2, "Confirmed");
    export_of(&mut line, Some(right()), before);
    assert_eq!(line.order(2), (State::Executed, "Confirmed"));
    line.ask("again", delete());
    assert_eq!(line.shows(3), (State::Executed, "AlreadyClaimed"));
    assert_eq!(line.orders.len(), 2);
}

/// Both were done before anybody looked: what the Create did cannot be seen any more.
#[test]
pub fn a_create_is_not_refuted_by_the_proof_of_a_later_delete() {
    let mut line = claimed();
    line.ask("leave", delete()).decide(2, "Confirmed");
    export(&mut line, None);
    assert_eq!(line.order(1), (State::Executed, "Overtaken"));
    assert_eq!(line.order(2), (State::Verified, "Observed"));
    assert_eq!(line.shows(1), (State::Executed, "Overtaken"));
    assert!(line.finished(1));
}

#[test]
pub fn what_a_later_order_changed_again_is_not_compared() {
    let mut line = claimed();
    line.ask("move", update(json!({"zone": "B"}))).decide(2, "Confirmed");
    export(&mut line, Some(json!({"zone": "B", "label": "e1/B"})));
    // That it exists is what is left of the first.
    assert_eq!(line.order(1), (State::Verified, "Observed"));
    assert_eq!(line.order(2), (State::Verified, "Observed"));
    line.ask("level", update(json!({"level": "1"}))).decide(3, "Confirmed");
    line.ask("higher", update(json!({"level": "2"}))).decide(4, "Confirmed");
    export(&mut line, Some(json!({"zone": "B", "label": "e1/B", "level": "2"})));
    assert_eq!(line.order(3), (State::Executed, "Overtaken"));
    assert_eq!(line.order(4), (State::Verified, "Observed"));
}

/// The data of the same second does not refute the first, and is what the second starts from.
#[test]
pub fn what_was_set_in_a_resource_that_is_gone_is_not_proven() {
    let mut line = line();
    line.ask(
        "hire",
        json!({"operation": "Create", "properties": {"zone": "A", "level": "1"}}),
    );
    later(&mut line, 1);
    line.decide(1, "Confirmed");
    let claimed = line.orders[0].status.as_ref().unwrap().executed_at.clone().unwrap().0;
    export_of(&mut line, None, claimed);
    assert_eq!(line.order(1), (State::Executed, "Confirmed"));
    line.ask("again", create());
    assert_eq!(line.orders[1].spec.operation, Operation::Create);
    later(&mut line, 1);
    export(&mut line, None);
    assert_eq!(line.order(1), (State::Errored, "Refuted"));
}

#[test]
pub fn a_secret_alone_is_proven_by_presence_after_the_claim() {
    let mut line = claimed();
    export(&mut line, Some(right()));
    line.ask("reset", json!({"operation": "Update", "secrets": ["pin"]}));
    let handed_over = line.now;
    later(&mut line, 5);
    line.decide(2, "Confirmed");
    export_of(&mut line, Some(right()), handed_over);
    assert_eq!(line.order(2), (State::Executed, "Confirmed"));
    export(&mut line, Some(right()));
    assert_eq!(line.order(2), (State::Verified, "Observed"));
}

/// Exports leave it alone, so it says of none what that shows.
#[test]
pub fn an_entry_that_a_trusted_order_made_proves_nothing() {
    for operation in [update(json!({"zone": "B"})), delete()] {
        let mut line = claimed();
        export(&mut line, Some(right()));
        line.ask("next", operation).decide(2, "Confirmed");
        line.resource.as_mut().unwrap().spec.source = handoff_core::api::managed_resource::Source::Virtual;
        export(&mut line, Some(right()));
        assert_eq!(line.order(2), (State::Executed, "Confirmed"));
        export(&mut line, None);
        assert_ne!(line.order(2).0, State::Executed);
    }
}

#[test]
pub fn what_was_really_set_is_what_is_compared() {
    let mut line = line();
    line.ask("hire", create());
    let decision = json!({"result": "Confirmed", "actualValues": {"zone": ["C"]}, "by": {"username": "bob"}});
    line.people_write(1, "decision", decision);
    assert_eq!(line.shows(1), (State::Executed, "DoneWithDeviation"));
    export(&mut line, Some(json!({"zone": "C", "label": "e1/A"})));
    assert_eq!(line.order(1), (State::Verified, "Observed"));
    assert_eq!(line.shows(1), (State::Verified, "DoneWithDeviation"));
}

#[test]
pub fn a_property_that_the_export_does_not_have_is_not_compared() {
    let mut line = claimed();
    export(&mut line, Some(json!({"zone": "A"})));
    assert_eq!(line.order(1), (State::Verified, "Observed"));
    line.ask("level", update(json!({"level": "3"}))).decide(2, "Confirmed");
    export(&mut line, Some(json!({"zone": "A"})));
    assert_eq!(line.order(2), (State::Executed, "Confirmed"));
    assert_eq!(verification(&line.orders[1])["verdict"], "Inconclusive");
}

#[test]
pub fn seen_before_anybody_confirmed_it() {
    let mut line = line();
    line.ask("hire", create());
    export(&mut line, Some(right()));
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
    assert_eq!(
        verified(&line.orders[0]),
        Some(("Unknown".to_owned(), "SeenBeforeConfirmed".to_owned()))
    );
    line.decide(1, "Confirmed");
    // Executed is always written, then the proof that is there already.
    assert_eq!(line.order(1), (State::Verified, "Observed"));
    let history: Vec<_> = line.orders[0]
        .status
        .as_ref()
        .unwrap()
        .history
        .iter()
        .map(|entry| entry.state)
        .collect();
    assert_eq!(history, [State::Transmitted, State::Executed, State::Verified]);
}

/// While nobody checks who writes nothing moves, and what is known stays written.
#[test]
fn what_was_seen_too_early_stays_while_nothing_moves() {
    let mut line = line();
    line.ask("hire", create());
    export(&mut line, Some(right()));
    line.policies = handoff_core::engine::Policies::NotInForce("gone".to_owned());
    assert_eq!(line.decision(), handoff_core::engine::LineDecision::default());
}

#[test]
pub fn a_refuted_order_is_tried_again_by_itself_until_the_attempts_are_used_up() {
    let mut line = with(json!({"onRefuted": "Reopen", "maxAttempts": 2}));
    line.ask("hire", create()).decide(1, "Confirmed");
    export(&mut line, None);
    assert_eq!(line.order(1), (State::Errored, "Refuted"));
    assert_eq!(line.order(2), (State::Transmitted, "HandedOver"));
    assert_eq!(line.orders[1].spec.attempt, 2);
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
    line.decide(2, "Confirmed");
    export(&mut line, None);
    assert_eq!(line.order(2), (State::Errored, "Refuted"));
    assert_eq!(line.orders.len(), 2);
    assert_eq!(line.shows(1), (State::Errored, "Refuted"));
    assert!(!line.finished(1));
    line.recover(2, "Abandon");
    assert_eq!(line.shows(1), (State::Inactive, "Abandoned"));
}

#[test]
pub fn at_the_second_attempt_it_is_proven() {
    let mut line = with(json!({"onRefuted": "Reopen"}));
    line.ask("hire", create()).decide(1, "Confirmed");
    export(&mut line, None);
    line.decide(2, "Confirmed");
    export(&mut line, Some(right()));
    assert_eq!(line.order(2), (State::Verified, "Observed"));
    assert_eq!(line.shows(1), (State::Verified, "Observed"));
}

#[test]
pub fn who_follows_a_claim_that_is_refuted_is_ordered_again() {
    let mut line = claimed();
    line.ask("too", create());
    assert_eq!(line.shows(2), (State::Executed, "AlreadyClaimed"));
    export(&mut line, None);
    assert_eq!(line.order(1), (State::Errored, "Refuted"));
    assert_eq!(line.shows(2), (State::Pending, "WaitingForRecovery"));
    line.recover(1, "Retry");
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
}

#[test]
pub fn a_claim_that_nothing_proves_in_time_counts_as_failed() {
    let mut of = super::badge();
    of["spec"]["verification"] = json!({"mode": "Inventory"});
    of["spec"]["transmittedStateValidity"] = json!("2h");
    let mut line = super::Line::new(of);
    line.ask("hire", create()).decide(1, "Confirmed");
    assert!(line.wake_at.is_some());
    later(&mut line, 121);
    line.settle();
    assert_eq!(line.order(1), (State::Errored, "ValidityExpired"));
    assert!(line.message(1).contains("nothing proved it"));
}

#[test]
pub fn values_that_were_added_and_removed_are_compared_as_such() {
    let mut line = line();
    line.ask(
        "lend",
        json!({"operation": "Update", "addValues": {"doors": ["n"]}, "removeValues": {"doors": ["s"]}}),
    );
    line.decide(1, "Confirmed");
    let doors = |line: &mut super::Line, doors: &[&str]| {
        super::show(line, Some(json!({"zone": "A"})), line.now);
        let entry = line.resource.as_mut().unwrap();
        entry.spec.values.insert(
            "doors".to_owned(),
            doors.iter().map(|door| (*door).to_owned()).collect(),
        );
        entry.spec.observed_at = k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(line.now);
        line.inventory.complete = Some(super::taken(line.now));
        line.inventory.newest = Some(super::taken(line.now));
        line.settle();
    };
    doors(&mut line, &["n", "w"]);
    assert_eq!(line.order(1), (State::Verified, "Observed"));
    line.resource = None;
    line.inventory = handoff_core::engine::observed::Inventory::default();
    let mut line = super::line();
    line.ask(
        "lend",
        json!({"operation": "Update", "addValues": {"doors": ["n"]}, "removeValues": {"doors": ["s"]}}),
    );
    line.decide(1, "Confirmed");
    doors(&mut line, &["s", "w"]);
    assert_eq!(line.order(1), (State::Errored, "Refuted"));
    let differences = json!([{"property": "doors", "expected": ["n", "w"], "observed": ["s", "w"]}]);
    assert_eq!(verification(&line.orders[0])["differences"], differences);
}
