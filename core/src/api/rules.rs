//! The CEL rules of the CRDs, made from the types' own tables. They need no other object; whatever does is admission's.

mod order;
mod request;

pub(super) use order::{decision, order_root, order_spec, review};
pub(super) use request::{approver_names, cancel, request_root, request_spec};
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

pub(super) fn type_root() -> Value {
    json!([{
        "rule": "size(self.metadata.name) <= 63 && !self.metadata.name.contains('.')",
        "message": "the name of a ResourceType has no dot and at most 63 characters: it starts the names of its orders",
    }])
}
