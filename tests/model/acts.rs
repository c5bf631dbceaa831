//! What people do to the world, as the rules of the CRDs let them; now and then as if admission had a hole.

use crate::managed::Work;
use crate::people::{Answer, Verdict};
use crate::wishes::{date, wish};
use crate::world::{World, is_pending, needs_recovery, order_state, request_state};
use handoff_core::api::managed_resource::Source;
use handoff_core::api::resource_type::PropertyType;
use handoff_core::api::{AssignmentRequest, Operation, ProvisioningOrder, ProvisioningState as State, WorkflowState};
use jiff::ToSpan;
use kube::ResourceExt;
use serde_json::{Value, json};

/// Who may stand in for whom: the requester of everything.
const REQUESTER: &str = "alice";

fn by(who: &str) -> Value {
    json!({"username": who})
}

fn parsed<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

impl World {
    /// A person writes into an order.
    fn edit_order(&mut self, mut order: ProvisioningOrder) -> bool {
        order.metadata.generation = order.metadata.generation.map(|generation| generation + 1);
        self.put_order(order);
        true
    }

    /// A person writes into a request.
    fn edit_request(&mut self, mut request: AssignmentRequest) -> bool {
        request.metadata.generation = request.metadata.generation.map(|generation| generation + 1);
        self.put_request(request);
        true
    }

    pub fn file(&mut self, of: &str, owner: u8, number: u8, which: u8, when: u8) {
        let owner = format!("e{}", owner + 1);
        // A name may come again once its object was deleted, and nothing is left that was filed because of it.
        let is_free =
            |name: &String| !self.requests.contains_key(name) && !self.requests.contains_key(&format!("{name}-end"));
        let name = (0..).map(|n| format!("r{n:02}")).find(is_free).unwrap();
        let mut spec = wish(number);
        date(&mut spec, when, self.now);
        spec["resourceTypeRef"] = json!({"name": of});
        spec["owner"] = json!({"id": owner, "properties": {"department": "sales"}});
        spec["requestedBy"] = by(REQUESTER);
        match which {
            0 => spec["resource"] = json!({"identifier": "Shared@x"}),
            1 => spec["resource"] = json!({"identifier": "shared@X "}),
            2 => spec["owner"] = json!({"id": owner}),
            _ => {}
        }
        let object = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest", "metadata": {"name": name}, "spec": spec,
        });
        self.create_request(parsed(object)).unwrap();
    }

    /// A fulfiller answers.
    pub fn answer(&mut self, name: &str, how: Answer) -> bool {
        let Some(mut order) = self.orders.get(name).cloned() else {
            return false;
        };
        if order_state(&order) != Some(State::Transmitted) || order.spec.decision.is_some() {
            return false;
        }
        let zone = order.spec.changes.iter().any(|change| change.property == "zone");
        let who = match how {
            // Now and then the requester confirms.
            Answer::SelfConfirmed => REQUESTER,
            Answer::Confirmed | Answer::Forgotten | Answer::Wrong | Answer::Deviating | Answer::Errored => "bob",
        };
        let claimed = order
            .spec
            .assignee
            .as_ref()
            .is_some_and(|assignee| assignee.username == "bob");
        if order.spec.policy.decision.claim_required && !claimed && who != REQUESTER {
            return false;
        }
        let mut decision = match how {
            Answer::Errored => json!({"result": "Errored", "message": "no"}),
            Answer::Deviating if zone => json!({"result": "Confirmed", "actualValues": {"zone": ["ELSEWHERE"]}}),
            Answer::Confirmed | Answer::Forgotten | Answer::Wrong | Answer::Deviating | Answer::SelfConfirmed => {
                json!({"result": "Confirmed"})
            }
        };
        decision["by"] = by(who);
        order.spec.decision = parsed(decision);
        self.system.work(self.now, &order, how.work());
        self.edit_order(order)
    }

    /// A fulfiller works, and says nothing.
    pub fn work(&mut self, name: &str, how: Work) {
        if let Some(order) = self.orders.get(name) {
            self.system.work(self.now, order, how);
        }
    }

    /// A fulfiller claims an order, or gives it back.
    pub fn claim(&mut self, name: &str, take: bool) -> bool {
        let Some(mut order) = self.orders.get(name).cloned() else {
            return false;
        };
        if order.spec.decision.is_some() || order.spec.assignee.is_some() == take {
            return false;
        }
        order.spec.assignee = take.then(|| parsed(json!({"username": "bob", "by": by("bob")})));
        self.edit_order(order)
    }

    /// A reviewer answers.
    pub fn review(&mut self, name: &str, how: Verdict) -> bool {
        let Some(mut order) = self.orders.get(name).cloned() else {
            return false;
        };
        let final_one = order.spec.review.as_ref().is_some_and(|review| !is_postponed(review));
        if order_state(&order) != Some(State::AwaitingApproval) || final_one {
            return false;
        }
        let review = match how {
            Verdict::Approved => json!({"result": "Approved", "by": by("dave")}),
            Verdict::SelfApproved => json!({"result": "Approved", "by": by(REQUESTER)}),
            Verdict::Declined => json!({"result": "Declined", "comment": "not now", "by": by("dave")}),
            Verdict::Postponed => json!({"result": "Postponed", "by": by("dave")}),
            Verdict::Partly(which) => match may_be_declined(&order, which) {
                Some(property) => {
                    json!({"result": "Approved", "declinedProperties": [property], "by": by("dave")})
                }
                None => return false,
            },
        };
        order.spec.review = parsed(review);
        self.edit_order(order)
    }

    /// A reviewer answers an error, or takes a confirmation back.
    pub fn recover(&mut self, name: &str, retry: bool) -> bool {
        let Some(mut order) = self.orders.get(name).cloned() else {
            return false;
        };
        let may = needs_recovery(&order) || order_state(&order) == Some(State::Executed);
        if order.spec.recovery.is_some() || !may {
            return false;
        }
        let action = if retry { "Retry" } else { "Abandon" };
        order.spec.recovery = parsed(json!({"action": action, "comment": "as it is", "by": by("dave")}));
        self.edit_order(order)
    }

    /// An approver answers, once, while the request waits for approvers.
    pub fn approve(&mut self, name: &str, who: &str, yes: bool) -> bool {
        let Some(mut request) = self.requests.get(name).cloned() else {
            return false;
        };
        if !is_pending(&request) || request.spec.approvals.contains_key(who) {
            return false;
        }
        let result = if yes { "Approved" } else { "Declined" };
        let answer = parsed(json!({"result": result}));
        request.spec.approvals.insert(who.to_owned(), answer);
        self.edit_request(request)
    }

    /// Names of requests that may be taken back: neither done nor ended.
    pub fn cancellable(&self) -> Vec<String> {
        let may = |request: &&AssignmentRequest| {
            let done = matches!(
                request_state(request),
                Some(State::Executed | State::Verified | State::Inactive)
            );
            let workflow = request.status.as_ref().and_then(|status| status.workflow_state);
            let ended = matches!(workflow, Some(WorkflowState::Declined | WorkflowState::Cancelled));
            !done && !ended && request.spec.cancel.is_none()
        };
        self.requests.values().filter(may).map(ResourceExt::name_any).collect()
    }

    /// The requester takes a request back.
    pub fn cancel(&mut self, name: &str) {
        if let Some(mut request) = self.requests.get(name).cloned() {
            request.spec.cancel = parsed(json!({"reason": "changed my mind", "by": by(REQUESTER)}));
            self.edit_request(request);
        }
    }

    /// Exports leave alone what trusted orders made: whoever wants snapshots to prove takes it out.
    pub fn remove_made_entries(&mut self) {
        for name in self.made_entries() {
            self.remove_resource(&name);
        }
    }

    /// Names of the entries that trusted orders made.
    pub fn made_entries(&self) -> Vec<String> {
        let made = self
            .resources
            .values()
            .filter(|entry| entry.spec.source == Source::Virtual);
        made.map(ResourceExt::name_any).collect()
    }

    pub fn touch(&mut self, name: &str) {
        if let Some(request) = self.requests.get(name).cloned() {
            self.put_request(request);
        }
    }

    pub fn tick(&mut self, seconds: i64) {
        self.stepped_back |= seconds < 0;
        self.now = self.now.checked_add(seconds.seconds()).unwrap();
    }
}

fn is_postponed(review: &handoff_core::api::provisioning_order::Review) -> bool {
    review.result == handoff_core::api::provisioning_order::ReviewResult::Postponed
}

/// A property of an order that a reviewer may decline by itself: not what a new resource must have.
fn may_be_declined(order: &ProvisioningOrder, which: u8) -> Option<String> {
    let required = |name: &str| order.spec.operation == Operation::Create && name == "zone";
    let may: Vec<&str> = order
        .spec
        .changes
        .iter()
        .filter(|change| {
            !required(&change.property) && (change.type_ != PropertyType::Secret || which.is_multiple_of(2))
        })
        .map(|change| change.property.as_str())
        .collect();
    crate::people::pick(&may, which).map(str::to_owned)
}
