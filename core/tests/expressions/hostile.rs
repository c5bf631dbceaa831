//! Hostile sources by hand: each is refused or stopped, with words that help.

use super::{evaluate, on_a_worker, render};
use handoff_core::engine::expression::{CompiledExpression, CompiledTemplates, EXPRESSION_MAX, TEMPLATE_MAX};
use rstest::rstest;
use serde_json::{Value, json};

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
