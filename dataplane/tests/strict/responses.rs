//! The table of responses (`responses.txt`) over real sockets: what one client gets, and that the
//! next one gets its own.

use std::io::Write;
use std::net::Shutdown;
use std::sync::{Arc, Mutex};

use crate::check;
use crate::on_both_drivers;
use crate::support::{Backend, Client, Gateway, Peer, forward_to};
use crate::table::{self, Case};

/// Answers `/case` with the bytes of the case at hand, and everything else with its own target.
struct Actor {
    backend: Backend,
    line: Arc<Mutex<Line>>,
}

/// What is said next, and how many bytes at once.
#[derive(Clone, Default)]
struct Line {
    bytes: Vec<u8>,
    piece: usize,
    ends: bool,
}

impl Actor {
    fn start() -> Self {
        let line: Arc<Mutex<Line>> = Arc::default();
        let script = Arc::clone(&line);
        let backend = Backend::start(move |peer| {
            while let Some(head) = peer.receive_head() {
                let target = head.split(' ').nth(1).expect("a target");
                if target != "/case" {
                    let length = target.len();
                    let answer = format!("HTTP/1.1 200 OK|content-length: {length}||{target}");
                    peer.raw.send(&answer);
                    continue;
                }
                let line = script.lock().expect("not poisoned").clone();
                if !say(peer, &line) {
                    return;
                }
            }
        });
        Self { backend, line }
    }

    fn say_next(&self, case: &Case, piece: usize) {
        *self.line.lock().expect("not poisoned") = Line {
            bytes: case.bytes.clone(),
            piece,
            ends: case.ends,
        };
    }
}

/// Says it: whether another request may come.
fn say(peer: &mut Peer, line: &Line) -> bool {
    for piece in line.bytes.chunks(line.piece) {
        if peer.raw.stream.write_all(piece).is_err() {
            return false;
        }
    }
    if line.ends {
        let _ = peer.raw.stream.shutdown(Shutdown::Write);
    }
    !line.ends
}

/// Method and version of a case's request.
fn request(case: &Case) -> (&'static str, &'static str) {
    if case.title.ends_with("[HEAD]") {
        ("HEAD", "1.1")
    } else if case.title.ends_with("[1.0]") {
        ("GET", "1.0")
    } else {
        ("GET", "1.1")
    }
}

fn check(gateway: &Gateway, actor: &Actor, case: &Case, piece: usize) {
    let what = format!("{} / {} ({piece} bytes at once)", case.section, case.title);
    actor.say_next(case, piece);
    let mut client = gateway.connect();
    // The connection that the case is said on, if it is not a new one.
    assert_eq!(client.get("/before").text(), "/before", "{what}");
    let (method, version) = request(case);
    let before = actor.backend.connections();
    client.send(&format!("{method} /case HTTP/{version}|host: a||"));
    expect(&mut client, case, method, &what);
    drop(client);
    let mut next = gateway.connect();
    for path in ["/one", "/two", "/three"] {
        assert_eq!(next.get(path).text(), path, "{what}: the next client");
    }
    let is_kept = actor.backend.connections() == before;
    assert_eq!(
        is_kept,
        case.expected.ends_with(", kept"),
        "{what}: the endpoint's connection"
    );
}

fn expect(client: &mut Client, case: &Case, method: &str, what: &str) {
    match case.expected.split_once(' ') {
        None if case.expected == "reset" => {
            client.expect_reset();
        }
        None => expect_cut(client, what),
        Some(("cut", "or 502")) => expect_cut_or_502(client, what),
        Some(("502", words)) => {
            let response = client.response();
            assert_eq!(response.status, 502, "{what}: {response:?}");
            assert!(response.text().contains(words), "{what}: {response:?}");
        }
        Some(_) => expect_whole(client, case.expected, method, what),
    }
}

/// `103 200 text, kept`: statuses, then the body of the last.
fn expect_whole(client: &mut Client, expected: &str, method: &str, what: &str) {
    let (answer, _) = expected
        .rsplit_once(", ")
        .expect("what becomes of the connection");
    let (statuses, text) = answer.rsplit_once(' ').expect("a text");
    let statuses: Vec<u16> = statuses
        .split(' ')
        .map(|s| s.parse().expect("a status"))
        .collect();
    let mut response = None;
    for status in statuses {
        let came = if method == "HEAD" {
            client.response_head()
        } else {
            client.response()
        };
        assert_eq!(came.status, status, "{what}: {came:?}");
        response = Some(came);
    }
    assert_eq!(response.expect("an answer").text(), text, "{what}");
}

/// The head came, and the body did not look whole.
fn expect_cut(client: &mut Client, what: &str) {
    let came = String::from_utf8_lossy(&client.rest()).into_owned();
    let is_cut = came.starts_with("HTTP/1.1 200 OK") && !came.ends_with("0\r\n\r\n");
    assert!(is_cut, "{what}: {came:?}");
}

/// Depends on whether the head had left before the fault was seen.
fn expect_cut_or_502(client: &mut Client, what: &str) {
    let head = client.response_head();
    if head.status == 502 {
        return;
    }
    let rest = String::from_utf8_lossy(&client.rest()).into_owned();
    assert!(
        head.status == 200 && !rest.ends_with("0\r\n\r\n"),
        "{what}: {head:?} {rest:?}"
    );
}

on_both_drivers! {
    fn every_response_of_the_table_ends_as_it_says_and_the_next_client_gets_its_own(driver) {
        let actor = Actor::start();
        let mut settings = crate::support::settings(driver);
        // One core: the next client meets the connection that the case was said on.
        settings.workers = 1;
        let gateway = Gateway::with(settings, forward_to(&[actor.backend.address]));
        check::all(&table::read(include_str!("responses.txt")), |case| {
            check(&gateway, &actor, case, usize::MAX);
            // Surplus that comes late is another race; see `bytes_that_come_late_reach_nobody`.
            if case.bytes.len() < 2_000 && !case.expected.ends_with(", dropped") {
                check(&gateway, &actor, case, 1);
            }
        });
    }
}
