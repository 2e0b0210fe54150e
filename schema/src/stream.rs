//! What operator and data planes say to each other, and how a change becomes small.
//!
//! One gRPC stream a data plane (`limpet.v1.Configuration/Subscribe`, [`server`] and [`client`]).
//! The data plane says [`Hello`]; the operator answers with all it is to serve, then with every
//! change ([`Assignment::changes_since`]); each is answered with [`Ack`] once every core serves it,
//! or with [`Nack`] while what was served before goes on. Secrets travel here and nowhere else, so the
//! stream is mutual TLS, and no Debug output of this module holds them.
//!
//! **Neighbouring releases understand each other**, as an upgrade replaces operator and data planes one
//! after the other. Each says its [`RELEASE`]. What a reader does not know it leaves out: a field of a
//! message, a field of a resource, a kind of resource. So a field that is added may be ignored, and must
//! not be what keeps a request out: such a thing is a new variant of an enum, which an older data plane
//! refuses: it goes on with what it has, which the log and a metric say, and the
//! status once no data plane serves the new. Fields are never renamed or removed,
//! tags never used again.
//!
//! Tested by a property below: changes, applied, give what they were made from; and against the recorded
//! messages of every release (`schema/tests/releases.rs`).

mod assignment;

pub use crate::generated::stream::{
    configuration_client as client, configuration_server as server,
};
pub use assignment::{Assignment, Unreadable};

/// The longest message either side takes, in bytes: a first message holds everything.
pub const MESSAGE_BYTES_MAX: usize = 256 << 20;

/// This release's number.
pub const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// What a data plane says.
#[derive(Clone, PartialEq, prost::Message)]
pub struct FromDataPlane {
    /// One of them; none: a data plane of a later release says what this one does not know.
    #[prost(oneof = "Said", tags = "1, 2, 3")]
    pub said: Option<Said>,
}

/// One of them.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Said {
    /// First on each stream.
    #[prost(message, tag = "1")]
    Hello(Hello),
    /// Every core serves that version.
    #[prost(message, tag = "2")]
    Ack(Ack),
    /// No core serves it, and why.
    #[prost(message, tag = "3")]
    Nack(Nack),
}

/// Who a data plane is.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Hello {
    /// The fleet it belongs to.
    #[prost(string, tag = "1")]
    pub fleet: String,
    /// Its pod's name: what EndpointSlices call it.
    #[prost(string, tag = "2")]
    pub pod: String,
    /// Its [`RELEASE`].
    #[prost(string, tag = "3")]
    pub release: String,
}

/// A version is served.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Ack {
    /// Which.
    #[prost(uint64, tag = "1")]
    pub version: u64,
    /// By name of listener, why its address cannot be had; the others are served.
    #[prost(btree_map = "string, string", tag = "2")]
    pub failed_listeners: std::collections::BTreeMap<String, String>,
}

/// A version is refused.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Nack {
    /// Which.
    #[prost(uint64, tag = "1")]
    pub version: u64,
    /// Why, with the message id.
    #[prost(string, tag = "2")]
    pub reason: String,
}

/// What changed.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ToDataPlane {
    /// Rises on each stream.
    #[prost(uint64, tag = "1")]
    pub version: u64,
    /// Whether it is everything, and not a change.
    #[prost(bool, tag = "2")]
    pub is_whole: bool,
    /// New or changed.
    #[prost(message, repeated, tag = "3")]
    pub put: Vec<Resource>,
    /// Gone.
    #[prost(message, repeated, tag = "4")]
    pub removed: Vec<Id>,
    /// Not empty: this is no configuration; the replica that leads is at this address
    /// (`<ip>:<port>`), and the data plane should be there.
    #[prost(string, tag = "5")]
    pub leader: String,
    /// The operator's [`RELEASE`].
    #[prost(string, tag = "6")]
    pub release: String,
}

/// Names a resource.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Id {
    /// What it is.
    #[prost(enumeration = "Kind", tag = "1")]
    pub kind: i32,
    /// Its name among those.
    #[prost(string, tag = "2")]
    pub name: String,
}

/// One part of an assignment.
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
pub struct Resource {
    /// Its name.
    #[prost(message, optional, tag = "1")]
    pub id: Option<Id>,
    /// It, as JSON.
    #[prost(bytes = "vec", tag = "2")]
    pub json: Vec<u8>,
}

impl std::fmt::Debug for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resource")
            .field("id", &self.id)
            .field("bytes", &self.json.len())
            .finish()
    }
}

/// What a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum Kind {
    /// Of another version.
    Unknown = 0,
    /// A [`crate::snapshot::Listener`].
    Listener = 1,
    /// A [`crate::snapshot::Rule`].
    Rule = 2,
    /// A [`crate::snapshot::Backend`].
    Backend = 3,
    /// A [`Certificate`].
    Certificate = 4,
    /// The affinity keys, a text as in the key file.
    AffinityKeys = 5,
}
