//! The gauges, found out when somebody asks: from the index, which counts on the way, and from the queue. It changes nothing.

use super::backlog::Backlog;
use super::register::Sheet;
use super::table::{
    BUILD, INDEX_OBJECTS, LEADER, OLDEST, ORDERS, ORDERS_OVERDUE, POLICIES_IN_FORCE, QUEUE, REQUESTS, UNREADABLE,
};
use super::{NO_SUCH_TYPE, number};
use crate::operator::Standing;
use crate::operator::index::{Index, Known, Numbers, Population};
use crate::operator::{clock, lock};
use crate::version::{COMMIT, VERSION};
use handoff_core::api::ProvisioningState;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What gauges are read from.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) index: Arc<Mutex<Index>>,
    pub(super) backlog: Backlog,
    pub(super) policies_in_force: AtomicBool,
    pub(super) standing: Arc<Standing>,
}

impl Sources {
    /// Every gauge. The index is held only as long as it takes to copy its numbers.
    pub(super) fn fill(&self, sheet: &mut Sheet<'_>) -> fmt::Result {
        let numbers = lock(&self.index).numbers();
        sheet.gauge(&BUILD, [([VERSION, COMMIT].map(str::to_owned), 1)])?;
        let leads = self.standing.leads();
        sheet.gauge(&LEADER, [([], i64::from(leads))])?;
        let in_force = self.policies_in_force.load(Ordering::Relaxed);
        sheet.gauge(&POLICIES_IN_FORCE, [([], i64::from(in_force))])?;
        let (waiting, in_flight) = self.backlog.depth();
        let stages = [("waiting", waiting), ("in_flight", in_flight)];
        sheet.gauge(&QUEUE, stages.map(|(stage, keys)| ([stage.to_owned()], number(keys))))?;
        if leads {
            Self::objects(&numbers, sheet)?;
        }
        sheet.gauge(&INDEX_OBJECTS, numbers.known.into_iter().flat_map(by_form))
    }

    /// What there is in the cluster. One replica says it, so that whoever adds up does not count it twice.
    fn objects(numbers: &Numbers, sheet: &mut Sheet<'_>) -> fmt::Result {
        let now = clock::now();
        sheet.gauge(
            &ORDERS,
            by_state(&numbers.orders).map(|(of, state, many)| {
                let values = [of.namespace.clone(), type_of(of), of.entity.clone(), state.to_string()];
                (values, number(many))
            }),
        )?;
        sheet.gauge(
            &REQUESTS,
            by_state(&numbers.requests)
                .map(|(of, state, many)| ([of.namespace.clone(), type_of(of), state.to_string()], number(many))),
        )?;
        let overdue = numbers.overdue.iter();
        sheet.gauge(
            &ORDERS_OVERDUE,
            overdue.map(|((namespace, name), many)| ([namespace.clone(), name.clone()], *many)),
        )?;
        let oldest = numbers.oldest.iter();
        sheet.gauge(
            &OLDEST,
            oldest.map(|((namespace, name), since)| {
                // A clock that was set back makes nobody's order younger than new.
                let age = since.map_or(0, |since| now.duration_since(since).as_secs().max(0));
                ([namespace.clone(), name.clone()], age)
            }),
        )?;
        sheet.gauge(&UNREADABLE, [([], number(numbers.unreadable))])
    }
}

fn type_of(of: &Population) -> String {
    of.type_name.clone().unwrap_or_else(|| NO_SUCH_TYPE.to_owned())
}

/// Zeros too: a series that is not there looks like one that nobody measures.
fn by_state(populations: &[Population]) -> impl Iterator<Item = (&Population, ProvisioningState, u64)> {
    populations.iter().flat_map(|of| {
        let states = ProvisioningState::ALL.into_iter().zip(of.states);
        states.map(move |(state, many)| (of, state, many))
    })
}

fn by_form(Known { kind, live, packed }: Known) -> [([String; 2], i64); 2] {
    [("live", live), ("packed", packed)].map(|(form, many)| ([kind.to_owned(), form.to_owned()], number(many)))
}
