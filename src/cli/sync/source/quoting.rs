//! Whether the quotes of a CSV are right. A reader that forgives a missing quote takes half the file for one cell, and
//! then every resource in it would count as gone.

use super::super::problem::Problem;

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Plain,
    Quoted,
    /// After a quote within a quoted cell: its end, or half of a doubled one.
    Quote,
}

/// Checks every quote.
///
/// # Errors
/// The first one that is wrong, with its line.
pub(super) fn check(text: &str, delimiter: u8) -> Result<(), Problem> {
    let mut at = At::Start;
    let mut line = 1;
    let mut opened = 1;
    for byte in text.bytes() {
        at = match (at, byte) {
            (At::Start, b'"') => {
                opened = line;
                At::Quoted
            }
            (At::Quoted, b'"') => At::Quote,
            (At::Quoted, _) | (At::Quote, b'"') => At::Quoted,
            (At::Start | At::Plain | At::Quote, b'\n' | b'\r') => At::Start,
            (At::Start | At::Plain | At::Quote, byte) if byte == delimiter => At::Start,
            (At::Plain, b'"') => {
                let message =
                    "a quote within a cell that does not start with one: put the cell in quotes and double the quote";
                return Err(Problem::at(line, message));
            }
            (At::Start | At::Plain, _) => At::Plain,
            (At::Quote, _) => {
                let message = "text after the quote that ends a cell: a quote within a quoted cell is doubled (\"\")";
                return Err(Problem::at(line, message));
            }
        };
        if byte == b'\n' {
            line += 1;
        }
    }
    if at == At::Quoted {
        return Err(Problem::at(
            opened,
            "a quote is opened here and never closed: is the file cut off?",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("a,b\n\"x\",\"y \"\"z\"\", w\nsecond line\"\n")]
    #[case("a\n\"\"\n")]
    #[case("\"a\"\r\n\"b\"")]
    #[case("")]
    fn right(#[case] text: &str) {
        assert_eq!(check(text, b','), Ok(()));
    }

    #[rstest]
    #[case::never_closed("a,b\nx,\"y\nz,w\n", 2, "never closed")]
    #[case::inside("a,b\nx\"y,z\n", 2, "does not start with one")]
    #[case::after("a\n\n\"x\"y\n", 3, "text after the quote")]
    #[case::space_before("a,b\nx, \"y\"\n", 2, "does not start with one")]
    fn wrong(#[case] text: &str, #[case] line: u64, #[case] words: &str) {
        let problem = check(text, b',').unwrap_err();
        assert_eq!(problem.line, Some(line));
        assert!(problem.message.contains(words), "{problem}");
    }
}
