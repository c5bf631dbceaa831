//! Which column is what: flags over a mapping file. It knows neither the export nor the type.

use super::args::{Format, SyncArgs};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Which column is what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// What the export is written in.
    pub format: Option<Format>,
    /// What separates the columns of a CSV.
    pub delimiter: Option<String>,
    /// Column of the identifier.
    pub identifier: Option<String>,
    /// Column of the owner's id.
    pub owner: Option<String>,
    /// Columns of single-valued properties, by property.
    pub properties: BTreeMap<String, String>,
    /// Columns of multi-valued properties, by property.
    pub values: BTreeMap<String, Several>,
    /// Columns with the value that they must have.
    pub filter: BTreeMap<String, String>,
}

/// Where the values of a multi-valued property are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Several {
    /// Each cell of the column is one value.
    Column(String),
    /// A cell holds several.
    Separated(Separated),
}

/// A column with several values in a cell.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Separated {
    /// The column.
    pub column: String,
    /// What stands between two values.
    #[serde(default)]
    pub separator: Option<String>,
}

impl Several {
    /// The column, and what separates the values in a cell.
    pub fn parts(&self) -> (&str, Option<&str>) {
        match self {
            Self::Column(column) => (column, None),
            Self::Separated(separated) => (&separated.column, separated.separator.as_deref()),
        }
    }
}

impl Mapping {
    /// The mapping file, if there is one, with the flags over it.
    ///
    /// # Errors
    /// In words: the file cannot be read, or a flag has another shape.
    pub fn of(args: &SyncArgs) -> Result<Self, String> {
        let mut mapping = args.mapping.as_deref().map_or_else(|| Ok(Self::default()), read)?;
        let over = |field: &mut Option<String>, flag: &Option<String>| {
            if flag.is_some() {
                field.clone_from(flag);
            }
        };
        over(&mut mapping.delimiter, &args.delimiter);
        over(&mut mapping.identifier, &args.identifier);
        over(&mut mapping.owner, &args.owner);
        mapping.format = args.format.or(mapping.format);
        let pairs = |flag, texts: &[String]| pairs(flag, texts);
        mapping
            .properties
            .extend(pairs("--property NAME=COLUMN", &args.properties)?);
        mapping.filter.extend(pairs("--filter COLUMN=VALUE", &args.filters)?);
        let values = pairs("--values NAME=COLUMN[:SEPARATOR]", &args.values)?;
        mapping
            .values
            .extend(values.into_iter().map(|(name, column)| (name, several(&column))));
        mapping.check()?;
        Ok(mapping)
    }

    fn check(&self) -> Result<(), String> {
        if let Some(name) = self.properties.keys().find(|name| self.values.contains_key(*name)) {
            return Err(format!(
                "{name} is mapped as single-valued and as multi-valued: use --property or --values"
            ));
        }
        for (name, several) in &self.values {
            if several.parts().1 == Some("") {
                return Err(format!("{name}: the separator is empty"));
            }
        }
        self.delimiter().map(drop)
    }

    /// What the export is written in: as said, else by the name of the file.
    pub fn format_of(&self, file: &Path) -> Format {
        let extension = file.extension().and_then(|extension| extension.to_str());
        let by_name = match extension {
            Some(extension)
                if ["ldif", "ldi"]
                    .iter()
                    .any(|known| extension.eq_ignore_ascii_case(known)) =>
            {
                Format::Ldif
            }
            Some(_) | None => Format::Csv,
        };
        self.format.unwrap_or(by_name)
    }

    /// What separates the columns of a CSV.
    ///
    /// # Errors
    /// In words: it is not one character that can.
    pub fn delimiter(&self) -> Result<u8, String> {
        match self.delimiter.as_deref() {
            None => Ok(b','),
            Some("tab" | "\\t" | "\t") => Ok(b'\t'),
            Some(text) => match text.as_bytes() {
                [byte] if byte.is_ascii_punctuation() && *byte != b'"' => Ok(*byte),
                _ => Err(format!(
                    "{text:?} cannot separate columns: use one character such as ; or the word tab"
                )),
            },
        }
    }
}

fn read(file: &Path) -> Result<Mapping, String> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("the mapping {name} cannot be read: {error}"))?;
    serde_saphyr::from_str(&text).map_err(|error| format!("the mapping {name}: {error}"))
}

/// `NAME=REST` of a flag that may be given several times.
fn pairs(flag: &str, texts: &[String]) -> Result<BTreeMap<String, String>, String> {
    let mut pairs = BTreeMap::new();
    for text in texts {
        let (name, rest) = text
            .split_once('=')
            .filter(|(name, rest)| !name.is_empty() && !rest.is_empty())
            .ok_or_else(|| format!("{text:?} is not {flag}"))?;
        if pairs.insert(name.to_owned(), rest.to_owned()).is_some() {
            return Err(format!("{flag}: {name} is given twice"));
        }
    }
    Ok(pairs)
}

/// `COLUMN[:SEPARATOR]`; a column with a colon in its name needs the mapping file.
fn several(text: &str) -> Several {
    match text.split_once(':') {
        None => Several::Column(text.to_owned()),
        Some((column, separator)) => Several::Separated(Separated {
            column: column.to_owned(),
            separator: Some(separator.to_owned()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use rstest::rstest;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: SyncArgs,
    }

    fn args(more: &[&str]) -> SyncArgs {
        let line = ["sync", "badge", "--from", "x"].iter().chain(more);
        Line::try_parse_from(line).unwrap().args
    }

    fn mapping(more: &[&str]) -> Result<Mapping, String> {
        Mapping::of(&args(more))
    }

    #[test]
    fn flags_go_over_the_file() {
        let file = std::env::temp_dir().join(format!("handoff-mapping-{}.yaml", std::process::id()));
        let text = "format: csv\ndelimiter: ';'\nidentifier: Login\nowner: Id\nproperties: {zone: Zone, level: Level}\nvalues: {doors: {column: Doors, separator: '|'}, groups: Groups}\nfilter: {Active: yes}\n";
        std::fs::write(&file, text).unwrap();
        let read = mapping(&[
            "--mapping",
            file.to_str().unwrap(),
            "--owner",
            "Owner",
            "--property",
            "zone=Area",
        ]);
        std::fs::remove_file(&file).unwrap();
        let read = read.unwrap();
        assert_eq!(read.identifier.as_deref(), Some("Login"));
        assert_eq!(read.owner.as_deref(), Some("Owner"));
        assert_eq!(read.properties["zone"], "Area");
        assert_eq!(read.properties["level"], "Level");
        assert_eq!(read.values["doors"].parts(), ("Doors", Some("|")));
        assert_eq!(read.values["groups"].parts(), ("Groups", None));
        assert_eq!(read.filter["Active"], "yes");
        assert_eq!(read.delimiter(), Ok(b';'));
    }

    #[rstest]
    #[case("doors=Doors", ("Doors", None))]
    #[case("doors=Doors:|", ("Doors", Some("|")))]
    #[case("doors=Doors::", ("Doors", Some(":")))]
    #[case("doors=Doors:, ", ("Doors", Some(", ")))]
    fn values_have_a_separator_or_none(#[case] flag: &str, #[case] parts: (&str, Option<&str>)) {
        assert_eq!(mapping(&["--values", flag]).unwrap().values["doors"].parts(), parts);
    }

    #[rstest]
    #[case(&["--property", "zone"], "is not --property NAME=COLUMN")]
    #[case(&["--property", "=x"], "is not --property NAME=COLUMN")]
    #[case(&["--property", "zone=a", "--property", "zone=b"], "zone is given twice")]
    #[case(&["--property", "zone=a", "--values", "zone=b"], "single-valued and as multi-valued")]
    #[case(&["--values", "zone=b:"], "the separator is empty")]
    #[case(&["--delimiter", "ab"], "cannot separate columns")]
    #[case(&["--delimiter", "\""], "cannot separate columns")]
    #[case(&["--delimiter", "é"], "cannot separate columns")]
    #[case(&["--mapping", "/nowhere/m.yaml"], "cannot be read")]
    fn refuses(#[case] flags: &[&str], #[case] words: &str) {
        let said = mapping(flags).unwrap_err();
        assert!(said.contains(words), "{said}");
    }

    #[rstest]
    #[case("identifer: Login", "identifer")]
    #[case("identifier: [a]", "")]
    #[case("values: {doors: {column: D, seperator: x}}", "")]
    fn a_word_that_is_none_in_the_file_is_an_error(#[case] text: &str, #[case] words: &str) {
        let said = serde_saphyr::from_str::<Mapping>(text).unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    }

    #[rstest]
    #[case("x.ldif", Format::Ldif)]
    #[case("x.LDIF", Format::Ldif)]
    #[case("x.csv", Format::Csv)]
    #[case("x.txt", Format::Csv)]
    #[case("-", Format::Csv)]
    fn the_name_says_the_format(#[case] file: &str, #[case] format: Format) {
        assert_eq!(Mapping::default().format_of(Path::new(file)), format);
    }
}
