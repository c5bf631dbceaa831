//! By table: what rows become, and what is asked for.

use super::super::ask::{self, Person};
use super::super::rows::{self, Header};
use super::super::wish::Wish;
use super::{of_owner, types, view};
use crate::cli::sync::args::Format;
use crate::cli::sync::source;
use handoff_core::api::Operation;
use rstest::rstest;
use serde_json::json;

fn rows(text: &str, header: &Header<'_>, operation: Operation) -> Result<Vec<(u64, Wish)>, String> {
    let table = source::parse(text.as_bytes(), Format::Csv, b',').unwrap();
    let rows = rows::read(&table, header, operation, &view(), &jiff::tz::TimeZone::UTC)
        .map_err(|problems| problems.to_string())?;
    Ok(rows.into_iter().map(|row| (row.line, row.wish)).collect())
}

#[test]
fn a_row_says_what_its_columns_are_named_after() {
    let text = "Id,ownerName,owner.mail,zone,doors,vip,properties.name,start,Team\n\
                e1,Anna,a@x,HQ,north; south|west,TRUE,ANNA,2026-03-01T08:00:00Z,red\n\
                e2,,,LAB,,,,,\n";
    let header = Header {
        renamed: [("owner".to_owned(), "Id".to_owned())].into(),
        ignored: ["Team"].into(),
    };
    let rows = rows(text, &header, Operation::Create).unwrap();
    let first = Wish {
        owner_name: Some("Anna".to_owned()),
        owner_properties: [("mail".to_owned(), "a@x".to_owned())].into(),
        start: Some("2026-03-01T08:00:00Z".parse().unwrap()),
        ..of_owner(&[
            "zone=HQ",
            "doors=north",
            "doors=south",
            "doors=west",
            "vip=true",
            "name=ANNA",
        ])
    };
    let second = Wish {
        owner: Some("e2".to_owned()),
        ..of_owner(&["zone=LAB"])
    };
    assert_eq!(rows, [(2, first), (3, second)]);
}

#[rstest]
#[case(
    Operation::Create,
    "owner,Zone\ne1,HQ\n",
    "line 1: the column \"Zone\" is none of owner, ownerName, owner.PROPERTY, identifier, justification, start, name, end, zone, level, doors, vip, name: rename it with --column NAME=\"Zone\", or leave it out with --ignore-column \"Zone\""
)]
#[case(
    Operation::Create,
    "owner,add.doors\ne1,x\n",
    "line 1: the column \"add.doors\" is none of"
)]
#[case(
    Operation::Delete,
    "owner,zone\ne1,x\n",
    "line 1: the column \"zone\" is none of owner, ownerName, owner.PROPERTY, identifier, justification, start, name: rename"
)]
#[case(
    Operation::Create,
    "owner,zone,properties.zone\ne1,x,y\n",
    "line 1: two columns hold properties.zone"
)]
#[case(
    Operation::Create,
    "owner,start\ne1,soon\ne2,2026-03-01\ne3,never\n",
    "line 2: start: \"soon\" is neither a time such as 2026-03-01T08:00:00Z nor a day such as 2026-03-01\n  line 4: start: \"never\""
)]
#[case(Operation::Create, "owner,zone\n", "the file has a header and no row")]
fn what_a_file_may_not_say(#[case] operation: Operation, #[case] text: &str, #[case] said: &str) {
    let problems = rows(text, &Header::default(), operation).unwrap_err();
    assert!(problems.starts_with(said), "{problems}");
}

#[test]
fn a_cell_goes_over_the_flags() {
    let flags = Wish {
        values: [("doors".to_owned(), vec!["north".to_owned()])].into(),
        clear: ["level".to_owned()].into(),
        justification: Some("joiners".to_owned()),
        ..of_owner(&["zone=HQ", "vip=true"])
    };
    let row = Wish {
        owner: Some("e2".to_owned()),
        ..of_owner(&["zone=LAB", "doors=south", "level=3"])
    };
    let both = flags.under(Wish {
        owner: Some("e2".to_owned()),
        ..row
    });
    let expected = Wish {
        owner: Some("e2".to_owned()),
        justification: Some("joiners".to_owned()),
        ..of_owner(&["zone=LAB", "vip=true", "doors=south", "level=3"])
    };
    assert_eq!(both, expected);
}

/// Answers what it was told to, and keeps what it was asked.
struct Told {
    answers: Vec<&'static str>,
    asked: Vec<String>,
}

impl Person for Told {
    fn choose(&mut self, question: &str, among: &[String]) -> Result<usize, String> {
        self.asked.push(format!("{question} [{}]", among.join(", ")));
        Ok(0)
    }

    fn text(&mut self, question: &str, right: &dyn Fn(&str) -> Result<(), String>) -> Result<String, String> {
        self.asked.push(question.to_owned());
        loop {
            let answer = self.answers.remove(0);
            match right(answer) {
                Ok(()) => return Ok(answer.to_owned()),
                Err(why) => self.asked.push(why),
            }
        }
    }
}

#[test]
fn what_is_missing_is_asked_for_until_it_is_right() {
    let types = types(json!({
        "dependsOnOwnerProperties": ["mail"],
        "properties": [
            {"name": "zone", "type": "String", "required": true, "description": "HQ or LAB"},
            {"name": "days", "type": "Date", "multiValued": true, "required": true},
            {"name": "vip", "type": "Boolean", "required": true},
            {"name": "level", "type": "Integer"},
            {"name": "name", "type": "String", "required": true, "expression": "owner.id"},
            {"name": "pin", "type": "Secret", "required": true},
        ],
    }));
    let mut person = Told {
        answers: vec!["", "e1", "a@x", "HQ", "2026-03-01; soon", "2026-03-01;2026-03-02"],
        asked: Vec::new(),
    };
    let mut wish = Wish::default();
    ask::complete(&mut wish, Operation::Create, &types["badge"], Some(&mut person)).unwrap();
    assert_eq!(
        person.asked,
        [
            "Key of the owner",
            "it must not be empty",
            "mail of the owner",
            "zone (String): HQ or LAB",
            "days (Date), several between ;",
            "\"soon\" is not a day such as 2026-03-31",
            "vip (Boolean) [true, false]",
        ]
    );
    let expected = Wish {
        owner_properties: [("mail".to_owned(), "a@x".to_owned())].into(),
        ..of_owner(&["zone=HQ", "days=2026-03-01", "days=2026-03-02", "vip=true"])
    };
    assert_eq!(wish, expected);
    let said = ask::complete(&mut Wish::default(), Operation::Create, &types["badge"], None).unwrap_err();
    assert_eq!(
        said,
        "this is missing, and nobody can be asked here:\n  --owner ID\n  --owner-property mail=VALUE\n  --set zone=VALUE   zone (String): HQ or LAB\n  --values days=VALUE,VALUE   days (Date)\n  --set vip=VALUE   vip (Boolean)"
    );
    assert!(ask::complete(&mut of_owner(&[]), Operation::Delete, &types["badge"], None).is_ok());
}
