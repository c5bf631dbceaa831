//! Every reason that stands in a status, a condition, an event or a metric: one word each, spelled here only.

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $text;)*
        /// Every reason, for documentation and for metric labels.
        pub const ALL: &[&str] = &[$($text),*];
    };
}

reasons! {
    /// Order: a person has it now.
    HANDED_OVER = "HandedOver";
    /// Order: replaces a live order that somebody deleted.
    RECREATED = "Recreated";
    /// Order: the fulfiller says that it is done.
    CONFIRMED = "Confirmed";
    /// Order: the fulfiller reported an error.
    REPORTED_BY_PERSON = "ReportedByPerson";
    /// Order: waits for a reviewer, since its type asks for one.
    REVIEW_REQUIRED = "ReviewRequired";
    /// Order: waits for a reviewer, since more orders than usual were made lately.
    THRESHOLD_EXCEEDED = "ThresholdExceeded";
    /// Order: a reviewer put it off, and will answer again.
    POSTPONED = "Postponed";
    /// Order: a reviewer declined some of its properties; the next order has the rest.
    PARTLY_DECLINED = "PartlyDeclined";
    /// Order: what there is to do changed before anyone had it; the next order says so.
    RECOMPUTED = "Recomputed";
    /// Order: its type is suspended.
    SUSPENDED = "Suspended";
    /// Order and request: what was wished was taken back.
    CANCELLED = "Cancelled";
    /// Request: it was taken back when the work was done already.
    CANCELLED_TOO_LATE = "CancelledTooLate";
    /// Order and request: its end time came before anyone had started.
    EXPIRED = "Expired";
    /// Order: nobody answered, or nothing proved it, in the time that its type gives.
    VALIDITY_EXPIRED = "ValidityExpired";
    /// Order: its due time is over.
    OVERDUE = "Overdue";
    /// Order: the work is not wished any more, and a person has it.
    STOP_REQUESTED = "StopRequested";
    /// Order: its review was not checked by the admission policies: it counts as none.
    REVIEW_UNTRUSTED = "ReviewUntrusted";
    /// Request: its cancel was not checked by the admission policies: it counts as none.
    CANCEL_UNTRUSTED = "CancelUntrusted";
    /// Request: its start time is to come.
    SCHEDULED = "Scheduled";
    /// Request: its owner lacks a resource that the type depends on.
    WAITING_FOR_DEPENDENCY = "WaitingForDependency";
    /// Request: waits a while for others of the same resource.
    GROUPING = "Grouping";
    /// Request: its end time came, and the request that undoes it is filed.
    END_FILED = "EndFiled";
    /// Request: its end time came, and there is nothing to undo.
    NOTHING_TO_UNDO = "NothingToUndo";
    /// Order: a confirmation was taken back.
    CLAIM_WITHDRAWN = "ClaimWithdrawn";
    /// Order: its decision was not checked by the admission policies, or breaks their rules.
    DECISION_UNTRUSTED = "DecisionUntrusted";
    /// Order: its recovery was not checked by the admission policies: it counts as Retry.
    RECOVERY_UNTRUSTED = "RecoveryUntrusted";
    /// Request: it was not checked by the admission policies; file a new one.
    REQUEST_UNTRUSTED = "RequestUntrusted";
    /// Type: the admission policies check every write of a person.
    POLICIES_IN_FORCE = "PoliciesInForce";
    /// Type: the admission policies are not in force, so nothing moves.
    POLICIES_NOT_IN_FORCE = "PoliciesNotInForce";
    /// Order: an errored order waits for Retry or Abandon.
    RECOVERY_NEEDED = "RecoveryNeeded";
    /// Order: a recovery asked for another attempt.
    RETRIED = "Retried";
    /// Request: nobody will try again.
    ABANDONED = "Abandoned";
    /// Request: a later wish took its place.
    SUPERSEDED = "Superseded";
    /// Request: an earlier order already did this, as a person says.
    ALREADY_CLAIMED = "AlreadyClaimed";
    /// Order: confirmed, and trusted by the type's package without proof.
    TRUSTED = "Trusted";
    /// Request: the resource is as requested already.
    ALREADY_AS_REQUESTED = "AlreadyAsRequested";
    /// Request: the resource to remove is absent already.
    ALREADY_ABSENT = "AlreadyAbsent";
    /// Request: waits behind another request or order of the same resource.
    QUEUED = "Queued";
    /// Request: waits behind an errored order of the same resource.
    WAITING_FOR_RECOVERY = "WaitingForRecovery";
    /// Request: the type does not allow this operation.
    NOT_ALLOWED = "NotAllowed";
    /// Request: its own content is wrong; file a new one.
    INVALID_REQUEST = "InvalidRequest";
    /// Request: no ResourceType of that name.
    RESOURCE_TYPE_NOT_FOUND = "ResourceTypeNotFound";
    /// Request: the ResourceType has a problem of its own.
    RESOURCE_TYPE_NOT_READY = "ResourceTypeNotReady";
    /// Type and request: nobody said how orders of this type are carried out.
    NO_PROVISIONING_CONNECTION = "NoProvisioningConnection";
    /// Request: an expression or template of the type failed on this request.
    EXPRESSION_FAILED = "ExpressionFailed";
    /// Type: an expression or template does not compile.
    INVALID_EXPRESSION = "InvalidExpression";
    /// Type: fields contradict each other.
    INVALID_RESOURCE_TYPE = "InvalidResourceType";
    /// Type and request: a field whose behaviour this version does not have yet.
    NOT_YET_SUPPORTED = "NotYetSupported";
    /// Request: the resource belongs to another owner.
    IDENTIFIER_TAKEN = "IdentifierTaken";
    /// Request: the resource to change belongs to another owner.
    NOT_THE_OWNER = "NotTheOwner";
    /// Request: several resources fit; say which.
    IDENTIFIER_NEEDED = "IdentifierNeeded";
    /// Request: the new values would give the resource another name.
    IDENTIFIER_CANNOT_CHANGE = "IdentifierCannotChange";
    /// Request: the resource to update is known to be absent.
    RESOURCE_NOT_FOUND = "ResourceNotFound";
    /// Request: the next order's name is held by another resource.
    NAME_CONFLICT = "NameConflict";
    /// Type: everything is in order.
    READY = "Ready";
    /// Request: approvers have not answered yet.
    WAITING_FOR_APPROVAL = "WaitingForApproval";
    /// Request: enough approvers have agreed.
    APPROVED = "Approved";
    /// Request: an approver said no.
    DECLINED = "Declined";
    /// Request: agreed without approvers.
    NO_APPROVAL_NEEDED = "NoApprovalNeeded";
    /// Request: done, with other values than proposed, as the fulfiller says.
    DONE_WITH_DEVIATION = "DoneWithDeviation";
    /// Condition that nothing has answered yet.
    WAITING = "Waiting";
}
