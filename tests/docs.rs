//! The documentation holds together: every link to a file or a heading of this repository leads somewhere, and the picture of
//! the states shows legal moves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use handoff_core::api::ProvisioningState;
use handoff_core::api::states_page::MOVES;
use regex::Regex;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A link: its text, and where it leads.
static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[([^\]]*)\]\(([^)\s]+)\)").unwrap());
static SET: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"<a (?:id|name)="([^"]+)">"#).unwrap());

#[test]
fn every_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md"), root.join("charts/handoff/README.md")];
    pages_in(&root.join("docs"), &mut pages);
    assert!(pages.len() > 10, "{pages:?}");
    let mut known = Anchors::new();
    let broken: Vec<String> = pages.iter().flat_map(|page| broken(page, &mut known)).collect();
    assert!(broken.is_empty(), "these links lead nowhere:\n{}", broken.join("\n"));
}

fn pages_in(folder: &Path, pages: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages_in(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
}

/// The anchors of pages that were asked for.
type Anchors = HashMap<PathBuf, BTreeSet<String>>;

fn broken(page: &Path, known: &mut Anchors) -> Vec<String> {
    let text = without_code(&std::fs::read_to_string(page).unwrap());
    let links = LINK.captures_iter(&text).map(|found| found[2].to_owned());
    let ours = links.filter(|link| !link.contains("://") && !link.starts_with("mailto:"));
    ours.filter(|link| !leads_somewhere(page, link, known))
        .map(|link| format!("{}: {link}", page.display()))
        .collect()
}

fn leads_somewhere(page: &Path, link: &str, known: &mut Anchors) -> bool {
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if file.is_empty() {
        page.to_owned()
    } else {
        page.parent().unwrap().join(file)
    };
    target.exists()
        && (anchor.is_empty()
            || known
                .entry(target.clone())
                .or_insert_with(|| anchors(&target))
                .contains(anchor))
}

/// The anchors that GitHub makes of headings, and those that a page sets itself.
fn anchors(page: &Path) -> BTreeSet<String> {
    let text = without_code(&std::fs::read_to_string(page).unwrap_or_default());
    let mut anchors: BTreeSet<String> = SET.captures_iter(&text).map(|found| found[1].to_owned()).collect();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let headings = text
        .lines()
        .filter(|line| line.starts_with('#') && line.trim_start_matches('#').starts_with(' '));
    for heading in headings {
        let slug = slug(heading.trim_start_matches('#').trim());
        let times = seen.entry(slug.clone()).or_default();
        anchors.insert(if *times == 0 { slug } else { format!("{slug}-{times}") });
        *times += 1;
    }
    anchors
}

fn slug(heading: &str) -> String {
    let plain = LINK.replace_all(heading, "$1").to_lowercase();
    let kept = plain
        .chars()
        .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.collect::<String>().replace(' ', "-")
}

/// The text without fenced and indented blocks: what stands there is no link and no heading.
fn without_code(text: &str) -> String {
    let mut fenced = false;
    let keep = |line: &&str| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence && !line.starts_with("    ")
    };
    text.lines().filter(keep).collect::<Vec<_>>().join("\n")
}

#[test]
fn headings_become_what_github_makes_of_them() {
    assert_eq!(
        slug("kubectl handoff sync: `--from`, and how?"),
        "kubectl-handoff-sync---from-and-how"
    );
    assert_eq!(slug("ResourceType: spec"), "resourcetype-spec");
    assert_eq!(without_code("a\n```sh\n# b\n```\nc\n    # d"), "a\nc");
}

#[test]
fn the_picture_of_the_states_shows_legal_moves() {
    let page = include_str!("../docs/concepts.md");
    let arrow = Regex::new(r#"(?m)^ +(\w+) -->\|[^|]+\| (\w+)$"#).unwrap();
    let state = |name: &str| ProvisioningState::ALL.into_iter().find(|state| state.as_str() == name);
    let arrows = arrow.captures_iter(page);
    let shown: Vec<_> = arrows
        .filter_map(|found| Some((state(&found[1])?, state(&found[2])?)))
        .collect();
    assert!(shown.len() > 5, "{shown:?}");
    for (from, to) in shown {
        let legal = MOVES.iter().any(|(one, other, _)| (*one, *other) == (from, to));
        assert!(legal, "an order cannot go from {from} to {to}");
    }
}
