//! What happens to a request.

use serde::{Deserialize, Serialize};

use super::{BackendId, Filter, PathEdit, UrlRewrite};

/// What happens to the requests of one route rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The route it came from, `<kind>/<namespace>/<name>`: the label in metrics, log and sessions.
    pub route: String,
    /// What is done to messages, in order; request edits before the request leaves, response edits
    /// before the response does (also on redirects).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// Forward or answer.
    pub action: Action,
}

impl Rule {
    /// Every backend it leads to, mirrors too.
    pub fn backends(&self) -> impl Iterator<Item = &BackendId> {
        let weighted = match &self.action {
            Action::Forward(forward) => forward.backends.as_slice(),
            Action::Redirect(_) => &[],
        };
        let mirrors = self.filters.iter().filter_map(|filter| match filter {
            Filter::Mirror(mirror) => Some(&mirror.backend),
            _ => None,
        });
        let backends = weighted
            .iter()
            .filter_map(|weighted| weighted.backend.as_ref());
        backends.chain(mirrors)
    }
}

/// Forward a request, or answer it here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// To a backend.
    Forward(Forward),
    /// By a redirect.
    Redirect(Redirect),
}

/// Where requests go, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forward {
    /// In the order of the manifest. With none, or with all weights 0, new sessions get 500.
    pub backends: Vec<WeightedBackend>,
    /// Changes to the request's target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewrite: Option<UrlRewrite>,
    /// Limits in time.
    #[serde(default, skip_serializing_if = "Timeouts::is_default")]
    pub timeouts: Timeouts,
    /// When a request is sent again; none: never, unless no endpoint has seen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Session affinity across the backends: a pin also chooses the backend. Without one, here or
    /// at a backend, every request is balanced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affinity: Option<Affinity>,
}

impl Forward {
    /// Everything that is said about sessions.
    pub fn affinities(&self) -> impl Iterator<Item = &Affinity> {
        let inside = self.backends.iter().filter_map(|w| w.affinity.as_ref());
        inside.chain(&self.affinity)
    }
}

/// A backend and its share of new sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightedBackend {
    /// `None`: the reference is missing or not permitted, and its share is answered with 500.
    pub backend: Option<BackendId>,
    /// 0 to 1 000 000. A backend of weight 0 keeps its sessions and gets no new ones.
    pub weight: u32,
    /// Header edits and a rewrite for this backend only, after the rule's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// Session affinity inside this backend. Where a rule has one of these, the weights choose a
    /// backend for every request, and a pin holds inside the chosen one only; the rule's own is
    /// then not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affinity: Option<Affinity>,
}

/// Limits in milliseconds; 0 is no limit, `None` the data plane's default, which holds until the answer
/// begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeouts {
    /// From the request's head to the response's last byte; past it 504, or a closed connection
    /// when the response has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_ms: Option<u64>,
    /// For one try against a backend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend_request_ms: Option<u64>,
}

impl Timeouts {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// When a request whose body is short enough to be kept is sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Statuses that are not the last word while there are attempts left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<u16>,
    /// After the first; at least 1.
    pub attempts: u32,
    /// The wait before the first of them, in milliseconds; later ones grow.
    pub backoff_ms: u64,
}

/// Session affinity of one rule, or of one of its backends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affinity {
    /// Authenticated in every pin: a pin of one scope says nothing in another. Rules of one scope
    /// share their pins as far as they share endpoints.
    pub scope: String,
    /// RFC 6265 token, 1 to 128 bytes.
    pub cookie_name: String,
    /// 1 to 34 560 000 (400 days), enforced by the data plane.
    pub cookie_duration_secs: u32,
    /// The cookie's Path; absent: `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cookie_path: Option<String>,
    /// Whether the cookie carries no Max-Age, so that it ends with the browser's session.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_session_cookie: bool,
}

/// An answer that sends the client elsewhere. What is absent stays as the request had it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// `http` or `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// The new host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// Absent: the scheme's own port when a scheme is given, else the listener's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The new path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathEdit>,
    /// 301, 302, 303, 307 or 308.
    pub status: u16,
}
