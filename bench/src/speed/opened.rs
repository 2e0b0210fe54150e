//! That pins of many sessions are opened: a session table that knows them all would be measured
//! instead.

use super::metrics;
use crate::peers::Running;

/// Of the requests of a load: a table keeps a few sessions until it is their turn again.
const SHARE_MIN: f64 = 0.8;

/// Pins opened since the start.
pub fn count(running: &Running) -> Option<u64> {
    metrics::counter(running, "limpet_pin_opens_total")
}

/// What is wrong with a load between these counts.
pub fn fault(before: Option<u64>, after: Option<u64>, requests: u64) -> Option<String> {
    let (Some(before), Some(after)) = (before, after) else {
        return Some("its metrics do not tell opened pins".to_owned());
    };
    let opens = after.saturating_sub(before);
    let is_enough = opens as f64 >= requests as f64 * SHARE_MIN;
    (!is_enough).then(|| format!("only {opens} pins were opened for {requests} requests"))
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn a_table_that_knows_many_sessions_is_a_fault() {
        assert_eq!(fault(Some(100), Some(1000), 1000), None);
        assert!(fault(Some(100), Some(800), 1000).is_some());
        assert!(fault(None, Some(1000), 1000).is_some());
    }
}
