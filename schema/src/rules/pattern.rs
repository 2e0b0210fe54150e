use std::fmt;
use std::sync::OnceLock;

use regex::Regex;

/// A regular expression in the dialect that Go's RE2 and Rust's `regex` share, with its meaning.
pub struct Pattern {
    /// The expression.
    pub regex: &'static str,
    /// What it allows, beginning with "must".
    pub says: &'static str,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    /// Compiled at its first use; the generator has compiled it before.
    #[must_use]
    pub const fn new(regex: &'static str, says: &'static str) -> Self {
        Self {
            regex,
            says,
            compiled: OnceLock::new(),
        }
    }

    /// Whether `text` fits.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        let compile = || Regex::new(self.regex).expect("the generator compiled it");
        self.compiled.get_or_init(compile).is_match(text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pattern")
            .field("regex", &self.regex)
            .finish_non_exhaustive()
    }
}
