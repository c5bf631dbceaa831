//! LDIF after RFC 2849, content records only. Stricter than tools that write into a directory: what is not understood
//! is an error, since a record that is passed over would count as a resource that is gone. One thing is wider: a value
//! may be UTF-8 without base64.

use super::super::args::Format;
use super::super::problem::{Problem, Problems};
use super::{Cell, Row, Table};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;

/// Reads every record; answers the first problem of each record.
pub(super) fn parse(text: &str) -> Result<Table, Problems> {
    let mut records = records(text)?;
    read_version(&mut records)?;
    let mut attributes = Attributes::default();
    let mut rows = Vec::new();
    let mut problems = Vec::new();
    for record in &records {
        match read_record(record, &mut attributes) {
            Ok(row) => rows.push(row),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(Table {
            format: Format::Ldif,
            columns: attributes.names,
            rows,
        })
    } else {
        Err(Problems(problems))
    }
}

/// A line, unfolded, and where it starts.
struct Line {
    number: u64,
    text: String,
}

/// The records: lines without comments, unfolded, parted by empty lines.
fn records(text: &str) -> Result<Vec<Vec<Line>>, Problem> {
    if !text.is_empty() && !text.ends_with('\n') {
        let last = 1 + text.matches('\n').count() as u64;
        let message = "the last line has no end: is the file cut off? If not, end it with a newline";
        return Err(Problem::at(last, message));
    }
    let mut records: Vec<Vec<Line>> = Vec::new();
    let mut record: Vec<Line> = Vec::new();
    let mut open: Option<Line> = None;
    for (number, raw) in (1..).zip(text.lines()) {
        if let Some(more) = raw.strip_prefix(' ') {
            let Some(line) = &mut open else {
                return Err(Problem::at(
                    number,
                    "a line that starts with a space goes on with the one before, and there is none",
                ));
            };
            line.text.push_str(more);
            continue;
        }
        record.extend(open.take().filter(|line| !line.text.starts_with('#')));
        if raw.is_empty() {
            if !record.is_empty() {
                records.push(std::mem::take(&mut record));
            }
        } else {
            open = Some(Line {
                number,
                text: raw.to_owned(),
            });
        }
    }
    record.extend(open.filter(|line| !line.text.starts_with('#')));
    if !record.is_empty() {
        records.push(record);
    }
    Ok(records)
}

/// Takes the version out of the start of the file, if it is there.
fn read_version(records: &mut Vec<Vec<Line>>) -> Result<(), Problem> {
    let Some(first) = records.first_mut() else {
        return Ok(());
    };
    let Some(version) = first.first().and_then(|line| line.text.strip_prefix("version:")) else {
        return Ok(());
    };
    let version = version.trim();
    if version != "1" {
        let message = format!("LDIF version {version:?}: only version 1 is known");
        return Err(Problem::at(first.first().map_or(1, |line| line.number), message));
    }
    first.remove(0);
    if first.is_empty() {
        records.remove(0);
    }
    Ok(())
}

/// The attributes that were seen.
#[derive(Default)]
struct Attributes {
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl Attributes {
    fn place(&mut self, name: &str) -> usize {
        let places = self.names.len();
        let place = *self.places.entry(name.to_ascii_lowercase()).or_insert(places);
        if place == places {
            self.names.push(name.to_owned());
        }
        place
    }
}

fn read_record(record: &[Line], attributes: &mut Attributes) -> Result<Row, Problem> {
    let mut cells = Vec::new();
    for (place, line) in record.iter().enumerate() {
        let (name, value) = read_line(line)?;
        let is_dn = name.eq_ignore_ascii_case("dn");
        if is_dn != (place == 0) {
            return Err(Problem::at(line.number, wrong_dn(name, place)));
        }
        if ["changetype", "control"]
            .iter()
            .any(|word| name.eq_ignore_ascii_case(word))
        {
            let message = format!(
                "{name}: this is a change record, which says what to do and not what there is: export the entries themselves"
            );
            return Err(Problem::at(line.number, message));
        }
        cells.push((attributes.place(name), value));
    }
    Ok(Row {
        line: record.first().map_or(1, |line| line.number),
        cells,
    })
}

fn wrong_dn(name: &str, place: usize) -> String {
    if place > 0 {
        return "a second dn in one record: an empty line parts records".to_owned();
    }
    if ["search", "result"].iter().any(|word| name.eq_ignore_ascii_case(word)) {
        return format!("{name}: this is the summary of ldapsearch, not a record: export with `ldapsearch -LLL`");
    }
    format!("a record starts with dn, this one with {name}")
}

/// Name and value of `name: value`, `name:: base64`.
fn read_line(line: &Line) -> Result<(&str, Cell), Problem> {
    let bad = |message: String| Problem::at(line.number, message);
    let Some((name, rest)) = line.text.split_once(':') else {
        return Err(bad(format!("{:?} is no `attribute: value`", shortened(&line.text))));
    };
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ';' | '.' | '_');
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(letters) {
        return Err(bad(format!("{:?} is no name of an attribute", shortened(name))));
    }
    if let Some(base64) = rest.strip_prefix(':') {
        let bytes = STANDARD.decode(base64.trim());
        let bytes = bytes.map_err(|error| bad(format!("{name} is no base64: {error}")))?;
        return Ok((name, String::from_utf8(bytes).map_or(Cell::Binary, Cell::Text)));
    }
    if rest.starts_with('<') {
        return Err(bad(format!(
            "{name} is in a file of its own (:<), which is not read: export the value itself"
        )));
    }
    Ok((name, Cell::Text(rest.trim_start_matches(' ').to_owned())))
}

fn shortened(text: &str) -> String {
    const LENGTH: usize = 40;
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// Rows as `line attribute=value …`.
    fn read(text: &str) -> Vec<String> {
        let table = parse(text).unwrap();
        let cell = |(place, cell): &(usize, Cell)| match cell {
            Cell::Text(text) => format!("{}={text}", table.columns[*place]),
            Cell::Binary => format!("{}=(binary)", table.columns[*place]),
        };
        let row = |row: &Row| {
            let cells: Vec<_> = row.cells.iter().map(cell).collect();
            format!("{} {}", row.line, cells.join(" "))
        };
        table.rows.iter().map(row).collect()
    }

    #[rstest]
    #[case::plain("dn: cn=a\nuid: anna\n", &["1 dn=cn=a uid=anna"])]
    #[case::version("version: 1\n\ndn: a\n\ndn: b\n", &["3 dn=a", "5 dn=b"])]
    #[case::version_without_an_empty_line("version: 1\ndn: a\n", &["2 dn=a"])]
    #[case::comments("# x\n# y\n  still a comment\ndn: a\n# z\nuid: anna\n", &["4 dn=a uid=anna"])]
    #[case::folded("dn: a\ndescription: one\n  two\n three\nuid: anna\n", &["1 dn=a description=one twothree uid=anna"])]
    #[case::several_values("dn: a\nmember: x\nMember: y\n", &["1 dn=a member=x member=y"])]
    #[case::base64("dn:: Y249w4Q=\nuid::YW5uYQ==\n", &["1 dn=cn=Ä uid=anna"])]
    #[case::folded_base64("dn: a\nuid:: YW5\n uYQ==\n", &["1 dn=a uid=anna"])]
    #[case::binary("dn: a\nphoto:: /9j/\n", &["1 dn=a photo=(binary)"])]
    #[case::windows("dn: a\r\nuid: anna\r\n\r\ndn: b\r\n", &["1 dn=a uid=anna", "4 dn=b"])]
    #[case::no_value("dn: a\nuid:\n", &["1 dn=a uid="])]
    #[case::options("dn: a\ncn;lang-de: x\n", &["1 dn=a cn;lang-de=x"])]
    #[case::many_empty_lines("\n\n\ndn: a\n\n\n\n", &["4 dn=a"])]
    #[case::nothing("", &[])]
    fn reads(#[case] text: &str, #[case] rows: &[&str]) {
        assert_eq!(read(text), rows);
    }

    #[rstest]
    #[case::change("dn: a\nchangetype: delete\n", 2, "change record")]
    #[case::control("dn: a\ncontrol: 1.2.3\nchangetype: delete\n", 2, "change record")]
    #[case::summary("dn: a\n\nsearch: 2\nresult: 0 Success\n", 3, "ldapsearch -LLL")]
    #[case::no_dn("uid: anna\n", 1, "starts with dn")]
    #[case::two_dns("dn: a\ndn: b\n", 2, "second dn")]
    #[case::url("dn: a\nphoto:< file:///x\n", 2, "file of its own")]
    #[case::base64("dn: a\nuid:: ?\n", 2, "no base64")]
    #[case::cut_base64("dn: a\nuid:: YW5uY\n", 2, "no base64")]
    #[case::no_colon("dn: a\nhello\n", 2, "is no `attribute: value`")]
    #[case::a_modification("dn: a\n-\n", 2, "is no `attribute: value`")]
    #[case::bad_name("dn: a\nü: x\n", 2, "no name of an attribute")]
    #[case::goes_on_with_nothing("dn: a\n\n uid: x\n", 3, "there is none")]
    #[case::version("version: 2\ndn: a\n", 1, "only version 1")]
    #[case::cut_off("dn: a\nuid: an", 2, "cut off")]
    fn refuses(#[case] text: &str, #[case] line: u64, #[case] words: &str) {
        let problems = parse(text).unwrap_err();
        assert_eq!(problems.0[0].line, Some(line), "{problems}");
        assert!(problems.to_string().contains(words), "{problems}");
    }

    #[test]
    fn every_bad_record_is_named() {
        let said = parse("uid: a\n\ndn: b\n\nuid: c\n").unwrap_err().to_string();
        assert_eq!(said.lines().count(), 2);
    }
}
