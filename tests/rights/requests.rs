//! Requests: asking, approving, and what their type has to say.

use crate::STAMPED;
use crate::cluster::{self, ALL, API, TAKING, call, create, dry_create, kubectl, path};
use crate::objects::{Plan, REQUESTS, accepted, assert_stamp, refused, request_of, signed, unapproved, wish};
use rstest::rstest;
use serde_json::{Value, json};

fn spec(change: Value) -> Value {
    json!({"spec": change})
}

fn approval(who: &str, result: &str) -> Value {
    json!({"spec": {"approvals": {who: {"result": result}}}})
}

/// Neither a POST, nor a server-side apply, nor plain kubectl files it; answers what was said.
#[track_caller]
fn cannot_file(who: &str, object: &Value, words: &[&str]) -> Vec<String> {
    let name = object["metadata"]["name"].as_str().unwrap();
    let apply = path(REQUESTS, name) + "?fieldManager=test&force=true";
    let answers = [
        create(who, REQUESTS, object).map(drop),
        call(who, "PATCH", &apply, "application/apply-patch+yaml", object).map(drop),
        kubectl(who, &["create", "-f", "-"], Some(&object.to_string())).map(drop),
        kubectl(who, &["apply", "-f", "-"], Some(&object.to_string())).map(drop),
    ];
    answers
        .into_iter()
        .map(|answer| {
            let said = answer.expect_err(&format!("{who} was not to file this: {object}"));
            for part in words {
                assert!(said.contains(part), "{part:?} is not in: {said}");
            }
            said
        })
        .collect()
}

const NOT_ME: &[&str] = &[
    "nobody asks in the name of another",
    "or name yourself, \"requestedBy\"",
];
const RESERVED: &[&str] = &[
    "reserved for requests that the operator files itself",
    "choose another name",
];

#[rstest]
#[case::forged_name("alice", spec(json!({"requestedBy": {"username": "bob"}})), NOT_ME)]
#[case::forged_uid("alice", spec(json!({"requestedBy": {"username": "alice", "uid": "uid-bob"}})), NOT_ME)]
#[case::forged_by_the_operator("operator", spec(json!({"requestedBy": {"username": "alice"}})), NOT_ME)]
#[case::forged_by_the_admin("admin", spec(json!({"requestedBy": {"username": "alice", "uid": "uid-alice"}})), NOT_ME)]
#[case::may_approve("alice", spec(json!({"requestedBy": {"username": "alice", "mayApprove": true}})), &["mayApprove is true, but you (alice) lack \"approve\"", "leave mayApprove out"])]
#[case::caused_by("alice", spec(json!({"causedBy": {"name": "other"}})), RESERVED)]
#[case::end("alice", json!({"metadata": {"name": "hire-end"}, "spec": {"causedBy": {"name": "hire"}}}), RESERVED)]
#[case::end_by_who_holds_every_role("quentin", json!({"metadata": {"name": "hire-end"}, "spec": {"causedBy": {"name": "hire"}}}), RESERVED)]
#[case::end_by_who_has_all_of_rbac("oscar", json!({"metadata": {"name": "hire-end"}, "spec": {"causedBy": {"name": "hire"}}}), RESERVED)]
#[case::end_by_a_fulfiller("bob", json!({"metadata": {"name": "hire-end"}, "spec": {"causedBy": {"name": "hire"}}}), &["forbidden: User \"bob\" cannot"])]
#[case::end_without_cause("operator", json!({"metadata": {"name": "hire-end"}}), &["names ending in -end are reserved", "choose another name"])]
#[case::end_in_the_name_of_another("operator", json!({"metadata": {"name": "hire-end"}, "spec": {"causedBy": {"name": "hire"}, "requestedBy": {"username": "alice"}}}), NOT_ME)]
#[case::approved_at_birth("quentin", approval("quentin", "Approved"), &["approvals cannot be set when the request is created", "leave them out"])]
#[case::label("alice", json!({"metadata": {"labels": {"handoff.dev/line": "x"}}}), &["\"handoff.dev/line\" is reserved", "as they are"])]
#[case::annotation("alice", json!({"metadata": {"annotations": {"handoff.dev/accept": "x"}}}), &["\"handoff.dev/accept\" is reserved", "as they are"])]
#[case::probe("alice", json!({"metadata": {"annotations": {"handoff.dev/policy-probe": "other"}}}), &["only for dry runs", "take it out"])]
#[case::finalizer("alice", json!({"metadata": {"finalizers": ["example.com/mine"]}}), &["only the operator may set finalizers", "leave them"])]
#[case::no_right("mallory", json!({}), &["forbidden: User \"mallory\" cannot"])]
#[case::unknown_property("alice", spec(json!({"properties": {"colour": "red"}})), &["has no property \"colour\"", "it has zone, doors, pin, codes", "Correct the name"])]
#[case::unknown_values("alice", spec(json!({"values": {"colours": ["red"]}})), &["has no property \"colours\"", "Correct the name"])]
#[case::unknown_added("alice", spec(json!({"operation": "Update", "addValues": {"colours": ["red"]}})), &["has no property \"colours\""])]
#[case::unknown_removed("alice", spec(json!({"operation": "Update", "removeValues": {"colours": ["red"]}})), &["has no property \"colours\""])]
#[case::unknown_secret("alice", spec(json!({"secrets": ["password"]})), &["has no property \"password\""])]
#[case::unknown_on_two_lines("alice", spec(json!({"properties": {"a\nb": "red"}})), &["does not have these properties", "correct the names"])]
#[case::creation("alice", spec(json!({"resourceTypeRef": {"name": "no-creation"}})), &["\"no-creation\" does not allow operation Create", "ask who keeps the type"])]
#[case::update("alice", spec(json!({"resourceTypeRef": {"name": "no-update"}, "operation": "Update"})), &["\"no-update\" does not allow operation Update", "ask who keeps the type"])]
#[case::deletion("alice", spec(json!({"resourceTypeRef": {"name": "no-deletion"}, "operation": "Delete", "properties": null})), &["\"no-deletion\" does not allow operation Delete", "ask who keeps the type"])]
fn a_request_is_refused(#[case] who: &str, #[case] change: Value, #[case] words: &[&str]) {
    cannot_file(who, &signed(who, &wish(change)), words);
}

#[rstest]
#[case::one(json!({"properties": {"pin": "hunter2-8461"}}), "pin")]
#[case::several(json!({"values": {"codes": ["hunter2-8461"]}}), "codes")]
#[case::wrong_map(json!({"values": {"pin": ["hunter2-8461"]}}), "pin")]
#[case::added(json!({"operation": "Update", "addValues": {"codes": ["hunter2-8461"]}}), "codes")]
#[case::removed(json!({"operation": "Update", "removeValues": {"codes": ["hunter2-8461"]}}), "codes")]
fn the_value_of_a_secret_is_refused_and_not_repeated(#[case] change: Value, #[case] name: &str) {
    for who in ["alice", "operator"] {
        let words = [
            format!("\"{name}\" is a Secret"),
            format!("write secrets: [\"{name}\"]"),
        ];
        let object = signed(who, &wish(spec(change.clone())));
        for said in cannot_file(who, &object, &[&words[0], &words[1]]) {
            assert!(!said.contains("8461"), "{said}");
        }
    }
}

#[rstest]
#[case::plain("alice", json!({}), false)]
#[case::by_name("alice", json!({"requestedBy": {"username": "alice"}}), false)]
#[case::a_type_to_come("alice", json!({"resourceTypeRef": {"name": "not-yet"}, "properties": {"colour": "red"}}), false)]
#[case::a_secret_by_name("alice", json!({"secrets": ["pin", "codes"]}), false)]
#[case::values("alice", json!({"values": {"doors": ["1", "2"]}}), false)]
#[case::other_operations("alice", json!({"resourceTypeRef": {"name": "no-deletion"}}), false)]
#[case::who_may_approve("quentin", json!({}), true)]
#[case::who_may_approve_and_says_who("quentin", json!({"requestedBy": {"username": "quentin"}}), true)]
#[case::who_may_approve_and_says_so("quentin", json!({"requestedBy": {"username": "quentin", "mayApprove": true}}), true)]
#[case::an_end_that_the_type_forbids("operator", json!({"resourceTypeRef": {"name": "no-deletion"}, "operation": "Delete", "properties": null, "causedBy": {"name": "x"}}), false)]
fn a_request_is_filed_and_says_who(#[case] who: &str, #[case] change: Value, #[case] may_approve: bool) {
    let says_so = change["requestedBy"]["mayApprove"] == true;
    let stored = dry_create(who, REQUESTS, &signed(who, &wish(spec(change)))).unwrap();
    assert_stamp(&stored["spec"]["requestedBy"], who);
    let expected = may_approve && (STAMPED || says_so);
    assert_eq!(
        stored["spec"]["requestedBy"]["mayApprove"] == true,
        expected,
        "{stored}"
    );
}

/// What the operator files when an endTime comes: whatever the type allows people, and with the longest name.
#[rstest]
#[case::access_ends("hire-end", json!({"operation": "Delete"}))]
#[case::where_people_may_not("leave-end", json!({"resourceTypeRef": {"name": "no-deletion"}, "operation": "Delete"}))]
#[case::added_values_go("doors-end", json!({"resourceTypeRef": {"name": "no-update"}, "operation": "Update", "removeValues": {"doors": ["1"]}}))]
#[case::of_the_longest_name(&format!("{}-end", "x".repeat(249)), json!({"operation": "Delete"}))]
fn an_end_is_filed_by_the_operator(#[case] name: &str, #[case] spec: Value) {
    let cause = name.strip_suffix("-end").unwrap();
    let object = wish(json!({"metadata": {"name": name}, "spec": {"properties": null, "causedBy": {"name": cause}}}));
    let mut object = signed("operator", &object);
    cluster::merge(&mut object["spec"], &spec);
    let stored = create("operator", REQUESTS, &object).unwrap();
    assert_eq!(stored["spec"]["causedBy"]["name"], cause);
    assert_eq!(
        stored["spec"]["requestedBy"]["username"],
        cluster::username("operator"),
        "{stored}"
    );
    let why = json!({"spec": {"causedBy": {"name": "another"}}});
    for way in ALL {
        let said = cluster::write(*way, "operator", REQUESTS, name, "", &why).unwrap_err();
        assert!(said.contains("causedBy is immutable"), "{way:?}: {said}");
    }
}

#[test]
fn without_stamping_a_plain_request_is_refused_with_the_fix() {
    let plain = wish(json!({}));
    if STAMPED {
        assert_stamp(
            &dry_create("alice", REQUESTS, &plain).unwrap()["spec"]["requestedBy"],
            "alice",
        );
        return;
    }
    cannot_file(
        "alice",
        &plain,
        &[
            "spec.requestedBy is missing",
            "\"requestedBy\":{\"username\":\"alice\"}",
        ],
    );
}

const KEY: &[&str] = &[
    "an approval stands under the name of who gives it",
    "write \"approvals\":{\"dave\"",
];

#[rstest]
#[case::for_another("dave", unapproved(), approval("quentin", "Approved"), KEY)]
#[case::with_another("dave", unapproved(), json!({"spec": {"approvals": {"dave": {"result": "Approved"}, "erin": {"result": "Approved"}}}}), KEY)]
#[case::without_right("oscar", unapproved(), approval("oscar", "Approved"), &["you (oscar) may not approve", "\"approve\" on ResourceType \"badge\"", "ask an administrator"])]
#[case::the_requester("alice", unapproved(), approval("alice", "Approved"), &["you (alice) may not approve", "ask an administrator"])]
#[case::the_operator("operator", unapproved(), approval("system:serviceaccount:handoff-system:handoff", "Approved"), &["may not approve", "ask an administrator"])]
#[case::a_requester_who_may_approve("quentin", request_of("quentin").status(json!({"workflowState": "PendingApproval"})), approval("quentin", "Approved"), &["you (quentin) made this request", "somebody else has to approve"])]
#[case::the_owner("dave", unapproved().status(json!({"ownerUsername": "dave"})), approval("dave", "Declined"), &["you (dave) own what this request is about", "somebody else has to approve"])]
#[case::early("dave", request_of("alice"), approval("dave", "Approved"), &["only while the request is PendingApproval", "kubectl describe areq"])]
#[case::late("dave", unapproved().status(json!({"workflowState": "Declined"})), approval("dave", "Approved"), &["it is Declined", "kubectl describe areq"])]
#[case::changed("dave", unapproved().then("dave", json!({"approvals": {"dave": {"result": "Approved"}}})), approval("dave", "Declined"), &["an approval is final", "cancel it"])]
#[case::changed_of_another("dave", unapproved().then("quentin", json!({"approvals": {"quentin": {"result": "Declined"}}})), approval("quentin", "Approved"), &["an approval is final", "cancel it"])]
#[case::smuggled_state("dave", request_of("alice"), json!({"spec": {"approvals": {"dave": {"result": "Approved"}}}, "status": {"workflowState": "PendingApproval"}}), &["only while the request is PendingApproval"])]
#[case::requester_changed("alice", request_of("alice"), json!({"spec": {"requestedBy": {"username": "bob", "uid": "uid-bob"}}}), &["requestedBy is immutable", "file a new one"])]
#[case::rights_added("alice", request_of("alice"), json!({"spec": {"requestedBy": {"username": "alice", "uid": "uid-alice", "mayApprove": true}}}), &["requestedBy is immutable", "file a new one"])]
#[case::label("alice", request_of("alice"), json!({"metadata": {"labels": {"handoff.dev/line": "x"}}}), &["\"handoff.dev/line\" is reserved", "as they are"])]
#[case::finalizer("alice", request_of("alice"), json!({"metadata": {"finalizers": ["example.com/mine"]}}), &["only the operator may set finalizers", "leave them"])]
fn a_change_is_refused(#[case] who: &str, #[case] plan: Plan, #[case] change: Value, #[case] words: &[&str]) {
    refused(ALL, who, &plan, &change, words);
}

#[test]
fn an_approval_is_not_taken_away() {
    let approved = unapproved().then("dave", json!({"approvals": {"dave": {"result": "Approved"}}}));
    let gone = json!({"spec": {"approvals": {"dave": null}}});
    refused(TAKING, "dave", &approved, &gone, &["an approval is final", "cancel it"]);
}

#[rstest]
#[case::first("dave", unapproved())]
#[case::declined("quentin", unapproved())]
#[case::second("quentin", unapproved().then("dave", json!({"approvals": {"dave": {"result": "Approved"}}})))]
fn an_approval_is_accepted(#[case] who: &str, #[case] plan: Plan) {
    for stored in accepted(ALL, who, &plan, &approval(who, "Approved")) {
        assert_eq!(stored["spec"]["approvals"][who]["result"], "Approved");
    }
}

#[rstest]
#[case("alice", json!({"metadata": {"labels": {"team": "claims", "handoff.dev/keep": "true"}}}))]
#[case("dave", json!({"metadata": {"annotations": {"example.com/seen": "yes"}}}))]
fn other_metadata_is_free(#[case] who: &str, #[case] change: Value) {
    for stored in accepted(ALL, who, &request_of("alice"), &change) {
        assert_stamp(&stored["spec"]["requestedBy"], "alice");
    }
}

/// A portal that applies the same file every night changes nothing, and keeps what admission filled in.
#[test]
fn applied_twice_nothing_changes() {
    let object = signed("alice", &wish(json!({"metadata": {"name": "nightly"}})));
    let text = object.to_string();
    for arguments in [
        vec!["apply", "-f", "-"],
        vec!["apply", "--server-side", "--force-conflicts", "-f", "-"],
    ] {
        kubectl("alice", &arguments, Some(&text)).unwrap();
        let first = cluster::get(REQUESTS, "nightly");
        kubectl("alice", &arguments, Some(&text)).unwrap();
        let second = cluster::get(REQUESTS, "nightly");
        assert_eq!(
            first["metadata"]["resourceVersion"],
            second["metadata"]["resourceVersion"]
        );
        assert_stamp(&second["spec"]["requestedBy"], "alice");
        assert_eq!(second["apiVersion"], API);
    }
}

/// CEL stops an expression that costs too much, and a policy that is stopped refuses.
#[test]
fn the_largest_request_can_be_filed() {
    let names: Vec<String> = (0..64).map(|number| format!("p{number:0>62}")).collect();
    let definitions: Vec<Value> = names
        .iter()
        .map(|name| json!({"name": name, "type": "String", "multiValued": true}))
        .collect();
    let kind = json!({"apiVersion": API, "kind": "ResourceType", "metadata": {"name": "large"}, "spec": {"properties": definitions}});
    create("gita", "resourcetypes", &kind).unwrap();
    let map = |value: Value| {
        names
            .iter()
            .map(|name| (name.clone(), value.clone()))
            .collect::<serde_json::Map<_, _>>()
    };
    let several = map(json!(vec!["v".repeat(100); 30]));
    let mut object = wish(spec(json!({
        "resourceTypeRef": {"name": "large"}, "operation": "Update", "secrets": names,
        "values": several, "addValues": several, "removeValues": several,
    })));
    object["spec"]["properties"] = Value::Object(map(json!("v".repeat(1000))));
    let object = signed("alice", &object);
    let mut wrong = object.clone();
    wrong["spec"]["removeValues"]
        .as_object_mut()
        .unwrap()
        .remove(&names[63]);
    wrong["spec"]["removeValues"]["zzz"] = json!(["v"]);
    cluster::eventually("the policy knows the type", || {
        dry_create("alice", REQUESTS, &wrong).is_err_and(|said| said.contains("has no property \"zzz\""))
    });
    dry_create("alice", REQUESTS, &object).unwrap();
}
