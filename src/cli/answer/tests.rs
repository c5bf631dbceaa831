//! What is weighed, by table: an order or a request as it is, and what a deed makes of it.

use super::orders::OrderDeed;
use super::requests::RequestDeed;
use super::weigh::{Acting, Deed, Weighed};
use crate::cli::sample::policy;
use handoff_core::api::assignment_request::{ApprovalAnswer, ApprovalResult};
use handoff_core::api::provisioning_order::{Decision, DecisionResult, Recovery, RecoveryAction, Review, ReviewResult};
use handoff_core::api::{Actor, AssignmentRequest, ProvisioningOrder};
use jiff::tz::TimeZone;
use rstest::rstest;
use serde_json::{Value, json};

fn acting() -> Acting {
    Acting {
        me: Actor {
            username: "bob".to_owned(),
            uid: Some("uid-bob".to_owned()),
        },
        now: "2026-03-01T16:00:00Z".parse().unwrap(),
        zone: TimeZone::UTC,
    }
}

fn order(said: Value, status: Value) -> ProvisioningOrder {
    let mut order = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ProvisioningOrder",
        "metadata": {"name": "badge.anna.1", "namespace": "identity", "resourceVersion": "7"},
        "spec": {
            "resourceTypeRef": {"name": "badge"}, "operation": "Create", "resource": {"identifier": "anna"},
            "sequence": 1, "attempt": 1, "owner": {"id": "anna"},
            "desired": {"exists": true}, "ticket": {"title": "t", "instructions": "i"},
            "policy": policy(),
        },
        "status": status,
    });
    order["spec"]
        .as_object_mut()
        .unwrap()
        .extend(said.as_object().unwrap().clone());
    serde_json::from_value(order).unwrap()
}

fn decide(result: DecisionResult) -> OrderDeed {
    OrderDeed::Decide(Decision {
        result,
        message: None,
        evidence: None,
        ticket_ref: None,
        actual_values: Default::default(),
        by: None,
    })
}

fn retry() -> Recovery {
    Recovery {
        action: RecoveryAction::Retry,
        comment: None,
        by: None,
    }
}

fn review(result: ReviewResult, declined: &[&str]) -> OrderDeed {
    OrderDeed::Review(Review {
        result,
        declined_properties: declined.iter().map(ToString::to_string).collect(),
        comment: None,
        by: None,
    })
}

fn signed() -> Value {
    json!({"username": "bob", "uid": "uid-bob"})
}

#[rstest]
#[case(decide(DecisionResult::Confirmed), json!({}), json!({"decision": {"result": "Confirmed", "by": signed()}}))]
#[case(OrderDeed::Recover(retry()), json!({}), json!({"recovery": {"action": "Retry", "by": signed()}}))]
#[case(review(ReviewResult::Approved, &["zone"]), json!({}), json!({"review": {"result": "Approved", "declinedProperties": ["zone"], "comment": null, "by": signed()}}))]
// What was said while it was postponed does not stay.
#[case(
    review(ReviewResult::Approved, &[]),
    json!({"review": {"result": "Postponed", "comment": "later", "by": {"username": "dave"}}}),
    json!({"review": {"result": "Approved", "declinedProperties": null, "comment": null, "by": signed()}})
)]
fn it_is_sent_and_signed(#[case] deed: OrderDeed, #[case] said: Value, #[case] spec: Value) {
    let weighed = deed.weigh(&order(said, json!({})), &acting());
    assert_eq!(weighed, Weighed::Send(json!({"spec": spec})));
}

#[test]
fn a_claim_counts_only_for_what_was_looked_at() {
    let weighed = OrderDeed::Claim.weigh(&order(json!({}), json!({})), &acting());
    let patch =
        json!({"metadata": {"resourceVersion": "7"}, "spec": {"assignee": {"username": "bob", "by": signed()}}});
    assert_eq!(weighed, Weighed::Send(patch));
}

#[rstest]
#[case(
    decide(DecisionResult::Confirmed),
    json!({"decision": {"result": "Confirmed", "by": {"username": "carol"}}}),
    json!({"decidedAt": "2026-03-01T14:02:00Z"}),
    "confirmed by carol at 14:02"
)]
#[case(decide(DecisionResult::Errored), json!({"decision": {"result": "Errored", "message": "no", "by": {"username": "bob"}}}), json!({}), "reported as an error by bob")]
#[case(OrderDeed::Claim, json!({"assignee": {"username": "bob"}}), json!({}), "claimed by bob")]
#[case(OrderDeed::Release, json!({}), json!({}), "claimed by nobody")]
#[case(OrderDeed::Assign("carol".to_owned()), json!({"assignee": {"username": "carol"}}), json!({}), "assigned to carol")]
#[case(OrderDeed::Recover(retry()), json!({"recovery": {"action": "Retry", "by": {"username": "bob"}}}), json!({"state": "Errored"}), "put back for another try by bob")]
#[case(review(ReviewResult::Declined, &[]), json!({"review": {"result": "Declined", "comment": "no", "by": {"username": "dave"}}}), json!({}), "declined by dave")]
fn it_is_done_already(#[case] deed: OrderDeed, #[case] said: Value, #[case] status: Value, #[case] told: &str) {
    let weighed = deed.weigh(&order(said, status), &acting());
    assert_eq!(weighed, Weighed::Already(told.to_owned()));
}

#[rstest]
#[case(decide(DecisionResult::Errored), json!({"decision": {"result": "Confirmed", "by": {"username": "carol"}}}), json!({}), "it was confirmed by carol, and that is final. Was that wrong? Take it back: kubectl handoff takeback badge.anna.1 -m \"...\"")]
#[case(OrderDeed::Claim, json!({"assignee": {"username": "carol"}}), json!({}), "it is claimed by carol: ask them to release it. Whoever gives out the work can move it: kubectl handoff assign badge.anna.1 --to bob")]
#[case(OrderDeed::Recover(retry()), json!({}), json!({"state": "Executed"}), "it is Executed, somebody confirmed it. Was that wrong? Take it back: kubectl handoff takeback badge.anna.1 -m \"...\"")]
#[case(OrderDeed::TakeBack(retry()), json!({}), json!({"state": "Errored"}), "it is Errored, nobody's confirmation counts. Go on with it: kubectl handoff retry badge.anna.1, or kubectl handoff abandon badge.anna.1")]
#[case(OrderDeed::Recover(retry()), json!({"recovery": {"action": "Abandon"}}), json!({"state": "Errored"}), "it was abandoned, and that is final")]
#[case(review(ReviewResult::Approved, &["zone"]), json!({"review": {"result": "Approved", "by": {"username": "dave"}}}), json!({}), "it was released by dave, and that is final")]
fn it_would_be_something_else(#[case] deed: OrderDeed, #[case] said: Value, #[case] status: Value, #[case] why: &str) {
    let weighed = deed.weigh(&order(said, status), &acting());
    assert_eq!(weighed, Weighed::Refuse(why.to_owned()));
}

/// What is given on top was not said then, and cannot be any more.
#[rstest]
#[case("photo", Some("without this evidence"))]
#[case("badge 12", None)]
fn the_same_answer_with_more(#[case] evidence: &str, #[case] why: Option<&str>) {
    let OrderDeed::Decide(mut decision) = decide(DecisionResult::Confirmed) else {
        panic!("it decides");
    };
    decision.evidence = Some(evidence.to_owned());
    let said = json!({"decision": {"result": "Confirmed", "evidence": "badge 12", "by": {"username": "carol"}}});
    match (
        OrderDeed::Decide(decision).weigh(&order(said, json!({})), &acting()),
        why,
    ) {
        (Weighed::Refuse(said), Some(why)) => assert!(said.contains(why), "{said}"),
        (Weighed::Already(told), None) => assert_eq!(told, "confirmed by carol"),
        (other, _) => panic!("{other:?}"),
    }
}

#[rstest]
#[case(OrderDeed::Claim, json!({"assignee": {"username": "bob"}}), json!({}), false)]
#[case(OrderDeed::Release, json!({"assignee": {"username": "bob"}}), json!({}), true)]
#[case(OrderDeed::Release, json!({"assignee": {"username": "carol"}}), json!({}), false)]
#[case(decide(DecisionResult::Confirmed), json!({"decision": {"result": "Errored", "message": "no"}}), json!({}), false)]
#[case(OrderDeed::Recover(retry()), json!({}), json!({"conditions": [{"type": "Stalled", "status": "True", "reason": "RecoveryNeeded", "message": "m", "lastTransitionTime": "2026-03-01T14:02:00Z"}]}), true)]
#[case(OrderDeed::Recover(retry()), json!({}), json!({"conditions": [{"type": "Stalled", "status": "True", "reason": "NameConflict", "message": "m", "lastTransitionTime": "2026-03-01T14:02:00Z"}]}), false)]
fn what_a_search_means(#[case] deed: OrderDeed, #[case] said: Value, #[case] status: Value, #[case] fits: bool) {
    assert_eq!(deed.fits(&order(said, status), &acting()), fits);
}

fn request(said: Value) -> AssignmentRequest {
    let mut spec = json!({"resourceTypeRef": {"name": "badge"}, "operation": "Create", "owner": {"id": "anna"}});
    spec.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    serde_json::from_value(json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest",
        "metadata": {"name": "anna-badge"}, "spec": spec,
    }))
    .unwrap()
}

fn approve() -> RequestDeed {
    RequestDeed::Answer(ApprovalAnswer {
        result: ApprovalResult::Approved,
        comment: None,
    })
}

#[rstest]
#[case(approve(), json!({}), Weighed::Send(json!({"spec": {"approvals": {"bob": {"result": "Approved"}}}})))]
#[case(approve(), json!({"approvals": {"dave": {"result": "Declined"}}}), Weighed::Send(json!({"spec": {"approvals": {"bob": {"result": "Approved"}}}})))]
#[case(approve(), json!({"approvals": {"bob": {"result": "Approved"}}}), Weighed::Already("approved by bob".to_owned()))]
#[case(approve(), json!({"approvals": {"bob": {"result": "Declined"}}}), Weighed::Refuse("it was declined by bob, and that is final".to_owned()))]
#[case(RequestDeed::Cancel("left".to_owned()), json!({}), Weighed::Send(json!({"spec": {"cancel": {"reason": "left", "by": signed()}}})))]
#[case(RequestDeed::Cancel("left".to_owned()), json!({"cancel": {"reason": "moved", "by": {"username": "alice"}}}), Weighed::Already("cancelled by alice".to_owned()))]
fn requests(#[case] deed: RequestDeed, #[case] said: Value, #[case] weighed: Weighed) {
    assert_eq!(deed.weigh(&request(said), &acting()), weighed);
}
