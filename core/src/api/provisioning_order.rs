//! ProvisioningOrder: one piece of work for a person; written by the operator, decided by people.

use super::common::ResourceRef;
use super::resource_type::{Evidence, OnRefuted, PropertyType, VerificationMode};
use super::{
    Actor, Condition, HistoryEntry, NamedRef, Operation, Properties, ProvisioningState, Values, rules, schema,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One piece of work in one managed system, with everything that the fulfiller needs to do it.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "handoff.dev",
    version = "v1alpha1",
    kind = "ProvisioningOrder",
    plural = "provisioningorders",
    shortname = "porder",
    category = "handoff",
    namespaced,
    status = "ProvisioningOrderStatus",
    derive = "PartialEq",
    selectable = ".status.state",
    selectable = ".spec.resourceTypeRef.name",
    selectable = ".spec.targetEntityType",
    selectable = ".spec.owner.id",
    selectable = ".spec.operation",
    selectable = ".spec.assignee.username",
    selectable = ".spec.decision.result",
    selectable = ".spec.resource.identifier",
    printcolumn(name = "Operation", type_ = "string", json_path = ".spec.operation"),
    printcolumn(name = "Owner", type_ = "string", json_path = ".spec.owner.id"),
    printcolumn(name = "State", type_ = "string", json_path = ".status.state"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.reason"),
    printcolumn(name = "Assignee", type_ = "string", json_path = ".spec.assignee.username"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(
        name = "Entity",
        type_ = "string",
        json_path = ".spec.targetEntityType",
        priority = 1
    ),
    printcolumn(
        name = "Resource",
        type_ = "string",
        json_path = ".spec.resource.identifier",
        priority = 1
    ),
    printcolumn(name = "Attempt", type_ = "integer", json_path = ".spec.attempt", priority = 1),
    printcolumn(
        name = "Decided By",
        type_ = "string",
        json_path = ".spec.decision.by.username",
        priority = 1
    ),
    printcolumn(name = "Due", type_ = "date", json_path = ".status.dueAt", priority = 1),
    printcolumn(name = "Title", type_ = "string", json_path = ".spec.ticket.title", priority = 1)
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::order_spec()))]
pub struct ProvisioningOrderSpec {
    /// The type of the resource.
    pub resource_type_ref: NamedRef,
    /// Kind of the thing that is provisioned; groups the work lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub target_entity_type: Option<String>,
    /// What is to be done.
    pub operation: Operation,
    /// The resource in the managed system.
    pub resource: ResourceRef,
    /// Number of this order among all orders of its resource.
    #[schemars(range(min = 1))]
    pub sequence: i64,
    /// 1 plus the errored orders directly before.
    #[schemars(range(min = 1))]
    pub attempt: i64,
    /// Every request that this order answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["uid"]))]
    pub request_refs: Vec<RequestRef>,
    /// User names of those who asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::usernames")]
    pub requesters: Vec<String>,
    /// Who has, or is to have, the resource.
    pub owner: OrderOwner,
    /// What to change, by property. A Delete has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["property"]))]
    pub changes: Vec<Change>,
    /// The whole planned state, as far as known.
    pub desired: Desired,
    /// What the fulfiller reads.
    pub ticket: Ticket,
    /// The type's rules at the time of the order; only these count after the hand-over.
    pub policy: Policy,
    /// The order whose review this one carries on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub review_of: Option<String>,
    /// What became of the order before, if this is another attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
    /// The fulfiller's answer, once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The reviewer's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// What happens after an error, or takes a wrong confirmation back; once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Assignee>,
}

/// A request that an order answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestRef {
    /// Name of the request.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Its uid.
    #[schemars(length(min = 1, max = 128))]
    pub uid: String,
    /// true: a later request of the same order took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded: Option<bool>,
    /// Properties that a later request of the same order changed again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::property_names")]
    pub overridden: Vec<String>,
}

/// The owner, as the order needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderOwner {
    /// Stable key of the owner in the source system.
    #[schemars(length(min = 1, max = 253))]
    pub id: String,
    /// Kubernetes user name, derived by the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub username: Option<String>,
    /// Name of the owner for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub display_name: Option<String>,
}

/// One property to change. The four lists are sorted and compared as sets; an absent one does not apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Name of the property.
    #[schemars(length(min = 1, max = 63))]
    pub property: String,
    /// What its values look like. A Secret has no lists: the fulfiller sets it.
    #[serde(rename = "type")]
    pub type_: PropertyType,
    /// true: a new resource must have it, so it is not declined alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// Whether the present value is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_known: Option<bool>,
    /// The present values, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::value_list")]
    pub current: Option<Vec<String>>,
    /// The values that it is to have; [] clears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::value_list")]
    pub proposed: Option<Vec<String>>,
    /// Values to add.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::value_list")]
    pub added: Option<Vec<String>>,
    /// Values to remove.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::value_list")]
    pub removed: Option<Vec<String>>,
}

/// The whole planned state of a resource, as far as known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Desired {
    /// Whether it is to exist.
    pub exists: bool,
    /// Single-valued properties.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::properties")]
    pub properties: Properties,
    /// Multi-valued properties.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::values")]
    pub values: Values,
}

/// What the fulfiller reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ticket {
    /// One line.
    #[schemars(length(max = 512))]
    pub title: String,
    /// What to do, step by step.
    #[schemars(length(max = 32768))]
    pub instructions: String,
    /// Where to do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub url: Option<String>,
}

/// The type's rules at the time of the order, all effective values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// How the order is carried out.
    pub provisioning_connection: super::resource_type::ProvisioningConnection,
    /// How identifiers compare.
    pub identifier: PolicyIdentifier,
    /// Whether the order needed a review.
    pub provisioning_review: PolicyReview,
    /// How long a person may have it. Absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    pub transmitted_state_validity: Option<String>,
    /// When it is due after the hand-over. Absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    pub due_after: Option<String>,
    /// Who may decide, with what.
    pub decision: PolicyDecision,
    /// How it is proven.
    pub verification: PolicyVerification,
    /// How long it is kept.
    pub retention: PolicyRetention,
}

/// How identifiers compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyIdentifier {
    /// Whether identifiers that differ only in case are one.
    pub case_insensitive: bool,
}

/// Whether the order needed a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyReview {
    /// Every order waits for a review.
    pub required: bool,
    /// Each attempt after an error waits for a review.
    pub after_error: bool,
}

/// Who may decide, with what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyDecision {
    /// Whether requester and owner may confirm.
    pub allow_self_confirmation: bool,
    /// Whether Confirmed needs evidence.
    pub evidence: Evidence,
    /// Whether only the assignee may decide.
    pub claim_required: bool,
}

/// How the order is proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyVerification {
    /// What proves it.
    pub mode: VerificationMode,
    /// How long the system's export may lag behind the work.
    #[schemars(schema_with = "schema::duration_or_zero")]
    pub lag: String,
    /// What a refutation leads to.
    pub on_refuted: OnRefuted,
    /// Most attempts that Reopen makes by itself.
    pub max_attempts: i32,
}

/// How long the order is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyRetention {
    /// After success.
    #[schemars(schema_with = "schema::duration")]
    pub completed: String,
    /// After anything else.
    #[schemars(schema_with = "schema::duration")]
    pub failed: String,
}

/// What became of the order before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Previous {
    /// Name of that order.
    #[schemars(length(max = 253))]
    pub name: String,
    /// Why it ended.
    #[schemars(length(max = 128))]
    pub reason: String,
    /// What was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub message: Option<String>,
}

/// The fulfiller's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::decision()))]
pub struct Decision {
    /// Confirmed: it is done. Errored: it could not be done, `message` says why.
    pub result: DecisionResult,
    /// What to say about it; needed with Errored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub message: Option<String>,
    /// What shows that it was done, for example a link to a screenshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub evidence: Option<String>,
    /// Number of a ticket elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub ticket_ref: Option<String>,
    /// What was really set, where it differs from what was proposed; only with Confirmed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::values")]
    pub actual_values: Values,
    /// Who; filled in by admission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
}

/// The two answers of a fulfiller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DecisionResult {
    /// It is done.
    Confirmed,
    /// It could not be done.
    Errored,
}

/// The reviewer's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::review()))]
pub struct Review {
    /// The answer; only Postponed may change.
    pub result: ReviewResult,
    /// With Approved: properties that are not to be changed; the rest is released.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::property_names")]
    pub declined_properties: Vec<String>,
    /// Why; needed with Declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub comment: Option<String>,
    /// Who; filled in by admission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
}

/// The three answers of a reviewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ReviewResult {
    /// Go ahead.
    Approved,
    /// Not to be done.
    Declined,
    /// Later.
    Postponed,
}

/// What happens after an error, or takes a wrong confirmation back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recovery {
    /// Retry: the next order. Abandon: the requests end.
    pub action: RecoveryAction,
    /// Why; needed when a confirmation is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub comment: Option<String>,
    /// Who; filled in by admission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
}

/// The two ways on after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RecoveryAction {
    /// Make the next order.
    Retry,
    /// End its requests.
    Abandon,
}

/// Who works on an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Assignee {
    /// Kubernetes user name of the person.
    #[schemars(length(min = 1, max = 512))]
    pub username: String,
    /// Who said so; filled in by admission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
}

/// Where an order stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ProvisioningOrderStatus {
    /// The generation that this status was computed from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<ProvisioningState>,
    /// Why, in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub reason: Option<String>,
    /// Why and what helps, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub message: Option<String>,
    /// Transmitted, Executed, Verified, Overdue, StopRequested, Reconciling, Stalled, DecisionUntrusted, Finished, Succeeded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Vec<Condition>,
    /// When it was handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transmitted_at: Option<Time>,
    /// When it is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Time>,
    /// When the operator saw the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Time>,
    /// When it counted as done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executed_at: Option<Time>,
    /// When it was proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Time>,
    /// What the data said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<VerificationResult>,
    /// The last steps, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::history")]
    pub history: Vec<HistoryEntry>,
}

/// What the data said about an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerificationResult {
    /// The verdict.
    pub verdict: Verdict,
    /// What differs, existence under the property name `exists`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 65), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["property"]))]
    pub differences: Vec<Difference>,
    /// The snapshot that it was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub synchronization: Option<String>,
}

/// What data can say about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Verdict {
    /// It is as claimed.
    Verified,
    /// It is not as claimed.
    Refuted,
    /// The data cannot say.
    Inconclusive,
}

/// One property that is not as ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Name of the property, or `exists`.
    #[schemars(length(min = 1, max = 63))]
    pub property: String,
    /// What was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::value_list")]
    pub expected: Option<Vec<String>>,
    /// What was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::value_list")]
    pub observed: Option<Vec<String>>,
}
