//! What an operator counts. One per process: writers are many, readers are few.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A number that rises.
#[derive(Debug)]
pub struct Counter {
    name: &'static str,
    help: &'static str,
    value: AtomicU64,
}

impl Counter {
    const fn new(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            value: AtomicU64::new(0),
        }
    }

    /// One more.
    pub fn count(&self) {
        self.value.fetch_add(1, Relaxed);
    }
}

macro_rules! counters {
    ($($ident:ident: $name:literal, $help:literal;)+) => {
        $(
            #[doc = $help]
            pub static $ident: Counter = Counter::new($name, $help);
        )+

        /// Every counter, in the order of this file.
        static ALL: &[&Counter] = &[$(&$ident),+];
    };
}

counters! {
    TRANSLATIONS: "limpet_operator_translations_total", "Translations of all objects";
    STATUS_WRITES: "limpet_operator_status_writes_total", "Statuses written";
    INFRA_WRITES: "limpet_operator_infra_writes_total", "Services, EndpointSlices and the ports of Gateways written or deleted";
    WRITE_CONFLICTS: "limpet_operator_write_conflicts_total", "Writes that somebody else was first to";
    WRITE_FAILURES: "limpet_operator_write_failures_total", "Writes that the API server refused";
    REVIEWS_ALLOWED: "limpet_operator_reviews_allowed_total", "Objects that the webhook let in";
    REVIEWS_DENIED: "limpet_operator_reviews_denied_total", "Objects that the webhook refused";
    REVIEWS_TURNED_AWAY: "limpet_operator_reviews_turned_away_total", "Requests past the webhook's bound";
    CONNECTIONS_TURNED_AWAY: "limpet_operator_connections_turned_away_total", "Connections of peers that had as many as they may";
    REFUSALS: "limpet_operator_refusals_total", "Configurations that a data plane refused";
}

/// Objects that are refused now.
static OBJECTS_REFUSED: AtomicU64 = AtomicU64::new(0);

/// So many objects are refused now.
pub fn tell_objects_refused(count: usize) {
    OBJECTS_REFUSED.store(count as u64, Relaxed);
}

/// All of them, in Prometheus' text format.
pub fn render() -> String {
    let (name, help) = (
        "limpet_operator_objects_refused",
        "Objects that are refused now: each stays as it was when it was last read well",
    );
    let refused = OBJECTS_REFUSED.load(Relaxed);
    let mut text = format!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {refused}\n");
    for Counter { name, help, value } in ALL {
        let value = value.load(Relaxed);
        writeln!(
            text,
            "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}"
        )
        .expect("memory takes it");
    }
    text
}
