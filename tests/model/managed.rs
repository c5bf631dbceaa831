//! The managed system itself: which resources really exist, with which values, now and at any time before. It knows
//! nothing of the objects of the cluster; people change it, and exports are taken of it.

use crate::knowledge::{Values, line_of_order, sorted};
use handoff_core::api::{Operation, ProvisioningOrder};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Type and folded identifier.
pub type Line = (String, String);
/// The resources of the system.
pub type Resources = BTreeMap<Line, Real>;

/// The properties that the system has; a secret is never shown.
pub const SINGLE: [&str; 3] = ["label", "level", "zone"];
pub const MULTIPLE: [&str; 1] = ["doors"];

/// One resource as it really is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Real {
    pub owner: String,
    pub identifier: String,
    /// What is clear is left out.
    pub values: Values,
}

impl Real {
    /// What is really set, the empty list where nothing is.
    pub fn value(&self, property: &str) -> Vec<String> {
        self.values.get(property).cloned().unwrap_or_default()
    }
}

/// How well a person does what an order says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Well,
    /// Something else than the order says.
    Wrongly,
    Never,
}

#[derive(Clone, Debug, Default)]
pub struct System {
    /// Every state since its time, the newest last.
    states: Vec<(Timestamp, Resources)>,
}

impl System {
    pub fn now(&self) -> Resources {
        self.states.last().map(|(_, there)| there.clone()).unwrap_or_default()
    }

    /// What was there at a time.
    pub fn at(&self, at: Timestamp) -> Resources {
        let mut states = self.states.iter().rev();
        let then = states.find(|(since, _)| *since <= at);
        then.map(|(_, there)| there.clone()).unwrap_or_default()
    }

    pub fn has(&self, line: &Line) -> bool {
        self.states.last().is_some_and(|(_, there)| there.contains_key(line))
    }

    fn change(&mut self, now: Timestamp, change: impl FnOnce(&mut Resources)) {
        let mut there = self.now();
        change(&mut there);
        self.states.push((now, there));
    }

    /// Somebody changes a resource, and no order says so.
    pub fn meddle(&mut self, now: Timestamp, line: &Line, owner: &str, zone: Option<&str>) {
        self.change(now, |there| match zone {
            None => drop(there.remove(line)),
            Some(zone) => {
                let real = there.entry(line.clone()).or_insert_with(|| Real {
                    owner: owner.to_owned(),
                    identifier: line.1.clone(),
                    values: Values::new(),
                });
                real.values.insert("zone".to_owned(), vec![zone.to_owned()]);
            }
        });
    }

    /// A person does what an order says.
    pub fn work(&mut self, now: Timestamp, order: &ProvisioningOrder, how: Work) {
        let line = line_of_order(order);
        if how == Work::Never {
            return;
        }
        self.change(now, |there| match order.spec.operation {
            Operation::Delete if how == Work::Wrongly => {}
            Operation::Delete => drop(there.remove(&line)),
            Operation::Create => {
                let real = there.entry(line).or_insert_with(|| Real {
                    owner: order.spec.owner.id.clone(),
                    identifier: order.spec.resource.identifier.clone(),
                    values: Values::new(),
                });
                set(real, order, how);
            }
            Operation::Update => {
                if let Some(real) = there.get_mut(&line) {
                    set(real, order, how);
                }
            }
        });
    }
}

fn set(real: &mut Real, order: &ProvisioningOrder, how: Work) {
    for change in &order.spec.changes {
        let actual = order
            .spec
            .decision
            .as_ref()
            .and_then(|decision| decision.actual_values.get(&change.property));
        let values = match (how, actual, &change.proposed) {
            (Work::Wrongly, _, _) => vec!["wrong".to_owned()],
            (_, Some(actual), _) => actual.clone(),
            (_, None, Some(proposed)) => proposed.clone(),
            (_, None, None) => {
                let removed = change.removed.clone().unwrap_or_default();
                let kept = real.value(&change.property).into_iter();
                let kept = kept.filter(|value| !removed.contains(value));
                kept.chain(change.added.clone().unwrap_or_default()).collect()
            }
        };
        let known = SINGLE.contains(&change.property.as_str()) || MULTIPLE.contains(&change.property.as_str());
        if values.is_empty() {
            real.values.remove(&change.property);
        } else if known {
            real.values.insert(change.property.clone(), sorted(&values));
        }
    }
}
