//! By table: what is wrong with a type, and on which line it is said.

use super::check::{Level, check};
use super::document::Node;
use super::files::{Files, Object};
use handoff_core::api::common::Owner;
use rstest::rstest;

fn files(texts: &[&str]) -> Files {
    let mut files = Files::default();
    for (place, text) in texts.iter().enumerate() {
        let file = format!("{place}.yaml");
        let nodes = Node::read(text).unwrap();
        files.objects.extend(nodes.into_iter().map(|node| Object {
            file: file.clone(),
            node,
        }));
    }
    files
}

#[test]
fn a_type_that_cannot_be_read_is_there_all_the_same() {
    let (a, b) = (kind("a", "suspend: maybe"), kind("b", "dependsOn: [{name: a}]"));
    assert_eq!(
        said(&[&a, &b], true, None),
        ["6: spec.suspend: it is a text, and true or false is needed"]
    );
}

/// Each finding as `LINE: MESSAGE`; a warning has a `?` before it.
fn said(texts: &[&str], strict: bool, owner: Option<&Owner>) -> Vec<String> {
    let now = "2026-03-01T00:00:00Z".parse().unwrap();
    let report = check(&files(texts), strict, owner, now).unwrap();
    let line = |finding: &super::check::Finding| {
        let mark = if finding.level == Level::Warning { "?" } else { "" };
        format!("{mark}{}: {}", finding.line, finding.message)
    };
    report.findings.iter().map(line).collect()
}

/// A type with these lines in its spec, which begin on line 6.
fn kind(name: &str, lines: &str) -> String {
    let indented: String = lines.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "apiVersion: handoff.dev/v1alpha1\nkind: ResourceType\nmetadata: {{name: {name}}}\nspec:\n  provisioningConnection: {{package: ManualTicket}}\n{indented}"
    )
}

#[rstest]
#[case::sound("displayName: Badge", &[])]
#[case::unknown("displayNam: x", &["6: spec.displayNam: there is no such field"])]
#[case::text("displayName: 5", &["6: spec.displayName: it is a number, and a text is needed: put it in quotes"])]
#[case::empty("ticket:", &["6: spec.ticket: it is empty, and a group of fields is needed"])]
#[case::word("verification: {mode: Export}", &["6: spec.verification.mode: \"Export\" is none of None, Inventory"])]
#[case::bound("approval:\n  steps: 10", &["7: spec.approval.steps: 10 is too large: 9 is the most"])]
#[case::no_duration("dueAfter: 3 days", &["6: spec.dueAfter: \"3 days\" is not a duration such as 720h, more than 0s and at most 2160h"])]
#[case::zero("dueAfter: 0s", &["6: spec.dueAfter: \"0s\" is not a duration such as 720h, more than 0s and at most 2160h"])]
#[case::zero_lag("verification: {lag: 0s}", &[])]
#[case::long("dueAfter: 2161h", &["6: spec.dueAfter: \"2161h\" is not a duration such as 720h, more than 0s and at most 2160h"])]
#[case::property("properties:\n- {name: 1st, type: String}\n- {type: String}\n- {name: a, type: String}\n- {name: a, type: Date}", &["7: spec.properties[1st].name: \"1st\" does not match ^[A-Za-z_][A-Za-z0-9_-]*$", "8: spec.properties[1]: name is missing", "10: spec.properties[3]: a is there twice"])]
#[case::expression("properties:\n- name: a\n  type: String\n  expression: owner.id ~", &["9: spec.properties[a].expression: syntax error: unexpected end of input, expected expression (line 1, column 10)"])]
#[case::secret("properties:\n- {name: pin, type: Secret, multiValued: true}", &["7: spec.properties[pin]: a Secret has no expression and is not multiValued"])]
#[case::template("ticket:\n  title: '{{ owner'", &["7: spec.ticket.title: syntax error: unexpected end of input, expected end of variable block (line 1, column 4)"])]
#[case::warning("dependsOn: [{name: laptop}]", &["?6: spec.dependsOn[laptop]: none of the files has this type"])]
fn one_type(#[case] lines: &str, #[case] expected: &[&str]) {
    assert_eq!(said(&[&kind("badge", lines)], false, None), expected);
}

#[rstest]
#[case("Badge", "3: metadata.name: \"Badge\" is no name")]
#[case("a.b", "3: metadata.name: the name of a ResourceType has no dot")]
fn names(#[case] name: &str, #[case] expected: &str) {
    let said = said(&[&kind(name, "suspend: true")], false, None);
    assert!(said.len() == 1 && said[0].starts_with(expected), "{said:?}");
}

#[test]
fn types_that_need_each_other() {
    let (a, b) = (
        kind("a", "dependsOn: [{name: b}]"),
        kind("b", "dependsOn:\n- name: a\n- name: c"),
    );
    assert_eq!(
        said(&[&a, &b], true, None),
        [
            "6: a depends on b depends on a: take one out of spec.dependsOn",
            "6: b depends on a depends on b: take one out of spec.dependsOn",
            "8: spec.dependsOn[c]: none of the files has this type",
        ]
    );
}

#[test]
fn two_of_one_name() {
    let (one, other) = (kind("a", "suspend: true"), kind("a", "suspend: false"));
    assert_eq!(
        said(&[&one, &other], false, None),
        ["3: metadata.name: there is another of this name: 0.yaml:3"]
    );
    let elsewhere = other.replace("{name: a}", "{name: a, namespace: other}");
    assert!(said(&[&one, &elsewhere], false, None).is_empty());
}

#[test]
fn a_sample_owner_shows_what_fails() {
    let text = kind(
        "badge",
        "identifier: {expression: owner.properties.login}\nproperties:\n- {name: zone, type: String, required: true}\n- {name: level, type: Integer}\n- {name: days, type: Date, multiValued: true}\nticket:\n  title: '{{ order.operation }} {{ request.properties.level }}'",
    );
    let mut owner = Owner {
        id: "e1".to_owned(),
        ..Owner::default()
    };
    let now = "2026-03-01T00:00:00Z".parse().unwrap();
    assert_eq!(
        said(&[&text], false, Some(&owner)),
        [
            "6: for the owner e1: spec.identifier.expression of the ResourceType badge failed: the result is undefined: a field or property that it names is not there",
        ]
    );
    owner.properties.insert("login".to_owned(), "anna".to_owned());
    let report = check(&files(&[&text]), false, Some(&owner), now).unwrap();
    let messages: Vec<&str> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "for the owner e1, a Create, a Delete: spec.ticket.title of the ResourceType failed: undefined value: `request.properties.level` is undefined (line 1, column 26)"
        ]
    );
    let example = &report.examples[0];
    assert_eq!(
        (example.identifier.as_deref(), example.ticket.title.as_str()),
        (Some("anna"), "Create 1")
    );
    assert_eq!(example.values["days"], ["2026-03-31"]);
}
