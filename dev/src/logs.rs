//! The end of a log, for error messages.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// How many lines an error shows.
pub(crate) const SHOWN: usize = 15;

/// What was logged from `offset` on; what cannot be read counts as nothing, this only explains another error.
pub(crate) fn since(path: &Path, offset: u64) -> String {
    let mut bytes = Vec::new();
    let _ = File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(offset))?;
        file.read_to_end(&mut bytes)
    });
    String::from_utf8_lossy(&bytes).into_owned()
}

/// How long the log is now.
pub(crate) fn length(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

/// The last lines that are not empty, indented, or a word that there are none.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.is_empty() {
        return "  (no output)".to_owned();
    }
    let shown = lines.iter().skip(lines.len().saturating_sub(count));
    shown.map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::last_lines;

    #[test]
    fn the_last_lines_without_empty_ones() {
        assert_eq!(last_lines("one\ntwo\n\nthree\n", 2), "  two\n  three");
        assert_eq!(last_lines("one", 15), "  one");
        assert_eq!(last_lines("\n\n", 15), "  (no output)");
    }
}
