//! All cores as one of them sees the others: how busy each is, and the way to it.
//!
//! The kernel spreads new connections by a hash of their addresses, which is even for many clients and
//! uneven for few: some would wait for a core that is full while another has room. What a core reads here
//! are the others' gauges, when it accepts and at no other time. Every number has one writer.

use std::sync::Arc;

use super::hand_over::{Line, Order};
use crate::base::core_stats::CoreStats;
use crate::base::counters::Cell64;

/// How many clients may be on their way to a core: one with more takes none, and may be stuck.
const PENDING_MAX: u64 = 64;

/// The cores of one data plane, by index.
#[derive(Default)]
pub struct Cores(Vec<One>);

struct One {
    line: Line,
    stats: Arc<CoreStats>,
    /// How many clients it has given to each.
    given: Vec<Cell64>,
    /// How many it has taken of those it was given.
    taken: Cell64,
}

impl Cores {
    /// With their gauges.
    pub fn new(cores: Vec<(Line, Arc<CoreStats>)>) -> Self {
        let count = cores.len();
        let one = |(line, stats)| One {
            line,
            stats,
            given: (0..count).map(|_| Cell64::default()).collect(),
            taken: Cell64::default(),
        };
        Self(cores.into_iter().map(one).collect())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The ways to all of them.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.0.iter().map(|core| &core.line)
    }

    /// The one with the fewest clients, with those on their way, if they are fewer than this.
    pub fn least_busy(&self, than: usize) -> Option<usize> {
        // Most of the time a core is not busy enough to look at the others.
        if than == 0 {
            return None;
        }
        let count = |index: usize| {
            let pending = self.pending(index);
            let open = self.0[index].stats.connections_open.get();
            (pending < PENDING_MAX).then_some((open + pending, index))
        };
        let (fewest, index) = (0..self.len()).filter_map(count).min()?;
        (fewest < than as u64).then_some(index)
    }

    /// ServerCore `from` gives core `to` a client to serve.
    pub fn hand_over(&self, from: usize, to: usize, client: Order) {
        self.0[from].given[to].add(1);
        self.0[to].line.give(client);
    }

    /// A core has taken a client that it was given.
    pub fn took(&self, index: usize) {
        self.0[index].taken.add(1);
    }

    fn pending(&self, to: usize) -> u64 {
        let given: u64 = self.0.iter().map(|from| from.given[to].get()).sum();
        given.saturating_sub(self.0[to].taken.get())
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::net::UnixStream;
    use std::sync::mpsc;

    use super::*;

    fn cores(open: &[u64]) -> Cores {
        let one = |open: &u64| {
            let stats = Arc::new(CoreStats::default());
            stats.connections_open.set(*open);
            let (ringing, _) = UnixStream::pair().expect("a descriptor is left");
            ringing.set_nonblocking(true).expect("set");
            (Line::new(mpsc::channel().0, ringing), stats)
        };
        Cores::new(open.iter().map(one).collect())
    }

    fn client() -> Order {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let stream = TcpStream::connect(address).expect("it listens");
        Order::Take(stream, address, address)
    }

    #[test]
    fn clients_on_their_way_count_as_if_they_were_there() {
        let cores = cores(&[10, 8, 9]);
        assert_eq!(cores.least_busy(10), Some(1));
        assert_eq!(cores.least_busy(8), None);
        cores.hand_over(0, 1, client());
        cores.hand_over(2, 1, client());
        assert_eq!(cores.least_busy(10), Some(2));
        cores.took(1);
        cores.took(1);
        assert_eq!(cores.least_busy(10), Some(1));
    }

    #[test]
    fn a_core_that_takes_nothing_is_given_no_more() {
        let cores = cores(&[1000, 0]);
        for _ in 0..PENDING_MAX {
            assert_eq!(cores.least_busy(1000), Some(1));
            cores.hand_over(0, 1, client());
        }
        assert_eq!(cores.least_busy(1000), None);
    }
}
