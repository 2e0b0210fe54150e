//! The file with the bounds: one line a function.

use std::fmt::Write;
use std::fs;
use std::process::Command;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bounds.txt");

/// What a function may cost beyond what was measured: other compilers, other hash keys.
const HEADROOM_PERCENT: u64 = 5;

/// What is in the file.
pub struct Bounds {
    text: String,
}

impl Bounds {
    /// Reads it.
    pub fn read() -> Self {
        let text = fs::read_to_string(FILE).expect("the file is committed");
        Self { text }
    }

    /// Writes it anew.
    pub fn write(counts: &[(&str, u64)]) {
        let mut text = format!(
            "# Instructions of one call: measured, and the bound {HEADROOM_PERCENT} % above it.\n\
             # Written by `make instructions-write`.\n# {}\n\n",
            measured_with()
        );
        for (name, count) in counts {
            let bound = count + count * HEADROOM_PERCENT / 100;
            writeln!(text, "{name:<20}{count:>8}{bound:>8}").expect("memory");
        }
        fs::write(FILE, text).expect("the file can be written");
    }

    /// What is wrong with a count, if anything is.
    pub fn fault(&self, name: &str, count: u64) -> Option<String> {
        let mut lines = self.text.lines().filter(|line| !line.starts_with('#'));
        let numbers = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let mut numbers = numbers.into_iter().flat_map(str::split_whitespace);
        let mut number = || numbers.next()?.parse::<u64>().ok();
        let (measured, bound) = (number(), number());
        if bound.is_some_and(|bound| count <= bound) {
            return None;
        }
        let text = |number: Option<u64>| number.map_or("none".into(), |number| number.to_string());
        Some(format!(
            "{name}: {count} instructions a call, the bound is {} (measured were {}).\n  \
             There: {}\n  Here:  # {}\n  Make it cheaper, or say in your commit why it is worth \
             that and run `make instructions-write`",
            text(bound),
            text(measured),
            self.text.lines().nth(2).unwrap_or_default(),
            measured_with(),
        ))
    }
}

fn measured_with() -> String {
    let version = Command::new("rustc").arg("--version").output();
    let version = version.expect("who builds with cargo has rustc").stdout;
    let version = String::from_utf8_lossy(&version);
    format!("{}, {}", std::env::consts::ARCH, version.trim())
}
