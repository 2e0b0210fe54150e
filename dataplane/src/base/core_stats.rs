//! What one core counts beside its routes.

use super::counters::{Cell64, Reasons};

/// One core's counters; on cache lines of their own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct CoreStats {
    /// Connections of clients, since the start.
    pub connections: Cell64,
    /// Connections of clients that are open now.
    pub connections_open: Cell64,
    /// TLS handshakes that were completed.
    pub tls_handshakes: Cell64,
    /// Those of them that resumed a session.
    pub tls_resumptions: Cell64,
    /// TLS handshakes that failed, by reason.
    pub tls_failures: Reasons,
    /// Connections of load balancers without a PROXY header, by reason.
    pub proxy_protocol_failures: Reasons,
    /// Requests whose head was accepted.
    pub requests: Cell64,
    /// Bytes of requests' bodies, from clients.
    pub received_bytes: Cell64,
    /// Bytes written to clients.
    pub sent_bytes: Cell64,
    /// Answers of ours other than redirects, by id.
    pub refusals: Reasons,
    /// Limits in time that were hit, by kind.
    pub timeouts: Reasons,
    /// Other bounds that were hit, by name.
    pub bounds_hit: Reasons,
    /// Connections made to endpoints.
    pub upstream_connects: Cell64,
    /// Requests on a connection that was idle.
    pub upstream_reuses: Cell64,
    /// Connections that endpoints refused or that could not be made.
    pub upstream_failures: Cell64,
    /// Requests that were sent again as their rule asks.
    pub retries: Cell64,
    /// Copies for mirrors, by what became of them.
    pub mirrors: Reasons,
    /// Connections that panicked.
    pub panics: Cell64,
    /// Times the core's worker died and was started again.
    pub restarts: Cell64,
    /// Pins that were decrypted, or tried to.
    pub pin_opens: Cell64,
    /// Pins found in the table instead.
    pub table_hits: Cell64,
    /// Sessions in the table now.
    pub table_sessions: Cell64,
    /// Sessions that lost their place to another.
    pub table_evictions: Cell64,
}
