//! What became of each object of a run, and what is said about it. Pure.

use super::super::choice::At;
use super::super::words::{count, harmless};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many names are said in a line.
const NAMES: usize = 8;

/// What became of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(in crate::cli) enum Outcome {
    /// It was written.
    Done,
    /// It had been written before.
    Already,
    /// It may not be.
    Refused,
    /// Whether it was written is not known, or it could not be tried.
    Failed,
    /// The run was cut off before.
    NotTried,
}

/// One object of a run.
#[derive(Clone, Debug, Serialize)]
pub(in crate::cli) struct Result {
    /// Its kind.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// What is to be said about that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Report {
    /// `confirm`
    pub command: String,
    /// Whether anything was written: `none`, `client` or `server`.
    pub dry_run: &'static str,
    /// How many were written.
    pub done: usize,
    /// How many had been written before.
    pub already: usize,
    /// How many may not be.
    pub refused: usize,
    /// How many failed.
    pub failed: usize,
    /// How many were not tried.
    pub not_tried: usize,
    /// Each.
    pub results: Vec<Result>,
}

/// The words of a run.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Words {
    /// `confirm`
    pub verb: &'static str,
    /// `confirmed`
    pub done: &'static str,
    /// `order`
    pub noun: &'static str,
    /// `provisioningorder.handoff.dev`
    pub prefix: &'static str,
    /// What is put behind a line, for a dry run.
    pub note: &'static str,
    /// Objects of several namespaces.
    pub everywhere: bool,
}

impl Words {
    /// The line about one object.
    pub(in crate::cli) fn line(&self, at: &At, outcome: Outcome, message: Option<&str>) -> String {
        let place = if self.everywhere {
            format!(" in {}", harmless(&at.namespace))
        } else {
            String::new()
        };
        let object = format!("{}/{}{place}", self.prefix, harmless(&at.name));
        let message = harmless(message.unwrap_or_default());
        match outcome {
            Outcome::Done => format!("{object} {}{}", self.done, self.note),
            Outcome::Already => format!("{object} already {message}"),
            Outcome::Refused => format!("{object} not {}: {message}", self.done),
            Outcome::Failed => format!("{object} failed: {message}"),
            Outcome::NotTried => format!("{object} not tried"),
        }
    }

    /// What is asked before more than one is written.
    pub(in crate::cli) fn question(&self, many: usize) -> String {
        let mut verb = self.verb.to_owned();
        if let Some(first) = verb.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        format!("{verb} {}?", count(many, self.noun))
    }
}

impl Report {
    /// Of these results.
    pub(in crate::cli) fn of(words: &Words, dry_run: &'static str, results: Vec<Result>) -> Self {
        let many = |outcome| results.iter().filter(|result| result.outcome == outcome).count();
        Self {
            command: words.verb.to_owned(),
            dry_run,
            done: many(Outcome::Done),
            already: many(Outcome::Already),
            refused: many(Outcome::Refused),
            failed: many(Outcome::Failed),
            not_tried: many(Outcome::NotTried),
            results,
        }
    }

    /// The exit code.
    pub(in crate::cli) fn exit_code(&self) -> u8 {
        match (self.failed, self.not_tried, self.refused) {
            (0, 0, 0) => 0,
            (0, 0, _refused) => 3,
            (0, _cut_off, _) => 130,
            (_failed, _, _) => 1,
        }
    }

    /// The end of a run of several, in words.
    pub(in crate::cli) fn summary(&self, words: &Words) -> String {
        let mut parts = vec![format!("{} {}{}", self.done, words.done, words.note)];
        let more = [
            (self.already, "done before"),
            (self.refused, "refused"),
            (self.failed, "failed"),
            (self.not_tried, "not tried"),
        ];
        parts.extend(
            more.into_iter()
                .filter(|(many, _)| *many > 0)
                .map(|(many, what)| format!("{many} {what}")),
        );
        let mut text = format!("{} of {}\n", parts.join(", "), count(self.results.len(), words.noun));
        for outcome in [Outcome::Refused, Outcome::Failed] {
            for (reason, names) in self.grouped(outcome) {
                let word = if outcome == Outcome::Refused {
                    "refused"
                } else {
                    "failed"
                };
                let _ = writeln!(text, "  {} {word}: {}", names.len(), harmless(&reason));
                let _ = writeln!(text, "      {}", harmless(&listed(&names)));
            }
        }
        if self.failed + self.not_tried > 0 {
            text.push_str("Run the same command again: it does the rest, and what is done stays as it is.\n");
        }
        text
    }

    /// Names by reason, the most frequent first.
    fn grouped(&self, outcome: Outcome) -> Vec<(String, Vec<&str>)> {
        let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for result in self.results.iter().filter(|result| result.outcome == outcome) {
            let message = result.message.clone().unwrap_or_default();
            let reason = message.replace(&result.name, "NAME");
            groups.entry(reason).or_default().push(&result.name);
        }
        // What is done several at once ends in any order.
        groups.values_mut().for_each(|names| names.sort_unstable());
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
        groups
    }
}

fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(NAMES).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(NAMES) {
        Some(more) if more > 0 => format!("{shown} and {more} more (-o json names all)"),
        _few => shown,
    }
}

/// What a policy or a rule said, without what the API server puts before it.
pub(in crate::cli) fn reason(message: &str) -> String {
    let policy = message.split_once(" denied request: ").map(|(_, said)| said);
    let rule = message.split_once(" is invalid: ").map(|(_, said)| said);
    let said = policy.or(rule).unwrap_or(message);
    // `spec.decision: Forbidden: a decision is ...`
    let bare = match said.split_once(": ") {
        Some((field, rest)) if rule.is_some() && names_a_field(field) => {
            rest.split_once(": ").map_or(rest, |(kind, words)| {
                if kind.split(' ').count() <= 2 || kind.starts_with("Invalid value") {
                    words
                } else {
                    rest
                }
            })
        }
        Some(_) | None => said,
    };
    bare.to_owned()
}

/// Whether this is the field that a rule of a schema is about; one of the whole object has none.
fn names_a_field(text: &str) -> bool {
    text == "<nil>" || ["spec", "metadata"].iter().any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const WORDS: Words = Words {
        verb: "confirm",
        done: "confirmed",
        noun: "order",
        prefix: "provisioningorder.handoff.dev",
        note: "",
        everywhere: false,
    };

    fn result(name: &str, outcome: Outcome, message: &str) -> Result {
        Result {
            kind: "ProvisioningOrder".to_owned(),
            namespace: "n".to_owned(),
            name: name.to_owned(),
            outcome,
            message: Some(message.to_owned()).filter(|message| !message.is_empty()),
        }
    }

    #[rstest]
    #[case(
        "provisioningorders.handoff.dev \"a.1\" is forbidden: ValidatingAdmissionPolicy 'handoff-orders' with binding 'handoff-orders' denied request: you (bob) may not decide this order: that takes \"fulfill\"",
        "you (bob) may not decide this order: that takes \"fulfill\""
    )]
    #[case(
        "ProvisioningOrder.handoff.dev \"a.1\" is invalid: spec.decision: Forbidden: a decision is accepted only while the order is Transmitted; it is Executed. Read its status: kubectl describe porder a.1",
        "a decision is accepted only while the order is Transmitted; it is Executed. Read its status: kubectl describe porder a.1"
    )]
    #[case(
        "AssignmentRequest.handoff.dev \"a-end\" is invalid: <nil>: Invalid value: names ending in -end are reserved: choose another name",
        "names ending in -end are reserved: choose another name"
    )]
    #[case(
        "provisioningorders.handoff.dev \"a.1\" not found",
        "provisioningorders.handoff.dev \"a.1\" not found"
    )]
    fn reasons(#[case] message: &str, #[case] said: &str) {
        assert_eq!(reason(message), said);
    }

    #[test]
    fn refusals_are_grouped_by_reason() {
        let results = vec![
            result("a.1", Outcome::Done, ""),
            result("b.1", Outcome::Refused, "you asked for b.1"),
            result("c.1", Outcome::Already, "confirmed by bob at 14:02"),
            result("d.1", Outcome::Refused, "you asked for d.1"),
            result("e.1", Outcome::Refused, "it is late"),
        ];
        let report = Report::of(&WORDS, "none", results);
        assert_eq!(report.exit_code(), 3);
        assert_eq!(
            report.summary(&WORDS),
            "1 confirmed, 1 done before, 3 refused of 5 orders\n  2 refused: you asked for NAME\n      b.1, d.1\n  1 refused: it is late\n      e.1\n"
        );
    }

    #[rstest]
    #[case(&[Outcome::Done, Outcome::Already], 0)]
    #[case(&[Outcome::Refused, Outcome::Failed], 1)]
    #[case(&[Outcome::Failed, Outcome::NotTried], 1)]
    #[case(&[Outcome::Refused, Outcome::NotTried], 130)]
    fn exit_codes(#[case] outcomes: &[Outcome], #[case] code: u8) {
        let results = outcomes.iter().map(|outcome| result("a.1", *outcome, "")).collect();
        assert_eq!(Report::of(&WORDS, "none", results).exit_code(), code);
    }
}
