//! CSV after RFC 4180, with a header. Rows with too few or too many cells are refused, all of them.

use super::super::args::Format;
use super::super::problem::{Problem, Problems};
use super::{Cell, Row, Table, quoting};
use ::csv::{ReaderBuilder, StringRecord};

pub(super) fn parse(text: &str, delimiter: u8) -> Result<Table, Problems> {
    quoting::check(text, delimiter)?;
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut lines = Lines { text, byte: 0, line: 1 };
    let mut columns: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    let mut problems = Vec::new();
    let mut record = StringRecord::new();
    loop {
        let from = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        let line = lines.at(from);
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(Problem::at(line, error.to_string()).into()),
        }
        let Some(columns) = &columns else {
            columns = Some(record.iter().map(|name| name.trim().to_owned()).collect());
            continue;
        };
        if record.len() == columns.len() {
            let cells = record.iter().map(|cell| Cell::Text(cell.to_owned())).enumerate();
            rows.push(Row {
                line,
                cells: cells.collect(),
            });
        } else {
            let message = format!("{} cells, but the header has {}", record.len(), columns.len());
            problems.push(Problem::at(line, message));
        }
    }
    let Some(columns) = columns else {
        return Err(Problem::of_all("the file is empty: a CSV starts with a header that names its columns").into());
    };
    if problems.is_empty() {
        Ok(Table {
            format: Format::Csv,
            columns,
            rows,
        })
    } else {
        Err(Problems(problems))
    }
}

/// Counts lines. Places must be asked for in order.
struct Lines<'a> {
    text: &'a str,
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the first cell at or after a place, empty lines skipped.
    fn at(&mut self, byte: usize) -> u64 {
        let bytes = self.text.as_bytes();
        while let Some(next) = bytes.get(self.byte) {
            if self.byte >= byte && !matches!(next, b'\n' | b'\r') {
                break;
            }
            if *next == b'\n' {
                self.line += 1;
            }
            self.byte += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// Rows as `line cell|cell`.
    fn read(text: &str, delimiter: u8) -> Vec<String> {
        let table = parse(text, delimiter).unwrap();
        let cell = |(_, cell): &(usize, Cell)| match cell {
            Cell::Text(text) => text.clone(),
            Cell::Binary => panic!("a CSV holds text"),
        };
        let row = |row: &Row| {
            let cells: Vec<_> = row.cells.iter().map(cell).collect();
            format!("{} {}", row.line, cells.join("|"))
        };
        table.rows.iter().map(row).collect()
    }

    #[rstest]
    #[case::plain("a,b\n1,2\n", b',', &["2 1|2"])]
    #[case::no_last_newline("a,b\r\n1,2", b',', &["2 1|2"])]
    #[case::semicolon("a;b\n1,0;2\n", b';', &["2 1,0|2"])]
    #[case::tab("a\tb\n1\t2\n", b'\t', &["2 1|2"])]
    #[case::quoted("a,b\n\"x, \"\"y\"\"\",\"two\nlines\"\nz,w\n", b',', &["2 x, \"y\"|two\nlines", "4 z|w"])]
    #[case::empty_lines("a,b\n\n\n1,2\n\r\n3,4\n", b',', &["4 1|2", "6 3|4"])]
    #[case::spaces_are_kept("a,b\n 1 ,2\n", b',', &["2  1 |2"])]
    #[case::only_a_header("a,b\n", b',', &[])]
    fn reads(#[case] text: &str, #[case] delimiter: u8, #[case] rows: &[&str]) {
        assert_eq!(read(text, delimiter), rows);
    }

    #[test]
    fn every_row_of_the_wrong_length_is_named() {
        let said = parse("a,b\n1\n1,2\n1,2,3\n", b',').unwrap_err().to_string();
        assert_eq!(
            said,
            "line 2: 1 cells, but the header has 2\n  line 4: 3 cells, but the header has 2"
        );
    }

    #[test]
    fn a_file_without_a_header_is_no_empty_export() {
        for text in ["", "\n\n"] {
            assert!(parse(text, b',').unwrap_err().to_string().contains("the file is empty"));
        }
    }
}
