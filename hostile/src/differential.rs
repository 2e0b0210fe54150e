//! Our reading of a request head against that of other parsers: every difference has a reason.
//!
//! [`RULES`] is the table of what we refuse and others take. What we take, they take, and it means the
//! same to them; but for one thing ([`only_we_take`]). A difference that nothing here explains is a bug,
//! ours or theirs, and panics.

use limpet_dataplane::testing::{self, Fields, Framing, Meaning, ProtocolError};

use crate::peers::{Peer, Understood, Verdict, sorted};

/// Why we refuse what others take.
pub struct Rule {
    /// Our reason.
    pub ours: &'static [ProtocolError],
    /// Who takes it.
    pub peers: &'static [Peer],
    /// What they do, and why we do not.
    pub why: &'static str,
    /// Whether it can be the reason for these bytes.
    pub holds: fn(&[u8]) -> bool,
}

const BOTH: &[Peer] = &[Peer::Httparse, Peer::Hyper];
const HTTPARSE: &[Peer] = &[Peer::Httparse];
const HYPER: &[Peer] = &[Peer::Hyper];

/// What we refuse and others take.
pub const RULES: &[Rule] = &[
    Rule {
        ours: &[ProtocolError::BareLineBreak],
        peers: BOTH,
        why: "they end lines at a bare LF, as RFC 9112 2.2 allows; readers that do not would see \
              another head",
        holds: |bytes| {
            let before = std::iter::once(&0).chain(bytes);
            let mut pairs = before.zip(bytes);
            pairs.any(|(before, byte)| *byte == b'\n' && *before != b'\r')
        },
    },
    Rule {
        ours: &[ProtocolError::StartLineMalformed],
        peers: BOTH,
        why: "they skip any empty lines before a request line, we skip one (RFC 9112 2.2): a drip \
              of them would hold a connection for nothing",
        holds: |bytes| bytes.starts_with(b"\r\n\r\n"),
    },
    Rule {
        ours: &[ProtocolError::MethodUnsupported],
        peers: BOTH,
        why: "they leave CONNECT to the application; a gateway opens no tunnels to anywhere",
        holds: |bytes| request_line(bytes).starts_with(b"CONNECT "),
    },
    Rule {
        ours: &[
            ProtocolError::HostMissing,
            ProtocolError::HostRepeated,
            ProtocolError::HostInvalid,
            ProtocolError::HostMismatch,
        ],
        peers: BOTH,
        why: "they leave Host to the application; RFC 9112 3.2 demands 400",
        holds: |_| true,
    },
    Rule {
        ours: &[
            ProtocolError::HeadTooLarge,
            ProtocolError::TargetTooLong,
            ProtocolError::TooManyFields,
            ProtocolError::FieldNameTooLong,
        ],
        peers: BOTH,
        why: "their bounds are others, or the caller's",
        holds: |bytes| bytes.len() > 256,
    },
    Rule {
        ours: &[ProtocolError::TargetInvalid],
        peers: HTTPARSE,
        why: "it takes any visible bytes for a target and leaves URIs to its caller",
        holds: |_| true,
    },
    Rule {
        ours: &[ProtocolError::TargetInvalid],
        peers: HYPER,
        why: "it takes `*` for any method, where RFC 9112 3.2.4 knows it for OPTIONS",
        holds: |bytes| target(bytes).ends_with(b"*"),
    },
    Rule {
        ours: &[ProtocolError::SchemeMisdirected],
        peers: BOTH,
        why: "they leave the scheme to the application; what says https was not to come in plain",
        holds: |bytes| target(bytes).to_ascii_lowercase().starts_with(b"https:"),
    },
    Rule {
        ours: &[ProtocolError::TargetInvalid],
        peers: HYPER,
        why: "it drops a fragment, which no client sends and other readers keep",
        holds: |bytes| target(bytes).contains(&b'#'),
    },
    Rule {
        ours: &[ProtocolError::TargetInvalid],
        peers: HYPER,
        why: "it takes bytes above 127 in a target, where RFC 3986 knows ASCII only",
        holds: |bytes| !target(bytes).is_ascii(),
    },
    Rule {
        ours: &[ProtocolError::TargetInvalid],
        peers: HYPER,
        why: "it takes targets of CONNECT for any method, other schemes and user names, and leaves \
              them to the application",
        holds: |bytes| !matches!(target(bytes), [b'/', ..] | b"*"),
    },
    Rule {
        ours: &[
            ProtocolError::LengthAndTransferEncoding,
            ProtocolError::LengthRepeated,
            ProtocolError::LengthInvalid,
            ProtocolError::TransferEncodingUnsupported,
            ProtocolError::TransferEncodingInOldVersion,
        ],
        peers: HTTPARSE,
        why: "it leaves framing to its caller",
        holds: |_| true,
    },
    Rule {
        ours: &[
            ProtocolError::LengthAndTransferEncoding,
            ProtocolError::LengthInvalid,
        ],
        peers: HYPER,
        why: "it drops any length beside a coding unread, as RFC 9112 6.3 allows; it may be an \
              attempt to smuggle",
        holds: |bytes| contains(bytes, b"transfer-encoding:"),
    },
    Rule {
        ours: &[ProtocolError::LengthRepeated],
        peers: HYPER,
        why: "it takes the same length several times, as RFC 9110 8.6 allows",
        holds: |_| true,
    },
    Rule {
        ours: &[ProtocolError::LengthInvalid],
        peers: HYPER,
        why: "it takes every length that fits 64 bits; no body has 19 digits of bytes",
        holds: |bytes| {
            bytes
                .windows(19)
                .any(|run| run.iter().all(u8::is_ascii_digit))
        },
    },
    Rule {
        ours: &[ProtocolError::TransferEncodingUnsupported],
        peers: HYPER,
        why: "it takes any codings that end in chunked and leaves the others to the application",
        holds: |bytes| contains(bytes, b"chunked"),
    },
];

/// Judges a request's head.
pub fn differential(bytes: &[u8]) {
    let ours = testing::request([bytes]);
    let ours = ours.map(|found| found.map(|(request, _)| request.meaning()));
    for peer in BOTH {
        let theirs = peer.judge(bytes);
        let text = || format!("{peer:?}: {:?}", bytes.escape_ascii().to_string());
        match (&ours, &theirs) {
            (Ok(Some(ours)), Verdict::Taken(theirs)) => means_the_same(ours, theirs, text),
            (Err(refusal), Verdict::Taken(_)) => {
                let is_why = |rule: &Rule| {
                    let is_theirs = rule.peers.contains(peer) && rule.ours.contains(refusal);
                    is_theirs && (rule.holds)(bytes)
                };
                assert!(RULES.iter().any(is_why), "only {refusal:?}: {}", text());
            }
            (Ok(Some(_)), Verdict::Refused) if only_we_take(*peer, bytes) => {}
            // We judge a head once it is whole, and they before; and the other way round.
            (Ok(None) | Err(_), Verdict::Refused | Verdict::Short) => {}
            _ => panic!("ours {ours:?}, theirs {theirs:?}: {}", text()),
        }
    }
}

fn means_the_same(ours: &Meaning, theirs: &Understood, text: impl Fn() -> String) {
    assert_eq!(ours.method, theirs.method, "{}", text());
    assert_eq!(ours.target, path_and_query(&theirs.target), "{}", text());
    assert_eq!(ours.version, theirs.version, "{}", text());
    let travel = end_to_end(&theirs.fields);
    assert_eq!(sorted(ours.fields.clone()), travel, "{}", text());
    let is_same = match theirs.framing {
        Some(Framing::None) => ours.framing.is_empty(),
        Some(framing) => ours.framing == framing,
        None => true,
    };
    assert!(
        is_same,
        "{:?}, {:?}: {}",
        ours.framing,
        theirs.framing,
        text()
    );
}

/// Without the fields that Connection lists, which we take away as we accept a head. What it says of
/// the connection itself stands in fields of its own, and Host stays.
fn end_to_end(fields: &Fields) -> Fields {
    let stays = |name: &&str| ["close", "keep-alive", "upgrade", "host"].contains(name);
    let listed: Vec<String> = fields
        .iter()
        .filter(|(name, _)| name == "connection")
        .flat_map(|(_, value)| value.split(|byte| *byte == b','))
        .map(|option| String::from_utf8_lossy(option.trim_ascii()).to_ascii_lowercase())
        .filter(|option| !stays(&option.as_str()))
        .collect();
    let travels = |(name, _): &&(String, Vec<u8>)| !listed.contains(name);
    fields.iter().filter(travels).cloned().collect()
}

/// Hyper refuses some visible ASCII in a target, as its `Uri` does. Clients send them, and all proxies
/// pass them on.
fn only_we_take(peer: Peer, bytes: &[u8]) -> bool {
    let is_foreign = |byte: &u8| b"\"<>`".contains(byte);
    peer == Peer::Hyper && target(bytes).iter().any(is_foreign)
}

fn path_and_query(target: &str) -> String {
    let Some((_, rest)) = target
        .split_once("://")
        .filter(|_| !target.starts_with('/'))
    else {
        return target.to_owned();
    };
    let path = rest.find(['/', '?']).map_or("", |at| &rest[at..]);
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("{slash}{path}")
}

/// The middle of the request line.
fn target(bytes: &[u8]) -> &[u8] {
    let mut parts = request_line(bytes).split(|byte| matches!(byte, b' ' | b'\r' | b'\n'));
    parts.nth(1).unwrap_or_default()
}

/// All from the request line on.
fn request_line(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\r\n").unwrap_or(bytes)
}

/// Whether a word stands anywhere, in any case.
fn contains(bytes: &[u8], word: &[u8]) -> bool {
    let mut places = bytes.windows(word.len());
    places.any(|place| place.eq_ignore_ascii_case(word))
}
