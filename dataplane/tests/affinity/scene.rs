//! Pods, sticky snapshots, affinity keys, and clients that carry their cookie.

use std::net::SocketAddr;
use std::path::PathBuf;

use limpet_dataplane::{Driver, Settings};
use limpet_dataplane::{KeyFile, Keyring};
use limpet_schema::snapshot::{
    Action, Affinity, Endpoint, EndpointState, Entry, Forward, Match, PathMatch, Rule, Snapshot,
    WeightedBackend,
};
use tempfile::TempDir;

use crate::support::{Backend, Client, Gateway, Response, rule_of, settings, snapshot_of};

/// The cookie's name in every snapshot.
pub const COOKIE: &str = "nomnom";
/// How long its pins hold.
pub const DURATION_SECS: u32 = 3600;
/// The scope of every snapshot's first rule.
pub const SCOPE: &str = "HTTPRoute/test/route";

/// Running pods. Each answers every request with its name, which is also its identity.
pub struct Pods {
    running: Vec<(String, Backend)>,
}

impl Pods {
    pub fn start(names: &[&str]) -> Self {
        let start = |name: &&str| ((*name).to_owned(), Backend::named(name));
        Self {
            running: names.iter().map(start).collect(),
        }
    }

    pub fn all(&self) -> Vec<Endpoint> {
        self.but(&[])
    }

    pub fn but(&self, gone: &[&str]) -> Vec<Endpoint> {
        let is_left = |(name, _): &&(String, Backend)| !gone.contains(&name.as_str());
        let endpoint = |(name, backend): &(String, Backend)| pod(name, backend.address);
        self.running.iter().filter(is_left).map(endpoint).collect()
    }

    pub fn only(&self, name: &str) -> Vec<Endpoint> {
        let mut endpoints = self.all();
        endpoints.retain(|endpoint| endpoint.id == name);
        endpoints
    }

    /// All pods, one of them changed.
    pub fn with(&self, name: &str, change: impl Fn(&mut Endpoint)) -> Vec<Endpoint> {
        let mut endpoints = self.all();
        endpoints
            .iter_mut()
            .filter(|endpoint| endpoint.id == name)
            .for_each(change);
        endpoints
    }
}

/// A ready pod.
pub fn pod(name: &str, address: SocketAddr) -> Endpoint {
    Endpoint {
        id: name.to_owned(),
        address,
        state: EndpointState::Ready,
    }
}

/// Makes a pod terminate.
pub fn drain(endpoint: &mut Endpoint) {
    endpoint.state = EndpointState::Draining;
}

/// An address that refuses connections for as long as the socket lives.
pub fn refusing() -> (socket2::Socket, SocketAddr) {
    let socket =
        socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    // Bound and not listening: the port is taken and refuses.
    socket
        .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
        .expect("a free port");
    let address = socket.local_addr().expect("bound");
    (socket, address.as_socket().expect("an address of IP"))
}

/// One rule, one backend, and these endpoints.
pub fn sticky(endpoints: Vec<Endpoint>) -> Snapshot {
    split(vec![(1, Some(endpoints))])
}

/// One rule with backends of these weights; one without endpoints to name does not exist.
pub fn split(shares: Shares) -> Snapshot {
    rules(vec![("/", SCOPE, shares)])
}

/// Weights and endpoints of a rule's backends.
pub type Shares = Vec<(u32, Option<Vec<Endpoint>>)>;

/// A rule for each path prefix, with its scope and backends; the first that matches decides.
pub fn rules(rules: Vec<(&str, &str, Shares)>) -> Snapshot {
    let mut snapshot = snapshot_of(rule_of(Action::Forward(Forward::default())));
    snapshot.rules.clear();
    snapshot.listeners[0].hosts[0].entries.clear();
    for (number, (path, scope, shares)) in rules.into_iter().enumerate() {
        let id = format!("HTTPRoute/test/route/{number}");
        let rule = sticky_rule(&mut snapshot, &id, scope, shares);
        snapshot.rules.insert(id.clone(), rule);
        let when = Match {
            path: PathMatch::Prefix(path.to_owned()),
            method: None,
            headers: Vec::new(),
            query: Vec::new(),
        };
        let entries = &mut snapshot.listeners[0].hosts[0].entries;
        entries.push(Entry { when, rule: id });
    }
    snapshot
}

fn sticky_rule(snapshot: &mut Snapshot, id: &str, scope: &str, shares: Shares) -> Rule {
    let mut backends = Vec::new();
    for (number, (weight, endpoints)) in shares.into_iter().enumerate() {
        let backend = endpoints.map(|endpoints| {
            let name = format!("Service/test/{}-{number}/80", id.replace('/', "-"));
            let backend = limpet_schema::snapshot::Backend { endpoints };
            snapshot.backends.insert(name.clone(), backend);
            name
        });
        backends.push(WeightedBackend {
            backend,
            weight,
            ..WeightedBackend::default()
        });
    }
    let affinity = Affinity {
        scope: scope.to_owned(),
        cookie_name: COOKIE.to_owned(),
        cookie_duration_secs: DURATION_SECS,
        ..Affinity::default()
    };
    rule_of(Action::Forward(Forward {
        backends,
        affinity: Some(affinity),
        ..Forward::default()
    }))
}

/// What a rule forwards to.
pub fn forward_of<'s>(snapshot: &'s mut Snapshot, rule: &str) -> &'s mut Forward {
    let rule = snapshot.rules.get_mut(rule).expect("the rule is there");
    match &mut rule.action {
        Action::Forward(forward) => forward,
        Action::Redirect(_) => panic!("the rule forwards"),
    }
}

/// A key file of the test's own.
pub struct Keys {
    _folder: TempDir,
    path: PathBuf,
}

impl Keys {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("affinity.key");
        Self {
            _folder: folder,
            path,
        }
    }

    pub fn load(&self) -> Keyring {
        KeyFile::load_or_create(&self.path).expect("the folder is ours")
    }

    pub fn rotate(&self) -> Keyring {
        KeyFile::rotate(&self.path).expect("the file is ours")
    }
}

/// A running data plane that pins.
pub struct Sticky {
    pub gateway: Gateway,
}

/// What a client got.
#[derive(Debug)]
pub struct Visit {
    /// The answer's body: the name of the pod, or a text of the gateway's.
    pub pod: String,
    /// The cookie's new value.
    pub pin: Option<String>,
    pub response: Response,
}

impl Visit {
    /// The new pin, which must be there.
    #[track_caller]
    pub fn issued(&self) -> &str {
        self.pin.as_deref().expect("the answer carries a pin")
    }
}

impl Sticky {
    /// With a key of its own.
    pub fn start(driver: Driver, snapshot: Snapshot) -> Self {
        Self::with(settings(driver), &Keys::new(), snapshot)
    }

    pub fn with(settings: Settings, keys: &Keys, snapshot: Snapshot) -> Self {
        let gateway = Gateway::with(settings, snapshot);
        let sticky = Self { gateway };
        sticky.set_keys(keys.load());
        sticky
    }

    pub fn set_keys(&self, keys: Keyring) {
        self.gateway
            .plane
            .set_keys(keys)
            .expect("the snapshot stays valid");
    }

    pub fn apply(&self, snapshot: Snapshot) {
        self.gateway.apply(snapshot);
    }

    /// A client without a cookie, on a new connection.
    pub fn new_client(&self) -> Visit {
        self.ask("GET", "/", "")
    }

    /// A client with this value of the cookie, on a new connection.
    pub fn client_with(&self, pin: &str) -> Visit {
        self.visit("/", pin)
    }

    /// The same under a path.
    pub fn visit(&self, path: &str, pin: &str) -> Visit {
        self.ask("GET", path, &format!("cookie: {COOKIE}={pin}|"))
    }

    /// A request with further fields, each ended by `|`, on a new connection.
    pub fn ask(&self, method: &str, path: &str, fields: &str) -> Visit {
        ask(&mut self.gateway.connect(), method, path, fields)
    }

    /// Sessions of so many new clients: their pods and pins.
    pub fn sessions(&self, count: usize) -> Vec<(String, String)> {
        let session = |_| {
            let visit = self.new_client();
            (visit.pod.clone(), visit.issued().to_owned())
        };
        (0..count).map(session).collect()
    }

    /// Pins opened by cryptography so far, by core.
    pub fn opens(&self) -> Vec<u64> {
        let answers = self.gateway.plane.ask_affinity(|affinity| affinity.opens());
        answers
            .into_iter()
            .map(|opens| opens.expect("the core answers"))
            .collect()
    }
}

/// A request with further fields, each ended by `|`.
pub fn ask(client: &mut Client, method: &str, path: &str, fields: &str) -> Visit {
    client.send(&format!("{method} {path} HTTP/1.1|host: test|{fields}|"));
    visited(client.response())
}

/// What a response says to a client.
pub fn visited(response: Response) -> Visit {
    let pin = response.headers("set-cookie").find_map(|field| {
        let (name, rest) = field.split_once('=')?;
        let value = rest.split(';').next()?;
        (name == COOKIE).then(|| value.to_owned())
    });
    Visit {
        pod: response.text().to_owned(),
        pin,
        response,
    }
}
