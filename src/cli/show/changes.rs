//! The values of an order or a request, a row each, so that each can be copied. Pure.

use super::super::table::{Cell, Column, Table, Tone};
use handoff_core::api::assignment_request::AssignmentRequestSpec;
use handoff_core::api::provisioning_order::{Change, ProvisioningOrder};
use handoff_core::api::resource_type::PropertyType;
use handoff_core::api::{Operation, ProvisioningState};

/// A value, and how it looks.
type Shown = (String, Tone);

/// What is to change; none: nothing.
pub(super) fn of_order(order: &ProvisioningOrder) -> Option<Table> {
    let spec = &order.spec;
    if spec.changes.is_empty() {
        return None;
    }
    let actual = spec.decision.as_ref().map(|decision| &decision.actual_values);
    let actual = actual.filter(|values| !values.is_empty());
    let mut columns = vec![
        Column::whole("PROPERTY"),
        Column::whole("CURRENT"),
        Column::whole("PROPOSED"),
    ];
    columns.extend(actual.map(|_| Column::whole("REALLY SET")));
    let rows = spec.changes.iter().flat_map(|change| {
        let mut cells = vec![current(change), proposed(change)];
        cells.extend(actual.map(|values| values.get(&change.property).map_or_else(Vec::new, |set| listed(set))));
        rows(&change.property, &cells)
    });
    Some(Table::new(&columns, rows))
}

fn current(change: &Change) -> Vec<Shown> {
    if change.type_ == PropertyType::Secret {
        return Vec::new();
    }
    match (&change.current, change.current_known) {
        (Some(values), _) if !values.is_empty() => values.iter().map(|value| plain(value)).collect(),
        (Some(_), _) | (None, Some(true)) => vec![plain("-")],
        (None, Some(false) | None) => vec![plain("?")],
    }
}

fn proposed(change: &Change) -> Vec<Shown> {
    if change.type_ == PropertyType::Secret {
        return vec![plain("(you set it)")];
    }
    let added = change.added.iter().flatten().map(|value| plus(value));
    let removed = change.removed.iter().flatten().map(|value| minus(value));
    let relative: Vec<Shown> = added.chain(removed).collect();
    match &change.proposed {
        Some(values) if relative.is_empty() => listed(values),
        Some(_) | None => relative,
    }
}

/// What is wished; none: nothing but that it exists, or not.
pub(super) fn of_request(spec: &AssignmentRequestSpec) -> Option<Table> {
    let one = spec.properties.iter().map(|(property, value)| {
        let values = Some(value).filter(|value| !value.is_empty());
        (
            property.clone(),
            listed(&values.cloned().into_iter().collect::<Vec<_>>()),
        )
    });
    let several = spec
        .values
        .iter()
        .map(|(property, values)| (property.clone(), listed(values)));
    let added = spec.add_values.iter();
    let added = added.map(|(property, values)| (property.clone(), values.iter().map(|value| plus(value)).collect()));
    let removed = spec.remove_values.iter();
    let removed =
        removed.map(|(property, values)| (property.clone(), values.iter().map(|value| minus(value)).collect()));
    let secrets = spec
        .secrets
        .iter()
        .map(|property| (property.clone(), vec![plain("(the fulfiller sets it)")]));
    let mut all: Vec<(String, Vec<Shown>)> = one.chain(several).chain(added).chain(removed).chain(secrets).collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    if all.is_empty() {
        return None;
    }
    let columns = [Column::whole("PROPERTY"), Column::whole("WISHED")];
    Some(Table::new(
        &columns,
        all.into_iter().flat_map(|(property, cell)| rows(&property, &[cell])),
    ))
}

/// As many rows as the longest of the cells has values.
fn rows(property: &str, cells: &[Vec<Shown>]) -> Vec<Vec<Cell>> {
    let height = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let row = |number: usize| {
        let name = Cell::of(if number == 0 { property } else { "" });
        let values = cells.iter().map(|cell| match cell.get(number) {
            Some((text, tone)) => Cell::of(text).toned(*tone),
            None => Cell::of(""),
        });
        std::iter::once(name).chain(values).collect()
    };
    (0..height).map(row).collect()
}

fn listed(values: &[String]) -> Vec<Shown> {
    if values.is_empty() {
        return vec![plain("(clear it)")];
    }
    values.iter().map(|value| plain(value)).collect()
}

fn plain(value: &str) -> Shown {
    (value.to_owned(), Tone::Plain)
}

fn plus(value: &str) -> Shown {
    (format!("+ {value}"), Tone::Good)
}

fn minus(value: &str) -> Shown {
    (format!("- {value}"), Tone::Bad)
}

/// What is done with which resource: `Create badge "anna"`.
pub(super) fn deed(operation: Operation, type_name: &str, identifier: Option<&str>) -> String {
    match identifier {
        Some(identifier) => format!("{} {type_name} {identifier}", operation.as_str()),
        None => format!("{} {type_name}", operation.as_str()),
    }
}

/// How a state looks.
pub(super) fn tone(state: Option<ProvisioningState>) -> Tone {
    state.map_or(Tone::Plain, Tone::of)
}
