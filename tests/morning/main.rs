//! A fulfiller's morning in a real terminal, kept as text in `docs/morning.md`: once with `kubectl handoff`, once with plain
//! kubectl. What the page shows is what the programs print; ages and times aside.
//!
//! Needs a control plane (`make test` starts one), and tmux: without it the morning is listed as ignored, and with
//! HANDOFF_REQUIRE_TMUX=1 it fails. That is decided at run time, hence a harness of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    dead_code
)]

#[path = "../golden/mod.rs"]
mod golden;
#[path = "../place/mod.rs"]
mod place;
mod script;
mod watched;
mod window;

use libtest_mimic::{Arguments, Trial};
use std::process::{Command, ExitCode};

const TRIALS: [(&str, fn()); 2] = [
    ("a_fulfillers_morning", script::morning),
    ("work_is_watched_in_its_place", watched::in_its_place),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let there = Command::new("tmux").arg("-V").output().is_ok();
    let required = std::env::var("HANDOFF_REQUIRE_TMUX").is_ok_and(|value| value == "1");
    let skipped = !there && !required;
    let trials = TRIALS.map(|(name, trial)| {
        if skipped {
            eprintln!("SKIPPED morning::{name}: there is no tmux: apt-get install tmux");
        }
        let run = move || {
            if !there {
                return Err("there is no tmux: apt-get install tmux".into());
            }
            trial();
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(skipped)
    });
    libtest_mimic::run(&arguments, trials.into()).exit_code()
}
