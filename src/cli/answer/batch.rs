//! Writes to many objects, several at once, and says what became of each. What to write is decided by a [`Deed`].

use super::super::calls::{CallError, patiently};
use super::super::choice::{Answered, At, Found, at};
use super::super::cluster::Cluster;
use super::super::dry_run::DryRun;
use super::drive::Drive;
use super::outcome::{Outcome, Result, Words, reason};
use super::weigh::{Acting, Deed, Weighed};
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
    /// What kind of objects.
    pub kind: std::marker::PhantomData<K>,
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
                Weighed::Send(patch) => plan.sends.push((object, patch)),
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
            if error.may_pass() {
                // The next ones would wait as long, one after the other.
                stop.store(true, Ordering::Relaxed);
                return (Outcome::Failed, Some(error.to_string()));
            }
            let there = match patiently(|| api.get_opt(&at.name)).await {
                Ok(there) => there,
                Err(_unreadable) => return self.refused(&error, &at),
            };
            let Some(there) = there else {
                return (Outcome::Refused, Some("it is gone".to_owned()));
            };
            object = there;
            match self.deed.weigh(&object, self.acting) {
                Weighed::Already(told) => return (Outcome::Already, Some(told)),
                Weighed::Refuse(why) => return (Outcome::Refused, Some(why)),
                Weighed::Send(again) if error.code() == Some(409) => patch = again,
                Weighed::Send(_) => return self.refused(&error, &at),
            }
        }
        let why = "somebody else writes it all the time: run the command again".to_owned();
        (Outcome::Failed, Some(why))
    }

    fn refused(&self, error: &CallError, at: &At) -> (Outcome, Option<String>) {
        let said = match error.advice(self.deed.role(), &at.namespace) {
            Some(advice) => format!("{error}. {}", advice.replace("\n  ", " ")),
            None => reason(&error.to_string()),
        };
        (Outcome::Refused, Some(said))
    }
}
