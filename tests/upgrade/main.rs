//! From the release before this one to this one and back, by Helm, while objects stand in every state: nothing is lost or
//! changed, and what is under way goes on, whichever of the two began it.
//!
//! Needs an empty control plane with helm (`handoff-dev with --bare --helm`), and in HANDOFF_PREVIOUS what `dev/previous.sh`
//! prints: without that it is listed as ignored, and with HANDOFF_REQUIRE_PREVIOUS=1 it fails. That is decided at run time,
//! hence a harness of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    dead_code
)]

#[path = "../chart/cluster.rs"]
mod cluster;
#[path = "../crowd/mod.rs"]
mod crowd;
#[path = "../chart/helm.rs"]
mod helm;
#[path = "../place/mod.rs"]
mod place;
mod record;
#[path = "../gitops/scenes.rs"]
mod scenes;
mod story;

use libtest_mimic::{Arguments, Trial};
use std::path::PathBuf;
use std::process::ExitCode;

const NAME: &str = "there_and_back";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let previous = std::env::var_os("HANDOFF_PREVIOUS").filter(|folder| !folder.is_empty());
    let required = std::env::var("HANDOFF_REQUIRE_PREVIOUS").is_ok_and(|value| value == "1");
    let skipped = previous.is_none() && !required;
    let missing = "HANDOFF_PREVIOUS is not set: HANDOFF_PREVIOUS=$(dev/previous.sh)";
    if skipped {
        eprintln!("SKIPPED upgrade::{NAME}: {missing}");
    }
    let run = move || {
        let folder = PathBuf::from(previous.ok_or(missing)?);
        story::there_and_back(&folder);
        Ok(())
    };
    let trial = Trial::test(NAME, run).with_ignored_flag(skipped);
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}
