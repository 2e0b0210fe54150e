//! Serving HTTP/1.1 over real sockets, on both drivers.

mod support;

#[path = "http/account.rs"]
mod account;
#[path = "http/cors.rs"]
mod cors;
#[path = "http/failures.rs"]
mod failures;
#[path = "http/fairness.rs"]
mod fairness;
#[path = "http/families.rs"]
mod families;
#[path = "http/filters.rs"]
mod filters;
#[path = "http/flow.rs"]
mod flow;
#[path = "http/forwarding.rs"]
mod forwarding;
#[path = "http/gone.rs"]
mod gone;
#[path = "http/interim.rs"]
mod interim;
#[path = "http/live.rs"]
mod live;
#[path = "http/mirrors.rs"]
mod mirrors;
#[path = "http/pooling.rs"]
mod pooling;
#[path = "http/proxy_protocol.rs"]
mod proxy_protocol;
#[path = "http/refusals.rs"]
mod refusals;
#[path = "http/retries.rs"]
mod retries;
#[path = "http/streaming.rs"]
mod streaming;
#[path = "http/timeouts.rs"]
mod timeouts;
