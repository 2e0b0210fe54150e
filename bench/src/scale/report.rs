//! The table.

use serde_json::json;

use super::FEW_ROUTES;
use super::change::Steps;
use super::lookup::Lookup;
use crate::output;

const LIVE_GOAL_SECS: f64 = 0.1;
const LOOKUP_GOAL: f64 = 1.05;

/// All that was found.
pub struct Report {
    pub about: Vec<String>,
    pub versions: String,
    pub routes: u32,
    pub endpoints: u32,
    pub start_secs: f64,
    pub resident_kib: u64,
    pub resident_after_kib: u64,
    pub snapshot_bytes: u64,
    pub in_process: Steps,
    /// Median and longest.
    pub from_files: (f64, f64),
    pub lookup: Lookup,
}

impl Report {
    /// For eyes and RESULTS.md.
    pub fn text(&self) -> String {
        let mut text = format!(
            "* {}\n* {}\n* `limpet-bench scale`: {} sticky routes, {} endpoints\n\n{}\n",
            self.about.join("\n* "),
            self.versions,
            self.routes,
            self.endpoints,
            output::table(&["what", "measured", "goal", ""], self.rows())
        );
        for fault in &self.lookup.faults {
            text.push_str(&format!("\nFAULT: lookup: {fault}"));
        }
        text
    }

    /// For scripts.
    pub fn json(&self) -> String {
        json!({
            "about": self.about,
            "versions": self.versions,
            "routes": self.routes,
            "endpoints": self.endpoints,
            "start_secs": self.start_secs,
            "resident_kib": self.resident_kib,
            "resident_after_changes_kib": self.resident_after_kib,
            "snapshot_bytes": self.snapshot_bytes,
            "in_process": self.in_process,
            "from_files_secs": {"median": self.from_files.0, "max": self.from_files.1},
            "lookup": self.lookup,
        })
        .to_string()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let Self {
            in_process, lookup, ..
        } = self;
        let plain = |what: &str, measured: String| judged(what, measured, "", None);
        let live_goal = "< 100 ms";
        vec![
            plain("`limpet run`: start to first answer", secs(self.start_secs)),
            plain("memory of `limpet run`", mib(self.resident_kib)),
            plain("the same after the changes", mib(self.resident_after_kib)),
            plain(
                "snapshot, as the JSON file a restart falls back on",
                mib(self.snapshot_bytes / 1024),
            ),
            judged(
                "change of one route: DataPlane::apply, all cores, median",
                secs(in_process.apply_secs),
                live_goal,
                Some(in_process.apply_secs < LIVE_GOAL_SECS),
            ),
            plain("the longest of these", secs(in_process.apply_max_secs)),
            plain("CPU time of one", secs(in_process.apply_cpu_secs)),
            plain("reading all manifests", secs(in_process.read_secs)),
            plain("translating all objects", secs(in_process.translate_secs)),
            judged(
                "change of one route: file to answer of `limpet run`, median",
                secs(self.from_files.0),
                live_goal,
                Some(self.from_files.0 < LIVE_GOAL_SECS),
            ),
            plain("the longest of these", secs(self.from_files.1)),
            plain(
                &format!("CPU per request among {FEW_ROUTES} routes"),
                format!("{:.2} µs", lookup.few_micros),
            ),
            judged(
                &format!("CPU per request among {} routes", self.routes),
                format!(
                    "{:.2} µs, ratio {:.2} ({})",
                    lookup.many_micros, lookup.ratio, lookup.ratio_range
                ),
                "<= 1.05",
                Some(lookup.ratio <= LOOKUP_GOAL),
            ),
        ]
    }
}

fn judged(what: &str, measured: String, goal: &str, is_met: Option<bool>) -> Vec<String> {
    let verdict = match is_met {
        Some(true) => "met",
        Some(false) => "MISSED",
        None => "",
    };
    vec![
        what.to_owned(),
        measured,
        goal.to_owned(),
        verdict.to_owned(),
    ]
}

fn mib(kib: u64) -> String {
    format!("{:.1} MiB", kib as f64 / 1024.0)
}

fn secs(secs: f64) -> String {
    if secs < 1.0 {
        format!("{:.1} ms", secs * 1e3)
    } else {
        format!("{secs:.2} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::range::Range;

    #[test]
    fn goals_stand_beside_what_was_measured() {
        let report = Report {
            about: vec!["a machine".to_owned()],
            versions: "Limpet 0".to_owned(),
            routes: 10_000,
            endpoints: 100_000,
            start_secs: 2.5,
            resident_kib: 2048,
            resident_after_kib: 3072,
            snapshot_bytes: 1 << 20,
            in_process: Steps {
                read_secs: 1.0,
                translate_secs: 0.2,
                apply_secs: 0.05,
                apply_max_secs: 0.06,
                apply_cpu_secs: 0.04,
            },
            from_files: (2.0, 3.0),
            lookup: Lookup {
                few_micros: 10.0,
                many_micros: 10.4,
                ratio: 1.04,
                ratio_range: Range {
                    min: 1.01,
                    max: 1.07,
                },
                faults: Vec::new(),
            },
        };
        let text = report.text();
        let row = |part: &str| {
            let line = text.lines().find(|line| line.contains(part));
            let cells = line.expect(part).split('|').map(str::trim);
            cells.skip(2).take(3).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(row("DataPlane::apply"), "50.0 ms < 100 ms met");
        assert_eq!(row("file to answer"), "2.00 s < 100 ms MISSED");
        assert_eq!(
            row("among 10000"),
            "10.40 µs, ratio 1.04 (1.01..1.07) <= 1.05 met"
        );
        assert_eq!(row("snapshot"), "1.0 MiB  ");
    }
}
