//! An order made anew of its facts, for who asks only what they say. It must not be stored or shown to anybody.

use super::OrderFacts;
use crate::api::common::ResourceRef;
use crate::api::provisioning_order::{
    Desired, OrderOwner, Policy, PolicyDecision, PolicyIdentifier, PolicyRetention, PolicyReview, PolicyVerification,
    ProvisioningOrderSpec, Ticket,
};
use crate::api::resource_type::{Evidence, OnRefuted, Package, ProvisioningConnection, VerificationMode};
use crate::api::{NamedRef, Operation, ProvisioningOrder, ProvisioningOrderStatus};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

impl OrderFacts {
    /// An order that says as much as [`holding`](super::super::holding) reads, and nothing else that is true.
    pub fn outline(&self, owner: &str, identifier: &str) -> ProvisioningOrder {
        let executed_at = Timestamp::from_second(i64::from(self.executed_at))
            .ok()
            .filter(|at| at.as_second() != 0);
        let mut order = ProvisioningOrder::new("outline", outline_spec(self, owner, identifier));
        order.status = Some(ProvisioningOrderStatus {
            state: Some(self.state),
            executed_at: executed_at.map(Time),
            ..ProvisioningOrderStatus::default()
        });
        order
    }
}

fn outline_spec(facts: &OrderFacts, owner: &str, identifier: &str) -> ProvisioningOrderSpec {
    ProvisioningOrderSpec {
        resource_type_ref: NamedRef::default(),
        target_entity_type: None,
        operation: Operation::Update,
        resource: ResourceRef {
            identifier: identifier.to_owned(),
        },
        sequence: facts.sequence,
        attempt: 1,
        request_refs: Vec::new(),
        requesters: Vec::new(),
        owner: OrderOwner {
            id: owner.to_owned(),
            username: None,
            display_name: None,
        },
        changes: Vec::new(),
        desired: Desired {
            exists: facts.exists,
            ..Desired::default()
        },
        ticket: Ticket::default(),
        policy: outline_policy(facts),
        review_of: None,
        previous: None,
        decision: None,
        review: None,
        recovery: None,
        assignee: None,
    }
}

fn outline_policy(facts: &OrderFacts) -> Policy {
    Policy {
        provisioning_connection: ProvisioningConnection {
            package: Package::ManualTicket,
        },
        identifier: PolicyIdentifier { case_insensitive: true },
        provisioning_review: PolicyReview {
            required: false,
            after_error: false,
        },
        transmitted_state_validity: None,
        due_after: None,
        decision: PolicyDecision {
            allow_self_confirmation: false,
            evidence: Evidence::Optional,
            claim_required: false,
        },
        verification: PolicyVerification {
            mode: VerificationMode::None,
            lag: format!("{}s", facts.lag),
            on_refuted: OnRefuted::Error,
            max_attempts: 1,
        },
        retention: PolicyRetention {
            completed: String::new(),
            failed: String::new(),
        },
    }
}
