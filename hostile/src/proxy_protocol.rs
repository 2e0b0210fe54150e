//! PROXY headers: read alike however they are cut, and never as somebody else than another parser reads.

use std::net::SocketAddr;

use limpet_dataplane::testing::{ProxyHeader, ProxySource, proxy_header};
use ppp::{HeaderResult, v1, v2};

/// Judges what a load balancer sends first.
pub fn proxy_protocol(bytes: &[u8]) {
    let whole = proxy_header(bytes);
    for len in 0..bytes.len() {
        let part = proxy_header(&bytes[..len]);
        match &whole {
            Ok(Some(header)) if len < header.len => assert_eq!(part, Ok(None)),
            Ok(Some(_)) => assert_eq!(part, whole),
            // More is never better.
            Ok(None) => assert_eq!(part, Ok(None)),
            Err(_) => assert!(!matches!(part, Ok(Some(_)))),
        }
    }
    // What follows a header without a client means nothing, and the other parser reads it all the same.
    if let Ok(Some(ProxyHeader {
        source: ProxySource::Client(client),
        len,
    })) = whole
    {
        assert_eq!(
            theirs(&bytes[..len]),
            Some(client),
            "{}",
            bytes.escape_ascii()
        );
    }
}

fn theirs(bytes: &[u8]) -> Option<SocketAddr> {
    match HeaderResult::parse(bytes) {
        HeaderResult::V1(header) => of_line(header.ok()?.addresses),
        HeaderResult::V2(header) => of_block(header.ok()?.addresses),
    }
}

fn of_line(addresses: v1::Addresses) -> Option<SocketAddr> {
    match addresses {
        v1::Addresses::Tcp4(said) => Some((said.source_address, said.source_port).into()),
        v1::Addresses::Tcp6(said) => Some((said.source_address, said.source_port).into()),
        v1::Addresses::Unknown => None,
    }
}

fn of_block(addresses: v2::Addresses) -> Option<SocketAddr> {
    match addresses {
        v2::Addresses::IPv4(said) => Some((said.source_address, said.source_port).into()),
        v2::Addresses::IPv6(said) => Some((said.source_address, said.source_port).into()),
        v2::Addresses::Unix(_) | v2::Addresses::Unspecified => None,
    }
}
