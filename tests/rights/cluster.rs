//! The control plane as the people of the suite see it: a namespace of its own, one client per person, and the ways in
//! which a write can reach an object.

use kube::Client;
use kube::config::{Config, KubeConfigOptions};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;
use tokio::runtime::Runtime;

pub const API: &str = "handoff.dev/v1alpha1";
const PAUSE: Duration = Duration::from_millis(50);
const TRIES: u32 = 600;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static CLIENTS: Mutex<BTreeMap<String, Client>> = Mutex::new(BTreeMap::new());

/// People whom the launcher does not know, with the roles that they hold in the namespace. `admin` impersonates them.
const GUESTS: [(&str, &[&str]); 5] = [
    ("rita", &["handoff-dispatcher"]),
    (
        "quentin",
        &[
            "handoff-fulfiller",
            "handoff-approver",
            "handoff-reviewer",
            "handoff-requester",
            "handoff-inventory-writer",
        ],
    ),
    ("oscar", &["rights-everything-that-rbac-can-give"]),
    ("nina", &["handoff-viewer", "rights-fulfills-badges"]),
    ("frank", &["handoff-fulfiller"]),
];

/// The namespace of this run, with types and people in it.
pub static NAMESPACE: LazyLock<String> = LazyLock::new(|| {
    let name = format!("rights-{}", std::process::id());
    prepare(&name);
    name
});

pub fn path(kind: &str, name: &str) -> String {
    path_in(&NAMESPACE, kind, name)
}

pub fn path_in(namespace: &str, kind: &str, name: &str) -> String {
    let slash = if name.is_empty() { "" } else { "/" };
    format!("/apis/{API}/namespaces/{namespace}/{kind}{slash}{name}")
}

fn guest(who: &str) -> bool {
    who.starts_with("system:") || GUESTS.iter().any(|(name, _)| *name == who)
}

/// The uid that the API server sees.
pub fn uid(who: &str) -> String {
    format!("uid-{who}")
}

/// The name that the API server sees.
pub fn username(who: &str) -> &str {
    match who {
        "operator" => "system:serviceaccount:handoff-system:handoff",
        other => other,
    }
}

fn client(context: &str) -> Client {
    let mut clients = CLIENTS.lock().unwrap();
    if let Some(client) = clients.get(context) {
        return client.clone();
    }
    let options = KubeConfigOptions {
        context: Some(context.to_owned()),
        ..KubeConfigOptions::default()
    };
    let client = RUNTIME.block_on(async {
        let config = Config::from_kubeconfig(&options)
            .await
            .expect("no control plane: run `make test`, which starts one");
        Client::try_from(config).unwrap()
    });
    clients.insert(context.to_owned(), client.clone());
    client
}

/// One request as a person: the answer, or what the API server said instead.
pub fn call(who: &str, method: &str, path: &str, content_type: &str, body: &Value) -> Result<Value, String> {
    let context = if guest(who) { "admin" } else { who };
    let body = if body.is_null() {
        Vec::new()
    } else {
        body.to_string().into_bytes()
    };
    let mut request = kube::core::Request::new("/")
        .get("x", &kube::api::GetParams::default())
        .unwrap()
        .map(|_| body);
    *request.method_mut() = method.parse().unwrap();
    *request.uri_mut() = path.parse().unwrap();
    request
        .headers_mut()
        .insert("content-type", content_type.parse().unwrap());
    if guest(who) {
        request.headers_mut().insert("impersonate-user", who.parse().unwrap());
        request
            .headers_mut()
            .insert("impersonate-uid", uid(who).parse().unwrap());
        request
            .headers_mut()
            .insert("impersonate-group", "system:authenticated".parse().unwrap());
    }
    match RUNTIME.block_on(client(context).request::<Value>(request)) {
        Ok(answer) => Ok(answer),
        Err(kube::Error::Api(status)) => Err(status.message),
        Err(error) => panic!("{who} {method} {path}: {error}"),
    }
}

const JSON: &str = "application/json";
const MERGE: &str = "application/merge-patch+json";

pub fn get(kind: &str, name: &str) -> Value {
    call("admin", "GET", &path(kind, name), JSON, &Value::Null).unwrap()
}

pub fn create(who: &str, kind: &str, object: &Value) -> Result<Value, String> {
    call(who, "POST", &path(kind, ""), JSON, object)
}

pub fn dry_create(who: &str, kind: &str, object: &Value) -> Result<Value, String> {
    call(who, "POST", &(path(kind, "") + "?dryRun=All"), JSON, object)
}

pub fn delete(who: &str, kind: &str, name: &str) -> Result<Value, String> {
    call(who, "DELETE", &path(kind, name), JSON, &Value::Null)
}

/// How a write reaches an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `kubectl patch --type=merge`, as people type it.
    Kubectl,
    Merge,
    JsonPatch,
    /// Server-side apply with force.
    Apply,
    Replace,
}

/// Every way.
pub const ALL: &[Way] = &[Way::Kubectl, Way::Merge, Way::JsonPatch, Way::Apply, Way::Replace];
/// The ways that can take something away.
pub const TAKING: &[Way] = &[Way::Kubectl, Way::Merge, Way::JsonPatch, Way::Replace];

/// Writes a change, given as a merge patch, in one of the ways.
pub fn write(way: Way, who: &str, kind: &str, name: &str, subresource: &str, change: &Value) -> Result<Value, String> {
    let path = path(kind, name) + subresource;
    match way {
        Way::Kubectl => {
            let mut args = vec!["patch", kind, name, "--type=merge", "-o", "json"];
            if !subresource.is_empty() {
                args.push("--subresource=status");
            }
            let change = change.to_string();
            args.extend(["-p", &change]);
            kubectl(who, &args, None).map(|answer| serde_json::from_str(&answer).unwrap())
        }
        Way::Merge => call(who, "PATCH", &path, MERGE, change),
        Way::JsonPatch => {
            let mut steps = Vec::new();
            json_patch(&get(kind, name), change, String::new(), &mut steps);
            call(who, "PATCH", &path, "application/json-patch+json", &Value::Array(steps))
        }
        Way::Apply => {
            let mut object = json!({"apiVersion": API, "kind": kind_of(kind), "metadata": {"name": name}});
            merge(&mut object, change);
            let path = format!("{path}?fieldManager={who}&force=true");
            call(who, "PATCH", &path, "application/apply-patch+yaml", &object)
        }
        Way::Replace => {
            let mut object = get(kind, name);
            merge(&mut object, change);
            call(who, "PUT", &path, JSON, &object)
        }
    }
}

fn kind_of(plural: &str) -> &'static str {
    match plural {
        "provisioningorders" => "ProvisioningOrder",
        "assignmentrequests" => "AssignmentRequest",
        "resourcetypes" => "ResourceType",
        "managedresources" => "ManagedResource",
        "synchronizations" => "Synchronization",
        other => panic!("no kind {other}"),
    }
}

/// RFC 7386.
pub fn merge(target: &mut Value, change: &Value) {
    let Some(fields) = change.as_object() else {
        *target = change.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in fields {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(key);
        } else {
            merge(&mut target[key], value);
        }
    }
}

/// The same as JSON patch. A block of a person is replaced as a whole, unlike in a merge patch.
fn json_patch(current: &Value, change: &Value, at: String, steps: &mut Vec<Value>) {
    let maps = [
        "/metadata",
        "/metadata/labels",
        "/metadata/annotations",
        "/spec",
        "/spec/approvals",
        "/spec/policy",
        "/spec/policy/decision",
        "/status",
    ];
    for (key, value) in change.as_object().unwrap() {
        let path = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        if value.is_null() {
            if current.get(key).is_some() {
                steps.push(json!({"op": "remove", "path": path}));
            }
        } else if current.get(key).is_some() && maps.contains(&path.as_str()) {
            json_patch(&current[key], value, path, steps);
        } else {
            steps.push(json!({"op": "add", "path": path, "value": value}));
        }
    }
}

/// kubectl as a person.
pub fn kubectl(who: &str, args: &[&str], input: Option<&str>) -> Result<String, String> {
    let program = std::env::var("KUBECTL").expect("no control plane: run `make test`, which starts one");
    let mut command = Command::new(program);
    if guest(who) {
        command.args(["--context", "admin", "--as", who, "--as-uid", &uid(who)]);
    } else {
        command.args(["--context", who]);
    }
    command.args(["-n", &NAMESPACE]).args(args);
    said(command, input)
}

fn said(mut command: Command, input: Option<&str>) -> Result<String, String> {
    command
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    if let Some(input) = input {
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

/// Asks again until the answer is yes: for caches of the API server that no watch shows.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..TRIES {
        if holds() {
            return;
        }
        std::thread::sleep(PAUSE);
    }
    panic!("still not so: {what}");
}

/// A namespace with two types, the roles of the guests, and policies that know all of it.
fn prepare(namespace: &str) {
    let post = |path: &str, object: Value| call("admin", "POST", path, JSON, &object).unwrap();
    post("/api/v1/namespaces", json!({"metadata": {"name": namespace}}));
    let rbac = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}");
    let role = |name: &str, rules: Value| {
        post(
            &format!("{rbac}/roles"),
            json!({"metadata": {"name": name}, "rules": rules}),
        );
    };
    // All that an administrator of the namespace might have been given, without a single virtual verb.
    role(
        "rights-everything-that-rbac-can-give",
        json!([{
            "apiGroups": ["handoff.dev"], "resources": ["*"],
            "verbs": ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
        }]),
    );
    role(
        "rights-fulfills-badges",
        json!([
            {"apiGroups": ["handoff.dev"], "resources": ["provisioningorders"], "verbs": ["update", "patch"]},
            {"apiGroups": ["handoff.dev"], "resources": ["resourcetypes"], "resourceNames": ["badge"], "verbs": ["fulfill"]},
        ]),
    );
    for (who, roles) in GUESTS {
        for role in roles {
            let kind = if role.starts_with("rights-") {
                "Role"
            } else {
                "ClusterRole"
            };
            post(
                &format!("{rbac}/rolebindings"),
                json!({
                    "metadata": {"name": format!("{who}-{role}")},
                    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
                    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": who}],
                }),
            );
        }
    }
    let types = path_in(namespace, "resourcetypes", "");
    let properties = json!([
        {"name": "zone", "type": "String"}, {"name": "doors", "type": "String", "multiValued": true},
        {"name": "pin", "type": "Secret"}, {"name": "codes", "type": "Secret", "multiValued": true},
    ]);
    let spec = json!({"provisioningConnection": {"package": "ManualTicket"}, "properties": properties});
    let type_ = |name: &str, more: Value| {
        let mut object = json!({"apiVersion": API, "kind": "ResourceType", "metadata": {"name": name}, "spec": spec});
        merge(&mut object["spec"], &more);
        call("gita", "POST", &types, JSON, &object).unwrap();
    };
    type_("badge", json!({}));
    type_("laptop", json!({}));
    for (name, allow) in [
        ("no-creation", "creation"),
        ("no-update", "update"),
        ("no-deletion", "deletion"),
    ] {
        type_(name, json!({"allow": {allow: false}}));
    }
    wait_for_types(namespace);
    wait_for_rights(namespace);
}

/// The policy that reads types has caches of its own: waits until it knows the last of them.
fn wait_for_types(namespace: &str) {
    let probe = json!({
        "apiVersion": API, "kind": "AssignmentRequest", "metadata": {"name": "probe"},
        "spec": {
            "resourceTypeRef": {"name": "no-deletion"}, "operation": "Delete", "owner": {"id": "nobody"},
            "requestedBy": {"username": "alice"},
        },
    });
    let path = path_in(namespace, "assignmentrequests", "?dryRun=All");
    eventually("the policy knows the types", || {
        call("alice", "POST", &path.replace("/?", "?"), JSON, &probe)
            .is_err_and(|said| said.contains("does not allow operation Delete"))
    });
}

/// Waits until the binding that was made last counts.
fn wait_for_rights(namespace: &str) {
    let attributes = json!({"namespace": namespace, "verb": "fulfill", "group": "handoff.dev", "resource": "resourcetypes", "name": "badge"});
    let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": attributes}});
    eventually("frank may fulfill", || {
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        call("frank", "POST", path, JSON, &review).unwrap()["status"]["allowed"] == true
    });
}
