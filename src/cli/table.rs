//! Tables as kubectl prints them: no lines, a head in capitals. On a terminal what is only to be read is cut at its edge;
//! what may be copied, such as a name, never is.

use super::screen::Screen;
use super::words::harmless;
use comfy_table::{Attribute, Color, ColumnConstraint, ContentArrangement, Row, presets};
use console::measure_text_width;
use handoff_core::api::ProvisioningState as State;

/// Between two columns: the first of these that leaves room enough.
const GAPS: [u16; 3] = [3, 2, 1];
/// What a column that may be cut should keep.
const LEGIBLE: usize = 16;

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    head: &'static str,
    cut: bool,
}

impl Column {
    /// One whose cells are always whole.
    pub(super) const fn whole(head: &'static str) -> Self {
        Self { head, cut: false }
    }

    /// One whose cells may be cut at the edge of a terminal.
    pub(super) const fn cut(head: &'static str) -> Self {
        Self { head, cut: true }
    }
}

/// What a cell says about how things stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// It went well.
    Good,
    /// Somebody has to look at it.
    Warning,
    /// It went wrong.
    Bad,
    /// It is over, or of no weight.
    Faint,
}

impl Tone {
    /// How a state looks.
    pub(super) fn of(state: State) -> Self {
        match state {
            State::None | State::Pending | State::Transmitted => Self::Plain,
            State::AwaitingApproval => Self::Warning,
            State::Executed | State::Verified => Self::Good,
            State::Errored | State::Error => Self::Bad,
            State::Inactive => Self::Faint,
        }
    }
}

/// One cell. What it shows cannot steer the terminal.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A cell with this text.
    pub(super) fn of(text: impl AsRef<str>) -> Self {
        Self {
            text: harmless(text.as_ref()),
            tone: Tone::Plain,
        }
    }

    /// A cell with this text, or a dash.
    pub(super) fn maybe(text: Option<impl AsRef<str>>) -> Self {
        text.map_or_else(Self::none, Self::of)
    }

    /// A dash.
    pub(super) fn none() -> Self {
        Self::of("-")
    }

    /// The same with a tone.
    pub(super) fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    fn drawn(&self) -> comfy_table::Cell {
        let cell = comfy_table::Cell::new(&self.text);
        match self.tone {
            Tone::Plain => cell,
            Tone::Good => cell.fg(Color::Green),
            Tone::Warning => cell.fg(Color::Yellow),
            Tone::Bad => cell.fg(Color::Red),
            Tone::Faint => cell.add_attribute(Attribute::Dim),
        }
    }
}

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// With these rows, each as long as `columns`.
    pub(super) fn new(columns: &[Column], rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: rows.into_iter().collect(),
        }
    }

    /// The widest gap with which everything is legible on this screen; else the narrowest.
    fn gap(&self, screen: Screen) -> u16 {
        let width_of = |(number, column): (usize, &Column)| {
            let cells = self.rows.iter().filter_map(|row| row.get(number));
            let widths = cells.map(|cell| measure_text_width(&cell.text));
            let widest = widths.chain([measure_text_width(column.head)]).max().unwrap_or(0);
            if column.cut { widest.min(LEGIBLE) } else { widest }
        };
        let needed: usize = self.columns.iter().enumerate().map(width_of).sum();
        let gaps = self.columns.len().saturating_sub(1);
        let fits = |gap: &u16| {
            screen
                .width
                .is_none_or(|width| needed + gaps * usize::from(*gap) <= width.into())
        };
        GAPS.into_iter().find(fits).unwrap_or(1)
    }

    /// The text for this screen, a line feed at the end of each line.
    pub(super) fn text(&self, screen: Screen) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        table.set_truncation_indicator("…");
        let mut head = Row::from(self.columns.iter().map(|column| column.head).collect::<Vec<_>>());
        head.max_height(1);
        table.set_header(head);
        for row in &self.rows {
            let mut row = Row::from(row.iter().map(Cell::drawn).collect::<Vec<_>>());
            row.max_height(1);
            table.add_row(row);
        }
        match screen.width {
            Some(width) => {
                table.set_content_arrangement(ContentArrangement::Dynamic);
                table.set_width(width);
            }
            None => {
                table.set_content_arrangement(ContentArrangement::Disabled);
            }
        }
        if screen.colour {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        let last = self.columns.len().saturating_sub(1);
        let gap = self.gap(screen);
        for (number, (drawn, column)) in table.column_iter_mut().zip(&self.columns).enumerate() {
            drawn.set_padding((0, if number == last { 0 } else { gap }));
            if !column.cut {
                drawn.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let columns = [Column::whole("NAME"), Column::whole("STATE"), Column::cut("MESSAGE")];
        let row = |name: &str, state: State, message: &str| {
            vec![
                Cell::of(name),
                Cell::of(state.as_str()).toned(Tone::of(state)),
                Cell::of(message),
            ]
        };
        Table::new(
            &columns,
            [
                row(
                    "crm-account.jdoe.1",
                    State::Transmitted,
                    "a person has it since the morning",
                ),
                row("badge.x.2", State::Errored, "no\n\u{1b}[2Jroom"),
            ],
        )
    }

    #[test]
    fn piped_nothing_is_cut_and_nothing_coloured() {
        assert_eq!(
            table().text(Screen::default()),
            "NAME                 STATE         MESSAGE\n\
             crm-account.jdoe.1   Transmitted   a person has it since the morning\n\
             badge.x.2            Errored       no\\n\\u{1b}[2Jroom\n"
        );
    }

    #[test]
    fn narrow_names_stay_whole() {
        let narrow = Screen {
            width: Some(52),
            colour: false,
        };
        let text = table().text(narrow);
        assert!(text.lines().all(|line| line.chars().count() <= 52), "{text}");
        assert!(text.contains("crm-account.jdoe.1   Transmitted   a person"), "{text}");
        assert!(text.contains('…'), "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
    }

    #[test]
    fn columns_move_together_before_anything_is_lost() {
        for (width, gap) in [(51, "   "), (50, "  "), (49, "  "), (47, " "), (20, " ")] {
            let text = table().text(Screen {
                width: Some(width),
                colour: false,
            });
            let start = format!("crm-account.jdoe.1{gap}Transmitted{gap}");
            let line = text.lines().nth(1).unwrap_or_default();
            assert!(line.starts_with(&start), "{width}: {text}");
            assert!(!line.starts_with(&format!("{start} ")), "{width}: {text}");
        }
    }

    #[test]
    fn colours_where_they_are_wanted() {
        let text = table().text(Screen {
            width: None,
            colour: true,
        });
        assert!(text.contains("\u{1b}[") && text.contains("Errored"), "{text}");
    }
}
