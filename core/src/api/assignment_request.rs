//! AssignmentRequest: one wish of one person for one resource; immutable but for `approvals` and `cancel`.

use super::common::{Owner, ResourceRef};
use super::{
    Actor, Condition, HistoryEntry, NamedRef, Operation, Properties, ProvisioningState, Values, rules, schema,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A wish that a resource be created, changed or removed.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "handoff.dev",
    version = "v1alpha1",
    kind = "AssignmentRequest",
    plural = "assignmentrequests",
    shortname = "areq",
    category = "handoff",
    namespaced,
    status = "AssignmentRequestStatus",
    derive = "PartialEq",
    selectable = ".status.provisioningState",
    selectable = ".status.workflowState",
    selectable = ".spec.resourceTypeRef.name",
    selectable = ".spec.owner.id",
    selectable = ".spec.operation",
    selectable = ".spec.requestedBy.username",
    printcolumn(name = "Type", type_ = "string", json_path = ".spec.resourceTypeRef.name"),
    printcolumn(name = "Operation", type_ = "string", json_path = ".spec.operation"),
    printcolumn(name = "Owner", type_ = "string", json_path = ".spec.owner.id"),
    printcolumn(name = "State", type_ = "string", json_path = ".status.provisioningState"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.reason"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(
        name = "Resource",
        type_ = "string",
        json_path = ".status.resource.identifier",
        priority = 1
    ),
    printcolumn(name = "Order", type_ = "string", json_path = ".status.orders[-1:]", priority = 1),
    printcolumn(
        name = "Workflow",
        type_ = "string",
        json_path = ".status.workflowState",
        priority = 1
    ),
    printcolumn(
        name = "Requested By",
        type_ = "string",
        json_path = ".spec.requestedBy.username",
        priority = 1
    ),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.message", priority = 1)
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::request_spec()))]
pub struct AssignmentRequestSpec {
    /// The type of the resource.
    pub resource_type_ref: NamedRef,
    /// What is wished.
    pub operation: Operation,
    /// Who has, or is to have, the resource.
    pub owner: Owner,
    /// Which resource. Absent: the type's identifier expression, or the owner's only resource of the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceRef>,
    /// Values of single-valued properties; "" clears.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::properties")]
    pub properties: Properties,
    /// Values of multi-valued properties, replacing what is there; [] clears.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::values")]
    pub values: Values,
    /// Values to add to multi-valued properties.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::values")]
    pub add_values: Values,
    /// Values to remove from multi-valued properties.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::values")]
    pub remove_values: Values,
    /// Names of Secret properties that the fulfiller is to set. Never a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::property_names")]
    pub secrets: Vec<String>,
    /// Not before this time, for example 2026-03-01T08:00:00Z. Absent: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub start_time: Option<Time>,
    /// Only until this time, for example 2026-09-30T18:00:00+02:00; with a Create, or an Update of addValues and removeValues.
    /// Absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub end_time: Option<Time>,
    /// Why, for approvers and auditors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub justification: Option<String>,
    /// Who asks; filled in by admission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<RequestedBy>,
    /// Answers of approvers, by their user name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 9, "x-kubernetes-validations" = rules::approver_names()))]
    pub approvals: BTreeMap<String, ApprovalAnswer>,
    /// Takes the wish back, once; by who made the request, or by its owner, until it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<Cancel>,
    /// The request that made the operator file this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caused_by: Option<NamedRef>,
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestedBy {
    /// Kubernetes user name.
    #[schemars(length(min = 1, max = 512))]
    pub username: String,
    /// Kubernetes uid of that user, where the API server has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub uid: Option<String>,
    /// Whether the requester holds `approve` on the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_approve: Option<bool>,
}

/// The answer of one approver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalAnswer {
    /// The answer.
    pub result: ApprovalResult,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub comment: Option<String>,
}

/// The two answers of an approver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ApprovalResult {
    /// Agreed.
    Approved,
    /// Not agreed; one is enough to end the request.
    Declined,
}

/// Takes the wish back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-validations" = rules::cancel()))]
pub struct Cancel {
    /// Why; not blank.
    #[schemars(length(max = 4096))]
    pub reason: String,
    /// Who; filled in by admission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
}

/// Where the workflow of a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WorkflowState {
    /// Seen, not yet worked on.
    Requested,
    /// Waits for approvers.
    PendingApproval,
    /// Agreed.
    Approved,
    /// An approver said no.
    Declined,
    /// Taken back.
    Cancelled,
}

/// Where a request stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AssignmentRequestStatus {
    /// The generation that this status was computed from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Where the workflow stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_state: Option<WorkflowState>,
    /// Given and needed approvals, for example 1/2.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    pub approvals: Option<String>,
    /// How many approvers are needed; frozen when the request was first seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9))]
    pub approval_steps: Option<i32>,
    /// Where provisioning stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioning_state: Option<ProvisioningState>,
    /// Why, in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub reason: Option<String>,
    /// Why, what it waits for and what helps, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub message: Option<String>,
    /// Kubernetes user name of the owner, derived by the type; frozen when first computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub owner_username: Option<String>,
    /// The resource that the request is about; frozen when first computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceRef>,
    /// Orders that carry the request, newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::object_names")]
    pub orders: Vec<String>,
    /// How often people have tried, the present attempt included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<i64>,
    /// Properties that a later request of the same order changed again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::property_names")]
    pub overridden: Vec<String>,
    /// Properties that a reviewer declined.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::property_names")]
    pub declined_properties: Vec<String>,
    /// Approved, Provisioned, Verified, EndRequested, Reconciling, Finished, Succeeded, Stalled, DecisionUntrusted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Vec<Condition>,
    /// The last steps, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::history")]
    pub history: Vec<HistoryEntry>,
}
