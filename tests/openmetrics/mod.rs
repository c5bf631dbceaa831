//! Reads an answer of `/metrics` as strictly as OpenMetrics is written, as far as the operator uses it.
#![allow(dead_code, unreachable_pub)]

use std::collections::{BTreeMap, BTreeSet};

pub type Labels = BTreeMap<String, String>;

/// Every sample, by name and labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scrape(BTreeMap<(String, Labels), f64>);

/// The family that is being read.
struct Family {
    name: String,
    kind: String,
    unit: Option<String>,
}

impl Scrape {
    /// Reads a text; panics where it is not OpenMetrics.
    pub fn read(text: &str) -> Self {
        let body = text.strip_suffix("# EOF\n").expect("it does not end with # EOF");
        let (mut all, mut names, mut family) = (Self::default(), BTreeSet::new(), None);
        for line in body.lines() {
            assert!(!line.is_empty() && line.trim() == line, "{line:?}");
            match line.strip_prefix("# ") {
                Some(said) => describe(said, &mut family, &mut names),
                None => all.take(
                    line,
                    family.as_ref().unwrap_or_else(|| panic!("{line} is of no family")),
                ),
            }
        }
        all.check_histograms();
        all
    }

    fn take(&mut self, line: &str, family: &Family) {
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line} has no value"));
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}: no number"));
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, read_labels(labels)),
            None => (series, Labels::new()),
        };
        let endings: &[&str] = match family.kind.as_str() {
            "counter" => &["_total"],
            "gauge" => &[""],
            "histogram" => &["_bucket", "_sum", "_count"],
            kind => panic!("{} is {kind}", family.name),
        };
        let ending = name
            .strip_prefix(&family.name)
            .unwrap_or_else(|| panic!("{line} is not of {}", family.name));
        assert!(
            endings.contains(&ending),
            "{line}: {} is a {}",
            family.name,
            family.kind
        );
        assert_eq!(labels.contains_key("le"), ending == "_bucket", "{line}");
        assert!(family.kind == "gauge" || value >= 0.0, "{line}");
        let known = self.0.insert((name.to_owned(), labels), value);
        assert_eq!(known, None, "{line} is there twice");
    }

    /// Buckets only grow, and the last has everything.
    fn check_histograms(&self) {
        let mut buckets: BTreeMap<(String, Labels), Vec<(f64, f64)>> = BTreeMap::new();
        for ((name, labels), value) in &self.0 {
            let mut of = labels.clone();
            if let (Some(name), Some(le)) = (name.strip_suffix("_bucket"), of.remove("le")) {
                buckets
                    .entry((name.to_owned(), of))
                    .or_default()
                    .push((le.parse().unwrap(), *value));
            }
        }
        for ((name, labels), mut of) in buckets {
            of.sort_by(|one, other| one.0.total_cmp(&other.0));
            assert!(
                of.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1),
                "{name} {labels:?} {of:?}"
            );
            let (last, all) = of.last().unwrap();
            assert!(last.is_infinite(), "{name} {labels:?}");
            assert_eq!(self.0.get(&(format!("{name}_count"), labels)), Some(all), "{name}");
        }
    }

    /// The sum of a name over what these labels say; `None`: there is no such series.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let says = |of: &Labels| {
            labels
                .iter()
                .all(|(label, value)| of.get(*label).is_some_and(|there| there == value))
        };
        let fits = self.0.iter().filter(|((of, labels), _)| of == name && says(labels));
        fits.map(|(_, value)| *value).reduce(|sum, value| sum + value)
    }

    /// Everything of one name that is not zero.
    pub fn all(&self, name: &str) -> BTreeMap<Labels, f64> {
        let of = self.0.iter().filter(|((of, _), value)| of == name && **value != 0.0);
        of.map(|((_, labels), value)| (labels.clone(), *value)).collect()
    }

    /// Names of what was read.
    pub fn names(&self) -> BTreeSet<&str> {
        self.0.keys().map(|(name, _)| name.as_str()).collect()
    }

    /// How many series there are.
    pub fn series(&self) -> usize {
        self.0.len()
    }
}

fn describe(said: &str, family: &mut Option<Family>, names: &mut BTreeSet<String>) {
    let mut words = said.splitn(3, ' ');
    let mut word = || words.next().unwrap_or_else(|| panic!("# {said}"));
    let (what, name, rest) = (word(), word(), word());
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    assert!(name.chars().all(is_name), "# {said}");
    match what {
        "HELP" => {
            assert!(names.insert(name.to_owned()), "{name} is there twice");
            assert!(rest.ends_with('.') && !rest.ends_with(".."), "# {said}");
            *family = Some(Family {
                name: name.to_owned(),
                kind: String::new(),
                unit: None,
            });
        }
        "TYPE" | "UNIT" => {
            let family = family.as_mut().filter(|family| family.name == name);
            let family = family.unwrap_or_else(|| panic!("# {said}: not of the family before"));
            if what == "TYPE" {
                rest.clone_into(&mut family.kind);
            } else {
                assert!(name.ends_with(&format!("_{rest}")), "# {said}");
                family.unit = Some(rest.to_owned());
            }
        }
        _other => panic!("# {said}"),
    }
}

/// `name="value",…}`
fn read_labels(text: &str) -> Labels {
    let (mut labels, mut rest) = (Labels::new(), text);
    loop {
        let (name, value) = rest.split_once("=\"").unwrap_or_else(|| panic!("{text}"));
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{text}");
        let (mut read, mut letters) = (String::new(), value.char_indices());
        let end = loop {
            match letters.next().unwrap_or_else(|| panic!("{text} has no end")) {
                (at, '"') => break at,
                (_, '\\') => match letters.next() {
                    Some((_, 'n')) => read.push('\n'),
                    Some((_, escaped @ ('"' | '\\'))) => read.push(escaped),
                    other => panic!("{text}: {other:?}"),
                },
                (_, letter) => read.push(letter),
            }
        };
        assert_eq!(labels.insert(name.to_owned(), read), None, "{text}");
        match &value[end + 1..] {
            "}" => return labels,
            more => rest = more.strip_prefix(',').unwrap_or_else(|| panic!("{text}")),
        }
    }
}
