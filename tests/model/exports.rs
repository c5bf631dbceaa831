//! Exports of the managed system, and how they get into the cluster: entry by entry, and the Synchronization last, if the
//! run is not cut off before. Whoever writes keeps to the guards of `kubectl handoff sync`: an export that is older than
//! what the inventory has writes no entry.

use crate::managed::{Line, MULTIPLE, Real, Resources, SINGLE};
use crate::shapes::type_of;
use crate::world::World;
use handoff_core::api::managed_resource::Source;
use handoff_core::api::{ManagedResource, Synchronization};
use handoff_core::engine::identity;
use jiff::{Timestamp, ToSpan};
use kube::ResourceExt;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Resources of every type that no request is ever about: they count, and nobody writes their entries here.
const STRANGERS: i64 = 12;

/// How an export is made.
#[derive(Clone, Copy, Debug)]
pub enum Export {
    /// Everything there is, now.
    Whole,
    /// Everything there was so many hours ago.
    Late(u8),
    /// It says that it does not hold everything; the number picks what it leaves out.
    Part(u8),
    /// Everything, but not every property.
    Narrow,
    /// It says that it holds everything, and does not, by far.
    Truncated(u8),
    /// Its clock is ahead, by so many minutes.
    Ahead(u8),
    /// The last one once more.
    Again,
}

/// One export, and what became of it.
#[derive(Clone, Debug)]
pub struct Run {
    pub of: String,
    pub taken_at: Timestamp,
    /// Whether it says that it holds everything.
    pub complete: bool,
    /// Whether it shows only some of the properties.
    pub narrow: bool,
    pub count: i64,
    pub holds: Resources,
    /// Resources that it has and whose entries were seen to before it was cut off.
    pub shown: BTreeSet<Line>,
    /// Those whose entries it removed.
    pub removed: BTreeSet<Line>,
    /// What it ended with.
    pub synchronization: Option<String>,
}

impl Run {
    /// Whether it shows a property.
    pub fn has(&self, property: &str) -> bool {
        !self.narrow || !["level", "doors"].contains(&property)
    }

    fn entry(&self, line: &Line, real: &Real) -> ManagedResource {
        let value = |name: &&str| ((*name).to_owned(), real.value(name));
        let single: BTreeMap<_, _> = SINGLE
            .iter()
            .filter(|name| self.has(name))
            .map(value)
            .map(|(name, values)| (name, values.first().cloned().unwrap_or_default()))
            .collect();
        let multiple: BTreeMap<_, _> = MULTIPLE.iter().filter(|name| self.has(name)).map(value).collect();
        let entry = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource",
            "metadata": {"name": identity::line_name(&line.0, &line.1)},
            "spec": {
                "resourceTypeRef": {"name": line.0}, "identifier": real.identifier, "owner": {"id": real.owner},
                "properties": single, "values": multiple, "source": "Synchronized", "observedAt": self.taken_at.to_string(),
            },
        });
        serde_json::from_value(entry).unwrap()
    }
}

fn same(one: &ManagedResource, other: &ManagedResource) -> bool {
    let mut spec = one.spec.clone();
    spec.observed_at = other.spec.observed_at.clone();
    spec == other.spec
}

impl World {
    /// What the export of a type says.
    fn taken(&self, of: &str, how: Export) -> Option<Run> {
        let at = |at: Timestamp| {
            let mut there = self.system.at(at);
            there.retain(|line, _| line.0 == of);
            Run {
                of: of.to_owned(),
                taken_at: at,
                complete: true,
                narrow: false,
                count: i64::try_from(there.len()).unwrap() + STRANGERS,
                holds: there,
                shown: BTreeSet::new(),
                removed: BTreeSet::new(),
                synchronization: None,
            }
        };
        let now = self.now;
        let without = |mut run: Run, which: u8| {
            let mut number = which;
            run.holds.retain(|_, _| {
                number = number.wrapping_add(1);
                number.is_multiple_of(2)
            });
            run
        };
        Some(match how {
            Export::Whole => at(now),
            Export::Late(hours) => at(now.checked_sub(i64::from(hours).hours()).unwrap()),
            Export::Narrow => Run {
                narrow: true,
                ..at(now)
            },
            Export::Part(which) => Run {
                complete: false,
                count: 6,
                ..without(at(now), which)
            },
            Export::Truncated(which) => Run {
                count: 3,
                ..without(at(now), which)
            },
            Export::Ahead(minutes) => Run {
                taken_at: now.checked_add(i64::from(minutes).minutes()).unwrap(),
                ..at(now)
            },
            Export::Again => Run {
                shown: BTreeSet::new(),
                removed: BTreeSet::new(),
                synchronization: None,
                ..self.runs.iter().rev().find(|run| run.of == of)?.clone()
            },
        })
    }

    /// An export is made and written. `cut`: after so many writes whoever writes it stops for ever.
    pub fn export(&mut self, of: &str, how: Export, cut: Option<u8>) {
        self.tick(1);
        let Some(mut run) = self.taken(of, how) else { return };
        let again = matches!(how, Export::Again);
        let accepted = self.newest_taken(of, |accepted| accepted == Some(true));
        if accepted.is_some_and(|newest| newest > run.taken_at) {
            // Its entries are not written any more; whoever began before the newer one came still says that it is done.
            run.holds = Resources::new();
            self.conclude(run);
            return;
        }
        let pending = self.newest_taken(of, |accepted| accepted != Some(false));
        let newest = pending.max(self.newest_entry(of));
        let overtaken = newest.is_some_and(|newest| newest > run.taken_at || (newest == run.taken_at && !again));
        if !overtaken && self.write_entries(&mut run, cut) {
            self.conclude(run);
        } else if !overtaken {
            self.runs.push(run);
        }
    }

    fn newest_taken(&self, of: &str, counts: impl Fn(Option<bool>) -> bool) -> Option<Timestamp> {
        let judged = |one: &Synchronization| one.status.as_ref().and_then(|status| status.accepted);
        let of_type = self.synchronizations.values().filter(|one| type_of(one) == of);
        of_type
            .filter(|one| counts(judged(one)))
            .map(|one| one.spec.taken_at.0)
            .max()
    }

    fn newest_entry(&self, of: &str) -> Option<Timestamp> {
        let entries = self.resources.values().map(|entry| &entry.spec);
        let written = entries.filter(|spec| spec.resource_type_ref.name == of && spec.source == Source::Synchronized);
        written.map(|spec| spec.observed_at.0).max()
    }

    /// What exists, then what is gone; whether that came to its end.
    fn write_entries(&mut self, run: &mut Run, cut: Option<u8>) -> bool {
        let mut left = cut.map_or(usize::MAX, usize::from);
        let mut may_write = || {
            let may = left > 0;
            left = left.saturating_sub(1);
            may
        };
        for (line, real) in run.holds.clone() {
            let entry = run.entry(&line, &real);
            let found = self.resources.get(&entry.name_any()).cloned();
            match found {
                Some(found) if found.spec.source == Source::Virtual => continue,
                Some(found) if same(&found, &entry) => {}
                _ if !may_write() => return false,
                Some(found) => {
                    let spec = entry.spec;
                    self.put_resource(ManagedResource { spec, ..found });
                }
                None => drop(self.create_resource(entry)),
            }
            run.shown.insert(line);
        }
        let gone = |entry: &&ManagedResource| {
            let line = (run.of.clone(), identity::fold(&entry.spec.identifier, true));
            entry.spec.resource_type_ref.name == run.of
                && entry.spec.source == Source::Synchronized
                && !run.holds.contains_key(&line)
        };
        let gone: Vec<ManagedResource> = self.resources.values().filter(gone).cloned().collect();
        for entry in gone.into_iter().filter(|_| run.complete) {
            if !may_write() {
                return false;
            }
            self.remove_resource(&entry.name_any());
            let line = (run.of.clone(), identity::fold(&entry.spec.identifier, true));
            run.removed.insert(line);
        }
        cut.is_none()
    }

    /// The Synchronization, made last.
    fn conclude(&mut self, mut run: Run) {
        let name = format!("{}.{:03}", run.of, self.runs.len());
        let object = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "Synchronization", "metadata": {"name": name},
            "spec": {
                "resourceTypeRef": {"name": run.of}, "takenAt": run.taken_at.to_string(), "complete": run.complete,
                "count": run.count,
            },
        });
        run.synchronization = Some(name);
        self.runs.push(run);
        self.create_synchronization(serde_json::from_value(object).unwrap())
            .unwrap();
    }

    /// Somebody vouches for a snapshot that looks wrong.
    pub fn accept(&mut self, name: &str) {
        if let Some(mut object) = self.synchronizations.get(name).cloned() {
            let annotations = object.metadata.annotations.get_or_insert_default();
            annotations.insert("handoff.dev/accept".to_owned(), Value::Bool(true).to_string());
            self.put_synchronization(object);
        }
    }
}
