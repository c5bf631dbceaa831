//! Every reason that stands in a status, a condition, an event or a metric: one word each, spelled here only, with what
//! people are told about it. The constants' documentation and `docs/states.md` are made of this table. It may not
//! decide anything.

use super::{ProvisioningState, condition};

/// The kinds of object that have reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A ProvisioningOrder.
    Order,
    /// An AssignmentRequest.
    Request,
    /// A ResourceType.
    Type,
    /// A Synchronization.
    Snapshot,
}

impl Kind {
    /// Whether it has a provisioning state.
    pub fn has_state(self) -> bool {
        match self {
            Self::Order | Self::Request => true,
            Self::Type | Self::Snapshot => false,
        }
    }

    /// For people, in small letters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Request => "request",
            Self::Type => "type",
            Self::Snapshot => "snapshot",
        }
    }
}

/// What people are told about one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The word itself.
    pub name: &'static str,
    /// The kinds of object that show it. None: it stands nowhere, and the documentation leaves it out.
    pub kinds: &'static [Kind],
    /// The states that it explains; none where it stands in conditions only.
    pub states: &'static [ProvisioningState],
    /// Conditions that have it of their own. The other conditions of an object have the reason of its state.
    pub conditions: &'static [&'static str],
    /// What it means, in one sentence.
    pub means: &'static str,
    /// Who moves it on and how, as `Who: what.`, several after each other.
    pub next: &'static str,
    /// Commands that help, for whoever `next` names.
    pub commands: &'static [&'static str],
}

const CONFIRM: &str = r#"kubectl patch porder ORDER --type=merge -p '{"spec":{"decision":{"result":"Confirmed"}}}'"#;
const FAIL: &str =
    r#"kubectl patch porder ORDER --type=merge -p '{"spec":{"decision":{"result":"Errored","message":"WHY"}}}'"#;
const RELEASE: &str = r#"kubectl patch porder ORDER --type=merge -p '{"spec":{"review":{"result":"Approved"}}}'"#;
const RETRY: &str = r#"kubectl patch porder ORDER --type=merge -p '{"spec":{"recovery":{"action":"Retry"}}}'"#;
const ABANDON: &str = r#"kubectl patch porder ORDER --type=merge -p '{"spec":{"recovery":{"action":"Abandon"}}}'"#;
const TAKE_BACK: &str =
    r#"kubectl patch porder ORDER --type=merge -p '{"spec":{"recovery":{"action":"Retry","comment":"WHY"}}}'"#;
const AGREE: &str =
    r#"kubectl patch areq REQUEST --type=merge -p '{"spec":{"approvals":{"YOUR-USER-NAME":{"result":"Approved"}}}}'"#;
const CANCEL: &str = r#"kubectl patch areq REQUEST --type=merge -p '{"spec":{"cancel":{"reason":"WHY"}}}'"#;
const RESUME: &str = r#"kubectl patch rtype TYPE --type=merge -p '{"spec":{"suspend":false}}'"#;
const ACCEPT: &str = "kubectl annotate sync SNAPSHOT handoff.dev/accept=true";
const CONNECT: &str =
    r#"kubectl patch rtype TYPE --type=merge -p '{"spec":{"provisioningConnection":{"package":"ManualTicket"}}}'"#;
const SHOW_ORDER: &str = "kubectl describe porder ORDER";
const SHOW_REQUEST: &str = "kubectl describe areq REQUEST";
const SHOW_TYPE: &str = "kubectl describe rtype TYPE";
const LIST_TYPES: &str = "kubectl get rtype";
const SHOW_END: &str = "kubectl describe areq REQUEST-end";
const SHOW_POLICIES: &str = "kubectl get validatingadmissionpolicybindings -l app.kubernetes.io/part-of=handoff";
const RESTORE_POLICIES: &str = "kubectl replace --force -f charts/handoff/files/FILE";

/// The constant that spells a reason; `None`: this version does not know it.
pub fn known(said: &str) -> Option<&'static str> {
    ALL.iter().find(|known| **known == said).copied()
}

macro_rules! reasons {
    ($($name:ident = $text:literal {
        $(kinds: [$($kind:ident),+],)?
        $(states: [$($state:ident),+],)?
        $(conditions: [$($condition:ident),+],)?
        means: $means:literal,
        next: $next:literal,
        $(commands: [$($command:ident),+],)?
    })*) => {
        $(#[doc = $means] pub const $name: &str = $text;)*
        /// Every reason, for metric labels and wherever a reason is kept as its place in this list.
        pub const ALL: &[&str] = &[$($text),*];
        /// What is to say about each reason, in the order of [`ALL`].
        pub const TABLE: &[Reason] = &[$(Reason {
            name: $text,
            kinds: &[$($(Kind::$kind),+)?],
            states: &[$($(ProvisioningState::$state),+)?],
            conditions: &[$($(condition::$condition),+)?],
            means: $means,
            next: $next,
            commands: &[$($($command),+)?],
        }),*];
    };
}

reasons! {
    HANDED_OVER = "HandedOver" {
        kinds: [Order, Request],
        states: [Transmitted],
        means: "A person has the order and has not answered yet.",
        next: "The fulfiller: does the work, then confirms it or reports an error.",
        commands: [CONFIRM, FAIL],
    }
    RECREATED = "Recreated" {
        kinds: [Order, Request],
        states: [Transmitted],
        means: "A person has the order; it replaces a live order that somebody deleted.",
        next: "The fulfiller: checks whether the work was done under the deleted order, does what is missing, then \
               confirms it or reports an error.",
        commands: [CONFIRM, FAIL],
    }
    CONFIRMED = "Confirmed" {
        kinds: [Order, Request],
        states: [Executed],
        means: "The fulfiller says that it is done.",
        next: "The operator: makes it Verified where the type trusts people or the inventory proves it; where nothing \
               can prove it, this is the end. The reviewer: takes a wrong confirmation back; whoever gave it may do \
               so too.",
        commands: [TAKE_BACK],
    }
    REPORTED_BY_PERSON = "ReportedByPerson" {
        kinds: [Order, Request],
        states: [Errored],
        means: "The fulfiller could not do it and says why in the message.",
        next: "The reviewer: mends the cause, then has it tried again, which makes the next order, or ends its \
               requests. The fulfiller: may have it tried again too.",
        commands: [RETRY, ABANDON],
    }
    REVIEW_REQUIRED = "ReviewRequired" {
        kinds: [Order, Request],
        states: [AwaitingApproval],
        means: "The type asks for a review of this order before anybody gets it.",
        next: "The reviewer: reads the changes, then releases, declines or postpones the order.",
        commands: [SHOW_ORDER, RELEASE],
    }
    THRESHOLD_EXCEEDED = "ThresholdExceeded" {
        kinds: [Order, Request],
        states: [AwaitingApproval],
        means: "More new orders than the type's thresholds let through were made lately, so this one waits.",
        next: "The reviewer: finds out why there are so many, then releases or declines each; time alone releases \
               none.",
        commands: [RELEASE],
    }
    POSTPONED = "Postponed" {
        kinds: [Order, Request],
        states: [AwaitingApproval],
        means: "A reviewer put the answer off.",
        next: "The reviewer: answers again, with Approved or Declined.",
        commands: [RELEASE],
    }
    PARTLY_DECLINED = "PartlyDeclined" {
        kinds: [Order],
        states: [Inactive],
        means: "A reviewer declined some properties of this order, and the order of the next number has the rest.",
        next: "Nobody: it is final; look at the next order.",
        commands: [SHOW_REQUEST],
    }
    RECOMPUTED = "Recomputed" {
        kinds: [Order],
        states: [Inactive],
        means: "What there is to do changed before anybody had this order, and the order of the next number says it \
                anew.",
        next: "Nobody: it is final; look at the next order.",
        commands: [SHOW_REQUEST],
    }
    SUSPENDED = "Suspended" {
        kinds: [Order, Request],
        states: [Pending],
        means: "The type is suspended, so its new orders are not handed over.",
        next: "The administrator: sets suspend to false, in Git where the type is kept there; then the operator hands \
               the order over.",
        commands: [RESUME],
    }
    CANCELLED = "Cancelled" {
        kinds: [Order, Request],
        states: [Inactive],
        conditions: [STOP_REQUESTED, APPROVED],
        means: "What was wished was taken back.",
        next: "Nobody: Inactive is final. The fulfiller: answers an order that is still Transmitted; done already is \
               confirmed, not done is reported as an error.",
        commands: [CONFIRM, FAIL],
    }
    CANCELLED_TOO_LATE = "CancelledTooLate" {
        kinds: [Request],
        states: [Executed, Verified],
        means: "The request was taken back, but a person had done the work already.",
        next: "The requester: files what undoes it, if that is wished; a Delete after a Create, a Create after a Delete, an \
               Update after an Update.",
    }
    EXPIRED = "Expired" {
        kinds: [Order, Request],
        states: [Inactive],
        conditions: [STOP_REQUESTED],
        means: "The endTime came before the work was done.",
        next: "Nobody: Inactive is final; a new request is needed if it is still wished. The fulfiller: answers an \
               order that is still Transmitted; done already is confirmed, not done is reported as an error.",
        commands: [CONFIRM, FAIL],
    }
    VALIDITY_EXPIRED = "ValidityExpired" {
        kinds: [Order, Request],
        states: [Errored],
        means: "Nobody answered, or nothing proved the answer, within the type's transmittedStateValidity.",
        next: "The reviewer: finds out what was done, then has it tried again or ends its requests. The fulfiller: \
               may have it tried again too.",
        commands: [RETRY, ABANDON],
    }
    OVERDUE = "Overdue" {
        kinds: [Order],
        conditions: [OVERDUE],
        means: "The due time of the order is over; nothing else changes.",
        next: "The fulfiller: does the work, then confirms it or reports an error.",
        commands: [CONFIRM, FAIL],
    }
    STOP_REQUESTED = "StopRequested" {
        kinds: [Order, Request],
        states: [Transmitted],
        means: "A person has it, and it is not wished any more; the message says why.",
        next: "The fulfiller: done already is confirmed, not done is reported as an error.",
        commands: [CONFIRM, FAIL],
    }
    REVIEW_UNTRUSTED = "ReviewUntrusted" {
        kinds: [Order],
        conditions: [DECISION_UNTRUSTED],
        means: "The review was written while the admission policies did not check it, so it counts as none.",
        next: "The operator: ends the order as Recomputed once the policies are back. The reviewer: answers the order \
               of the next number.",
        commands: [RELEASE],
    }
    CANCEL_UNTRUSTED = "CancelUntrusted" {
        kinds: [Request],
        conditions: [DECISION_UNTRUSTED],
        means: "The cancel was written while the admission policies did not check it, so it counts as none.",
        next: "The requester: files what undoes it, if it is not wished; a Delete after a Create, a Create after a Delete, \
               an Update after an Update; a cancel is written once.",
    }
    SCHEDULED = "Scheduled" {
        kinds: [Order, Request],
        states: [None, Pending],
        means: "The startTime is to come; of an order that waits: again, since the clock was set back.",
        next: "The operator: goes on at the startTime. The requester: may cancel the request.",
        commands: [CANCEL],
    }
    WAITING_FOR_DEPENDENCY = "WaitingForDependency" {
        kinds: [Request],
        states: [None],
        means: "The owner lacks a resource of a type that this type depends on.",
        next: "The operator: goes on as soon as the owner has it. The requester: asks for it, if nobody has.",
        commands: [SHOW_REQUEST],
    }
    GROUPING = "Grouping" {
        kinds: [Request],
        states: [Pending],
        means: "The request waits a while for others of the same resource, so that they become one order.",
        next: "The operator: goes on when the type's groupingWindow is over.",
    }
    END_FILED = "EndFiled" {
        kinds: [Request],
        conditions: [END_REQUESTED],
        means: "The endTime came, and the operator filed the request that undoes this one, under its name with -end.",
        next: "The operator: goes on with that request, which needs no approval.",
        commands: [SHOW_END],
    }
    NOTHING_TO_UNDO = "NothingToUndo" {
        kinds: [Request],
        conditions: [END_REQUESTED],
        means: "The endTime came, and there is nothing to undo.",
        next: "Nobody: it is final.",
    }
    CLAIM_WITHDRAWN = "ClaimWithdrawn" {
        kinds: [Order],
        states: [Errored],
        means: "The confirmation of the order was taken back.",
        next: "The operator: makes the next order, or ends the requests, as the recovery says; where a later order \
               was handed over, the requests end as Superseded.",
    }
    DECISION_UNTRUSTED = "DecisionUntrusted" {
        kinds: [Order, Request],
        states: [Errored],
        conditions: [DECISION_UNTRUSTED],
        means: "The decision was not checked by the admission policies, or breaks their rules, and is not believed.",
        next: "The reviewer: finds out in the managed system what was done, then has it tried again or ends its \
               requests. The fulfiller: may have it tried again too.",
        commands: [RETRY, ABANDON],
    }
    RECOVERY_UNTRUSTED = "RecoveryUntrusted" {
        kinds: [Order],
        conditions: [DECISION_UNTRUSTED],
        means: "The recovery was not checked by the admission policies, so it counts as Retry.",
        next: "The operator: makes the next order once the policies are in force. The fulfiller: answers that one.",
    }
    REQUEST_UNTRUSTED = "RequestUntrusted" {
        kinds: [Request],
        states: [Error],
        conditions: [STALLED],
        means: "The request, or an answer of an approver, was not checked by the admission policies and is not \
                believed.",
        next: "The requester: files a new request; this one never heals.",
    }
    POLICIES_IN_FORCE = "PoliciesInForce" {
        kinds: [Type],
        conditions: [POLICIES_IN_FORCE],
        means: "The admission policies check every write of a person.",
        next: "Nobody: all is well.",
    }
    POLICIES_NOT_IN_FORCE = "PoliciesNotInForce" {
        kinds: [Type],
        conditions: [POLICIES_IN_FORCE],
        means: "The admission policies are not in force, so nothing moves and nothing that people write is believed.",
        next: "The administrator: reads in the message what is missing and puts the chart's policies back; then the \
               operator goes on by itself.",
        commands: [SHOW_POLICIES, RESTORE_POLICIES],
    }
    RECOVERY_NEEDED = "RecoveryNeeded" {
        kinds: [Order, Request],
        conditions: [STALLED],
        means: "The newest order of the resource ended in an error, and nobody has said how to go on.",
        next: "The reviewer: has it tried again, or ends its requests. The fulfiller: may have it tried again too.",
        commands: [RETRY, ABANDON],
    }
    ABANDONED = "Abandoned" {
        kinds: [Request],
        states: [Inactive],
        means: "An error ended the request: somebody decided that nobody tries again.",
        next: "Nobody: it is final. The requester: files a new request if it is still wished.",
    }
    SUPERSEDED = "Superseded" {
        kinds: [Order, Request],
        states: [Inactive],
        conditions: [STOP_REQUESTED],
        means: "A later wish for the same resource took its place.",
        next: "Nobody: Inactive is final; the message names what came instead. The fulfiller: answers an order that \
               is still Transmitted; done already is confirmed, not done is reported as an error.",
        commands: [CONFIRM, FAIL],
    }
    ALREADY_CLAIMED = "AlreadyClaimed" {
        kinds: [Request],
        states: [Executed],
        means: "An earlier order already did this, as a person says.",
        next: "The operator: follows that order; if its confirmation is taken back, the request queues again.",
        commands: [SHOW_ORDER],
    }
    TRUSTED = "Trusted" {
        kinds: [Order, Request],
        states: [Verified],
        means: "It was confirmed, and the type's package trusts that without proof.",
        next: "Nobody: it is final.",
    }
    ALREADY_AS_REQUESTED = "AlreadyAsRequested" {
        kinds: [Request],
        states: [Verified],
        means: "The resource is as requested already, so no order is made.",
        next: "Nobody: it is final.",
    }
    ALREADY_ABSENT = "AlreadyAbsent" {
        kinds: [Request],
        states: [Verified],
        means: "The resource to remove is absent already, so no order is made.",
        next: "Nobody: it is final.",
    }
    QUEUED = "Queued" {
        kinds: [Request],
        states: [Pending],
        means: "The request waits behind an order of the same resource, which the message names.",
        next: "The operator: goes on when that order is answered. The fulfiller: answers it.",
        commands: [SHOW_ORDER],
    }
    WAITING_FOR_RECOVERY = "WaitingForRecovery" {
        kinds: [Request],
        states: [Pending],
        means: "The request waits behind an order of the same resource that ended in an error; the message names it.",
        next: "The reviewer: has that order tried again, or ends its requests. The fulfiller: may have it tried again \
               too.",
        commands: [RETRY, ABANDON],
    }
    NOT_ALLOWED = "NotAllowed" {
        kinds: [Request],
        states: [Inactive],
        means: "The type does not allow this operation.",
        next: "Nobody: it is final. The administrator: changes the type's allow, if it should be; then a new request \
               is needed.",
        commands: [SHOW_TYPE],
    }
    INVALID_REQUEST = "InvalidRequest" {
        kinds: [Request],
        states: [Error],
        conditions: [STALLED],
        means: "The request's own content is wrong; the message lists every problem.",
        next: "The requester: files a new request, since this one cannot be changed. The administrator: changes the \
               type, if that is what is wrong; then the operator looks again.",
        commands: [SHOW_REQUEST],
    }
    RESOURCE_TYPE_NOT_FOUND = "ResourceTypeNotFound" {
        kinds: [Order, Request, Snapshot],
        states: [Error],
        conditions: [STALLED],
        means: "There is no ResourceType of that name in the namespace.",
        next: "The administrator: makes the type; then the operator goes on. The requester: files a new request, if \
               the name was misspelt. The fulfiller: answers an order that was handed over before.",
        commands: [LIST_TYPES],
    }
    RESOURCE_TYPE_NOT_READY = "ResourceTypeNotReady" {
        kinds: [Order, Request],
        states: [Error],
        conditions: [STALLED],
        means: "The ResourceType has a problem of its own, which the message repeats.",
        next: "The administrator: mends the type; then the operator goes on. The fulfiller: answers an order that was \
               handed over before.",
        commands: [SHOW_TYPE],
    }
    NO_PROVISIONING_CONNECTION = "NoProvisioningConnection" {
        kinds: [Order, Request, Type],
        states: [Error],
        conditions: [READY, STALLED],
        means: "Nobody said how orders of this type are carried out.",
        next: "The administrator: sets provisioningConnection.package; then the operator goes on. The fulfiller: \
               answers an order that was handed over before.",
        commands: [CONNECT],
    }
    EXPRESSION_FAILED = "ExpressionFailed" {
        kinds: [Order, Request],
        states: [Error],
        means: "An expression or template of the type failed on this request; the message says which and why.",
        next: "The administrator: mends it; then the operator goes on. The requester: files a new request, if what \
               the request says is the cause.",
        commands: [SHOW_TYPE],
    }
    INVALID_EXPRESSION = "InvalidExpression" {
        kinds: [Type],
        conditions: [READY, STALLED],
        means: "An expression or template does not compile; the message names the field, the place and the cause.",
        next: "The administrator: mends it; then the operator goes on.",
        commands: [SHOW_TYPE],
    }
    OBSERVED = "Observed" {
        kinds: [Order, Request],
        states: [Verified],
        means: "A snapshot of the managed system shows it as ordered.",
        next: "Nobody: Verified is final.",
    }
    REFUTED = "Refuted" {
        kinds: [Order, Request],
        states: [Errored],
        means: "It was confirmed, and a complete snapshot that was taken later shows something else; the message says what.",
        next: "The operator: starts the next attempt, where the type says Reopen and attempts are left. The reviewer: has it \
               tried again, or ends its requests. The fulfiller: may have it tried again too.",
        commands: [RETRY, ABANDON],
    }
    OVERTAKEN = "Overtaken" {
        kinds: [Order, Request],
        states: [Executed],
        means: "A later order changed all of it again before a snapshot could show it.",
        next: "Nobody: no data can tell any more, so Executed is final.",
    }
    SEEN_BEFORE_CONFIRMED = "SeenBeforeConfirmed" {
        kinds: [Order],
        conditions: [VERIFIED],
        means: "A snapshot shows it as ordered, and nobody has confirmed it yet.",
        next: "The fulfiller: confirms it, if it was done.",
        commands: [CONFIRM],
    }
    INCONCLUSIVE = "Inconclusive" {
        kinds: [Order],
        conditions: [VERIFIED],
        means: "A snapshot does not show it as ordered, but it was taken too early, or does not hold everything.",
        next: "The operator: looks again with the next snapshot.",
    }
    COMPLETE = "Complete" {
        kinds: [Snapshot],
        means: "The snapshot counts, and what is not in it is not there.",
        next: "Nobody: it is accepted.",
    }
    INCOMPLETE = "Incomplete" {
        kinds: [Snapshot],
        means: "The snapshot counts, and proves no absence, since it does not hold everything.",
        next: "Nobody: it is accepted.",
    }
    SUSPICIOUS = "Suspicious" {
        kinds: [Snapshot],
        means: "The snapshot says that it holds everything, and has less than 70 % of the last; it proves no absence.",
        next: "The reviewer: accepts it, if that is right. The administrator: writes a whole one, if it was cut off.",
        commands: [ACCEPT],
    }
    ACCEPT_UNTRUSTED = "AcceptUntrusted" {
        kinds: [Snapshot],
        means: "The snapshot looks wrong, and who accepted it was not checked by the admission policies: it proves no absence.",
        next: "The administrator: writes another one, for which a reviewer can speak.",
    }
    IN_THE_FUTURE = "InTheFuture" {
        kinds: [Snapshot],
        means: "The snapshot was taken more than 5 minutes ahead of the operator's clock, and is ignored.",
        next: "Nobody: it stays ignored; another one with the right time is needed.",
    }
    OLDER_THAN_THE_LAST = "OlderThanTheLast" {
        kinds: [Snapshot],
        means: "A snapshot that was taken later was accepted already, so this one is ignored.",
        next: "Nobody: it stays ignored.",
    }
    TRUSTED_BY_TYPE = "TrustedByType" {
        kinds: [Snapshot],
        means: "The type trusts what people confirm, so no snapshot of it is looked at.",
        next: "The administrator: makes it a ManualTicket, if snapshots are to prove its orders.",
        commands: [SHOW_TYPE],
    }
    INVALID_RESOURCE_TYPE = "InvalidResourceType" {
        kinds: [Type],
        conditions: [READY, STALLED],
        means: "Fields of the type contradict each other; the message says which.",
        next: "The administrator: mends them; then the operator goes on.",
        commands: [SHOW_TYPE],
    }
    IDENTIFIER_TAKEN = "IdentifierTaken" {
        kinds: [Request],
        states: [Error],
        means: "The resource of that identifier belongs to another owner.",
        next: "The requester: files a new request with another spec.resource.identifier. The operator: goes on when \
               the resource is free of that owner.",
        commands: [SHOW_REQUEST],
    }
    NOT_THE_OWNER = "NotTheOwner" {
        kinds: [Request],
        states: [Error],
        means: "The resource to change or remove belongs to another owner.",
        next: "The requester: files a new request for its owner. The operator: goes on when the resource is free of \
               that owner.",
        commands: [SHOW_REQUEST],
    }
    IDENTIFIER_NEEDED = "IdentifierNeeded" {
        kinds: [Request],
        states: [Error],
        means: "The owner has several resources of this type, and the request does not say which is meant.",
        next: "The requester: files a new request with spec.resource.identifier; the message lists the identifiers. \
               The operator: goes on when only one is left.",
        commands: [SHOW_REQUEST],
    }
    IDENTIFIER_CANNOT_CHANGE = "IdentifierCannotChange" {
        kinds: [Request],
        states: [Error],
        means: "The new values would give the resource another name.",
        next: "The requester: files a Delete of the old and a Create of the new, or an Update without those values.",
        commands: [SHOW_REQUEST],
    }
    RESOURCE_NOT_FOUND = "ResourceNotFound" {
        kinds: [Request],
        states: [Error],
        means: "The resource to update is known to be absent.",
        next: "The requester: files a Create; then the operator goes on with both.",
    }
    NAME_CONFLICT = "NameConflict" {
        kinds: [Request],
        states: [Error],
        conditions: [STALLED],
        means: "The next order's name is held by an order of another resource, which the message names.",
        next: "The administrator: looks at that order and deletes it, if nobody needs it; then the operator goes on.",
        commands: [SHOW_ORDER],
    }
    READY = "Ready" {
        kinds: [Type],
        conditions: [READY],
        means: "Everything about the type is in order, and its requests become orders.",
        next: "Nobody: all is well.",
    }
    WAITING_FOR_APPROVAL = "WaitingForApproval" {
        kinds: [Request],
        states: [None],
        conditions: [APPROVED],
        means: "Not enough approvers have agreed yet; status.approvals counts them, such as 1/2.",
        next: "The approver: answers, under their own user name; neither requester nor owner. The requester: may \
               cancel it.",
        commands: [AGREE, CANCEL],
    }
    APPROVED = "Approved" {
        kinds: [Request],
        states: [Pending],
        conditions: [APPROVED],
        means: "Enough approvers have agreed, which is written down before anything is done.",
        next: "The operator: goes on at once.",
    }
    DECLINED = "Declined" {
        kinds: [Order, Request],
        states: [Inactive],
        conditions: [APPROVED],
        means: "An approver of the request, or a reviewer of its order, said no.",
        next: "Nobody: it is final. The requester: files a new request if it is still wished and who said no agrees.",
    }
    NO_APPROVAL_NEEDED = "NoApprovalNeeded" {
        kinds: [Request],
        conditions: [APPROVED],
        means: "The type needs no approvers.",
        next: "The operator: goes on at once.",
    }
    DONE_WITH_DEVIATION = "DoneWithDeviation" {
        kinds: [Request],
        states: [Executed, Verified],
        means: "It is done, with other values than proposed, as the fulfiller says.",
        next: "The operator: goes on as after any confirmation. The requester: reads the order's actualValues and \
               files an Update, if they will not do.",
        commands: [SHOW_ORDER],
    }
    WAITING = "Waiting" {
        means: "Stands nowhere, but in place of a reason that this version does not know.",
        next: "Nobody: it stands nowhere.",
    }
}
