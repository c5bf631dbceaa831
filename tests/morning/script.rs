//! The morning: 200 orders wait, and two people do some of them, one with the plugin, one with plain kubectl.

use crate::golden::{hours, plain};
use crate::place::Place;
use crate::window::Window;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/morning.md");

const HEAD: &str = "# A fulfiller's morning

Two hundred orders wait. Bob does a batch of them with `kubectl handoff`; Carol does the same with plain kubectl, which is
enough for everything. This page is what stood in their terminals; a test types it again and compares (`make test`).

";

const ASKING: &str = "
## Asking for something

Alice says what she wants and is asked for the rest, by what the type needs; what is wrong is asked again. She sees what it
would come to before anything is sent.
";

/// Somebody asks for a laptop, and is asked back.
fn asked_for(alice: &Window) {
    alice.begins(
        "kubectl handoff request create laptop --name nora-laptop --owner-name 'Nora Novak' -m 'Joins on Monday'",
    );
    alice.answers("Key of the owner", "nora", true);
    alice.answers("model (String)", "standard-14", true);
    alice.answers("ports (Integer)", "many", true);
    alice.answers("is not", "\u{15}4", true);
    alice.answers("[y/N]", "y", false);
    alice.done();
    alice.types("kubectl wait --for=jsonpath='{.status.provisioningState}'=Transmitted areq/nora-laptop");
    alice.types("kubectl handoff history nora-laptop");
}

pub fn morning() {
    let place = opened();
    let folder = folder("morning");
    let bob = desk(&place, &folder, "bob");
    let carol = desk(&place, &folder, "carol");

    bob.types("kubectl handoff work");
    bob.types("kubectl handoff work ErpAccount --unclaimed | head -5");
    bob.types("kubectl handoff work ErpAccount --unclaimed -o name | head -12 | kubectl handoff claim -f - --yes");
    bob.types("kubectl handoff show erp-account.clerk100.1");
    bob.types("kubectl handoff error erp-account.clerk103.1 -m 'company 3 is closed for new users'");
    bob.types("kubectl handoff error erp-account.clerk107.1 -m 'there is a CLERK107 already, of another person'");
    bob.begins("kubectl handoff confirm --mine");
    bob.answers("[y/N]", "y", false);
    bob.done();
    bob.types("kubectl handoff work");
    assert!(bob.coloured().contains("\u{1b}["), "nothing is coloured on a terminal");

    carol.types(
        "kubectl get porder --field-selector status.state=Transmitted --no-headers -o custom-columns=ENTITY:.spec.targetEntityType | sort | uniq -c",
    );
    carol.types(
        "kubectl patch --type=merge -p '{\"spec\":{\"assignee\":{\"username\":\"carol\"}}}' $(kubectl get porder --field-selector status.state=Transmitted,spec.targetEntityType=Badge -o name | head -12)",
    );
    carol.types("kubectl get porder badge.guest205.1 -o jsonpath='{.spec.ticket.instructions}{\"\\n\"}'");
    for (order, message) in [
        ("badge.guest203.1", "no photo in the system"),
        ("badge.guest207.1", "left before the first day"),
    ] {
        let said = json!({"spec": {"decision": {"result": "Errored", "message": message}}});
        carol.types(&format!("kubectl patch porder {order} --type=merge -p '{said}'"));
    }
    carol.types(
        "kubectl patch --type=merge -p '{\"spec\":{\"decision\":{\"result\":\"Confirmed\"}}}' $(kubectl get porder --field-selector status.state=Transmitted,spec.assignee.username=carol -o name)",
    );
    carol.types(
        "kubectl get porder --field-selector spec.assignee.username=carol --no-headers -o custom-columns=STATE:.status.state,REASON:.status.reason | sort | uniq -c",
    );

    let alice = desk(&place, &folder, "alice");
    asked_for(&alice);

    let text = format!(
        "{HEAD}## With kubectl handoff\n\n```\n{}\n```\n\n## With plain kubectl\n\n```\n{}\n```\n{ASKING}\n```\n{}\n```\n",
        told(&bob),
        told(&carol),
        told(&alice)
    );
    compare(&text);
    std::fs::remove_dir_all(folder).unwrap();
}

/// 120 accounts, 60 badges and 20 laptops wait for somebody.
fn opened() -> Place {
    let mut place = Place::without_operator("morning");
    place.apply("gita", kind("erp-account", "ErpAccount", "SU-10"));
    place.apply("gita", kind("badge", "Badge", "the door system"));
    let mut laptop = kind("laptop", "Laptop", "the stock list");
    let needed = [
        ("model", "String", "standard-14 or standard-16"),
        ("ports", "Integer", "how many screens and docks"),
    ];
    for (name, kind, description) in needed {
        let property = json!({"name": name, "type": kind, "description": description, "required": true});
        laptop["spec"]["properties"].as_array_mut().unwrap().push(property);
    }
    place.apply("gita", laptop);
    place.start();
    let wishes = [
        ("erp-account", "clerk", 120),
        ("badge", "guest", 60),
        ("laptop", "clerk", 20),
    ];
    let items: Vec<Value> = wishes
        .iter()
        .flat_map(|(kind, owner, many)| {
            let start = if *kind == "badge" { 200 } else { 100 };
            (start..start + many).map(move |number| wish(kind, &format!("{owner}{number}")))
        })
        .collect();
    place.apply("alice", json!({"apiVersion": "v1", "kind": "List", "items": items}));
    for item in &items {
        let kind = item["spec"]["resourceTypeRef"]["name"].as_str().unwrap();
        let order = format!("porder/{kind}.{}.1", item["spec"]["owner"]["id"].as_str().unwrap());
        place.wait(&order, ".status.state", "Transmitted");
    }
    place
}

fn kind(name: &str, entity: &str, system: &str) -> Value {
    json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType", "metadata": {"name": name},
        "spec": {
            "targetEntityType": entity,
            "provisioningConnection": {"package": "ManualTicket"},
            // As many at once as this is no accident here.
            "properties": [{"name": "company", "type": "Integer"}, {"name": "initialPassword", "type": "Secret"}],
            "ticket": {
                "title": format!("{{{{ order.operation }}}} {entity} {{{{ resource.identifier }}}}"),
                "instructions": format!("1. Open {system}.\n2. Enter {{{{ resource.identifier }}}} for {{{{ owner.displayName }}}}.\n3. Save."),
            },
        },
    })
}

fn wish(kind: &str, owner: &str) -> Value {
    json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest",
        "metadata": {"name": format!("{kind}-{owner}")},
        "spec": {
            "resourceTypeRef": {"name": kind}, "operation": "Create",
            "owner": {"id": owner, "displayName": format!("Person {}", &owner[5..])},
            "properties": if kind == "laptop" {
                json!({"company": "3", "model": "standard-14", "ports": "2"})
            } else {
                json!({"company": "3"})
            },
            "secrets": ["initialPassword"],
            "justification": "Joins on the first of the month",
        },
    })
}

/// A folder with the programs, and with a kubeconfig for each person.
pub fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("handoff-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, folder.join(name)).unwrap();
    link(&std::env::var("KUBECTL").unwrap(), "kubectl");
    link(env!("CARGO_BIN_EXE_kubectl-handoff"), "kubectl-handoff");
    folder
}

pub fn desk(place: &Place, folder: &Path, person: &str) -> Window {
    let config = folder.join(format!("{person}.kubeconfig"));
    std::fs::copy(std::env::var("KUBECONFIG").unwrap(), &config).unwrap();
    let kubectl = |args: &[&str]| {
        let mut command = Command::new(folder.join("kubectl"));
        let output = command.args(args).env("KUBECONFIG", &config).output().unwrap();
        assert!(output.status.success(), "{args:?}");
    };
    kubectl(&["config", "use-context", person]);
    kubectl(&["config", "set-context", person, "--namespace", &place.namespace]);
    Window::open(person, folder, 120)
}

/// What stood in a window. What is done several at once ends in any order: such lines are sorted.
fn told(window: &Window) -> String {
    let shown = window.shown();
    let mut lines: Vec<&str> = shown.trim_end().lines().map(str::trim_end).collect();
    // The last prompt waits for nothing.
    lines.pop();
    let several = |line: &&str| line.ends_with(" claimed") || line.ends_with(" confirmed");
    let mut at = 0;
    while at < lines.len() {
        let run = lines[at..].iter().take_while(|line| several(line)).count();
        lines[at..at + run].sort_unstable();
        at += run.max(1);
    }
    lines.join("\n")
}

fn compare(text: &str) {
    if std::env::var_os("HANDOFF_WRITE_GOLDEN").is_some() {
        std::fs::write(PAGE, text).unwrap();
        return;
    }
    let page = std::fs::read_to_string(PAGE).unwrap_or_default();
    let bare = |text: &str| plain(&hours(text));
    if bare(&page) != bare(text) {
        let difference = similar::TextDiff::from_lines(bare(&page), bare(text))
            .unified_diff()
            .to_string();
        panic!(
            "docs/morning.md (-) is not what the programs print (+):\n{difference}\nIf that is meant: HANDOFF_WRITE_GOLDEN=1 cargo test --test morning, in a control plane (cargo run -p handoff-dev -- with --)"
        );
    }
}
