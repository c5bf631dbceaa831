//! Types that depend on each other in a circle: none of them can ever come first. Nothing here knows what becomes of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The names of a namespace's types, each with those that it depends on.
pub type Dependencies = BTreeMap<String, BTreeSet<String>>;

/// Every type that is part of a circle, with its shortest one: from itself to the type that depends on it.
pub fn find(dependencies: &Dependencies) -> BTreeMap<String, Vec<String>> {
    dependencies
        .keys()
        .filter_map(|name| Some((name.clone(), from(name, dependencies)?)))
        .collect()
}

fn from(start: &str, dependencies: &Dependencies) -> Option<Vec<String>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(name) = next.pop_front() {
        for needed in dependencies.get(name).into_iter().flatten() {
            if needed == start {
                let back = |name: &&str| before.get(*name).copied();
                let mut circle: Vec<String> = std::iter::successors(Some(name), back).map(str::to_owned).collect();
                circle.reverse();
                return Some(circle);
            }
            if !before.contains_key(needed.as_str()) {
                before.insert(needed, name);
                next.push_back(needed);
            }
        }
    }
    None
}
