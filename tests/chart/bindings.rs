//! Who is bound to what: the operator, in all namespaces or in some, and people.

use super::helm::{HOME, Rendered, template};
use rstest::rstest;
use serde_json::{Value, json};

fn operator() -> Value {
    json!([{"kind": "ServiceAccount", "name": "handoff", "namespace": HOME}])
}

#[test]
fn the_operator_holds_its_role_everywhere() {
    let rendered = Rendered::with(&[]);
    let binding = rendered.one("ClusterRoleBinding");
    assert_eq!(binding["roleRef"]["name"], "handoff-operator");
    assert_eq!(binding["subjects"], operator());
    assert_eq!(rendered.names("RoleBinding"), ["handoff-system/handoff-lease"]);
}

/// What it reads of the whole cluster is not a second list of rules: it is taken out of its role.
#[test]
fn or_in_some_namespaces_and_what_belongs_to_none() {
    let rendered = Rendered::set(r#"watchNamespaces=["hr","identity"]"#);
    assert_eq!(
        rendered.names("RoleBinding"),
        [
            "handoff-system/handoff-lease",
            "hr/handoff-operator",
            "identity/handoff-operator"
        ]
    );
    for binding in rendered
        .all("RoleBinding")
        .into_iter()
        .chain(rendered.all("ClusterRoleBinding"))
    {
        assert_eq!(binding["subjects"], operator());
    }
    let in_identity = rendered.named("RoleBinding", "identity/handoff-operator");
    assert_eq!(in_identity["roleRef"]["name"], "handoff-operator");
    assert_eq!(rendered.names("ClusterRoleBinding"), ["handoff-cluster"]);
    let cluster = rendered.named("ClusterRole", "handoff-cluster")["rules"]
        .as_array()
        .unwrap();
    assert_eq!(cluster.len(), 2);
    for rule in cluster {
        assert_eq!(rule["verbs"], json!(["get", "list", "watch"]));
    }
    let lease = rendered.named("RoleBinding", "handoff-system/handoff-lease");
    assert_eq!(lease["roleRef"]["name"], "handoff-operator-lease");
    let of_lease = &rendered.named("ClusterRole", "handoff-operator-lease")["rules"];
    assert_eq!(of_lease.as_array().unwrap().len(), 1);
    assert_eq!(of_lease[0]["resources"], json!(["leases"]));
}

#[test]
fn another_service_account_is_bound_instead() {
    let rendered = Rendered::set(r#"serviceAccount={"create":false,"name":"mine"}"#);
    assert_eq!(rendered.one("ClusterRoleBinding")["subjects"][0]["name"], "mine");
    assert_eq!(
        rendered.one("Deployment")["spec"]["template"]["spec"]["serviceAccountName"],
        "mine"
    );
}

/// Not to whatever else runs in the namespace.
#[test]
fn the_account_of_nobody_in_particular_is_not_bound() {
    let said = template(&["--set", "serviceAccount.create=false"]).unwrap_err();
    assert!(said.contains("name the account"), "{said}");
}

#[test]
fn people_are_bound_in_a_namespace_or_in_all() {
    let bindings = json!([
        {"role": "handoff-fulfiller", "namespace": "identity", "subjects": [{"kind": "Group", "name": "helpdesk"}]},
        {"role": "handoff-viewer", "subjects": [{"kind": "User", "name": "ivan"}]},
        {"role": "handoff-inventory-writer", "name": "nightly", "namespace": "hr",
         "subjects": [{"kind": "ServiceAccount", "name": "export", "namespace": "jobs"}]},
        {"role": "fulfills-badges", "kind": "Role", "namespace": "identity", "subjects": [{"kind": "User", "name": "nina"}]},
    ]);
    let rendered = Rendered::set(&format!("bindings={bindings}"));
    let fulfiller = rendered.named("RoleBinding", "identity/handoff-fulfiller");
    assert_eq!(
        fulfiller["roleRef"],
        json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "handoff-fulfiller"})
    );
    let group = json!([{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "helpdesk"}]);
    assert_eq!(fulfiller["subjects"], group);
    assert_eq!(
        rendered.names("ClusterRoleBinding"),
        ["handoff-operator", "handoff-viewer"]
    );
    let nightly = rendered.named("RoleBinding", "hr/nightly");
    let export = json!([{"kind": "ServiceAccount", "name": "export", "namespace": "jobs"}]);
    assert_eq!(nightly["subjects"], export);
    let own = rendered.named("RoleBinding", "identity/handoff-fulfills-badges");
    assert_eq!(own["roleRef"]["kind"], "Role");
}

#[rstest]
#[case::the_operators_role(json!([{"role": "handoff-operator", "subjects": [{"kind": "User", "name": "bob"}]}]), "service account alone")]
#[case::one_name_twice(
    json!([
        {"role": "handoff-viewer", "subjects": [{"kind": "User", "name": "bob"}]},
        {"role": "handoff-viewer", "subjects": [{"kind": "User", "name": "carol"}]},
    ]),
    "two are called handoff-viewer in all namespaces"
)]
#[case::a_role_of_no_namespace(json!([{"role": "mine", "kind": "Role", "subjects": [{"kind": "User", "name": "bob"}]}]), "is in one namespace")]
fn what_cannot_be_meant_is_refused(#[case] bindings: Value, #[case] words: &str) {
    let said = template(&["--set-json", &format!("bindings={bindings}")]).unwrap_err();
    assert!(said.contains(words), "{said}");
}
