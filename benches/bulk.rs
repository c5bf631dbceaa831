//! What it takes to confirm 1,000 orders with `kubectl handoff confirm`, beside the same number of bare patches with the same
//! parallelism, on the same server in the same run. Five of the orders may not be confirmed by whoever does it: each has to
//! be named with its reason, and nothing else may be affected. One run is cut off in the middle, and run again.
//!
//! Needs a control plane of its own: `make bench` starts one. `HANDOFF_BENCH_BULK` is another number of orders.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![allow(clippy::disallowed_methods, reason = "this is about time")]

use futures::{StreamExt, stream};
use kube::api::{Api, DynamicObject, Patch, PatchParams, PostParams};
use kube::config::{Config, KubeConfigOptions};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Client, ResourceExt};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How many writes are on their way at once, on both sides.
const PARALLEL: usize = 8;
/// Whoever confirms, on one type only.
const WHO: &str = "bea";
const ROUNDS: usize = 2;

fn many() -> usize {
    std::env::var("HANDOFF_BENCH_BULK").map_or(1_000, |text| text.parse().expect("HANDOFF_BENCH_BULK is a number"))
}

async fn client(context: &str, who: Option<&str>) -> Client {
    let options = KubeConfigOptions {
        context: Some(context.to_owned()),
        ..KubeConfigOptions::default()
    };
    let mut config = Config::from_kubeconfig(&options)
        .await
        .expect("make bench starts a control plane");
    config.default_retry = false;
    config.auth_info.impersonate = who.map(ToOwned::to_owned);
    Client::try_from(config).unwrap()
}

fn api(client: &Client, namespace: &str, group: &str, version: &str, kind: &str) -> Api<DynamicObject> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    if namespace.is_empty() {
        Api::all_with(client.clone(), &resource)
    } else {
        Api::namespaced_with(client.clone(), namespace, &resource)
    }
}

fn orders(client: &Client, namespace: &str) -> Api<DynamicObject> {
    api(client, namespace, "handoff.dev", "v1alpha1", "ProvisioningOrder")
}

async fn create(client: &Client, namespace: &str, object: Value) {
    let gvk = object["apiVersion"].as_str().unwrap();
    let (group, version) = gvk.split_once('/').unwrap_or(("", gvk));
    let kind = object["kind"].as_str().unwrap();
    let api = api(client, namespace, group, version, kind);
    let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
    api.create(&PostParams::default(), &object).await.unwrap();
}

/// A namespace in which `WHO` may fulfil orders of the type badge, and of no other.
async fn namespace(admin: &Client, name: &str) {
    create(
        admin,
        "",
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}),
    )
    .await;
    let rules = json!([
        {"apiGroups": ["handoff.dev"], "resources": ["provisioningorders"], "verbs": ["get", "list", "watch", "patch"]},
        {"apiGroups": ["handoff.dev"], "resources": ["resourcetypes"], "verbs": ["fulfill"], "resourceNames": ["badge"]},
    ]);
    let rbac = "rbac.authorization.k8s.io/v1";
    create(
        admin,
        name,
        json!({"apiVersion": rbac, "kind": "Role", "metadata": {"name": WHO}, "rules": rules}),
    )
    .await;
    create(
        admin,
        name,
        json!({"apiVersion": rbac, "kind": "RoleBinding", "metadata": {"name": WHO},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": WHO},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": WHO}]}),
    )
    .await;
}

fn order(kind: &str, number: usize, owner: &str, requester: &str) -> Value {
    json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ProvisioningOrder",
        "metadata": {"name": format!("{kind}.p{number}.1")},
        "spec": {
            "resourceTypeRef": {"name": kind}, "operation": "Create", "resource": {"identifier": format!("p{number}")},
            "sequence": 1, "attempt": 1, "requesters": [requester], "owner": {"id": "e1", "username": owner},
            "changes": [{"property": "zone", "type": "String", "proposed": ["A"]}],
            "desired": {"exists": true, "properties": {"zone": "A"}},
            "ticket": {"title": "Create", "instructions": "Create it."},
            "policy": policy(),
        },
    })
}

/// Orders that wait for a confirmation. With `refused` the first five may not be confirmed.
async fn fill(operator: &Client, carol: &Client, namespace: &str, refused: bool) {
    let api = orders(operator, namespace);
    let made = stream::iter(0..many()).map(|number| {
        let api = api.clone();
        async move {
            let order = match (refused, number) {
                (true, 0) => order("vault", number, "erin", "alice"),
                (true, 1) => order("vault", number, "erin", "alice"),
                (true, 2) => order("badge", number, WHO, "alice"),
                (true, 3) => order("badge", number, "erin", WHO),
                _other => order("badge", number, "erin", "alice"),
            };
            let object: DynamicObject = serde_json::from_value(order).unwrap();
            let made = api.create(&PostParams::default(), &object).await.unwrap();
            let status = Patch::Merge(json!({"status": {"state": "Transmitted"}}));
            api.patch_status(&made.name_any(), &PatchParams::default(), &status)
                .await
                .unwrap();
        }
    });
    made.buffer_unordered(16).collect::<Vec<_>>().await;
    if refused {
        let said = json!({"spec": {"decision": {"result": "Errored", "message": "no paper"}}});
        let api = orders(carol, namespace);
        api.patch("badge.p4.1", &PatchParams::default(), &Patch::Merge(said))
            .await
            .unwrap();
    }
}

/// The same patches without the plugin.
async fn bare(client: &Client, namespace: &str) -> Duration {
    let api = orders(client, namespace);
    let names: Vec<String> = (0..many()).map(|number| format!("badge.p{number}.1")).collect();
    let started = Instant::now();
    let patches = stream::iter(names).map(|name| {
        let api = api.clone();
        async move {
            let said = Patch::Merge(json!({"spec": {"decision": {"result": "Confirmed"}}}));
            api.patch(&name, &PatchParams::default(), &said).await.unwrap();
        }
    });
    patches.buffer_unordered(PARALLEL).collect::<Vec<_>>().await;
    started.elapsed()
}

fn plugin(namespace: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-handoff"));
    command.args([
        "confirm",
        "--context",
        "admin",
        "--as",
        WHO,
        "-n",
        namespace,
        "--all",
        "--yes",
    ]);
    command
        .args(["--parallel", &PARALLEL.to_string()])
        .args(more)
        .stdin(Stdio::null());
    command
}

fn words(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The plugin's run: its time, once everything that it says has been checked.
async fn bulk(admin: &Client, namespace: &str, all: &[String]) -> Duration {
    let names = all.join("\n");
    let file = std::env::temp_dir().join(format!("handoff-bulk-{}", std::process::id()));
    std::fs::write(&file, names).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-handoff"));
    command.args(["confirm", "--context", "admin", "--as", WHO, "-n", namespace, "--yes"]);
    command.args(["--parallel", &PARALLEL.to_string(), "-f", file.to_str().unwrap()]);
    let started = Instant::now();
    let output = command.stdin(Stdio::null()).output().unwrap();
    let time = started.elapsed();
    std::fs::remove_file(&file).unwrap();
    let said = words(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    let summary = format!("{} confirmed, 5 refused of {} orders", many() - 5, many());
    for expected in [
        summary.as_str(),
        "2 refused: you (bea) may not decide this order: that takes \"fulfill\" on ResourceType \"vault\"",
        "vault.p0.1, vault.p1.1",
        "2 refused: you (bea) asked for this order or own what it is about",
        "badge.p2.1, badge.p3.1",
        "1 refused: it was reported as an error by carol",
        "badge.p4.1",
    ] {
        assert!(said.contains(expected), "{expected:?} is missing in: {said}");
    }
    assert_eq!(
        confirmed(admin, namespace).await,
        many() - 5,
        "nothing else is affected"
    );
    time
}

async fn confirmed(admin: &Client, namespace: &str) -> usize {
    let which = kube::api::ListParams::default().fields("spec.decision.result=Confirmed");
    orders(admin, namespace).list(&which).await.unwrap().items.len()
}

/// Cut off in the middle, and run again.
async fn cut_off(admin: &Client, namespace: &str) -> (usize, usize) {
    let mut command = plugin(namespace, &[]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..many() / 3 {
        lines.next().unwrap().unwrap();
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let first = many() / 3 + lines.count();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(
        confirmed(admin, namespace).await,
        first,
        "what it said is what is stored"
    );
    let output = plugin(namespace, &["-o", "name"]).output().unwrap();
    assert!(output.status.success(), "{}", words(&output));
    let second = output.stdout.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(confirmed(admin, namespace).await, many());
    (first, second)
}

#[tokio::main]
async fn main() {
    let admin = client("admin", None).await;
    let operator = client("operator", None).await;
    let carol = client("carol", None).await;
    let who = client("admin", Some(WHO)).await;
    println!(
        "{} orders, {PARALLEL} writes at once; five of the plugin's may not be confirmed\n",
        many()
    );
    println!("{:<22} {:>9} {:>9} {:>7}", "round", "bare", "plugin", "ratio");
    let all: Vec<String> = (0..many())
        .map(|number| format!("{}.p{number}.1", if number < 2 { "vault" } else { "badge" }))
        .collect();
    for round in 0..ROUNDS {
        let (plain, ruled) = (format!("bulk-bare-{round}"), format!("bulk-plugin-{round}"));
        for name in [&plain, &ruled] {
            namespace(&admin, name).await;
        }
        fill(&operator, &carol, &plain, false).await;
        fill(&operator, &carol, &ruled, true).await;
        let (without, with) = if round % 2 == 0 {
            let without = bare(&who, &plain).await;
            (without, bulk(&admin, &ruled, &all).await)
        } else {
            let with = bulk(&admin, &ruled, &all).await;
            (bare(&who, &plain).await, with)
        };
        let ratio = with.as_secs_f64() / without.as_secs_f64();
        let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
        println!(
            "{:<22} {:>9} {:>9} {ratio:>7.2}",
            round + 1,
            seconds(without),
            seconds(with)
        );
    }
    namespace(&admin, "bulk-cut-off").await;
    fill(&operator, &carol, "bulk-cut-off", false).await;
    let (first, second) = cut_off(&admin, "bulk-cut-off").await;
    println!(
        "\ncut off with Ctrl-C after {first}, run again: {second} more, {} in all",
        first + second
    );
}

/// What an order's type says where nothing special is meant.
fn policy() -> Value {
    serde_json::from_str(include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/order-policy.json"
    )))
    .unwrap()
}
