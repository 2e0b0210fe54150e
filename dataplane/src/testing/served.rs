//! A snapshot that is served in memory: no thread, no socket that anybody uses.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::Arc;

use bytes::BytesMut;
use limpet_schema::snapshot::Snapshot;

use super::{NOW_SECS, PEER, Request, keys};
use crate::affinity::Affinity;
use crate::base::refused::Refused;
use crate::base::settings::{Clock, Settings};
use crate::config::{self, Action, Config};
use crate::proto::field_name::Known;
use crate::proto::fields::Fields;
use crate::proxy as inside;
use crate::proxy::core::ProxyCore;
use crate::proxy::rewrite::rewritten;
use crate::runtime::core::Core;
use crate::runtime::socket::Borrowed;
use crate::telemetry::metrics::Registry;
use crate::transport::client::Client;
use crate::transport::scripted;
use crate::transport::tls::Store;
use crate::transport::wire::{Reader, Wire, Writer};

/// A rule of a snapshot.
#[derive(Clone, Copy)]
pub struct Rule<'a>(&'a config::Rule);

/// A snapshot that one core without a thread serves.
pub struct Served {
    config: Arc<Config>,
    core: Rc<ProxyCore>,
    affinity: RefCell<Affinity>,
    /// The deadline of a connection shuts this down, and not one that somebody uses.
    socket: UnixStream,
}

impl Served {
    /// Compiles a snapshot and serves it, with the keys of these tests.
    ///
    /// # Errors
    /// Every reason why it does not compile.
    pub fn new(snapshot: &Snapshot) -> Result<Self, Refused> {
        let stats = Registry::new(1);
        let config = Arc::new(Config::compile(
            snapshot,
            &Store::default(),
            Some(&keys()),
            &stats,
        )?);
        let settings = Settings {
            workers: 1,
            sessions_max: 64,
            clock: Clock::stopped_at(NOW_SECS),
            ..Settings::default()
        };
        let affinity = RefCell::new(Affinity::new(0, &settings));
        let machine = Core::new(0, Arc::new(settings), stats.core(0));
        let core = ProxyCore::new(machine, Some(Arc::clone(&config)), None);
        let (socket, _) = UnixStream::pair().expect("a descriptor is left");
        Ok(Self {
            config,
            core,
            affinity,
            socket,
        })
    }

    /// The sockets it wants.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.config.addresses().collect()
    }

    /// The rule that takes a request that came in there.
    #[must_use]
    pub fn rule(&self, address: SocketAddr, request: &Request) -> Option<Rule<'_>> {
        let socket = self.config.socket(address)?;
        let found = self
            .config
            .find(socket, 0, &request.0.host, &request.0.head)?;
        Some(Rule(found.rule))
    }

    /// The target that a request which came in there is forwarded with.
    #[must_use]
    pub fn target(&self, address: SocketAddr, request: &Request) -> Option<String> {
        let (host, head) = (&request.0.host, &request.0.head);
        let socket = self.config.socket(address)?;
        let found = self.config.find(socket, 0, host, head)?;
        let Action::Forward(forward) = &found.rule.action else {
            return None;
        };
        let edit = forward.rewrite.as_ref().and_then(|edit| edit.path.as_ref());
        Some(super::text(&rewritten(head, edit, found.prefix_len)))
    }

    /// The id of the endpoint that a request goes to by that rule, and the Set-Cookie of its
    /// response, if a pin is due.
    #[must_use]
    pub fn choose(&self, rule: Rule<'_>, request: &Request) -> Option<(&str, Option<Vec<u8>>)> {
        let Action::Forward(forward) = &rule.0.action else {
            return None;
        };
        let mut affinity = self.affinity.borrow_mut();
        let head = &request.0.head;
        let choice = affinity.choose(&self.config, forward, head, NOW_SECS);
        let choice = choice.ok()?;
        affinity.finish(&choice);
        let mut fields = Fields::default();
        choice.finish_response(&self.config, forward, head, &mut fields, false, NOW_SECS);
        let endpoint = self.config.endpoint(choice.endpoint());
        let cookie = fields.get(Known::SetCookie);
        Some((&endpoint.id, cookie.map(<[u8]>::to_vec)))
    }

    /// Serves a client of that address whose bytes come in these pieces: all that it is answered.
    /// No endpoint can be reached, so the snapshot must not have any.
    #[must_use]
    pub fn converse(&self, address: SocketAddr, pieces: Vec<Vec<u8>>) -> Vec<u8> {
        let client = Client::new(PEER.into(), address, &self.core.settings);
        let (writer, answers) = scripted::Writer::new();
        let wire = Wire {
            reader: Reader::Scripted(scripted::Reader::of(pieces)),
            writer: Writer::Scripted(writer),
        };
        let deadline = self.core.deadlines.watch(Borrowed::new(&self.socket));
        scripted::finish(inside::serve(
            Rc::clone(&self.core),
            wire,
            BytesMut::new(),
            deadline,
            client,
        ));
        answers.take()
    }
}
