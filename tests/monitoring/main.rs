//! Dashboard, alerts and their runbooks, looked at by a real Prometheus that reads running operators: every expression finds
//! something, every alert fires when it should and not otherwise, and the number of series follows the types.
//!
//! Needs a control plane (`make test` starts one), and Prometheus with promtool: without it what needs it is listed as ignored, and
//! with HANDOFF_REQUIRE_PROMETHEUS=1 it fails. That is decided at run time, hence a harness of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    dead_code
)]

mod alerts;
#[path = "../crowd/mod.rs"]
mod crowd;
mod dashboard;
mod many;
#[path = "../needed/mod.rs"]
mod needed;
#[path = "../place/mod.rs"]
mod place;
mod prometheus;
#[path = "../proxy/mod.rs"]
mod proxy;
#[path = "../replica/mod.rs"]
mod replica;
mod runbooks;
mod sample;
mod state_metrics;

use libtest_mimic::Trial;
use needed::Story;
use prometheus::Programs;
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What needs no Prometheus.
const PLAIN: [(&str, fn()); 4] = [
    (
        "alerts::all_say_what_happened_and_what_to_do",
        alerts::all_say_what_to_do,
    ),
    ("alerts::every_one_has_stories", alerts::every_one_has_stories),
    ("dashboard::grafana_can_read_it", dashboard::grafana_can_read_it),
    ("runbooks::there_is_one_for_every_alert", runbooks::one_for_every_alert),
];

const STORIES: [Story<Programs>; 4] = [
    ("alerts::promtool_takes_the_rules", alerts::promtool_takes_the_rules),
    ("alerts::fire_when_they_should", alerts::fire_when_they_should),
    (
        "sample::every_expression_finds_something",
        sample::every_expression_finds_something,
    ),
    ("many::series_follow_the_types", many::series_follow_the_types),
];

/// One after the other, since each would keep the other one waiting.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn main() -> ExitCode {
    let plain = PLAIN.map(|(name, run)| {
        Trial::test(name, move || {
            run();
            Ok(())
        })
    });
    needed::run(
        "monitoring",
        "HANDOFF_REQUIRE_PROMETHEUS",
        &Programs::find(),
        &STORIES,
        plain.into(),
    )
}
