//! Shapes that several kinds share. Nothing here knows a rule.

use super::{schema, state::ProvisioningState};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One value per property name.
pub type Properties = BTreeMap<String, String>;
/// Several values per property name.
pub type Values = BTreeMap<String, Vec<String>>;

/// A reference to an object of the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedRef {
    /// Name of the object, in the same namespace.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// A person or program as the API server knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Actor {
    /// Kubernetes user name.
    #[schemars(length(min = 1, max = 512))]
    pub username: String,
    /// Kubernetes uid of that user, where the API server has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub uid: Option<String>,
}

/// What is to be done with a resource in the managed system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Operation {
    /// The resource is to exist.
    Create,
    /// The existing resource gets other values.
    Update,
    /// The resource is to be gone.
    Delete,
}

impl Operation {
    /// The operation as it is spelled in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Update => "Update",
            Self::Delete => "Delete",
        }
    }
}

/// The resource a request or an order is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceRef {
    /// Name of the resource in the managed system, for example a login or a badge number.
    #[schemars(length(min = 1, max = 253))]
    pub identifier: String,
}

/// The person (or thing) that has, or is to have, the resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// Stable key of the owner in the source system, for example a personnel number.
    #[schemars(length(min = 1, max = 253))]
    pub id: String,
    /// Name of the owner for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub display_name: Option<String>,
    /// Facts about the owner that expressions may use, for example firstName or costCentre.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::properties")]
    pub properties: Properties,
}

/// One step in the life of a request or an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryEntry {
    /// The state that was reached.
    pub state: ProvisioningState,
    /// Why, in one word.
    #[schemars(length(max = 128))]
    pub reason: String,
    /// When, by the operator's clock.
    pub time: Time,
    /// Who made it happen: a user name, or `operator`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub actor: Option<String>,
}

/// How many steps a `history` keeps; older ones stay in the events and the log.
pub const HISTORY_LIMIT: usize = 16;
