//! How busy the machine is before a measurement, and whether its results may be kept.
//!
//! Where other programs run every figure is off, so a results file takes none from then. A build or
//! another measurement that has just ended is still in the average: that is waited for. The waiting
//! is tested with readings of the test's own, and without a pause.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::error::{Context, Error, Result};
use crate::output;

/// Results above are not kept.
const MAX: f64 = 1.0;
const PAUSE: Duration = Duration::from_secs(5);
/// Four minutes; what ended leaves a third of its load after each.
const PAUSES: u32 = 48;

/// The load average of the last minute.
pub fn now() -> Result<f64> {
    let text = fs::read_to_string("/proc/loadavg").context(|| "/proc/loadavg".to_owned())?;
    parse(&text).ok_or(Error::Unreadable {
        what: "/proc/loadavg",
        text,
    })
}

/// The load once it is low enough for results to be kept, or the error that it is not.
pub fn once_quiet() -> Result<f64> {
    wait(now, |load| {
        output::progress(&format!(
            "waiting for a quiet machine: the load average is {load:.2}, more than {MAX:.2}"
        ));
        thread::sleep(PAUSE);
    })
}

fn wait(mut read: impl FnMut() -> Result<f64>, mut pause: impl FnMut(f64)) -> Result<f64> {
    let mut load = read()?;
    for _ in 0..PAUSES {
        if load <= MAX {
            break;
        }
        pause(load);
        load = read()?;
    }
    if load <= MAX {
        Ok(load)
    } else {
        Err(Error::Busy { load, max: MAX })
    }
}

fn parse(text: &str) -> Option<f64> {
    text.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of such readings, the last of them for ever, and how many pauses that takes.
    fn waited(readings: &[f64]) -> (Result<f64>, u32) {
        let mut next = 0;
        let read = || {
            let load = readings[next.min(readings.len() - 1)];
            next += 1;
            Ok(load)
        };
        let mut pauses = 0;
        let result = wait(read, |_| pauses += 1);
        (result, pauses)
    }

    #[test]
    fn a_quiet_machine_is_not_waited_for() {
        let (load, pauses) = waited(&[1.0]);
        assert_eq!((load.expect("it is quiet"), pauses), (1.0, 0));
    }

    #[test]
    fn a_load_that_falls_is_waited_for() {
        let (load, pauses) = waited(&[3.0, 1.01, 0.9]);
        assert_eq!((load.expect("it gets quiet"), pauses), (0.9, 2));
    }

    #[test]
    fn a_load_that_stays_is_refused_in_words() {
        let (load, pauses) = waited(&[2.5]);
        let error = load.expect_err("it stays busy").to_string();
        assert_eq!(pauses, PAUSES);
        assert!(error.contains("load average is 2.50"), "{error}");
        assert!(error.contains("--results"), "{error}");
    }

    #[test]
    fn the_first_number_is_the_last_minute() {
        assert_eq!(parse("1.55 0.70 0.30 2/345 6789\n"), Some(1.55));
        assert_eq!(parse(""), None);
    }
}
