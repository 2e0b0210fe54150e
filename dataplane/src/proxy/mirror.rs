//! Copies of requests for mirrors. Nobody waits for one, and what becomes of it changes nothing for
//! the client: the answer is read to its end and thrown away.
//!
//! A copy is made as the request is first sent, with the rule's edits, and leaves when the request's
//! body has. It is given up when the body is longer than what is kept, when the core has no memory for it or enough
//! copies on their way, or when its endpoint takes too long.

use std::cell::RefCell;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use http::Method;
use monoio::io::AsyncWriteRentExt;

use super::context::RequestContext;
use super::core::ProxyCore;
use super::destination::Destination;
use super::outgoing::encode_request;
use super::replay_body::ReplayBody;
use crate::cluster;
use crate::config::Mirror;
use crate::config::edits::Edits;
use crate::proto::h1::body::Remaining;
use crate::proto::h1::client::{Following, ResponseReader};
use crate::proto::h1::framing::Framing;
use crate::runtime::panics;
use crate::transport::wire::Reader;

/// How many copies one core has on their way at once.
const MIRRORS_MAX: usize = 256;

/// How long a copy may take, from its leaving to the answer's last byte.
const MIRROR_TIMEOUT: Duration = Duration::from_secs(15);

/// The copies of one request, ready but for the body.
#[derive(Default)]
pub struct Copies(Vec<Copy>);

struct Copy {
    address: SocketAddr,
    /// [`Endpoint::key`].
    key: u64,
    /// The head.
    bytes: Vec<u8>,
    method: Method,
    framing: Framing,
}

impl Copies {
    /// The copies that this request's mirrors get.
    pub fn of(core: &ProxyCore, context: &RequestContext<'_>) -> Self {
        let mirrors = context.forward.mirrors.iter();
        let taken = mirrors.filter(|mirror| core.mirrors.takes(mirror));
        Self(
            taken
                .filter_map(|mirror| Copy::new(core, mirror, context))
                .collect(),
        )
    }

    /// The request's body has left: the copies leave too.
    pub fn send(self, core: &Rc<ProxyCore>, replay: Option<&RefCell<ReplayBody>>) {
        for mut copy in self.0 {
            if let Some(replay) = replay {
                let replay = replay.borrow();
                if replay.is_too_long() {
                    core.stats.bounds_hit.count("mirror-body");
                    core.stats.mirrors.count("body-too-long");
                    continue;
                }
                if !replay.is_whole() {
                    core.stats.mirrors.count("no-memory");
                    continue;
                }
                replay.encode(&mut copy.bytes, copy.framing);
            }
            if core.mirrors.on_their_way.get() == MIRRORS_MAX {
                core.stats.bounds_hit.count("mirrors");
                core.stats.mirrors.count("too-many");
                continue;
            }
            monoio::spawn(travel(Way::begin(core), copy));
        }
    }
}

impl Copy {
    /// Of the request's head; `None`: that mirror gets none.
    fn new(core: &ProxyCore, mirror: &Mirror, context: &RequestContext<'_>) -> Option<Self> {
        let request = context.request;
        let Some(endpoint) = core.mirrors.endpoint(context.config, mirror) else {
            core.stats.mirrors.count("no-endpoint");
            return None;
        };
        if request.is_upgrade {
            core.stats.mirrors.count("upgrade");
            return None;
        }
        let to = Destination {
            edits: &Edits::default(),
            rewrite: None,
            address_text: &endpoint.address_text,
        };
        let mut bytes = Vec::new();
        encode_request(&mut bytes, context, &to, core.settings.via);
        Some(Self {
            address: endpoint.address,
            key: endpoint.key,
            bytes,
            method: request.head.method.clone(),
            framing: request.framing,
        })
    }
}

async fn travel(way: Way, copy: Copy) {
    let core = Rc::clone(&way.0);
    let carried = async move {
        let is_answered = carry(&way.0, copy).await.is_ok();
        let outcome = if is_answered { "answered" } else { "failed" };
        way.0.stats.mirrors.count(outcome);
    };
    if !panics::run(Rc::clone(&core.turns), Box::pin(carried)).await {
        core.stats.panics.add(1);
    }
}

/// Counts a copy while it is on its way.
struct Way(Rc<ProxyCore>);

impl Way {
    fn begin(core: &Rc<ProxyCore>) -> Self {
        core.mirrors
            .on_their_way
            .set(core.mirrors.on_their_way.get() + 1);
        Self(Rc::clone(core))
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        let count = &self.0.mirrors.on_their_way;
        count.set(count.get() - 1);
    }
}

/// Why a copy came to nothing; nobody asks.
struct Lost;

impl From<io::Error> for Lost {
    fn from(_: io::Error) -> Self {
        Self
    }
}

async fn carry(core: &ProxyCore, copy: Copy) -> Result<(), Lost> {
    let mut upstream = match core.pool.take(copy.key) {
        Some(upstream) => upstream,
        None => cluster::connect(core, copy.address, core.settings.connect_timeout).await?,
    };
    upstream
        .deadline
        .set(core.clock.read(), MIRROR_TIMEOUT, Shutdown::Both);
    upstream.write.write_all(copy.bytes).await.0?;
    let mut from = ResponseReader::new(&mut upstream.read, core.buffers.take_read());
    let is_reusable = skip(core, &mut from, &copy.method).await;
    let is_empty = from.buffer.is_empty();
    core.buffers.give_read(from.buffer);
    if is_reusable? && is_empty {
        core.pool.give(copy.key, upstream, core.clock.last());
    }
    Ok(())
}

/// Reads an answer to its end: whether the connection can be used again.
async fn skip(
    core: &ProxyCore,
    from: &mut ResponseReader<'_, Reader>,
    method: &Method,
) -> Result<bool, Lost> {
    loop {
        let Some(head) = from.head(&core.spare_fields).map_err(|_| Lost)? else {
            match from.read().await? {
                0 => return Err(Lost),
                _ => continue,
            }
        };
        if head.status.is_informational() {
            continue;
        }
        let following = Following::of(&head, method).map_err(|_| Lost)?;
        let mut left = Remaining::of(following.framing);
        let mut body = from.body(&mut left, &following.options, &core.window_budget);
        while body.next().await.map_err(|_| Lost)?.is_some() {}
        body.take_trailers().map_err(|_| Lost)?;
        return Ok(following.is_persistent);
    }
}
