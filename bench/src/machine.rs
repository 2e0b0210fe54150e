//! What the numbers were made on.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::error::Result;
use crate::{commit, load};

/// Processor, memory, kernel, commit and how busy it is already; one line each. To be called before
/// anything is started: waits for a quiet machine where results are to be kept.
pub fn lines(results: Option<&Path>) -> Result<Vec<String>> {
    let load = match results {
        Some(_) => load::once_quiet()?,
        None => load::now()?,
    };
    Ok(vec![
        hardware(),
        format!("Linux {}", read("/proc/sys/kernel/osrelease").trim()),
        commit::line(),
        format!("load average before the start: {load:.2}"),
    ])
}

fn hardware() -> String {
    let cpu_info = read("/proc/cpuinfo");
    let mem_info = read("/proc/meminfo");
    let cores = cpu_info
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let model = after(&cpu_info, "model name").unwrap_or("unknown processor");
    let kib = after(&mem_info, "MemTotal").and_then(|text| text.split(' ').next()?.parse().ok());
    let gib = kib.map_or(0, |kib: u64| kib.div_ceil(1024 * 1024));
    format!("{cores} x {model}, {gib} GiB")
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// The first line that a program prints about its version, without what follows the number.
pub fn version(program: &Path, flag: &str) -> Option<String> {
    let output = Command::new(program).arg(flag).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    Some(first_number(&text)?.to_owned())
}

/// The first word that starts with a digit and holds a dot; words end at blanks, `/` and `-`.
fn first_number(text: &str) -> Option<&str> {
    text.split([' ', '/', '\n', '-', ','])
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()) && word.contains('.'))
}

fn after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        let found = |text| first_number(text).unwrap_or_default().to_owned();
        assert_eq!(
            found("HAProxy version 2.6.12-1+deb12u4 2026/10/17"),
            "2.6.12"
        );
        assert_eq!(found("nginx version: nginx/1.22.1"), "1.22.1");
        assert_eq!(
            found("\nenvoy  version: 51da64f/1.40.0/Clean/RELEASE/BoringSSL\n"),
            "1.40.0"
        );
        assert_eq!(found("wrk debian/4.1.0-3+b2 [epoll]"), "4.1.0");
        assert_eq!(found("nothing here"), "");
    }
}
