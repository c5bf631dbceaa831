//! Where the output goes: how wide it is and whether colours are wanted there.

use console::Term;

/// The place that standard output leads to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Screen {
    /// Columns of the terminal; none where the output is read by a program or kept in a file, which lose nothing.
    pub width: Option<u16>,
    /// Whether colours are wanted: a terminal that knows them, and `NO_COLOR` is not set.
    pub colour: bool,
}

impl Screen {
    /// Standard output. `COLUMNS`, where it is exported, says the width of whatever is behind a pipe.
    pub(super) fn of_stdout() -> Self {
        let said = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok());
        let terminal = Term::stdout();
        Self {
            width: said
                .filter(|width| *width > 0)
                .or_else(|| terminal.size_checked().map(|(_, columns)| columns)),
            colour: console::colors_enabled(),
        }
    }
}

/// Whether somebody sits there who can be asked.
pub(super) fn can_ask() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stdin()) && std::io::IsTerminal::is_terminal(&std::io::stderr())
}
