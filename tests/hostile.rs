//! Types that try to stop the operator, on a real API server: each is told what is wrong with it, and the type beside them works on.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod place;

use place::{Place, badge};
use serde_json::{Value, json};

/// A type with one hostile field: its name, the field's place in the spec, what is in it, words of the answer.
struct Hostile(&'static str, &'static str, String, &'static str);

/// Refused when they are compiled: the type is not Ready.
fn refused() -> Vec<Hostile> {
    vec![
        Hostile(
            "list-repeated",
            "identifier",
            "([0] * 1000000000) ~ ''".into(),
            "are for numbers",
        ),
        Hostile(
            "huge-range",
            "identifier",
            "range(1000000000) | list | join".into(),
            "not available",
        ),
        Hostile(
            "brackets",
            "identifier",
            format!("{}1{}", "(".repeat(511), ")".repeat(511)),
            "recursion",
        ),
        Hostile(
            "negations",
            "identifier",
            format!("{}1", "not ".repeat(255)),
            "nested deeper than 32",
        ),
        Hostile(
            "minus-signs",
            "ownerUsername",
            format!("{}1", "-".repeat(1023)),
            "nested deeper than 32",
        ),
        Hostile(
            "operators",
            "title",
            format!("{{{{ 'x'{} }}}}", "~'x'".repeat(2040)),
            "more than 1000",
        ),
        Hostile(
            "open-brackets",
            "title",
            format!("{{{{ {}", "[".repeat(8000)),
            "recursion",
        ),
        Hostile(
            "nested-loops",
            "instructions",
            "{%for a in b%}".repeat(585),
            "recursion",
        ),
        Hostile(
            "endless-macro",
            "instructions",
            "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}".into(),
            "unknown statement macro",
        ),
        Hostile(
            "includes-itself",
            "instructions",
            "{% include 'instructions' %}".into(),
            "unknown statement include",
        ),
        Hostile(
            "recursive-loop",
            "url",
            "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}".into(),
            "cannot be recursive",
        ),
        Hostile(
            "namespace-in-itself",
            "url",
            "{% set n = namespace() %}{% set n.a = n %}{{ n }}".into(),
            "not available",
        ),
    ]
}

/// Stopped when they are evaluated: the request says so.
fn stopped() -> Vec<Hostile> {
    let letters = "{% for a in type.ticket.instructions %}".repeat(3) + "x" + &"{% endfor %}".repeat(3);
    vec![
        Hostile("text-repeated", "identifier", "'x' * 99999999".into(), "too much work"),
        Hostile("huge-power", "identifier", "2 ** 99999".into(), "unable to calculate"),
        Hostile(
            "replaced",
            "ownerUsername",
            "('x' * 9999) | replace('', 'x' * 9999)".into(),
            "too much work",
        ),
        Hostile("endless-loop", "instructions", letters, "too much work"),
    ]
}

fn typed(Hostile(name, field, source, _): &Hostile) -> Value {
    let mut object = badge();
    object["metadata"]["name"] = (*name).into();
    object["spec"]["properties"] = json!([]);
    match *field {
        "identifier" | "ownerUsername" => object["spec"][*field] = json!({"expression": source}),
        field => object["spec"]["ticket"] = json!({field: source}),
    }
    object
}

fn field(Hostile(_, field, _, _): &Hostile) -> String {
    match *field {
        "identifier" | "ownerUsername" => format!("spec.{field}.expression"),
        field => format!("spec.ticket.{field}"),
    }
}

fn is_alive(place: &mut Place) {
    let operator = place.operator.as_mut().unwrap();
    assert!(operator.try_wait().unwrap().is_none(), "the operator ended");
    let answer = place.ask_operator("/livez");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn hostile_types_stop_nothing_but_themselves() {
    let mut place = Place::new("hostile");
    let (refused, stopped) = (refused(), stopped());
    let types: Vec<Value> = refused.iter().chain(&stopped).map(typed).collect();
    place.apply("gita", json!({"apiVersion": "v1", "kind": "List", "items": types}));
    let requests: Vec<Value> = refused
        .iter()
        .chain(&stopped)
        .map(|Hostile(name, ..)| {
            let spec = json!({"resourceTypeRef": {"name": name}, "operation": "Create", "owner": {"id": "anna"}});
            json!({"apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest", "metadata": {"name": name}, "spec": spec})
        })
        .collect();
    place.apply("alice", json!({"apiVersion": "v1", "kind": "List", "items": requests}));
    place.hire("hire", "anna");
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
    for hostile in &refused {
        let Hostile(name, _, _, words) = hostile;
        place.wait(
            &format!("rtype/{name}"),
            ".status.conditions[?(@.type==\"Ready\")].status",
            "False",
        );
        let ready = place.read(&format!("rtype/{name}"), ".status.conditions[?(@.type==\"Ready\")]");
        assert!(
            ready.contains("InvalidExpression") && ready.contains(&field(hostile)) && ready.contains(words),
            "{ready}"
        );
        place.shows(name, "Error", "ResourceTypeNotReady");
        let message = place.read(&format!("areq/{name}"), ".status.message");
        assert!(
            message.contains(&field(hostile)) && message.contains(words),
            "{message}"
        );
    }
    for hostile in &stopped {
        let Hostile(name, _, _, words) = hostile;
        place.wait(
            &format!("rtype/{name}"),
            ".status.conditions[?(@.type==\"Ready\")].status",
            "True",
        );
        place.shows(name, "Error", "ExpressionFailed");
        let message = place.read(&format!("areq/{name}"), ".status.message");
        assert!(
            message.contains(&field(hostile)) && message.contains(words),
            "{message}"
        );
    }
    is_alive(&mut place);
    // Also after all of them: what a person asks for goes through.
    place.ask(
        "move",
        "anna",
        json!({"operation": "Update", "properties": {"zone": "LAB"}}),
    );
    place.confirm("badge.anna.2");
    place.shows("move", "Executed", "Confirmed");
    is_alive(&mut place);
}

#[test]
fn what_is_too_long_is_refused_at_once() {
    let place = Place::new("hostile-long");
    let long = |path: &str, value: Value| json!({"spec": {path: value}}).to_string();
    for (patch, field) in [
        (
            long("identifier", json!({"expression": "x".repeat(1025)})),
            "spec.identifier.expression",
        ),
        (
            long("ticket", json!({"instructions": "x".repeat(8193)})),
            "spec.ticket.instructions",
        ),
    ] {
        let error = place
            .run("gita", &["patch", "rtype", "badge", "--type=merge", "-p", &patch])
            .unwrap_err();
        assert!(error.contains(field) && error.contains("Too long"), "{error}");
    }
}
