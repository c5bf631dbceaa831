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
#[path = "../needed/mod.rs"]
mod needed;
#[path = "../place/mod.rs"]
mod place;
mod record;
#[path = "../gitops/scenes.rs"]
mod scenes;
mod story;

use needed::Story;
use std::path::PathBuf;
use std::process::ExitCode;

const STORIES: [Story<PathBuf>; 1] = [("there_and_back", |folder| story::there_and_back(&folder))];

fn main() -> ExitCode {
    let previous = std::env::var_os("HANDOFF_PREVIOUS").filter(|folder| !folder.is_empty());
    let missing = || "HANDOFF_PREVIOUS is not set: HANDOFF_PREVIOUS=$(dev/previous.sh)".to_owned();
    let previous = previous.map(PathBuf::from).ok_or_else(missing);
    needed::run("upgrade", "HANDOFF_REQUIRE_PREVIOUS", &previous, &STORIES, Vec::new())
}
