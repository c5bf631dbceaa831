//! The CEL rules of the CRDs, made from the types' own tables. They need no other object; whatever does is admission's.

use super::state::ProvisioningState;
use serde_json::{Value, json};

/// `a == b` for an optional field; `.?x` exceeds CEL's cost budget.
fn unchanged(field: &str, kept_for: &str) -> Value {
    json!({
        "rule": format!(
            "has(self.{field}) == has(oldSelf.{field}) && (!has(self.{field}) || self.{field} == oldSelf.{field})"
        ),
        "fieldPath": format!(".{field}"),
        "message": format!("{field} is immutable: {kept_for}"),
    })
}

fn write_once(field: &str, message: &str) -> Value {
    json!({
        "rule": format!("!has(oldSelf.{field}) || (has(self.{field}) && self.{field} == oldSelf.{field})"),
        "fieldPath": format!(".{field}"),
        "message": message,
    })
}

pub(super) fn case_is_immutable() -> Value {
    json!([unchanged(
        "caseInsensitive",
        "resources that are one today would be two tomorrow; make a new ResourceType"
    )])
}

pub(super) fn immutable_spec() -> Value {
    json!([{"rule": "self == oldSelf", "message": "a Synchronization is immutable: make a new one"}])
}

pub(super) fn request_spec() -> Value {
    let file_a_new_one = "a request is one wish; file a new one";
    let mut rules: Vec<Value> = [
        "resourceTypeRef",
        "operation",
        "owner",
        "resource",
        "properties",
        "values",
        "addValues",
        "removeValues",
        "secrets",
        "startTime",
        "endTime",
        "justification",
        "requestedBy",
        "causedBy",
    ]
    .into_iter()
    .map(|field| unchanged(field, file_a_new_one))
    .collect();
    rules.push(json!({
        "rule": "self.operation != 'Delete' || (!has(self.properties) && !has(self.values) && !has(self.addValues) && !has(self.removeValues) && !has(self.secrets))",
        "message": "a Delete takes no properties, values or secrets",
    }));
    rules.push(json!({
        "rule": "!has(self.endTime) || self.operation == 'Create' || (self.operation == 'Update' && !has(self.properties) && !has(self.values))",
        "fieldPath": ".endTime",
        "message": "endTime goes with a Create, or with an Update that only has addValues or removeValues: nobody can know which value to go back to",
    }));
    rules.push(json!({
        "rule": "!has(self.endTime) || !has(self.startTime) || self.endTime > self.startTime",
        "fieldPath": ".endTime",
        "message": "endTime must be later than startTime",
    }));
    rules.push(json!({
        "rule": "!has(oldSelf.approvals) || (has(self.approvals) && oldSelf.approvals.all(who, who in self.approvals && self.approvals[who] == oldSelf.approvals[who]))",
        "fieldPath": ".approvals",
        "message": "an approval is final: it cannot be changed or removed. To stop the request, cancel it",
    }));
    rules.push(json!({
        "rule": "!has(self.cancel)",
        "fieldPath": ".cancel",
        "reason": "FieldValueForbidden",
        "message": "cancel is not yet supported by this version: let the fulfiller report an error, or file a Delete",
    }));
    Value::Array(rules)
}

pub(super) fn approver_names() -> Value {
    json!([{
        "rule": "self.all(who, size(who) >= 1 && size(who) <= 512)",
        "message": "the key of an approval is a user name of 1 to 512 characters",
    }])
}

pub(super) fn order_spec() -> Value {
    let written_by = "an order is written by the operator; people write decision, review, recovery and assignee";
    let mut rules: Vec<Value> = [
        "resourceTypeRef",
        "targetEntityType",
        "operation",
        "resource",
        "sequence",
        "attempt",
        "requestRefs",
        "requesters",
        "owner",
        "changes",
        "desired",
        "ticket",
        "policy",
        "reviewOf",
        "previous",
    ]
    .into_iter()
    .map(|field| unchanged(field, written_by))
    .collect();
    rules.push(write_once(
        "decision",
        "the decision is final: it cannot be changed or removed. After Errored, write spec.recovery; to take a confirmation back, write spec.recovery with a comment",
    ));
    rules.push(write_once(
        "recovery",
        "the recovery is final: it cannot be changed or removed; look for the next order",
    ));
    rules.push(json!({
        "rule": "!has(oldSelf.review) || (has(self.review) && (self.review == oldSelf.review || oldSelf.review.result == 'Postponed'))",
        "fieldPath": ".review",
        "message": "the review is final: only Postponed can be changed, to Approved or Declined, and no review can be removed",
    }));
    rules.push(json!({
        "rule": "!has(oldSelf.decision) || (has(self.assignee) == has(oldSelf.assignee) && (!has(self.assignee) || self.assignee == oldSelf.assignee))",
        "fieldPath": ".assignee",
        "message": "the order is decided: its assignee stays as it is",
    }));
    Value::Array(rules)
}

pub(super) fn decision() -> Value {
    json!([
        {
            "rule": "self.result != 'Errored' || (has(self.message) && self.message.trim() != '')",
            "fieldPath": ".message",
            "reason": "FieldValueRequired",
            "message": "message is required when result is Errored: say what stood in the way",
        },
        {
            "rule": "self.result == 'Confirmed' || !has(self.actualValues)",
            "fieldPath": ".actualValues",
            "message": "actualValues go with Confirmed only: they say what was really set",
        },
    ])
}

/// Rules at the root of an order: what people may write in which state, and the legal moves.
pub(super) fn order_root() -> Value {
    let state = "(has(oldSelf.status) && has(oldSelf.status.state) ? oldSelf.status.state : 'not handed over yet')";
    let recovery_needed = "has(oldSelf.status.conditions) && oldSelf.status.conditions.exists(c, c.type == 'Stalled' && c.status == 'True' && c.reason == 'RecoveryNeeded')";
    json!([
        {
            "rule": "oldSelf.hasValue() || (!has(self.spec.decision) && !has(self.spec.review) && !has(self.spec.recovery) && !has(self.spec.assignee))",
            "optionalOldSelf": true,
            "fieldPath": ".spec",
            "reason": "FieldValueForbidden",
            "message": "decision, review, recovery and assignee cannot be set when the order is created",
        },
        {
            "rule": "!has(self.spec.decision) || has(oldSelf.spec.decision) || (has(oldSelf.status) && has(oldSelf.status.state) && oldSelf.status.state == 'Transmitted')",
            "fieldPath": ".spec.decision",
            "reason": "FieldValueForbidden",
            "messageExpression": format!("'a decision is accepted only while the order is Transmitted; it is ' + {state} + '. Read its status: kubectl describe porder ' + self.metadata.name"),
            "message": "a decision is accepted only while the order is Transmitted",
        },
        {
            "rule": "!has(self.spec.decision) || !has(self.spec.decision.actualValues) || self.spec.decision.actualValues.all(p, has(self.spec.changes) && self.spec.changes.exists(c, c.property == p && c.type != 'Secret'))",
            "fieldPath": ".spec.decision.actualValues",
            "message": "actualValues may only name properties of spec.changes, and no Secret",
        },
        {
            "rule": "!has(self.spec.decision) || self.spec.decision.result != 'Confirmed' || self.spec.policy.decision.evidence != 'Required' || (has(self.spec.decision.evidence) && self.spec.decision.evidence.trim() != '')",
            "fieldPath": ".spec.decision.evidence",
            "reason": "FieldValueRequired",
            "message": "evidence is required by the type of this order: add to the decision what shows that it was done, for example the link to a screenshot",
        },
        {
            "rule": "!has(self.spec.review) || (has(oldSelf.spec.review) && self.spec.review == oldSelf.spec.review) || (has(oldSelf.status) && has(oldSelf.status.state) && oldSelf.status.state == 'AwaitingApproval')",
            "fieldPath": ".spec.review",
            "reason": "FieldValueForbidden",
            "messageExpression": format!("'a review is accepted only while the order is AwaitingApproval; it is ' + {state} + '. Read its status: kubectl describe porder ' + self.metadata.name"),
            "message": "a review is accepted only while the order is AwaitingApproval",
        },
        {
            "rule": "!has(self.spec.review) || !has(self.spec.review.declinedProperties) || self.spec.review.declinedProperties.all(p, has(self.spec.changes) && self.spec.changes.exists(c, c.property == p))",
            "fieldPath": ".spec.review.declinedProperties",
            "message": "declinedProperties may only name properties of spec.changes",
        },
        {
            "rule": format!("!has(self.spec.recovery) || has(oldSelf.spec.recovery) || (has(oldSelf.status) && has(oldSelf.status.state) && (oldSelf.status.state == 'Executed' || (oldSelf.status.state == 'Errored' && {recovery_needed})))"),
            "fieldPath": ".spec.recovery",
            "reason": "FieldValueForbidden",
            "messageExpression": format!("'a recovery is accepted only while the order is Errored with RecoveryNeeded, or Executed to take a wrong confirmation back; it is ' + {state}"),
            "message": "a recovery is accepted only while the order is Errored with RecoveryNeeded, or Executed to take a wrong confirmation back",
        },
        {
            "rule": "!has(self.spec.recovery) || has(oldSelf.spec.recovery) || !has(oldSelf.status) || !has(oldSelf.status.state) || oldSelf.status.state != 'Executed' || (has(self.spec.recovery.comment) && self.spec.recovery.comment.trim() != '')",
            "fieldPath": ".spec.recovery.comment",
            "reason": "FieldValueRequired",
            "message": "comment is required when a confirmation is taken back: say what was wrong",
        },
        {
            "rule": legal_moves(),
            "fieldPath": ".status.state",
            "messageExpression": format!("'an order cannot go from ' + {state} + ' to ' + (has(self.status) && has(self.status.state) ? self.status.state : 'no state')"),
            "message": "this is no legal move of an order",
        },
    ])
}

/// The transition rule of `.status.state`, from the table in [`ProvisioningState::next`].
fn legal_moves() -> String {
    let list = |states: &[ProvisioningState]| {
        states
            .iter()
            .map(|state| format!("'{state}'"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let moves = ProvisioningState::ALL
        .iter()
        .filter(|state| **state != ProvisioningState::None && !state.next().is_empty())
        .map(|state| {
            format!(
                "(oldSelf.status.state == '{state}' && self.status.state in [{}])",
                list(state.next())
            )
        })
        .collect::<Vec<_>>()
        .join(" || ");
    format!(
        "has(self.status) && has(self.status.state) ? \
         (has(oldSelf.status) && has(oldSelf.status.state) ? \
         (self.status.state == oldSelf.status.state || {moves}) : \
         self.status.state in [{first}]) : \
         !(has(oldSelf.status) && has(oldSelf.status.state))",
        first = list(&ProvisioningState::FIRST),
    )
}

pub(super) fn request_root() -> Value {
    json!([
        {
            "rule": "size(self.metadata.name) <= 249",
            "message": "the name of a request has at most 249 characters",
        },
        {
            "rule": "!self.metadata.name.endsWith('-end') || has(self.spec.causedBy)",
            "message": "names ending in -end are reserved for requests that the operator files when an endTime comes: choose another name",
        },
        {
            "rule": "oldSelf.hasValue() || !has(self.spec.approvals)",
            "optionalOldSelf": true,
            "fieldPath": ".spec.approvals",
            "reason": "FieldValueForbidden",
            "message": "approvals cannot be set when the request is created: leave them out; each approver adds an answer of their own",
        },
        {
            "rule": "!has(self.spec.approvals) || (has(oldSelf.spec.approvals) && self.spec.approvals == oldSelf.spec.approvals) || (has(oldSelf.status) && has(oldSelf.status.workflowState) && oldSelf.status.workflowState == 'PendingApproval')",
            "fieldPath": ".spec.approvals",
            "reason": "FieldValueForbidden",
            "messageExpression": "'an approval is accepted only while the request is PendingApproval; it is ' + (has(oldSelf.status) && has(oldSelf.status.workflowState) ? oldSelf.status.workflowState : 'not read by the operator yet') + '. Read its status: kubectl describe areq ' + self.metadata.name",
            "message": "an approval is accepted only while the request is PendingApproval",
        },
    ])
}

pub(super) fn type_root() -> Value {
    json!([{
        "rule": "size(self.metadata.name) <= 63 && !self.metadata.name.contains('.')",
        "message": "the name of a ResourceType has no dot and at most 63 characters: it starts the names of its orders",
    }])
}

pub(super) fn resource_root() -> Value {
    json!([{
        "rule": "self.spec.source == 'Virtual'",
        "fieldPath": ".spec.source",
        "message": "source Synchronized is not yet supported by this version: nothing would read it",
    }])
}

/// Refuses a kind whose behaviour has not come yet; better than an object that nothing reads.
pub(super) fn not_yet(kind: &str) -> Value {
    json!([{
        "rule": "false",
        "message": format!("{kind} is not yet supported by this version: nothing would read it"),
    }])
}
