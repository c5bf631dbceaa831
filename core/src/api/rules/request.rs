//! Rules of an AssignmentRequest: a wish that stays as it was filed, its answers, and when it can be taken back.

use super::{unchanged, write_once};
use serde_json::{Value, json};

pub(in crate::api) fn request_spec() -> Value {
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
        "rule": "!has(self.endTime) || self.operation != 'Delete'",
        "fieldPath": ".endTime",
        "reason": "FieldValueForbidden",
        "message": "a Delete takes no endTime: leave it out. To have the resource back later, file a Create with startTime",
    }));
    rules.push(json!({
        "rule": "!has(self.endTime) || self.operation != 'Update' || ((has(self.addValues) || has(self.removeValues)) && !has(self.properties) && !has(self.values) && !has(self.secrets))",
        "fieldPath": ".endTime",
        "reason": "FieldValueForbidden",
        "message": "endTime goes with an Update that has addValues or removeValues and nothing else: nobody can know which value to go back to. Leave endTime out, and file a second Update with the value to go back to and startTime",
    }));
    rules.push(json!({
        "rule": "!has(self.endTime) || !has(self.startTime) || self.endTime > self.startTime",
        "fieldPath": ".endTime",
        "message": "endTime must be later than startTime: correct one of them, or leave it out",
    }));
    rules.push(json!({
        "rule": "!has(oldSelf.approvals) || (has(self.approvals) && oldSelf.approvals.all(who, who in self.approvals && self.approvals[who] == oldSelf.approvals[who]))",
        "fieldPath": ".approvals",
        "message": "an approval is final: it cannot be changed or removed. To stop the request, cancel it",
    }));
    rules.push(write_once(
        "cancel",
        "the request is cancelled, and that is final: file a new one for what is still wanted",
    ));
    Value::Array(rules)
}

pub(in crate::api) fn approver_names() -> Value {
    json!([{
        "rule": "self.all(who, size(who) >= 1 && size(who) <= 512)",
        "message": "the key of an approval is a user name of 1 to 512 characters",
    }])
}

pub(in crate::api) fn cancel() -> Value {
    json!([{
        "rule": "self.reason.trim() != ''",
        "fieldPath": ".reason",
        "reason": "FieldValueRequired",
        "message": "reason must not be blank: say why the request is taken back",
    }])
}

pub(in crate::api) fn request_root() -> Value {
    json!([
        {
            "rule": "size(self.metadata.name) <= 249 || has(self.spec.causedBy)",
            "message": "the name of a request has at most 249 characters: choose a shorter one",
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
        {
            "rule": "oldSelf.hasValue() || !has(self.spec.cancel)",
            "optionalOldSelf": true,
            "fieldPath": ".spec.cancel",
            "reason": "FieldValueForbidden",
            "message": "cancel cannot be set when the request is created: leave it out, or do not file the request",
        },
        too_late_to_cancel(),
    ])
}

/// A wish can be taken back until it is done, or has ended otherwise.
fn too_late_to_cancel() -> Value {
    let done = "has(oldSelf.status) && has(oldSelf.status.provisioningState) && oldSelf.status.provisioningState in ['Executed', 'Verified']";
    let ended = "has(oldSelf.status) && ((has(oldSelf.status.provisioningState) && oldSelf.status.provisioningState == 'Inactive') || (has(oldSelf.status.workflowState) && oldSelf.status.workflowState in ['Declined', 'Cancelled']))";
    let undo = "(self.spec.operation == 'Create' ? 'file a request with operation Delete' : self.spec.operation == 'Update' ? 'file an Update with the values that it is to have' : 'file a request with operation Create')";
    let how = "(has(oldSelf.status.provisioningState) && oldSelf.status.provisioningState == 'Inactive' ? 'Inactive' + (has(oldSelf.status.reason) ? ', ' + oldSelf.status.reason : '') : oldSelf.status.workflowState)";
    json!({
        "rule": format!("!has(self.spec.cancel) || has(oldSelf.spec.cancel) || !(({done}) || ({ended}))"),
        "fieldPath": ".spec.cancel",
        "reason": "FieldValueForbidden",
        "messageExpression": format!(
            "{done} ? 'it is too late to cancel: this request is ' + oldSelf.status.provisioningState + '. To undo it, ' + {undo} : 'nothing is left to cancel: this request has ended (' + {how} + '). File a new one for what is still wanted'"
        ),
        "message": "it is too late to cancel: this request is done or has ended. To undo what was done, file a request with operation Delete",
    })
}
