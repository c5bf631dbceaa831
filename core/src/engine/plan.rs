//! From a fold of requests and what is known to the work to do: values computed, changes found.

use super::check::{missing, well_formed};
use super::context;
use super::fault::{self, Fault};
use super::knowledge::{Evidence, Knowledge, Known, Present, sorted};
use super::problem::Problem;
use super::types::{Compiled, TypeView};
use super::wishes::{Fold, Wish};
use crate::api::provisioning_order::{Change, Desired};
use crate::api::resource_type::{PropertyDefinition, PropertyType};
use crate::api::schema::VALUES_MAX;
use crate::api::{Operation, reason};

/// What a fold comes down to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A person has to do this.
    Work(Work),
    /// It is so already.
    NothingToDo(Evidence),
}

/// Work for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Work {
    pub operation: Operation,
    pub changes: Vec<Change>,
    pub desired: Desired,
}

/// What a fold is planned against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planning<'a> {
    pub view: &'a TypeView,
    pub compiled: &'a Compiled,
    pub identifier: &'a str,
    pub owner_username: Option<&'a str>,
    pub knowledge: &'a Knowledge,
}

impl Planning<'_> {
    /// What expressions and templates see of a fold: its newest request, with the wishes of all.
    pub(super) fn context(&self, fold: &Fold) -> serde_json::Value {
        context::with_resource(
            context::of_fold(fold, self.view, self.owner_username),
            self.view,
            self.identifier,
            self.knowledge,
        )
    }

    /// Plans a fold.
    ///
    /// # Errors
    /// Every problem that shows only now: failing expressions, missing required values, nothing to update, an
    /// identifier that would change.
    pub(super) fn plan(&self, fold: &Fold) -> Result<Outcome, Vec<Problem>> {
        let mut problems = Vec::new();
        let outcome = match (fold.operation, self.knowledge) {
            (Operation::Delete, Knowledge::Absent(evidence)) => Outcome::NothingToDo(evidence.clone()),
            (Operation::Delete, Knowledge::Unknown | Knowledge::Present(_)) => Outcome::Work(Work {
                operation: Operation::Delete,
                changes: Vec::new(),
                desired: Desired::default(),
            }),
            (Operation::Create, Knowledge::Unknown | Knowledge::Absent(_)) => {
                Outcome::Work(self.create(fold, &mut problems))
            }
            (Operation::Update, Knowledge::Absent(_)) => {
                return Err(vec![Problem::new(
                    reason::RESOURCE_NOT_FOUND,
                    format!("there is no {} to update: file a Create", self.identifier),
                )]);
            }
            (Operation::Update, Knowledge::Unknown) => Outcome::Work(self.alter(fold, &Known::new(), &mut problems)),
            (Operation::Create | Operation::Update, Knowledge::Present(present)) => {
                self.change_existing(fold, present, &mut problems)
            }
        };
        if problems.is_empty() {
            Ok(outcome)
        } else {
            Err(problems)
        }
    }

    fn change_existing(&self, fold: &Fold, present: &Present, problems: &mut Vec<Problem>) -> Outcome {
        self.identifier_stays(fold, &present.values, problems);
        let work = self.alter(fold, &present.values, problems);
        if work.changes.is_empty() || fault::is(Fault::AlwaysAsRequested) {
            Outcome::NothingToDo(present.evidence.clone())
        } else {
            Outcome::Work(work)
        }
    }

    fn create(&self, fold: &Fold, problems: &mut Vec<Problem>) -> Work {
        let context = self.context(fold);
        let absent = matches!(self.knowledge, Knowledge::Absent(_));
        let mut work = Work::new(Operation::Create);
        for definition in self
            .definitions()
            .into_iter()
            .filter(|d| !fold.declined.contains(&d.name))
        {
            let name = &definition.name;
            if definition.type_ == PropertyType::Secret {
                if definition.is_required() || fold.wishes.secrets.contains(name) {
                    work.changes.push(Change {
                        required: definition.is_required().then_some(true),
                        ..secret(name)
                    });
                }
                continue;
            }
            let before = problems.len();
            let proposed = match fold.wishes.by_property.get(name) {
                Some(Wish::Set(values)) => values.clone(),
                Some(Wish::Alter { add, .. }) => add.clone(),
                None => self.computed(definition, &context, problems).unwrap_or_default(),
            };
            if proposed.is_empty() {
                if definition.is_required() && problems.len() == before {
                    problems.push(Problem::invalid(missing(definition)));
                }
                // Said to be clear is more than not said: it is known then, and where something may be there, removed.
                if !fold.wishes.by_property.contains_key(name) {
                    continue;
                }
            }
            work.want(definition, &proposed);
            if absent && proposed.is_empty() {
                continue;
            }
            work.changes.push(Change {
                property: name.clone(),
                type_: definition.type_,
                required: definition.is_required().then_some(true),
                current_known: Some(absent),
                current: absent.then(Vec::new),
                proposed: Some(proposed),
                added: None,
                removed: None,
            });
        }
        work
    }

    fn alter(&self, fold: &Fold, known: &Known, problems: &mut Vec<Problem>) -> Work {
        let context = self.context(fold);
        let mut work = Work::new(Operation::Update);
        for definition in self.definitions() {
            let name = &definition.name;
            if definition.type_ == PropertyType::Secret {
                if fold.wishes.secrets.contains(name) && !fault::is(Fault::SecretForgotten) {
                    work.changes.push(secret(name));
                }
                continue;
            }
            let current = known.get(name);
            let change = match fold.wishes.by_property.get(name) {
                Some(Wish::Set(values)) => set(definition, current, values),
                Some(Wish::Alter { add, remove }) => add_and_remove(definition, current, add, remove),
                // A computed value becomes a change only where the present one is known and differs.
                None => current
                    .filter(|_| !fold.declined.contains(name))
                    .and_then(|_| self.computed(definition, &context, problems))
                    .and_then(|values| set(definition, current, &values)),
            };
            if let Some(values) = change.as_ref().map_or(current, |change| change.proposed.as_ref()) {
                if values.len() > VALUES_MAX {
                    problems.push(Problem::invalid(format!(
                        "{name} would have {} values, {VALUES_MAX} is the most: remove some",
                        values.len()
                    )));
                }
                work.want(definition, values);
            }
            work.changes.extend(change);
        }
        work
    }

    /// The computed value of a property; `None` where it has no expression, or that says none, or fails.
    fn computed(
        &self,
        definition: &PropertyDefinition,
        context: &serde_json::Value,
        problems: &mut Vec<Problem>,
    ) -> Option<Vec<String>> {
        let expression = self.compiled.properties.get(&definition.name)?;
        let result = if definition.is_multi_valued() {
            expression.values(context)
        } else {
            expression.one(context).map(|value| value.map(|value| vec![value]))
        };
        let fault = match result {
            Ok(values) => {
                let values = values?;
                let wrong = values
                    .iter()
                    .find_map(|value| well_formed(definition.type_, value).err().map(|wanted| (value, wanted)));
                match wrong {
                    Some((value, wanted)) => format!("its result {value:?} is not {wanted}"),
                    None => return Some(sorted(values)),
                }
            }
            Err(error) => error,
        };
        problems.push(Problem::new(
            reason::EXPRESSION_FAILED,
            format!(
                "spec.properties[{}].expression of the ResourceType {} failed: {fault}",
                definition.name,
                self.view.name()
            ),
        ));
        None
    }

    /// New values must not give the resource another name: that would be another resource.
    fn identifier_stays(&self, fold: &Fold, known: &Known, problems: &mut Vec<Problem>) {
        let mut context = context::of_fold(fold, self.view, self.owner_username);
        let mut named_with = |values: &mut dyn Iterator<Item = (&String, &Vec<String>)>| {
            for (name, values) in values {
                context["request"]["properties"][name] = values.first().cloned().unwrap_or_default().into();
            }
            self.compiled.identifier.one(&context).ok().flatten()
        };
        let old = named_with(&mut known.iter());
        let new = named_with(
            &mut fold.wishes.by_property.iter().filter_map(|(name, wish)| match wish {
                Wish::Set(values) => Some((name, values)),
                Wish::Alter { .. } => None,
            }),
        );
        let (Some(old), Some(new)) = (old, new) else { return };
        let fold = |name: &str| super::identity::fold(name, self.view.case_insensitive());
        if fold(&old) != fold(&new) {
            problems.push(Problem::new(
                reason::IDENTIFIER_CANNOT_CHANGE,
                format!("these values would rename the resource from {old} to {new}, which makes it another resource: file a Delete and a Create"),
            ));
        }
    }

    fn definitions(&self) -> Vec<&PropertyDefinition> {
        let mut definitions: Vec<_> = self.view.object.spec.properties.iter().collect();
        definitions.sort_by(|a, b| a.name.cmp(&b.name));
        definitions
    }
}

impl Work {
    fn new(operation: Operation) -> Self {
        Self {
            operation,
            changes: Vec::new(),
            desired: Desired {
                exists: true,
                ..Desired::default()
            },
        }
    }

    fn want(&mut self, definition: &PropertyDefinition, values: &[String]) {
        let name = definition.name.clone();
        if definition.is_multi_valued() {
            self.desired.values.insert(name, values.to_vec());
        } else {
            let value = values.first().cloned().unwrap_or_default();
            self.desired.properties.insert(name, value);
        }
    }
}

fn set(definition: &PropertyDefinition, current: Option<&Vec<String>>, proposed: &[String]) -> Option<Change> {
    if current.is_some_and(|current| current == proposed) {
        return None;
    }
    Some(Change {
        property: definition.name.clone(),
        type_: definition.type_,
        required: None,
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
        let kept = current.iter().filter(|value| !removed.contains(value));
        sorted(kept.chain(&added).cloned())
    });
    Some(Change {
        property: definition.name.clone(),
        type_: definition.type_,
        required: None,
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
        required: None,
        current_known: None,
        current: None,
        proposed: None,
        added: None,
        removed: None,
    }
}
