//! Writes to many objects, several at once, and says what became of each. What to write is decided by a [`Deed`].

use super::super::calls::{CallError, patiently};
use super::super::choice::{Answered, At, Found, at};
use super::super::cluster::Cluster;
use super::super::dry_run::DryRun;
use super::super::progress;
use super::outcome::{Outcome, Result, Words, reason};
use super::weigh::{Acting, Deed, Weighed};
use futures::StreamExt;
use indicatif::ProgressBar;
use kube::api::{Api, Patch, PatchParams};
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};

/// How often one object is looked at again because somebody else wrote it first.
const CONFLICTS: u32 = 5;
/// From how many on a bar is shown.
const MANY: usize = 20;

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

    /// Does it. Ctrl-C begins no more; what is on its way is waited for.
    pub(super) async fn run(&self, plan: Plan<K>) -> Vec<Result> {
        let mut results = Vec::new();
        for (at, outcome, message) in plan.settled {
            results.push(self.said(at, outcome, Some(message), None));
        }
        let bar = (plan.sends.len() >= MANY).then(|| progress::bar(self.words.verb, plan.sends.len()));
        let stop = AtomicBool::new(false);
        let writes = plan.sends.into_iter().map(|(object, patch)| async {
            let at = at(&object);
            if stop.load(Ordering::Relaxed) {
                return (at, Outcome::NotTried, None);
            }
            let (outcome, message) = self.write(object, patch, &stop).await;
            (at, outcome, message)
        });
        let mut writes = futures::stream::iter(writes).buffer_unordered(self.parallel);
        let mut interrupted = std::pin::pin!(interrupt());
        loop {
            tokio::select! {
                biased;
                () = &mut interrupted, if !stop.load(Ordering::Relaxed) => {
                    stop.store(true, Ordering::Relaxed);
                    eprintln!("stopping: what is on its way is waited for; once more stops at once");
                    tokio::spawn(async {
                        interrupt().await;
                        std::process::exit(130);
                    });
                }
                written = writes.next() => match written {
                    Some((at, outcome, message)) => results.push(self.said(at, outcome, message, bar.as_ref())),
                    None => break,
                },
            }
        }
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        results
    }

    fn said(&self, at: At, outcome: Outcome, message: Option<String>, bar: Option<&ProgressBar>) -> Result {
        let line = self.words.line(&at, outcome, message.as_deref());
        let print = || match outcome {
            Outcome::Done | Outcome::Already if self.aloud => {
                use std::io::Write;
                let _ = writeln!(std::io::stdout(), "{line}");
            }
            Outcome::Refused | Outcome::Failed => eprintln!("error: {line}"),
            Outcome::Done | Outcome::Already | Outcome::NotTried => {}
        };
        match bar {
            Some(bar) => {
                bar.suspend(print);
                bar.inc(1);
            }
            None => print(),
        }
        Result {
            kind: K::kind(&()).into_owned(),
            namespace: at.namespace,
            name: at.name,
            outcome,
            message,
        }
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

async fn interrupt() {
    // Where it cannot be heard, the process ends as any other does.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
