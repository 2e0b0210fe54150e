//! The entries of one host, found by path.

use limpet_schema::snapshot::{Entry, PathMatch};

use super::Pattern;
use super::condition::Condition;
use super::facts::Facts;
use crate::base::fast_map::FastMap;

/// The entries of one host in order of precedence: the first that matches decides.
///
/// Entries of one path are kept together, so that a request looks only at those its path can match.
#[derive(Debug, Default)]
pub struct Paths {
    entries: Vec<Compiled>,
    exact: FastMap<Box<str>, Vec<usize>>,
    prefixes: FastMap<Box<str>, Vec<usize>>,
    /// The longest prefix.
    prefix_len_max: usize,
    /// The most slashes in a prefix.
    prefix_depth_max: usize,
    regexes: Vec<(Pattern, usize)>,
}

#[derive(Debug)]
struct Compiled {
    condition: Condition,
    rule: usize,
}

/// Which rule, and how much of the path its prefix matched; 0 for other kinds of match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Index of the rule.
    pub rule: usize,
    /// In bytes.
    pub prefix_len: usize,
}

impl Paths {
    /// Gives back the space for entries that do not come: most hosts have one.
    pub fn shrink(&mut self) {
        self.entries.shrink_to_fit();
    }

    /// Adds the entry that comes after all there are; the error says what cannot be compiled.
    pub fn push(&mut self, entry: &Entry, rule: usize, cores: usize) -> Result<(), String> {
        let condition = Condition::compile(&entry.when, cores)?;
        let index = self.entries.len();
        match &entry.when.path {
            PathMatch::Exact(path) => {
                check(path)?;
                self.exact
                    .entry(path.as_str().into())
                    .or_default()
                    .push(index);
            }
            PathMatch::Prefix(path) => {
                check(path)?;
                if path.len() > 1 && path.ends_with('/') {
                    return Err(format!("the path prefix {path:?} ends in /"));
                }
                let depth = path.matches('/').count();
                self.prefix_len_max = self.prefix_len_max.max(path.len());
                self.prefix_depth_max = self.prefix_depth_max.max(depth);
                self.prefixes
                    .entry(path.as_str().into())
                    .or_default()
                    .push(index);
            }
            PathMatch::Regex(expression) => {
                self.regexes
                    .push((Pattern::compile(expression, cores)?, index));
            }
        }
        self.entries.push(Compiled { condition, rule });
        Ok(())
    }

    /// The first entry that takes the request.
    pub fn find(&self, facts: &Facts<'_>) -> Option<Hit> {
        let path = facts.path();
        let exact = self
            .exact
            .get(path)
            .and_then(|group| self.first(group, facts));
        let mut best = exact.map(|index| (index, 0));
        for prefix in self.prefixes_of(path) {
            let Some(group) = self.prefixes.get(prefix) else {
                continue;
            };
            let found = self.first(group, facts).map(|index| (index, prefix.len()));
            best = first_of(best, found);
        }
        let regex = self.regexes.iter().find(|(pattern, index)| {
            let is_earlier = best.is_none_or(|(best, _)| *index < best);
            is_earlier && pattern.is_match(facts.core, path) && self.holds(*index, facts)
        });
        best = first_of(best, regex.map(|(_, index)| (*index, 0)));
        best.map(|(index, prefix_len)| Hit {
            rule: self.entries[index].rule,
            prefix_len,
        })
    }

    /// `/`, and every run of whole leading elements that may be a prefix here; no more than the
    /// deepest prefix has elements, however many a hostile path has.
    fn prefixes_of<'a>(&self, path: &'a str) -> impl Iterator<Item = &'a str> {
        let bounded = &path.as_bytes()[..path.len().min(self.prefix_len_max + 1)];
        let ends = memchr::memchr_iter(b'/', bounded).filter(|end| *end > 0);
        let ends = ends.take(self.prefix_depth_max);
        let whole = (2..=self.prefix_len_max)
            .contains(&path.len())
            .then_some(path);
        std::iter::once("/")
            .chain(ends.map(|end| &path[..end]))
            .chain(whole)
    }

    fn first(&self, group: &[usize], facts: &Facts<'_>) -> Option<usize> {
        group
            .iter()
            .copied()
            .find(|index| self.holds(*index, facts))
    }

    fn holds(&self, index: usize, facts: &Facts<'_>) -> bool {
        self.entries[index].condition.holds(facts)
    }
}

type Found = Option<(usize, usize)>;

fn first_of(one: Found, other: Found) -> Found {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn check(path: &str) -> Result<(), String> {
    if path.starts_with('/') {
        Ok(())
    } else {
        Err(format!("the path {path:?} does not start with /"))
    }
}

#[cfg(test)]
mod tests {
    use limpet_schema::snapshot::Match;

    use super::*;

    #[test]
    fn a_hostile_path_is_looked_up_no_more_often_than_the_deepest_prefix_is_deep() {
        let mut paths = Paths::default();
        let when = Match {
            path: PathMatch::Prefix("/a/b".into()),
            method: None,
            headers: Vec::new(),
            query: Vec::new(),
        };
        let rule = "0".into();
        paths.push(&Entry { when, rule }, 0, 1).expect("sound");
        for path in ["/".repeat(60_000), "/a/b".repeat(15_000)] {
            assert!(paths.prefixes_of(&path).count() <= 3);
        }
        let prefixes: Vec<&str> = paths.prefixes_of("/a/b/c/d").collect();
        assert_eq!(prefixes, ["/", "/a", "/a/b"]);
    }
}
