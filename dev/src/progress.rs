//! What the user sees while waiting, on standard error: a live line on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::clock;

const PLAIN_INTERVAL: Duration = Duration::from_secs(15);

/// Where progress is shown.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// A terminal: one line is rewritten.
    Terminal,
    /// A file or pipe: a line now and then.
    Plain,
    /// Nothing is shown.
    Silent,
}

impl Progress {
    /// Standard error, as a terminal or not.
    pub fn stderr() -> Self {
        if std::io::stderr().is_terminal() {
            Self::Terminal
        } else {
            Self::Plain
        }
    }

    /// Shows a line that stays.
    pub fn line(self, text: &str) {
        match self {
            Self::Terminal | Self::Plain => {
                let _ = writeln!(std::io::stderr(), "{text}");
            }
            Self::Silent => {}
        }
    }

    pub(crate) fn live(self) -> Live {
        Live {
            progress: self,
            started: clock::now(),
            shown: clock::now(),
        }
    }
}

/// A line about something that goes on.
pub(crate) struct Live {
    progress: Progress,
    started: Instant,
    shown: Instant,
}

impl Live {
    /// Shows the text with the time that has passed, if it is time to.
    pub(crate) fn update(&mut self, text: &str) {
        let elapsed = elapsed(self.started.elapsed());
        match self.progress {
            Progress::Terminal => {
                eprint!("\r  {text}, {elapsed}\x1b[K");
                let _ = std::io::stderr().flush();
            }
            Progress::Plain if self.shown.elapsed() >= PLAIN_INTERVAL => {
                self.shown = clock::now();
                eprintln!("  {text}, {elapsed}");
            }
            Progress::Plain | Progress::Silent => {}
        }
    }

    /// Shows the last state, and ends the line.
    pub(crate) fn finish(self, text: &str) {
        let elapsed = elapsed(self.started.elapsed());
        match self.progress {
            Progress::Terminal => eprintln!("\r  {text}, {elapsed}\x1b[K"),
            Progress::Plain => eprintln!("  {text}, {elapsed}"),
            Progress::Silent => {}
        }
    }
}

fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{seconds}s")
    } else {
        format!("{}m{:02}s", seconds / 60, seconds % 60)
    }
}
