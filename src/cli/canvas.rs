//! A text that stays in its place on a terminal while it changes. It knows nothing of what is shown.

use console::Term;

/// Lines that are longer than the screen is wide are cut by the terminal, so that each stays one line.
const NO_WRAP: &str = "\u{1b}[?7l";
const WRAP: &str = "\u{1b}[?7h";
/// Leaves the start of a longer text.
const CLEAR_LINE: &str = "\u{1b}[K";

/// The place.
pub(super) struct Canvas {
    term: Term,
    lines: usize,
}

impl Canvas {
    /// Standard output, where that is a terminal.
    pub(super) fn on_stdout() -> Self {
        Self {
            term: Term::buffered_stdout(),
            lines: 0,
        }
    }

    /// Replaces what was drawn.
    ///
    /// # Errors
    /// The terminal went away.
    pub(super) fn draw(&mut self, text: &str) -> std::io::Result<()> {
        let (rows, _columns) = self.term.size();
        let fitting = fit(text, rows.into());
        self.term.write_str(NO_WRAP)?;
        if self.lines > 0 {
            self.term.move_cursor_up(self.lines)?;
        }
        for line in &fitting {
            self.term.write_str(line)?;
            self.term.write_line(CLEAR_LINE)?;
        }
        self.term.clear_to_end_of_screen()?;
        self.term.write_str(WRAP)?;
        self.term.flush()?;
        self.lines = fitting.len();
        Ok(())
    }
}

/// As much as fits on a screen of so many rows, the last of which stays free; how much does not is said.
fn fit(text: &str, rows: usize) -> Vec<String> {
    let lines: Vec<_> = text.lines().map(ToOwned::to_owned).collect();
    let room = rows.saturating_sub(1).max(2);
    if lines.len() <= room {
        return lines;
    }
    let shown = room - 1;
    let rest = format!("… and {} more", lines.len() - shown);
    lines.into_iter().take(shown).chain([rest]).collect()
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn what_does_not_fit_is_counted() {
        assert_eq!(fit("a\nb\nc\n", 4), ["a", "b", "c"]);
        assert_eq!(fit("a\nb\nc\nd\n", 4), ["a", "b", "… and 2 more"]);
        assert_eq!(fit("a\nb\nc\n", 0), ["a", "… and 2 more"]);
    }
}
