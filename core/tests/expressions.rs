//! Nothing that a type's author writes stops the process: hostile sources by hand, and soups of the language by the thousand.
//!
//! Everything is evaluated on threads with the stack of the operator's workers, so an overflow would end this test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use handoff_core::engine::expression::{CompiledExpression, CompiledTemplates, EXPRESSION_MAX, TEMPLATE_MAX};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

/// What a worker thread of the operator has.
const WORKER_STACK: usize = 2 << 20;
/// Longest instructions of a ticket.
const LONGEST: usize = 32_768;

fn on_a_worker<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(WORKER_STACK)
            .spawn_scoped(scope, work)
            .unwrap()
            .join()
            .unwrap()
    })
}

fn evaluate(source: &str, context: &Value) -> Result<Option<Vec<String>>, String> {
    on_a_worker(|| CompiledExpression::compile(source)?.values(context))
}

fn render(source: &str, context: &Value) -> Result<String, String> {
    on_a_worker(|| {
        let mut templates = CompiledTemplates::new();
        templates.add("instructions", source)?;
        Ok(templates
            .render("instructions", context, LONGEST)?
            .expect("the template was added"))
    })
}

/// The largest context that the API lets in: many long values, many properties, a long type.
fn huge() -> Value {
    let texts: Vec<String> = (0..64).map(|n| format!("{n}{}", "é".repeat(1000))).collect();
    let values: serde_json::Map<_, _> = (0..8).map(|n| (format!("p{n}"), json!(texts))).collect();
    let properties: serde_json::Map<_, _> = (0..64).map(|n| (format!("p{n}"), json!(texts[0]))).collect();
    let changes: Vec<_> = (0..8)
        .map(|n| json!({"property": format!("p{n}"), "type": "String", "proposed": texts}))
        .collect();
    json!({
        "owner": {"id": "jdoe", "displayName": "Jürgen Doe", "username": "jdoe", "properties": properties},
        "request": {"name": "hire", "operation": "Create", "properties": properties, "values": values, "addValues": {}, "removeValues": {},
            "justification": "é".repeat(1000), "requestedBy": "alice"},
        "resource": {"identifier": "jdoe", "known": true, "properties": properties, "values": values},
        "type": {"name": "crm", "properties": changes},
        "order": {"name": "crm.jdoe.1", "sequence": 1, "attempt": 1, "operation": "Create", "changes": changes, "previous": null},
    })
}

/// `start`, then `middle` as often as fits into a template, then `end`.
fn filled(start: &str, middle: &str, end: &str, longest: usize) -> String {
    let room = longest - start.chars().count() - end.chars().count();
    format!("{start}{}{end}", middle.repeat(room / middle.chars().count()))
}

fn nested(open: &str, inner: &str, close: &str, longest: usize) -> String {
    let room = longest - inner.chars().count();
    let times = room / (open.chars().count() + close.chars().count());
    format!("{}{inner}{}", open.repeat(times), close.repeat(times))
}

/// A text as long as fuel can make it, in `s`, then something with it as often as fuel lets it.
fn with_a_long_text(each: &str) -> String {
    let many = "{% for a in request.values.p0 %}{% for b in request.values.p0 %}";
    format!(
        "{{% set s %}}{{% for a in request.values.p0 %}}{{{{ a }}}}{{% endfor %}}{{% endset %}}{{% set s = s ~ 'x' %}}{many}{each}{{% endfor %}}{{% endfor %}}"
    )
}

/// Each is refused when it is compiled, with these words.
#[rstest]
#[case::repeats_a_list("[0] * 1000000000", "are for numbers")]
#[case::repeats_a_given_list("request.values.p0 * 100000000", "are for numbers")]
#[case::compares_repeated_lists_while_compiling("2 in [1] * 100000000", "are for numbers")]
#[case::repeats_a_repeated_list("([[0] * 99999999] * 99999999) ~ ''", "are for numbers")]
#[case::range("range(1000000000)", "functions and methods are not available")]
#[case::range_to_list("range(100000) | list", "functions and methods are not available")]
#[case::debug("debug()", "functions and methods are not available")]
#[case::dict("dict(a=1)", "functions and methods are not available")]
#[case::namespace("namespace()", "functions and methods are not available")]
#[case::a_method("owner.id.upper()", "functions and methods are not available")]
#[case::splat("[1] | join(*request.values.p0)", "write each argument")]
#[case::batch("request.values.p0 | batch(1)", "there is no filter batch")]
#[case::slice("request.values.p0 | slice(1000000000)", "there is no filter slice")]
#[case::zip("request.values.p0 | zip(request.values.p0)", "there is no filter zip")]
#[case::chain("request.values.p0 | chain(request.values.p0)", "there is no filter chain")]
#[case::format("'%999999999d' | format(1)", "widths of at most two digits")]
#[case::format_by_argument("owner.id | format(1)", "a text in quotes")]
#[case::format_with_a_star("'%*d' | format(999999999, 1)", "widths of at most two digits")]
#[case::pprint("type | pprint", "there is no filter pprint")]
#[case::center("'x' | center(1000000000)", "there is no filter center")]
#[case::map_with_a_filter("request.values.p0 | map('split')", "map takes an attribute only")]
#[case::a_test_by_variable("request.values.p0 | select(owner.id)", "name of a test in quotes")]
#[case::an_unknown_test("owner.id is filter", "there is no test filter")]
#[case::lists_of_lists("[[owner], [owner]]", "a list of lists can only be made of constants")]
#[case::a_list_as_text("[owner.id, 'x'] ~ ''", "use | join")]
#[case::a_list_in_a_text("[owner.id] in 'x'", "use | join")]
#[case::slices_of_slices("request.values.p0[0:][0:]", "can be sliced, once")]
#[case::pairs_of_pairs("{'a': owner} | items | items", "for a record that was given")]
#[case::brackets(&nested("(", "1", ")", EXPRESSION_MAX), "recursion")]
#[case::some_brackets(&format!("{}1{}", "[".repeat(40), "]".repeat(40)), "nested deeper than 32")]
#[case::not_not(&filled("", "not ", "1", EXPRESSION_MAX), "nested deeper than 32")]
#[case::minus(&filled("", "- ", "1", EXPRESSION_MAX), "nested deeper than 32")]
#[case::minus_in_a_row(&filled("", "-", "1", EXPRESSION_MAX), "nested deeper than 32")]
#[case::filters(&filled("owner.id", "|upper", "", EXPRESSION_MAX), "nested deeper than 32")]
#[case::attributes(&filled("a", ".a", "", EXPRESSION_MAX), "nested deeper than 32")]
#[case::subscripts(&nested("a[", "0", "]", EXPRESSION_MAX), "recursion")]
#[case::many_items(&filled("[a", ",a", "]", EXPRESSION_MAX), "more than 32 items")]
#[case::sums(&filled("1", "+a", "", EXPRESSION_MAX + 2), "longer than 1024 characters")]
#[case::an_endless_number(&"9".repeat(EXPRESSION_MAX), "syntax error")]
#[case::an_open_string(&format!("'{}", "a".repeat(EXPRESSION_MAX - 1)), "syntax error")]
#[case::empty("", "syntax error")]
#[case::blank(" \n ", "syntax error")]
#[case::a_zero_byte("\0", "syntax error")]
fn an_expression_that_is_refused(#[case] source: &str, #[case] words: &str) {
    let error = on_a_worker(|| CompiledExpression::compile(source)).unwrap_err();
    assert!(error.contains(words), "{error}");
    assert!(
        error.contains("line 1") || error.contains("longer than") || source.trim().is_empty(),
        "no place: {error}"
    );
    assert!(error.chars().count() < 1100, "{error}");
}

#[rstest]
#[case::includes_itself("{% include 'instructions' %}", "unknown statement include")]
#[case::extends_itself("{% extends 'instructions' %}", "unknown statement extends")]
#[case::imports_itself("{% import 'instructions' as me %}", "unknown statement import")]
#[case::a_block("{% block a %}{{ self.a() }}{% endblock %}", "unknown statement block")]
#[case::an_endless_macro(
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "unknown statement macro"
)]
#[case::a_recursive_loop("{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}", "cannot be recursive")]
#[case::a_loop_without_end("{% for a in [1] %}{{ loop(a) }}{% endfor %}", "functions and methods")]
#[case::cycle_of_nothing("{% for a in [1] %}{{ loop.cycle() }}{% endfor %}", "functions and methods")]
#[case::a_namespace_in_itself("{% set n = namespace() %}{% set n.a = n %}{{ n }}", "functions and methods")]
#[case::sets_a_field("{% set owner.id = 1 %}", "only a plain name can be set")]
#[case::do_something("{% do owner.id() %}", "functions and methods")]
#[case::escapes("{% autoescape true %}x{% endautoescape %}", "autoescape is not available")]
#[case::doubles_a_list("{% set x = [x, x] %}", "a variable cannot keep a list")]
#[case::doubles_a_tuple("{% set x = (x, x) %}", "a variable cannot keep a list")]
#[case::doubles_a_record("{% set x = {1: x, 2: x} %}", "a variable cannot keep a list")]
#[case::doubles_by_adding("{% set x = x + x %}", "a variable cannot keep a list")]
#[case::doubles_by_choice("{% set x = x or [x, x] %}", "a variable cannot keep a list")]
#[case::doubles_by_default("{% set x = y | default([x, x]) %}", "a variable cannot keep a list")]
#[case::doubles_in_with("{% with x = [x, x] %}{% endwith %}", "a variable cannot keep a list")]
#[case::doubles_by_loops("{% for x in [[x, x]] %}{% endfor %}", "a list of lists")]
#[case::slices_on_and_on("{% set x = x[0:] %}", "a variable cannot keep a list")]
#[case::sorts_on_and_on("{% set x = x | sort | reverse %}", "a variable cannot keep a list")]
#[case::a_list_filter_on_a_block("{% filter split %}a b{% endfilter %}", "does not give a text")]
#[case::a_list_filter_on_set("{% set x | split %}a b{% endset %}", "does not give a text")]
#[case::many_operators(&filled("{{ 'x'", "~'x'", " }}", TEMPLATE_MAX), "more than 1000")]
#[case::many_prints(&filled("", "{{a}}", "", TEMPLATE_MAX), "more than 1000")]
#[case::many_constants(&filled("{{ 1 in [1", ",1", "] }}", TEMPLATE_MAX), "more than 1000")]
#[case::brackets(&nested("{{ (", "1", ") }}", TEMPLATE_MAX), "line 1")]
#[case::only_brackets(&format!("{{{{ {} }}}}", nested("(", "1", ")", TEMPLATE_MAX - 6)), "recursion")]
#[case::nested_lists(&format!("{{{{ {} }}}}", nested("[", "1", "]", TEMPLATE_MAX - 6)), "recursion")]
#[case::nested_records(&format!("{{{{ {} }}}}", nested("{1:", "1", "}", TEMPLATE_MAX - 6)), "recursion")]
#[case::nested_calls(&format!("{{{{ {} }}}}", nested("a(", "1", ")", TEMPLATE_MAX - 6)), "recursion")]
#[case::open_brackets(&filled("{{ ", "(", "", TEMPLATE_MAX), "recursion")]
#[case::not_not(&filled("{{ ", "not ", "1 }}", TEMPLATE_MAX), "nested deeper")]
#[case::minus(&filled("{{ ", "-", "1 }}", TEMPLATE_MAX), "nested deeper")]
#[case::if_else_in_a_row(&filled("{{ 1", " if 1 else 1", " }}", TEMPLATE_MAX), "more than 1000")]
#[case::if_if(&filled("{{ 1", " if 1", " }}", TEMPLATE_MAX), "nested deeper")]
#[case::nested_ifs(&nested("{%if a%}", "x", "{%endif%}", TEMPLATE_MAX), "recursion")]
#[case::nested_fors(&nested("{%for a in b%}", "x", "{%endfor%}", TEMPLATE_MAX), "recursion")]
#[case::nested_withs(&nested("{%with%}", "x", "{%endwith%}", TEMPLATE_MAX), "recursion")]
#[case::nested_sets(&nested("{%set a%}", "x", "{%endset%}", TEMPLATE_MAX), "recursion")]
#[case::nested_filters(&nested("{%filter upper%}", "x", "{%endfilter%}", TEMPLATE_MAX), "recursion")]
#[case::some_nested_fors(&nested("{%for a in b%}", "x", "{%endfor%}", 40 * 24), "nested deeper than 32")]
#[case::elifs(&filled("{%if a%}", "{%elif a%}", "{%endif%}", TEMPLATE_MAX), "more than 1000")]
#[case::targets_in_brackets(&format!("{{% for {} in b %}}{{% endfor %}}", nested("(", "a", ",)", 8000)), "nested deeper")]
#[case::an_open_block("{% if a %}", "syntax error")]
#[case::an_open_comment("{# x", "syntax error")]
#[case::too_long(&"x".repeat(TEMPLATE_MAX + 1), "longer than 8192 characters")]
fn a_template_that_is_refused(#[case] source: &str, #[case] words: &str) {
    let mut templates = CompiledTemplates::new();
    let error = on_a_worker(|| templates.add("title", source)).unwrap_err();
    assert!(error.contains(words), "{error}");
    assert!(error.chars().count() < 1100, "{error}");
    // What was there before is still there.
    assert_eq!(templates.render("title", &json!({}), 10).unwrap(), None);
}

/// Each compiles, and fails when it is evaluated, with these words.
#[rstest]
#[case::repeats_a_text("'x' * 1000000000", "too much work")]
#[case::repeats_a_text_less("'x' * 99999999", "too much work")]
#[case::repeats_a_text_again("('x' * 9999) * 9999", "too much work")]
#[case::a_power("2 ** 99999", "unable to calculate")]
#[case::a_division_by_zero("1 // 0", "unable to calculate")]
#[case::the_smallest_number("(0 - 170141183460469231731687303715884105728) // (0 - 1)", "is")]
#[case::a_huge_step("request.values.p0[0:9223372036854775807:0-9223372036854775808] | length", "")]
#[case::indents("request.justification | indent(99999999, true)", "too much work")]
#[case::replaces_nothing("request.justification | replace('', request.justification)", "too much work")]
#[case::joins_with_much("request.values.p0 | join(request.values.p0 | join)", "too much work")]
#[case::trims_much("owner.id | trim(request.justification)", "at most 64 characters")]
#[case::sorts_records("order.changes | sort", "sort and unique take texts")]
#[case::sorts_long_texts("[request.values.p0 | join] | sort", "sort and unique take texts")]
#[case::unique_of_long_texts("[request.values.p0 | join] | unique", "sort and unique take texts")]
#[case::a_long_result("request.justification ~ request.justification", "longer than 1024")]
#[case::many_results("request.values.p0 + request.values.p1", "more than 64 values")]
#[case::a_record("owner", "a map")]
#[case::a_list_of_records("[owner]", "a map")]
#[case::no_ascii("'Ж' | ascii", "has no ASCII form")]
#[case::a_huge_base("'zz' | int(base=4000000000)", "")]
fn an_expression_that_fails(#[case] source: &str, #[case] words: &str) {
    let context = huge();
    let error = match evaluate(source, &context) {
        Err(error) => error,
        // The cases without words are about surviving; what they give is small.
        Ok(values) => {
            assert!(
                values.iter().flatten().map(String::len).sum::<usize>() < 100,
                "{values:?}"
            );
            assert!(words.len() < 3, "{values:?}");
            return;
        }
    };
    assert!(error.contains(words), "{error}");
    assert!(error.chars().count() < 1100, "{error}");
}

#[rstest]
#[case::nested_loops(
    "{% for a in type.properties %}{% for b in request.values.p0 %}{% for c in request.values.p0 %}x{% endfor %}{% endfor %}{% endfor %}"
)]
#[case::loops_over_letters(
    "{% for a in request.justification %}{% for b in request.justification %}x{% endfor %}{% endfor %}"
)]
#[case::doubles_a_text(
    "{% set s = request.justification %}{% for a in request.values.p0 %}{% set s = s ~ s %}{{ s }}{% endfor %}"
)]
#[case::doubles_by_blocks(
    "{% for a in request.values.p0 %}{% set s %}{{ s | default('xxxxxxxx') }}{{ s | default('xxxxxxxx') }}{% endset %}{{ s }}{% endfor %}{% for a in request.values.p0 %}{% for a in request.values.p0 %}{% for a in request.values.p0 %}{% endfor %}{% endfor %}{% endfor %}"
)]
#[case::compares_long_texts(&with_a_long_text("{{ s ~ 'y' == s ~ 'z' }}"))]
#[case::slices_long_texts(&with_a_long_text("{{ s[60000:60001] }}"))]
#[case::indexes_long_texts(&with_a_long_text("{{ s[60000] }}"))]
#[case::sorts_long_texts(&with_a_long_text("{{ [s,s,s,s,s,s,s,s] | max | length }}"))]
#[case::joins_long_texts(&with_a_long_text("{{ [s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s] | join }}"))]
#[case::searches_long_texts(&with_a_long_text("{{ s in s }}"))]
#[case::ends_of_long_texts(&with_a_long_text("{{ s is endingwith s }}"))]
#[case::upper_long_texts(&with_a_long_text("{{ s | upper | lower | title | length }}"))]
#[case::compares_what_was_given(&with_a_long_text("{{ request.values == resource.values }}"))]
#[case::prints_what_was_given(&with_a_long_text("{{ type ~ order ~ request }}"))]
#[case::searches_what_was_given(&with_a_long_text("{{ request.values.p0[0:] in s }}"))]
#[case::searches_in_what_was_given(&with_a_long_text("{{ request.values.p1 in [request.values.p0, resource.values.p2] }}"))]
fn a_template_that_runs_out(#[case] source: &str) {
    let error = render(source, &huge()).unwrap_err();
    assert!(
        error.contains("too much work") || error.contains("longer than"),
        "{error}"
    );
}

/// After everything above that could blow memory up, in one process, one after the other.
#[cfg(target_os = "linux")]
#[test]
fn memory_stays_small() {
    let context = huge();
    for source in [
        "([0] * 100000000) ~ ''",
        "'x' * 99999999",
        "request.justification | indent(99999999, true)",
        "request.justification | replace('', request.justification)",
        "request.values.p0 | join(request.values.p0 | join)",
    ] {
        evaluate(source, &context).unwrap_err();
    }
    for each in [
        "{{ [s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s] | join }}",
        "{{ s | replace('x', s) }}",
        "{{ s * 1000 }}",
        "{{ type ~ order ~ request }}",
    ] {
        let _ = render(&with_a_long_text(each), &context);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: usize = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib < 256 << 10, "{kib} KiB");
}

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

/// The examples of `docs/expressions.md`: a line of code, then `→` and what comes out.
#[test]
fn the_examples_of_the_guide_are_true() {
    let guide = include_str!("../../docs/expressions.md");
    let block = |after: &str| {
        let (_, rest) = guide.split_once(after).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    let context: Value = serde_json::from_str(&block("```json")).unwrap();
    let examples = |after: &str| -> Vec<(String, String)> {
        let block = block(after);
        let lines = block.lines().filter(|line| !line.trim().is_empty());
        lines
            .map(|line| {
                let (source, result) = line.split_once(" → ").expect(line);
                (source.trim().to_owned(), result.trim().to_owned())
            })
            .collect()
    };
    let expressions = examples("```expressions");
    assert!(expressions.len() >= 20);
    let mut wrong = Vec::new();
    for (source, expected) in expressions {
        let said = match evaluate(&source, &context) {
            Ok(None) => "none".to_owned(),
            Ok(Some(values)) => values.join(", "),
            Err(error) => format!("error: {error}"),
        };
        if said != expected {
            wrong.push(format!("{source} → {said}"));
        }
    }
    let templates = examples("```templates");
    assert!(templates.len() >= 5);
    for (source, expected) in templates {
        let said = render(&source, &context).unwrap_or_else(|error| format!("error: {error}"));
        if said != expected {
            wrong.push(format!("{source} → {said}"));
        }
    }
    assert!(wrong.is_empty(), "what really comes out:\n{}", wrong.join("\n"));
}

/// The guide names every filter and test that there is, and no other.
#[rstest]
#[case::filters("filter", "Filters: ")]
#[case::tests("test", "Tests: ")]
fn the_guide_lists_what_there_is(#[case] what: &str, #[case] line: &str) {
    let guide = include_str!("../../docs/expressions.md");
    let listed = guide.lines().find_map(|text| text.strip_prefix(line)).unwrap();
    let names: Vec<_> = listed.trim_end_matches('.').split(", ").map(|name| name.trim_matches('`')).collect();
    let source = if what == "filter" { "1 | nothing" } else { "1 is nothing" };
    let error = evaluate(source, &json!({})).unwrap_err();
    assert!(error.contains(&format!("there are {} (line", names.join(", "))), "{error}");
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
