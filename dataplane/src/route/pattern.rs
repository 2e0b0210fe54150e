//! A regex that matches whole values, without a lock.

use regex::{Regex, RegexBuilder};

/// Bound of one compiled regex, in bytes.
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// A regex for whole values.
///
/// It holds one copy for each core: the copies share the program, and each keeps its scratch space
/// to the first thread that uses it. One copy for all would lock.
#[derive(Debug)]
pub struct Pattern(Box<[Regex]>);

impl Pattern {
    /// Compiles an expression in the syntax of the `regex` crate; the error says what is wrong.
    pub fn compile(expression: &str, cores: usize) -> Result<Self, String> {
        // Alone first, so that `a)(b` is refused rather than closing our group.
        build(expression)?;
        let whole = build(&format!("^(?:{expression})$"))?;
        Ok(Self(vec![whole; cores.max(1)].into()))
    }

    /// Whether a whole value matches; asked by one core.
    #[must_use]
    pub fn is_match(&self, core: usize, value: &str) -> bool {
        self.0[core % self.0.len()].is_match(value)
    }
}

fn build(expression: &str) -> Result<Regex, String> {
    RegexBuilder::new(expression)
        .size_limit(COMPILED_BYTES_MAX)
        .build()
        .map_err(|error| format!("the regex {expression:?} cannot be used: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &str, matching: &[&str], others: &[&str]) {
        let pattern = Pattern::compile(expression, 2).expect("valid");
        for core in 0..2 {
            for value in matching {
                assert!(pattern.is_match(core, value), "{expression} {value}");
            }
            for value in others {
                assert!(!pattern.is_match(core, value), "{expression} {value}");
            }
        }
    }

    #[test]
    fn whole_values_match() {
        check("a|ab", &["a", "ab"], &["abc", "xa", "a\n", ""]);
        check("(?m)^a$", &["a"], &["a\nb", "b\na"]);
        check("(?i)a", &["A"], &["Ab"]);
        check("", &[""], &["a"]);
    }

    #[test]
    fn what_is_no_regex_or_too_large_is_refused() {
        for bad in ["(", "a)(b", "a)|(?:b", "(?<x", r"\w{1000}{100}"] {
            assert!(Pattern::compile(bad, 1).is_err(), "{bad}");
        }
    }
}
