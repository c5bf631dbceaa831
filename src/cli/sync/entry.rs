//! Rows as entries of the inventory. A bad row is never passed over: it would count as a resource that is gone.

use super::columns::{Columns, PropertyColumn};
use super::problem::{Problem, Problems};
use super::source::{Cell, Row, Table};
use super::value;
use handoff_core::api::managed_resource::{ResourceOwner, Source};
use handoff_core::api::schema::VALUES_MAX;
use handoff_core::api::{ManagedResourceSpec, NamedRef, Properties, Values};
use handoff_core::engine::identity;
use handoff_core::engine::types::TypeView;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::collections::{BTreeMap, BTreeSet};

/// Most characters of an identifier and of an owner's id.
const NAME_MAX: usize = 253;

/// What the inventory is to hold, by name of the ManagedResource: the name says which resource it is.
pub type Entries = BTreeMap<String, ManagedResourceSpec>;

/// Reads every row that the filter takes.
///
/// # Errors
/// Everything that is wrong with any row.
pub fn read(table: &Table, columns: &Columns<'_>, view: &TypeView, taken_at: Timestamp) -> Result<Entries, Problems> {
    let mut entries = Entries::new();
    let mut lines: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut problems = Vec::new();
    for row in table.rows.iter().filter(|row| takes(columns, row)) {
        let before = problems.len();
        let mut wrong = |message: String| problems.push(Problem::at(row.line, message));
        let identifier = identifier(row, columns.identifier).map_err(&mut wrong).ok();
        let spec = ManagedResourceSpec {
            resource_type_ref: NamedRef {
                name: view.name().to_owned(),
            },
            identifier: identifier.clone().unwrap_or_default(),
            owner: owner(row, columns).map_err(&mut wrong).ok().flatten(),
            properties: properties(row, columns, &mut wrong),
            values: values(row, columns, &mut wrong),
            source: Source::Synchronized,
            observed_at: Time(taken_at),
        };
        let Some(identifier) = identifier else { continue };
        let folded = identity::fold(&identifier, view.case_insensitive());
        let name = identity::line_name(view.name(), &folded);
        if let Some((line, other)) = lines.get(&name) {
            wrong(format!(
                "{identifier:?} is the same resource as {other:?} of line {line}"
            ));
        } else {
            lines.insert(name.clone(), (row.line, identifier));
        }
        if problems.len() == before {
            entries.insert(name, spec);
        }
    }
    if problems.is_empty() {
        Ok(entries)
    } else {
        Err(Problems(problems))
    }
}

fn takes(columns: &Columns<'_>, row: &Row) -> bool {
    columns.filter.iter().all(|(column, wanted)| {
        row.cells(*column).any(|cell| match cell {
            Cell::Text(text) => text.trim().to_lowercase() == wanted.to_lowercase(),
            Cell::Binary => false,
        })
    })
}

/// The texts of a column that are not empty.
fn texts(row: &Row, column: usize) -> Result<Vec<&str>, String> {
    let texts = row.cells(column).map(|cell| match cell {
        Cell::Text(text) => Ok(text.trim()),
        Cell::Binary => Err("it is no text but bytes".to_owned()),
    });
    let texts: Result<Vec<&str>, String> = texts.collect();
    texts.map(|texts| texts.into_iter().filter(|text| !text.is_empty()).collect())
}

/// The only text of a column, or none.
fn one(row: &Row, column: usize) -> Result<Option<&str>, String> {
    match texts(row, column)?.as_slice() {
        [] => Ok(None),
        [text] => Ok(Some(text)),
        several => Err(format!("{} values, where one is expected", several.len())),
    }
}

fn identifier(row: &Row, column: usize) -> Result<String, String> {
    let found = one(row, column).map_err(|why| format!("the identifier: {why}"))?;
    let found = found.ok_or("no identifier")?;
    name(found).map_err(|why| format!("the identifier {why}"))?;
    Ok(identity::shown(found))
}

fn owner(row: &Row, columns: &Columns<'_>) -> Result<Option<ResourceOwner>, String> {
    let Some(column) = columns.owner else { return Ok(None) };
    let Some(id) = one(row, column).map_err(|why| format!("the owner: {why}"))? else {
        return Ok(None);
    };
    name(id).map_err(|why| format!("the owner {why}"))?;
    Ok(Some(ResourceOwner { id: id.to_owned() }))
}

fn name(text: &str) -> Result<(), String> {
    value::bounded(text, NAME_MAX)?;
    if text.contains(['\n', '\r', '\t']) {
        return Err(format!("{:?} goes over lines or holds a tab", value::cut(text)));
    }
    Ok(())
}

/// A mapped property without a value is known to have none, which is written down as "".
fn properties(row: &Row, columns: &Columns<'_>, wrong: &mut impl FnMut(String)) -> Properties {
    let single = columns.properties.iter().filter(|at| !at.definition.is_multi_valued());
    let mut properties = Properties::new();
    for PropertyColumn { definition, column, .. } in single {
        let text = one(row, *column)
            .and_then(|text| text.map_or(Ok(String::new()), |text| value::of_text(definition.type_, text)));
        match text {
            Ok(text) => drop(properties.insert(definition.name.clone(), text)),
            Err(why) => wrong(format!("{}: {why}", definition.name)),
        }
    }
    properties
}

/// The same for several values: []. They are a set, so they are sorted.
fn values(row: &Row, columns: &Columns<'_>, wrong: &mut impl FnMut(String)) -> Values {
    let several = columns.properties.iter().filter(|at| at.definition.is_multi_valued());
    let mut values = Values::new();
    for at in several {
        match set(row, at) {
            Ok(set) => drop(values.insert(at.definition.name.clone(), set.into_iter().collect())),
            Err(why) => wrong(format!("{}: {why}", at.definition.name)),
        }
    }
    values
}

fn set(row: &Row, at: &PropertyColumn<'_>) -> Result<BTreeSet<String>, String> {
    let cells = texts(row, at.column)?;
    let parts = cells.iter().flat_map(|cell| match at.separator {
        Some(separator) => cell.split(separator).collect::<Vec<_>>(),
        None => vec![*cell],
    });
    let parts = parts.map(str::trim).filter(|part| !part.is_empty());
    let set: BTreeSet<String> = parts
        .map(|part| value::of_text(at.definition.type_, part))
        .collect::<Result<_, _>>()?;
    if set.len() > VALUES_MAX {
        return Err(format!("{} values, and {VALUES_MAX} is the most", set.len()));
    }
    Ok(set)
}

#[cfg(test)]
mod tests;
