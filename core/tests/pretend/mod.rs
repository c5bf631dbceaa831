//! A line driven as people drive it: requests and answers in, orders and statuses out. It stores what decisions say.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, dead_code, unreachable_pub)]

use handoff_core::api::{
    AssignmentRequest, ManagedResource, ProvisioningOrder, ProvisioningState as State, ResourceType,
};
use handoff_core::engine::observed::Inventory;
use handoff_core::engine::types::{TypeView, inspect};
use handoff_core::engine::{LineDecision, LineSnapshot, Policies, ResourceChange, Room, decide_line};
use jiff::{Timestamp, ToSpan};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One line on a pretended cluster: it stores what decisions say, nothing more.
pub struct Line {
    pub now: Timestamp,
    pub view: Option<Arc<TypeView>>,
    pub identifier: String,
    pub orders: Vec<ProvisioningOrder>,
    pub requests: Vec<AssignmentRequest>,
    pub highest: i64,
    pub resource: Option<ManagedResource>,
    pub name_conflict: Option<String>,
    pub policies: Policies,
    /// Owner id and type name of resources of other types.
    pub held: BTreeSet<(String, String)>,
    /// What thresholds let through.
    pub room: Room,
    /// What snapshots say.
    pub inventory: Inventory,
    /// When the line wants to be decided again.
    pub wake_at: Option<Timestamp>,
}

pub fn badge() -> Value {
    json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType",
        "metadata": {"name": "badge", "namespace": "identity", "generation": 1},
        "spec": {
            "provisioningConnection": {"package": "ManualTicket"},
            "identifier": {"expression": "owner.id"},
            "properties": [
                {"name": "zone", "type": "String", "required": true},
                {"name": "level", "type": "Integer"},
                {"name": "doors", "type": "String", "multiValued": true},
                {"name": "label", "type": "String", "expression": "owner.id ~ '/' ~ (request.properties.zone if request.properties.zone is defined else resource.properties.zone)"},
                {"name": "pin", "type": "Secret", "required": true},
            ],
        },
    })
}

/// A badge type with one field set otherwise.
pub fn badge_with(field: &str, value: Value) -> Value {
    let mut of = badge();
    let (parent, name) = field.rsplit_once('/').unwrap();
    of.pointer_mut(parent).unwrap()[name] = value;
    of
}

pub fn view(of: Value) -> Arc<TypeView> {
    let object: ResourceType = serde_json::from_value(of).unwrap();
    Arc::new(inspect(Arc::new(object)))
}

impl Line {
    pub fn new(of: Value) -> Self {
        Self {
            now: "2026-03-01T08:00:00Z".parse().unwrap(),
            view: Some(view(of)),
            identifier: "e1".to_owned(),
            orders: Vec::new(),
            requests: Vec::new(),
            highest: 0,
            resource: None,
            name_conflict: None,
            policies: Policies::InForce,
            held: BTreeSet::new(),
            room: Room::default(),
            inventory: Inventory::default(),
            wake_at: None,
        }
    }

    /// Files a request; it is decided at once.
    pub fn ask(&mut self, name: &str, spec: Value) -> &mut Self {
        self.file(name, spec).settle()
    }

    /// Files a request and decides nothing yet, so that several can meet.
    pub fn file(&mut self, name: &str, spec: Value) -> &mut Self {
        let mut full =
            json!({"resourceTypeRef": {"name": "badge"}, "owner": {"id": "e1"}, "requestedBy": {"username": "alice"}});
        full.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        let created = self
            .now
            .checked_add(i64::try_from(self.requests.len()).unwrap().seconds())
            .unwrap();
        let request = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest",
            "metadata": {"name": name, "uid": format!("uid-{name}"), "generation": 1, "creationTimestamp": created.to_string()},
            "spec": full,
        });
        self.requests.push(serde_json::from_value(request).unwrap());
        self
    }

    pub fn create(&mut self, name: &str) -> &mut Self {
        self.ask(name, json!({"operation": "Create", "properties": {"zone": "A"}}))
    }

    pub fn people_write(&mut self, order: usize, block: &str, value: Value) -> &mut Self {
        let mut object = serde_json::to_value(&self.orders[order - 1]).unwrap();
        object["spec"][block] = value;
        // Admission stamps what nobody signed.
        if object["spec"][block]["by"].is_null() {
            object["spec"][block]["by"] = json!({"username": "carol"});
        }
        self.orders[order - 1] = serde_json::from_value(object).unwrap();
        self.settle()
    }

    pub fn decide(&mut self, order: usize, result: &str) -> &mut Self {
        self.people_write(
            order,
            "decision",
            json!({"result": result, "message": "the door is locked", "by": {"username": "bob"}}),
        )
    }

    pub fn recover(&mut self, order: usize, action: &str) -> &mut Self {
        self.people_write(
            order,
            "recovery",
            json!({"action": action, "comment": "as agreed", "by": {"username": "dave"}}),
        )
    }

    pub fn review(&mut self, order: usize, result: &str) -> &mut Self {
        self.people_write(
            order,
            "review",
            json!({"result": result, "comment": "as agreed", "by": {"username": "dave"}}),
        )
    }

    /// A person writes into a request; `at`: where below its spec, for example `cancel`.
    pub fn people_tell(&mut self, request: usize, at: &str, value: Value) -> &mut Self {
        let mut object = serde_json::to_value(&self.requests[request - 1]).unwrap();
        let mut field = &mut object["spec"];
        for name in at.split('/') {
            field = &mut field[name];
        }
        *field = value;
        self.requests[request - 1] = serde_json::from_value(object).unwrap();
        self.settle()
    }

    /// An approver answers.
    pub fn answer(&mut self, request: usize, who: &str, result: &str) -> &mut Self {
        let answer = json!({"result": result, "comment": "as agreed"});
        self.people_tell(request, &format!("approvals/{who}"), answer)
    }

    pub fn cancel(&mut self, request: usize) -> &mut Self {
        let cancel = json!({"reason": "not wished any more", "by": {"username": "alice"}});
        self.people_tell(request, "cancel", cancel)
    }

    /// Time goes on until then.
    pub fn at(&mut self, time: &str) -> &mut Self {
        self.now = time.parse().unwrap();
        self.settle()
    }

    pub fn decision(&self) -> LineDecision {
        decide_line(&LineSnapshot {
            inventory: Arc::new(self.inventory.clone()),
            policies: Arc::new(self.policies.clone()),
            now: self.now,
            type_name: "badge".to_owned(),
            identifier: self.identifier.clone(),
            resource_type: self.view.clone(),
            orders: self.orders.iter().cloned().map(Arc::new).collect(),
            requests: self.requests.iter().cloned().map(Arc::new).collect(),
            resource: self.resource.clone().map(Arc::new),
            highest_sequence: self.highest,
            name_conflict: self.name_conflict.clone(),
            held: self.held.clone(),
            room: self.room,
        })
    }

    /// Applies decisions until nothing is left to write; every move must be legal and one order open at most.
    pub fn settle(&mut self) -> &mut Self {
        for _ in 0..5 {
            self.now = self.now.checked_add(1.minute()).unwrap();
            let mut decision = self.decision();
            self.wake_at = decision.wake_at.take();
            if decision == LineDecision::default() {
                return self;
            }
            self.apply(decision);
        }
        panic!("the line does not come to rest: {:#?}", self.decision());
    }

    pub fn apply(&mut self, decision: LineDecision) {
        match decision.resource {
            Some(ResourceChange::Create(made)) => self.resource = Some(made),
            Some(ResourceChange::Replace { after, .. }) => self.resource = Some(after),
            Some(ResourceChange::Delete(_)) => self.resource = None,
            None => {}
        }
        for update in decision.order_updates {
            let order = self
                .orders
                .iter_mut()
                .find(|o| o.metadata.name == update.order.metadata.name)
                .unwrap();
            let before = order.status.as_ref().and_then(|s| s.state).unwrap_or_default();
            let after = update.status.state.unwrap();
            assert!(before.may_become(after), "{before} -> {after}");
            order.status = Some(update.status);
        }
        if let Some(new) = decision.new_order {
            let mut order = new.order;
            order.metadata.generation = Some(1);
            order.status = Some(new.status);
            self.highest = self.highest.max(order.spec.sequence);
            self.orders.push(order);
        }
        for filing in decision.new_requests {
            let mut filed = filing.request;
            let name = filed.metadata.name.clone().unwrap();
            if self
                .requests
                .iter()
                .any(|known| known.metadata.name.as_ref() == Some(&name))
            {
                continue;
            }
            filed.metadata.uid = Some(format!("uid-{name}"));
            filed.metadata.generation = Some(1);
            filed.metadata.creation_timestamp = Some(Time(self.now));
            filed.spec.requested_by = serde_json::from_value(json!({"username": "operator"})).unwrap();
            self.requests.push(filed);
        }
        for update in decision.request_updates {
            let request = self
                .requests
                .iter_mut()
                .find(|r| r.metadata.name == update.request.metadata.name)
                .unwrap();
            request.status = Some(update.status);
        }
        let open = self
            .orders
            .iter()
            .filter(|o| o.status.as_ref().unwrap().state == Some(State::Transmitted))
            .count();
        assert!(open <= 1, "two open orders on a line");
    }

    pub fn shows(&self, request: usize) -> (State, &str) {
        let status = self.requests[request - 1].status.as_ref().unwrap();
        (status.provisioning_state.unwrap(), status.reason.as_deref().unwrap())
    }

    pub fn message(&self, request: usize) -> &str {
        self.requests[request - 1]
            .status
            .as_ref()
            .unwrap()
            .message
            .as_deref()
            .unwrap()
    }

    pub fn reference(&self, order: usize, request: usize) -> Value {
        let uid = self.requests[request - 1].metadata.uid.as_deref().unwrap();
        let refs = &self.orders[order - 1].spec.request_refs;
        serde_json::to_value(refs.iter().find(|r| r.uid == uid)).unwrap()
    }

    pub fn order(&self, order: usize) -> (State, &str) {
        let status = self.orders[order - 1].status.as_ref().unwrap();
        (status.state.unwrap(), status.reason.as_deref().unwrap())
    }

    pub fn finished(&self, request: usize) -> bool {
        let status = self.requests[request - 1].status.as_ref().unwrap();
        serde_json::to_value(&status.conditions)
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .any(|c| c["type"] == "Finished" && c["status"] == "True")
    }
}
