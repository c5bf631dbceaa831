//! What a request says by itself, whatever is known of the resource: unknown properties, wrong maps, bad values.

use super::problem::Problem;
use super::types::TypeView;
use crate::api::resource_type::{PropertyDefinition, PropertyType};
use crate::api::{AssignmentRequest, Operation};

/// Every problem of a request's own content, not the first.
pub(super) fn check(request: &AssignmentRequest, view: &TypeView) -> Vec<Problem> {
    let mut problems = Vec::new();
    if request.spec.operation != Operation::Delete {
        check_owner(request, view, &mut problems);
    }
    check_names(request, view, &mut problems);
    check_secrets(request, view, &mut problems);
    if request.spec.operation == Operation::Create {
        check_required(request, view, &mut problems);
    }
    if request.spec.operation == Operation::Update && says_nothing(request) && !has_expressions(view) {
        problems.push(Problem::invalid(
            "an Update that names no property changes nothing: say what to change",
        ));
    }
    problems
}

/// What the type must know of the owner. A Delete needs none of it.
fn check_owner(request: &AssignmentRequest, view: &TypeView, problems: &mut Vec<Problem>) {
    let owner = &request.spec.owner;
    let filled = |name: &&String| {
        owner
            .properties
            .get(*name)
            .is_some_and(|value| !value.trim().is_empty())
    };
    for name in view
        .object
        .spec
        .depends_on_owner_properties
        .iter()
        .filter(|name| !filled(name))
    {
        problems.push(Problem::invalid(format!(
            "the type {} needs {name} of the owner {}: file the request with it in spec.owner.properties",
            view.name(),
            owner.id
        )));
    }
}

fn check_names(request: &AssignmentRequest, view: &TypeView, problems: &mut Vec<Problem>) {
    let spec = &request.spec;
    let mut named = |map: &'static str, name: &String, several: bool, values: &[String]| match view.property(name) {
        None => problems.push(unknown(map, name, view)),
        Some(definition) => check_values(map, definition, several, values, problems),
    };
    for (name, value) in &spec.properties {
        named("properties", name, false, std::slice::from_ref(value));
    }
    for (map, entries) in [
        ("values", &spec.values),
        ("addValues", &spec.add_values),
        ("removeValues", &spec.remove_values),
    ] {
        for (name, values) in entries {
            named(map, name, true, values);
        }
    }
    for name in spec
        .values
        .keys()
        .filter(|name| spec.add_values.contains_key(*name) || spec.remove_values.contains_key(*name))
    {
        problems.push(Problem::invalid(format!(
            "{name} stands in values and in addValues or removeValues: use one"
        )));
    }
}

fn check_secrets(request: &AssignmentRequest, view: &TypeView, problems: &mut Vec<Problem>) {
    for name in &request.spec.secrets {
        match view.property(name) {
            Some(definition) if definition.type_ == PropertyType::Secret => {}
            Some(_) => problems.push(Problem::invalid(format!("spec.secrets: {name} is no Secret"))),
            None => problems.push(unknown("secrets", name, view)),
        }
    }
}

/// What only the requester can give. What an expression gives is seen when it is evaluated.
fn check_required(request: &AssignmentRequest, view: &TypeView, problems: &mut Vec<Problem>) {
    let spec = &request.spec;
    let given = |name: &String| {
        spec.properties.get(name).is_some_and(|value| !value.is_empty())
            || [&spec.values, &spec.add_values]
                .iter()
                .any(|map| map.get(name).is_some_and(|values| !values.is_empty()))
    };
    for definition in &view.object.spec.properties {
        let asked = definition.is_required() && definition.type_ != PropertyType::Secret;
        if asked && definition.expression.is_none() && !given(&definition.name) {
            problems.push(Problem::invalid(missing(definition)));
        }
    }
}

/// How to say that a required property has no value.
pub(super) fn missing(definition: &PropertyDefinition) -> String {
    let name = &definition.name;
    if !definition.is_settable() {
        return format!("{name} is required, and the type's expression for it gives nothing for this owner");
    }
    let map = if definition.is_multi_valued() {
        "values"
    } else {
        "properties"
    };
    format!("{name} is required: give it in spec.{map}")
}

fn unknown(map: &str, name: &str, view: &TypeView) -> Problem {
    let names: Vec<_> = view.object.spec.properties.iter().map(|d| d.name.as_str()).collect();
    let known = if names.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has {}", names.join(", "))
    };
    Problem::invalid(format!(
        "spec.{map}: the type {} has no property {name}; {known}",
        view.name()
    ))
}

fn says_nothing(request: &AssignmentRequest) -> bool {
    let spec = &request.spec;
    spec.properties.is_empty()
        && spec.values.is_empty()
        && spec.add_values.is_empty()
        && spec.remove_values.is_empty()
        && spec.secrets.is_empty()
}

fn has_expressions(view: &TypeView) -> bool {
    view.object.spec.properties.iter().any(|d| d.expression.is_some())
}

fn check_values(
    map: &str,
    definition: &PropertyDefinition,
    several: bool,
    values: &[String],
    problems: &mut Vec<Problem>,
) {
    let name = &definition.name;
    if definition.type_ == PropertyType::Secret {
        // The message must not repeat the value.
        problems.push(Problem::invalid(format!(
            "spec.{map}: {name} is a Secret; never write its value, list its name in spec.secrets"
        )));
        return;
    }
    if several != definition.is_multi_valued() {
        let right = if definition.is_multi_valued() {
            "values, addValues or removeValues"
        } else {
            "properties"
        };
        problems.push(Problem::invalid(format!("spec.{map}: {name} belongs in spec.{right}")));
    }
    if !definition.is_settable() {
        problems.push(Problem::invalid(format!(
            "spec.{map}: {name} is computed by the type and not overridable: leave it out"
        )));
    }
    for value in values.iter().filter(|value| several || !value.is_empty()) {
        if let Err(wanted) = well_formed(definition.type_, value) {
            problems.push(Problem::invalid(format!(
                "spec.{map}: {name}: {value:?} is not {wanted}"
            )));
        }
    }
}

/// Whether a value is one of this type; else what it should be.
pub fn well_formed(kind: PropertyType, value: &str) -> Result<(), &'static str> {
    match kind {
        PropertyType::String | PropertyType::Reference | PropertyType::Secret => {
            if value.is_empty() {
                Err("a value: it is empty")
            } else {
                Ok(())
            }
        }
        PropertyType::Integer => value.parse::<i64>().map(drop).map_err(|_| "a whole number such as 42"),
        PropertyType::Boolean => value.parse::<bool>().map(drop).map_err(|_| "true or false"),
        PropertyType::Date => value
            .parse::<jiff::civil::Date>()
            .ok()
            .filter(|date| date.to_string() == value)
            .map(drop)
            .ok_or("a day such as 2026-03-31"),
    }
}
