//! From one request and what is known to the work to do: wishes checked, values computed, changes found.

use super::context;
use super::knowledge::{Knowledge, Known, sorted};
use super::problem::Problem;
use super::types::{Compiled, TypeView};
use crate::api::provisioning_order::{Change, Desired};
use crate::api::resource_type::{PropertyDefinition, PropertyType};
use crate::api::{AssignmentRequest, Operation, reason};
use std::collections::BTreeMap;

/// What a request comes down to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A person has to do this.
    Work(Work),
    /// The named order already did it, as a person says.
    AlreadyClaimed(String),
    /// There is nothing to update.
    ResourceNotFound,
}

/// Work for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Work {
    pub operation: Operation,
    pub changes: Vec<Change>,
    pub desired: Desired,
}

#[derive(Clone, Debug)]
enum Wish {
    Set(Vec<String>),
    Alter { add: Vec<String>, remove: Vec<String> },
}

/// Checks what a request says by itself, whatever is known: unknown properties, wrong maps, bad values, missing ones.
pub(super) fn check(request: &AssignmentRequest, view: &TypeView) -> Vec<Problem> {
    let mut problems = Vec::new();
    let spec = &request.spec;
    for (field, set) in [
        ("startTime", spec.start_time.is_some()),
        ("endTime", spec.end_time.is_some()),
        ("causedBy", spec.caused_by.is_some()),
    ] {
        if set {
            let message = format!("spec.{field} is not yet supported by this version: file the request without it");
            problems.push(Problem::new(reason::NOT_YET_SUPPORTED, message));
        }
    }
    let find = |name: &String| {
        view.object
            .spec
            .properties
            .iter()
            .find(|definition| definition.name == *name)
    };
    let known = || {
        let names: Vec<_> = view.object.spec.properties.iter().map(|d| d.name.as_str()).collect();
        if names.is_empty() {
            "it has none".to_owned()
        } else {
            format!("it has {}", names.join(", "))
        }
    };
    let mut named = |map: &'static str, name: &String, several: bool, values: &[String]| match find(name) {
        None => problems.push(Problem::invalid(format!(
            "spec.{map}: the type {} has no property {name}; {}",
            view.name(),
            known()
        ))),
        Some(definition) => check_values(map, definition, several, values, &mut problems),
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
    for name in &spec.secrets {
        match find(name) {
            Some(definition) if definition.type_ == PropertyType::Secret => {}
            Some(_) => problems.push(Problem::invalid(format!("spec.secrets: {name} is no Secret"))),
            None => problems.push(Problem::invalid(format!(
                "spec.secrets: the type {} has no property {name}; {}",
                view.name(),
                known()
            ))),
        }
    }
    let says_nothing = spec.properties.is_empty()
        && spec.values.is_empty()
        && spec.add_values.is_empty()
        && spec.remove_values.is_empty()
        && spec.secrets.is_empty();
    if spec.operation == Operation::Update
        && says_nothing
        && view.object.spec.properties.iter().all(|d| d.expression.is_none())
    {
        problems.push(Problem::invalid(
            "an Update that names no property changes nothing: say what to change",
        ));
    }
    problems
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

fn well_formed(kind: PropertyType, value: &str) -> Result<(), &'static str> {
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

/// Plans one checked request against what is known.
///
/// # Errors
/// Every problem that shows only now: failing expressions, missing required values, an identifier that would change.
pub(super) fn plan(
    request: &AssignmentRequest,
    view: &TypeView,
    compiled: &Compiled,
    identifier: &str,
    owner_username: Option<&str>,
    knowledge: &Knowledge,
) -> Result<Outcome, Vec<Problem>> {
    if request.spec.operation == Operation::Delete {
        return Ok(match knowledge {
            Knowledge::Absent { order } => Outcome::AlreadyClaimed(order.clone()),
            Knowledge::Unknown | Knowledge::Present { .. } => Outcome::Work(Work {
                operation: Operation::Delete,
                changes: Vec::new(),
                desired: Desired::default(),
            }),
        });
    }
    let before = context::with_resource(
        context::of_request(request, view, owner_username),
        view,
        identifier,
        knowledge,
    );
    let mut problems = Vec::new();
    let wishes = wishes(request);
    let computed = computed(view, compiled, &wishes, &before, &mut problems);
    let outcome = match (request.spec.operation, knowledge) {
        (Operation::Delete | Operation::Create, Knowledge::Unknown | Knowledge::Absent { .. }) => {
            create(request, view, &wishes, &computed, knowledge, &mut problems)
        }
        (Operation::Update, Knowledge::Absent { .. }) => Outcome::ResourceNotFound,
        (Operation::Update, Knowledge::Unknown) => alter(request, view, &wishes, &BTreeMap::new(), &Known::new(), None),
        (Operation::Delete | Operation::Create | Operation::Update, Knowledge::Present { order, values, .. }) => {
            identifier_stays(view, compiled, &before, &wishes, values, &mut problems);
            alter(request, view, &wishes, &computed, values, Some(order))
        }
    };
    if problems.is_empty() {
        Ok(outcome)
    } else {
        Err(problems)
    }
}

fn wishes(request: &AssignmentRequest) -> BTreeMap<String, Wish> {
    let spec = &request.spec;
    let mut wishes = BTreeMap::new();
    for (name, value) in &spec.properties {
        wishes.insert(
            name.clone(),
            Wish::Set(sorted(Some(value.clone()).filter(|value| !value.is_empty()))),
        );
    }
    for (name, values) in &spec.values {
        wishes.insert(name.clone(), Wish::Set(sorted(values.iter().cloned())));
    }
    for name in spec.add_values.keys().chain(spec.remove_values.keys()) {
        let list = |map: &BTreeMap<String, Vec<String>>| sorted(map.get(name).into_iter().flatten().cloned());
        let remove = list(&spec.remove_values);
        let add = list(&spec.add_values)
            .into_iter()
            .filter(|value| !remove.contains(value))
            .collect();
        wishes.insert(name.clone(), Wish::Alter { add, remove });
    }
    wishes
}

fn computed(
    view: &TypeView,
    compiled: &Compiled,
    wishes: &BTreeMap<String, Wish>,
    context: &serde_json::Value,
    problems: &mut Vec<Problem>,
) -> Known {
    let mut computed = Known::new();
    for definition in view
        .object
        .spec
        .properties
        .iter()
        .filter(|d| !wishes.contains_key(&d.name))
    {
        let Some(expression) = compiled.properties.get(&definition.name) else {
            continue;
        };
        let result = if definition.is_multi_valued() {
            expression.values(context)
        } else {
            expression.one(context).map(|value| value.map(|value| vec![value]))
        };
        let fault = match result {
            Ok(Some(values)) => match values
                .iter()
                .find_map(|value| well_formed(definition.type_, value).err().map(|w| (value, w)))
            {
                Some((value, wanted)) => format!("its result {value:?} is not {wanted}"),
                None => {
                    computed.insert(definition.name.clone(), sorted(values));
                    continue;
                }
            },
            Ok(None) => continue,
            Err(error) => error,
        };
        problems.push(Problem::new(
            reason::EXPRESSION_FAILED,
            format!(
                "spec.properties[{}].expression of the ResourceType {} failed: {fault}",
                definition.name,
                view.name()
            ),
        ));
    }
    computed
}

fn create(
    request: &AssignmentRequest,
    view: &TypeView,
    wishes: &BTreeMap<String, Wish>,
    computed: &Known,
    knowledge: &Knowledge,
    problems: &mut Vec<Problem>,
) -> Outcome {
    let absent = matches!(knowledge, Knowledge::Absent { .. });
    let mut changes = Vec::new();
    let mut desired = Desired {
        exists: true,
        ..Desired::default()
    };
    for definition in sorted_definitions(view) {
        let name = &definition.name;
        if definition.type_ == PropertyType::Secret {
            if definition.is_required() || request.spec.secrets.contains(name) {
                changes.push(secret(name));
            }
            continue;
        }
        let proposed = match wishes.get(name) {
            Some(Wish::Set(values)) => values.clone(),
            Some(Wish::Alter { add, .. }) => add.clone(),
            None => computed.get(name).cloned().unwrap_or_default(),
        };
        if proposed.is_empty() {
            if definition.is_required() {
                problems.push(Problem::invalid(format!(
                    "{name} is required: give it in spec.{}",
                    if definition.is_multi_valued() {
                        "values"
                    } else {
                        "properties"
                    }
                )));
            }
            continue;
        }
        want(&mut desired, definition, &proposed);
        changes.push(Change {
            property: name.clone(),
            type_: definition.type_,
            current_known: Some(absent),
            current: absent.then(Vec::new),
            proposed: Some(proposed),
            added: None,
            removed: None,
        });
    }
    Outcome::Work(Work {
        operation: Operation::Create,
        changes,
        desired,
    })
}

fn alter(
    request: &AssignmentRequest,
    view: &TypeView,
    wishes: &BTreeMap<String, Wish>,
    computed: &Known,
    known: &Known,
    claimed_by: Option<&String>,
) -> Outcome {
    let mut changes = Vec::new();
    let mut desired = Desired {
        exists: true,
        ..Desired::default()
    };
    for definition in sorted_definitions(view) {
        let name = &definition.name;
        if definition.type_ == PropertyType::Secret {
            if request.spec.secrets.contains(name) {
                changes.push(secret(name));
            }
            continue;
        }
        let current = known.get(name);
        let change = match wishes.get(name) {
            Some(Wish::Set(values)) => set(definition, current, values),
            Some(Wish::Alter { add, remove }) => add_and_remove(definition, current, add, remove),
            // A computed value becomes a change only where the present one is known and differs.
            None => computed
                .get(name)
                .filter(|_| current.is_some())
                .and_then(|values| set(definition, current, values)),
        };
        if let Some(values) = change.as_ref().map_or(current, |change| change.proposed.as_ref()) {
            want(&mut desired, definition, values);
        }
        changes.extend(change);
    }
    match claimed_by {
        Some(order) if changes.is_empty() => Outcome::AlreadyClaimed(order.clone()),
        Some(_) | None => Outcome::Work(Work {
            operation: Operation::Update,
            changes,
            desired,
        }),
    }
}

fn set(definition: &PropertyDefinition, current: Option<&Vec<String>>, proposed: &[String]) -> Option<Change> {
    if current.is_some_and(|current| current == proposed) {
        return None;
    }
    Some(Change {
        property: definition.name.clone(),
        type_: definition.type_,
        current_known: Some(current.is_some()),
        current: current.cloned(),
        proposed: Some(proposed.to_vec()),
        added: None,
        removed: None,
    })
}

fn add_and_remove(
    definition: &PropertyDefinition,
    current: Option<&Vec<String>>,
    add: &[String],
    remove: &[String],
) -> Option<Change> {
    let missing = |value: &&String| current.is_none_or(|current| !current.contains(*value));
    let there = |value: &&String| current.is_none_or(|current| current.contains(*value));
    let added: Vec<String> = add.iter().filter(missing).cloned().collect();
    let removed: Vec<String> = remove.iter().filter(there).cloned().collect();
    if added.is_empty() && removed.is_empty() {
        return None;
    }
    let proposed = current.map(|current| {
        sorted(
            current
                .iter()
                .filter(|value| !removed.contains(value))
                .chain(&added)
                .cloned(),
        )
    });
    Some(Change {
        property: definition.name.clone(),
        type_: definition.type_,
        current_known: Some(current.is_some()),
        current: current.cloned(),
        proposed,
        added: Some(added).filter(|added| !added.is_empty()),
        removed: Some(removed).filter(|removed| !removed.is_empty()),
    })
}

fn secret(name: &str) -> Change {
    Change {
        property: name.to_owned(),
        type_: PropertyType::Secret,
        current_known: None,
        current: None,
        proposed: None,
        added: None,
        removed: None,
    }
}

fn want(desired: &mut Desired, definition: &PropertyDefinition, values: &[String]) {
    if definition.is_multi_valued() {
        desired.values.insert(definition.name.clone(), values.to_vec());
    } else {
        desired
            .properties
            .insert(definition.name.clone(), values.first().cloned().unwrap_or_default());
    }
}

fn sorted_definitions(view: &TypeView) -> Vec<&PropertyDefinition> {
    let mut definitions: Vec<_> = view.object.spec.properties.iter().collect();
    definitions.sort_by(|a, b| a.name.cmp(&b.name));
    definitions
}

/// New values must not give the resource another name: that would be another resource.
fn identifier_stays(
    view: &TypeView,
    compiled: &Compiled,
    before: &serde_json::Value,
    wishes: &BTreeMap<String, Wish>,
    known: &Known,
    problems: &mut Vec<Problem>,
) {
    let named_with = |change: bool| {
        let mut context = before.clone();
        for (name, values) in known {
            context["request"]["properties"][name] = values.first().cloned().unwrap_or_default().into();
        }
        if change {
            for (name, wish) in wishes {
                if let Wish::Set(values) = wish {
                    context["request"]["properties"][name] = values.first().cloned().unwrap_or_default().into();
                }
            }
        }
        compiled.identifier.one(&context).ok().flatten()
    };
    if let (Some(old), Some(new)) = (named_with(false), named_with(true)) {
        let fold = |name: &str| super::identity::fold(name, view.case_insensitive());
        if fold(&old) != fold(&new) {
            problems.push(Problem::new(
                reason::IDENTIFIER_CANNOT_CHANGE,
                format!("these values would rename the resource from {old} to {new}, which makes it another resource: file a Delete and a Create"),
            ));
        }
    }
}
