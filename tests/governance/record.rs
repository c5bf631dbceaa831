//! Three hundred requests of all kinds at once, while the operator is killed twice and a type is suspended on and off: what
//! the watch of orders recorded holds only legal moves, and nothing is left waiting.

use crate::crowd::board::{Seen, is_finished, only_legal_moves};
use crate::crowd::{Crowd, governed};
use crate::place::{Place, badge};
use handoff_core::api::{ProvisioningOrder, ProvisioningState};
use kube::ResourceExt;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::runtime::Runtime;

fn kind(name: &str, fields: &Value) -> Value {
    let mut of = badge();
    of["metadata"]["name"] = name.into();
    of["spec"]
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    of
}

fn suspend(place: &Place, on: bool) {
    let patch = json!({"spec": {"suspend": on}}).to_string();
    place
        .run("gita", &["patch", "rtype", "frozen", "--type=merge", "-p", &patch])
        .unwrap();
}

/// What happens beside the requests, each when so many are filed.
fn disturb(place: &mut Place, runtime: &Runtime, crowd: &Crowd) {
    let filed = |many: usize| {
        let what = format!("{many} requests to be filed");
        runtime.block_on(crowd.board.until(&what, |_| crowd.filed() >= many));
    };
    let pending = |seen: &Seen| {
        seen.orders()
            .any(|order| state(order) == Some(ProvisioningState::Pending))
    };
    runtime.block_on(crowd.board.until("orders of the suspended type", pending));
    suspend(place, false);
    filed(160);
    place.kill();
    place.start();
    filed(180);
    suspend(place, true);
    filed(220);
    place.kill();
    place.start();
    filed(240);
    suspend(place, false);
}

fn state(order: &ProvisioningOrder) -> Option<ProvisioningState> {
    order.status.as_ref()?.state
}

#[test]
fn three_hundred_mixed_requests_make_only_legal_moves() {
    let mut place = Place::without_operator("record");
    for (name, fields) in governed::kinds() {
        place.apply("gita", kind(name, &fields));
    }
    let runtime = Runtime::new().unwrap();
    let crowd = runtime.block_on(Crowd::of(&place.namespace));
    place.start();
    let told = runtime.spawn(governed::tell(Arc::clone(&crowd)));
    disturb(&mut place, &runtime, &crowd);
    runtime.block_on(told).unwrap();
    assert_eq!(crowd.filed(), governed::REQUESTS);
    runtime.block_on(crowd.caught_up());
    let seen = crowd.board.seen();
    nothing_waits(&seen);
    assert!(
        seen.silent().is_empty(),
        "waiting, and told no command: {:#?}",
        seen.silent()
    );
    only_legal_moves(seen.record());
    every_state_was_there(&seen);
}

fn nothing_waits(seen: &Seen) {
    let requests = seen.requests().filter(|request| {
        let status = request.status.clone().unwrap_or_default();
        !is_finished(&status.conditions)
    });
    let orders = seen.orders().filter(|order| {
        let status = order.status.clone().unwrap_or_default();
        !is_finished(&status.conditions)
    });
    let waiting: Vec<_> = requests
        .map(ResourceExt::name_any)
        .chain(orders.map(ResourceExt::name_any))
        .collect();
    assert!(waiting.is_empty(), "still not at their end: {waiting:?}");
}

/// Else the record would prove less than it says.
fn every_state_was_there(seen: &Seen) {
    let states: BTreeSet<String> = seen
        .record()
        .iter()
        .filter_map(state)
        .map(|state| state.to_string())
        .collect();
    let expected = [
        ProvisioningState::AwaitingApproval,
        ProvisioningState::Pending,
        ProvisioningState::Transmitted,
        ProvisioningState::Executed,
        ProvisioningState::Errored,
        ProvisioningState::Inactive,
    ];
    for state in expected {
        assert!(states.contains(&state.to_string()), "no order was ever {state}");
    }
}
