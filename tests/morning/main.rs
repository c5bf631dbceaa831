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
#[path = "../needed/mod.rs"]
mod needed;
#[path = "../place/mod.rs"]
mod place;
mod script;
mod watched;
mod window;

use needed::Story;
use std::path::PathBuf;
use std::process::ExitCode;

const STORIES: [Story<PathBuf>; 2] = [
    ("a_fulfillers_morning", |_tmux| script::morning()),
    ("work_is_watched_in_its_place", |_tmux| watched::in_its_place()),
];

fn main() -> ExitCode {
    let tmux = needed::program("tmux", &[], "apt-get install tmux");
    needed::run("morning", "HANDOFF_REQUIRE_TMUX", &tmux, &STORIES, Vec::new())
}
