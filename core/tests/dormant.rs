//! A line that is called dormant has nothing to decide: driven through many histories, crashes among them, every
//! state in between is looked at.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use handoff_core::api::assignment_request::RequestedBy;
use handoff_core::api::{
    AssignmentRequest, ManagedResource, ProvisioningOrder, ProvisioningState as State, ResourceType,
};
use handoff_core::engine::dormant::{OrderFacts, RequestFacts, dormant};
use handoff_core::engine::types::{TypeView, inspect};
use handoff_core::engine::{LineDecision, LineSnapshot, Policies, ResourceChange, decide_line, holding};
use jiff::{Timestamp, ToSpan};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::cell::Cell;
use std::sync::Arc;

/// One line, stored as the API server stores it: what people write makes a new generation, a status does not.
struct Line {
    now: Timestamp,
    view: Arc<TypeView>,
    orders: Vec<ProvisioningOrder>,
    requests: Vec<AssignmentRequest>,
    resource: Option<ManagedResource>,
    highest: i64,
    asked: usize,
}

fn badge(package: &str) -> Value {
    json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType", "metadata": {"name": "badge", "generation": 1},
        "spec": {
            "provisioningConnection": {"package": package},
            "properties": [{"name": "zone", "type": "String", "required": true}],
        },
    })
}

/// What an inventory may say one day.
fn someone_elses() -> ManagedResource {
    let entry = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource", "metadata": {"name": "badge.e1"},
        "spec": {"resourceTypeRef": {"name": "badge"}, "identifier": "e1", "owner": {"id": "e2"},
            "properties": {"zone": "Z"}, "source": "Synchronized", "observedAt": "2029-01-01T00:00:00Z"},
    });
    serde_json::from_value(entry).unwrap()
}

fn view(of: Value) -> Arc<TypeView> {
    let object: ResourceType = serde_json::from_value(of).unwrap();
    Arc::new(inspect(Arc::new(object)))
}

impl Line {
    fn new(package: &str) -> Self {
        Self {
            now: "2026-03-01T08:00:00Z".parse().unwrap(),
            view: view(badge(package)),
            orders: Vec::new(),
            requests: Vec::new(),
            resource: None,
            highest: 0,
            asked: 0,
        }
    }

    fn ask(&mut self, operation: &str, zone: Option<&str>) {
        self.ask_until(operation, zone, None);
    }

    /// Asks for something until so many minutes from now, or for ever.
    fn ask_until(&mut self, operation: &str, zone: Option<&str>, minutes: Option<i64>) {
        self.asked += 1;
        let zone = zone.map_or_else(|| json!({}), |zone| json!({"zone": zone}));
        let name = format!("r{}", self.asked);
        let request = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest",
            "metadata": {"name": name, "uid": format!("uid-{name}"), "generation": 1, "creationTimestamp": self.now.to_string()},
            "spec": {"resourceTypeRef": {"name": "badge"}, "owner": {"id": "e1"}, "requestedBy": {"username": "alice"}, "operation": operation, "properties": zone},
        });
        let mut request: AssignmentRequest = serde_json::from_value(request).unwrap();
        request.spec.end_time = minutes.map(|minutes| Time(self.now.checked_add(minutes.minutes()).unwrap()));
        self.requests.push(request);
    }

    /// A person patches the newest order.
    fn people_write(&mut self, block: &str, value: Value) {
        let Some(order) = self.orders.last_mut() else {
            return;
        };
        let mut object = serde_json::to_value(&*order).unwrap();
        object["spec"][block] = value;
        object["metadata"]["generation"] = json!(object["metadata"]["generation"].as_i64().unwrap() + 1);
        *order = serde_json::from_value(object).unwrap();
    }

    /// The one who asked takes it back, as long as that is not refused.
    fn cancel(&mut self, which: usize) {
        let Some(request) = self.requests.get_mut(which) else {
            return;
        };
        let shown = request.status.as_ref().and_then(|status| status.provisioning_state);
        let over = matches!(shown, Some(State::Executed | State::Verified | State::Inactive));
        if over || request.spec.cancel.is_some() {
            return;
        }
        let mut object = serde_json::to_value(&*request).unwrap();
        object["spec"]["cancel"] = json!({"reason": "not needed", "by": {"username": "alice"}});
        object["metadata"]["generation"] = json!(object["metadata"]["generation"].as_i64().unwrap() + 1);
        *request = serde_json::from_value(object).unwrap();
    }

    /// A request that the operator files: one that is there already was filed before.
    fn file(&mut self, mut request: AssignmentRequest) {
        if self
            .requests
            .iter()
            .all(|known| known.metadata.name != request.metadata.name)
        {
            let name = request.metadata.name.clone().unwrap();
            request.metadata.uid = Some(format!("uid-{name}"));
            request.metadata.generation = Some(1);
            request.metadata.creation_timestamp = Some(Time(self.now));
            request.spec.requested_by = Some(RequestedBy {
                username: "handoff".to_owned(),
                ..RequestedBy::default()
            });
            self.requests.push(request);
        }
    }

    fn newest(&self) -> Option<State> {
        self.orders.last()?.status.as_ref()?.state
    }

    fn decide(&mut self, result: &str, actual: Value) {
        if self.newest() == Some(State::Transmitted) && self.orders.last().unwrap().spec.decision.is_none() {
            let decision = json!({"result": result, "message": "the door is locked", "actualValues": actual, "by": {"username": "bob"}});
            self.people_write("decision", decision);
        }
    }

    fn recover(&mut self, action: &str) {
        let may = matches!(self.newest(), Some(State::Errored | State::Executed));
        if may && self.orders.last().unwrap().spec.recovery.is_none() {
            self.people_write(
                "recovery",
                json!({"action": action, "comment": "as agreed", "by": {"username": "dave"}}),
            );
        }
    }

    fn decision(&self) -> LineDecision {
        self.decision_with(self.view.clone(), self.now, self.resource.as_ref())
    }

    fn decision_with(&self, view: Arc<TypeView>, now: Timestamp, entry: Option<&ManagedResource>) -> LineDecision {
        decide_line(&LineSnapshot {
            inventory: Arc::default(),
            policies: Arc::new(Policies::InForce),
            now,
            type_name: "badge".to_owned(),
            identifier: "e1".to_owned(),
            resource_type: Some(view),
            orders: self.orders.iter().cloned().map(Arc::new).collect(),
            requests: self.requests.iter().cloned().map(Arc::new).collect(),
            resource: entry.cloned().map(Arc::new),
            highest_sequence: self.highest,
            name_conflict: None,
            held: std::collections::BTreeSet::new(),
            room: handoff_core::engine::Room::default(),
        })
    }

    /// One pass, which ends after so many writes, as in a crash.
    fn pass(&mut self, writes: usize) {
        self.now = self.now.checked_add(1.minute()).unwrap();
        let decision = self.decision();
        let mut left = writes;
        let mut may = || {
            let may = left > 0;
            left = left.saturating_sub(1);
            may
        };
        if let Some(change) = decision.resource.filter(|_| may()) {
            self.resource = match change {
                ResourceChange::Create(made) => Some(made),
                ResourceChange::Replace { after, .. } => Some(after),
                ResourceChange::Delete(_) => None,
            };
        }
        for update in decision.order_updates {
            let same = |order: &&mut ProvisioningOrder| order.metadata.name == update.order.metadata.name;
            if may() {
                self.orders.iter_mut().find(same).unwrap().status = Some(update.status);
            }
        }
        if let Some(new) = decision.new_order.filter(|_| may()) {
            let mut order = new.order;
            order.metadata.generation = Some(1);
            order.status = may().then_some(new.status);
            self.highest = self.highest.max(order.spec.sequence);
            self.orders.push(order);
        }
        for filing in decision.new_requests {
            if may() {
                self.file(filing.request);
            }
        }
        for update in decision.request_updates {
            let same = |request: &&mut AssignmentRequest| request.metadata.name == update.request.metadata.name;
            if may() {
                self.requests.iter_mut().find(same).unwrap().status = Some(update.status);
            }
        }
    }

    fn settle(&mut self) {
        (0..6).for_each(|_| self.pass(usize::MAX));
    }

    fn facts(&self) -> Option<Vec<OrderFacts>> {
        self.orders.iter().map(OrderFacts::of).collect()
    }

    fn is_dormant(&self) -> bool {
        let Some(orders) = self.facts() else {
            return false;
        };
        let requests: Option<Vec<_>> = self
            .requests
            .iter()
            .map(|request| {
                let uid = request.metadata.uid.as_ref();
                let carries = |order: &&ProvisioningOrder| order.spec.request_refs.iter().any(|r| Some(&r.uid) == uid);
                let carried_by = self
                    .orders
                    .iter()
                    .filter(carries)
                    .map(|order| order.spec.sequence)
                    .max();
                Some((RequestFacts::of(request, "badge", "e1")?, carried_by))
            })
            .collect();
        requests.is_some_and(|requests| dormant(&orders, requests))
    }

    /// The promise of [`dormant`]: later, with an edited type, and whatever the inventory says, as much as now.
    fn check(&self) {
        if !self.is_dormant() {
            return;
        }
        DORMANT.set(DORMANT.get() + 1);
        let later = self.now.checked_add(10_000.hours()).unwrap();
        let mut edited = badge("ManualTicket");
        edited["spec"]["allow"] = json!({"creation": false, "update": false, "deletion": false});
        edited["spec"]["ownerUsername"] = json!({"expression": "'x-' ~ owner.id"});
        for (view, now) in [
            (self.view.clone(), self.now),
            (self.view.clone(), later),
            (view(edited), later),
        ] {
            for entry in [self.resource.clone(), None, Some(someone_elses())] {
                let decision = self.decision_with(view.clone(), now, entry.as_ref());
                assert_eq!(
                    decision,
                    LineDecision::default(),
                    "{:#?} {:#?}",
                    self.orders,
                    self.requests
                );
            }
        }
        // What is kept of a finished order is enough to say who has the resource.
        let whole: Vec<_> = self.orders.iter().cloned().map(Arc::new).collect();
        let kept = self.facts().unwrap();
        let kept: Vec<_> = kept
            .iter()
            .zip(&self.orders)
            .filter(|(facts, _)| facts.is_claim())
            .map(|(facts, order)| Arc::new(facts.outline(&order.spec.owner.id, &order.spec.resource.identifier)))
            .collect();
        for resource in [None, self.resource.clone(), Some(someone_elses())].map(|entry| entry.map(Arc::new)) {
            let of = |orders: &[Arc<ProvisioningOrder>]| {
                holding(
                    orders,
                    resource.as_ref(),
                    &handoff_core::engine::observed::Inventory::default(),
                )
            };
            assert_eq!(of(&kept), of(&whole));
        }
    }
}

thread_local! {
    /// How often a line was dormant, so that the promise is not kept for want of occasions.
    static DORMANT: Cell<usize> = const { Cell::new(0) };
}

#[derive(Clone, Debug)]
enum Step {
    Ask(&'static str, Option<&'static str>),
    AskUntil(i64),
    Cancel(usize),
    Confirm,
    Deviate,
    Fail,
    Recover(&'static str),
    Pass(usize),
    Settle,
    LoseOrder(usize),
    LoseRequest(usize),
    LoseResource,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Ask("Create", Some("A"))),
        2 => Just(Step::Ask("Update", Some("B"))),
        1 => Just(Step::Ask("Update", Some("A"))),
        1 => Just(Step::Ask("Delete", None)),
        1 => Just(Step::Ask("Create", None)),
        1 => (0..40_i64).prop_map(Step::AskUntil),
        1 => (0..8_usize).prop_map(Step::Cancel),
        6 => Just(Step::Confirm),
        1 => Just(Step::Deviate),
        2 => Just(Step::Fail),
        1 => Just(Step::Recover("Retry")),
        1 => Just(Step::Recover("Abandon")),
        4 => (0..6_usize).prop_map(Step::Pass),
        12 => Just(Step::Settle),
        1 => (0..8_usize).prop_map(Step::LoseOrder),
        1 => (0..8_usize).prop_map(Step::LoseRequest),
        1 => Just(Step::LoseResource),
    ]
}

fn walk(line: &mut Line, step: &Step) {
    match step {
        Step::Ask(operation, zone) => line.ask(operation, *zone),
        Step::AskUntil(minutes) => line.ask_until("Create", Some("A"), Some(*minutes)),
        Step::Cancel(which) => line.cancel(*which),
        Step::Confirm => line.decide("Confirmed", json!({})),
        Step::Deviate => line.decide("Confirmed", json!({"zone": ["C"]})),
        Step::Fail => line.decide("Errored", json!({})),
        Step::Recover(action) => line.recover(action),
        Step::Pass(writes) => line.pass(*writes),
        Step::Settle => line.settle(),
        Step::LoseOrder(which) if *which < line.orders.len() => drop(line.orders.remove(*which)),
        Step::LoseRequest(which) if *which < line.requests.len() => drop(line.requests.remove(*which)),
        Step::LoseOrder(_) | Step::LoseRequest(_) => {}
        Step::LoseResource => line.resource = None,
    }
}

#[test]
fn whoever_sleeps_has_nothing_to_do() {
    let histories = proptest::collection::vec(step(), 1..40);
    let package = prop_oneof![Just("ManualTicket"), Just("ManualTicketAndResources")];
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 400,
        ..ProptestConfig::default()
    });
    let outcome = runner.run(&(package, histories), |(package, history)| {
        let mut line = Line::new(package);
        for step in &history {
            walk(&mut line, step);
            line.check();
        }
        Ok(())
    });
    outcome.unwrap();
    assert!(DORMANT.get() > 1_000, "only {} states were dormant", DORMANT.get());
}

fn settled() -> Line {
    let mut line = Line::new("ManualTicket");
    line.ask("Create", Some("A"));
    line.settle();
    line.decide("Confirmed", json!({}));
    line.settle();
    line
}

#[test]
fn a_settled_line_sleeps_and_each_wish_wakes_it() {
    let mut line = settled();
    assert!(line.is_dormant());
    line.recover("Retry");
    assert!(
        !line.is_dormant(),
        "a confirmation that is taken back is to be answered"
    );
    line.settle();
    assert!(!line.is_dormant(), "the next attempt is open");
    line.decide("Confirmed", json!({}));
    line.settle();
    assert!(line.is_dormant());
    line.ask("Update", Some("B"));
    assert!(!line.is_dormant(), "a new request is to be looked at");
}

#[test]
fn an_error_sleeps_only_once_it_is_abandoned() {
    let mut line = Line::new("ManualTicket");
    line.ask("Create", Some("A"));
    line.settle();
    line.decide("Errored", json!({}));
    line.settle();
    assert!(!line.is_dormant());
    line.recover("Abandon");
    line.settle();
    assert!(line.is_dormant());
}

#[test]
fn a_request_that_does_not_say_yet_what_its_order_says_keeps_the_line_awake() {
    let mut line = Line::new("ManualTicket");
    line.ask("Create", Some("A"));
    line.settle();
    line.decide("Confirmed", json!({}));
    line.pass(1);
    assert_eq!(line.newest(), Some(State::Executed));
    assert!(!line.is_dormant());
    line.settle();
    assert!(line.is_dormant());
}

#[test]
fn who_repeats_a_wish_that_is_fulfilled_sleeps_too() {
    let mut line = settled();
    line.ask("Create", Some("A"));
    line.settle();
    assert!(line.is_dormant());
    line.decide("Confirmed", json!({}));
    line.recover("Retry");
    assert!(!line.is_dormant());
}

impl Line {
    /// The first request with other fields in its spec and status.
    fn edit(&mut self, spec: &Value, status: &Value) {
        let mut request = serde_json::to_value(&self.requests[0]).unwrap();
        for (block, changes) in [("spec", spec), ("status", status)] {
            for (field, value) in changes.as_object().unwrap() {
                request[block][field] = value.clone();
            }
        }
        self.requests[0] = serde_json::from_value(request).unwrap();
    }

    /// Its conditions, with one more.
    fn conditions_and(&self, type_: &str, status: &str) -> Value {
        let status_of = self.requests[0].status.as_ref().unwrap();
        let mut conditions = serde_json::to_value(&status_of.conditions).unwrap();
        let more =
            json!({"type": type_, "status": status, "reason": "EndFiled", "lastTransitionTime": self.now.to_string()});
        conditions.as_array_mut().unwrap().push(more);
        conditions
    }
}

#[test]
fn a_request_with_an_end_stays_whole_until_that_was_seen_to() {
    let mut line = settled();
    line.edit(&json!({"endTime": "2026-12-01T00:00:00Z"}), &json!({}));
    assert!(!line.is_dormant(), "its end is to come");
    let mut unclear = settled();
    unclear.edit(
        &json!({"endTime": "2026-12-01T00:00:00Z"}),
        &json!({"conditions": unclear.conditions_and("EndRequested", "False")}),
    );
    assert!(!unclear.is_dormant(), "its end was not seen to");
    line.edit(
        &json!({}),
        &json!({"conditions": line.conditions_and("EndRequested", "True")}),
    );
    assert!(line.is_dormant());
}

#[test]
fn who_took_it_back_too_late_sleeps_once_the_work_is_done() {
    let mut line = settled();
    line.edit(&json!({}), &json!({"reason": "CancelledTooLate"}));
    assert!(line.is_dormant());
    line.edit(&json!({}), &json!({"reason": "Superseded"}));
    assert!(!line.is_dormant(), "that is not what its order says");
    // The confirmation is struck: the request has to say something else now.
    line.edit(&json!({}), &json!({"reason": "CancelledTooLate"}));
    line.recover("Retry");
    assert!(!line.is_dormant());
}
