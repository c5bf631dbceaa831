//! What is wrong with an export or its mapping: all of it, with line numbers, not the first.

use std::fmt;

/// How many are printed.
pub const SHOWN: usize = 50;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line of the file, from 1; none where it is about the whole.
    pub line: Option<u64>,
    /// What, in words.
    pub message: String,
}

impl Problem {
    /// About one line.
    pub fn at(line: u64, message: impl Into<String>) -> Self {
        Self {
            line: Some(line),
            message: message.into(),
        }
    }

    /// About the whole.
    pub fn of_all(message: impl Into<String>) -> Self {
        Self {
            line: None,
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Everything that is wrong; at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.0.iter().take(SHOWN).enumerate() {
            write!(f, "{}{problem}", if number == 0 { "" } else { "\n  " })?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

/// A list of names for a message; a long one is cut.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const NAMES: usize = 20;
    let names: Vec<_> = names.into_iter().collect();
    match names.len() {
        0 => "none".to_owned(),
        count if count <= NAMES => names.join(", "),
        count => format!("{} and {} more", names[..NAMES].join(", "), count - NAMES),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let problems = Problems((1..=60).map(|line| Problem::at(line, "bad")).collect());
        let said = problems.to_string();
        assert_eq!(said.lines().count(), SHOWN + 1);
        assert!(said.starts_with("line 1: bad\n"));
        assert!(said.ends_with("and 10 more"));
    }
}
