//! What the index costs: bytes that are allocated for it, counted by the allocator of this test.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod desk;

use desk::Desk;
use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use serde_json::json;
use std::alloc::System;

#[global_allocator]
static HEAP: cap::Cap<System> = cap::Cap::new(System, usize::MAX);

/// Lines at rest with two requests and two orders each: 100,000 finished objects.
const RESTING: usize = 25_000;
/// Lines with an open order each: 10,000 live objects.
const LIVE: usize = 5_000;
const MIB: usize = 1024 * 1024;

/// A request and its order; those of others are made of them.
struct Model {
    request: AssignmentRequest,
    order: ProvisioningOrder,
}

impl Model {
    fn of(desk: &Desk) -> Self {
        Self {
            request: desk.requests["hire-e000000"].clone(),
            order: desk.orders["badge.e000000.1"].clone(),
        }
    }

    /// The pair of an owner; `number` is that of the order.
    fn pair(&self, owner: usize, number: i64) -> (AssignmentRequest, ProvisioningOrder) {
        let name = format!("e{owner:06}");
        // No order among them, as uids have none.
        let random = u32::try_from(owner).unwrap().reverse_bits();
        let uid = |kind: u8| format!("{random:08x}-7c2b-4d1e-9a3f-{number:04x}{kind:08x}");
        let (mut request, mut order) = (self.request.clone(), self.order.clone());
        request.metadata.name = Some(format!("hire-{name}-{number}"));
        request.metadata.uid = Some(uid(1));
        request.spec.owner.id.clone_from(&name);
        let status = request.status.as_mut().unwrap();
        status.orders = vec![format!("badge.{name}.{number}")];
        status.owner_username = Some(name.clone());
        status.resource.as_mut().unwrap().identifier.clone_from(&name);
        order.metadata.name = Some(format!("badge.{name}.{number}"));
        order.metadata.uid = Some(uid(2));
        order.spec.sequence = number;
        order.spec.resource.identifier.clone_from(&name);
        order.spec.owner.id.clone_from(&name);
        order.spec.request_refs[0].name = format!("hire-{name}-{number}");
        order.spec.request_refs[0].uid = uid(1);
        (request, order)
    }

    /// Puts a pair of each owner into the index; answers the bytes that an object takes.
    fn fill(&self, desk: &mut Desk, owners: std::ops::Range<usize>, number: i64) -> usize {
        let (before, objects) = (HEAP.allocated(), 2 * owners.len());
        for owner in owners {
            let (request, order) = self.pair(owner, number);
            desk.index.put_order(order);
            desk.index.put_request(request);
        }
        (HEAP.allocated() - before) / objects
    }
}

fn models() -> (Model, Model) {
    let mut desk = Desk::new();
    let spec = json!({
        "operation": "Create", "properties": {"zone": "HQ", "level": "2"},
        "justification": "joins the team in March", "requestedBy": {"username": "alice", "uid": "7c2b"},
    });
    let woken = desk.ask("hire-e000000", "e000000", spec);
    desk.work(woken);
    let open = Model::of(&desk);
    let woken = desk.confirm("badge.e000000.1");
    desk.work(woken);
    (open, Model::of(&desk))
}

#[test]
fn finished_objects_are_small_and_all_of_it_fits() {
    let (open, done) = models();
    let mut desk = Desk::new();
    let begin = HEAP.allocated();
    let first = done.fill(&mut desk, 0..RESTING, 1);
    // The first pair of a line brought the line; the second costs itself alone.
    let second = done.fill(&mut desk, 0..RESTING, 2);
    let live = open.fill(&mut desk, RESTING..RESTING + LIVE, 1);
    let all = (HEAP.allocated() - begin) / MIB;
    println!(
        "finished: {second} B an object, {first} B with its half of a line that has no more; live: {live} B; all: {all} MiB"
    );
    assert_eq!(desk.index.known_orders().len(), 2 * RESTING + LIVE);
    assert_eq!(desk.index.known_requests().len(), 2 * RESTING + LIVE);
    assert!(second < 200, "a finished object takes {second} B");
    // The target, 150 MiB, holds even when it means as many requests and as many orders.
    assert!(2 * all < 150, "all of it takes {all} MiB");
}
