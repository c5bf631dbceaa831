//! Sources by chance: nothing panics, results stay within their limits, and the same goes in and out twice.

use super::{LONGEST, on_a_worker, render};
use handoff_core::engine::expression::{CompiledExpression, EXPRESSION_MAX};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The language's own words, the context's, and some noise.
fn word() -> impl Strategy<Value = String> {
    let words = [
        "owner",
        "owner.id",
        "request.values.p0",
        "request",
        "order.changes",
        "type",
        "x",
        "y",
        "loop",
        "0",
        "1",
        "64",
        "99999999",
        "9223372036854775807",
        "1.5",
        "1e308",
        "'a'",
        "'é'",
        "''",
        "none",
        "true",
        "+",
        "-",
        "*",
        "**",
        "/",
        "//",
        "%",
        "~",
        "==",
        "!=",
        "<",
        ">=",
        " in ",
        " not in ",
        " and ",
        " or ",
        " not ",
        " if ",
        " else ",
        " is ",
        "|",
        "|join",
        "|split",
        "|first",
        "|last",
        "|sort",
        "|unique",
        "|list",
        "|reverse",
        "|items",
        "|dictsort",
        "|length",
        "|upper",
        "|trim",
        "|replace('a',",
        "|indent(",
        "|slug",
        "|map(attribute='property')",
        "|select('in',",
        "|default(",
        "|round(",
        "|int",
        "|urlencode",
        " is defined",
        " is divisibleby ",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "[0:]",
        "[::-1]",
        ".a",
        "=",
        "\n",
        "\u{202e}",
    ];
    proptest::sample::select(words.to_vec()).prop_map(str::to_owned)
}

/// An expression that mostly parses.
fn grown() -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(vec![
        "owner.id",
        "owner.properties",
        "request.values.p0",
        "request.justification",
        "order.changes",
        "type",
        "x",
        "1",
        "0",
        "99999999",
        "'a'",
        "'ü'",
        "none",
        "true",
        "1.5",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(6, 64, 4, |inner| {
        let operator = proptest::sample::select(vec![
            "+", "-", "*", "**", "/", "//", "%", "~", "==", "<", " in ", " and ", " or ", " not in ",
        ]);
        let filter = proptest::sample::select(vec![
            "abs",
            "ascii",
            "bool",
            "capitalize",
            "dictsort",
            "first",
            "float",
            "indent",
            "int",
            "items",
            "join",
            "last",
            "length",
            "lines",
            "list",
            "lower",
            "max",
            "min",
            "reverse",
            "round",
            "slug",
            "sort",
            "split",
            "string",
            "title",
            "trim",
            "unique",
            "upper",
            "urlencode",
        ]);
        prop_oneof![
            (inner.clone(), operator, inner.clone())
                .prop_map(|(left, operator, right)| format!("({left}{operator}{right})")),
            (inner.clone(), filter).prop_map(|(value, filter)| format!("{value}|{filter}")),
            (inner.clone(), inner.clone()).prop_map(|(value, argument)| format!("{value}|default({argument}, true)")),
            (inner.clone(), inner.clone()).prop_map(|(value, argument)| format!("{value}|join({argument})")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(value, from, to)| format!("{value}|replace({from},{to})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(value, from, to)| format!("{value}[{from}:{to}]")),
            (inner.clone(), inner.clone()).prop_map(|(value, index)| format!("{value}[{index}]")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(yes, test, no)| format!("({yes} if {test} else {no})")),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            (inner.clone(), inner.clone()).prop_map(|(key, value)| format!("{{{key}:{value}}}")),
            inner.prop_map(|value| format!("-{value}")),
        ]
    })
}

/// Statements around expressions, nested.
fn grown_template() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        grown().prop_map(|expression| format!("{{{{ {expression} }}}}")),
        grown().prop_map(|expression| format!("{{% set x = {expression} %}}")),
        Just("text é ".to_owned()),
    ];
    leaf.prop_recursive(5, 48, 4, |inner| {
        let body = proptest::collection::vec(inner, 1..4).prop_map(|parts| parts.concat());
        prop_oneof![
            (grown(), body.clone())
                .prop_map(|(list, body)| format!("{{% for x in {list} %}}{body}{{{{ loop.index }}}}{{% endfor %}}")),
            (grown(), body.clone(), body.clone())
                .prop_map(|(test, yes, no)| format!("{{% if {test} %}}{yes}{{% else %}}{no}{{% endif %}}")),
            (grown(), body.clone()).prop_map(|(value, body)| format!("{{% with y = {value} %}}{body}{{% endwith %}}")),
            body.clone()
                .prop_map(|body| format!("{{% set x %}}{body}{{% endset %}}{{{{ x ~ x }}}}")),
            body.prop_map(|body| format!("{{% filter upper %}}{body}{{% endfilter %}}")),
        ]
    })
}

fn context() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "\\PC{0,20}",
        "[a-z]{1,8}",
        Just(String::new()),
        Just("ß\u{301}İ".repeat(200))
    ];
    let list = proptest::collection::vec(text.clone(), 0..8);
    (text.clone(), text.clone(), list.clone(), list, any::<Option<i64>>()).prop_map(
        |(id, why, groups, proposed, number)| {
            json!({
                "owner": {"id": id, "displayName": why, "properties": {"dept": id, "n": number}},
                "request": {"values": {"p0": groups}, "justification": why},
                "order": {"changes": [{"property": "groups", "proposed": proposed}]},
                "type": {"name": "crm"},
            })
        },
    )
}

fn check_expression(source: &str, context: &Value) {
    let compiled = match on_a_worker(|| CompiledExpression::compile(source)) {
        Ok(compiled) => compiled,
        Err(error) => {
            assert!(!error.is_empty() && error.chars().count() < 1100, "{error}");
            return;
        }
    };
    let (first, again) = on_a_worker(|| (compiled.values(context), compiled.values(context)));
    assert_eq!(first, again, "{source}");
    match first {
        Ok(values) => {
            let values = values.unwrap_or_default();
            assert!(
                values.len() <= 64 && values.iter().all(|value| value.chars().count() <= 1024),
                "{source}"
            );
        }
        Err(error) => {
            assert!(!error.is_empty() && error.chars().count() < 1100, "{error}");
            assert!(!error.contains("the template language failed"), "{source}");
        }
    }
}

fn check_template(source: &str, context: &Value) {
    match (render(source, context), render(source, context)) {
        (Ok(text), Ok(again)) => assert!(text == again && text.chars().count() <= LONGEST, "{source}"),
        (Err(error), Err(again)) => {
            assert_eq!(error, again);
            assert!(!error.is_empty() && error.chars().count() < 1100, "{error}");
            assert!(!error.contains("the template language failed"), "{source}");
        }
        (first, again) => panic!("{source}: {first:?}, then {again:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn soups_of_words(words in proptest::collection::vec(word(), 0..60), context in context()) {
        let source: String = words.concat().chars().take(EXPRESSION_MAX).collect();
        check_expression(&source, &context);
        check_template(&format!("{{{{ {source} }}}}"), &context);
    }

    #[test]
    fn expressions_that_mostly_parse(source in grown(), context in context()) {
        check_expression(&source, &context);
    }

    #[test]
    fn templates_that_mostly_parse(source in grown_template(), context in context()) {
        check_template(&source, &context);
    }

    #[test]
    fn any_text(source in "\\PC{0,200}|[{}%#a-z \n'\"|.()\\[\\]-]{0,400}", context in context()) {
        check_expression(&source, &context);
        check_template(&source, &context);
    }

    #[test]
    fn any_nesting(open in "[(\\[{]{0,200}|(not |- ?|a\\.|a\\[){0,100}", close in "[)\\]}]{0,200}", context in context()) {
        check_expression(&format!("{open}1{close}"), &context);
        check_template(&format!("{{{{ {open}1{close} }}}}"), &context);
    }
}
