//! ManagedResource: one entry of the inventory, what is known to exist in a managed system.

use super::{NamedRef, Properties, Values, schema};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A resource that is known to exist, as a snapshot or a trusted order showed it.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "handoff.dev",
    version = "v1alpha1",
    kind = "ManagedResource",
    plural = "managedresources",
    shortname = "mres",
    category = "handoff",
    namespaced,
    derive = "PartialEq",
    selectable = ".spec.resourceTypeRef.name",
    selectable = ".spec.owner.id",
    selectable = ".spec.identifier",
    printcolumn(name = "Type", type_ = "string", json_path = ".spec.resourceTypeRef.name"),
    printcolumn(name = "Identifier", type_ = "string", json_path = ".spec.identifier"),
    printcolumn(name = "Owner", type_ = "string", json_path = ".spec.owner.id"),
    printcolumn(name = "Source", type_ = "string", json_path = ".spec.source"),
    printcolumn(name = "Observed", type_ = "date", json_path = ".spec.observedAt")
)]
#[serde(rename_all = "camelCase")]
pub struct ManagedResourceSpec {
    /// The type of the resource.
    pub resource_type_ref: NamedRef,
    /// Its name in the managed system.
    #[schemars(length(min = 1, max = 253))]
    pub identifier: String,
    /// Who has it, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<ResourceOwner>,
    /// Single-valued properties.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::properties")]
    pub properties: Properties,
    /// Multi-valued properties.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::values")]
    pub values: Values,
    /// Where this entry comes from.
    pub source: Source,
    /// When it was seen.
    #[schemars(schema_with = "super::schema::time")]
    pub observed_at: Time,
}

/// Who has a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceOwner {
    /// Stable key of the owner in the source system.
    #[schemars(length(min = 1, max = 253))]
    pub id: String,
}

/// Where an entry of the inventory comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Source {
    /// A snapshot of the system.
    Synchronized,
    /// A confirmed order that is trusted.
    Virtual,
}
