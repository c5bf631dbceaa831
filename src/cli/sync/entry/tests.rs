//! Rows and records as entries, and what is wrong with them.

use super::*;
use crate::cli::sync::args::Format;
use crate::cli::sync::columns;
use crate::cli::sync::mapping::Mapping;
use crate::cli::sync::source;
use handoff_core::api::ResourceType;
use handoff_core::engine::types;
use rstest::rstest;
use serde_json::json;
use std::sync::Arc;

fn badge(case_insensitive: bool) -> TypeView {
    let badge = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType", "metadata": {"name": "badge"},
        "spec": {
            "identifier": {"caseInsensitive": case_insensitive},
            "properties": [
                {"name": "zone", "type": "String"}, {"name": "level", "type": "Integer"},
                {"name": "doors", "type": "String", "multiValued": true}, {"name": "pin", "type": "Secret"},
            ],
        },
    });
    let badge: ResourceType = serde_json::from_value(badge).unwrap();
    types::inspect(Arc::new(badge))
}

fn mapping(yaml: &str) -> Mapping {
    serde_saphyr::from_str(yaml).unwrap()
}

const MAPPING: &str = "identifier: Login\nowner: Id\nproperties: {zone: Zone, level: Level}\nvalues: {doors: {column: Doors, separator: '|'}}\n";
const HEADER: &str = "Login,Id,Zone,Level,Doors\n";

fn read_as(text: &str, format: Format, mapping: &Mapping, view: &TypeView) -> Result<Entries, Problems> {
    let table = source::parse(text.as_bytes(), format, b',')?;
    let columns = columns::find(mapping, view, &table)?;
    read(&table, &columns, view, "2026-03-01T08:00:00Z".parse().unwrap())
}

fn csv(rows: &str) -> Result<Entries, Problems> {
    read_as(&format!("{HEADER}{rows}"), Format::Csv, &mapping(MAPPING), &badge(true))
}

fn shown(entries: &Entries) -> serde_json::Value {
    serde_json::to_value(entries).unwrap()
}

#[test]
fn a_row_is_an_entry() {
    let entries = csv(" JDoe ,e1, HQ ,3,b|a| |b\nben,,,,\n").unwrap();
    let common =
        json!({"resourceTypeRef": {"name": "badge"}, "source": "Synchronized", "observedAt": "2026-03-01T08:00:00Z"});
    let with = |more: serde_json::Value| {
        let mut whole = common.clone();
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        whole
    };
    // An empty cell of a mapped column is known to be empty, which proves that something was cleared.
    let expected = json!({
        "badge.jdoe": with(json!({
            "identifier": "JDoe", "owner": {"id": "e1"}, "properties": {"zone": "HQ", "level": "3"}, "values": {"doors": ["a", "b"]},
        })),
        "badge.ben": with(json!({"identifier": "ben", "properties": {"zone": "", "level": ""}, "values": {"doors": []}})),
    });
    assert_eq!(shown(&entries), expected);
}

#[test]
fn a_record_is_an_entry() {
    let text = "dn: uid=anna\nUID: anna\nobjectClass: top\nobjectClass: Person\ndoor: a\ndoor: b\n\ndn: uid=x\nuid: x\nobjectClass: device\n";
    let mapping = mapping("identifier: uid\nvalues: {doors: door}\nfilter: {objectclass: person}\n");
    let entries = read_as(text, Format::Ldif, &mapping, &badge(true)).unwrap();
    assert_eq!(entries.keys().collect::<Vec<_>>(), ["badge.anna"]);
    assert_eq!(entries["badge.anna"].values["doors"], ["a", "b"]);
}

#[rstest]
#[case::no_identifier("anna,e1,,,\n ,e2,,,\n", &["line 3: no identifier"])]
#[case::twice("JDoe,,,,\nx,,,,\njdoe ,,,,\n", &["line 4: \"jdoe\" is the same resource as \"JDoe\" of line 2"])]
#[case::composed("u\u{308}mit,,,,\n\u{fc}mit,,,,\n", &["is the same resource as"])]
#[case::type_("anna,,,high,\n", &["line 2: level: \"high\" is not a whole number"])]
#[case::all_of_them("anna,,,high,\n,,,low,\n", &["line 2: level", "line 3: no identifier", "line 3: level"])]
fn a_bad_row_is_an_error(#[case] rows: &str, #[case] words: &[&str]) {
    let problems = csv(rows).unwrap_err();
    let said = problems.to_string();
    assert_eq!(problems.0.len(), words.len(), "{said}");
    for (problem, words) in problems.0.iter().zip(words) {
        assert!(problem.to_string().contains(words), "{said}");
    }
}

#[rstest]
#[case::identifier("Login", 253)]
#[case::owner("Id", 253)]
#[case::value("Zone", 1024)]
fn what_is_too_long_is_an_error(#[case] column: &str, #[case] most: usize) {
    let row = |length: usize| {
        let cell = |name: &str| {
            if name == column {
                "x".repeat(length)
            } else {
                "y".to_owned()
            }
        };
        format!("{},{},{},,\n", cell("Login"), cell("Id"), cell("Zone"))
    };
    csv(&row(most)).unwrap();
    let said = csv(&row(most + 1)).unwrap_err().to_string();
    assert!(
        said.contains(&format!("{} characters, and {most} is the most", most + 1)),
        "{said}"
    );
}

#[test]
fn more_values_than_an_entry_holds_are_an_error() {
    let doors: Vec<_> = (0..65).map(|door| door.to_string()).collect();
    let said = csv(&format!("anna,,,,{}\n", doors.join("|"))).unwrap_err().to_string();
    assert!(said.contains("doors: 65 values, and 64 is the most"), "{said}");
}

#[test]
fn case_counts_where_the_type_says_so() {
    let text = format!("{HEADER}JDoe,,,,\njdoe,,,,\n");
    let entries = read_as(&text, Format::Csv, &mapping(MAPPING), &badge(false)).unwrap();
    assert_eq!(entries.len(), 2);
}

#[rstest]
#[case(
    "identifier: Login\nproperties: {zon: Zone}",
    "has no property zon; it has zone, level, doors"
)]
#[case("identifier: Login\nproperties: {pin: Zone}", "pin is a Secret")]
#[case(
    "identifier: Login\nproperties: {doors: Doors}",
    "doors is multi-valued: map it with --values"
)]
#[case(
    "identifier: Login\nvalues: {zone: Zone}",
    "zone is single-valued: map it with --property"
)]
#[case("identifier: Logn", "no column \"Logn\"; it has Login, Id")]
#[case("identifier: Login\nfilter: {Active: yes}", "no column \"Active\"")]
#[case("owner: Id", "which column names a resource")]
fn a_mapping_that_does_not_fit_is_an_error(#[case] yaml: &str, #[case] words: &str) {
    let text = format!("{HEADER}anna,,,,\n");
    let said = read_as(&text, Format::Csv, &mapping(yaml), &badge(true))
        .unwrap_err()
        .to_string();
    assert!(said.contains(words), "{said}");
}

#[test]
fn another_delimiter_is_guessed_and_said() {
    let said = read_as(
        "Login;Id\nanna;e1\n",
        Format::Csv,
        &mapping("identifier: Login"),
        &badge(true),
    );
    assert!(said.unwrap_err().to_string().contains("is the delimiter another?"));
}

#[test]
fn an_attribute_with_two_values_is_no_single_value() {
    let text = "dn: a\nuid: anna\nuid: bea\nzone: x\nzone: y\n";
    let mapping = mapping("identifier: uid\nproperties: {zone: zone}\n");
    let said = read_as(text, Format::Ldif, &mapping, &badge(true))
        .unwrap_err()
        .to_string();
    assert_eq!(
        said,
        "line 1: the identifier: 2 values, where one is expected\n  line 1: zone: 2 values, where one is expected"
    );
}
