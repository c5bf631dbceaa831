//! Fields below each other, as `kubectl describe` prints them, and colours outside of tables. Pure.

use super::table::Tone;
use super::words::harmless;
use console::Style;

/// Names with their texts.
#[derive(Debug, Default)]
pub(super) struct Fields {
    rows: Vec<(&'static str, Vec<(String, Tone)>)>,
}

impl Fields {
    /// Adds a field. One without a text is left out.
    pub(super) fn add(&mut self, name: &'static str, text: impl AsRef<str>) {
        self.toned(name, text, Tone::Plain);
    }

    /// Adds a field, if there is something to say.
    pub(super) fn maybe(&mut self, name: &'static str, text: Option<impl AsRef<str>>) {
        if let Some(text) = text {
            self.add(name, text);
        }
    }

    /// Adds a field, or lines to the last one, if that has this name.
    pub(super) fn toned(&mut self, name: &'static str, text: impl AsRef<str>, tone: Tone) {
        let lines = lines(text.as_ref()).map(|line| (line, tone));
        match self.rows.last_mut() {
            Some((last, all)) if *last == name => all.extend(lines),
            Some(_) | None => self.rows.push((name, lines.collect())),
        }
    }

    /// The text: values begin in one column.
    pub(super) fn text(&self, colour: bool) -> String {
        let filled = || self.rows.iter().filter(|(_, lines)| !lines.is_empty());
        let width = filled().map(|(name, _)| name.len()).max().unwrap_or(0) + 4;
        let mut text = String::new();
        for (name, lines) in filled() {
            for (number, (line, tone)) in lines.iter().enumerate() {
                let name = if number == 0 { format!("{name}:") } else { String::new() };
                let line = format!("{name:<width$}{}", painted(line, *tone, colour));
                text.push_str(line.trim_end());
                text.push('\n');
            }
        }
        text
    }
}

/// A text of several lines, each moved to the right.
pub(super) fn indented(text: &str) -> String {
    lines(text)
        .map(|line| format!("  {line}").trim_end().to_owned() + "\n")
        .collect()
}

/// Lines that cannot steer the terminal.
fn lines(text: &str) -> impl Iterator<Item = String> {
    text.trim_end()
        .lines()
        .map(|line| harmless(&line.replace('\t', "    ")))
}

/// The text in the colour of its tone, where colours are wanted.
pub(super) fn painted(text: &str, tone: Tone, colour: bool) -> String {
    let style = Style::new().force_styling(colour);
    let style = match tone {
        Tone::Plain => return text.to_owned(),
        Tone::Good => style.green(),
        Tone::Warning => style.yellow(),
        Tone::Bad => style.red(),
        Tone::Faint => style.dim(),
    };
    style.apply_to(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_begin_in_one_column_and_cannot_steer_the_terminal() {
        let mut fields = Fields::default();
        fields.add("Order", "badge.anna.1");
        fields.add("Nothing at all", "");
        fields.add("Why", "a\n\u{1b}[2Jb");
        fields.toned("Why", "c", Tone::Bad);
        assert_eq!(
            fields.text(false),
            "Order:   badge.anna.1\nWhy:     a\n         \\u{1b}[2Jb\n         c\n"
        );
        assert!(fields.text(true).contains("\u{1b}[31mc\u{1b}[0m"));
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(indented("1.\tdo\n\n2. done\r\n"), "  1.    do\n\n  2. done\n");
    }
}
