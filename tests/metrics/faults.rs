//! Writes that fail, are tried again, or whose answers are lost: nothing is counted twice.

use super::place::Place;
use super::proxy::{Call, Fault, Kind, Proxy};
use super::{all, settled, these};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::runtime::Runtime;

/// These faults, one after the other, for what is written of one order.
fn one_after_the_other(order: &'static str, faults: &'static [Fault]) -> impl Fn(&Call) -> Option<Fault> + Send {
    let next = AtomicUsize::new(0);
    move |call| {
        let is_of_order = call.method == "PATCH" && call.object.as_deref() == Some(order);
        is_of_order
            .then(|| faults.get(next.fetch_add(1, Ordering::SeqCst)).copied())
            .flatten()
    }
}

#[test]
fn what_is_decided_again_counts_once() {
    const FAILING: &[Fault] = &[
        Fault::Refuse(409),
        Fault::Refuse(500),
        Fault::Silence,
        Fault::Refuse(429),
    ];
    let mut place = Place::without_operator("metrics-faults");
    let runtime = Runtime::new().unwrap();
    let proxy = runtime.block_on(Proxy::start("metrics-faults", |_| None));
    place.start_with(&proxy.kubeconfig, &[("HANDOFF_FAULT_PATIENCE_MS", "1000")]);
    place.hire("hire", "anna");
    place.hire("other", "boris");
    for order in ["badge.anna.1", "badge.boris.1"] {
        place.wait(&format!("porder/{order}"), ".status.state", "Transmitted");
    }
    proxy.follow(one_after_the_other("badge.anna.1", FAILING));
    place.done("hire", "badge.anna.1");
    let said = settled(&place);
    for kind in [Kind::Refused(409), Kind::Refused(500), Kind::Silent, Kind::Refused(429)] {
        assert_eq!(proxy.injected().get(&kind), Some(&1), "{kind:?}");
    }
    let calls = |outcome: &str| {
        let labels = [("verb", "patch"), ("kind", "ProvisioningOrder"), ("outcome", outcome)];
        said.sum("handoff_api_calls_total", &labels)
    };
    for outcome in ["conflict", "failed", "timeout", "throttled"] {
        assert_eq!(calls(outcome), Some(1.0), "{outcome}");
    }
    let once = || these([("Confirmed badge", 1.0)]);
    assert_eq!(all(&place, &said, "handoff_order_decisions_total"), once());
    assert_eq!(
        all(&place, &said, "handoff_order_working_seconds_count"),
        these([("badge", 1.0)])
    );
    assert_eq!(
        all(&place, &said, "handoff_orders_ended_total"),
        these([("Confirmed Executed badge", 1.0)])
    );

    // What went through without an answer is missing: nobody can tell whose write it was.
    proxy.follow(one_after_the_other(
        "badge.boris.1",
        &[Fault::LoseAnswer { code: None }],
    ));
    place.done("other", "badge.boris.1");
    let said = settled(&place);
    assert_eq!(proxy.injected().get(&Kind::AnswerLost), Some(&1));
    assert_eq!(all(&place, &said, "handoff_order_decisions_total"), once());
    assert_eq!(
        all(&place, &said, "handoff_orders"),
        these([("Badge Executed badge", 2.0)])
    );
}
