//! Writes to many objects, several at once, and says what became of each. What to write is decided by a [`Deed`].

use super::super::calls::{CallError, patiently};
use super::super::choice::{Answered, At, Found, at};
use super::super::cluster::Cluster;
use super::super::dry_run::DryRun;
use super::drive::Drive;
use super::outcome::{Outcome, Result, Words, reason};
use super::weigh::{Acting, Deed, Weighed};
use kube::ResourceExt;
use kube::api::{Api, Patch, PatchParams};
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};

/// How often one object is looked at again because somebody else wrote it first.
const CONFLICTS: u32 = 5;

/// A run of one deed.
pub(super) struct Batch<'a, K, D> {
    /// Where.
    pub cluster: &'a Cluster,
    /// What.
    pub deed: &'a D,
    /// By whom.
    pub acting: &'a Acting,
    /// Whether anything is written.
    pub dry_run: DryRun,
    /// How many writes are on their way at once.
    pub parallel: usize,
    /// How it is said.
    pub words: Words,
    /// Whether a line is printed for each.
    pub aloud: bool,
    /// Whether an object that was searched is still one of those that are meant.
    pub still: &'a (dyn Fn(&K) -> bool + Sync),
    /// A write counts only for what was looked at: what was searched may be something else by now.
    pub exact: bool,
}

/// What there is to do, before anything is done.
pub(super) struct Plan<K> {
    /// Those to write, with what to write.
    pub sends: Vec<(K, Value)>,
    /// Those that are settled without.
    pub settled: Vec<(At, Outcome, String)>,
}

impl<K: Answered, D: Deed<K>> Batch<'_, K, D> {
    /// Weighs everything that was found.
    pub(super) fn plan(&self, found: Found<K>) -> Plan<K> {
        let mut plan = Plan {
            sends: Vec::new(),
            settled: Vec::new(),
        };
        for missing in found.missing {
            let why = format!("there is none of this name in namespace {}", missing.namespace);
            plan.settled.push((missing, Outcome::Refused, why));
        }
        for object in found.objects {
            match self.deed.weigh(&object, self.acting) {
                Weighed::Send(patch) => {
                    let patch = self.for_version(patch, &object);
                    plan.sends.push((object, patch));
                }
                Weighed::Already(told) => plan.settled.push((at(&object), Outcome::Already, told)),
                Weighed::Refuse(why) => plan.settled.push((at(&object), Outcome::Refused, why)),
            }
        }
        plan
    }

    /// Does it.
    pub(super) async fn run(&self, plan: Plan<K>) -> Vec<Result> {
        let stop = AtomicBool::new(false);
        let drive = Drive {
            words: self.words,
            parallel: self.parallel,
            aloud: self.aloud,
            kind: &K::kind(&()),
            stop: &stop,
        };
        let sends = plan.sends.into_iter();
        let sends = sends.map(|(object, patch)| (at(&object), (object, patch)));
        drive
            .run(plan.settled, sends.collect(), |(object, patch)| {
                self.write(object, patch, &stop)
            })
            .await
    }

    /// One object, weighed again on what is there when somebody else was first, or when an answer was lost.
    async fn write(&self, mut object: K, mut patch: Value, stop: &AtomicBool) -> (Outcome, Option<String>) {
        if self.dry_run == DryRun::Client {
            return (Outcome::Done, None);
        }
        let at = at(&object);
        let api: Api<K> = Api::namespaced(self.cluster.client.clone(), &at.namespace);
        let how = PatchParams {
            dry_run: self.dry_run == DryRun::Server,
            field_manager: Some("kubectl-handoff".to_owned()),
            ..PatchParams::default()
        };
        for _ in 0..CONFLICTS {
            let body = Patch::Merge(&patch);
            let error = match patiently(|| api.patch(&at.name, &how, &body)).await {
                Ok(_) => return (Outcome::Done, None),
                Err(error) => error,
            };
            if error.may_pass() || error.code() == Some(401) {
                return self.failed(&error, stop);
            }
            let there = match patiently(|| api.get_opt(&at.name)).await {
                Ok(there) => there,
                Err(unreadable) if unreadable.may_pass() => return self.failed(&unreadable, stop),
                Err(_forbidden) => return self.refused(&error, &at),
            };
            let Some(there) = there else {
                return (Outcome::Refused, Some("it is gone".to_owned()));
            };
            object = there;
            match self.deed.weigh(&object, self.acting) {
                // The write went through, and its answer was lost.
                Weighed::Already(_) if holds(&object, &patch) => return (Outcome::Done, None),
                Weighed::Already(told) => return (Outcome::Already, Some(told)),
                Weighed::Refuse(why) => return (Outcome::Refused, Some(why)),
                Weighed::Send(_) if !(self.still)(&object) => {
                    let why = "it changed meanwhile, and is none of those any more that were searched";
                    return (Outcome::Refused, Some(why.to_owned()));
                }
                Weighed::Send(again) if error.code() == Some(409) => patch = self.for_version(again, &object),
                Weighed::Send(_) => return self.refused(&error, &at),
            }
        }
        let why = "somebody else writes it all the time: run the command again".to_owned();
        (Outcome::Failed, Some(why))
    }

    fn for_version(&self, mut patch: Value, object: &K) -> Value {
        if self.exact {
            patch["metadata"]["resourceVersion"] = object.resource_version().into();
        }
        patch
    }

    /// Where nobody answers, the next ones would wait as long, one after the other.
    fn failed(&self, error: &CallError, stop: &AtomicBool) -> (Outcome, Option<String>) {
        let answered = error.code().is_some_and(|code| code != 401);
        if !answered {
            stop.store(true, Ordering::Relaxed);
        }
        (Outcome::Failed, Some(error.to_string()))
    }

    fn refused(&self, error: &CallError, at: &At) -> (Outcome, Option<String>) {
        let said = match error.advice(self.deed.role(), &at.namespace) {
            Some(advice) => format!("{error}. {}", advice.replace("\n  ", " ")),
            None => reason(&error.to_string()),
        };
        (Outcome::Refused, Some(said))
    }
}

/// Whether an object says what a merge patch says.
fn holds<K: serde::Serialize>(object: &K, patch: &Value) -> bool {
    fn within(there: &Value, patch: &Value) -> bool {
        match patch {
            Value::Object(fields) => fields.iter().all(|(name, value)| {
                let there = there.get(name).unwrap_or(&Value::Null);
                within(there, value)
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => there == patch,
        }
    }
    serde_json::to_value(object).is_ok_and(|there| within(&there["spec"], &patch["spec"]))
}
