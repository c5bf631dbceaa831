//! `kubectl handoff lint`: what is wrong with ResourceTypes, said before they reach a cluster. It reads files and nothing else.

pub mod args;
mod check;
mod document;
mod files;
mod sample;
mod schema;
#[cfg(test)]
mod tests;

pub use args::LintArgs;

use super::clock;
use super::output::{Data, print};
use super::words::{count, harmless};
use args::LintOutput;
use check::{Finding, Level, Report};
use handoff_core::api::Properties;
use handoff_core::api::common::Owner;
use sample::Example;
use std::fmt::Write as _;
use std::process::ExitCode;

/// Does it.
///
/// # Errors
/// What to say, and the exit code: a file cannot be read, or a flag has another shape.
pub fn lint(args: &LintArgs) -> Result<ExitCode, (String, u8)> {
    let usage = |why: String| (why, 2);
    let owner = owner(args).map_err(usage)?;
    let files = files::read(&args.filename, args.recursive).map_err(usage)?;
    let report = check::check(&files, args.strict, owner.as_ref(), clock::now()).map_err(|why| (why, 1))?;
    if report.types == 0 && report.problems() == 0 {
        return Err(usage(
            "there is no ResourceType in what was given: nothing was checked".to_owned(),
        ));
    }
    match args.output {
        LintOutput::Text => {
            for skipped in &report.skipped {
                let (file, line, object) = (&skipped.file, skipped.line, harmless(&skipped.object));
                eprintln!("{file}:{line}: {object} is no ResourceType, and left out");
            }
            print(&text(&report));
            eprintln!("{}", summary(&report));
        }
        LintOutput::Json => print(&Data::Json.text(&report).map_err(|why| (why, 1))?),
    }
    Ok(ExitCode::from(if report.problems() == 0 { 0 } else { 3 }))
}

/// The sample owner.
fn owner(args: &LintArgs) -> Result<Option<Owner>, String> {
    if let Some(file) = &args.owner_file {
        let text = files::text(file)?;
        let owner: Owner = serde_saphyr::from_str(&text).map_err(|error| {
            format!(
                "{} is no owner (id, displayName, properties): {}",
                file.display(),
                error.without_snippet()
            )
        })?;
        return Ok(Some(owner));
    }
    let Some(id) = args.owner.clone() else { return Ok(None) };
    let mut properties = Properties::new();
    for text in &args.owner_property {
        let (name, value) = text
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| format!("--owner-property {text}: write NAME=VALUE"))?;
        properties.insert(name.to_owned(), value.to_owned());
    }
    Ok(Some(Owner {
        id,
        display_name: args.owner_name.clone(),
        properties,
    }))
}

fn text(report: &Report) -> String {
    let findings: String = report.findings.iter().map(line).collect();
    let examples: String = report.examples.iter().map(shown).collect();
    findings + &examples
}

fn line(finding: &Finding) -> String {
    let Finding {
        file,
        line,
        object,
        level,
        message,
    } = finding;
    let warning = match level {
        Level::Problem => "",
        Level::Warning => "warning: ",
    };
    format!("{file}:{line}: {}: {warning}{}\n", harmless(object), harmless(message))
}

fn shown(example: &Example) -> String {
    let mut text = format!("type/{}\n", example.kind);
    let names = example.properties.keys().chain(example.values.keys());
    let width = names.map(String::len).max().unwrap_or(0).max("Identifier".len()) + 2;
    let mut line = |name: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {:<width$}{}", format!("{name}:"), harmless(value));
    };
    line("Identifier", example.identifier.as_deref().unwrap_or("-"));
    line("User name", example.owner_username.as_deref().unwrap_or("-"));
    for (name, value) in &example.properties {
        line(name, value);
    }
    for (name, values) in &example.values {
        line(name, &values.join(", "));
    }
    line("Ticket", &example.ticket.title);
    for instruction in example.ticket.instructions.lines() {
        let _ = writeln!(text, "    {}", harmless(instruction));
    }
    if let Some(url) = &example.ticket.url {
        let _ = writeln!(text, "    {}", harmless(url));
    }
    text
}

fn summary(report: &Report) -> String {
    let warnings = report.findings.len() - report.problems();
    let mut parts = vec![count(report.types, "type"), count(report.problems(), "problem")];
    if warnings > 0 {
        parts.push(count(warnings, "warning"));
    }
    parts.join(", ")
}
