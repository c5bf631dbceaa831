//! When things go wrong between the operator and its API server, or inside it: two hundred mixed requests end as on a
//! quiet day, every order moves legally, and what goes wrong with one object hurts no other.
//!
//! Needs a control plane and the feature: `make test` has both. `HANDOFF_FAULT_SEED` chooses other faults.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod crowd;
mod place;
mod proxy;
mod store;

use crowd::board::only_legal_moves;
use crowd::{Crowd, outcome, stories};
use handoff_core::api::ProvisioningState;
use kube::ResourceExt;
use place::Place;
use proxy::{Call, Fault, Kind, Proxy};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::{Arc, LazyLock};
use tokio::runtime::Runtime;

type Outcome = BTreeMap<String, Value>;

/// How the two hundred requests end when nothing goes wrong.
static UNDISTURBED: LazyLock<Outcome> = LazyLock::new(|| {
    let mut place = Place::without_operator("undisturbed");
    place.start();
    let (runtime, crowd) = gather(&place);
    runtime.block_on(stories::tell(Arc::clone(&crowd)));
    assert_eq!(crowd.filed(), 200);
    settled(&mut place, &runtime, &crowd);
    outcome(&crowd.board, is_of_a_story)
});

fn is_of_a_story(owner: &str) -> bool {
    !owner.starts_with("marker")
}

fn gather(place: &Place) -> (Runtime, Arc<Crowd>) {
    let runtime = Runtime::new().unwrap();
    let crowd = runtime.block_on(Crowd::of(&place.namespace));
    (runtime, crowd)
}

fn quiet() -> PathBuf {
    PathBuf::from(std::env::var("HANDOFF_TEST_DIR").unwrap()).join("operator.kubeconfig")
}

fn seed() -> u64 {
    let seed = std::env::var("HANDOFF_FAULT_SEED").map_or(1, |seed| seed.parse().unwrap());
    println!("the faults are those of HANDOFF_FAULT_SEED={seed}");
    seed
}

/// Two new starts on a quiet day: after the first nothing is left to do, so the second writes nothing. A start has caught
/// up when it has brought something new to its end. The record of orders holds only legal moves.
fn settled(place: &mut Place, runtime: &Runtime, crowd: &Arc<Crowd>) {
    let versions = || -> BTreeMap<_, _> {
        let seen = crowd.board.seen();
        let requests = seen
            .requests()
            .map(|object| (object.name_any(), object.resource_version()));
        let orders = seen
            .orders()
            .map(|object| (object.name_any(), object.resource_version()));
        requests
            .chain(orders)
            .filter(|(name, _)| !name.contains("marker2"))
            .collect()
    };
    let mut before = BTreeMap::new();
    for marker in ["marker1", "marker2"] {
        place.kill();
        runtime.block_on(crowd.caught_up());
        before = versions();
        place.start_with(&quiet(), &[]);
        let owner = crowd.owner(marker);
        runtime.block_on(async {
            owner.ask("hire", "Create", json!({"zone": "HQ"})).await;
            owner.confirm(1).await;
            owner.done("hire", 1).await;
        });
    }
    place.kill();
    runtime.block_on(crowd.caught_up());
    let after = versions();
    let written: Vec<_> = after
        .iter()
        .filter(|(name, version)| before.get(*name) != Some(*version))
        .collect();
    assert!(written.is_empty(), "a settled cluster was written to: {written:?}");
    assert_eq!(after.len(), before.len());
    only_legal_moves(crowd.board.seen().record());
}

fn assert_same(after: &Outcome, expected: &Outcome) {
    for name in expected.keys().chain(after.keys()) {
        let (is, should) = (after.get(name), expected.get(name));
        assert_eq!(is, should, "{name} differs from the undisturbed run (left: disturbed)");
    }
}

#[test]
fn two_hundred_requests_through_a_bad_network_end_as_on_a_quiet_day() {
    let mut place = Place::without_operator("bad-network");
    let (runtime, crowd) = gather(&place);
    let proxy = runtime.block_on(Proxy::seeded("bad-network", seed()));
    place.start_with(&proxy.kubeconfig, &[]);
    runtime.block_on(stories::tell(Arc::clone(&crowd)));
    let injected = proxy.injected();
    println!("injected: {injected:?}");
    for kind in Kind::DRAWN {
        assert!(
            injected.contains_key(&kind),
            "{kind:?} was never injected: {injected:?}"
        );
    }
    settled(&mut place, &runtime, &crowd);
    assert_same(&outcome(&crowd.board, is_of_a_story), &UNDISTURBED);
}

/// A new operator whenever one stopped, each after as many writes as `stop` says, until the stories are told. Answers how
/// many stopped.
fn stopped_again_and_again(
    place: &mut Place,
    runtime: &Runtime,
    stories: impl Future<Output = ()> + Send + 'static,
    stop: impl Fn(u64) -> String,
) -> u64 {
    let mut told = runtime.spawn(stories);
    for starts in 0.. {
        place.start_with(&quiet(), &[("HANDOFF_FAULT_STOP", &stop(starts))]);
        let mut output = place.operator.as_mut().unwrap().stdout.take().unwrap();
        let ended = runtime.spawn_blocking(move || output.read_to_end(&mut Vec::new()).unwrap());
        let all_is_told = runtime.block_on(async {
            tokio::select! {
                told = &mut told => Some(told),
                ended = ended => ended.map(|_| None).unwrap(),
            }
        });
        if let Some(told) = all_is_told {
            // The operator that is left does not reach its next fault.
            place.kill();
            told.unwrap();
            return starts;
        }
        assert_stopped(place.operator.take().unwrap().wait().unwrap());
    }
    unreachable!("the range has no end")
}

fn assert_stopped(ended: ExitStatus) {
    const SIGABRT: i32 = 6;
    assert_eq!(
        ended.signal(),
        Some(SIGABRT),
        "the operator ended by itself, not by the fault: {ended}"
    );
}

#[test]
fn two_hundred_requests_with_an_operator_that_stops_again_and_again_end_as_on_a_quiet_day() {
    let mut place = Place::without_operator("stops");
    let (runtime, crowd) = gather(&place);
    let seed = seed();
    let stories = stories::tell(Arc::clone(&crowd));
    let stops = stopped_again_and_again(&mut place, &runtime, stories, |starts| {
        // From 2 to 7 writes, stopped on either side of the last one.
        let mixed = (seed.wrapping_mul(31) + starts).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let side = if mixed.is_multiple_of(2) { "before" } else { "after" };
        format!("{side}:{}", 2 + mixed / 2 % 6)
    });
    println!("stopped {stops} times");
    assert!(stops > 50, "stopped only {stops} times");
    settled(&mut place, &runtime, &crowd);
    assert_same(&outcome(&crowd.board, is_of_a_story), &UNDISTURBED);
}

#[test]
fn an_operator_that_stops_after_every_single_write_gets_there() {
    const OWNERS: usize = 4;
    let mut place = Place::without_operator("every-write");
    let (runtime, crowd) = gather(&place);
    let stories = stories::tell_slowly(Arc::clone(&crowd), OWNERS);
    let stops = stopped_again_and_again(&mut place, &runtime, stories, |_| "after:1".to_owned());
    println!("stopped {stops} times");
    let told: Vec<_> = (0..OWNERS).map(stories::owner_name).collect();
    let of_these = |owner: &str| told.iter().any(|name| name == owner);
    settled(&mut place, &runtime, &crowd);
    let outcome = outcome(&crowd.board, of_these);
    let about_these = |name: &str| {
        told.iter()
            .any(|owner| name.contains(&format!(" {owner}-")) || name.contains(&format!(".{owner}.")))
    };
    let expected: Outcome = UNDISTURBED
        .iter()
        .filter(|(name, _)| about_these(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    // A request and an order cost at least two writes each, and every write was the last of its process.
    assert!(
        stops >= 2 * u64::try_from(expected.len()).unwrap(),
        "stopped only {stops} times"
    );
    assert_same(&outcome, &expected);
    let state = |order: &str| {
        crowd
            .board
            .seen()
            .order(order)
            .and_then(|order| order.status.clone()?.state)
    };
    assert_eq!(state("badge.p00.5"), Some(ProvisioningState::Executed));
}

/// The operator's log lines so far.
fn log(place: &Place) -> Vec<Value> {
    let text = std::fs::read_to_string(place.log()).unwrap();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn says(line: &Value, words: &[&str]) -> bool {
    let fields = line["fields"].to_string();
    words.iter().all(|words| fields.contains(words))
}

fn still_the_same_operator(place: &mut Place) {
    let ended = place.operator.as_mut().unwrap().try_wait().unwrap();
    assert_eq!(ended, None, "the operator ended");
}

fn works_for(place: &Place, owner: &str) {
    place.hire(&format!("hire-{owner}"), owner);
    place.confirm(&format!("badge.{owner}.1"));
    place.shows(&format!("hire-{owner}"), "Executed", "Confirmed");
}

#[test]
fn a_panic_in_one_line_hurts_no_other_and_that_line_goes_on() {
    let mut place = Place::without_operator("panics");
    let panics = [
        ("HANDOFF_FAULT_PANIC", "badge/anna"),
        ("HANDOFF_FAULT_PANIC_TIMES", "3"),
        ("HANDOFF_FAULT_PANIC_PAUSE_MS", "1000"),
    ];
    place.start_with(&quiet(), &panics);
    place.hire("hire-anna", "anna");
    works_for(&place, "boris");
    works_for(&place, "clara");
    place.confirm("badge.anna.1");
    place.shows("hire-anna", "Executed", "Confirmed");
    still_the_same_operator(&mut place);
    let log = log(&place);
    let panics: Vec<_> = log
        .iter()
        .filter(|line| says(line, &["the pass failed from within"]))
        .collect();
    assert_eq!(panics.len(), 3, "{panics:#?}");
    for line in panics {
        assert_eq!(line["level"], "ERROR");
        assert!(says(line, &["anna", "please report it", "tried again"]), "{line}");
    }
}

/// The status of anna's first order cannot be written.
fn only_annas_order(fault: Fault) -> impl Fn(&Call) -> Option<Fault> {
    move |call| (call.method == "PATCH" && call.object.as_deref() == Some("badge.anna.1")).then_some(fault)
}

#[test]
fn a_refused_write_of_one_object_hurts_no_other() {
    let mut place = Place::without_operator("refused");
    let runtime = Runtime::new().unwrap();
    let proxy = runtime.block_on(Proxy::start("refused", only_annas_order(Fault::Refuse(403))));
    place.start_with(&proxy.kubeconfig, &[]);
    place.hire("hire-anna", "anna");
    runtime.block_on(proxy.until_injected(Kind::Refused(403), 1));
    works_for(&place, "boris");
    proxy.follow(|_| None);
    // What was refused is tried again after a minute, or at once when something about it changes.
    place
        .run("alice", &["label", "areq", "hire-anna", "touched=yes"])
        .unwrap();
    place.confirm("badge.anna.1");
    place.shows("hire-anna", "Executed", "Confirmed");
    still_the_same_operator(&mut place);
    let log = log(&place);
    let warned = |line: &Value| line["level"] == "WARN" && says(line, &["badge.anna.1", "Forbidden", "tried again"]);
    assert!(log.iter().any(warned), "{log:#?}");
}

#[test]
fn an_answer_that_never_comes_hurts_no_other_object() {
    let mut place = Place::without_operator("silence");
    let runtime = Runtime::new().unwrap();
    let proxy = runtime.block_on(Proxy::start("silence", only_annas_order(Fault::Silence)));
    place.start_with(&proxy.kubeconfig, &[("HANDOFF_FAULT_PATIENCE_MS", "1000")]);
    place.hire("hire-anna", "anna");
    runtime.block_on(proxy.until_injected(Kind::Silent, 1));
    works_for(&place, "boris");
    runtime.block_on(proxy.until_injected(Kind::Silent, 2));
    proxy.follow(|_| None);
    place.confirm("badge.anna.1");
    place.shows("hire-anna", "Executed", "Confirmed");
    still_the_same_operator(&mut place);
    let log = log(&place);
    let warned =
        |line: &Value| line["level"] == "WARN" && says(line, &["did not answer about badge.anna.1 within 1 s"]);
    assert!(log.iter().any(warned), "{log:#?}");
}

/// An operation that no version knows.
fn spoilt(mut object: Value) -> Value {
    object["spec"]["operation"] = "Explode".into();
    object
}

#[test]
fn an_object_that_cannot_be_read_hurts_no_other() {
    let mut place = Place::new("unreadable");
    let bad = [
        ("provisioningorders", "badge.anna.1"),
        ("assignmentrequests", "hire-clara"),
        ("provisioningorders", "badge.emil.1"),
    ];
    for owner in ["anna", "clara", "emil"] {
        place.hire(&format!("hire-{owner}"), owner);
        place.shows(&format!("hire-{owner}"), "Transmitted", "HandedOver");
    }
    let good = bad.map(|(plural, name)| store::read(plural, &place.namespace, name));
    for ((plural, name), object) in bad.iter().zip(&good) {
        store::write(plural, &place.namespace, name, &spoilt(object.clone()));
    }
    works_for(&place, "boris");
    // A new start lists them.
    place.kill();
    place.start();
    works_for(&place, "doris");
    let log = log(&place);
    for (_, name) in bad {
        let said = |line: &Value| {
            line["level"] == "ERROR" && says(line, &[name, "cannot be read", "Explode", "correct or delete it"])
        };
        let times = log.iter().filter(|line| said(line)).count();
        assert!(
            times >= 2,
            "{name}: said {times} times, by the watch and by the list of the new start: {log:#?}"
        );
    }
    let orders = place.read("porder", ".items[*].metadata.name");
    assert_eq!(
        orders,
        "badge.anna.1 badge.boris.1 badge.clara.1 badge.doris.1 badge.emil.1"
    );
    // Two are corrected, one is deleted.
    for ((plural, name), object) in bad.iter().zip(&good).take(2) {
        store::write(plural, &place.namespace, name, object);
    }
    place.run("admin", &["delete", "porder", "badge.emil.1"]).unwrap();
    for owner in ["anna", "clara"] {
        place.confirm(&format!("badge.{owner}.1"));
        place.shows(&format!("hire-{owner}"), "Executed", "Confirmed");
    }
    place.wait("porder/badge.emil.2", ".status.reason", "Recreated");
    still_the_same_operator(&mut place);
}

#[test]
fn what_was_done_is_told_although_the_next_write_fails() {
    let mut place = Place::without_operator("told");
    let runtime = Runtime::new().unwrap();
    let proxy = runtime.block_on(Proxy::start("told", |_| None));
    place.start_with(&proxy.kubeconfig, &[]);
    place.hire("hire-anna", "anna");
    place.shows("hire-anna", "Transmitted", "HandedOver");
    proxy.follow(|call| {
        (call.method == "PATCH" && call.object.as_deref() == Some("hire-anna")).then_some(Fault::Refuse(500))
    });
    place.confirm("badge.anna.1");
    runtime.block_on(proxy.until_injected(Kind::Refused(500), 1));
    proxy.follow(|_| None);
    place.shows("hire-anna", "Executed", "Confirmed");
    place.told("badge.anna.1", "Confirmed", "confirmed that it is done");
    place.told("hire-anna", "Confirmed", "confirmed that it is done");
}
