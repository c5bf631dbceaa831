//! Faults on purpose, for tests: the process ends between two writes, or a pass panics. Only with the cargo feature
//! `faults`; without it every function here hands back what it got. It may not change what is written.
//!
//! | Variable | Meaning |
//! |---|---|
//! | `HANDOFF_FAULT_STOP` | `before:N` or `after:N`: the process ends at once, before the N-th write of a status or an order is sent, or when its answer has come and nobody has seen it yet |
//! | `HANDOFF_FAULT_PANIC` | `<type>/<identifier>`: the passes of this line panic, while they hold the index |
//! | `HANDOFF_FAULT_PANIC_TIMES` | so many of them (1) |
//! | `HANDOFF_FAULT_PANIC_PAUSE_MS` | the pause after a panic, in milliseconds, instead of the usual one |
//! | `HANDOFF_FAULT_PATIENCE_MS` | how long one call may take, in milliseconds, instead of the usual time |
//! | `HANDOFF_FAULT_CLOCK` | a file that says by how many seconds the clock is ahead; it may change at any time; the plugin reads it, too |
//! | `HANDOFF_FAULT_LONGEST_SLEEP_MS` | after what time everything that waits for a time is looked at again, in milliseconds |

#[cfg(feature = "faults")]
pub(crate) use injected::clock_step;
#[cfg(feature = "faults")]
pub(super) use injected::{longest_sleep, pass, patience, pause_after_panic, write};
#[cfg(not(feature = "faults"))]
pub(crate) use none::clock_step;
#[cfg(not(feature = "faults"))]
pub(super) use none::{longest_sleep, pass, patience, pause_after_panic, write};

#[cfg(not(feature = "faults"))]
mod none {
    use crate::operator::Operator;
    use crate::operator::index::Key;
    use jiff::SignedDuration;
    use std::time::Duration;

    pub(in crate::operator) fn write<F: Future>(call: F) -> F {
        call
    }

    pub(in crate::operator) fn pass(_: &Operator, _: &Key) {}

    pub(in crate::operator) fn patience(usual: Duration) -> Duration {
        usual
    }

    pub(in crate::operator) fn pause_after_panic(usual: Duration) -> Duration {
        usual
    }

    pub(in crate::operator) fn longest_sleep(usual: Duration) -> Duration {
        usual
    }

    pub(crate) fn clock_step() -> SignedDuration {
        SignedDuration::ZERO
    }
}

#[cfg(feature = "faults")]
mod injected {
    use crate::operator::index::Key;
    use crate::operator::{Operator, lock};
    use jiff::SignedDuration;
    use std::path::PathBuf;
    use std::str::FromStr;
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    static SETTINGS: LazyLock<Settings> = LazyLock::new(Settings::from_environment);
    static WRITES: AtomicU64 = AtomicU64::new(0);
    static PANICS: AtomicU64 = AtomicU64::new(0);

    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Stop {
        Before(u64),
        After(u64),
    }

    struct Settings {
        stop: Option<Stop>,
        panic: Option<(String, String)>,
        panics: u64,
        panic_pause: Option<Duration>,
        patience: Option<Duration>,
        clock: Option<PathBuf>,
        longest_sleep: Option<Duration>,
    }

    impl Settings {
        fn from_environment() -> Self {
            let milliseconds = |name: &str| variable(name, |text| text.parse().ok().map(Duration::from_millis));
            Self {
                stop: variable("HANDOFF_FAULT_STOP", |text| text.parse().ok()),
                panic: variable("HANDOFF_FAULT_PANIC", |text| {
                    let (kind, identifier) = text.split_once('/')?;
                    Some((kind.to_owned(), identifier.to_owned()))
                }),
                panics: variable("HANDOFF_FAULT_PANIC_TIMES", |text| text.parse().ok()).unwrap_or(1),
                panic_pause: milliseconds("HANDOFF_FAULT_PANIC_PAUSE_MS"),
                patience: milliseconds("HANDOFF_FAULT_PATIENCE_MS"),
                clock: variable("HANDOFF_FAULT_CLOCK", |text| Some(PathBuf::from(text))),
                longest_sleep: milliseconds("HANDOFF_FAULT_LONGEST_SLEEP_MS"),
            }
        }
    }

    impl FromStr for Stop {
        type Err = ();

        fn from_str(text: &str) -> Result<Self, ()> {
            let (side, number) = text.split_once(':').ok_or(())?;
            let number = number.parse().map_err(drop)?;
            match side {
                "before" => Ok(Self::Before(number)),
                "after" => Ok(Self::After(number)),
                _other => Err(()),
            }
        }
    }

    /// A misspelt fault would make a test that cannot fail: it ends the process instead.
    fn variable<T>(name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = std::env::var(name).ok()?;
        match read(&text) {
            Some(value) => Some(value),
            None => {
                tracing::error!("{name}={text} names no fault");
                std::process::abort()
            }
        }
    }

    /// As with kill -9: no destructor, no drained events, nothing flushed.
    fn stop_at(here: Stop) {
        if SETTINGS.stop == Some(here) {
            std::process::abort();
        }
    }

    /// One write of the operator.
    pub(in crate::operator) async fn write<F: Future>(call: F) -> F::Output {
        let number = 1 + WRITES.fetch_add(1, Ordering::SeqCst);
        stop_at(Stop::Before(number));
        let answer = call.await;
        stop_at(Stop::After(number));
        answer
    }

    /// The start of a pass.
    #[expect(clippy::panic, reason = "only in builds for tests")]
    pub(in crate::operator) fn pass(operator: &Operator, key: &Key) {
        let (Key::Line(line), Some((kind, identifier))) = (key, &SETTINGS.panic) else {
            return;
        };
        if line.type_name == *kind
            && line.identifier == *identifier
            && PANICS.fetch_add(1, Ordering::SeqCst) < SETTINGS.panics
        {
            let _held = lock(&operator.index);
            panic!("a fault on purpose in {kind}/{identifier}");
        }
    }

    /// How long one call may take.
    pub(in crate::operator) fn patience(usual: Duration) -> Duration {
        SETTINGS.patience.unwrap_or(usual)
    }

    /// How long a key rests after its pass panicked.
    pub(in crate::operator) fn pause_after_panic(usual: Duration) -> Duration {
        SETTINGS.panic_pause.unwrap_or(usual)
    }

    /// After what time a key that waits for a time is looked at again, whatever the clock does.
    pub(in crate::operator) fn longest_sleep(usual: Duration) -> Duration {
        SETTINGS.longest_sleep.unwrap_or(usual)
    }

    /// By how much the clock is ahead of that of the machine.
    pub(crate) fn clock_step() -> SignedDuration {
        let said = SETTINGS
            .clock
            .as_ref()
            .and_then(|file| std::fs::read_to_string(file).ok());
        let seconds = said.and_then(|text| text.trim().parse().ok());
        SignedDuration::from_secs(seconds.unwrap_or(0))
    }
}
