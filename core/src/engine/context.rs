//! What expressions and templates can see.

use super::knowledge::{Knowledge, Known};
use super::types::TypeView;
use crate::api::resource_type::PropertyType;
use crate::api::{AssignmentRequest, names};
use serde_json::{Map, Value, json};

/// `owner` and `type`: what ownerUsername sees.
pub(super) fn of_owner(request: &AssignmentRequest, view: &TypeView) -> Value {
    let owner = &request.spec.owner;
    let mut kind = serde_json::to_value(&view.object.spec).unwrap_or_default();
    if let Some(kind) = kind.as_object_mut() {
        kind.insert("name".to_owned(), view.name().into());
    }
    json!({
        "owner": {
            "id": owner.id,
            "displayName": owner.display_name.clone().unwrap_or_else(|| owner.id.clone()),
            "username": null,
            "properties": owner.properties,
        },
        "type": kind,
    })
}

/// With `request`: what the identifier sees too.
pub(super) fn of_request(request: &AssignmentRequest, view: &TypeView, owner_username: Option<&str>) -> Value {
    let mut context = of_owner(request, view);
    let spec = &request.spec;
    context["owner"]["username"] = owner_username.into();
    context["request"] = json!({
        "name": request.metadata.name,
        "operation": spec.operation,
        "properties": spec.properties,
        "values": spec.values,
        "addValues": spec.add_values,
        "removeValues": spec.remove_values,
        "justification": spec.justification.clone().unwrap_or_default(),
        "requestedBy": spec.requested_by.as_ref().map_or(names::UNKNOWN_ACTOR, |by| by.username.as_str()),
    });
    context
}

/// Adds `resource`, the state before the change: what computed properties see too.
pub(super) fn with_resource(mut context: Value, view: &TypeView, identifier: &str, knowledge: &Knowledge) -> Value {
    let (known, properties, values) = match knowledge {
        Knowledge::Unknown | Knowledge::Absent { .. } => (false, Map::new(), Map::new()),
        Knowledge::Present { values, .. } => {
            let (properties, values) = split(values, view);
            (true, properties, values)
        }
    };
    context["resource"] = json!({"identifier": identifier, "known": known, "properties": properties, "values": values});
    context
}

fn split(known: &Known, view: &TypeView) -> (Map<String, Value>, Map<String, Value>) {
    let (mut properties, mut values) = (Map::new(), Map::new());
    for definition in view
        .object
        .spec
        .properties
        .iter()
        .filter(|d| d.type_ != PropertyType::Secret)
    {
        if let Some(list) = known.get(&definition.name) {
            if definition.is_multi_valued() {
                values.insert(definition.name.clone(), json!(list));
            } else {
                properties.insert(
                    definition.name.clone(),
                    list.first().cloned().unwrap_or_default().into(),
                );
            }
        }
    }
    (properties, values)
}
