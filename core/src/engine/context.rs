//! What expressions and templates can see.

use super::knowledge::{Knowledge, Known};
use super::types::TypeView;
use super::wishes::{Fold, Wish};
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

/// The newest request of a fold, with the wishes of all of it: what was asked for by an earlier one is asked for.
pub(super) fn of_fold(fold: &Fold, view: &TypeView, owner_username: Option<&str>) -> Value {
    let Some(newest) = fold.newest() else {
        return Value::Null;
    };
    let mut context = of_request(newest, view, owner_username);
    let (mut properties, mut values) = (Map::new(), Map::new());
    let (mut added, mut removed) = (Map::new(), Map::new());
    for (name, wish) in &fold.wishes.by_property {
        let several = view
            .property(name)
            .is_some_and(|definition| definition.is_multi_valued());
        match wish {
            Wish::Set(list) if several => drop(values.insert(name.clone(), json!(list))),
            Wish::Set(list) => {
                let value = list.first().cloned().unwrap_or_default();
                properties.insert(name.clone(), value.into());
            }
            Wish::Alter { add, remove } => {
                added.insert(name.clone(), json!(add));
                removed.insert(name.clone(), json!(remove));
            }
        }
    }
    context["request"]["properties"] = properties.into();
    context["request"]["values"] = values.into();
    context["request"]["addValues"] = added.into();
    context["request"]["removeValues"] = removed.into();
    context
}

/// Adds `resource`, the state before the change: what computed properties see too.
pub(super) fn with_resource(mut context: Value, view: &TypeView, identifier: &str, knowledge: &Knowledge) -> Value {
    let (known, properties, values) = match knowledge {
        Knowledge::Unknown | Knowledge::Absent(_) => (false, Map::new(), Map::new()),
        Knowledge::Present(present) => {
            let (properties, values) = split(&present.values, view);
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
