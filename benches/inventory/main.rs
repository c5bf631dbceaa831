//! What a large inventory costs: 100,000 ManagedResources and 10,000 orders of one type on a real API server, with the
//! operator and the plugin as they are shipped. Shown are the time and the writes of each stage, beside the time that as
//! many bare writes take, and the operator's memory, beside the bytes of the objects. Nothing is asserted about time.
//!
//! `HANDOFF_BENCH_RESOURCES` and `HANDOFF_BENCH_ORDERS` make it smaller. Needs a control plane of its own: `make bench`
//! starts one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub
)]
#![allow(clippy::disallowed_methods, reason = "this is about time")]

mod bare;
mod export;
mod hall;
mod memory;
mod report;
mod seen;

#[path = "../../tests/crowd/mod.rs"]
mod crowd;
#[path = "../../tests/place/mod.rs"]
mod place;

use bare::{Bare, Sample};
use hall::{Hall, Size};
use report::{Report, Stage};
use seen::{Count, Snapshots};
use std::time::{Duration, Instant};

#[tokio::main]
async fn main() {
    let size = Size::wanted();
    let mut hall = Hall::open(size).await;
    let snapshots = Snapshots::watch(&hall).await;
    let mut report = Report::of(size);
    report.memory("started, no object", hall.memory());

    first_inventory(&hall, &snapshots, &mut report).await;
    let handed_over = hand_over(&hall, &mut report).await;
    let confirmed = confirm(&hall, &mut report).await;
    let proven = prove(&hall, &snapshots, &mut report).await;
    let (took, _) = hall.sync(3).await;
    report.stage(Stage::of("the same export again", took, 1));
    restart(&mut hall, &mut report).await;

    let bytes = hall.bytes().await;
    let bare = Bare::of(&hall).await;
    bare.measure(&[handed_over, confirmed, proven], &mut report).await;
    report.print(&bytes, hall.events());
}

/// Every resource is new.
async fn first_inventory(hall: &Hall, snapshots: &Snapshots, report: &mut Report) {
    let (took, plugin) = hall.sync(1).await;
    report.stage(Stage::of(report::FIRST, took, hall.size.resources + 1));
    let accepted = snapshots.when(1, |status| status.accepted == Some(true)).await;
    report.stage(Stage::of(
        "  until the operator accepts it",
        accepted,
        hall.new_writes(),
    ));
    report.memory("with the inventory", hall.memory());
    report.memory(report::PLUGIN, plugin);
}

/// Alice asks for a change of some; the orders are made and are with a person.
async fn hand_over(hall: &Hall, report: &mut Report) -> Sample {
    let transmitted = Count::of_requests(hall, "Transmitted").await;
    let begun = Instant::now();
    hall.ask_all().await;
    let took = transmitted.full(hall.size.orders).await - begun;
    report.stage(Stage::of(report::HAND_OVER, took, hall.size.orders + hall.new_writes()));
    report.memory("with the orders, handed over", hall.memory());
    hall.sample().await
}

/// Bob says that all of it is done.
async fn confirm(hall: &Hall, report: &mut Report) -> Sample {
    let executed = Count::of_requests(hall, "Executed").await;
    let begun = Instant::now();
    hall.confirm_all().await;
    let took = executed.full(hall.size.orders).await - begun;
    report.stage(Stage::of(report::CONFIRM, took, hall.size.orders + hall.new_writes()));
    report.memory("with the orders, confirmed", hall.memory());
    hall.sample().await
}

/// An export in which all of it is seen.
async fn prove(hall: &Hall, snapshots: &Snapshots, report: &mut Report) -> Sample {
    let orders = Count::of_orders(hall, "Verified").await;
    let requests = Count::of_requests(hall, "Verified").await;
    let (took, plugin) = hall.sync(2).await;
    report.stage(Stage::of(report::CHANGES, took, hall.size.orders + 1));
    let begun = snapshots.first_seen(2).await;
    let since = |end: Instant| end.saturating_duration_since(begun);
    let by_order = since(orders.full(hall.size.orders).await);
    let by_request = since(requests.full(hall.size.orders).await);
    let all = i64::try_from(hall.size.orders).unwrap();
    let counted = snapshots.when(2, |status| status.verified == Some(all)).await;
    report.stage(Stage::of(report::PROOF, by_order.max(by_request), hall.new_writes()));
    report.stage(Stage::of("  until its status says so", counted, 0));
    report.memory("with the orders, verified", hall.memory());
    report.memory(report::PLUGIN, plugin);
    hall.sample().await
}

/// A new process: all is at rest, and a new request is served.
async fn restart(hall: &mut Hall, report: &mut Report) {
    let (ready, served): (Duration, Duration) = hall.restart().await;
    report.stage(Stage::of("restart: until it is ready", ready, 0));
    report.stage(Stage::of(
        "restart: until one new request is served",
        served,
        1 + hall.new_writes(),
    ));
    report.memory("started again", hall.memory());
}
