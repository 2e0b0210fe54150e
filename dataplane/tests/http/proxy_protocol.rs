//! The PROXY protocol of load balancers in front.

use std::time::Duration;

use limpet_dataplane::{Driver, Settings};

use crate::on_both_drivers;
use crate::support::{Backend, Client, Gateway, forward_to, settings};

const LINE: &[u8] = b"PROXY TCP4 198.51.100.7 192.0.2.2 4711 443\r\n";
const BLOCK: &[u8] =
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc6\x33\x64\x07\xc0\0\x02\x02\x12\x67\x01\xbb";
/// A health check of the load balancer's own.
const LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: test\r\nx-forwarded-for: 203.0.113.9\r\n\r\n";

/// Every connection here comes from 127.0.0.1.
fn gateway(driver: Driver, backend: &Backend, from: &str) -> Gateway {
    let settings = Settings {
        proxy_protocol_from: vec![from.parse().expect("a network")],
        header_timeout: Duration::from_millis(300),
        ..settings(driver)
    };
    Gateway::with(settings, forward_to(&[backend.address]))
}

/// The client's address as the endpoint is told it.
fn forwarded_for(client: &mut Client) -> String {
    let response = client.response();
    let told = response.text().split("x-forwarded-for: ").nth(1);
    let told = told.expect("one").split("\r\n").next();
    told.expect("a value").to_owned()
}

fn failed(gateway: &Gateway, reason: &str) {
    gateway.wait_for_metric(&format!(
        "limpet_proxy_protocol_failures_total{{reason=\"{reason}\"}} 1"
    ));
}

on_both_drivers! {
    fn a_header_says_who_the_client_is(driver) {
        let backend = Backend::echo();
        let gateway = gateway(driver, &backend, "127.0.0.0/8");
        for (header, expected) in [(LINE, "198.51.100.7"), (BLOCK, "198.51.100.7"), (LOCAL, "127.0.0.1")] {
            let mut client = gateway.connect();
            client.send_bytes(&[header, REQUEST].concat());
            assert_eq!(forwarded_for(&mut client), expected, "what the client itself says is dropped");
            client.send_bytes(REQUEST);
            assert_eq!(forwarded_for(&mut client), expected, "and so for every request");
        }
    }

    fn a_header_may_come_byte_by_byte(driver) {
        let backend = Backend::echo();
        let gateway = gateway(driver, &backend, "127.0.0.1/32");
        for header in [LINE, BLOCK] {
            let mut client = gateway.connect();
            for byte in header {
                client.send_bytes(&[*byte]);
            }
            client.send_bytes(REQUEST);
            assert_eq!(forwarded_for(&mut client), "198.51.100.7");
        }
    }

    fn a_load_balancer_without_a_header_is_not_served(driver) {
        let backend = Backend::echo();
        let gateway = gateway(driver, &backend, "127.0.0.1/32");
        gateway.connect().send_bytes(REQUEST).expect_closed();
        failed(&gateway, "missing");
        gateway.connect().send_bytes(b"PROXY TCP4 x\r\n").expect_closed();
        failed(&gateway, "malformed");
        gateway.connect().send_bytes(&LINE[..9]).end().expect_closed();
        failed(&gateway, "closed");
        assert_eq!(backend.connections(), 0);
    }

    fn a_header_has_the_time_of_a_head(driver) {
        let backend = Backend::echo();
        let gateway = gateway(driver, &backend, "127.0.0.1/32");
        gateway.connect().send_bytes(&LINE[..9]).expect_closed();
        failed(&gateway, "timeout");
    }

    fn a_header_of_a_stranger_is_no_header(driver) {
        let backend = Backend::echo();
        let gateway = gateway(driver, &backend, "192.0.2.0/24");
        let mut client = gateway.connect();
        client.send_bytes(&[LINE, REQUEST].concat());
        assert_eq!(client.response().status, 400);
        assert_eq!(backend.connections(), 0);
    }

    fn a_client_without_an_address_is_not_trusted_as_its_load_balancer_is(driver) {
        let backend = Backend::echo();
        let settings = Settings {
            proxy_protocol_from: vec!["127.0.0.1/32".parse().expect("a network")],
            trusted_proxies: vec!["127.0.0.1/32".parse().expect("a network")],
            ..settings(driver)
        };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        for (header, expected) in [
            (b"PROXY UNKNOWN\r\n".as_slice(), "127.0.0.1"),
            (LOCAL, "203.0.113.9, 127.0.0.1"),
        ] {
            let mut client = gateway.connect();
            client.send_bytes(&[header, REQUEST].concat());
            assert_eq!(forwarded_for(&mut client), expected);
        }
    }

    fn a_proxy_behind_a_load_balancer_is_trusted_by_the_address_in_the_header(driver) {
        let backend = Backend::echo();
        let settings = Settings {
            proxy_protocol_from: vec!["127.0.0.1/32".parse().expect("a network")],
            trusted_proxies: vec!["198.51.100.0/24".parse().expect("a network")],
            ..settings(driver)
        };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send_bytes(&[LINE, REQUEST].concat());
        assert_eq!(forwarded_for(&mut client), "203.0.113.9, 198.51.100.7");
    }
}
