//! The requests that the data plane is tested with, and what they ask of any proxy. Refuses to know
//! more of an answer than whether it is 200: how one refuses is each proxy's own.

use super::table;

const REQUESTS: &str = include_str!("../../../dataplane/tests/strict/requests.txt");

/// One case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Number and name of a section, of RFC 9112 unless the name says otherwise.
    pub section: &'static str,
    /// Unique in its section.
    pub title: &'static str,
    /// How many requests are answered with 200, and reach the backend.
    pub accepted: usize,
    /// Whether what is behind them is refused: by an error or by the end of the connection.
    pub is_refused: bool,
    /// What the client sends.
    pub bytes: Vec<u8>,
    /// Whether the client ends its side after that.
    pub ends: bool,
}

/// All cases, in the table's order.
pub fn cases() -> Vec<Case> {
    table::read(REQUESTS).into_iter().map(Case::of).collect()
}

impl Case {
    fn of(row: table::Case) -> Self {
        let (section, _) = row.section.split_once(':').unwrap_or((row.section, ""));
        let mut answers = row.expected.split(' ').peekable();
        let accepted = std::iter::from_fn(|| answers.next_if_eq(&"200")).count();
        Self {
            section,
            title: row.title,
            accepted,
            is_refused: answers.peek().is_some(),
            ends: row.ends || answers.peek() == Some(&"cut"),
            bytes: row.bytes,
        }
    }

    /// What a strict proxy does.
    pub fn expectation(&self) -> String {
        match (self.accepted, self.is_refused) {
            (accepted, false) => format!("accept {accepted}"),
            (0, true) => "refuse".to_owned(),
            (accepted, true) => format!("accept {accepted}, refuse"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn check(expected: &'static str, expectation: &str, ends: bool) {
        let case = Case::of(table::Case {
            section: "6.3 Body length: or none",
            title: "a title",
            bytes: Vec::new(),
            ends: false,
            expected,
        });
        assert_eq!(case.section, "6.3 Body length");
        assert_eq!(
            (case.expectation().as_str(), case.ends),
            (expectation, ends)
        );
    }

    #[test]
    fn answers_of_200_are_accepted_and_others_refused() {
        check("200", "accept 1", false);
        check("200 200", "accept 2", false);
        check("400 bare-line-break", "refuse", false);
        check("200 400 method-invalid", "accept 1, refuse", false);
        check("cut", "refuse", true);
    }

    #[test]
    fn section_and_title_name_a_case() {
        let cases = cases();
        assert!(cases.len() > 200, "{}", cases.len());
        let mut names = HashSet::new();
        for case in &cases {
            assert!(names.insert((case.section, case.title)), "{case:?}");
        }
    }
}
