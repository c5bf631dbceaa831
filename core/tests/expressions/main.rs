//! Nothing that a type's author writes stops the process: hostile sources by hand, and soups of the language by the thousand.
//!
//! Everything is evaluated on threads with the stack of the operator's workers, so an overflow would end this test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod hostile;
mod soups;

use handoff_core::engine::expression::{CompiledExpression, CompiledTemplates};
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

/// The examples of `docs/expressions.md`: a line of code, then `→` and what comes out.
#[test]
fn the_examples_of_the_guide_are_true() {
    let guide = include_str!("../../../docs/expressions.md");
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
    let guide = include_str!("../../../docs/expressions.md");
    let listed = guide.lines().find_map(|text| text.strip_prefix(line)).unwrap();
    let names: Vec<_> = listed
        .trim_end_matches('.')
        .split(", ")
        .map(|name| name.trim_matches('`'))
        .collect();
    let source = if what == "filter" {
        "1 | nothing"
    } else {
        "1 is nothing"
    };
    let error = evaluate(source, &json!({})).unwrap_err();
    assert!(
        error.contains(&format!("there are {} (line", names.join(", "))),
        "{error}"
    );
}
