//! The mapping against the type and the export: every property is one that the type has, every column is there.

use super::mapping::Mapping;
use super::problem::{Problem, Problems, listed};
use super::source::Table;
use handoff_core::api::resource_type::{PropertyDefinition, PropertyType};
use handoff_core::engine::types::TypeView;

/// Where everything of an entry stands in a row.
#[derive(Debug)]
pub struct Columns<'a> {
    /// The identifier.
    pub identifier: usize,
    /// The owner's id.
    pub owner: Option<usize>,
    /// The properties.
    pub properties: Vec<PropertyColumn<'a>>,
    /// Columns with the value that they must have.
    pub filter: Vec<(usize, &'a str)>,
}

/// Where a property stands in a row.
#[derive(Debug)]
pub struct PropertyColumn<'a> {
    /// The property.
    pub definition: &'a PropertyDefinition,
    /// Its column.
    pub column: usize,
    /// What separates its values in one cell.
    pub separator: Option<&'a str>,
}

/// Finds every column.
///
/// # Errors
/// Everything that does not fit, not the first.
pub fn find<'a>(mapping: &'a Mapping, view: &'a TypeView, table: &Table) -> Result<Columns<'a>, Problems> {
    let mut problems = Vec::new();
    let mut column = |name: &str| table.column(name).map_err(|problem| problems.push(problem)).ok();
    let identifier = mapping.identifier.as_deref().map(&mut column);
    let owner = mapping.owner.as_deref().and_then(&mut column);
    let filter = mapping.filter.iter();
    let filter = filter
        .filter_map(|(name, value)| Some((column(name)?, value.as_str())))
        .collect();
    let one = mapping.properties.iter();
    let one = one.map(|(name, column)| (name.as_str(), column.as_str(), None, false));
    let several = mapping.values.iter().map(|(name, several)| {
        let (column, separator) = several.parts();
        (name.as_str(), column, separator, true)
    });
    let mut properties = Vec::new();
    for (name, column, separator, several) in one.chain(several) {
        let place = table.column(column).map_err(|problem| problems.push(problem)).ok();
        let found = property(view, name, several)
            .map_err(|problem| problems.push(problem))
            .ok();
        if let (Some(column), Some(definition)) = (place, found) {
            properties.push(PropertyColumn {
                definition,
                column,
                separator,
            });
        }
    }
    let identifier = identifier.unwrap_or_else(|| {
        let has = listed(table.columns.iter().map(String::as_str));
        problems.push(Problem::of_all(format!(
            "which column names a resource? Say it with --identifier; the file has {has}"
        )));
        None
    });
    match identifier {
        Some(identifier) if problems.is_empty() => Ok(Columns {
            identifier,
            owner,
            properties,
            filter,
        }),
        Some(_) | None => Err(Problems(problems)),
    }
}

fn property<'a>(view: &'a TypeView, name: &str, several: bool) -> Result<&'a PropertyDefinition, Problem> {
    let Some(definition) = view.property(name) else {
        let has = view.object.spec.properties.iter();
        let has = has.filter(|definition| definition.type_ != PropertyType::Secret);
        let has = listed(has.map(|definition| definition.name.as_str()));
        let message = format!("the type {} has no property {name}; it has {has}", view.name());
        return Err(Problem::of_all(message));
    };
    if definition.type_ == PropertyType::Secret {
        let message = format!("{name} is a Secret: its value is never read or stored; leave it out of the mapping");
        return Err(Problem::of_all(message));
    }
    match (definition.is_multi_valued(), several) {
        (true, true) | (false, false) => Ok(definition),
        (true, false) => Err(Problem::of_all(format!("{name} is multi-valued: map it with --values"))),
        (false, true) => Err(Problem::of_all(format!(
            "{name} is single-valued: map it with --property"
        ))),
    }
}
