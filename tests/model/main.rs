//! The model test: random histories of requests, edits, answers, deletions, crashes and clock steps, with watch events
//! late, repeated and out of order, driven through the real index and the real engine against a simple world.
//!
//! `HANDOFF_MODEL_SEED=n` replays one run, `HANDOFF_MODEL_HISTORIES=n` changes how many there are, `HANDOFF_MODEL_UNTIL=n` after
//! how many a deliberate fault must have been caught, `HANDOFF_MODEL_SHRINKS=n` how long a failure is made smaller.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod acts;
mod already;
mod dates;
mod ending;
mod evidence;
mod exports;
mod handover;
mod history;
mod knowledge;
mod managed;
mod oracle;
mod people;
mod program;
mod promises;
mod proof_stories;
mod proofs;
mod reviews;
mod room;
mod shapes;
mod snapshots;
mod stops;
mod stories;
mod syncs;
mod waiting;
mod wishes;
mod world;
mod writes;

use handoff_core::engine::fault::{self, Fault};
use history::run;
use people::{Step, steps};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

/// Histories of one `make test`.
const HISTORIES: u32 = 3_000;
/// Histories at most until a deliberate fault must have been caught.
const UNTIL_CAUGHT: u32 = 2_500;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect(variable))
}

fn runner(seed: u64, histories: u32) -> TestRunner {
    let config = Config {
        cases: histories,
        failure_persistence: None,
        max_shrink_iters: number("HANDOFF_MODEL_SHRINKS").map_or(4_000, |most| u32::try_from(most).unwrap()),
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn find_violation(seed: u64, histories: u32) -> Option<(String, Vec<Step>)> {
    let told = |steps: Vec<Step>| run(&steps).map_err(TestCaseError::fail);
    match runner(seed, histories).run(&steps(), told) {
        Ok(()) => None,
        Err(TestError::Fail(why, steps)) => Some((why.to_string(), steps)),
        Err(TestError::Abort(why)) => panic!("the run was given up: {why}"),
    }
}

#[test]
fn no_history_breaks_a_promise() {
    let histories = number("HANDOFF_MODEL_HISTORIES").map_or(HISTORIES, |many| u32::try_from(many).unwrap());
    let seeds: Vec<u64> = number("HANDOFF_MODEL_SEED").map_or_else(|| (0..8).collect(), |seed| vec![seed]);
    let share = histories / u32::try_from(seeds.len()).unwrap();
    let found = std::thread::scope(|scope| {
        let halves: Vec<_> = seeds.chunks(seeds.len().div_ceil(2)).collect();
        let threads: Vec<_> = halves
            .into_iter()
            .map(|seeds| {
                scope.spawn(move || {
                    seeds
                        .iter()
                        .find_map(|seed| Some((*seed, find_violation(*seed, share)?)))
                })
            })
            .collect();
        threads.into_iter().find_map(|thread| thread.join().unwrap())
    });
    if let Some((seed, (why, steps))) = found {
        panic!(
            "{why}\nhistory: {steps:#?}\nreplay: HANDOFF_MODEL_SEED={seed} HANDOFF_MODEL_HISTORIES={share} cargo test --features faults --test model"
        );
    }
}

/// The test can fail: every deliberate fault of the engine breaks a promise in some history.
#[test]
fn every_deliberate_fault_is_caught() {
    let faults = Fault::ALL;
    let half = faults.len().div_ceil(2);
    let missed: Vec<Fault> = std::thread::scope(|scope| {
        let uncaught = |faults: &[Fault]| faults.iter().copied().filter(|fault| !is_caught(*fault)).collect();
        let threads: Vec<_> = faults
            .chunks(half)
            .map(|faults| scope.spawn(move || uncaught(faults)))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| -> Vec<Fault> { thread.join().unwrap() })
            .collect()
    });
    assert!(missed.is_empty(), "nothing noticed these faults: {missed:?}");
}

/// Only whether it is found counts here, so nothing is made smaller.
fn is_caught(fault: Fault) -> bool {
    fault::set(Some(fault));
    let mut runner = runner(1_000, 1);
    let most = number("HANDOFF_MODEL_UNTIL").map_or(UNTIL_CAUGHT, |most| u32::try_from(most).unwrap());
    let found = (0..most).find_map(|number| {
        let history = steps().new_tree(&mut runner).unwrap().current();
        Some((number, run(&history).err()?))
    });
    fault::set(None);
    match &found {
        Some((number, why)) => println!("{fault:?}: caught by history {number}: {why}"),
        None => println!("{fault:?}: not noticed in {most} histories"),
    }
    found.is_some()
}
