//! What requests wish, by property, and what becomes of it when several are folded into one order: later wins.

use super::change::without;
use super::fault::{self, Fault};
use super::knowledge::{single, sorted};
use crate::api::{AssignmentRequest, AssignmentRequestSpec, Operation, Values};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is wished for one property; every list sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// These values and no others; none clears it.
    Set(Vec<String>),
    /// Some more, some less.
    Alter { add: Vec<String>, remove: Vec<String> },
}

/// Everything that one request, or a fold of several, wishes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wishes {
    pub by_property: BTreeMap<String, Wish>,
    pub secrets: BTreeSet<String>,
}

impl Wish {
    /// Both wishes, one after the other.
    fn then(&self, later: &Self) -> Self {
        match (self, later) {
            (_, Self::Set(_)) if fault::is(Fault::EarlierWins) => self.clone(),
            (_, Self::Set(values)) => Self::Set(values.clone()),
            (Self::Set(values), Self::Alter { add, remove }) => Self::Set(union(&without(values, remove), add)),
            (
                Self::Alter { add, remove },
                Self::Alter {
                    add: more,
                    remove: less,
                },
            ) => Self::Alter {
                add: union(&without(add, less), more),
                remove: union(&without(remove, more), less),
            },
        }
    }

    /// Whether anything of this wish is left in the outcome `last`, after `later` wishes.
    fn survives(&self, later: &[&Self], last: &Self) -> bool {
        let replaced = later.iter().any(|wish| matches!(wish, Self::Set(_)));
        let has = |value: &String| match last {
            Self::Set(values) => values.contains(value),
            Self::Alter { add, .. } => add.contains(value),
        };
        let lacks = |value: &String| match last {
            Self::Set(values) => !values.contains(value),
            Self::Alter { remove, .. } => remove.contains(value),
        };
        match self {
            Self::Set(_) if replaced => self == last,
            Self::Set(values) => values.is_empty() || values.iter().any(has),
            Self::Alter { add, remove } if replaced => add.iter().all(has) && remove.iter().all(lacks),
            Self::Alter { add, remove } => {
                (add.is_empty() && remove.is_empty()) || add.iter().any(has) || remove.iter().any(lacks)
            }
        }
    }
}

impl Wishes {
    /// What one request wishes.
    pub(super) fn of(spec: &AssignmentRequestSpec) -> Self {
        let mut by_property = BTreeMap::new();
        for (name, value) in &spec.properties {
            by_property.insert(name.clone(), Wish::Set(single(value)));
        }
        for (name, values) in &spec.values {
            by_property.insert(name.clone(), Wish::Set(sorted(values.iter().cloned())));
        }
        for name in spec.add_values.keys().chain(spec.remove_values.keys()) {
            let list = |map: &Values| sorted(map.get(name).into_iter().flatten().cloned());
            let remove = list(&spec.remove_values);
            let add = without(&list(&spec.add_values), &remove);
            by_property.insert(name.clone(), Wish::Alter { add, remove });
        }
        Self {
            by_property,
            secrets: spec.secrets.iter().cloned().collect(),
        }
    }

    /// The same without what a reviewer declined.
    pub(super) fn without(mut self, declined: &BTreeSet<String>) -> Self {
        if !fault::is(Fault::DeclinedPropertyForgotten) {
            self.by_property.retain(|name, _| !declined.contains(name));
            self.secrets.retain(|name| !declined.contains(name));
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_property.is_empty() && self.secrets.is_empty()
    }

    fn then(mut self, later: &Self) -> Self {
        for (name, wish) in &later.by_property {
            let both = self
                .by_property
                .get(name)
                .map_or_else(|| wish.clone(), |before| before.then(wish));
            self.by_property.insert(name.clone(), both);
        }
        self.secrets.extend(later.secrets.iter().cloned());
        self
    }
}

/// Several requests that become one order, oldest first; or one.
#[derive(Clone, Debug)]
pub(super) struct Fold {
    pub operation: Operation,
    pub members: Vec<Member>,
    pub wishes: Wishes,
    /// Properties that a reviewer declined and nobody wishes otherwise: they are not computed either.
    pub declined: BTreeSet<String>,
}

/// A request, and its properties that a reviewer declined.
#[derive(Clone, Debug)]
pub(super) struct Wishful {
    pub request: Arc<AssignmentRequest>,
    pub declined: BTreeSet<String>,
}

/// One request of a fold.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub request: Arc<AssignmentRequest>,
    pub wishes: Wishes,
    /// Its properties that later members wish otherwise.
    pub overridden: Vec<String>,
    /// Whether nothing of it is left.
    pub superseded: bool,
}

impl Fold {
    /// Folds requests, oldest first. A fold with a Create in it is a Create: the resource is to exist.
    pub(super) fn of(all: &[Wishful]) -> Self {
        let requests: Vec<_> = all.iter().map(|one| Arc::clone(&one.request)).collect();
        let each: Vec<Wishes> = all
            .iter()
            .map(|one| Wishes::of(&one.request.spec).without(&one.declined))
            .collect();
        let wishes = each.iter().fold(Wishes::default(), Wishes::then);
        let has = |operation| requests.iter().any(|request| request.spec.operation == operation);
        let operation = if has(Operation::Delete) {
            Operation::Delete
        } else if has(Operation::Create) {
            Operation::Create
        } else {
            Operation::Update
        };
        let members = requests
            .iter()
            .enumerate()
            .map(|(place, request)| {
                let mine = &each[place];
                let overridden = overridden(mine, &each[place + 1..], &wishes);
                // That it is to exist is a wish too, and only a later Create has it as well.
                let still_to_exist = request.spec.operation == Operation::Create
                    && !requests[place + 1..]
                        .iter()
                        .any(|later| later.spec.operation == Operation::Create);
                let superseded = !fault::is(Fault::OverriddenNotMarked)
                    && !overridden.is_empty()
                    && overridden.len() == mine.by_property.len()
                    && mine.secrets.is_empty()
                    && !still_to_exist;
                Member {
                    request: Arc::clone(request),
                    wishes: mine.clone(),
                    overridden,
                    superseded,
                }
            })
            .collect();
        let declined = all.iter().flat_map(|one| one.declined.iter().cloned());
        let unwished = declined.filter(|name| !wishes.by_property.contains_key(name) && !wishes.secrets.contains(name));
        Self {
            operation,
            members,
            declined: unwished
                .filter(|_| !fault::is(Fault::DeclinedPropertyForgotten))
                .collect(),
            wishes,
        }
    }

    /// The newest request: the one that expressions and tickets speak of.
    pub(super) fn newest(&self) -> Option<&Arc<AssignmentRequest>> {
        self.members.last().map(|member| &member.request)
    }
}

fn overridden(mine: &Wishes, later: &[Wishes], outcome: &Wishes) -> Vec<String> {
    let lost = |(name, wish): (&String, &Wish)| {
        let later: Vec<_> = later.iter().filter_map(|wishes| wishes.by_property.get(name)).collect();
        let last = outcome.by_property.get(name)?;
        (!later.is_empty() && !wish.survives(&later, last)).then(|| name.clone())
    };
    if fault::is(Fault::OverriddenNotMarked) {
        return Vec::new();
    }
    mine.by_property.iter().filter_map(lost).collect()
}

fn union(values: &[String], more: &[String]) -> Vec<String> {
    sorted(values.iter().chain(more).cloned())
}
