//! What goes into a decision and what comes out. Plain data; nothing here decides.

use crate::api::{
    AssignmentRequest, AssignmentRequestStatus, ManagedResource, Operation, ProvisioningOrder, ProvisioningOrderStatus,
    ResourceTypeStatus, Synchronization, SynchronizationStatus,
};
use crate::engine::observed::Inventory;
use crate::engine::types::TypeView;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whether the admission policies were proven to be in force. Only then is what people write believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Policies {
    /// They are: every write of a person was checked.
    InForce,
    /// They are not; in words for people: what is missing, and what helps.
    NotInForce(String),
}

impl Default for Policies {
    /// What was not proven is not so.
    fn default() -> Self {
        Self::NotInForce("whether the admission policies are in force was not proven yet".to_owned())
    }
}

/// Everything about one line: one resource of one type in one namespace.
#[derive(Clone, Debug)]
pub struct LineSnapshot {
    /// The time of the decision.
    pub now: Timestamp,
    /// Name of the ResourceType.
    pub type_name: String,
    /// Folded identifier of the resource; what makes two wishes one line.
    pub identifier: String,
    /// Whether what people wrote can be believed.
    pub policies: Arc<Policies>,
    /// The type, if it exists.
    pub resource_type: Option<Arc<TypeView>>,
    /// Every existing order of the line, in any order.
    pub orders: Vec<Arc<ProvisioningOrder>>,
    /// Every existing request of the line, in any order.
    pub requests: Vec<Arc<AssignmentRequest>>,
    /// The inventory's entry for the resource, if there is one.
    pub resource: Option<Arc<ManagedResource>>,
    /// What snapshots say about all resources of the type; nothing where the type trusts what people confirm.
    pub inventory: Arc<Inventory>,
    /// The highest order number that was ever seen on the line, 0 if none.
    pub highest_sequence: i64,
    /// Name of an order of another line that holds the name this line needs next.
    pub name_conflict: Option<String>,
    /// Of the types that this one depends on, those of which the owners of the line's requests hold a resource:
    /// owner id and type name.
    pub held: BTreeSet<(String, String)>,
    /// How many more new orders the type's thresholds let go on without a review, those of this line left out.
    pub room: Room,
}

/// How many more new orders of each operation a type's thresholds let go on without a review. `None`: any number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Creates.
    pub creation: Option<i64>,
    /// Updates.
    pub update: Option<i64>,
    /// Deletes.
    pub deletion: Option<i64>,
}

impl Room {
    /// For one operation.
    pub fn of(self, operation: Operation) -> Option<i64> {
        match operation {
            Operation::Create => self.creation,
            Operation::Update => self.update,
            Operation::Delete => self.deletion,
        }
    }
}

/// One request whose line is not known yet, or is to be found again.
#[derive(Clone, Debug)]
pub struct RequestSnapshot {
    /// The time of the decision.
    pub now: Timestamp,
    /// Whether what people wrote can be believed.
    pub policies: Arc<Policies>,
    /// The request.
    pub request: Arc<AssignmentRequest>,
    /// Its type, if it exists.
    pub resource_type: Option<Arc<TypeView>>,
    /// The newest order whose requestRefs hold the request's uid; else the one that it follows.
    pub order: Option<Arc<ProvisioningOrder>>,
    /// Identifiers of the resources of that type that the owner is known to have.
    pub holdings: Vec<String>,
}

/// One type.
#[derive(Clone, Debug)]
pub struct TypeSnapshot {
    /// The time of the decision.
    pub now: Timestamp,
    /// Whether what people wrote can be believed.
    pub policies: Arc<Policies>,
    /// The type.
    pub resource_type: Arc<TypeView>,
    /// Its orders that are not finished, and those past their due time.
    pub census: Census,
    /// When its counts were last written, as far as this process knows.
    pub counted_at: Option<Timestamp>,
    /// How many entries its inventory has.
    pub resources: i64,
    /// What snapshots say about all of its resources.
    pub inventory: Arc<Inventory>,
}

/// One snapshot of a managed system. A verdict on it counts only when every entry of the inventory that was written before
/// the Synchronization has been taken in.
#[derive(Clone, Debug)]
pub struct SynchronizationSnapshot {
    /// The time of the decision.
    pub now: Timestamp,
    /// Whether what people wrote can be believed.
    pub policies: Arc<Policies>,
    /// The snapshot.
    pub synchronization: Arc<Synchronization>,
    /// Its type, if it exists.
    pub resource_type: Option<Arc<TypeView>>,
    /// What all snapshots of the type that count say, this one included.
    pub inventory: Arc<Inventory>,
    /// Orders that it proved and refuted since that was last written.
    pub proved: Proved,
}

/// Orders that a snapshot decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proved {
    /// Those that it proved.
    pub verified: i64,
    /// Those that it refuted.
    pub refuted: i64,
}

/// What is to be written for a snapshot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SynchronizationDecision {
    /// The new status, if it differs.
    pub status: Option<SynchronizationStatus>,
    /// Whether it says anew that the snapshot counts, or for how much: not whether only its counts grow.
    pub is_verdict: bool,
    /// What to tell people once it is written.
    pub reports: Vec<Report>,
}

/// Orders of a type, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Those that are not finished.
    pub open: i64,
    /// Those past their due time.
    pub overdue: i64,
}

/// What is to be written for a line, in this order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineDecision {
    /// What becomes of the inventory's entry; before any status, so that nothing is called Verified that is not in it.
    pub resource: Option<ResourceChange>,
    /// New statuses of existing orders; only those that differ.
    pub order_updates: Vec<OrderUpdate>,
    /// The next order, and the status to give it once it exists.
    pub new_order: Option<NewOrder>,
    /// The operation of an order that goes on without a review and uses up room of the type's thresholds for it. Whoever
    /// applies the decision reserves that room first; where it is gone meanwhile, it is decided again.
    pub slot: Option<Operation>,
    /// Requests that the operator files itself: they undo what was wished for a time.
    pub new_requests: Vec<Filing>,
    /// New statuses of requests; only those that differ.
    pub request_updates: Vec<RequestUpdate>,
    /// What to tell people once all of it is written.
    pub reports: Vec<Report>,
    /// When to decide again although nothing happened.
    pub wake_at: Option<Timestamp>,
}

/// A request that the operator files itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Filing {
    /// The request, without `requestedBy`, which is whoever files it; the namespace is the line's.
    pub request: AssignmentRequest,
    /// What it undoes. A request of that name that exists already was filed before if [`super::undoes`] says so.
    pub cause: Arc<AssignmentRequest>,
}

/// The new status of an existing order.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderUpdate {
    /// The order as the decision saw it.
    pub order: Arc<ProvisioningOrder>,
    /// The whole new status.
    pub status: ProvisioningOrderStatus,
}

/// What becomes of the inventory's entry of a line.
#[derive(Clone, Debug, PartialEq)]
pub enum ResourceChange {
    /// It is made: name, labels and spec. The namespace is the line's.
    Create(ManagedResource),
    /// It gets another spec: `before` is what the decision saw, `after` the whole new object.
    Replace {
        /// As the decision saw it.
        before: Arc<ManagedResource>,
        /// The whole new object, with the metadata of `before`.
        after: ManagedResource,
    },
    /// It goes.
    Delete(Arc<ManagedResource>),
}

/// An order to create.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOrder {
    /// Name, labels and spec. The namespace is the line's.
    pub order: ProvisioningOrder,
    /// The status to give it once it exists: a POST cannot set one.
    pub status: ProvisioningOrderStatus,
}

/// The new status of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestUpdate {
    /// The request as the decision saw it.
    pub request: Arc<AssignmentRequest>,
    /// The whole new status.
    pub status: AssignmentRequestStatus,
}

/// What is to be written for a request without a line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestDecision {
    /// The new status, if it differs.
    pub update: Option<RequestUpdate>,
    /// What to tell people once it is written.
    pub reports: Vec<Report>,
    /// When to decide again although nothing happened.
    pub wake_at: Option<Timestamp>,
}

/// What is to be written for a type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypeDecision {
    /// The new status, if it differs.
    pub status: Option<ResourceTypeStatus>,
    /// What to tell people once it is written.
    pub reports: Vec<Report>,
    /// When to decide again although nothing happened.
    pub wake_at: Option<Timestamp>,
}

/// The kinds that reports are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A ResourceType.
    ResourceType,
    /// An AssignmentRequest.
    AssignmentRequest,
    /// A ProvisioningOrder.
    ProvisioningOrder,
    /// A Synchronization.
    Synchronization,
}

/// One line for people: an event on the object, and a log line in the same words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Kind of the object.
    pub kind: ObjectKind,
    /// Its name, in the namespace of the decision.
    pub name: String,
    /// Why, in one word.
    pub reason: &'static str,
    /// What was done, in one word, for example `HandOver`.
    pub action: &'static str,
    /// What happened and what to do.
    pub message: String,
    /// Whether a person should look at it.
    pub warning: bool,
}
