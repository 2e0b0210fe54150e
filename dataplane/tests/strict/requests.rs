//! The table of requests (`requests.txt`) over real sockets, judged at the backend.

use std::io::Write;

use crate::check;
use crate::on_both_drivers;
use crate::recorder::Recorder;
use crate::support::{Client, Gateway, forward_to};
use crate::table::{self, Case};

/// What a case expects, answer by answer.
#[derive(Debug, Default, PartialEq, Eq)]
struct Expected {
    statuses: Vec<u16>,
    /// Of the last one, when it is the gateway's.
    refusal: Option<&'static str>,
}

impl Expected {
    fn of(case: &Case) -> Self {
        let mut expected = Self::default();
        for word in case.expected.split(' ') {
            match word.parse() {
                Ok(status) => expected.statuses.push(status),
                // No answer at all: the client ended inside its request.
                Err(_) if word == "cut" => {}
                Err(_) => expected.refusal = Some(word),
            }
        }
        expected
    }

    fn reach_the_backend(&self) -> usize {
        self.statuses
            .iter()
            .filter(|status| **status == 200)
            .count()
    }
}

/// Sends a case in pieces; a gateway that has refused it may stop reading.
fn send(client: &mut Client, bytes: &[u8], piece: usize) {
    for piece in bytes.chunks(piece) {
        if client.stream.write_all(piece).is_err() {
            return;
        }
    }
}

fn refusals(gateway: &Gateway, id: &str) -> u64 {
    let metrics = gateway.plane.metrics();
    let name = format!("limpet_refusals_total{{reason=\"{id}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
    line.map_or(0, |count| count.parse().expect("a number"))
}

fn check(gateway: &Gateway, recorder: &Recorder, case: &Case, piece: usize) {
    let what = format!(
        "{} / {} ({} bytes at once)",
        case.section, case.title, piece
    );
    let expected = Expected::of(case);
    let counted = expected.refusal.map(|id| (id, refusals(gateway, id)));
    let late = recorder.take();
    assert!(
        late.is_empty(),
        "{what}: of a case before it came: {late:?}"
    );
    let mut client = gateway.connect();
    send(&mut client, &case.bytes, piece);
    for (number, status) in expected.statuses.iter().enumerate() {
        let response = client.response();
        assert_eq!(
            response.status, *status,
            "{what}, answer {number}: {response:?}"
        );
        if *status != 200 {
            assert_eq!(response.header("connection"), Some("close"), "{what}");
            let words = "The request was refused: ";
            assert!(response.text().starts_with(words), "{what}: {response:?}");
        }
    }
    if expected.refusal.is_none() {
        // A refused one is closed whatever the client does.
        let _ = client.stream.shutdown(std::net::Shutdown::Write);
    }
    client.expect_closed();
    if let Some((id, before)) = counted {
        assert_eq!(refusals(gateway, id), before + 1, "{what}: counted as {id}");
    }
    let seen = recorder.take();
    assert_eq!(seen.len(), expected.reach_the_backend(), "{what}: {seen:?}");
    assert!(
        !seen.iter().any(|line| line.contains("/smuggled")),
        "{what}: {seen:?}"
    );
}

on_both_drivers! {
    fn every_request_of_the_table_is_answered_as_it_says_wherever_it_is_cut(driver) {
        let recorder = Recorder::start();
        let gateway = Gateway::start(driver, forward_to(&[recorder.address]));
        check::all(&table::read(include_str!("requests.txt")), |case| {
            check(&gateway, &recorder, case, usize::MAX);
            // Longer ones would take long, and have nothing to show beyond their beginning.
            if case.bytes.len() < 2_000 {
                check(&gateway, &recorder, case, 1);
            }
        });
        // What came late would be smuggled.
        drop(gateway);
        assert_eq!(recorder.finish(), Vec::<String>::new());
    }
}
