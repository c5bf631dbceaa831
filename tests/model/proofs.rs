//! Promises about proof, against the exports that were really made: what is called proven was shown by one of them, what
//! is called refuted was shown otherwise, and when the data is there nobody waits for it.

use crate::evidence::{Shown, agrees, differs, nothing_left, shows};
use crate::exports::Run;
use crate::knowledge::{counts_until, line_of_order, of_order};
use crate::managed::Line;
use crate::oracle::uid;
use crate::promises::Promise;
use crate::snapshots::{is_accepted, is_complete, of_type};
use crate::world::{World, needs_recovery, order_state};
use handoff_core::api::managed_resource::Source;
use handoff_core::api::resource_type::{OnRefuted, VerificationMode};
use handoff_core::api::{ProvisioningOrder, ProvisioningState as State};
use handoff_core::engine::identity;
use jiff::Timestamp;
use kube::ResourceExt;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Proofs {
    /// Every order that there ever was, as it was last, by uid.
    ever: BTreeMap<String, ProvisioningOrder>,
    /// By the number of a run: entries that went after it, and of which nobody knows any more that they went later.
    forgotten: BTreeMap<usize, BTreeSet<Line>>,
    /// Numbers of runs that were judged to hold everything.
    complete: BTreeSet<usize>,
}

/// Whether snapshots prove an order.
fn is_provable(order: &ProvisioningOrder) -> bool {
    order.spec.policy.verification.mode == VerificationMode::Inventory
}

fn reason(order: &ProvisioningOrder) -> Option<&str> {
    order.status.as_ref()?.reason.as_deref()
}

pub fn handed_over_at(order: &ProvisioningOrder) -> Option<Timestamp> {
    order.status.as_ref()?.transmitted_at.as_ref().map(|at| at.0)
}

fn is_refuted(order: &ProvisioningOrder) -> bool {
    order_state(order) == Some(State::Errored) && reason(order) == Some("Refuted")
}

/// Whether the snapshot of a run counts, and is believed to hold everything.
fn is_judged_complete(world: &World, run: &Run) -> bool {
    let snapshot = run
        .synchronization
        .as_ref()
        .and_then(|name| world.synchronizations.get(name));
    snapshot.is_some_and(is_complete)
}

/// Whether an order was refuted and is tried again by itself.
pub fn reopens(order: &ProvisioningOrder) -> bool {
    let rules = &order.spec.policy.verification;
    is_refuted(order) && rules.on_refuted == OnRefuted::Reopen && order.spec.attempt < i64::from(rules.max_attempts)
}

impl Proofs {
    /// After every write: what is said to be proven or refuted is.
    pub fn look(&mut self, world: &World) -> Promise {
        for (number, run) in world.runs.iter().enumerate() {
            if !self.complete.contains(&number) && is_judged_complete(world, run) {
                self.complete.insert(number);
                self.forget(world, number);
            }
        }
        let known = |order: &&ProvisioningOrder| {
            let known = self.ever.get(&uid(*order));
            known.is_none_or(|known| known.metadata.resource_version != order.metadata.resource_version)
        };
        let changed: Vec<&ProvisioningOrder> = world.orders.values().filter(known).collect();
        let mut moved = Vec::new();
        for order in changed {
            let before = self.ever.insert(uid(order), order.clone());
            let stood = before.as_ref().map(|before| (order_state(before), reason(before)));
            if is_provable(order) && stood != Some((order_state(order), reason(order))) {
                moved.push(order);
            }
        }
        moved.into_iter().try_for_each(|order| self.may_stand(world, order))
    }

    fn may_stand(&self, world: &World, order: &ProvisioningOrder) -> Promise {
        let why = if order_state(order) == Some(State::Verified) && !self.is_proven(world, order) {
            "is Verified, and no export shows it"
        } else if is_refuted(order) && !self.is_contradicted(world, order) {
            "is Refuted, and no export contradicts it"
        } else if reason(order) == Some("Overtaken") && !self.is_overtaken(world, order) {
            "is Overtaken, and no later order did all of it again"
        } else {
            return Ok(());
        };
        Err(format!("{} {why}\n{}", order.name_any(), told(world, order)))
    }

    /// A process began: it knows only of entries that are there.
    pub fn restarted(&mut self, world: &World) {
        for number in 0..world.runs.len() {
            self.forget(world, number);
        }
    }

    /// What runs that were cut off removed after a run: its snapshot may be taken for the one that says so.
    fn forget(&mut self, world: &World, number: usize) {
        let run = &world.runs[number];
        let later = world.runs[number + 1..].iter();
        let cut = later.filter(|later| later.of == run.of && later.synchronization.is_none());
        let removed = cut.flat_map(|cut| cut.removed.iter().cloned());
        self.forgotten.entry(number).or_default().extend(removed);
    }

    /// The orders that may have changed again what this one did, as a process knew that was up to date, or was not.
    fn later<'a>(&'a self, world: &'a World, order: &ProvisioningOrder) -> [Vec<&'a ProvisioningOrder>; 2] {
        let line = line_of_order(order);
        let is_later =
            |other: &&ProvisioningOrder| line_of_order(other) == line && other.spec.sequence > order.spec.sequence;
        [
            world.orders.values().filter(is_later).collect(),
            self.ever.values().filter(is_later).collect(),
        ]
    }

    /// What a run shows of the resource of an order, and counts.
    fn shown<'a>(&self, world: &World, number: usize, run: &'a Run, order: &ProvisioningOrder) -> Vec<Shown<'a>> {
        let line = line_of_order(order);
        let mut snapshots = of_type(world, &run.of);
        let believed = is_judged_complete(world, run);
        let counts = snapshots.any(|one| is_accepted(one) && one.spec.taken_at.0 >= run.taken_at);
        let forgotten = self.forgotten.get(&number).is_some_and(|lines| lines.contains(&line));
        let gone = (believed && (forgotten || !run.holds.contains_key(&line))).then_some(Shown::Gone);
        let there = run.holds.get(&line).filter(|_| counts && run.shown.contains(&line));
        there.map(Shown::There).into_iter().chain(gone).collect()
    }

    /// Whether some export after the hand-over shows it as ordered.
    fn is_proven(&self, world: &World, order: &ProvisioningOrder) -> bool {
        self.judged(world, order, |run, shown, later| {
            handed_over_at(order) < Some(run.taken_at) && agrees(order, run, shown, later)
        })
    }

    /// Whether a complete export that was taken after claim and lag shows something else.
    fn is_contradicted(&self, world: &World, order: &ProvisioningOrder) -> bool {
        let settled = counts_until(order).max(handed_over_at(order));
        self.judged(world, order, |run, shown, later| {
            is_judged_complete(world, run) && Some(run.taken_at) > settled && differs(order, run, shown, later)
        })
    }

    fn is_overtaken(&self, world: &World, order: &ProvisioningOrder) -> bool {
        let mut runs = world
            .runs
            .iter()
            .filter(|run| run.of == order.spec.resource_type_ref.name);
        runs.any(|run| {
            self.later(world, order)
                .iter()
                .any(|later| nothing_left(order, run, later))
        })
    }

    fn judged(
        &self,
        world: &World,
        order: &ProvisioningOrder,
        by: impl Fn(&Run, Shown<'_>, &[&ProvisioningOrder]) -> bool,
    ) -> bool {
        let later = self.later(world, order);
        let runs = world.runs.iter().enumerate();
        let mut runs = runs.filter(|(_, run)| run.of == order.spec.resource_type_ref.name);
        runs.any(|(number, run)| {
            let mut shown = self.shown(world, number, run, order).into_iter();
            shown.any(|shown| later.iter().any(|later| by(run, shown, later)))
        })
    }

    /// What the data shows is said, and nothing else; what was refuted goes on as its policy says.
    pub fn at_rest(&self, world: &World) -> Promise {
        for order in world.orders.values().filter(|order| is_provable(order)) {
            let name = order.name_any();
            if reopens(order) && needs_recovery(order) {
                return Err(format!("{name} is tried again by itself, and a recovery is asked for"));
            }
            let last = last_word(world, order);
            if order_state(order) == Some(State::Transmitted) {
                self.seen_too_early(world, order, last)?;
            }
            let waits = order_state(order) == Some(State::Executed) && !is_finished(order);
            let settled = counts_until(order).max(handed_over_at(order));
            let proven = last.filter(|run| waits && Some(run.taken_at) > settled);
            if let Some(run) = proven {
                return Err(format!(
                    "{name} waits for its proof, and {:?} was taken at {}\n{}",
                    run.synchronization,
                    run.taken_at,
                    told(world, order)
                ));
            }
        }
        Ok(())
    }

    /// Whoever may have forgotten to confirm is told that the data has it already.
    fn seen_too_early(&self, world: &World, order: &ProvisioningOrder, last: Option<&Run>) -> Promise {
        let name = order.name_any();
        let mut conditions = order.status.iter().flat_map(|status| &status.conditions);
        let says = conditions.any(|condition| condition.reason == "SeenBeforeConfirmed");
        if says && !self.is_proven(world, order) {
            return Err(format!("{name} is said to be seen already, and no export shows it"));
        }
        let [later, _] = self.later(world, order);
        let shows_it = |run: &&Run| {
            let after = handed_over_at(order) < Some(run.taken_at);
            shows(run, &line_of_order(order)).is_some_and(|shown| after && agrees(order, run, shown, &later))
        };
        match last.filter(shows_it) {
            Some(run) if !says => Err(format!(
                "{name} was done, as {:?} shows, and whoever has it is not told",
                run.synchronization
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// When everything was exported at the end, nothing that can be proven waits.
    pub fn ended(&self, world: &World) -> Promise {
        for order in world.orders.values().filter(|order| is_provable(order)) {
            let of = world.types.get(&order.spec.resource_type_ref.name);
            let trusts = of.is_some_and(|of| of.spec.trusts_people());
            if order_state(order) == Some(State::Executed) && !is_finished(order) && !trusts {
                return Err(format!(
                    "{} waits for its proof for ever\n{}",
                    order.name_any(),
                    told(world, order)
                ));
            }
        }
        Ok(())
    }
}

fn is_finished(order: &ProvisioningOrder) -> bool {
    of_order(order, "Finished").is_some()
}

/// The last export of a type, if it holds everything, shows everything, is believed, and its entries are not those of
/// people who are trusted.
fn last_word<'a>(world: &'a World, order: &ProvisioningOrder) -> Option<&'a Run> {
    let line = line_of_order(order);
    let trusts = world.types.get(&line.0).is_some_and(|of| of.spec.trusts_people());
    let run = world.runs.iter().rev().find(|run| run.of == line.0)?;
    let believed = is_judged_complete(world, run);
    let entry = world.resources.get(&identity::line_name(&line.0, &line.1));
    let made = entry.is_some_and(|entry| entry.spec.source == Source::Virtual);
    (believed && !run.narrow && !made && !trusts).then_some(run)
}

/// For who reads a failure: the order, the orders after it, and the exports of its resource.
fn told(world: &World, order: &ProvisioningOrder) -> String {
    let line = line_of_order(order);
    let runs = world.runs.iter().filter(|run| run.of == line.0).map(|run| {
        let verdict = run
            .synchronization
            .as_ref()
            .and_then(|name| world.synchronizations.get(name));
        format!(
            "{:?} of {} shows {:?}, removed {:?}: {:?}",
            run.synchronization,
            run.taken_at,
            run.holds.get(&line).filter(|_| run.shown.contains(&line)),
            run.removed,
            verdict.map(|one| &one.status)
        )
    });
    let entry = identity::line_name(&line.0, &line.1);
    let entry = world.resources.get(&entry).map(|entry| &entry.spec);
    let said = format!(
        "{}: {:?} handed over {:?} done {:?} {:?}\nentry {entry:?}",
        order.name_any(),
        order.spec.changes,
        handed_over_at(order),
        order.status.as_ref().and_then(|status| status.executed_at.as_ref()),
        order.status.as_ref().and_then(|status| status.verification.as_ref())
    );
    std::iter::once(said).chain(runs).collect::<Vec<_>>().join("\n")
}
