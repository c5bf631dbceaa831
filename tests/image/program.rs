//! The program of the image: where it is from, and what it needs of the system that it runs on.

use crate::layout::root;
use object::elf::{DT_NEEDED, FileHeader64, PT_INTERP};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::{Endianness, Object};
use std::path::PathBuf;
use std::process::Command;

pub fn path() -> PathBuf {
    root().join("handoff")
}

pub fn bytes() -> Vec<u8> {
    std::fs::read(path()).unwrap()
}

/// What it prints.
pub fn says(args: &[&str]) -> String {
    let output = Command::new(path()).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// In an image with one file there is nobody who could load a library.
#[test]
fn it_needs_no_library_and_no_loader() {
    let bytes = bytes();
    let header = FileHeader64::<Endianness>::parse(&*bytes).unwrap();
    let endian = header.endian().unwrap();
    let segments = header.program_headers(endian, &*bytes).unwrap();
    assert!(segments.iter().all(|segment| segment.p_type(endian) != PT_INTERP));
    let needed = segments
        .iter()
        .filter_map(|segment| segment.dynamic(endian, &*bytes).unwrap())
        .flatten()
        .filter(|entry| entry.tag(endian) == DT_NEEDED);
    assert_eq!(needed.count(), 0);
}

#[test]
fn it_has_no_symbols() {
    let bytes = bytes();
    let file = object::File::parse(&*bytes).unwrap();
    assert_eq!(file.symbols().count(), 0);
    assert!(!file.has_debug_symbols());
}

#[test]
fn it_says_of_which_commit_it_is() {
    let commit = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output();
    let commit = commit.ok().filter(|output| output.status.success());
    let commit = commit.map_or_else(
        || "unknown".to_owned(),
        |output| String::from_utf8(output.stdout).unwrap(),
    );
    let start = format!("handoff {} ({}", env!("CARGO_PKG_VERSION"), commit.trim());
    let said = says(&["--version"]);
    let rest = said.strip_prefix(&start);
    assert!(
        matches!(rest, Some(")\n" | "-dirty)\n")),
        "{said} does not begin with {start}"
    );
}

/// Else the same sources would make another program on another machine.
#[test]
fn it_does_not_say_where_it_was_built() {
    let bytes = bytes();
    let home = std::env::var("CARGO_HOME").unwrap_or_else(|_| std::env::var("HOME").unwrap() + "/.cargo");
    // With what lies in them: a clone may be in a folder whose name stands in any program, such as /src.
    let places = [
        concat!(env!("CARGO_MANIFEST_DIR"), "/src/").to_owned(),
        home + "/registry/",
    ];
    for place in places {
        assert!(!contains(&bytes, &place), "{place} is in it");
    }
}

#[test]
fn it_has_no_faults_on_purpose() {
    assert!(!contains(&bytes(), "HANDOFF_FAULT"));
    // The names of variables are found where they are.
    assert!(contains(&bytes(), "HANDOFF_NAMESPACES"));
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
