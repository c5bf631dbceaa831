//! The story.

use crate::cluster::{Cluster, admin, kinds_are_served, lacks_no_right, release, release_of, start, start_as};
use crate::crowd::Crowd;
use crate::helm::{HOME, RELEASE, helm};
use crate::place::Place;
use crate::record::Record;
use crate::scenes;
use handoff_core::api::ProvisioningState::{self as State, Transmitted};
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;

/// The people of the scenes with their roles.
const PEOPLE: &str = r#"bindings=[
    {"role":"handoff-requester","subjects":[{"kind":"User","name":"alice"}]},
    {"role":"handoff-fulfiller","subjects":[{"kind":"User","name":"bob"},{"kind":"User","name":"carol"}]},
    {"role":"handoff-approver","subjects":[{"kind":"User","name":"dave"}]},
    {"role":"handoff-reviewer","subjects":[{"kind":"User","name":"dave"}]},
    {"role":"handoff-inventory-writer","subjects":[{"kind":"User","name":"ivan"}]},
    {"role":"handoff-resourcetype-admin","subjects":[{"kind":"User","name":"gita"}]}]"#;
const PAUSE: Duration = Duration::from_millis(50);
const TRIES: u32 = 1200;

pub fn there_and_back(previous: &Path) {
    let _cluster = Cluster::empty();
    let (chart, program) = (previous.join("chart"), previous.join("handoff"));
    release_of(&chart, "install", &["--create-namespace", "--set-json", PEOPLE]).unwrap();
    kinds_are_served();
    let mut place = scenes::types("upgrade");
    start_as(&mut place, &program);
    scenes::play(&place);
    settled(&place);
    let before = Record::of(&place);
    assert_eq!(before.states(), State::ALL.map(|state| state.to_string()).into());

    stop(&mut place);
    release("upgrade", &["--reset-then-reuse-values", "--force-conflicts"]).unwrap();
    assert_eq!(pods(), "2");
    start(&mut place);
    settled(&place);
    before.stands_in(&Record::of(&place));
    lacks_no_right(&place);
    Runtime::new().unwrap().block_on(after_the_upgrade(&place));
    settled(&place);
    let between = Record::of(&place);
    assert!(between.many("ProvisioningOrder") > before.many("ProvisioningOrder"));

    stop(&mut place);
    helm(&["rollback", RELEASE, "--namespace", HOME, "--force-conflicts"]).unwrap();
    assert_eq!(pods(), "1");
    start_as(&mut place, &program);
    settled(&place);
    between.stands_in(&Record::of(&place));
    lacks_no_right(&place);
    Runtime::new().unwrap().block_on(after_the_downgrade(&place));
}

/// As the documentation says; nothing runs the pods here.
fn stop(place: &mut Place) {
    admin(&["scale", "deployment/handoff", "-n", HOME, "--replicas=0"]).unwrap();
    place.kill();
}

/// How many pods there shall be.
fn pods() -> String {
    admin(&[
        "get",
        "deployment",
        "handoff",
        "-n",
        HOME,
        "-o",
        "jsonpath={.spec.replicas}",
    ])
    .unwrap()
}

/// What the release before began goes on.
async fn after_the_upgrade(place: &Place) {
    let crowd = Crowd::of(&place.namespace).await;
    let badge = crowd.owner("badge");
    badge.confirm(1).await;
    badge.done("ask", 1).await;
    badge.shows("more", Transmitted, "HandedOver").await;

    let failed = crowd.owner("failed");
    failed.recover(1, "Retry").await;
    failed.shows("ask", Transmitted, "HandedOver").await;

    let checked = crowd.owner_of("checked", "checked");
    checked.review(1, json!({"result": "Approved"})).await;
    checked.shows("ask", Transmitted, "HandedOver").await;
}

/// What the newer release began goes on, and what waited through both.
async fn after_the_downgrade(place: &Place) {
    let crowd = Crowd::of(&place.namespace).await;
    let badge = crowd.owner("badge");
    badge.confirm(2).await;
    badge.done("more", 2).await;

    let failed = crowd.owner("failed");
    failed.confirm(2).await;
    failed.done("ask", 2).await;

    let checked = crowd.owner_of("checked", "checked");
    checked.confirm(1).await;
    checked.done("ask", 1).await;

    let resume = json!({"spec": {"suspend": false}}).to_string();
    place
        .run("gita", &["patch", "rtype", "frozen", "--type=merge", "-p", &resume])
        .unwrap();
    let frozen = crowd.owner_of("frozen", "frozen");
    frozen.shows("ask", Transmitted, "HandedOver").await;

    let new = crowd.owner("new");
    new.ask("ask", "Create", json!({"zone": "HQ"})).await;
    new.confirm(1).await;
    new.done("ask", 1).await;
}

/// Waits until the operator is ready and has nothing to work on.
fn settled(place: &Place) {
    let idle = || {
        let stages = ["waiting", "in_flight"].map(|stage| format!("handoff_queue_keys{{stage=\"{stage}\"}} 0\n"));
        let metrics = place.answers("/metrics");
        let ready = place
            .answers("/readyz")
            .is_ok_and(|said| said.starts_with("HTTP/1.1 200"));
        ready && metrics.is_ok_and(|metrics| stages.iter().all(|stage| metrics.contains(stage)))
    };
    let mut tries = 0..TRIES;
    let (mut versions, mut same) = (Vec::new(), 0);
    // For a while nothing waits and nothing is written: an event on its way would have come by then.
    while same < 20 {
        assert!(tries.next().is_some(), "the operator does not come to rest");
        std::thread::sleep(PAUSE);
        let now = Record::of(place).versions();
        same = if idle() && now == versions { same + 1 } else { 0 };
        versions = now;
    }
}
