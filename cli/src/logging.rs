//! Diagnostics on standard error. Standard output is for what was asked for.
//!
//! Where standard error cannot be written, diagnostics are lost and nothing else.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::args::LogFormat;

/// Starts logging. `filter` is in `tracing`'s syntax: `info`, `limpet_dataplane=debug,warn`.
pub fn start(filter: &str) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(parse(filter)?)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(|| Stderr)
        .init();
    Ok(())
}

/// The same, as eyes or scripts read it.
pub fn start_as(filter: &str, format: LogFormat) -> anyhow::Result<()> {
    if format == LogFormat::Text {
        return start(filter);
    }
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(parse(filter)?)
        .with_writer(|| Stderr)
        .init();
    Ok(())
}

fn parse(filter: &str) -> anyhow::Result<EnvFilter> {
    // A word that is no level would be a module's name, and silence all others.
    let is_level = |word: &str| word.parse::<LevelFilter>().is_ok();
    let mut words = filter
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    if let Some(word) = words.find(|word| !word.contains(['=', '[']) && !is_level(word)) {
        anyhow::bail!(
            "log filter \"{filter}\": {word} is no level; use error, warn, info, debug, trace or off, \
             or MODULE=LEVEL [settings-invalid]"
        );
    }
    EnvFilter::try_new(filter)
        .map_err(|error| anyhow::anyhow!("log filter \"{filter}\": {error} [settings-invalid]"))
}

/// Standard error that takes everything: a failure would be reported there, which panics.
struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = io::stderr().write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_word_that_is_no_level_is_refused_rather_than_silence() {
        for good in ["info", "WARN", "off", "limpet_dataplane=debug,warn", ""] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for bad in ["verbose", "info,noisy", "limpet=verbose"] {
            let error = parse(bad).expect_err(bad).to_string();
            assert!(error.contains("[settings-invalid]"), "{error}");
        }
    }
}
