//! Which listener a client means, by its server name and then by its Host.

use std::net::SocketAddr;

use limpet_schema::secrets::Certificates;
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256};
use rustls::SignatureScheme;

use super::scene::{
    Gateway, Offer, certificate, certificate_with, certificates, leaf, shown, snapshot,
};
use crate::on_both_drivers;
use crate::support::Backend;

/// The listeners of the Gateway API's tests, each with a backend that says its hostname.
const HOSTNAMES: [&str; 4] = [
    "*",
    "second-example.org",
    "*.wildcard.org",
    "fourth-example.wildcard.org",
];

fn backends(hostnames: &[&str]) -> Vec<Backend> {
    hostnames.iter().map(|name| Backend::named(name)).collect()
}

fn listeners<'a>(hostnames: &[&'a str], backends: &[Backend]) -> Vec<(&'a str, SocketAddr)> {
    let addresses = backends.iter().map(|backend| backend.address);
    hostnames.iter().copied().zip(addresses).collect()
}

on_both_drivers! {
    fn the_most_specific_listener_shows_its_certificate(driver) {
        let backends = backends(&HOSTNAMES);
        let certificates = certificates(&HOSTNAMES);
        let gateway = Gateway::start(
            driver,
            snapshot(&listeners(&HOSTNAMES, &backends)),
            &certificates,
        );
        let check = |name: &str, hostname: &str| {
            assert_eq!(gateway.shown(name), leaf(&certificates[hostname]), "{name}");
        };
        check("example.org", "*");
        check("wildcard.org", "*");
        check("second-example.org", "second-example.org");
        check("SECOND-example.ORG", "second-example.org");
        check("a.second-example.org", "*");
        check("third-example.wildcard.org", "*.wildcard.org");
        check("a.b.wildcard.org", "*.wildcard.org");
        check("fourth-example.wildcard.org", "fourth-example.wildcard.org");
        let nameless = Offer { is_nameless: true, ..Offer::default() };
        let nameless = gateway.try_connect("second-example.org", nameless).expect("a handshake");
        assert_eq!(shown(&nameless), leaf(&certificates["*"]));
    }

    fn without_a_listener_for_the_name_there_is_no_handshake(driver) {
        let backends = backends(&["a.example"]);
        let gateway = Gateway::start(
            driver,
            snapshot(&listeners(&["a.example"], &backends)),
            &certificates(&["a.example"]),
        );
        assert_eq!(gateway.connect_to("a.example").get_at("a.example").text(), "a.example");
        let refused = |offer: Offer| {
            let error = gateway.try_connect("b.example", offer).err().expect("no handshake");
            assert!(error.to_string().contains("UnrecognisedName"), "{error}");
        };
        refused(Offer::default());
        refused(Offer { is_nameless: true, ..Offer::default() });
        gateway.expect_metric("limpet_tls_handshake_failures_total{reason=\"server-name-unknown\"} 1");
        gateway.expect_metric("limpet_tls_handshake_failures_total{reason=\"server-name-missing\"} 1");
    }

    fn a_host_of_another_listener_is_misdirected(driver) {
        let backends = backends(&HOSTNAMES);
        let gateway = Gateway::start(
            driver,
            snapshot(&listeners(&HOSTNAMES, &backends)),
            &certificates(&HOSTNAMES),
        );
        let check = |name: &str, host: &str, status: u16, body: &str| {
            let response = gateway.connect_to(name).get_at(host);
            assert_eq!(response.status, status, "{name} {host}: {response:?}");
            assert!(response.text().starts_with(body), "{name} {host}: {response:?}");
        };
        // The Gateway API's table; the routes for every host take what there has none.
        check("example.org", "example.org", 200, "*");
        check("example.org", "second-example.org", 421, "");
        check("second-example.org", "second-example.org", 200, "second-example.org");
        check("second-example.org", "SECOND-example.org.:8443", 200, "second-example.org");
        check("second-example.org", "example.org", 421, "");
        check("third-example.wildcard.org", "fifth-example.wildcard.org", 200, "*.wildcard.org");
        check("third-example.wildcard.org", "fourth-example.wildcard.org", 421, "");
        check("third-example.wildcard.org", "second-example.org", 421, "");
        check("third-example.wildcard.org", "unknown-example.org", 421, "");
        check("fourth-example.wildcard.org", "fifth-example.wildcard.org", 421, "");
        check("unknown-example.org", "example.org", 200, "*");
    }

    fn a_host_of_no_listener_is_not_found(driver) {
        let backends = backends(&["a.example"]);
        let gateway = Gateway::start(
            driver,
            snapshot(&listeners(&["a.example"], &backends)),
            &certificates(&["a.example"]),
        );
        let mut client = gateway.connect_to("a.example");
        assert_eq!(client.get_at("b.example").status, 404);
        assert_eq!(client.get_at("a.example").text(), "a.example", "the connection goes on");
    }

    fn of_several_certificates_the_first_that_fits_is_shown(driver) {
        let backends = backends(&["*"]);
        let mut snapshot = snapshot(&listeners(&["*"], &backends));
        snapshot.listeners[0].certificates = ["rsa", "ec", "named"].map(String::from).into();
        let certificates = Certificates::from([
            ("rsa".into(), certificate_with(&["a.example"], &PKCS_RSA_SHA256)),
            ("ec".into(), certificate_with(&["a.example"], &PKCS_ECDSA_P256_SHA256)),
            ("named".into(), certificate(&["b.example"])),
        ]);
        let gateway = Gateway::start(driver, snapshot, &certificates);
        let check = |name: &str, schemes: Option<Vec<SignatureScheme>>, expected: &str| {
            let offer = Offer { schemes, ..Offer::default() };
            let client = gateway.try_connect(name, offer).expect("a handshake");
            assert_eq!(shown(&client), leaf(&certificates[expected]), "{name}");
        };
        let ec = Some(vec![SignatureScheme::ECDSA_NISTP256_SHA256]);
        let rsa = Some(vec![SignatureScheme::RSA_PSS_SHA256]);
        check("a.example", None, "rsa");
        check("a.example", ec.clone(), "ec");
        check("b.example", None, "named");
        check("b.example", rsa, "rsa");
        check("c.example", ec, "ec");
        let ed25519 = Offer { schemes: Some(vec![SignatureScheme::ED25519]), ..Offer::default() };
        let error = gateway.try_connect("a.example", ed25519).err().expect("no handshake");
        assert!(error.to_string().contains("HandshakeFailure"), "{error}");
        gateway.expect_metric("limpet_tls_handshake_failures_total{reason=\"incompatible\"} 1");
    }

    fn a_listener_without_its_certificate_refuses_handshakes_alone(driver) {
        let names = ["a.example", "b.example"];
        let backends = backends(&names);
        let gateway = Gateway::start(
            driver,
            snapshot(&listeners(&names, &backends)),
            &certificates(&["b.example"]),
        );
        let error = gateway.try_connect("a.example", Offer::default()).err().expect("no handshake");
        assert!(error.to_string().contains("InternalError"), "{error}");
        assert_eq!(gateway.connect_to("b.example").get_at("b.example").text(), "b.example");
        gateway.expect_metric("limpet_tls_handshake_failures_total{reason=\"certificate-missing\"} 1");
    }
}
