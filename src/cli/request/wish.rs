//! What somebody asks for, as it was said by flags, a row or on a terminal; and the request that says the same. Pure. What is
//! wrong with a wish is for the engine to say: here only that is refused which no request can say.

use super::args::{Subject, ValueArgs};
use handoff_core::api::common::{Owner, ResourceRef};
use handoff_core::api::resource_type::PropertyDefinition;
use handoff_core::api::{AssignmentRequestSpec, NamedRef, Operation, Properties, Values};
use handoff_core::engine::types::TypeView;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::collections::BTreeSet;

/// A wish. What is absent was not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::cli) struct Wish {
    /// The owner's key.
    pub owner: Option<String>,
    /// The owner's name.
    pub owner_name: Option<String>,
    /// Facts about the owner.
    pub owner_properties: Properties,
    /// Which resource.
    pub identifier: Option<String>,
    /// Values of properties, whatever kind they are of.
    pub set: Values,
    /// Values of properties that have several.
    pub values: Values,
    /// Some more.
    pub add: Values,
    /// Some less.
    pub remove: Values,
    /// Properties without a value.
    pub clear: BTreeSet<String>,
    /// Secrets to set.
    pub secrets: BTreeSet<String>,
    /// Not before.
    pub start: Option<Timestamp>,
    /// Until when.
    pub end: Option<Timestamp>,
    /// Why.
    pub justification: Option<String>,
    /// Name of the request.
    pub name: Option<String>,
}

impl Wish {
    /// What the flags of all three commands say.
    ///
    /// # Errors
    /// In words: a flag has another shape.
    pub(in crate::cli) fn of_flags(subject: &Subject, values: &ValueArgs) -> Result<Self, String> {
        let mut owner_properties = Properties::new();
        for (name, value) in pairs("--owner-property", &subject.owner_property)? {
            if value.trim().is_empty() {
                return Err(format!("--owner-property {name}= gives no value: leave it out"));
            }
            if owner_properties.insert(name.clone(), value).is_some() {
                return Err(format!("--owner-property: {name} is given twice"));
            }
        }
        let mut lists = Values::new();
        for (name, list) in pairs("--values", &values.values)? {
            let list: Vec<&str> = list
                .split(',')
                .map(str::trim)
                .filter(|value| !value.is_empty())
                .collect();
            if list.is_empty() {
                return Err(nothing_given("--values", &name));
            }
            lists
                .entry(name)
                .or_default()
                .extend(list.into_iter().map(str::to_owned));
        }
        Ok(Self {
            owner: subject.owner.clone(),
            owner_name: subject.owner_name.clone(),
            owner_properties,
            identifier: subject.identifier.clone(),
            set: grouped("--set", &values.set)?,
            values: lists,
            secrets: values.secret.iter().cloned().collect(),
            ..Self::default()
        })
    }

    /// This wish where `row` says nothing else.
    pub(in crate::cli) fn under(&self, row: Self) -> Self {
        let over = |flag: &Values, cell: Values| -> Values { flag.clone().into_iter().chain(cell).collect() };
        let named =
            |name: &String| row.set.contains_key(name) || row.add.contains_key(name) || row.remove.contains_key(name);
        let unnamed = |flags: &Values| -> Values {
            let left = flags.iter().filter(|(name, _)| !named(name));
            left.map(|(name, list)| (name.clone(), list.clone())).collect()
        };
        let facts = self.owner_properties.clone().into_iter();
        Self {
            owner_properties: facts.chain(row.owner_properties.clone()).collect(),
            values: unnamed(&self.values),
            clear: self.clear.iter().filter(|name| !named(name)).cloned().collect(),
            owner: row.owner.or_else(|| self.owner.clone()),
            owner_name: row.owner_name.or_else(|| self.owner_name.clone()),
            identifier: row.identifier.or_else(|| self.identifier.clone()),
            set: over(&self.set, row.set),
            add: over(&self.add, row.add),
            remove: over(&self.remove, row.remove),
            secrets: self.secrets.union(&row.secrets).cloned().collect(),
            start: row.start.or(self.start),
            end: row.end.or(self.end),
            justification: row.justification.or_else(|| self.justification.clone()),
            name: row.name.or_else(|| self.name.clone()),
        }
    }

    /// Whether a value is given for this property.
    pub(in crate::cli) fn gives(&self, property: &str) -> bool {
        let filled = |map: &Values| {
            map.get(property)
                .is_some_and(|list| list.iter().any(|value| !value.is_empty()))
        };
        filled(&self.set) || filled(&self.values)
    }

    /// The request. A required Secret is listed by the engine where a resource is new: listed here, one that exists would get
    /// another one with each Create.
    ///
    /// # Errors
    /// In words, all that no request can say.
    pub(in crate::cli) fn spec(
        &self,
        operation: Operation,
        view: &TypeView,
    ) -> Result<AssignmentRequestSpec, Vec<String>> {
        let mut wrong = Vec::new();
        let (mut properties, mut values) = (Properties::new(), self.values.clone());
        for (name, list) in &self.set {
            if is_several(view, name) {
                let list = list.iter().filter(|value| !value.is_empty()).cloned();
                values.entry(name.clone()).or_default().extend(list);
            } else if let [one] = list.as_slice() {
                properties.insert(name.clone(), one.clone());
            } else {
                wrong.push(format!("{name} has one value, and {} are given", list.len()));
            }
        }
        for name in &self.clear {
            let given = properties.contains_key(name) || values.contains_key(name);
            if given {
                wrong.push(format!("{name} is given a value and cleared: leave one of them out"));
            } else if is_several(view, name) {
                values.insert(name.clone(), Vec::new());
            } else {
                properties.insert(name.clone(), String::new());
            }
        }
        if self.owner.as_ref().is_none_or(|owner| owner.trim().is_empty()) {
            wrong.push("whose? Give the owner's key".to_owned());
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(AssignmentRequestSpec {
            resource_type_ref: NamedRef {
                name: view.name().to_owned(),
            },
            operation,
            owner: Owner {
                id: self.owner.clone().unwrap_or_default(),
                display_name: self.owner_name.clone(),
                properties: self.owner_properties.clone(),
            },
            resource: self.identifier.clone().map(|identifier| ResourceRef { identifier }),
            properties,
            values,
            add_values: self.add.clone(),
            remove_values: self.remove.clone(),
            secrets: self.secrets.iter().cloned().collect(),
            start_time: self.start.map(Time),
            end_time: self.end.map(Time),
            justification: self.justification.clone(),
            requested_by: None,
            approvals: Default::default(),
            cancel: None,
            caused_by: None,
        })
    }
}

fn is_several(view: &TypeView, property: &str) -> bool {
    view.property(property).is_some_and(PropertyDefinition::is_multi_valued)
}

/// `PROPERTY=VALUE` of a flag that may be given several times, by property.
///
/// # Errors
/// In words: one has another shape.
pub(in crate::cli) fn grouped(flag: &str, texts: &[String]) -> Result<Values, String> {
    let mut all = Values::new();
    for (name, value) in pairs(flag, texts)? {
        if value.trim().is_empty() {
            return Err(nothing_given(flag, &name));
        }
        all.entry(name).or_default().push(value);
    }
    Ok(all)
}

/// A variable that is not set clears nothing.
fn nothing_given(flag: &str, name: &str) -> String {
    format!("{flag} {name}= gives no value: leave it out, or take a value away in an update with --clear {name}")
}

/// `NAME=VALUE` of a flag that may be given several times, in their order.
///
/// # Errors
/// In words: one has another shape.
pub(in crate::cli) fn pairs(flag: &str, texts: &[String]) -> Result<Vec<(String, String)>, String> {
    let pair = |text: &String| {
        let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
        let (name, value) = parts.ok_or_else(|| format!("{flag} {text}: write NAME=VALUE"))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    texts.iter().map(pair).collect()
}
