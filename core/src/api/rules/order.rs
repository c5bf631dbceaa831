//! Rules of a ProvisioningOrder: what is final, what people may write in which state, and the legal moves.

use super::{unchanged, write_once};
use crate::api::state::ProvisioningState;
use serde_json::{Value, json};

pub(in crate::api) fn order_spec() -> Value {
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
        "message": "the review is final: only Postponed can be changed (to Approved, to Declined, or with another comment), and no review can be removed",
    }));
    rules.push(json!({
        "rule": "!has(oldSelf.decision) || (has(self.assignee) == has(oldSelf.assignee) && (!has(self.assignee) || self.assignee == oldSelf.assignee))",
        "fieldPath": ".assignee",
        "message": "the order is decided: its assignee stays as it is",
    }));
    Value::Array(rules)
}

pub(in crate::api) fn decision() -> Value {
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

pub(in crate::api) fn review() -> Value {
    json!([
        {
            "rule": "self.result == 'Approved' || !has(self.declinedProperties) || size(self.declinedProperties) == 0",
            "fieldPath": ".declinedProperties",
            "message": "declinedProperties go with Approved only: Approved with declinedProperties releases the rest; to decline all of it, write Declined without them",
        },
        {
            "rule": "self.result != 'Declined' || (has(self.comment) && self.comment.trim() != '')",
            "fieldPath": ".comment",
            "reason": "FieldValueRequired",
            "message": "comment is required when result is Declined: say why, the requester reads it",
        },
    ])
}

/// Rules at the root of an order: what people may write in which state, and the legal moves.
pub(in crate::api) fn order_root() -> Value {
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
            "rule": "!has(self.spec.review) || !has(self.spec.review.declinedProperties) || self.spec.review.declinedProperties.all(p, !has(self.spec.changes) || !self.spec.changes.exists(c, c.property == p && has(c.required) && c.required))",
            "fieldPath": ".spec.review.declinedProperties",
            "message": "declinedProperties name what a new resource must have (spec.changes[].required), which cannot be declined alone: decline the whole order, or release it",
        },
        {
            "rule": "self.spec.operation != 'Update' || !has(self.spec.review) || !has(self.spec.review.declinedProperties) || size(self.spec.review.declinedProperties) == 0 || (has(self.spec.changes) && self.spec.changes.exists(c, !(c.property in self.spec.review.declinedProperties)))",
            "fieldPath": ".spec.review.declinedProperties",
            "message": "declinedProperties name every property of spec.changes, and nothing would be left: write Declined, with a comment and without declinedProperties",
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
            "rule": "!has(oldSelf.status) || !has(oldSelf.status.state) || !(oldSelf.status.state in ['Executed', 'Verified', 'Errored', 'Inactive']) || (has(self.spec.assignee) == has(oldSelf.spec.assignee) && (!has(self.spec.assignee) || self.spec.assignee == oldSelf.spec.assignee))",
            "fieldPath": ".spec.assignee",
            "reason": "FieldValueForbidden",
            "messageExpression": format!("'nobody works on this order any more: it is ' + {state} + '. Its assignee stays as it is; look for the next order of its resource'"),
            "message": "nobody works on this order any more: its assignee stays as it is",
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
