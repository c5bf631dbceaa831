//! What is nobody's to write: statuses, new orders, and the deletion of what is live.

use crate::cluster::{self, NAMESPACE, Way, call, create, delete, eventually, path, path_in, write};
use crate::objects::{
    ORDERS, Plan, REQUESTS, awaiting, confirmed_by, errored, executed_by, order, refused, request_of, signed,
    transmitted, unapproved,
};
use rstest::rstest;
use serde_json::{Value, json};

const JSON: &str = "application/json";
const STATUS: &[&str] = &[
    "the status is written by the operator alone",
    "people write spec.decision",
];

#[rstest]
#[case::order(transmitted(), json!({"state": "Executed"}))]
#[case::new_order(order(), json!({"state": "Transmitted"}))]
#[case::condition(transmitted(), json!({"conditions": [{"type": "Finished", "status": "True", "reason": "x", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}))]
#[case::request(request_of("alice"), json!({"workflowState": "Approved", "provisioningState": "Verified"}))]
#[case::owner_name(unapproved(), json!({"ownerUsername": "somebody-else"}))]
fn a_status_is_refused(#[case] plan: Plan, #[case] status: Value) {
    let name = plan.make();
    // Oscar may write every status as far as RBAC goes.
    for way in [Way::Kubectl, Way::Merge, Way::JsonPatch, Way::Apply, Way::Replace] {
        let said = write(way, "oscar", plan.kind, &name, "/status", &json!({"status": status})).unwrap_err();
        for part in STATUS {
            assert!(said.contains(part), "{way:?}: {part:?} is not in: {said}");
        }
    }
}

#[test]
fn the_status_of_a_type_is_refused() {
    let ready = json!({"status": {"openOrders": 0}});
    for way in [Way::Merge, Way::JsonPatch, Way::Apply, Way::Replace] {
        let said = write(way, "oscar", "resourcetypes", "badge", "/status", &ready).unwrap_err();
        assert!(STATUS.iter().all(|part| said.contains(part)), "{way:?}: {said}");
    }
    write(Way::Merge, "operator", "resourcetypes", "laptop", "/status", &ready).unwrap();
}

#[rstest]
#[case("oscar")]
#[case("quentin")]
fn a_made_up_order_is_refused(#[case] who: &str) {
    let real = transmitted().make();
    let mut object = cluster::get(ORDERS, &real);
    object["metadata"] = json!({"name": format!("badge.made-up-by-{who}.1")});
    let made_up = path(ORDERS, object["metadata"]["name"].as_str().unwrap());
    object.as_object_mut().unwrap().remove("status");
    let answers = [
        create(who, ORDERS, &object),
        call(
            who,
            "PATCH",
            &format!("{made_up}?fieldManager=x&force=true"),
            "application/apply-patch+yaml",
            &object,
        ),
    ];
    for answer in answers {
        let said = answer.unwrap_err();
        // Quentin has no RBAC right to create one; oscar has.
        let words = if who == "oscar" {
            "file an AssignmentRequest"
        } else {
            "cannot"
        };
        assert!(said.contains(words), "{said}");
    }
    object["metadata"]["resourceVersion"] = json!("1");
    assert!(call("oscar", "PUT", &made_up, JSON, &object).is_err());
}

#[rstest]
#[case::new(order(), &["this order is live", "delete it when it is Finished"])]
#[case::waiting(awaiting(), &["this order is live (AwaitingApproval)", "delete it when it is Finished"])]
#[case::transmitted(transmitted(), &["this order is live (Transmitted)", "delete it when it is Finished"])]
#[case::decided(confirmed_by("bob"), &["this order is live (Transmitted)"])]
#[case::to_be_proven(executed_by("bob"), &["this order is live (Executed)"])]
#[case::to_be_recovered(errored().status(json!({"conditions": [
    {"type": "Stalled", "status": "True", "reason": "RecoveryNeeded", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"},
    {"type": "Finished", "status": "True", "reason": "x", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"},
]})), &["waits for a recovery", "kubectl patch porder badge.", "\"action\":\"Abandon\""])]
#[case::new_request(request_of("alice"), &["this request is live (new)", "cancel it instead, kubectl patch areq wish-"])]
#[case::request(unapproved(), &["this request is live (None)", "cancel it instead, kubectl patch areq wish-"])]
fn the_deletion_of_what_is_live_is_refused(#[case] plan: Plan, #[case] words: &[&str]) {
    let name = plan.make();
    let object = cluster::get(plan.kind, &name);
    let collection = format!("{}?fieldSelector=metadata.name={name}", path(plan.kind, ""));
    let answers = [
        delete("oscar", plan.kind, &name),
        call(
            "oscar",
            "DELETE",
            &(path(plan.kind, &name) + "?propagationPolicy=Foreground"),
            JSON,
            &Value::Null,
        ),
        call("oscar", "DELETE", &collection, JSON, &Value::Null),
    ];
    for answer in answers {
        let said = answer.unwrap_err();
        for part in words {
            assert!(said.contains(part), "{part:?} is not in: {said}");
        }
    }
    assert_eq!(
        cluster::get(plan.kind, &name)["metadata"]["uid"],
        object["metadata"]["uid"]
    );
    delete("admin", plan.kind, &name).unwrap();
}

#[rstest]
#[case::order(executed_by("bob").condition("Finished", "Confirmed"))]
#[case::errored(transmitted().state("Errored").condition("Finished", "Abandoned"))]
#[case::request(request_of("alice").condition("Finished", "Confirmed"))]
fn what_is_finished_may_be_deleted(#[case] plan: Plan) {
    delete("oscar", plan.kind, &plan.make()).unwrap();
    // The garbage collector, which has no right of ours, takes its own finalizer off.
    let name = plan.make();
    let foreground = path(plan.kind, &name) + "?propagationPolicy=Foreground";
    call("oscar", "DELETE", &foreground, JSON, &Value::Null).unwrap();
    let collector = "system:serviceaccount:kube-system:generic-garbage-collector";
    let done = json!({"metadata": {"finalizers": null}});
    call(
        collector,
        "PATCH",
        &path(plan.kind, &name),
        "application/merge-patch+json",
        &done,
    )
    .unwrap();
    assert!(call("admin", "GET", &path(plan.kind, &name), JSON, &Value::Null).is_err());
}

#[rstest]
#[case::decision(transmitted(), "bob", json!({"decision": {"result": "Confirmed"}}))]
#[case::claim(transmitted(), "bob", json!({"assignee": {"username": "bob"}}))]
#[case::review(awaiting(), "dave", json!({"review": {"result": "Approved"}}))]
#[case::recovery(errored(), "dave", json!({"recovery": {"action": "Retry"}}))]
#[case::cancel(unapproved(), "alice", json!({"cancel": {"reason": "x"}}))]
#[case::approval(unapproved(), "dave", json!({"approvals": {"dave": {"result": "Approved"}}}))]
fn what_is_being_deleted_takes_no_answer(#[case] plan: Plan, #[case] who: &str, #[case] spec: Value) {
    let name = plan
        .clone()
        .prepared(json!({"metadata": {"finalizers": ["example.com/hold"]}}))
        .make();
    delete("admin", plan.kind, &name).unwrap();
    for way in [Way::Kubectl, Way::Merge, Way::JsonPatch, Way::Apply, Way::Replace] {
        let said = write(way, who, plan.kind, &name, "", &signed(who, &json!({"spec": spec}))).unwrap_err();
        assert!(
            said.contains("is being deleted and takes no answers any more"),
            "{way:?}: {said}"
        );
    }
    let release = json!({"metadata": {"finalizers": null}});
    let said = write(Way::Merge, "bob", plan.kind, &name, "", &release).unwrap_err();
    assert!(
        said.contains("only the operator may") || said.contains("cannot patch"),
        "{said}"
    );
    write(Way::Merge, "admin", plan.kind, &name, "", &release).unwrap();
}

#[test]
fn a_finalizer_of_somebody_else_is_refused_even_on_what_is_finished() {
    let finished = executed_by("bob").condition("Finished", "Confirmed");
    let mine = json!({"metadata": {"finalizers": ["example.com/mine"]}});
    refused(
        cluster::ALL,
        "bob",
        &finished,
        &mine,
        &["only the operator may change finalizers"],
    );
}

/// What the namespace controller does, with its identity: there is none on this control plane.
#[test]
fn a_vanishing_namespace_takes_everything() {
    let namespace = format!("{}-vanishing", *NAMESPACE);
    let post = |path: &str, object: &Value| call("admin", "POST", path, JSON, object).unwrap();
    post("/api/v1/namespaces", &json!({"metadata": {"name": namespace}}));
    let live = [(ORDERS, transmitted(), "operator"), (REQUESTS, unapproved(), "alice")];
    for (kind, plan, who) in live {
        let mut object = cluster::get(kind, &plan.make());
        object["metadata"] = json!({"name": "live"});
        object["spec"].as_object_mut().unwrap().remove("requestedBy");
        call(who, "POST", &path_in(&namespace, kind, ""), JSON, &signed(who, &object)).unwrap();
    }
    let controller = "system:serviceaccount:kube-system:namespace-controller";
    let empty = |kind: &str| call(controller, "DELETE", &path_in(&namespace, kind, ""), JSON, &Value::Null);
    for kind in [ORDERS, REQUESTS] {
        assert!(empty(kind).unwrap_err().contains("is live"));
    }
    call(
        "admin",
        "DELETE",
        &format!("/api/v1/namespaces/{namespace}"),
        JSON,
        &Value::Null,
    )
    .unwrap();
    for kind in [ORDERS, REQUESTS] {
        eventually("the vanishing namespace is emptied", || empty(kind).is_ok());
        let left = call("admin", "GET", &path_in(&namespace, kind, ""), JSON, &Value::Null).unwrap();
        assert_eq!(left["items"], json!([]));
    }
}
