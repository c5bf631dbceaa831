//! An export as rows of columns, whatever it was written in. Nothing here knows a ResourceType.

mod csv;
mod ldif;
mod quoting;

use super::args::Format;
use super::problem::{Problem, Problems, listed};
use std::borrow::Cow;

/// Rows of columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it was written in.
    pub format: Format,
    /// Names of the columns; of LDIF, every attribute that a record has, as first spelled.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A row, or record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Line of the file on which it starts, from 1.
    pub line: u64,
    /// Column by its place in [`Table::columns`], and content; an attribute may have several.
    pub cells: Vec<(usize, Cell)>,
}

/// The content of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// Bytes that are no text, a photo for example.
    Binary,
}

/// Reads an export.
///
/// # Errors
/// What keeps it from being read, with line numbers.
pub fn parse(bytes: &[u8], format: Format, delimiter: u8) -> Result<Table, Problems> {
    let text = text(bytes)?;
    match format {
        Format::Csv => csv::parse(text, delimiter),
        Format::Ldif => ldif::parse(text),
    }
}

/// The bytes as UTF-8, without a byte order mark.
fn text(bytes: &[u8]) -> Result<&str, Problem> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Problem::of_all("the file is UTF-16: export it as UTF-8"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64;
            let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
            let message =
                format!("byte 0x{byte:02x} is not UTF-8: export it as UTF-8, or convert it with `iconv -t UTF-8`");
            Err(Problem::at(line, message))
        }
    }
}

impl Table {
    /// Where a column is. Attributes are the same in any case of their letters, columns are not.
    ///
    /// # Errors
    /// It is not there, or twice.
    pub fn column(&self, name: &str) -> Result<usize, Problem> {
        let same = |column: &str| match self.format {
            Format::Csv => column == name,
            Format::Ldif => column.eq_ignore_ascii_case(name),
        };
        let mut found = self.columns.iter().enumerate().filter(|(_, column)| same(column));
        match (found.next(), found.next()) {
            (Some((place, _)), None) => Ok(place),
            (Some(_), Some(_)) => Err(Problem::at(1, format!("there are two columns {name:?}"))),
            (None, _) => Err(Problem::of_all(self.lacks(name))),
        }
    }

    fn lacks(&self, name: &str) -> String {
        let has = listed(self.columns.iter().map(String::as_str));
        match (self.format, self.columns.as_slice()) {
            (Format::Csv, [one]) if one.contains([';', '\t', '|']) => format!(
                "the file has no column {name:?}, but one with the name {one:?}: is the delimiter another? Say it with --delimiter"
            ),
            (Format::Csv, _) => format!("the file has no column {name:?}; it has {has}"),
            (Format::Ldif, _) => format!(
                "no record has an attribute {name:?}; they have {has}. If really nothing has it, leave it out of the mapping"
            ),
        }
    }
}

impl Row {
    /// What stands in a column.
    pub fn cells(&self, column: usize) -> impl Iterator<Item = &Cell> {
        let here = move |(place, cell)| (place == column).then_some(cell);
        self.cells.iter().filter_map(move |(place, cell)| here((*place, cell)))
    }
}

/// A control character that no name or value may hold, in words.
pub fn control(text: &str) -> Option<Cow<'static, str>> {
    let bad = text
        .chars()
        .find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))?;
    Some(format!("it holds the control character U+{:04X}", u32::from(bad)).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::latin(b"Login\nj\xfcrgen\n", "line 2: byte 0xfc is not UTF-8")]
    #[case::utf16(b"\xff\xfeL\0o\0", "the file is UTF-16")]
    #[case::cut(b"Login\n\nx\xc3", "line 3: byte 0xc3 is not UTF-8")]
    fn what_is_not_utf8_is_said_with_its_line(#[case] bytes: &[u8], #[case] words: &str) {
        for format in [Format::Csv, Format::Ldif] {
            let said = parse(bytes, format, b',').unwrap_err().to_string();
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_column() {
        let table = parse(b"\xef\xbb\xbfLogin\nanna\n", Format::Csv, b',').unwrap();
        assert_eq!(table.column("Login"), Ok(0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), delimiter in any::<u8>()) {
            let _ = parse(&bytes, Format::Csv, delimiter);
            let _ = parse(&bytes, Format::Ldif, delimiter);
        }

        #[test]
        fn no_text_of_the_right_letters_panics(text in "[\"\n\r ,;:<=#a-z0-9äé-]{0,120}") {
            let _ = parse(text.as_bytes(), Format::Csv, b',');
            let _ = parse(text.as_bytes(), Format::Ldif, b',');
            let _ = parse(format!("dn: x\n{text}\n").as_bytes(), Format::Ldif, b',');
        }

        /// What a careful program writes is read as it was meant, whatever the cells hold.
        #[test]
        fn every_csv_that_is_written_right_is_read_back(rows in proptest::collection::vec(proptest::collection::vec("[^\0]{0,12}", 3), 1..8)) {
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\r\n";
            let text: String = std::iter::once("a,b,c\n".to_owned()).chain(rows.iter().map(line)).collect();
            let table = parse(text.as_bytes(), Format::Csv, b',').unwrap();
            let read: Vec<Vec<String>> = table.rows.iter().map(|row| row.cells.iter().map(|(_, cell)| match cell {
                Cell::Text(text) => text.clone(),
                Cell::Binary => panic!("a CSV holds text"),
            }).collect()).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
