//! Time limits without a timer per read.
//!
//! Every socket of a core has a slot in one table. Setting a limit writes a number there; a sweep
//! every [`TICK`] shuts down the sockets whose limit has passed, so that a pending read or write
//! ends by itself and is never dropped. A limit fires at its time or up to one tick later.
//!
//! A limit on sending ([`Deadline::limit_sending`]) knows more than the task that sets it: a piece may be
//! large and its receiver slow, and as long as the receiver acknowledges some of it, it is not cut off.
//!
//! The same table tells of clients that leave while they wait for an answer, when nothing reads from
//! them: the sweeper asks the kernel about all that have waited for [`ASK_AFTER`], in one call. One
//! whose connection broke is gone, and the endpoint's socket is shut down. One that has only ended
//! its half may be gone or not; its task learns of it, and can find out by sending something.

use std::cell::RefCell;
use std::net::{Shutdown, SocketAddr};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::socket::{Borrowed, End, ends};
use crate::base::clock::Moment;

/// How often limits are looked at.
pub const TICK: Duration = Duration::from_millis(50);

/// How long a client has waited for its answer before the kernel is asked about it, and how often.
pub const ASK_AFTER: Duration = Duration::from_millis(250);

/// How many waiting clients end at once where one is too many: looking for them costs more.
const EVICTED_MAX: usize = 16;

/// Whether clients give way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evicted {
    /// Some were told to just now.
    Now,
    /// Some were told to before, and are about to.
    Before,
    /// None is left that could.
    None,
}

/// All limits of one core.
#[derive(Debug)]
pub struct Deadlines {
    slots: RefCell<Slots>,
}

#[derive(Debug, Default)]
struct Slots {
    used: Vec<Slot>,
    free: Vec<usize>,
}

#[derive(Debug)]
struct Slot {
    /// [`NEVER`]: no limit.
    at_ms: u64,
    socket: Borrowed,
    end: Shutdown,
    has_fired: bool,
    /// How long the peer may take nothing of what is sent, where that is what limits it.
    sending: Option<Sending>,
    /// Where the connection came in, while it waits for a request.
    idle_at: Option<SocketAddr>,
    /// Since when it waits; `None`: for its first.
    idle_since_ms: Option<u64>,
    /// Whether a [`Deadline`] holds the slot.
    is_watched: bool,
    /// A client that waits for an answer.
    waiting: Option<Waiting>,
    /// Whether the client is gone.
    is_gone: bool,
    /// Whether we ended reading ourselves, which looks like the client's doing.
    is_read_ended: bool,
}

#[derive(Clone, Copy, Debug)]
struct Sending {
    /// Half of the time. The limit is looked at twice.
    half_ms: u64,
    /// What was acknowledged by the last look; `None`: there was none.
    acknowledged: Option<u64>,
    /// When it ends whatever is acknowledged.
    until_ms: u64,
}

#[derive(Debug)]
struct Waiting {
    since_ms: u64,
    /// The endpoint's slot.
    upstream: usize,
    /// Whether the client has ended its half.
    has_ended: bool,
    /// Whether its task was told.
    is_told: bool,
    task: Option<Waker>,
}

const NEVER: u64 = u64::MAX;

/// The limit of one socket. Must be dropped before the socket: see [`Borrowed::new`].
#[derive(Debug)]
pub struct Deadline {
    table: Rc<Deadlines>,
    slot: usize,
}

impl Deadlines {
    /// An empty table.
    #[must_use]
    pub fn new() -> Rc<Self> {
        Rc::new(Self {
            slots: RefCell::default(),
        })
    }

    /// Gives a socket its slot, without a limit.
    pub fn watch(self: &Rc<Self>, socket: Borrowed) -> Deadline {
        let slot = Slot {
            at_ms: NEVER,
            socket,
            end: Shutdown::Both,
            has_fired: false,
            sending: None,
            idle_at: None,
            idle_since_ms: None,
            is_watched: true,
            waiting: None,
            is_gone: false,
            is_read_ended: false,
        };
        let mut slots = self.slots.borrow_mut();
        let index = match slots.free.pop() {
            Some(index) => {
                slots.used[index] = slot;
                index
            }
            None => {
                slots.used.push(slot);
                slots.used.len() - 1
            }
        };
        Deadline {
            table: Rc::clone(self),
            slot: index,
        }
    }

    /// Shuts down every socket whose limit has passed.
    pub fn sweep(&self, now: Moment) {
        let now_ms = now.as_millis();
        for slot in &mut self.slots.borrow_mut().used {
            if slot.at_ms <= now_ms && !slot.has_moved(now_ms) {
                slot.fire();
            }
        }
    }

    /// Ends the connections that wait for a request and came in where `gone` says so. A request
    /// that has arrived already is still read.
    pub fn end_idle(&self, gone: impl Fn(SocketAddr) -> bool) {
        for slot in &mut self.slots.borrow_mut().used {
            if slot.idle_at.is_some_and(&gone) {
                slot.is_read_ended = true;
                slot.socket.shut_down(Shutdown::Read);
            }
        }
    }

    /// Ends those that have waited for another request for longest, so that others can be served. No more
    /// are ended before those are gone. Who has not been served yet stays.
    pub fn evict_idle(&self) -> Evicted {
        let mut slots = self.slots.borrow_mut();
        let waiting = |(index, slot): (usize, &Slot)| {
            let is_idle = slot.is_watched && slot.idle_at.is_some();
            let since_ms = slot.idle_since_ms.filter(|_| is_idle)?;
            Some((slot.is_read_ended, since_ms, index))
        };
        let idle = slots.used.iter().enumerate().filter_map(waiting);
        let (ending, mut idle): (Vec<_>, Vec<_>) = idle.partition(|(is_ending, ..)| *is_ending);
        if !ending.is_empty() {
            return Evicted::Before;
        }
        if idle.len() > EVICTED_MAX {
            idle.select_nth_unstable(EVICTED_MAX);
            idle.truncate(EVICTED_MAX);
        }
        for (_, _, index) in &idle {
            let slot = &mut slots.used[*index];
            slot.is_read_ended = true;
            slot.socket.shut_down(Shutdown::Read);
        }
        match idle.is_empty() {
            true => Evicted::None,
            false => Evicted::Now,
        }
    }

    /// Looks for clients that have left while they wait for an answer.
    pub fn find_gone(&self, now: Moment) {
        let asked_ms = now.as_millis().saturating_sub(ASK_AFTER.as_millis() as u64);
        let mut slots = self.slots.borrow_mut();
        let is_asked = |slot: &Slot| {
            let waiting = slot.waiting.as_ref();
            waiting.is_some_and(|waiting| waiting.since_ms <= asked_ms)
        };
        let used = slots.used.iter().enumerate();
        let asked = used.filter(|(_, slot)| is_asked(slot));
        let (indexes, sockets): (Vec<usize>, Vec<Borrowed>) =
            asked.map(|(index, slot)| (index, slot.socket)).unzip();
        for (index, end) in indexes.into_iter().zip(ends(&sockets)) {
            match end {
                End::Half if !slots.used[index].is_read_ended => slots.used[index].half_ended(),
                End::None | End::Half => {}
                End::Whole => slots.gone(index),
            }
        }
    }

    /// Ends everything.
    pub fn end_all(&self) {
        for slot in self
            .slots
            .borrow_mut()
            .used
            .iter_mut()
            .filter(|slot| slot.is_watched)
        {
            slot.end = Shutdown::Both;
            slot.fire();
        }
    }
}

impl Slots {
    fn gone(&mut self, index: usize) {
        let slot = &mut self.used[index];
        slot.is_gone = true;
        if let Some(waiting) = slot.waiting.take() {
            self.used[waiting.upstream].socket.shut_down(Shutdown::Both);
        }
    }
}

impl Slot {
    fn half_ended(&mut self) {
        let Some(waiting) = &mut self.waiting else {
            return;
        };
        waiting.has_ended = true;
        if let Some(task) = waiting.task.take() {
            task.wake();
        }
    }

    /// Whether the peer may go on, as it has acknowledged some of what is sent since the last look.
    fn has_moved(&mut self, now_ms: u64) -> bool {
        let Some(sending) = &mut self.sending else {
            return false;
        };
        let acknowledged = Some(self.socket.acknowledged_bytes());
        let before = std::mem::replace(&mut sending.acknowledged, acknowledged);
        self.at_ms = (now_ms + sending.half_ms).min(sending.until_ms);
        before != acknowledged && now_ms < sending.until_ms
    }

    fn fire(&mut self) {
        self.at_ms = NEVER;
        self.has_fired = true;
        self.is_read_ended |= self.end == Shutdown::Read;
        self.socket.shut_down(self.end);
    }
}

impl Deadline {
    /// Limits the socket from `now` on: after `limit` the `end` comes. Zero is no limit. A limit
    /// set before is replaced.
    pub fn set(&self, now: Moment, limit: Duration, end: Shutdown) {
        self.set_at((!limit.is_zero()).then(|| now + limit), end);
    }

    /// Limits the socket to a time, which may have passed; `None` is no limit.
    pub fn set_at(&self, at: Option<Moment>, end: Shutdown) {
        // Rounded up: a limit is never early.
        let at_ms = at.map_or(NEVER, |at| at.as_millis() + 1);
        self.with(|slot| {
            slot.at_ms = at_ms;
            slot.end = end;
            slot.sending = None;
            slot.waiting = None;
        });
    }

    /// Limits how long the peer may take nothing of what is sent to it, and nothing else happen, before
    /// both directions end; zero is no limit. `until` ends them all the same.
    ///
    /// It is looked at after each half of the time. One that has taken some since the last look is given
    /// another half, so that it may take nothing for between half of the time and all of it.
    pub fn limit_sending(&self, now: Moment, limit: Duration, until: Option<Moment>) {
        if limit.is_zero() {
            return self.set_at(until, Shutdown::Both);
        }
        let until_ms = until.map_or(NEVER, |until| until.as_millis() + 1);
        // Rounded up: a limit is never early.
        let half_ms = u64::try_from(limit.as_millis() / 2).map_or(NEVER / 4, |half| half + 1);
        self.with(|slot| {
            slot.at_ms = (now.as_millis() + half_ms).min(until_ms);
            slot.end = Shutdown::Both;
            slot.sending = Some(Sending {
                half_ms,
                acknowledged: None,
                until_ms,
            });
            slot.waiting = None;
        });
    }

    /// Takes the limit away.
    pub fn clear(&self) {
        self.with(|slot| slot.at_ms = NEVER);
    }

    /// The request that the connection waited for is there: it is idle no more, and has no limit until
    /// the next is set.
    pub fn end_wait(&self) {
        self.with(|slot| {
            slot.at_ms = NEVER;
            slot.idle_at = None;
        });
    }

    /// Says that the client waits for what that endpoint answers, without a limit of its own, until
    /// another is set or [`Deadline::stop_waiting`] is called: before the endpoint's socket closes.
    pub fn await_answer(&self, upstream: &Self, now: Moment) {
        self.with(|slot| {
            slot.at_ms = NEVER;
            slot.sending = None;
            slot.waiting = Some(Waiting {
                since_ms: now.as_millis(),
                upstream: upstream.slot,
                has_ended: false,
                is_told: false,
                task: None,
            });
        });
    }

    /// Limits what is sent to it while it waits; [`Deadline::clear`] takes that away.
    pub fn limit_while_waiting(&self, now: Moment, limit: Duration) {
        let at_ms = match limit.is_zero() {
            true => NEVER,
            false => (now + limit).as_millis() + 1,
        };
        self.with(|slot| {
            slot.at_ms = at_ms;
            slot.end = Shutdown::Both;
            slot.sending = None;
        });
    }

    /// It waits for nothing any more.
    pub fn stop_waiting(&self) {
        self.with(|slot| slot.waiting = None);
    }

    /// Ready once, when the client has ended its half while it waits.
    pub fn poll_half_ended(&self, context: &Context<'_>) -> Poll<()> {
        self.with(|slot| {
            let Some(waiting) = &mut slot.waiting else {
                return Poll::Pending;
            };
            if waiting.has_ended && !std::mem::replace(&mut waiting.is_told, true) {
                return Poll::Ready(());
            }
            let waker = context.waker();
            if !waiting
                .task
                .as_ref()
                .is_some_and(|task| task.will_wake(waker))
            {
                waiting.task = Some(waker.clone());
            }
            Poll::Pending
        })
    }

    /// Whether the client is gone, and what it waits for is nobody's.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.with(|slot| slot.is_gone)
    }

    /// It is: what it waits for ends.
    pub fn set_gone(&self) {
        self.table.slots.borrow_mut().gone(self.slot);
    }

    /// Ends the socket now, as if its limit had passed.
    pub fn end_now(&self, end: Shutdown) {
        self.with(|slot| slot.socket.shut_down(end));
    }

    /// Whether a limit has passed since the socket was first watched.
    #[must_use]
    pub fn has_fired(&self) -> bool {
        self.with(|slot| slot.has_fired)
    }

    /// Says that the connection, which came in there, waits for its first request.
    pub fn set_new(&self, at: SocketAddr) {
        self.with(|slot| slot.idle_at = Some(at));
    }

    /// Says that the connection, which came in there, waits for another request from now on.
    pub fn set_idle(&self, at: SocketAddr, now: Moment) {
        self.with(|slot| {
            slot.idle_at = Some(at);
            slot.idle_since_ms = Some(now.as_millis());
        });
    }

    /// Says that it no longer does.
    pub fn set_busy(&self) {
        self.with(|slot| slot.idle_at = None);
    }

    /// The socket.
    #[must_use]
    pub fn socket(&self) -> Borrowed {
        self.with(|slot| slot.socket)
    }

    fn with<R>(&self, act: impl FnOnce(&mut Slot) -> R) -> R {
        act(&mut self.table.slots.borrow_mut().used[self.slot])
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        let mut slots = self.table.slots.borrow_mut();
        slots.used[self.slot].at_ms = NEVER;
        slots.used[self.slot].idle_at = None;
        slots.used[self.slot].is_watched = false;
        slots.used[self.slot].waiting = None;
        slots.free.push(self.slot);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::{TcpListener, TcpStream};

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
}
