//! The names of those that are compared.

use clap::ValueEnum;
use serde::Serialize;

/// One that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Peer {
    /// A bare TCP relay on io_uring: the floor
    Relay,
    /// The same on epoll
    RelayEpoll,
    /// Limpet on io_uring
    Limpet,
    /// Limpet on epoll
    LimpetEpoll,
    /// Limpet on io_uring with an access log, its metrics scraped every second
    LimpetObserved,
    /// HAProxy, `cookie insert indirect nocache`
    Haproxy,
    /// nginx, a hash of a cookie
    Nginx,
    /// Envoy, its stateful-session filter
    Envoy,
}

impl Peer {
    /// Its name in tables and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::RelayEpoll => "relay-epoll",
            Self::Limpet => "limpet",
            Self::LimpetEpoll => "limpet-epoll",
            Self::LimpetObserved => "limpet-observed",
            Self::Haproxy => "haproxy",
            Self::Nginx => "nginx",
            Self::Envoy => "envoy",
        }
    }

    /// Whether it is Limpet, which tells metrics.
    pub fn is_limpet(self) -> bool {
        matches!(
            self,
            Self::Limpet | Self::LimpetEpoll | Self::LimpetObserved
        )
    }

    /// Whether it understands HTTP, and so cookies.
    pub fn is_relay(self) -> bool {
        matches!(self, Self::Relay | Self::RelayEpoll)
    }
}
