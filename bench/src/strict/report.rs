//! The table: a line a case, a column a proxy.

use serde_json::json;

use super::Column;
use super::corpus::{Case, Expectation};
use super::verdict::Outcome;
use crate::output;

/// All that was found.
pub struct Report<'a> {
    pub about: Vec<String>,
    pub versions: String,
    pub cases: &'a [Case],
    pub columns: &'a [Column],
}

impl Report<'_> {
    /// For eyes and RESULTS.md.
    pub fn text(&self) -> String {
        let mut header = vec!["RFC 9112", "case", "strict"];
        header.extend(self.columns.iter().map(|(peer, _)| peer.name()));
        let mut rows: Vec<Vec<String>> = (0..self.cases.len()).map(|row| self.row(row)).collect();
        rows.push(self.totals());
        format!(
            "* {}\n* {}\n* `limpet-bench strict`\n\nA cell: the statuses the client got, `x` when \
             the connection was closed after them, `->` how many whole requests reached the \
             backend, and why that is not strict.\n\n{}\n",
            self.about.join("\n* "),
            self.versions,
            output::table(&header, rows)
        )
    }

    /// For scripts.
    pub fn json(&self) -> String {
        let cases: Vec<_> = (0..self.cases.len())
            .map(|row| {
                let outcomes: serde_json::Map<_, _> = self
                    .columns
                    .iter()
                    .map(|(peer, outcomes)| (peer.name().to_owned(), json!(outcomes[row])))
                    .collect();
                let case = &self.cases[row];
                json!({"name": case.name, "section": case.section, "outcomes": outcomes})
            })
            .collect();
        json!({"about": self.about, "versions": self.versions, "cases": cases}).to_string()
    }

    fn row(&self, row: usize) -> Vec<String> {
        let case = &self.cases[row];
        let expectation = match case.expectation {
            Expectation::Refuse => "refuse".to_owned(),
            Expectation::Accept(count) => format!("accept {count}"),
        };
        let mut cells = vec![case.section.clone(), case.name.clone(), expectation];
        cells.extend(
            self.columns
                .iter()
                .map(|(_, outcomes)| cell(&outcomes[row])),
        );
        cells
    }

    fn totals(&self) -> Vec<String> {
        let mut cells = vec![
            String::new(),
            "strict answers".to_owned(),
            self.cases.len().to_string(),
        ];
        cells.extend(self.columns.iter().map(|(_, outcomes)| {
            let strict = outcomes.iter().filter(|outcome| outcome.is_strict());
            strict.count().to_string()
        }));
        cells
    }
}

fn cell(outcome: &Outcome) -> String {
    let statuses: Vec<String> = outcome.statuses.iter().map(u16::to_string).collect();
    let statuses = if statuses.is_empty() {
        "-".to_owned()
    } else {
        statuses.join(" ")
    };
    let closed = if outcome.is_closed { "x" } else { "" };
    let mut cell = format!("{statuses}{closed} ->{}", outcome.requests);
    if !outcome.is_strict() {
        cell.push_str(&format!(" **{}**", outcome.faults.join(", ")));
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::Peer;

    #[test]
    fn the_table_shows_who_was_not_strict() {
        let outcome = |requests, faults| Outcome {
            statuses: vec![400],
            is_closed: true,
            requests,
            faults,
        };
        let case = Case {
            name: "folded".to_owned(),
            section: "5.2".to_owned(),
            expectation: Expectation::Refuse,
            bytes: Vec::new(),
        };
        let report = Report {
            about: vec!["a machine".to_owned()],
            versions: "Limpet 0".to_owned(),
            cases: &[case],
            columns: &[
                (Peer::Limpet, vec![outcome(0, vec![])]),
                (Peer::Nginx, vec![outcome(1, vec!["forwarded"])]),
            ],
        };
        let text = report.text();
        let table: Vec<&str> = text
            .lines()
            .skip_while(|line| !line.starts_with('|'))
            .collect();
        assert_eq!(
            table,
            [
                "| RFC 9112 | case           | strict | limpet   | nginx                  |",
                "|----------|----------------|--------|----------|------------------------|",
                "| 5.2      | folded         | refuse | 400x ->0 | 400x ->1 **forwarded** |",
                "|          | strict answers | 1      | 1        | 0                      |",
            ]
        );
    }
}
