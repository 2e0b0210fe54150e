//! The thread of one core: a runtime, the orders of the control thread and of other cores, and a way back
//! to life.
//!
//! A panic in a connection never gets here (see [`crate::runtime::panics`]). Should the runtime itself die,
//! the thread ends all its sockets, starts anew on the same listening sockets and counts it.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use super::acceptor;
use super::acceptors::Acceptors;
use super::hand_over::{Change, Inbox, Order};
use crate::runtime::deadlines::TICK;
use crate::runtime::driver::Running;
use crate::runtime::turn;
use crate::server::core::{Seed, ServerCore};

/// How often a draining core looks whether it is idle.
const DRAIN_TICK: Duration = Duration::from_millis(5);
/// How long connections may take to end once their sockets are shut down.
const END_TIMEOUT: Duration = Duration::from_secs(1);

/// What outlives a runtime: the way to the control thread and what it last said.
pub struct Worker {
    /// What a core is made of.
    pub seed: Seed,
    /// Which kernel interface the runtime is built on.
    pub running: Running,
    /// What the control thread wants. Its bell is only ever polled, so that a dead runtime's pending
    /// operation cannot swallow a ring.
    pub inbox: Inbox,
    /// The listening sockets of this core, by the address they were asked for.
    pub sockets: BTreeMap<SocketAddr, TcpListener>,
}

/// Serves until told to drain. `ready` learns whether the first runtime could be built.
pub fn run(mut worker: Worker, ready: &Sender<std::io::Result<()>>) {
    let mut is_first = true;
    loop {
        let mut runtime = match worker.running.build() {
            Ok(runtime) => runtime,
            Err(error) if is_first => return drop(ready.send(Err(error))),
            Err(error) => {
                tracing::error!(core = worker.seed.index, %error, "a worker cannot start again [worker-not-started]");
                std::thread::sleep(Duration::from_secs(1));
                continue;
            }
        };
        if is_first {
            is_first = false;
            let _ = ready.send(Ok(()));
        }
        let core = ServerCore::new(&worker.seed);
        let lived = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(live(&core, &mut worker))
        }));
        if lived.is_err() || core.is_busy() {
            // Operations may be in flight in the kernel, which point into its memory.
            std::mem::forget(runtime);
        }
        match lived {
            Ok(()) => return,
            Err(_) => {
                core.deadlines.end_all();
                core.stats.restarts.add(1);
                core.stats.connections_open.set(0);
                tracing::error!(
                    core = worker.seed.index,
                    "a worker died and is started again [worker-died]"
                );
            }
        }
    }
}

async fn live(core: &Rc<ServerCore>, worker: &mut Worker) {
    let mut acceptors = Acceptors::default();
    for (address, socket) in &worker.sockets {
        acceptors.open(core, *address, socket);
    }
    while let Err(error) = turn::start(&core.turns, &core.is_over) {
        tracing::error!(core = core.index, %error, "a worker cannot start [worker-not-started]");
        std::thread::sleep(Duration::from_secs(1));
    }
    monoio::spawn(sweep(Rc::clone(core)));
    let bell = worker
        .inbox
        .bell
        .try_clone()
        .and_then(monoio::net::UnixStream::from_std);
    let bell = bell.expect("a socket pair can be polled");
    let rung = async || drop(bell.readable(false).await);
    loop {
        match worker.inbox.next(rung).await {
            Some(Order::Apply(change, done)) => {
                apply(core, worker, &mut acceptors, change);
                let _ = done.send(());
            }
            Some(Order::Ask(question)) => question(&core.proxy),
            Some(Order::Take(stream, peer, address)) => take(core, stream, peer, address),
            Some(Order::Leave) => {
                worker.seed.is_leaving = true;
                core.is_leaving.set(true);
            }
            Some(Order::Drain) | None => {
                worker.sockets.clear();
                acceptors.close_all();
                return drain(core, &worker.inbox).await;
            }
        }
    }
}

fn take(core: &Rc<ServerCore>, stream: TcpStream, peer: SocketAddr, address: SocketAddr) {
    core.cores.took(core.index);
    acceptor::welcome(core, address, stream, peer);
}

fn apply(core: &Rc<ServerCore>, worker: &mut Worker, acceptors: &mut Acceptors, change: Change) {
    core.proxy.set_config(Arc::clone(&change.config));
    worker.seed.config = Some(change.config);
    for address in change.closed {
        worker.sockets.remove(&address);
        acceptors.close(address);
    }
    for (address, socket) in change.opened {
        acceptors.open(core, address, &socket);
        worker.sockets.insert(address, socket);
    }
    core.proxy.end_unserved();
}

/// Lets requests in flight finish, then ends what is left.
async fn drain(core: &Rc<ServerCore>, inbox: &Inbox) {
    core.is_leaving.set(true);
    wait_until_idle(core, core.settings.drain_timeout, || {
        // Other cores may have accepted for this one before they were told to drain, too.
        while let Some(order) = inbox.try_next() {
            if let Order::Take(stream, peer, address) = order {
                take(core, stream, peer, address);
            }
        }
        core.deadlines.end_idle(|_| true);
    })
    .await;
    wait_until_idle(core, END_TIMEOUT, || core.deadlines.end_all()).await;
    core.proxy.pool.clear();
    // The core itself may stay in the memory of tasks that never end.
    drop(core.proxy.log.take());
    core.is_over.raise();
}

async fn wait_until_idle(core: &ServerCore, limit: Duration, nudge: impl Fn()) {
    let until = Instant::now() + limit;
    nudge();
    while core.is_busy() && Instant::now() < until {
        nudge();
        monoio::time::sleep(DRAIN_TICK).await;
    }
}

/// Fires limits and empties pools.
async fn sweep(core: Rc<ServerCore>) {
    const POOL_TICKS: u32 = 20;
    const GONE_TICKS: u32 = 5;
    let mut tick = 0u32;
    while !core.is_over.is_raised() {
        monoio::time::sleep(TICK).await;
        tick = tick.wrapping_add(1);
        let now = core.clock.tick();
        core.deadlines.sweep(now);
        if tick.is_multiple_of(GONE_TICKS) {
            core.deadlines.find_gone(now);
        }
        if let Some(log) = &mut *core.proxy.log.borrow_mut() {
            log.flush();
        }
        if tick.is_multiple_of(POOL_TICKS) {
            core.proxy.pool.sweep(now);
        }
    }
}
