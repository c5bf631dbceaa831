//! Proves, at start and then again and again, that the admission policies are in force, and tells the index and the
//! queue. What a decision makes of that is not known here.

mod compare;
mod judge;
mod look;
mod probe;
mod shipped;
mod watch;

use super::health::Readiness;
use super::index::Key;
use super::{Operator, catch_up, lock};
use anyhow::{Context, Result};
use compare::Wrong;
use handoff_core::engine::Policies;
use judge::{Finding, Judge};
use look::Seen;
use shipped::Shipped;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::{debug, error, info};
use watch::Ring;

/// Starts the prober and its watches. None of them ends by itself.
///
/// # Errors
/// When the embedded manifests cannot be read; a fault of the program.
pub fn start(
    watches: &mut JoinSet<()>,
    operator: &Arc<Operator>,
    scopes: &[String],
    readiness: &Readiness,
) -> Result<()> {
    let shipped = Arc::new(shipped::shipped().context("the embedded admission policies cannot be read")?);
    let (bell, rings) = unbounded_channel();
    watch::start(watches, &operator.client, &shipped, &bell);
    let prober = Prober {
        operator: Arc::clone(operator),
        shipped,
        scopes: scopes.to_vec(),
        readiness: readiness.clone(),
        judge: Judge::default(),
        rings,
        urgent: None,
        not_filling_in: BTreeSet::new(),
    };
    watches.spawn(prober.run());
    Ok(())
}

struct Prober {
    operator: Arc<Operator>,
    shipped: Arc<Vec<Shipped>>,
    /// Namespaces to watch; all when empty.
    scopes: Vec<String>,
    readiness: Readiness,
    judge: Judge,
    rings: UnboundedReceiver<Ring>,
    /// What a watch saw between two looks, and nobody has heard yet.
    urgent: Option<Wrong>,
    not_filling_in: BTreeSet<&'static str>,
}

impl Prober {
    async fn run(mut self) {
        // Which namespaces have types is known then.
        self.readiness.listed().await;
        loop {
            let began = Instant::now();
            let Some((seen, again)) = self.look_or_hear(began).await else {
                return;
            };
            debug!(finding = ?seen.finding, "looked at the admission policies");
            self.say_why_not(&seen.finding);
            self.mention(&seen);
            if let Some(verdict) = self.judge.hear(seen.finding, began) {
                self.believe(verdict);
            }
            if !again && self.rest().await.is_none() {
                return;
            }
        }
    }

    /// A look, or what a watch saw if that is enough; and whether there is a reason to look again at once.
    async fn look_or_hear(&mut self, began: Instant) -> Option<(Seen, bool)> {
        if let Some(wrong) = self.urgent.take() {
            return Some((Finding::Wrong(compare::words(&[wrong])).into(), true));
        }
        let was_stopped = self.is_stopped();
        let looked = look_and_catch_up(
            &self.operator,
            &self.shipped,
            &self.scopes,
            self.judge.would_resume(began),
        );
        let mut looked = std::pin::pin!(looked);
        let mut again = false;
        loop {
            tokio::select! {
                biased;
                ring = self.rings.recv() => match ring? {
                    // Only what stops is urgent. Who is stopped needs a whole look to go on, and to say all of it.
                    Ring::Wrong(wrong) if !was_stopped => {
                        return Some((Finding::Wrong(compare::words(&[wrong])).into(), true));
                    }
                    Ring::Wrong(_) | Ring::Changed => again = true,
                },
                seen = &mut looked => {
                    // What changed while it was looked at was not right all the time.
                    let in_motion = again && was_stopped && seen.finding == Finding::Proven;
                    let unclear = || Finding::Unclear("the admission policies are being changed".to_owned());
                    return Some((if in_motion { unclear().into() } else { seen }, again));
                }
            }
        }
    }

    fn is_stopped(&self) -> bool {
        matches!(self.judge.verdict(), Some(Policies::NotInForce(_)))
    }

    /// Until the next look is due, or something changes.
    async fn rest(&mut self) -> Option<()> {
        let pause = self.judge.pause(Instant::now());
        if let Ok(ring) = tokio::time::timeout(pause, self.rings.recv()).await {
            match ring? {
                Ring::Wrong(wrong) if !self.is_stopped() => self.urgent = Some(wrong),
                Ring::Wrong(_) | Ring::Changed => {}
            }
        }
        Some(())
    }

    fn say_why_not(&self, finding: &Finding) {
        match finding {
            Finding::Proven => {}
            Finding::Wrong(words) | Finding::Silent(words) | Finding::Unclear(words) => {
                self.readiness.no_verdict_since(words);
            }
        }
    }

    fn believe(&self, verdict: Policies) {
        match &verdict {
            Policies::InForce => info!("the admission policies are in force"),
            Policies::NotInForce(words) => {
                error!("the admission policies are not in force, so nothing moves: {words}");
            }
        }
        // The index first: no pass may see what was believed before.
        let woken = self.operator.put_policies(verdict.clone());
        self.readiness.judged(&verdict);
        self.operator.wake(woken);
        self.operator.nudge();
    }

    /// What does not matter for safety is said when it changes.
    fn mention(&mut self, seen: &Seen) {
        if seen.finding != Finding::Proven || seen.not_filling_in == self.not_filling_in {
            return;
        }
        self.not_filling_in.clone_from(&seen.not_filling_in);
        if self.not_filling_in.is_empty() {
            info!("the policies that fill in who did it act: people need not name themselves");
        } else {
            info!(
                policies = ?self.not_filling_in,
                "these policies fill nothing in, as before Kubernetes 1.36: nothing is less safe, but people have to name themselves"
            );
        }
    }
}

/// Before anything moves again, all that was written in the meantime has to be known as written in the meantime: the
/// watches may be late.
async fn look_and_catch_up(operator: &Operator, shipped: &[Shipped], scopes: &[String], catch_up: bool) -> Seen {
    let seen = look::look(operator, shipped, scopes).await;
    if !catch_up || seen.finding != Finding::Proven {
        return seen;
    }
    match catch_up::everything(operator, scopes).await {
        Ok(()) => seen,
        Err(problem) => Finding::Unclear(format!("what was written meanwhile could not be read: {problem}")).into(),
    }
}

impl Operator {
    /// Whether the policies are in force has changed. Work that was there while they were not is decided on that way
    /// once, however late. Answers which work that makes.
    fn put_policies(&self, policies: Policies) -> HashSet<Key> {
        let mut index = lock(&self.index);
        let woken = index.put_policies(policies);
        // While nobody checked who writes nothing went.
        self.aging.notify_one();
        // Does nothing when they are in force.
        index.doubt(&woken);
        woken
    }
}

/// What the API server said, or why it could not be reached.
fn said(error: &kube::Error) -> String {
    super::error::said(error)
}
