//! The five CustomResourceDefinitions, complete: what the derives give, plus the root rules, minus what Kubernetes does not know.

use super::{AssignmentRequest, ManagedResource, ProvisioningOrder, ResourceType, Synchronization, rules};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
use serde_json::{Value, json};

/// The generation that a status observed which nobody wrote.
pub const UNSEEN: i64 = -1;

/// Every CRD, in the order in which people meet them.
///
/// # Errors
/// When a derived schema is not a CRD; a test excludes that.
pub fn all() -> Result<Vec<CustomResourceDefinition>, serde_json::Error> {
    [
        (ResourceType::crd(), Some(rules::type_root())),
        (AssignmentRequest::crd(), Some(rules::request_root())),
        (ProvisioningOrder::crd(), Some(rules::order_root())),
        (ManagedResource::crd(), None),
        (Synchronization::crd(), None),
    ]
    .into_iter()
    .map(|(crd, root_rules)| complete(crd, root_rules))
    .collect()
}

fn complete(
    crd: CustomResourceDefinition,
    root_rules: Option<Value>,
) -> Result<CustomResourceDefinition, serde_json::Error> {
    let mut crd = serde_json::to_value(crd)?;
    if let Some(versions) = crd.pointer_mut("/spec/versions").and_then(Value::as_array_mut) {
        for version in versions {
            if let Some(root) = version.pointer_mut("/schema/openAPIV3Schema") {
                clean(root);
                describe(root);
                if let Some((root, rules)) = root.as_object_mut().zip(root_rules.as_ref()) {
                    root.insert("x-kubernetes-validations".to_owned(), rules.clone());
                }
                unseen(root);
            }
        }
    }
    serde_json::from_value(crd)
}

/// The root says what the kind is, as its spec does: `kubectl explain` shows it first.
fn describe(root: &mut Value) {
    let words = root.pointer("/properties/spec/description").cloned();
    if let Some((root, words)) = root.as_object_mut().zip(words) {
        root.insert("description".to_owned(), words);
    }
}

/// Takes out `nullable` (an absent field is absent), number formats that the API server does not know,
/// and `default` (effective values show in `order.spec.policy`).
fn clean(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    fields.remove("nullable");
    fields.remove("default");
    if fields
        .get("format")
        .and_then(Value::as_str)
        .is_some_and(|format| format.starts_with("uint"))
    {
        fields.remove("format");
    }
    for inner in ["properties", "patternProperties"] {
        if let Some(children) = fields.get_mut(inner).and_then(Value::as_object_mut) {
            children.values_mut().for_each(clean);
        }
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(child) = fields.get_mut(inner) {
            clean(child);
        }
    }
}

/// Until the operator has looked at an object, its status says that no generation was observed: else tools that know
/// nothing of Handoff (kstatus) would take what nobody has looked at for what is well. The one default that there is: no
/// manifest holds a status, so it makes no difference to one.
fn unseen(root: &mut Value) {
    let observes = "/properties/status/properties/observedGeneration";
    if root.pointer(observes).is_some()
        && let Some(status) = root.pointer_mut("/properties/status").and_then(Value::as_object_mut)
    {
        status.insert("default".to_owned(), json!({"observedGeneration": UNSEEN}));
    }
}
