//! Expressions and templates of a type: compiled once, evaluated within limits. Nothing here knows a rule of provisioning.
//!
//! Whoever may write a type must not be able to stop the operator with it. Four walls, in the order in which a source meets them:
//! its length; [`guard`], which lets through only what cannot do unbounded work in one step, on a thread whose stack no
//! source of that length overflows; fuel, which bounds steps and the text that they make; the size of the result.
//! What authors can use stands in `docs/expressions.md`.

mod filters;
mod given;
mod guard;
mod language;
mod shape;

use crate::api::schema::{VALUE_MAX, VALUES_MAX};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Expression, machinery};
use serde_json::Value as Json;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

/// Longest expression, in characters; the CRD says so too.
pub const EXPRESSION_MAX: usize = 1024;
/// Longest template, in characters; the CRD says so too.
pub const TEMPLATE_MAX: usize = 8192;
/// Steps that one evaluation may take; a step also pays for 64 bytes of text that is made.
const FUEL: u64 = 10_000;
/// Longest message about a failure, in characters.
const MESSAGE_MAX: usize = 1000;
/// Stack of the thread that compiles: the parser recurses, and an overflow would abort the process.
const COMPILE_STACK: usize = 64 << 20;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| language::environment(FUEL));

/// A compiled expression of a type.
#[derive(Debug)]
pub struct CompiledExpression(Expression<'static, 'static>);

impl CompiledExpression {
    /// Compiles a bare expression such as `owner.id`.
    ///
    /// # Errors
    /// What is wrong with it and where, for people.
    pub fn compile(source: &str) -> Result<Self, String> {
        within(source, EXPRESSION_MAX)?;
        let source = source.to_owned();
        on_a_deep_stack(move || {
            machinery::parse_expr(&source)
                .map_err(|error| describe(&error, &source))
                .and_then(|parsed| guard::expression(&parsed))?;
            ENVIRONMENT
                .compile_expression_owned(source.clone())
                .map(CompiledExpression)
                .map_err(|error| describe(&error, &source))
        })
    }

    /// Evaluates to a list of texts; `None` when the expression says none.
    ///
    /// # Errors
    /// What went wrong, for people: something undefined, a result that is no text, too much work.
    pub fn values(&self, context: &Json) -> Result<Option<Vec<String>>, String> {
        contained(|| self.evaluate(context))
    }

    fn evaluate(&self, context: &Json) -> Result<Option<Vec<String>>, String> {
        let value = self.0.eval(given::value(context)).map_err(|error| explain(&error))?;
        if value.is_undefined() {
            return Err("the result is undefined: a field or property that it names is not there".to_owned());
        }
        if value.is_none() {
            return Ok(None);
        }
        if matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
            let items = value.try_iter().map_err(|error| explain(&error))?;
            let list: Vec<String> = items
                .take(VALUES_MAX + 1)
                .map(|item| text(&item))
                .collect::<Result<_, _>>()?;
            if list.len() > VALUES_MAX {
                return Err(format!("the result has more than {VALUES_MAX} values"));
            }
            return Ok(Some(list));
        }
        text(&value).map(|text| Some(vec![text]))
    }

    /// Evaluates to one text; `None` when the expression says none or the text is empty.
    ///
    /// # Errors
    /// As [`Self::values`]; also when the result is a list.
    pub fn one(&self, context: &Json) -> Result<Option<String>, String> {
        match self.values(context)? {
            None => Ok(None),
            Some(mut values) if values.len() == 1 => Ok(values.pop().filter(|text| !text.trim().is_empty())),
            Some(values) => Err(format!(
                "the result is a list of {} values, one text is needed",
                values.len()
            )),
        }
    }
}

/// The templates of a ticket.
#[derive(Debug)]
pub struct CompiledTemplates(Environment<'static>);

impl CompiledTemplates {
    /// An empty set.
    pub fn new() -> Self {
        Self(language::environment(FUEL))
    }

    /// Compiles one template under a name.
    ///
    /// # Errors
    /// What is wrong with it and where, for people.
    pub fn add(&mut self, name: &'static str, source: &str) -> Result<(), String> {
        within(source, TEMPLATE_MAX)?;
        let mut environment = self.0.clone();
        let source = source.to_owned();
        self.0 = on_a_deep_stack(move || {
            machinery::parse(&source, name, SyntaxConfig::default())
                .map_err(|error| describe(&error, &source))
                .and_then(|parsed| guard::template(&parsed))?;
            environment
                .add_template_owned(name, source.clone())
                .map_err(|error| describe(&error, &source))?;
            Ok(environment)
        })?;
        Ok(())
    }

    /// Renders a template; `None` when there is none of that name.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub fn render(&self, name: &str, context: &Json, longest: usize) -> Result<Option<String>, String> {
        let Ok(template) = self.0.get_template(name) else {
            return Ok(None);
        };
        let text = contained(|| template.render(given::value(context)).map_err(|error| explain(&error)))?;
        let text = text.trim().to_owned();
        if text.chars().count() > longest {
            return Err(format!("the result is longer than {longest} characters"));
        }
        Ok(Some(text))
    }
}

impl Default for CompiledTemplates {
    fn default() -> Self {
        Self::new()
    }
}

fn on_a_deep_stack<T: Send + 'static>(work: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, String> {
    std::thread::Builder::new()
        .name("compile".to_owned())
        .stack_size(COMPILE_STACK)
        .spawn(work)
        .map_err(|error| format!("no thread to compile on: {error}"))?
        .join()
        .unwrap_or_else(|_| Err("the compiler gave up on it".to_owned()))
}

fn text(value: &Value) -> Result<String, String> {
    // The template language may learn new kinds, none of which is a text: here a wildcard is what is meant.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is open")]
    let text = match value.kind() {
        ValueKind::String | ValueKind::Number => value.to_string(),
        // Properties spell it as JSON does; the template language would say True.
        ValueKind::Bool => value.is_true().to_string(),
        other => {
            return Err(format!(
                "the result is a {other}; a text, a number or true/false is needed"
            ));
        }
    };
    if text.chars().count() > VALUE_MAX {
        return Err(format!("the result is longer than {VALUE_MAX} characters"));
    }
    Ok(text)
}

fn within(source: &str, longest: usize) -> Result<(), String> {
    if source.chars().count() > longest {
        return Err(format!("longer than {longest} characters: shorten it"));
    }
    Ok(())
}

/// Runs an evaluation. That it panics is a fault of the template language; it must cost one message, not the pass.
fn contained<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err("the template language failed on it: write it in another way".to_owned()))
}

/// What an evaluation says when it fails.
fn explain(error: &Error) -> String {
    if error.kind() == ErrorKind::OutOfFuel {
        return "too much work: it takes more steps, or makes more text, than one evaluation may (out of fuel); \
                use fewer or smaller loops and texts"
            .to_owned();
    }
    let source = error.template_source().unwrap_or_default();
    describe(error, source)
}

fn describe(error: &Error, source: &str) -> String {
    let column = error.range().and_then(|range| {
        let before = source.get(..range.start)?;
        let line = before.rsplit('\n').next().unwrap_or_default();
        Some(format!(", column {}", line.chars().count() + 1))
    });
    let place = error
        .line()
        .map(|line| format!(" (line {line}{})", column.unwrap_or_default()))
        .unwrap_or_default();
    let what = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    let short: String = what.chars().take(MESSAGE_MAX).collect();
    format!("{short}{place}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("owner.id", Some("4711"))]
    #[case("owner.id ~ '-x'", Some("4711-x"))]
    #[case("1 + 2", Some("3"))]
    #[case("true", Some("true"))]
    #[case("none", None)]
    fn evaluates(#[case] source: &str, #[case] expected: Option<&str>) {
        let context = json!({"owner": {"id": "4711", "properties": {}}});
        let result = CompiledExpression::compile(source).unwrap().one(&context).unwrap();
        assert_eq!(result.as_deref(), expected);
    }

    #[rstest]
    #[case("owner.properties.costCentre", "undefined")]
    #[case("owner.nothing.at.all", "undefined")]
    #[case("{'a': 1}", "map")]
    #[case("[1, 2]", "list of 2")]
    fn says_what_is_wrong(#[case] source: &str, #[case] words: &str) {
        let context = json!({"owner": {"id": "4711", "properties": {}}});
        let error = CompiledExpression::compile(source).unwrap().one(&context).unwrap_err();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn a_syntax_error_names_its_place() {
        let error = CompiledExpression::compile("owner.id ~").unwrap_err();
        assert!(error.contains("syntax error") && error.contains("line 1"), "{error}");
    }

    #[test]
    fn the_built_in_templates_have_fuel_for_the_largest_order() {
        use super::super::ticket::{INSTRUCTIONS, TITLE};
        let mut templates = CompiledTemplates::new();
        templates.add("title", TITLE).unwrap();
        templates.add("instructions", INSTRUCTIONS).unwrap();
        let values: Vec<String> = (0..VALUES_MAX).map(|n| format!("v{n}")).collect();
        let changes: Vec<Json> = (0..64)
            .map(|n| json!({"property": format!("property-{n}"), "type": "String", "added": values, "removed": values}))
            .collect();
        let context = json!({
            "order": {"operation": "Update", "changes": changes, "previous": {"name": "a.b.1", "reason": "ReportedByPerson", "message": "x".repeat(1024)}},
            "type": {"name": "a"}, "resource": {"identifier": "b"}, "owner": {"id": "b", "displayName": "B"},
        });
        let text = templates.render("instructions", &context, 65_536).unwrap().unwrap();
        assert!(text.len() > 32_000 && text.contains("v63"), "{}", text.len());
        assert!(templates.render("title", &context, 512).unwrap().is_some());
    }
}
