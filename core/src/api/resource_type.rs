//! ResourceType: configuration of one kind of access, owned by Git; the operator writes only its status.
//!
//! Absent fields mean the effective default that each description names; no default is stored, so Git diffs stay clean.

use super::{Condition, NamedRef, schema};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of access that people provision by hand, and the rules for it.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "handoff.dev",
    version = "v1alpha1",
    kind = "ResourceType",
    plural = "resourcetypes",
    shortname = "rtype",
    category = "handoff",
    namespaced,
    status = "ResourceTypeStatus",
    derive = "PartialEq",
    printcolumn(name = "Display Name", type_ = "string", json_path = ".spec.displayName"),
    printcolumn(name = "Entity", type_ = "string", json_path = ".spec.targetEntityType"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status"
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason"
    ),
    printcolumn(name = "Open", type_ = "integer", json_path = ".status.openOrders"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(
        name = "Package",
        type_ = "string",
        json_path = ".spec.provisioningConnection.package",
        priority = 1
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].message",
        priority = 1
    )
)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceTypeSpec {
    /// Name for people, for example "CRM account".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub display_name: Option<String>,
    /// What this access is, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub description: Option<String>,
    /// Free grouping, for example "Applications" or "Building".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub category: Option<String>,
    /// Kind of the owner, for example Employee.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub source_entity_type: Option<String>,
    /// Kind of the thing that is provisioned, for example CrmAccount; it groups the work lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub target_entity_type: Option<String>,
    /// How orders are carried out. Absent: the type is not Ready and its requests wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioning_connection: Option<ProvisioningConnection>,
    /// How resources are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Identifier>,
    /// How the owner's Kubernetes user name is derived, for separation of duties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_username: Option<OwnerUsername>,
    /// The properties of a resource, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub properties: Vec<PropertyDefinition>,
    /// Who must agree before a request becomes an order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// Whether orders wait for a review before they are handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioning_review: Option<ProvisioningReview>,
    /// Which operations may be requested. Absent: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow: Option<Allow>,
    /// Types of which the owner must hold a resource before a Create.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub depends_on: Vec<NamedRef>,
    /// Properties of the owner that must be filled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::property_names")]
    pub depends_on_owner_properties: Vec<String>,
    /// How many new orders in a window are normal; more wait for a review.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Thresholds>,
    /// How long the first request of a resource waits for others, to make one order. Absent: not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    pub grouping_window: Option<String>,
    /// How long a person may have an order before it counts as failed. Absent: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    pub transmitted_state_validity: Option<String>,
    /// When a handed-over order is due. Absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    pub due_after: Option<String>,
    /// Who may decide an order, and with what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionRules>,
    /// How a confirmed order is proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// What the fulfiller reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<TicketTemplates>,
    /// How long finished objects are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    /// true freezes the type: new orders are not handed over. Absent: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

impl ResourceTypeSpec {
    /// Whether a confirmed order is believed and enters the inventory.
    pub fn trusts_people(&self) -> bool {
        let connection = self.provisioning_connection.as_ref();
        connection.is_some_and(|connection| connection.package.trusts_people())
    }
}

impl Package {
    /// Whether a confirmed order is believed and enters the inventory.
    pub fn trusts_people(self) -> bool {
        match self {
            Self::ManualTicket => false,
            Self::ManualTicketAndResources => true,
        }
    }
}

/// How orders are carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProvisioningConnection {
    /// ManualTicket: a person does it. ManualTicketAndResources: a person does it, and a confirmed order is trusted and enters the inventory.
    pub package: Package,
}

/// The ways in which an order can be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Package {
    /// A person does the work.
    ManualTicket,
    /// A person does the work; a confirmed order is trusted and enters the inventory.
    ManualTicketAndResources,
}

/// How resources are named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = super::rules::case_is_immutable()))]
pub struct Identifier {
    /// Names a new resource, from owner, type and request. Absent: `owner.id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub expression: Option<String>,
    /// Whether identifiers that differ only in case are one. Absent: true. Immutable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_insensitive: Option<bool>,
}

/// How the owner's Kubernetes user name is derived.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct OwnerUsername {
    /// From owner and type. Absent: `owner.id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub expression: Option<String>,
}

/// One property of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PropertyDefinition {
    /// Name of the property.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[A-Za-z_][A-Za-z0-9_-]*$"))]
    pub name: String,
    /// What its values look like.
    #[serde(rename = "type")]
    pub type_: PropertyType,
    /// Whether it has several values. Absent: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_valued: Option<bool>,
    /// Whether a Create must have a value. Absent: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub description: Option<String>,
    /// Computes the value from owner, type, request and resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub expression: Option<String>,
    /// Whether a request may set a computed property. Absent: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridable: Option<bool>,
}

/// What the values of a property look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PropertyType {
    /// Any text.
    String,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A day, `2026-03-31`.
    Date,
    /// The key of something else.
    Reference,
    /// Set by the fulfiller; its value is never accepted, stored or shown.
    Secret,
}

/// Who must agree before a request becomes an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Approval {
    /// How many distinct people must agree. Absent: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9))]
    pub steps: Option<i32>,
    /// Whether a requester who may approve counts as the first. Absent: true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub implicit: Option<bool>,
}

/// Whether orders wait for a review.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ProvisioningReview {
    /// Every order waits for a review. Absent: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// Each attempt after an error waits for a review. Absent: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_error: Option<bool>,
}

/// Which operations may be requested.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Allow {
    /// Creates. Absent: true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation: Option<bool>,
    /// Updates. Absent: true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<bool>,
    /// Deletes. Absent: true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion: Option<bool>,
}

/// How many new orders in a window are normal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Thresholds {
    /// Length of the window. Absent: 1h.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    pub window: Option<String>,
    /// For Creates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation: Option<Threshold>,
    /// For Updates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<Threshold>,
    /// For Deletes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion: Option<Threshold>,
}

/// One threshold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Threshold {
    /// Most new orders in the window. Absent: no such limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub max: Option<i64>,
    /// The same in percent of the resources at the last complete snapshot. Absent: 30, for types with an inventory.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub percent: Option<i32>,
}

/// Who may decide an order, and with what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DecisionRules {
    /// Whether requester and owner may confirm their own order. Absent: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_self_confirmation: Option<bool>,
    /// Whether Confirmed needs evidence. Absent: Optional.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// Whether only the assignee may decide. Absent: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_required: Option<bool>,
}

/// Whether Confirmed needs evidence. Absent: Optional.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Evidence {
    /// It may be given.
    Optional,
    /// It must be given.
    Required,
}

/// How a confirmed order is proven.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Verification {
    /// None: a claim is the end. Inventory: snapshots of the system prove it. Absent: None.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<VerificationMode>,
    /// How long the system's export may lag behind the work. Absent: 0s.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration_or_zero")]
    pub lag: Option<String>,
    /// What a refuted order leads to. Absent: Error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_refuted: Option<OnRefuted>,
    /// Most attempts that Reopen makes by itself. Absent: 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 20))]
    pub max_attempts: Option<i32>,
}

/// What proves an order. Absent: None.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum VerificationMode {
    /// Nothing: the claim is the end.
    None,
    /// Snapshots of the managed system.
    Inventory,
}

/// What a refuted order leads to. Absent: Error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OnRefuted {
    /// A person decides.
    Error,
    /// The next attempt starts by itself.
    Reopen,
}

/// Templates of what the fulfiller reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TicketTemplates {
    /// One line. Absent: a built-in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8192))]
    pub title: Option<String>,
    /// What to do, step by step. Absent: built-in ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8192))]
    pub instructions: Option<String>,
    /// Where to do it. Absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8192))]
    pub url: Option<String>,
}

/// How long finished objects are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Retention {
    /// After success. Absent: 720h.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    pub completed: Option<String>,
    /// After anything else. Absent: 2160h.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    pub failed: Option<String>,
}

/// What the operator knows about a type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceTypeStatus {
    /// The generation that this status was computed from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready, Stalled, PoliciesInForce.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Vec<Condition>,
    /// Orders that are not finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_orders: Option<i64>,
    /// Orders past their due time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue_orders: Option<i64>,
    /// Known resources of this type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<i64>,
    /// The newest accepted snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_synchronization: Option<LastSynchronization>,
}

/// The newest accepted snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastSynchronization {
    /// Name of the Synchronization.
    #[schemars(length(max = 253))]
    pub name: String,
    /// When the snapshot was taken.
    pub taken_at: Time,
    /// Whether it holds everything.
    pub complete: bool,
    /// How many resources it holds.
    pub count: i64,
}
