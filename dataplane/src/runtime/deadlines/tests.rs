use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::task::{Context, Waker};

use super::*;

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let client = TcpStream::connect(listener.local_addr().expect("bound")).expect("connects");
    let (server, _) = listener.accept().expect("accepts");
    server
        .set_read_timeout(Some(Duration::from_secs(5)))
        .expect("set");
    (client, server)
}

#[test]
fn a_passed_limit_ends_a_read() {
    let (_client, mut server) = pair();
    let table = Deadlines::new();
    let deadline = table.watch(Borrowed::new(&server));
    let now = Moment::now();
    deadline.set(now, Duration::from_millis(500), Shutdown::Read);
    table.sweep(now + Duration::from_millis(499));
    assert!(!deadline.has_fired());
    table.sweep(now + Duration::from_millis(501));
    assert!(deadline.has_fired());
    assert_eq!(server.read(&mut [0]).expect("ended"), 0);
}

#[test]
fn zero_is_no_limit_and_clear_takes_it_away() {
    let (_client, server) = pair();
    let table = Deadlines::new();
    let deadline = table.watch(Borrowed::new(&server));
    let now = Moment::now();
    deadline.set(now, Duration::ZERO, Shutdown::Both);
    table.sweep(now + Duration::from_secs(1_000_000));
    deadline.set(now, Duration::from_secs(1), Shutdown::Both);
    deadline.clear();
    table.sweep(now + Duration::from_secs(1_000_000));
    assert!(!deadline.has_fired());
}

#[test]
fn a_client_that_leaves_while_it_waits_ends_what_it_waits_for() {
    let (client, server) = pair();
    let (mut endpoint, upstream) = pair();
    endpoint
        .set_read_timeout(Some(Duration::from_secs(5)))
        .expect("set");
    let table = Deadlines::new();
    let waiting = table.watch(Borrowed::new(&server));
    let answering = table.watch(Borrowed::new(&upstream));
    let now = Moment::now() + Duration::from_secs(1);
    waiting.await_answer(&answering, now);
    table.find_gone(now + ASK_AFTER);
    assert!(!waiting.is_gone(), "it is there");
    let context = Context::from_waker(Waker::noop());
    client.shutdown(Shutdown::Write).expect("shut down");
    table.find_gone(now + (ASK_AFTER - Duration::from_millis(1)));
    assert!(
        waiting.poll_half_ended(&context).is_pending(),
        "it is early"
    );
    table.find_gone(now + ASK_AFTER);
    assert!(waiting.poll_half_ended(&context).is_ready());
    assert!(waiting.poll_half_ended(&context).is_pending(), "once");
    assert!(!waiting.is_gone(), "half an end is none");
    socket2::SockRef::from(&client)
        .set_linger(Some(Duration::ZERO))
        .expect("set");
    drop(client);
    table.find_gone(now + ASK_AFTER);
    assert!(waiting.is_gone());
    assert_eq!(endpoint.read(&mut [0]).expect("ended"), 0);
}

#[test]
fn slots_are_reused_and_dropped_ones_never_fire() {
    let (_client, server) = pair();
    let table = Deadlines::new();
    let now = Moment::now();
    let first = table.watch(Borrowed::new(&server));
    first.set(now, Duration::from_millis(1), Shutdown::Both);
    drop(first);
    table.sweep(now + Duration::from_secs(1));
    let second = table.watch(Borrowed::new(&server));
    assert!(!second.has_fired());
    assert_eq!(table.slots.borrow().used.len(), 1);
}

#[test]
fn those_that_have_waited_for_longest_are_evicted_and_no_more_before_they_are_gone() {
    let table = Deadlines::new();
    let (mut sockets, mut deadlines) = (Vec::new(), Vec::new());
    let now = Moment::now();
    for number in 0..EVICTED_MAX as u64 + 4 {
        let (client, server) = pair();
        let deadline = table.watch(Borrowed::new(&server));
        let at = server.local_addr().expect("bound");
        // The last came first.
        let since = now + Duration::from_secs(100 - number);
        match number {
            0 => deadline.set_new(at),
            _ => deadline.set_idle(at, since),
        }
        client.set_nonblocking(true).expect("set");
        sockets.push((client, server));
        deadlines.push(deadline);
    }
    assert_eq!(table.evict_idle(), Evicted::Now);
    assert_eq!(table.evict_idle(), Evicted::Before, "they are not gone yet");
    let has_ended = |server: &mut TcpStream| {
        server.set_nonblocking(true).expect("set");
        matches!(server.read(&mut [0]), Ok(0))
    };
    let ended: Vec<bool> = sockets
        .iter_mut()
        .map(|(_, server)| has_ended(server))
        .collect();
    let expected = [vec![false; 4], vec![true; EVICTED_MAX]].concat();
    assert_eq!(ended, expected);
    deadlines.truncate(4);
    assert_eq!(table.evict_idle(), Evicted::Now, "three more wait");
    deadlines.truncate(1);
    assert_eq!(
        table.evict_idle(),
        Evicted::None,
        "the first was not served yet"
    );
}

/// Fills what the kernel holds of a connection; `from` does not block.
fn fill(from: &mut TcpStream) {
    use std::io::Write;
    from.set_nonblocking(true).expect("set");
    while from.write(&[0; 65536]).is_ok() {}
}

#[test]
fn a_receiver_that_takes_something_is_not_cut_off_and_one_that_takes_nothing_is() {
    let (mut client, mut server) = pair();
    let table = Deadlines::new();
    let deadline = table.watch(Borrowed::new(&server));
    let (mut now, limit) = (Moment::now(), Duration::from_secs(60));
    fill(&mut server);
    deadline.limit_sending(now, limit, None);
    for _ in 0..4 {
        now = now + limit / 2 + Duration::from_millis(2);
        let before = Borrowed::new(&server).acknowledged_bytes();
        // The kernel says that it has room once a good deal of it is read.
        let mut taken = 0;
        while Borrowed::new(&server).acknowledged_bytes() == before && taken < 1 << 24 {
            taken += client.read(&mut [0; 65536]).expect("there is more");
            fill(&mut server);
        }
        table.sweep(now);
        assert!(!deadline.has_fired(), "it takes what is sent");
    }
    table.sweep(now + limit / 2 + Duration::from_millis(2));
    assert!(deadline.has_fired(), "it takes nothing any more");
}

#[test]
fn what_is_sent_ends_when_it_must_whoever_takes_it() {
    let (_client, server) = pair();
    let table = Deadlines::new();
    let deadline = table.watch(Borrowed::new(&server));
    let now = Moment::now();
    let until = now + Duration::from_secs(1);
    deadline.limit_sending(now, Duration::from_secs(60), Some(until));
    table.sweep(until);
    assert!(!deadline.has_fired());
    table.sweep(until + Duration::from_millis(2));
    assert!(deadline.has_fired());
}
