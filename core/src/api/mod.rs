//! The contract: the five kinds of group `handoff.dev`, their states, reasons, conditions and names.
//!
//! Types and constants only. No rule that needs more than one object may live here.

#![allow(
    clippy::duplicated_attributes,
    reason = "the derive macro repeats the words of printcolumn and selectable"
)]

pub mod assignment_request;
pub mod common;
pub mod condition;
pub mod crd;
pub mod duration;
pub mod managed_resource;
pub mod names;
pub mod provisioning_order;
pub mod reason;
pub mod reference;
pub mod resource_type;
mod rules;
pub mod schema;
pub mod state;
pub mod states_page;
pub mod synchronization;

pub use assignment_request::{AssignmentRequest, AssignmentRequestSpec, AssignmentRequestStatus, WorkflowState};
pub use common::{Actor, HistoryEntry, NamedRef, Operation, Properties, Values};
pub use condition::{Condition, ConditionStatus};
pub use managed_resource::{ManagedResource, ManagedResourceSpec};
pub use provisioning_order::{ProvisioningOrder, ProvisioningOrderSpec, ProvisioningOrderStatus};
pub use resource_type::{ResourceType, ResourceTypeSpec, ResourceTypeStatus};
pub use state::ProvisioningState;
pub use synchronization::{Synchronization, SynchronizationSpec, SynchronizationStatus};
