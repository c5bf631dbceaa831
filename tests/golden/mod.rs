//! What a program prints, compared word for word with a file. The files are reviewed like code; nothing here knows what
//! is printed.
#![allow(dead_code, unreachable_pub)]

use jiff::Timestamp;
use similar::TextDiff;
use std::path::Path;

/// Set to have the files written instead of compared.
const WRITE: &str = "HANDOFF_WRITE_GOLDEN";

/// Compares with `tests/golden/<name>.txt`; what changes from run to run must have been taken out before, see [`plain`].
///
/// Panics with the difference if there is one, and with the command that writes the file anew.
#[track_caller]
pub fn check(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.txt"));
    check_file(&path, actual);
}

/// Compares with any file of the repository, as [`check`].
#[track_caller]
pub fn check_file(path: &Path, actual: &str) {
    if std::env::var_os(WRITE).is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, actual).unwrap();
        eprintln!("written: {}", path.display());
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if let Some(difference) = difference(&expected, actual) {
        let file = path.display();
        panic!(
            "not as in {file} (-), but (+):\n{difference}\nIf that is meant, run the test again with {WRITE}=1, and look at the change."
        );
    }
}

/// The lines that differ, with some around them; none if the texts are equal.
fn difference(expected: &str, actual: &str) -> Option<String> {
    let diff = TextDiff::from_lines(expected, actual);
    (expected != actual).then(|| diff.unified_diff().context_radius(3).to_string())
}

/// The text without what changes from run to run: times are `TIME`, ages as kubectl writes them `AGE`, uids `UID`, versions `VERSION`. The
/// width of a column depends on the ages in it, so that a gap between columns is three spaces wherever it is wider.
pub fn plain(text: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        let start = line.len() - line.trim_start_matches(' ').len();
        let (indent, rest) = line.split_at(start);
        format!("{indent}{}", unversioned(narrow(&timeless(rest))))
    });
    lines.collect()
}

/// `"resourceVersion": "VERSION"`
fn unversioned(line: String) -> String {
    match line.split_once("resourceVersion") {
        Some((before, after)) if before.is_empty() || before == "\"" => {
            let plain = after.replace(|character: char| character.is_ascii_digit(), "");
            format!("{before}resourceVersion{}", plain.replace("\"\"", "\"VERSION\""))
        }
        Some(_) | None => line,
    }
}

/// Gaps of more than three spaces are three.
fn narrow(line: &str) -> String {
    let mut spaces = 0;
    let kept = line.chars().filter(|character| {
        spaces = if *character == ' ' { spaces + 1 } else { 0 };
        spaces <= 3
    });
    kept.collect()
}

fn timeless(line: &str) -> String {
    let in_word = |character: char| character.is_ascii_alphanumeric() || "-+:.".contains(character);
    let mut left = line;
    let mut plain = String::new();
    while !left.is_empty() {
        let word = left.find(|character| !in_word(character)).unwrap_or(left.len());
        let (word, rest) = left.split_at(word);
        // A full stop may end the sentence.
        let bare = word.trim_end_matches(['.', ':']);
        plain.push_str(placeholder(bare).unwrap_or(bare));
        plain.push_str(&word[bare.len()..]);
        let other = rest.find(in_word).unwrap_or(rest.len());
        plain.push_str(&rest[..other]);
        left = &rest[other..];
    }
    plain
}

fn placeholder(word: &str) -> Option<&'static str> {
    if word.parse::<Timestamp>().is_ok() {
        Some("TIME")
    } else if is_age(word) {
        Some("AGE")
    } else if is_uid(word) {
        Some("UID")
    } else {
        None
    }
}

/// `5s`, `2m5s`, `3d`.
fn is_age(word: &str) -> bool {
    let mut parts = word.split_inclusive(|character: char| "smhdy".contains(character));
    let number_and_unit = |part: &str| {
        let number = part.trim_end_matches(|character: char| !character.is_ascii_digit());
        part.len() == number.len() + 1 && number.parse::<u32>().is_ok()
    };
    !word.is_empty() && parts.all(number_and_unit)
}

fn is_uid(word: &str) -> bool {
    let lengths = word.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
        && word
            .chars()
            .all(|character| character == '-' || character.is_ascii_hexdigit())
}

/// `14:02`, with or without its day, as `TIME`.
pub fn hours(text: &str) -> String {
    let in_word = |character: char| character.is_ascii_alphanumeric() || "-+:.".contains(character);
    let mut plain = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|character| !in_word(character)).unwrap_or(rest.len()).max(1);
        let end = (end..=rest.len()).find(|end| rest.is_char_boundary(*end)).unwrap();
        let (word, after) = rest.split_at(end);
        let clock = word.trim_end_matches('.');
        if digits(clock, "00:00") {
            plain.push_str("TIME");
            plain.push_str(&word[clock.len()..]);
        } else if !(digits(word, "0000-00-00") && after.get(1..6).is_some_and(|time| digits(time, "00:00"))) {
            plain.push_str(word);
        } else {
            rest = &after[1..];
            continue;
        }
        rest = after;
    }
    plain
}

/// Whether a text has digits where the pattern has.
fn digits(text: &str, pattern: &str) -> bool {
    let alike = |(one, other): (u8, u8)| {
        if other == b'0' {
            one.is_ascii_digit()
        } else {
            one == other
        }
    };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(alike)
}

#[test]
fn only_what_changes_from_run_to_run_is_taken_out() {
    let early = "badge   anna      present (59s ago)       3d   after 2026-03-01T02:00:00Z.\n  \"uid\": \"0a1b2c3d-0000-4000-8000-00000000000a\"\n";
    let late = "badge   anna   present (2m5s ago)   24h   after 2027-03-01T02:00:07.25Z.\n  \"uid\": \"ffffffff-0000-4000-8000-00000000000a\"\n";
    let both = "badge   anna   present (AGE ago)   AGE   after TIME.\n  \"uid\": \"UID\"\n";
    assert_eq!((plain(early).as_str(), plain(late).as_str()), (both, both));
    assert_eq!(
        plain("  \"resourceVersion\": \"4711\",\n"),
        "  \"resourceVersion\": \"VERSION\",\n"
    );
    assert_eq!(
        plain("  resourceVersion: \"4711\"\n"),
        "  resourceVersion: \"VERSION\"\n"
    );
    let kept = "badge.anna.1 zone=HQ 5 720h-x smd 2026 a1b2\n        deep: 1: 2. done\n";
    assert_eq!(plain(kept), kept);
}

#[test]
fn a_difference_names_the_lines() {
    assert_eq!(difference("a\nb\n", "a\nb\n"), None);
    let said = difference("a\nb\nc\n", "a\nx\nc\n").unwrap();
    assert!(said.contains("\n a\n-b\n+x\n c\n"), "{said}");
}

#[test]
fn times_of_day_are_taken_out() {
    let text = "done at 14:02. 2026-03-01 23:59 (10:00) 2026-03-01T10:00:00Z é 12:345 2026-03-01";
    let plain = "done at TIME. TIME (TIME) 2026-03-01T10:00:00Z é 12:345 2026-03-01";
    assert_eq!(hours(text), plain);
}
