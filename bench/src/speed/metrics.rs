//! Numbers that Limpet tells in its metrics.

use crate::peers::Running;
use crate::probe;

/// One of them; `None` where it does not tell it.
pub fn counter(running: &Running, name: &str) -> Option<u64> {
    let metrics = probe::get(running.admin, "/metrics", None).ok()?;
    parse(&String::from_utf8_lossy(&metrics.body), name)
}

fn parse(text: &str, name: &str) -> Option<u64> {
    let value = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok();
    text.lines().find_map(value)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_counter_is_found_by_its_whole_name() {
        let text = "# TYPE limpet_x_total counter\nlimpet_x_total_old 1\nlimpet_x_total 23\n";
        assert_eq!(parse(text, "limpet_x_total"), Some(23));
        assert_eq!(parse(text, "limpet_y_total"), None);
    }
}
