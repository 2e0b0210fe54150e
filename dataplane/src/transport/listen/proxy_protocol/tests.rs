use super::*;

/// A header of version 2: its command, its family, its block.
fn version_2(command: u8, family: u8, block: &[u8]) -> Vec<u8> {
    let len = u16::try_from(block.len()).expect("short").to_be_bytes();
    [SIGNATURE, &[command, family], &len, block].concat()
}

fn tcp4(extensions: &[u8]) -> Vec<u8> {
    let addresses = [192, 0, 2, 1, 192, 0, 2, 2, 0x12, 0x67, 0, 80];
    version_2(0x21, 0x11, &[&addresses, extensions].concat())
}

fn source_of(bytes: &[u8]) -> Result<Source, Malformed> {
    let header = find(bytes)?.expect("it is whole");
    assert_eq!(header.len, bytes.len());
    Ok(header.source)
}

fn client(address: &str) -> Source {
    Source::Client(address.parse().expect("an address"))
}

#[test]
fn a_line_says_who_the_client_is() {
    let check = |line: &str, expected: Source| {
        let found = source_of(format!("PROXY {line}\r\n").as_bytes());
        assert_eq!(found, Ok(expected), "{line}");
    };
    check("TCP4 192.0.2.1 192.0.2.2 4711 80", client("192.0.2.1:4711"));
    check("TCP4 192.0.2.1 192.0.2.2 0 65535", client("192.0.2.1:0"));
    check("TCP6 2001:db8::1 ::1 4711 80", client("[2001:db8::1]:4711"));
    check("UNKNOWN", Source::Nameless);
    check("UNKNOWN what ever", Source::Nameless);
}

#[test]
fn a_line_that_could_be_read_in_two_ways_is_refused() {
    for line in [
        "TCP4 192.0.2.1 192.0.2.2 4711 80",
        "TCP4 192.0.2.1 192.0.2.2 4711 80 \r",
        "TCP4  192.0.2.1 192.0.2.2 4711 80\r",
        "TCP4 192.0.2.01 192.0.2.2 4711 80\r",
        "TCP4 192.0.2.1 192.0.2.2 04711 80\r",
        "TCP4 192.0.2.1 192.0.2.2 +4711 80\r",
        "TCP4 192.0.2.1 192.0.2.2 4711 65536\r",
        "TCP4 192.0.2.1 192.0.2.2 4711\r",
        "TCP4 2001:db8::1 ::1 4711 80\r",
        "TCP6 192.0.2.1 192.0.2.2 4711 80\r",
        "TCP6 fe80::1%eth0 ::1 4711 80\r",
        "tcp4 192.0.2.1 192.0.2.2 4711 80\r",
        "UDP4 192.0.2.1 192.0.2.2 4711 80\r",
        "UNKNOWNS\r",
        "UNKNOWN\rx\r",
        "\r",
    ] {
        let found = find(format!("PROXY {line}\n").as_bytes());
        assert_eq!(found, Err(Malformed::Line), "{line:?}");
    }
    let long = format!("PROXY UNKNOWN {}", "x".repeat(LINE_BYTES_MAX));
    assert_eq!(find(long.as_bytes()), Err(Malformed::LineTooLong));
}

#[test]
fn a_block_says_who_the_client_is() {
    let found = Ok(client("192.0.2.1:4711"));
    assert_eq!(source_of(&tcp4(b"")), found);
    assert_eq!(source_of(&tcp4(b"\x04\0\0\xea\0\x02ab")), found);
    let mut addresses = [0; 36];
    addresses[15] = 1;
    let tcp6 = version_2(0x21, 0x21, &addresses);
    assert_eq!(source_of(&tcp6), Ok(client("[::1]:0")));
    let own = version_2(0x20, 0x11, b"any");
    assert_eq!(source_of(&own), Ok(Source::LoadBalancer));
    for nameless in [version_2(0x21, 0x00, b""), version_2(0x21, 0x31, &[0; 216])] {
        assert_eq!(source_of(&nameless), Ok(Source::Nameless));
    }
}

#[test]
fn a_block_that_is_cut_off_or_unknown_is_refused() {
    for (bytes, expected) in [
        (version_2(0x21, 0x11, &[0; 11]), Malformed::Block),
        (version_2(0x21, 0x21, &[0; 35]), Malformed::Block),
        (version_2(0x21, 0x31, &[0; 215]), Malformed::Block),
        (tcp4(b"\x04\0"), Malformed::Block),
        (tcp4(b"\x04\0\x02a"), Malformed::Block),
        (version_2(0x22, 0x11, &[0; 12]), Malformed::Unknown),
        (version_2(0x11, 0x11, &[0; 12]), Malformed::Unknown),
        (version_2(0x21, 0x12, &[0; 12]), Malformed::Unknown),
        (version_2(0x21, 0x41, &[0; 12]), Malformed::Unknown),
        (version_2(0x21, 0x11, &[0; 4097]), Malformed::BlockTooLong),
    ] {
        assert_eq!(find(&bytes), Err(expected), "{}", bytes.escape_ascii());
    }
}

#[test]
fn a_header_may_come_in_pieces_and_ends_where_it_ends() {
    for header in [
        b"PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n".to_vec(),
        tcp4(b"\x04\0\0"),
    ] {
        for len in 0..header.len() {
            assert_eq!(find(&header[..len]), Ok(None), "{len}");
        }
        let followed = [&header, b"GET / HTTP/1.1\r\n".as_slice()].concat();
        let found = find(&followed).expect("well-formed").expect("whole");
        assert_eq!(found.len, header.len());
    }
}

#[test]
fn what_begins_otherwise_is_no_header() {
    for bytes in [
        "GET / HTTP/1.1\r\n",
        "PROXY\t",
        "P ",
        "\r\n\r\n\r",
        "\x16\x03",
    ] {
        assert_eq!(find(bytes.as_bytes()), Err(Malformed::Missing), "{bytes:?}");
    }
}
