//! Objects in every state, brought about by the people whose part it is.

use crate::crowd::{Crowd, Owner};
use crate::place::{Place, badge};
use handoff_core::api::ProvisioningState::{
    self as State, AwaitingApproval, Error, Errored, Inactive, Pending, Transmitted, Verified,
};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::runtime::Runtime;

fn kind(name: &str, fields: &Value) -> Value {
    let mut of = badge();
    of["metadata"]["name"] = name.into();
    let spec = of["spec"].as_object_mut().unwrap();
    spec.extend(fields.as_object().unwrap().clone());
    of
}

/// A namespace with a type for every way to wait, and an operator.
pub fn place(namespace: &str) -> Place {
    let mut place = types(namespace);
    place.start();
    place
}

/// A namespace with a type for every way to wait.
pub fn types(namespace: &str) -> Place {
    let place = Place::without_operator(namespace);
    let kinds = [
        ("checked", json!({"provisioningReview": {"required": true}})),
        ("frozen", json!({"suspend": true})),
        ("agreed", json!({"approval": {"steps": 1}})),
        ("proven", json!({"verification": {"mode": "Inventory"}})),
        (
            "trusted",
            json!({"provisioningConnection": {"package": "ManualTicketAndResources"}}),
        ),
        ("grouped", json!({"groupingWindow": "1h"})),
        ("needy", json!({"dependsOn": [{"name": "checked"}]})),
        ("broken", json!({"identifier": {"expression": "owner.id ~"}})),
        ("vanishing", json!({})),
        ("leaving", json!({"provisioningReview": {"required": true}})),
    ];
    let items: Vec<Value> = kinds.iter().map(|(name, fields)| kind(name, fields)).collect();
    place.apply("gita", json!({"apiVersion": "v1", "kind": "List", "items": items}));
    place
}

/// Brings everything about; ends when all of it stands.
pub fn play(place: &Place) {
    let runtime = Runtime::new().unwrap();
    let crowd = runtime.block_on(Crowd::of(&place.namespace));
    runtime.block_on(at_once(&crowd));
    later(place);
    exports(place);
    runtime.block_on(proven(&crowd));
    place.run("gita", &["delete", "rtype", "vanishing", "leaving"]).unwrap();
    let stalled = ".status.conditions[?(@.type==\"Stalled\")].reason";
    place.wait("porder/vanishing.vanishing.1", stalled, "ResourceTypeNotFound");
    place.wait("porder/leaving.leaving.1", ".status.state", "Error");
    runtime.block_on(
        crowd
            .owner_of("leaving", "leaving")
            .shows("ask", Error, "ResourceTypeNotFound"),
    );
    runtime.block_on(crowd.caught_up());
}

async fn at_once(crowd: &Arc<Crowd>) {
    futures::join!(answered(crowd), waiting(crowd), refused(crowd));
}

async fn waiting(crowd: &Arc<Crowd>) {
    let all: [(&str, State, &str); 8] = [
        ("checked", AwaitingApproval, "ReviewRequired"),
        ("frozen", Pending, "Suspended"),
        ("agreed", State::None, "WaitingForApproval"),
        ("grouped", Pending, "Grouping"),
        ("needy", State::None, "WaitingForDependency"),
        ("vanishing", Transmitted, "HandedOver"),
        ("leaving", AwaitingApproval, "ReviewRequired"),
        ("badge", Transmitted, "HandedOver"),
    ];
    for (kind, state, reason) in all {
        let owner = crowd.owner_of(kind, kind);
        hire(&owner).await;
        owner.shows("ask", state, reason).await;
    }
    let behind = crowd.owner("badge");
    behind.ask("more", "Update", json!({"level": "2"})).await;
    behind.shows("more", Pending, "Queued").await;
}

async fn hire(owner: &Owner) {
    owner.ask("ask", "Create", json!({"zone": "HQ"})).await;
}

async fn answered(crowd: &Arc<Crowd>) {
    let done = crowd.owner("done");
    hire(&done).await;
    done.confirm(1).await;
    done.done("ask", 1).await;

    let failed = crowd.owner("failed");
    hire(&failed).await;
    failed.fail(1).await;
    failed.shows("ask", Errored, "ReportedByPerson").await;
    failed.ask("more", "Update", json!({"level": "2"})).await;
    failed.shows("more", Pending, "WaitingForRecovery").await;

    let again = crowd.owner("again");
    hire(&again).await;
    again.fail(1).await;
    again.recover(1, "Retry").await;
    again.confirm(2).await;
    again.done("ask", 2).await;

    let stopped = crowd.owner("stopped");
    hire(&stopped).await;
    stopped.shows("ask", Transmitted, "HandedOver").await;
    stopped.cancel("ask").await;
    stopped.shows("ask", Transmitted, "StopRequested").await;

    let trusted = crowd.owner_of("trusted", "trusted");
    hire(&trusted).await;
    trusted.confirm(1).await;
    trusted.shows("ask", Verified, "Trusted").await;

    let unproven = crowd.owner_of("proven", "proven");
    hire(&unproven).await;
    unproven.confirm(1).await;
    unproven.done("ask", 1).await;
}

async fn refused(crowd: &Arc<Crowd>) {
    let declined = crowd.owner_of("checked", "declined");
    hire(&declined).await;
    declined
        .review(1, json!({"result": "Declined", "comment": "closed"}))
        .await;
    declined.shows("ask", Inactive, "Declined").await;

    for (kind, reason) in [("nowhere", "ResourceTypeNotFound"), ("broken", "ResourceTypeNotReady")] {
        let owner = crowd.owner_of(kind, kind);
        hire(&owner).await;
        owner.shows("ask", Error, reason).await;
    }
    let wrong = crowd.owner("wrong");
    wrong.ask("ask", "Create", json!({"level": "2"})).await;
    wrong.shows("ask", Error, "InvalidRequest").await;
}

fn later(place: &Place) {
    let at = json!({"operation": "Create", "properties": {"zone": "HQ"}, "startTime": "2099-01-01T00:00:00Z"});
    place.ask("later", "later", at);
    place.shows("later", "None", "Scheduled");
}

/// What ivan's nightly export writes: one that is there already, and of two snapshots one from the future.
fn exports(place: &Place) {
    let taken = place.read("porder/proven.proven.1", ".status.executedAt");
    let of = |name: &str, kind: &str, spec: Value| {
        let mut spec = spec;
        spec["resourceTypeRef"] = json!({"name": "proven"});
        json!({"apiVersion": "handoff.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec})
    };
    let entry = json!({
        "identifier": "there", "owner": {"id": "there"}, "properties": {"zone": "HQ"}, "source": "Synchronized", "observedAt": taken,
    });
    let night = json!({"takenAt": taken, "complete": false, "count": 1});
    let future = json!({"takenAt": "2099-01-01T00:00:00Z", "complete": true, "count": 1});
    let items = [
        of("proven.there", "ManagedResource", entry),
        of("night", "Synchronization", night),
        of("future", "Synchronization", future),
    ];
    place.apply("ivan", json!({"apiVersion": "v1", "kind": "List", "items": items}));
    place.wait("sync/night", ".status.reason", "Incomplete");
    place.wait("sync/future", ".status.reason", "InTheFuture");
}

async fn proven(crowd: &Arc<Crowd>) {
    let there = crowd.owner_of("proven", "there");
    hire(&there).await;
    there.shows("ask", Verified, "AlreadyAsRequested").await;
}

/// With no operator to read it: what was written last is not what was judged last.
pub fn edit(place: &Place) {
    let edits = [
        ("gita", "rtype/badge", json!({"description": "another"})),
        (
            "alice",
            "areq/agreed-ask",
            json!({"cancel": {"reason": "no longer wanted"}}),
        ),
        (
            "bob",
            "porder/badge.badge.1",
            json!({"decision": {"result": "Confirmed"}}),
        ),
    ];
    for (who, what, spec) in edits {
        let patch = json!({"spec": spec}).to_string();
        place.run(who, &["patch", what, "--type=merge", "-p", &patch]).unwrap();
    }
}

/// What no operator has ever read.
pub fn unread(place: &Place, others: &[Value]) {
    place.hire("ask", "x");
    let named = |name: &str| {
        let other = others.iter().find(|other| other["metadata"]["name"] == name).unwrap();
        json!({"apiVersion": other["apiVersion"], "kind": other["kind"], "metadata": {"name": name}, "spec": other["spec"]})
    };
    place.apply("ivan", named("night"));
    // For a moment an order is made and has no state.
    let mut order = named("badge.badge.1");
    order["spec"].as_object_mut().unwrap().remove("decision");
    place.apply("operator", order);
}
