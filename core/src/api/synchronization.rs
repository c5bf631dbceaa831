//! Synchronization: one snapshot of one managed system, made last. It says "the inventory is now as of takenAt".

use super::NamedRef;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A snapshot of one managed system that has been written to the inventory.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "handoff.dev",
    version = "v1alpha1",
    kind = "Synchronization",
    plural = "synchronizations",
    shortname = "sync",
    category = "handoff",
    namespaced,
    status = "SynchronizationStatus",
    derive = "PartialEq",
    selectable = ".spec.resourceTypeRef.name",
    printcolumn(name = "Type", type_ = "string", json_path = ".spec.resourceTypeRef.name"),
    printcolumn(name = "Taken", type_ = "date", json_path = ".spec.takenAt"),
    printcolumn(name = "Count", type_ = "integer", json_path = ".spec.count"),
    printcolumn(name = "Complete", type_ = "boolean", json_path = ".spec.complete"),
    printcolumn(name = "Accepted", type_ = "boolean", json_path = ".status.accepted"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.reason"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = super::rules::immutable_spec()))]
pub struct SynchronizationSpec {
    /// The type whose inventory was written.
    pub resource_type_ref: NamedRef,
    /// When the snapshot was taken in the managed system.
    #[schemars(schema_with = "super::schema::time")]
    pub taken_at: Time,
    /// Whether it holds everything; only then does an absence prove anything.
    pub complete: bool,
    /// How many resources it holds.
    #[schemars(range(min = 0, max = 100_000_000))]
    pub count: i64,
    /// How many entries were new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000_000))]
    pub created: Option<i64>,
    /// How many entries changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000_000))]
    pub updated: Option<i64>,
    /// How many entries went away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000_000))]
    pub deleted: Option<i64>,
}

/// What the operator made of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SynchronizationStatus {
    /// The generation that this status was computed from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Whether it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<bool>,
    /// Why, in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub reason: Option<String>,
    /// How many orders it proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<i64>,
    /// How many orders it refuted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuted: Option<i64>,
}
