//! The work queue: never one key twice at once, a bounded number in parallel, a panic hurts its own key only.

use super::error::PassError;
use super::faults;
use super::health::Readiness;
use super::index::Key;
use super::leader::Standing;
use super::metrics::PassKind;
use super::pass::Done;
use super::{Operator, clock, lock};
use futures::channel::mpsc::UnboundedReceiver;
use futures::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use kube::runtime::scheduler::{ScheduleRequest, debounced_scheduler};
use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::Instant;
use tracing::{error, info, warn};

/// Passes that run at the same time.
const PARALLEL: usize = 32;
/// Several wakes within this time are one pass.
const DEBOUNCE: Duration = Duration::from_millis(2);
/// Longest sleep; then it is decided again, whatever the clock did meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(3600);
/// A leader has settled by then what was in doubt when the policies came back, and another one in its place too.
const SETTLED_WITHIN: Duration = Duration::from_secs(120);
/// Pause after a panic.
const AFTER_PANIC: Duration = Duration::from_secs(60);

type Ended = (Key, Result<Result<Done, PassError>, JoinError>);

/// Works, as long as this process leads, until `stop` is done; then lets the passes in flight end.
///
/// Before it leads, what is woken is let go: the index has it, and whoever takes over wakes all that is not settled.
pub async fn work(
    operator: Arc<Operator>,
    wakes: UnboundedReceiver<ScheduleRequest<Key>>,
    readiness: Readiness,
    standing: &Standing,
    stop: impl Future<Output = ()>,
) {
    let mut scheduler = pin!(debounced_scheduler(wakes, DEBOUNCE));
    let mut stop = pin!(stop);
    let mut led = pin!(standing.led());
    let mut leads = false;
    let mut running: HashSet<Key> = HashSet::new();
    let mut failures: HashMap<Key, u32> = HashMap::new();
    let mut passes = FuturesUnordered::new();
    loop {
        let may_start = readiness.may_decide() && passes.len() < PARALLEL;
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(ended) = passes.next(), if !passes.is_empty() => {
                let (key, _): &Ended = &ended;
                running.remove(key);
                conclude(&operator, &mut failures, ended);
            }
            () = operator.nudged.notified() => {}
            () = &mut led, if !leads => {
                leads = true;
                let believed_for = readiness.believed_for();
                operator.wake(lock(&operator.index).take_over(believed_for > SETTLED_WITHIN));
            }
            Some(key) = async {
                let mut free = pin!(scheduler.as_mut().hold_unless(|key| !running.contains(key)));
                free.next().await
            }, if may_start || !leads => {
                if !leads {
                    operator.metrics.dropped(&key);
                    continue;
                }
                running.insert(key.clone());
                operator.metrics.begins(&key);
                let operator = Arc::clone(&operator);
                passes.push(async move {
                    let (of, metrics, begin) = (key.clone(), operator.metrics.clone(), Instant::now());
                    let pass = tokio::spawn(async move { operator.pass(&of).await });
                    let ended = pass.await;
                    metrics.pass_ended(PassKind::of(&key), &ended, begin.elapsed());
                    (key, ended)
                });
            }
        }
    }
    info!(passes = passes.len(), "stopping: the passes in flight end first");
    while passes.next().await.is_some() {}
}

fn conclude(operator: &Operator, failures: &mut HashMap<Key, u32>, (key, ended): Ended) {
    match ended {
        Ok(Ok(done)) => {
            failures.remove(&key);
            if done.wrote {
                operator.wake([key.clone()].into());
            }
            if let Some(at) = done.wake_at {
                operator.wake_in(key, until(at));
            }
        }
        Ok(Err(problem)) => {
            let count = failures.entry(key.clone()).or_default();
            let pause = problem.retry_after(*count);
            *count += 1;
            match &problem {
                PassError::Stale { .. } => info!(?key, "{problem}: deciding again"),
                PassError::NameHeld { .. } | PassError::RequestNameHeld { .. } => {
                    warn!(?key, ?pause, "{problem}; it is tried again")
                }
                PassError::Timeout { .. } | PassError::Api { .. } => {
                    warn!(?key, ?pause, "{problem}; nothing is lost, it is tried again");
                }
                PassError::Unreadable { .. } => warn!(?key, ?pause, "{problem}; it is looked at again"),
                PassError::Json { .. } => error!(
                    ?key,
                    ?pause,
                    "{problem}; this is a fault of the program, please report it"
                ),
            }
            operator.wake_in(key, pause);
        }
        Err(panic) => {
            error!(
                ?key,
                "the pass failed from within: {panic}; this is a fault of the program, please report it. Others are not touched; it is tried again in a minute"
            );
            operator.wake_in(key, faults::pause_after_panic(AFTER_PANIC));
        }
    }
}

fn until(at: Timestamp) -> Duration {
    let wait = clock::now().duration_until(at);
    Duration::try_from(wait)
        .unwrap_or(Duration::ZERO)
        .min(faults::longest_sleep(LONGEST_SLEEP))
}

/// A wake-up for a key at a time.
pub fn request(key: Key, pause: Duration) -> ScheduleRequest<Key> {
    let run_at = Instant::now() + pause;
    ScheduleRequest { message: key, run_at }
}

#[cfg(test)]
mod tests {
    use super::{DEBOUNCE, LONGEST_SLEEP, clock, request, until};
    use crate::operator::index::Key;
    use futures::StreamExt;
    use futures::channel::mpsc::unbounded;
    use jiff::ToSpan;
    use kube::runtime::scheduler::debounced_scheduler;
    use rstest::rstest;
    use std::collections::HashSet;
    use std::pin::pin;
    use std::time::Duration;

    /// Long for what is due at once, short for what is due in an hour.
    const PATIENCE: Duration = Duration::from_secs(60);
    const TO_COME: Duration = Duration::from_secs(3600);

    fn key(name: &str) -> Key {
        Key::Type(("here".to_owned(), name.to_owned()))
    }

    /// What comes out, in its order, of wakes that go in like this, while `running` are worked on.
    async fn out(wakes: &[(&str, Duration)], many: usize, running: &[&str]) -> Vec<Key> {
        let (sender, queue) = unbounded();
        for (name, pause) in wakes {
            sender.unbounded_send(request(key(name), *pause)).unwrap();
        }
        let running: HashSet<Key> = running.iter().map(|name| key(name)).collect();
        let mut scheduler = pin!(debounced_scheduler(queue, DEBOUNCE));
        let free = scheduler.as_mut().hold_unless(|key| !running.contains(key));
        let out = tokio::time::timeout(PATIENCE, free.take(many).collect()).await;
        out.expect("something that is due is held up")
    }

    #[rstest]
    #[case::the_later_one_first(&[("line", TO_COME), ("line", Duration::ZERO)])]
    #[case::the_earlier_one_first(&[("line", Duration::ZERO), ("line", TO_COME)])]
    #[tokio::test]
    async fn a_wake_up_to_come_does_not_hold_up_who_is_woken_now(#[case] wakes: &[(&str, Duration)]) {
        assert_eq!(out(wakes, 1, &[]).await, [key("line")]);
    }

    #[tokio::test]
    async fn who_runs_is_not_started_twice_and_holds_nobody_up() {
        let wakes = [("runs", Duration::ZERO), ("other", Duration::ZERO)];
        assert_eq!(out(&wakes, 1, &["runs"]).await, [key("other")]);
    }

    #[test]
    fn whatever_the_clock_does_it_is_decided_again_within_the_hour() {
        let now = clock::now();
        let at = |span: jiff::Span| until(now.checked_add(span).unwrap());
        assert_eq!(at(720.hours()), LONGEST_SLEEP);
        assert!(at(10.minutes()) <= Duration::from_secs(600));
        assert_eq!(at((-1).hours()), Duration::ZERO);
    }
}
