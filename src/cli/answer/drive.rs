//! Many writes, several at once: a line and a step of the bar for each, and Ctrl-C begins no more. What is written, and
//! where, is for the caller.

use super::super::choice::At;
use super::super::output::tell;
use super::super::progress;
use super::outcome::{Outcome, Result, Words};
use futures::StreamExt;
use indicatif::ProgressBar;
use std::sync::atomic::{AtomicBool, Ordering};

/// From how many on a bar is shown.
const MANY: usize = 20;

/// A run.
pub(in crate::cli) struct Drive<'a> {
    /// How it is said.
    pub words: Words,
    /// How many writes are on their way at once.
    pub parallel: usize,
    /// Whether a line is printed for each.
    pub aloud: bool,
    /// What kind of objects.
    pub kind: &'a str,
    /// Set when nothing more is to be begun: by Ctrl-C, or by a write that met what the next would meet, too.
    pub stop: &'a AtomicBool,
}

impl Drive<'_> {
    /// Says what is settled already, and writes the rest. Ctrl-C begins no more; what is on its way is waited for.
    pub(in crate::cli) async fn run<T, F>(
        &self,
        settled: Vec<(At, Outcome, String)>,
        sends: Vec<(At, T)>,
        write: impl Fn(T) -> F,
    ) -> Vec<Result>
    where
        F: Future<Output = (Outcome, Option<String>)>,
    {
        let mut results = Vec::new();
        for (at, outcome, message) in settled {
            results.push(self.said(at, outcome, Some(message), None));
        }
        let bar = (sends.len() >= MANY).then(|| progress::bar(self.words.verb, sends.len()));
        let write = &write;
        let writes = sends.into_iter().map(|(at, what)| async move {
            if self.stop.load(Ordering::Relaxed) {
                return (at, Outcome::NotTried, None);
            }
            let (outcome, message) = write(what).await;
            (at, outcome, message)
        });
        let mut writes = futures::stream::iter(writes).buffer_unordered(self.parallel);
        let mut interrupted = std::pin::pin!(interrupt());
        let mut heard = false;
        loop {
            tokio::select! {
                biased;
                () = &mut interrupted, if !heard => {
                    heard = true;
                    self.stop.store(true, Ordering::Relaxed);
                    tell("stopping: what is on its way is waited for; once more stops at once");
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
            Outcome::Refused | Outcome::Failed => tell(&format!("error: {line}")),
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
            kind: self.kind.to_owned(),
            namespace: at.namespace,
            name: at.name,
            outcome,
            message,
        }
    }
}

async fn interrupt() {
    // Where it cannot be heard, the process ends as any other does.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
