//! Conditions: the type, and the names of those that Handoff writes. Which are set when is decided in `engine`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// ResourceType: requests of this type can become orders.
pub const READY: &str = "Ready";
/// Nothing moves until a person acts; absent when untrue.
pub const STALLED: &str = "Stalled";
/// Order and request: something is still to come, from the operator or from a person; absent when finished or Stalled.
/// Together with Stalled it is what tools that know nothing of Handoff go by (kstatus).
pub const RECONCILING: &str = "Reconciling";
/// Request: the workflow has agreed.
pub const APPROVED: &str = "Approved";
/// Request: True while Executed or Verified.
pub const PROVISIONED: &str = "Provisioned";
/// Order: a person has it, or had it.
pub const TRANSMITTED: &str = "Transmitted";
/// Order: a person said that it is done.
pub const EXECUTED: &str = "Executed";
/// Proven by the data, or trusted by configuration.
pub const VERIFIED: &str = "Verified";
/// Order: its due time is over; absent when untrue.
pub const OVERDUE: &str = "Overdue";
/// Order: the work is not wished any more; absent when untrue.
pub const STOP_REQUESTED: &str = "StopRequested";
/// Request: its end time came and was seen to; absent before.
pub const END_REQUESTED: &str = "EndRequested";
/// Order and request: what a person wrote into it is not believed; absent when untrue.
pub const DECISION_UNTRUSTED: &str = "DecisionUntrusted";
/// ResourceType: the admission policies check every write of a person.
pub const POLICIES_IN_FORCE: &str = "PoliciesInForce";
/// Nothing will change any more.
pub const FINISHED: &str = "Finished";
/// Finished, and the work was done.
pub const SUCCEEDED: &str = "Succeeded";

/// The three answers of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConditionStatus {
    /// It is so.
    True,
    /// It is not so.
    False,
    /// Nobody can say yet.
    Unknown,
}

/// One aspect of an object's state, as Kubernetes tools expect it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Name of the condition.
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 64))]
    pub type_: String,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// Why, in one word.
    #[schemars(length(min = 1, max = 128))]
    pub reason: String,
    /// Why, for people.
    #[serde(default)]
    #[schemars(length(max = 4096))]
    pub message: String,
    /// When `status` last changed, by the operator's clock.
    pub last_transition_time: Time,
    /// The generation of the object that this was computed from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}

/// The condition of this name, if it is True.
pub fn holding<'a>(conditions: &'a [Condition], type_: &str) -> Option<&'a Condition> {
    let mut conditions = conditions.iter();
    conditions.find(|one| one.type_ == type_ && one.status == ConditionStatus::True)
}

/// Whether the condition of this name is True.
pub fn holds(conditions: &[Condition], type_: &str) -> bool {
    holding(conditions, type_).is_some()
}
