//! The nine provisioning states and the legal moves of an order. The CRD's transition rule is made from this table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a request or an order stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ProvisioningState {
    /// Computed internally; nothing to hand over yet (requests only).
    #[default]
    None,
    /// Blocked until a review.
    AwaitingApproval,
    /// Ready, not handed over.
    Pending,
    /// A person has it, no answer yet.
    Transmitted,
    /// A person says that it is done.
    Executed,
    /// Seen in the data, or trusted by configuration.
    Verified,
    /// A person reported an error, or the claim did not hold.
    Errored,
    /// Ended without work: declined, cancelled, superseded, abandoned.
    Inactive,
    /// The rules themselves failed; heals when they are mended.
    Error,
}

impl ProvisioningState {
    /// Every state, in the order of the table in the documentation.
    pub const ALL: [Self; 9] = [
        Self::None,
        Self::AwaitingApproval,
        Self::Pending,
        Self::Transmitted,
        Self::Executed,
        Self::Verified,
        Self::Errored,
        Self::Inactive,
        Self::Error,
    ];

    /// States that a new order may start in.
    pub const FIRST: [Self; 4] = [Self::AwaitingApproval, Self::Pending, Self::Transmitted, Self::Inactive];

    /// The state as it is spelled in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::AwaitingApproval => "AwaitingApproval",
            Self::Pending => "Pending",
            Self::Transmitted => "Transmitted",
            Self::Executed => "Executed",
            Self::Verified => "Verified",
            Self::Errored => "Errored",
            Self::Inactive => "Inactive",
            Self::Error => "Error",
        }
    }

    /// States that an order in this state may move to. Empty: final.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::None => &Self::FIRST,
            Self::AwaitingApproval => &[Self::Pending, Self::Transmitted, Self::Inactive, Self::Error],
            Self::Pending => &[Self::Transmitted, Self::Inactive, Self::Error],
            Self::Error => &[Self::AwaitingApproval, Self::Pending, Self::Transmitted, Self::Inactive],
            Self::Transmitted => &[Self::Executed, Self::Errored, Self::Inactive],
            Self::Executed => &[Self::Verified, Self::Errored],
            Self::Verified | Self::Errored | Self::Inactive => &[],
        }
    }

    /// Whether an order may go from this state to `to`. Staying is always legal.
    pub fn may_become(self, to: Self) -> bool {
        self == to || self.next().contains(&to)
    }
}

impl fmt::Display for ProvisioningState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
