//! Both address families, on both sides.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::on_both_drivers;
use crate::support::{Backend, Client, Gateway, forward_to};

/// A gateway that listens on any free port of this address.
fn gateway_on(driver: limpet_dataplane::Driver, ip: IpAddr, endpoint: SocketAddr) -> Gateway {
    let mut snapshot = forward_to(&[endpoint]);
    snapshot.listeners[0].address = (ip, 0).into();
    Gateway::start(driver, snapshot)
}

/// What the endpoint is told of a client that comes to this address.
fn told(address: SocketAddr) -> String {
    let mut client = Client::connect(address);
    let received = client
        .send("GET / HTTP/1.0|x: 1||")
        .response()
        .text()
        .to_owned();
    received.replace("\r\n", "|")
}

on_both_drivers! {
    fn clients_and_endpoints_of_ipv6_are_served(driver) {
        let backend = Backend::echo_on(Ipv6Addr::LOCALHOST.into());
        let gateway = gateway_on(driver, Ipv6Addr::LOCALHOST.into(), backend.address);
        let received = told(gateway.address);
        let host = format!("|host: [::1]:{}|", backend.address.port());
        assert!(received.contains(&host), "the endpoint's, as the client names none: {received}");
        assert!(received.contains("|x-forwarded-for: ::1|"), "{received}");
    }

    fn one_socket_of_both_families_says_each_clients_address_as_it_is(driver) {
        let backend = Backend::echo();
        let gateway = gateway_on(driver, Ipv6Addr::UNSPECIFIED.into(), backend.address);
        let port = gateway.address.port();
        for (ip, expected) in [
            (IpAddr::from(Ipv4Addr::LOCALHOST), "|x-forwarded-for: 127.0.0.1|"),
            (IpAddr::from(Ipv6Addr::LOCALHOST), "|x-forwarded-for: ::1|"),
        ] {
            let received = told((ip, port).into());
            assert!(received.contains(expected), "{received}");
        }
    }
}
