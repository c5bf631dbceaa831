//! A CSV with a wish in each row. Which column is what stands in its header. Pure.

use super::super::sync::problem::{Problem, Problems, listed};
use super::super::sync::source::{Cell, Row, Table};
use super::time::When;
use super::wish::Wish;
use handoff_core::api::Operation;
use handoff_core::api::resource_type::PropertyType;
use handoff_core::engine::types::TypeView;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};

/// What separates several values of one cell.
const BETWEEN: [char; 2] = [';', '|'];

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Column {
    Owner,
    OwnerName,
    OwnerProperty(String),
    Identifier,
    Justification,
    Start,
    End,
    Name,
    Property(String),
    Add(String),
    Remove(String),
}

/// How columns are found.
#[derive(Clone, Debug, Default)]
pub(super) struct Header<'a> {
    /// Names of columns by what they hold, where that is not their name.
    pub renamed: BTreeMap<String, String>,
    /// Columns that are not about the request.
    pub ignored: BTreeSet<&'a str>,
}

/// A row: its line in the file, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// Line of the file, from 1.
    pub line: u64,
    /// What it says.
    pub wish: Wish,
}

/// Reads every row. Days begin at midnight in this zone.
///
/// # Errors
/// Everything that cannot be read, not the first.
pub(super) fn read(
    table: &Table,
    header: &Header<'_>,
    operation: Operation,
    view: &TypeView,
    zone: &TimeZone,
) -> Result<Vec<Said>, Problems> {
    let columns = columns(table, header, operation, view)?;
    let mut problems = Vec::new();
    let mut rows = Vec::new();
    for row in &table.rows {
        match wish(row, &columns, view, zone) {
            Ok(wish) => rows.push(Said { line: row.line, wish }),
            Err(said) => problems.extend(said.into_iter().map(|message| Problem::at(row.line, message))),
        }
    }
    if rows.is_empty() && problems.is_empty() {
        problems.push(Problem::of_all(
            "the file has a header and no row: nothing is asked for",
        ));
    }
    if problems.is_empty() {
        Ok(rows)
    } else {
        Err(Problems(problems))
    }
}

fn columns(
    table: &Table,
    header: &Header<'_>,
    operation: Operation,
    view: &TypeView,
) -> Result<Vec<Option<Column>>, Problems> {
    let mut problems = Vec::new();
    let names = header
        .renamed
        .values()
        .map(String::as_str)
        .chain(header.ignored.iter().copied());
    for name in names {
        if let Err(problem) = table.column(name) {
            problems.push(problem);
        }
    }
    let mut found = Vec::new();
    for column in &table.columns {
        if header.ignored.contains(column.as_str()) {
            found.push(None);
            continue;
        }
        let renamed = header.renamed.iter().find(|(_, name)| *name == column);
        let name = renamed.map_or(column.as_str(), |(name, _)| name.as_str());
        match meaning(name, operation, view) {
            Some(meaning) if found.contains(&Some(meaning.clone())) => {
                problems.push(Problem::at(1, format!("two columns hold {name}")));
            }
            Some(meaning) => found.push(Some(meaning)),
            None => problems.push(Problem::at(1, unknown(column, operation, view))),
        }
    }
    if problems.is_empty() {
        Ok(found)
    } else {
        Err(Problems(problems))
    }
}

fn meaning(name: &str, operation: Operation, view: &TypeView) -> Option<Column> {
    let known = |name: &str| view.property(name).map(|definition| definition.name.clone());
    let of_update = |name: &str| known(name).filter(|_| operation == Operation::Update);
    let column = match name {
        "owner" => Column::Owner,
        "ownerName" => Column::OwnerName,
        "identifier" => Column::Identifier,
        "justification" => Column::Justification,
        "start" => Column::Start,
        "end" if operation != Operation::Delete => Column::End,
        "name" => Column::Name,
        other => match other.split_once('.') {
            Some(("owner", fact)) if !fact.is_empty() => Column::OwnerProperty(fact.to_owned()),
            Some(("properties", property)) if operation != Operation::Delete => Column::Property(known(property)?),
            Some(("add", property)) => Column::Add(of_update(property)?),
            Some(("remove", property)) => Column::Remove(of_update(property)?),
            Some(_) | None if operation != Operation::Delete => Column::Property(known(other)?),
            Some(_) | None => return None,
        },
    };
    Some(column)
}

fn unknown(column: &str, operation: Operation, view: &TypeView) -> String {
    let mut known = vec![
        "owner",
        "ownerName",
        "owner.PROPERTY",
        "identifier",
        "justification",
        "start",
        "name",
    ];
    if operation != Operation::Delete {
        known.push("end");
        let properties = view.object.spec.properties.iter();
        let properties = properties.filter(|definition| definition.type_ != PropertyType::Secret);
        known.extend(properties.map(|definition| definition.name.as_str()));
    }
    format!(
        "the column {column:?} is none of {}: rename it with --column NAME={column:?}, or leave it out with --ignore-column {column:?}",
        listed(known)
    )
}

fn wish(row: &Row, columns: &[Option<Column>], view: &TypeView, zone: &TimeZone) -> Result<Wish, Vec<String>> {
    let mut wish = Wish::default();
    let mut wrong = Vec::new();
    for (place, cell) in &row.cells {
        let Some(Some(column)) = columns.get(*place) else {
            continue;
        };
        let text = match cell {
            Cell::Text(text) => text.trim(),
            Cell::Binary => continue,
        };
        if text.is_empty() {
            continue;
        }
        let mut moment = |name: &str| {
            When::of(text)
                .and_then(|when| when.begins(zone))
                .map_err(|why| wrong.push(format!("{name}: {why}")))
                .ok()
        };
        let one = || Some(text.to_owned());
        match column {
            Column::Owner => wish.owner = one(),
            Column::OwnerName => wish.owner_name = one(),
            Column::OwnerProperty(fact) => drop(wish.owner_properties.insert(fact.clone(), text.to_owned())),
            Column::Identifier => wish.identifier = one(),
            Column::Justification => wish.justification = one(),
            Column::Start => wish.start = moment("start"),
            Column::End => wish.end = moment("end"),
            Column::Name => wish.name = one(),
            Column::Property(name) => drop(wish.set.insert(name.clone(), cells(view, name, text))),
            Column::Add(name) => drop(wish.add.insert(name.clone(), cells(view, name, text))),
            Column::Remove(name) => drop(wish.remove.insert(name.clone(), cells(view, name, text))),
        }
    }
    if wrong.is_empty() { Ok(wish) } else { Err(wrong) }
}

/// The values of a cell. Programs write TRUE and FALSE.
fn cells(view: &TypeView, property: &str, text: &str) -> Vec<String> {
    let definition = view.property(property);
    let several = definition.is_some_and(|definition| definition.is_multi_valued());
    let spelled = |text: &str| match definition.map(|definition| definition.type_) {
        Some(PropertyType::Boolean) => text.to_ascii_lowercase(),
        Some(
            PropertyType::String
            | PropertyType::Integer
            | PropertyType::Date
            | PropertyType::Reference
            | PropertyType::Secret,
        )
        | None => text.to_owned(),
    };
    if !several {
        return vec![spelled(text)];
    }
    let parts = text.split(BETWEEN).map(str::trim).filter(|part| !part.is_empty());
    parts.map(spelled).collect()
}
