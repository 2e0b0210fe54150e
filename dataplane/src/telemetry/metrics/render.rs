//! Prometheus' text format.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use prometheus::TextEncoder;
use prometheus::proto::{
    Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType,
};

use super::registry::Slot;
use super::{Latency, Process, Registry, RouteStats};
use crate::base::core_stats::CoreStats;
use crate::base::counters::{Cell64, Reasons};
use crate::telemetry::pin_report::{PinOut, PinWhy};

type Cores = [Arc<CoreStats>];
type Route = (String, Arc<[Slot]>);

/// Everything in Prometheus' text format, summed over the cores. Routes without a request yet are left out.
#[must_use]
pub fn render(registry: &Registry, process: &Process) -> String {
    let (cores, routes) = (registry.each_core(), &registry.living_routes());
    let mut families = vec![
        gauge(
            "limpet_info",
            "1, with the kernel interface in use.",
            vec![(vec![("driver", process.driver)], 1)],
        ),
        gauge(
            "limpet_cores",
            "Cores that serve.",
            single(cores.len() as u64),
        ),
    ];
    families.extend(config_families(registry, process));
    families.extend(core_families(cores));
    families.extend(reason_families(cores));
    families.extend(route_families(routes));
    families.retain(|family| !family.get_metric().is_empty());
    TextEncoder::new()
        .encode_to_string(&families)
        .expect("every family has a name and a metric")
}

fn config_families(registry: &Registry, process: &Process) -> [MetricFamily; 5] {
    [
        gauge(
            "limpet_config_generation",
            "Configurations served since the start; 0: none yet.",
            single(registry.generation()),
        ),
        counter(
            "limpet_config_refused_total",
            "Snapshots that were refused; the one before served on.",
            single(registry.refusals()),
        ),
        counter(
            "limpet_access_log_dropped_total",
            "Access-log lines that were not written.",
            single(process.access_log_dropped),
        ),
        gauge(
            "limpet_configs_held",
            "Configurations in memory: the one that is served, and those that requests still hold.",
            single(process.configs_held as u64),
        ),
        gauge(
            "limpet_objects_refused",
            "Objects and files that are refused now: each stays as it was when it was last read well.",
            process
                .objects_refused
                .map_or_else(Vec::new, |count| single(count as u64)),
        ),
    ]
}

/// A cell of a core with its type, name and help.
type CoreRow = (fn(&CoreStats) -> &Cell64, Kind, &'static str, &'static str);

const CORE_ROWS: [CoreRow; 17] = [
    (
        |core| &core.connections,
        counter,
        "limpet_connections_total",
        "Connections of clients.",
    ),
    (
        |core| &core.connections_open,
        gauge,
        "limpet_connections_open",
        "Connections of clients that are open now.",
    ),
    (
        |core| &core.tls_handshakes,
        counter,
        "limpet_tls_handshakes_total",
        "TLS handshakes that were completed.",
    ),
    (
        |core| &core.tls_resumptions,
        counter,
        "limpet_tls_resumptions_total",
        "TLS handshakes that resumed a session.",
    ),
    (
        |core| &core.requests,
        counter,
        "limpet_requests_total",
        "Requests whose head was accepted.",
    ),
    (
        |core| &core.received_bytes,
        counter,
        "limpet_received_bytes_total",
        "Bytes of requests' bodies, from clients.",
    ),
    (
        |core| &core.sent_bytes,
        counter,
        "limpet_sent_bytes_total",
        "Bytes written to clients.",
    ),
    (
        |core| &core.upstream_connects,
        counter,
        "limpet_upstream_connects_total",
        "Connections made to endpoints.",
    ),
    (
        |core| &core.upstream_reuses,
        counter,
        "limpet_upstream_reuses_total",
        "Requests on a connection that was idle.",
    ),
    (
        |core| &core.upstream_failures,
        counter,
        "limpet_upstream_connect_failures_total",
        "Connections to endpoints that could not be made.",
    ),
    (
        |core| &core.retries,
        counter,
        "limpet_retries_total",
        "Requests that were sent again as their rule asks.",
    ),
    (
        |core| &core.panics,
        counter,
        "limpet_connection_panics_total",
        "Connections that panicked and were closed.",
    ),
    (
        |core| &core.restarts,
        counter,
        "limpet_worker_restarts_total",
        "Workers that died and were started again.",
    ),
    (
        |core| &core.pin_opens,
        counter,
        "limpet_pin_opens_total",
        "Pins that were decrypted, or tried to.",
    ),
    (
        |core| &core.table_hits,
        counter,
        "limpet_session_table_hits_total",
        "Pins found in the session table, without cryptography.",
    ),
    (
        |core| &core.table_sessions,
        gauge,
        "limpet_session_table_sessions",
        "Sessions in the session tables now.",
    ),
    (
        |core| &core.table_evictions,
        counter,
        "limpet_session_table_evictions_total",
        "Sessions that lost their place in the table to another.",
    ),
];

fn core_families(cores: &Cores) -> impl Iterator<Item = MetricFamily> {
    CORE_ROWS.iter().map(|(cell, kind, name, help)| {
        let sum = cores.iter().map(|core| cell(core).get()).sum();
        kind(name, help, single(sum))
    })
}

fn reason_families(cores: &Cores) -> [MetricFamily; 6] {
    let sum = |reasons: fn(&CoreStats) -> &Reasons| {
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for (reason, count) in cores.iter().flat_map(|core| reasons(core).iter()) {
            *sums.entry(reason).or_default() += count;
        }
        let samples = sums.into_iter();
        samples
            .map(|(reason, count)| (vec![("reason", reason)], count))
            .collect()
    };
    [
        counter(
            "limpet_refusals_total",
            "Requests the gateway answered itself, other than by a redirect.",
            sum(|core| &core.refusals),
        ),
        counter(
            "limpet_timeouts_total",
            "Limits in time that were hit.",
            sum(|core| &core.timeouts),
        ),
        counter(
            "limpet_bounds_hit_total",
            "Other bounds that were hit.",
            sum(|core| &core.bounds_hit),
        ),
        counter(
            "limpet_tls_handshake_failures_total",
            "TLS handshakes that failed.",
            sum(|core| &core.tls_failures),
        ),
        counter(
            "limpet_proxy_protocol_failures_total",
            "Connections of load balancers whose PROXY header is missing or cannot be read.",
            sum(|core| &core.proxy_protocol_failures),
        ),
        counter(
            "limpet_mirrors_total",
            "Copies of requests for mirrors, by what became of them.",
            sum(|core| &core.mirrors),
        ),
    ]
}

fn route_families(routes: &[Route]) -> [MetricFamily; 3] {
    let (mut responses, mut latency, mut pins) = (Vec::new(), Vec::new(), Vec::new());
    for (route, cores) in routes {
        let seen = cores.iter().filter_map(Slot::get).map(Box::as_ref);
        let cores: &[&RouteStats] = &seen.collect::<Vec<_>>();
        let histogram = histogram(cores);
        if histogram.get_sample_count() == 0 {
            continue;
        }
        for (class, name) in ["1xx", "2xx", "3xx", "4xx", "5xx"].into_iter().enumerate() {
            let sum = sum(cores, |core| &core.responses[class]);
            responses.push((vec![("route", route.as_str()), ("code", name)], sum));
        }
        latency.push(metric(&[("route", route)], |metric| {
            metric.set_histogram(histogram);
        }));
        for (outcome, reason, sum) in pin_sums(cores) {
            let labels = vec![
                ("route", route.as_str()),
                ("outcome", outcome),
                ("reason", reason),
            ];
            pins.push((labels, sum));
        }
    }
    responses.retain(|(_, count)| *count > 0);
    pins.retain(|(_, count)| *count > 0);
    [
        counter(
            "limpet_route_responses_total",
            "Responses by route and class of status.",
            responses,
        ),
        family(
            "limpet_route_duration_seconds",
            "From a request's head to its response's last byte.",
            MetricType::HISTOGRAM,
            latency,
        ),
        counter(
            "limpet_pins_total",
            "What became of a request's pin, and why.",
            pins,
        ),
    ]
}

/// Outcome, reason and count. Requests without a pin before and after are no news.
fn pin_sums(cores: &[&RouteStats]) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
    let outcomes = PinOut::ALL
        .iter()
        .flat_map(|out| PinWhy::ALL.iter().map(move |why| (*out, *why)));
    let news = outcomes.filter(|pair| *pair != (PinOut::None, PinWhy::None));
    news.map(|(out, why)| {
        let sum = sum(cores, |core| &core.pins[out as usize][why as usize]);
        (out.as_str(), why.as_str(), sum)
    })
}

fn histogram(cores: &[&RouteStats]) -> Histogram {
    let mut histogram = Histogram::default();
    let mut count = 0;
    let mut buckets = Vec::new();
    for (index, bound_ms) in Latency::BOUNDS_MS.iter().enumerate() {
        count += sum(cores, |core| &core.latency.buckets[index]);
        let mut bucket = Bucket::default();
        bucket.set_upper_bound(Duration::from_millis(*bound_ms).as_secs_f64());
        bucket.set_cumulative_count(count);
        buckets.push(bucket);
    }
    count += sum(cores, |core| {
        &core.latency.buckets[Latency::BOUNDS_MS.len()]
    });
    let micros = sum(cores, |core| &core.latency.sum_micros);
    histogram.set_bucket(buckets);
    histogram.set_sample_count(count);
    histogram.set_sample_sum(Duration::from_micros(micros).as_secs_f64());
    histogram
}

fn sum(cores: &[&RouteStats], cell: impl Fn(&RouteStats) -> &Cell64) -> u64 {
    cores.iter().map(|core| cell(core).get()).sum()
}

/// Labels and value.
type Sample<'a> = (Vec<(&'a str, &'a str)>, u64);
type Kind = fn(&str, &str, Vec<Sample<'_>>) -> MetricFamily;

fn single(value: u64) -> Vec<Sample<'static>> {
    vec![(Vec::new(), value)]
}

fn counter(name: &str, help: &str, samples: Vec<Sample<'_>>) -> MetricFamily {
    let metrics = samples.into_iter().map(|(labels, value)| {
        metric(&labels, |metric| {
            let mut counter = Counter::default();
            counter.set_value(value as f64);
            metric.set_counter(counter);
        })
    });
    family(name, help, MetricType::COUNTER, metrics.collect())
}

fn gauge(name: &str, help: &str, samples: Vec<Sample<'_>>) -> MetricFamily {
    let metrics = samples.into_iter().map(|(labels, value)| {
        metric(&labels, |metric| {
            let mut gauge = Gauge::default();
            gauge.set_value(value as f64);
            metric.set_gauge(gauge);
        })
    });
    family(name, help, MetricType::GAUGE, metrics.collect())
}

fn metric(labels: &[(&str, &str)], set: impl FnOnce(&mut Metric)) -> Metric {
    let pairs = labels.iter().map(|(name, value)| {
        let mut pair = LabelPair::default();
        pair.set_name((*name).into());
        pair.set_value((*value).into());
        pair
    });
    let mut metric = Metric::from_label(pairs.collect());
    set(&mut metric);
    metric
}

fn family(name: &str, help: &str, kind: MetricType, metrics: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.into());
    family.set_help(help.into());
    family.set_field_type(kind);
    family.set_metric(metrics);
    family
}
