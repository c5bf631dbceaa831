//! Every reason is reached: scenarios are driven, and what their objects show is compared with the table of reasons.
//! A new scenario is a function that drives lines, shows them to `Seen`, and stands in `SCENARIOS`.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod pretend;

use handoff_core::api::condition::{EXECUTED, FINISHED, PROVISIONED, SUCCEEDED, TRANSMITTED, VERIFIED};
use handoff_core::api::reason::{self, Kind};
use handoff_core::api::{Condition, HistoryEntry, ProvisioningState as State};
use handoff_core::engine::{Census, Policies, RequestSnapshot, TypeSnapshot, decide_request, decide_type};
use pretend::{Line, badge, view};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Reasons that stand in the contract, and whose behaviour the engine does not have yet. A scenario that produces one of
/// them must take it off this list.
const NOT_YET: &[&str] = &[
    "ReviewRequired",
    "ThresholdExceeded",
    "Postponed",
    "PartlyDeclined",
    "Recomputed",
    "Suspended",
    "Cancelled",
    "CancelledTooLate",
    "Expired",
    "ValidityExpired",
    "Overdue",
    "ReviewUntrusted",
    "CancelUntrusted",
    "WaitingForDependency",
    "Grouping",
    "EndFiled",
    "NothingToUndo",
];

const SCENARIOS: &[fn(&mut Seen)] = &[
    done_and_wished_again,
    done_with_other_values,
    an_error_and_those_behind_it,
    tried_again,
    abandoned,
    a_delete_overtakes,
    a_confirmation_taken_back,
    deleted_while_a_person_had_it,
    trusted_and_in_the_inventory,
    approvers_agree,
    an_approver_declines,
    a_wrong_request,
    an_operation_that_is_not_allowed,
    a_date_to_come,
    somebody_elses_resource,
    several_resources,
    an_identifier_that_would_change,
    nothing_to_update,
    a_name_that_another_has,
    an_expression_fails,
    types_that_are_not_ready,
    what_a_type_says,
    an_unsigned_request,
    nobody_checks,
];

/// Where a reason was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    State(State),
    Condition(String),
}

/// Every reason that objects of scenarios have shown, and where.
#[derive(Default)]
struct Seen(BTreeSet<(String, Kind, Place)>);

impl Seen {
    /// Everything that the orders and requests of a line show now or remember.
    fn line(&mut self, line: &Line) {
        for status in line.orders.iter().filter_map(|order| order.status.as_ref()) {
            self.standing(
                Kind::Order,
                status.state,
                status.reason.as_deref(),
                &status.history,
                &status.conditions,
            );
        }
        for status in line.requests.iter().filter_map(|request| request.status.as_ref()) {
            let (state, reason) = (status.provisioning_state, status.reason.as_deref());
            self.standing(Kind::Request, state, reason, &status.history, &status.conditions);
        }
    }

    /// What a type says of itself.
    fn kind(&mut self, of: Value, policies: Policies) {
        let decision = decide_type(&TypeSnapshot {
            policies: Arc::new(policies),
            now: "2026-03-01T08:00:00Z".parse().unwrap(),
            resource_type: view(of),
            census: Census::default(),
            counted_at: None,
            resources: 0,
            inventory: Arc::default(),
        });
        self.conditions(Kind::Type, &decision.status.unwrap().conditions);
    }

    fn standing(
        &mut self,
        kind: Kind,
        state: Option<State>,
        reason: Option<&str>,
        history: &[HistoryEntry],
        conditions: &[Condition],
    ) {
        if let (Some(state), Some(reason)) = (state, reason) {
            self.note(kind, reason, Place::State(state));
        }
        for entry in history {
            self.note(kind, &entry.reason, Place::State(entry.state));
        }
        self.conditions(kind, conditions);
    }

    fn conditions(&mut self, kind: Kind, conditions: &[Condition]) {
        for condition in conditions {
            self.note(kind, &condition.reason, Place::Condition(condition.type_.clone()));
        }
    }

    fn note(&mut self, kind: Kind, reason: &str, place: Place) {
        self.0.insert((reason.to_owned(), kind, place));
    }

    fn of_all() -> Self {
        let mut seen = Self::default();
        SCENARIOS.iter().for_each(|scenario| scenario(&mut seen));
        seen
    }
}

/// Reasons that stand nowhere.
fn nowhere() -> impl Iterator<Item = &'static str> {
    reason::TABLE
        .iter()
        .filter(|reason| reason.kinds.is_empty())
        .map(|reason| reason.name)
}

#[test]
fn scenarios_produce_every_reason_but_those_to_come() {
    let seen = Seen::of_all();
    let produced: BTreeSet<&str> = seen.0.iter().map(|(reason, _, _)| reason.as_str()).collect();
    let missing: BTreeSet<&str> = reason::ALL
        .iter()
        .copied()
        .filter(|reason| !produced.contains(reason))
        .collect();
    let expected: BTreeSet<&str> = NOT_YET.iter().copied().chain(nowhere()).collect();
    let unreached: Vec<_> = missing.difference(&expected).collect();
    let reached: Vec<_> = expected.difference(&missing).collect();
    assert!(
        unreached.is_empty() && reached.is_empty(),
        "no scenario produces {unreached:?}; take off the list of those to come: {reached:?}"
    );
}

#[test]
fn every_reason_stands_where_its_table_says() {
    for (name, kind, place) in Seen::of_all().0 {
        let known = reason::TABLE.iter().find(|known| known.name == name);
        let known = known.unwrap_or_else(|| panic!("{name} is no known reason"));
        let of_kind = known.kinds.contains(&kind);
        let fits = match &place {
            Place::State(state) => known.states.contains(state),
            Place::Condition(condition) if known.conditions.contains(&condition.as_str()) => true,
            // The other conditions have the reason of the state.
            Place::Condition(condition) => !known.states.is_empty() && has_reason_of_state(condition),
        };
        assert!(
            of_kind && fits,
            "{name} was seen on a {} in {place:?}, and its table does not say so",
            kind.as_str()
        );
    }
}

fn has_reason_of_state(condition: &str) -> bool {
    [FINISHED, SUCCEEDED, TRANSMITTED, EXECUTED, PROVISIONED, VERIFIED].contains(&condition)
}

fn delete() -> Value {
    json!({"operation": "Delete"})
}

fn move_to(zone: &str) -> Value {
    json!({"operation": "Update", "properties": {"zone": zone}})
}

/// A badge type with one field set otherwise.
fn badge_with(field: &str, value: Value) -> Value {
    let mut of = badge();
    let (parent, name) = field.rsplit_once('/').unwrap();
    of.pointer_mut(parent).unwrap()[name] = value;
    of
}

fn unchecked() -> Policies {
    Policies::NotInForce("the policy handoff-orders is absent".to_owned())
}

fn done_and_wished_again(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Confirmed").create("again");
    seen.line(&line);
}

fn done_with_other_values(seen: &mut Seen) {
    let mut line = Line::new(badge());
    let decision = json!({"result": "Confirmed", "actualValues": {"zone": ["B"]}, "by": {"username": "bob"}});
    line.create("hire").people_write(1, "decision", decision);
    seen.line(&line);
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
    let trusting = json!({"package": "ManualTicketAndResources"});
    let mut line = Line::new(badge_with("/spec/provisioningConnection", trusting));
    line.create("hire").decide(1, "Confirmed").create("again");
    line.ask("leave", delete())
        .decide(2, "Confirmed")
        .ask("twice", delete());
    seen.line(&line);
}

fn asked_of_approvers() -> Line {
    let mut line = Line::new(badge_with("/spec/approval", json!({"steps": 1})));
    line.create("hire");
    line
}

fn answered(mut line: Line, result: &str) -> Line {
    let answers = json!({"dave": {"result": result}});
    line.requests[0].spec.approvals = serde_json::from_value(answers).unwrap();
    line.settle();
    line
}

fn approvers_agree(seen: &mut Seen) {
    let line = asked_of_approvers();
    seen.line(&line);
    seen.line(&answered(line, "Approved"));
}

fn an_approver_declines(seen: &mut Seen) {
    seen.line(&answered(asked_of_approvers(), "Declined"));
}

fn a_wrong_request(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.ask("bad", json!({"operation": "Create", "properties": {"colour": "red"}}));
    seen.line(&line);
}

fn an_operation_that_is_not_allowed(seen: &mut Seen) {
    let mut line = Line::new(badge_with("/spec/allow", json!({"deletion": false})));
    line.ask("leave", delete());
    seen.line(&line);
}

fn a_date_to_come(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.ask(
        "later",
        json!({"operation": "Create", "properties": {"zone": "A"}, "startTime": "2027-01-01T00:00:00Z"}),
    );
    seen.line(&line);
}

fn somebody_elses_resource(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Confirmed");
    let foreign = |mut wish: Value| {
        wish["owner"] = json!({"id": "e2"});
        wish["resource"] = json!({"identifier": "e1"});
        wish
    };
    line.ask(
        "take",
        foreign(json!({"operation": "Create", "properties": {"zone": "A"}})),
    );
    line.ask("remove", foreign(delete()));
    seen.line(&line);
}

fn several_resources(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.file("leave", delete());
    let decision = decide_request(&RequestSnapshot {
        now: line.now,
        policies: Arc::new(Policies::InForce),
        request: Arc::new(line.requests[0].clone()),
        resource_type: line.view.clone(),
        order: None,
        holdings: vec!["a".to_owned(), "b".to_owned()],
    });
    line.requests[0].status = Some(decision.update.unwrap().status);
    seen.line(&line);
}

fn an_identifier_that_would_change(seen: &mut Seen) {
    let by_zone = json!({"expression": "owner.id ~ '-' ~ request.properties.zone"});
    let mut line = Line::new(badge_with("/spec/identifier", by_zone));
    line.identifier = "e1-a".to_owned();
    line.create("hire").decide(1, "Confirmed").ask("move", move_to("B"));
    seen.line(&line);
}

fn nothing_to_update(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.create("hire")
        .decide(1, "Confirmed")
        .ask("leave", delete())
        .decide(2, "Confirmed");
    line.ask("move", move_to("B"));
    seen.line(&line);
}

fn a_name_that_another_has(seen: &mut Seen) {
    let mut line = Line::new(badge());
    line.name_conflict = Some("badge.e1.1".to_owned());
    line.create("hire");
    seen.line(&line);
}

fn an_expression_fails(seen: &mut Seen) {
    let mut line = Line::new(badge_with(
        "/spec/properties/1/expression",
        json!("owner.properties.grade"),
    ));
    line.create("hire");
    seen.line(&line);
}

fn types_that_are_not_ready(seen: &mut Seen) {
    let mut line = Line::new(badge_with("/spec/provisioningConnection", Value::Null));
    seen.line(line.create("hire"));
    line.view = Some(view(badge_with("/spec/identifier/expression", json!("owner.id ~"))));
    seen.line(line.settle());
    line.view = None;
    seen.line(line.settle());
}

fn what_a_type_says(seen: &mut Seen) {
    seen.kind(badge(), Policies::InForce);
    seen.kind(badge(), unchecked());
    for (field, value) in [
        ("/spec/provisioningConnection", Value::Null),
        ("/spec/identifier/expression", json!("owner.id ~")),
        ("/spec/properties/0/overridable", json!(true)),
        ("/spec/verification", json!({"mode": "Inventory"})),
    ] {
        seen.kind(badge_with(field, value), Policies::InForce);
    }
}

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
    for mut line in [decided, recovered] {
        seen.line(&line);
        line.policies = Policies::InForce;
        seen.line(line.settle());
    }
}
