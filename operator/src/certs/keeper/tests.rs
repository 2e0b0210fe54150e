//! Renewals over years, each met by real handshakes, against an API server that keeps a few objects.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::http::{Method, Request, Response};
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::jiff::SignedDuration;
use kube::client::Body;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConnection};
use serde_json::{Value, json};

use super::*;

const SERVER: &str = "limpet-operator.limpet-system.svc";

thread_local! {
    static NOW: Cell<i64> = const { Cell::new(1_800_000_000) };
}

fn now() -> Timestamp {
    Timestamp::from_second(NOW.get()).expect("a time")
}

fn a_day_passes() {
    NOW.set(NOW.get() + SignedDuration::from_hours(24).as_secs());
}

#[derive(Debug)]
struct Moved(UnixTime);

impl TimeProvider for Moved {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0)
    }
}

fn moved() -> Arc<Moved> {
    let secs = u64::try_from(NOW.get()).expect("after 1970");
    let since = std::time::Duration::from_secs(secs);
    Arc::new(Moved(UnixTime::since_unix_epoch(since)))
}

/// An API server: objects by their names, each write a version of its own.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<BTreeMap<String, Value>>>);

impl Server {
    fn with_webhook() -> Self {
        let server = Self::default();
        server.put("limpet", webhook_without_authority());
        server
    }

    fn put(&self, name: &str, mut object: Value) {
        let mut objects = self.0.lock().expect("no panic");
        let version = objects.get(name).map_or(0, version);
        object["metadata"]["name"] = json!(name);
        object["metadata"]["resourceVersion"] = json!((version + 1).to_string());
        objects.insert(name.to_owned(), object);
    }

    fn get(&self, name: &str) -> Option<Value> {
        self.0.lock().expect("no panic").get(name).cloned()
    }

    fn versions(&self) -> Vec<u64> {
        let objects = self.0.lock().expect("no panic");
        objects.values().map(version).collect()
    }

    fn answer(&self, method: &Method, path: &str, given: Value) -> (u16, Value) {
        let named = given["metadata"]["name"].as_str();
        let last = path.rsplit('/').next().expect("a part");
        let name = if *method == Method::POST {
            named
        } else {
            Some(last)
        };
        let name = name.expect("a name").to_owned();
        let there = self.get(&name);
        match (method, there) {
            (&Method::GET, Some(there)) => return (200, there),
            (&Method::GET, None) => return failure(404),
            (&Method::POST, None) => self.put(&name, given),
            (&Method::PUT, Some(there)) if version(&there) == version(&given) => {
                self.put(&name, given);
            }
            (&Method::PATCH, Some(mut there)) => {
                let told = &given["webhooks"][0]["clientConfig"];
                there["webhooks"][0]["clientConfig"] = told.clone();
                self.put(&name, there);
            }
            _ => return failure(409),
        }
        (200, self.get(&name).expect("it was put"))
    }

    fn client(&self) -> Client {
        let server = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let server = server.clone();
            async move {
                // Somebody else's request may come first.
                tokio::task::yield_now().await;
                let (method, path) = (request.method().clone(), request.uri().path().to_owned());
                let given = request.into_body().collect_bytes().await.expect("whole");
                let given = serde_json::from_slice(&given).unwrap_or_default();
                let (code, answer) = server.answer(&method, &path, given);
                let answer = Body::from(answer.to_string().into_bytes());
                let answer = Response::builder().status(code).body(answer);
                Ok::<_, Infallible>(answer.expect("a response"))
            }
        });
        Client::new(service, "default")
    }

    fn renewer(&self, leader: Leader) -> Renewer {
        let settings = Settings {
            namespace: "limpet-system".to_owned(),
            release: "limpet".to_owned(),
            fleet: "default".to_owned(),
            has_webhook: true,
        };
        // Nobody changes it any more.
        let (_, leader) = watch::channel(leader);
        Renewer {
            secrets: Secrets::new(self.client(), settings),
            leader,
            now,
        }
    }

    fn bundle(&self, suffix: &str) -> Bundle {
        let secret = self.get(&format!("limpet-{suffix}")).expect("it was made");
        let secret: Secret = serde_json::from_value(secret).expect("a Secret");
        bundle(&secret).expect("it is whole")
    }

    /// Whom the API server trusts to be the webhook.
    fn authorities_of_the_webhook(&self) -> Vec<String> {
        let hook = self.get("limpet").expect("it is there");
        let told = hook["webhooks"][0]["clientConfig"]["caBundle"].as_str();
        let told = base64::engine::general_purpose::STANDARD.decode(told.expect("told"));
        let text = String::from_utf8(told.expect("base64")).expect("PEM");
        let end = "-----END CERTIFICATE-----\n";
        text.split_inclusive(end).map(str::to_owned).collect()
    }
}

/// As the chart has it.
fn webhook_without_authority() -> Value {
    let hook = json!({"name": "policies.limpet.dev", "clientConfig": {}, "sideEffects": "None",
        "admissionReviewVersions": ["v1"]});
    json!({"webhooks": [hook]})
}

fn version(object: &Value) -> u64 {
    let version = object["metadata"]["resourceVersion"].as_str();
    version.map_or(0, |version| version.parse().expect("a number"))
}

fn failure(code: u16) -> (u16, Value) {
    let reason = if code == 404 { "NotFound" } else { "Conflict" };
    (
        code,
        json!({"kind": "Status", "message": "no", "reason": reason, "code": code}),
    )
}

/// Who trusts these authorities, and shows what the bundle holds if there is one.
fn client(authorities: &[String], shows: Option<&Bundle>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for pem in authorities {
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM");
        roots.add(der).expect("a certificate");
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_details(provider, moved())
        .with_safe_default_protocol_versions()
        .expect("known versions")
        .with_root_certificates(roots);
    let Some(bundle) = shows else {
        return builder.with_no_client_auth();
    };
    let chain = CertificateDer::from_pem_slice(bundle.leaf.cert_pem.as_bytes()).expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(bundle.leaf.key_pem.as_bytes()).expect("PEM");
    let config = builder.with_client_auth_cert(vec![chain], key);
    config.expect("they fit")
}

/// A handshake at this moment: what the server showed.
fn meet(server: &ServerConfig, client: ClientConfig) -> Result<Vec<u8>, rustls::Error> {
    let mut server = server.clone();
    server.time_provider = moved();
    let mut server = ServerConnection::new(Arc::new(server))?;
    let name = SERVER.try_into().expect("a name");
    let mut client = ClientConnection::new(Arc::new(client), name)?;
    while client.wants_write() || server.wants_write() {
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).expect("a vector takes all");
        }
        server.read_tls(&mut bytes.as_slice()).expect("it is read");
        server.process_new_packets()?;
        bytes.clear();
        while server.wants_write() {
            server.write_tls(&mut bytes).expect("a vector takes all");
        }
        client.read_tls(&mut bytes.as_slice()).expect("it is read");
        client.process_new_packets()?;
    }
    assert!(!client.is_handshaking() && !server.is_handshaking());
    let shown = client.peer_certificates().expect("it shows one");
    Ok(shown[0].to_vec())
}

fn der(bundle: &Bundle) -> Vec<u8> {
    let der = CertificateDer::from_pem_slice(bundle.leaf.cert_pem.as_bytes());
    der.expect("PEM").to_vec()
}

/// Whether who has `others` opens what is sealed with `keys`.
fn is_known(keys: &str, others: &str) -> bool {
    let sealing = keys.lines().next().expect("a key");
    others.lines().any(|other| other == sealing)
}

#[tokio::test]
async fn stream_webhook_and_pins_go_on_through_renewals_and_rotations() {
    let server = Server::with_webhook();
    let renewer = server.renewer(Leader::Us);
    let mut shown = renewer.first().await.expect("made");
    let [stream, webhook] = [Clients::DataPlanes, Clients::All].map(|who| shown.keeper.tls(who));
    let mut keys = shown.keeper.affinity_keys();
    let (mut certificates, mut sealing) = (BTreeSet::new(), BTreeSet::new());
    for day in 0..820 {
        let yesterday = (
            server.bundle(DATA_PLANE),
            server.authorities_of_the_webhook(),
            stream.load_full(),
            keys.borrow_and_update().0.clone(),
        );
        a_day_passes();
        let found = renewer.round().await.expect("read").expect("there");
        shown.show(found);
        let (operator, data_plane) = (server.bundle(OPERATOR), server.bundle(DATA_PLANE));
        for data_plane in [&yesterday.0, &data_plane] {
            let client = client(&data_plane.authorities, Some(data_plane));
            let seen = meet(&stream.load(), client).unwrap_or_else(|e| panic!("day {day}: {e}"));
            assert_eq!(
                seen,
                der(&operator),
                "day {day}: the stream shows the newest"
            );
        }
        let early = client(&data_plane.authorities, Some(&data_plane));
        meet(&yesterday.2, early).unwrap_or_else(|e| panic!("day {day}: a replica is late: {e}"));
        for authorities in [yesterday.1, server.authorities_of_the_webhook()] {
            let seen = meet(&webhook.load(), client(&authorities, None));
            assert_eq!(
                seen.as_deref(),
                Ok(&*der(&operator)),
                "day {day}: the webhook"
            );
        }
        certificates.extend([der(&operator), der(&data_plane)]);
        let keys = keys.borrow_and_update().0.clone();
        assert!(
            is_known(&yesterday.3, &keys),
            "day {day}: yesterday's pins are opened"
        );
        assert!(
            is_known(&keys, &yesterday.3),
            "day {day}: a late data plane opens today's"
        );
        sealing.insert(keys.lines().next().map(str::to_owned));
    }
    assert!(certificates.len() > 2 * 8, "{}", certificates.len());
    assert_eq!(sealing.len(), 3, "two rotations");
}

#[tokio::test]
async fn a_stranger_is_let_in_at_no_time() {
    let (server, other) = (Server::with_webhook(), Server::with_webhook());
    let shown = server.renewer(Leader::Us).first().await.expect("made");
    other.renewer(Leader::Us).first().await.expect("made");
    let stream = shown.keeper.tls(Clients::DataPlanes).load_full();
    let trusted = server.bundle(DATA_PLANE).authorities;
    let of_another = other.bundle(DATA_PLANE);
    for shows in [None, Some(&of_another)] {
        meet(&stream, client(&trusted, shows)).expect_err("no certificate of this authority");
    }
}

#[tokio::test]
async fn who_does_not_lead_serves_what_there_is_and_writes_nothing() {
    let server = Server::with_webhook();
    server.renewer(Leader::Us).first().await.expect("made");
    let before = server.versions();
    let other = server.renewer(Leader::Another("10.0.0.2:9443".to_owned()));
    for _ in 0..100 {
        a_day_passes();
    }
    let shown = other.first().await.expect("read");
    assert_eq!(
        shown.bundle,
        server.bundle(OPERATOR),
        "though a renewal is due"
    );
    assert_eq!(server.versions(), before);
}

#[tokio::test]
async fn a_webhook_installed_anew_is_trusted_before_somebody_leads() {
    let server = Server::with_webhook();
    server.renewer(Leader::Us).first().await.expect("made");
    server.put("limpet", webhook_without_authority());
    let other = server.renewer(Leader::Another(String::new()));
    let shown = other.first().await.expect("read");
    let trusting = client(&server.authorities_of_the_webhook(), None);
    meet(&shown.keeper.tls(Clients::All).load(), trusting).expect("trusted");
}

#[tokio::test]
async fn two_that_think_they_lead_make_one_authority() {
    let server = Server::with_webhook();
    let [one, two] = [Leader::Us, Leader::Us].map(|us| server.renewer(us));
    let (first, second) = tokio::join!(one.first(), two.first());
    let (mut first, second) = (first.expect("made"), second.expect("made"));
    assert_eq!(first.bundle, second.bundle);
    first.show(one.round().await.expect("read").expect("there"));
    let data_plane = server.bundle(DATA_PLANE);
    let client = client(&data_plane.authorities, Some(&data_plane));
    let stream = first.keeper.tls(Clients::DataPlanes).load_full();
    meet(&stream, client).expect("one authority signed both");
}
