//! The tables: how many cases of each section each proxy takes strictly, and those that not all do.

use serde_json::json;

use super::Column;
use super::corpus::Case;
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
    /// For eyes and RESULTS.md: only the cases that somebody is not strict about.
    pub fn text(&self) -> String {
        format!(
            "* {}\n* {}\n* `limpet-bench strict`\n\nStrict answers:\n\n{}\n\nThe cases that somebody \
             is not strict about. A cell: the statuses the client got, `x` when the connection was \
             closed after them, `->` how many whole requests reached the backend, and why that is \
             not strict.\n\n{}\n",
            self.about.join("\n* "),
            self.versions,
            self.totals(),
            self.differences(),
        )
    }

    /// For scripts: every case.
    pub fn json(&self) -> String {
        let cases: Vec<_> = (0..self.cases.len())
            .map(|row| self.case_json(row))
            .collect();
        json!({"about": self.about, "versions": self.versions, "cases": cases}).to_string()
    }

    fn case_json(&self, row: usize) -> serde_json::Value {
        let outcomes: serde_json::Map<_, _> = self
            .columns
            .iter()
            .map(|(peer, outcomes)| (peer.name().to_owned(), json!(outcomes[row])))
            .collect();
        let case = &self.cases[row];
        json!({
            "section": case.section,
            "title": case.title,
            "strict": case.expectation(),
            "outcomes": outcomes,
        })
    }

    fn totals(&self) -> String {
        let header = self.header(&["RFC 9112", "cases"]);
        let sections = self.cases.chunk_by(|one, next| one.section == next.section);
        let mut start = 0;
        let mut rows: Vec<_> = sections
            .map(|cases| {
                start += cases.len();
                self.total(cases[0].section, start - cases.len()..start)
            })
            .collect();
        rows.push(self.total("all", 0..self.cases.len()));
        output::table(&header, rows)
    }

    fn total(&self, of: &str, rows: std::ops::Range<usize>) -> Vec<String> {
        let mut cells = vec![of.to_owned(), rows.len().to_string()];
        cells.extend(self.columns.iter().map(|(_, outcomes)| {
            let outcomes = outcomes[rows.clone()].iter();
            outcomes.filter(|one| one.is_strict()).count().to_string()
        }));
        cells
    }

    fn differences(&self) -> String {
        let header = self.header(&["RFC 9112", "case", "strict"]);
        let rows = (0..self.cases.len()).filter(|row| {
            let mut columns = self.columns.iter();
            columns.any(|(_, outcomes)| !outcomes[*row].is_strict())
        });
        output::table(&header, rows.map(|row| self.difference(row)))
    }

    fn difference(&self, row: usize) -> Vec<String> {
        let case = &self.cases[row];
        let names = [case.section, case.title].map(str::to_owned);
        let cells = self
            .columns
            .iter()
            .map(|(_, outcomes)| cell(&outcomes[row]));
        names
            .into_iter()
            .chain([case.expectation()])
            .chain(cells)
            .collect()
    }

    fn header(&self, first: &[&'static str]) -> Vec<&'static str> {
        let peers = self.columns.iter().map(|(peer, _)| peer.name());
        first.iter().copied().chain(peers).collect()
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

    fn case(section: &'static str, title: &'static str) -> Case {
        Case {
            section,
            title,
            accepted: 0,
            is_refused: true,
            bytes: Vec::new(),
            ends: false,
        }
    }

    fn outcome(requests: usize, faults: &[&'static str]) -> Outcome {
        Outcome {
            statuses: vec![400],
            is_closed: true,
            requests,
            faults: faults.to_vec(),
        }
    }

    fn check(report: impl Fn(&Report<'_>) -> String, expected: &[&str]) {
        let strict = || outcome(0, &[]);
        let report = report(&Report {
            about: vec!["a machine".to_owned()],
            versions: "Limpet 0".to_owned(),
            cases: &[
                case("5 Fields", "no name"),
                case("5.2 Folding", "folded"),
                case("5.2 Folding", "blank"),
            ],
            columns: &[
                (Peer::Limpet, vec![strict(), strict(), strict()]),
                (
                    Peer::Nginx,
                    vec![strict(), outcome(1, &["forwarded"]), strict()],
                ),
            ],
        });
        assert_eq!(report.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_text_counts_all_and_shows_who_was_not_strict() {
        check(
            |report| report.text(),
            &[
                "* a machine",
                "* Limpet 0",
                "* `limpet-bench strict`",
                "",
                "Strict answers:",
                "",
                "| RFC 9112    | cases | limpet | nginx |",
                "|-------------|-------|--------|-------|",
                "| 5 Fields    | 1     | 1      | 1     |",
                "| 5.2 Folding | 2     | 2      | 1     |",
                "| all         | 3     | 3      | 2     |",
                "",
                "The cases that somebody is not strict about. A cell: the statuses the client got, \
                 `x` when the connection was closed after them, `->` how many whole requests \
                 reached the backend, and why that is not strict.",
                "",
                "| RFC 9112    | case   | strict | limpet   | nginx                  |",
                "|-------------|--------|--------|----------|------------------------|",
                "| 5.2 Folding | folded | refuse | 400x ->0 | 400x ->1 **forwarded** |",
            ],
        );
    }

    #[test]
    fn the_json_holds_every_case() {
        let titles = |report: &Report<'_>| {
            let json: serde_json::Value = serde_json::from_str(&report.json()).expect("JSON");
            let cases = json["cases"].as_array().expect("a list").iter();
            let line = |case: &serde_json::Value| {
                let nginx = &case["outcomes"]["nginx"]["faults"];
                format!("{} {} {nginx}", case["title"], case["strict"])
            };
            cases.map(line).collect::<Vec<_>>().join("\n")
        };
        check(
            titles,
            &[
                r#""no name" "refuse" []"#,
                r#""folded" "refuse" ["forwarded"]"#,
                r#""blank" "refuse" []"#,
            ],
        );
    }
}
