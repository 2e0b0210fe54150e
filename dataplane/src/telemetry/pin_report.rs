//! What became of a pin, as log, counters and tests name it.

/// What the request brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PinIn {
    /// No cookie of that name.
    #[default]
    None,
    /// A pin of a living endpoint.
    Valid,
    /// A pin of an endpoint that takes no new sessions: draining, or of a backend of weight 0.
    Draining,
    /// A pin past its time.
    Expired,
    /// Nothing that we made for this scope.
    Invalid,
    /// A pin of an endpoint that is no more.
    Gone,
    /// A pin of an endpoint that belongs to another rule of the route.
    Elsewhere,
}

/// What was done about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PinOut {
    /// No pin came and none went out.
    #[default]
    None,
    /// The session stays where it is.
    Kept,
    /// A new session.
    Issued,
    /// The session goes on at another endpoint.
    Moved,
}

/// Why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PinWhy {
    /// The rule has no affinity, or no endpoint answered.
    #[default]
    None,
    /// The pin is valid.
    Valid,
    /// The first request of a session.
    New,
    /// See [`PinIn::Expired`].
    Expired,
    /// See [`PinIn::Invalid`].
    Invalid,
    /// See [`PinIn::Gone`].
    Gone,
    /// See [`PinIn::Elsewhere`].
    Elsewhere,
    /// The endpoint refused the connection.
    Refused,
    /// The application sets a cookie of the same name: ours was not added.
    Collision,
    /// A CORS preflight starts no session.
    Preflight,
    /// Only endpoints that take no new sessions were left; one served without a pin.
    LastResort,
    /// No affinity key is there: no pin can be made.
    NoKey,
}

macro_rules! names {
    ($kind:ident: $($variant:ident = $name:literal),+) => {
        impl $kind {
            /// All of them, for the labels of counters.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in logs, labels and documents.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

names!(PinIn: None = "none", Valid = "valid", Draining = "draining", Expired = "expired",
    Invalid = "invalid", Gone = "gone", Elsewhere = "elsewhere");
names!(PinOut: None = "none", Kept = "kept", Issued = "issued", Moved = "moved");
names!(PinWhy: None = "none", Valid = "valid", New = "new", Expired = "expired",
    Invalid = "invalid", Gone = "gone", Elsewhere = "elsewhere", Refused = "refused",
    Collision = "collision", Preflight = "preflight", LastResort = "last-resort", NoKey = "no-key");

/// One request's pin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinReport {
    /// What the request brought.
    pub came: PinIn,
    /// What was done about it.
    pub out: PinOut,
    /// Why.
    pub why: PinWhy,
    /// A hash of the session's id; absent without a session.
    pub session: Option<u64>,
}
