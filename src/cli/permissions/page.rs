//! What is shown of a person, as data: `-o json` and `-o yaml` print it as it is. It decides nothing.

use handoff_core::api::ProvisioningState;
use handoff_core::engine::knowledge::Known as PropertyValues;
use jiff::Timestamp;
use serde::Serialize;

/// Every access of a person.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    /// The person.
    pub owner: String,
    /// Where it was looked for.
    pub namespace: String,
    /// By type and identifier.
    pub permissions: Vec<Permission>,
}

/// One access.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Permission {
    pub resource_type: String,
    /// As it is spelled in the managed system; none: not known yet.
    pub identifier: Option<String>,
    /// What should be there; none: nobody wishes anything of it.
    pub desired: Option<Desired>,
    /// What a person says was done; none: nothing.
    pub claimed: Option<Claimed>,
    /// What was seen in the managed system.
    pub observed: Observed,
    pub state: Option<ProvisioningState>,
    pub reason: Option<String>,
    pub message: Option<String>,
    /// The newest order of this owner.
    pub order: Option<String>,
    /// Requests that no order carries yet.
    pub waiting_requests: Vec<String>,
    /// When the state was reached.
    pub since: Option<Timestamp>,
    /// Where the truths differ, and why.
    pub notes: Vec<String>,
}

/// What should be there.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Desired {
    pub exists: bool,
    pub values: PropertyValues,
    /// The object that says so, as kubectl names it.
    pub by: String,
}

/// What a person says was done.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Claimed {
    pub exists: bool,
    pub values: PropertyValues,
    pub order: String,
    pub by: Option<String>,
    pub at: Option<Timestamp>,
    pub verified: bool,
}

/// Whether something was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Presence {
    Present,
    Absent,
    Unknown,
}

/// What was seen.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Observed {
    pub presence: Presence,
    pub values: PropertyValues,
    pub owner: Option<String>,
    pub as_of: Option<Timestamp>,
    pub synchronization: Option<String>,
}
