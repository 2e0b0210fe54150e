//! Request heads: read alike however they are cut, forwarded with the meaning they came with, and
//! never understood in a way other parsers would not.

use http::Version;
use limpet_dataplane::testing::{self, Fields, Meaning, Request};

use crate::{cuts, differential, is_grown_past_a_bound};

/// Whom a request is for that names no host.
const ENDPOINT: &str = "192.0.2.2:80";

/// Judges a request's head and what follows it.
pub fn request_head(bytes: &[u8]) {
    let read = |pieces: &[&[u8]]| {
        let found = testing::request(pieces.iter().copied());
        found.map(|found| found.map(|(request, len)| (request.meaning(), len)))
    };
    let whole = read(&[bytes]);
    for pieces in cuts::ways(bytes) {
        assert_eq!(read(&pieces), whole, "cut into {pieces:?}");
    }
    if let Ok(Some((request, _))) = testing::request([bytes]) {
        forwarding_keeps_the_meaning(&request);
    }
    differential(bytes);
}

fn forwarding_keeps_the_meaning(request: &Request) {
    let came = request.meaning();
    let host = match came.host.as_str() {
        "" => ENDPOINT,
        host => host,
    };
    let mut head = Vec::new();
    request.forward(host, &mut head);
    let forwarded = testing::request([head.as_slice()]);
    if forwarded
        .as_ref()
        .is_err_and(|refusal| is_grown_past_a_bound(*refusal))
    {
        return;
    }
    let (forwarded, len) = forwarded
        .expect("what is forwarded is strict")
        .expect("what is forwarded is whole");
    assert_eq!(len, head.len());
    let expected = Meaning {
        version: Version::HTTP_11,
        host: host.to_owned(),
        fields: end_to_end(request, &came),
        is_persistent: true,
        ..came.clone()
    };
    let went = forwarded.meaning();
    forwarded_for_ends_with_the_client(&went.fields);
    let fields = end_to_end(request, &went);
    assert_eq!(Meaning { fields, ..went }, expected);
}

/// The fields that must arrive at the endpoint as they came.
fn end_to_end(request: &Request, meaning: &Meaning) -> Fields {
    let is_old = request.meaning().version == Version::HTTP_10;
    let travels = |name: &str| {
        let is_ours = name.starts_with("x-forwarded-") || (name == "expect" && is_old);
        !is_ours && !request.keeps_back(name)
    };
    let fields = meaning.fields.iter();
    fields.filter(|(name, _)| travels(name)).cloned().collect()
}

fn forwarded_for_ends_with_the_client(fields: &Fields) {
    let values: Vec<&[u8]> = fields
        .iter()
        .filter(|(name, _)| name == "x-forwarded-for")
        .map(|(_, value)| value.as_slice())
        .collect();
    let [value] = values[..] else {
        panic!("one x-forwarded-for, not {}", values.len());
    };
    assert!(value == b"192.0.2.1" || value.ends_with(b", 192.0.2.1"));
}
