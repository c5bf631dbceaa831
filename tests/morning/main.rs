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
mod window;

use libtest_mimic::{Arguments, Trial};
use std::process::{Command, ExitCode};

const NAME: &str = "a_fulfillers_morning";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let there = Command::new("tmux").arg("-V").output().is_ok();
    let required = std::env::var("HANDOFF_REQUIRE_TMUX").is_ok_and(|value| value == "1");
    let skipped = !there && !required;
    if skipped {
        eprintln!("SKIPPED morning::{NAME}: there is no tmux: apt-get install tmux");
    }
    let run = move || {
        if !there {
            return Err("there is no tmux: apt-get install tmux".into());
        }
        script::morning();
        Ok(())
    };
    let trial = Trial::test(NAME, run).with_ignored_flag(skipped);
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}
