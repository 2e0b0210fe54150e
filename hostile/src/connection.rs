//! A client's whole connection: it is answered alike however its bytes are cut, and nothing that
//! it sends ends in a panic.
//!
//! The real loop of the data plane runs, over memory in place of a socket. Where a request would go
//! to an endpoint there is none, so that every answer is the gateway's own.

use std::net::{Ipv4Addr, SocketAddr};

use limpet_dataplane::testing::Served;
use limpet_schema::snapshot::{
    ANY_HOST, Action, Entry, Forward, Host, Listener, Match, PathMatch, Protocol, Redirect, Rule,
    Snapshot,
};

use crate::cuts;

const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 80);

/// Judges all that a client sends on one connection.
pub fn connection(bytes: &[u8]) {
    thread_local! {
        static SERVED: Served = Served::new(&snapshot()).expect("it compiles");
    }
    SERVED.with(|served| {
        let whole = served.converse(ADDRESS, vec![bytes.to_vec()]);
        for pieces in cuts::ways(bytes) {
            let owned = pieces.iter().map(|piece| piece.to_vec()).collect();
            let cut = served.converse(ADDRESS, owned);
            assert_eq!(text(&cut), text(&whole), "cut into {pieces:?}");
        }
    });
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// A redirect for `/r`, a backend without endpoints for `/b`, nothing for the rest.
fn snapshot() -> Snapshot {
    let redirect = Redirect {
        scheme: Some("https".into()),
        hostname: None,
        port: None,
        path: None,
        status: 302,
    };
    let (mut snapshot, mut entries) = (Snapshot::default(), Vec::new());
    for (path, action) in [
        ("/r", Action::Redirect(redirect)),
        ("/b", Action::Forward(Forward::default())),
    ] {
        let rule = Rule {
            route: "HTTPRoute/hostile/route".into(),
            filters: Vec::new(),
            action,
        };
        snapshot.rules.insert(path.into(), rule);
        entries.push(entry(path));
    }
    snapshot.listeners.push(Listener {
        name: "Gateway/hostile/gateway/http".into(),
        address: ADDRESS,
        port: 80,
        protocol: Protocol::Http,
        hostname: ANY_HOST.into(),
        certificates: Vec::new(),
        hosts: vec![Host {
            hostname: ANY_HOST.into(),
            entries,
        }],
    });
    snapshot
}

fn entry(path: &str) -> Entry {
    let when = Match {
        path: PathMatch::Prefix(path.into()),
        method: None,
        headers: Vec::new(),
        query: Vec::new(),
    };
    Entry {
        when,
        rule: path.into(),
    }
}
