//! Bytes both ways after a 101 response, until both sides have ended or neither says anything.

use std::net::Shutdown;
use std::rc::Rc;
use std::time::Duration;

use bytes::BytesMut;
use monoio::io::{AsyncReadRent, AsyncWriteRent, AsyncWriteRentExt};

use crate::base::clock::Moment;
use crate::proto::h1::body::read_more;
use crate::proto::h1::window::Window;
use crate::runtime::budget::Budget;
use crate::runtime::buffers::WINDOW_BYTES_MAX;
use crate::runtime::deadlines::Deadline;
use crate::transport::wire::{Reader, Writer};

/// Both ends of a tunnel, with what was read beyond the heads.
pub struct Tunnel<'a> {
    pub client_read: &'a mut Reader,
    pub client_write: &'a mut Writer,
    pub client_buffer: &'a mut BytesMut,
    pub client_deadline: &'a Deadline,
    pub upstream_read: &'a mut Reader,
    pub upstream_write: &'a mut Writer,
    pub upstream_buffer: &'a mut BytesMut,
    pub upstream_deadline: &'a Deadline,
    pub idle_timeout: Duration,
    pub windows: &'a Rc<Budget>,
}

impl Tunnel<'_> {
    /// Carries bytes until it is over: the bytes that went to the client.
    pub async fn run(self) -> u64 {
        let limits = IdleLimits {
            both: [self.client_deadline, self.upstream_deadline],
            idle: self.idle_timeout,
            windows: self.windows,
        };
        limits.touch();
        let up = carry(
            self.client_read,
            self.client_buffer,
            self.upstream_write,
            limits.of(TunnelEnd::Upstream),
        );
        let down = carry(
            self.upstream_read,
            self.upstream_buffer,
            self.client_write,
            limits.of(TunnelEnd::Client),
        );
        let (_, sent) = monoio::join!(up, down);
        sent
    }
}

struct IdleLimits<'a> {
    both: [&'a Deadline; 2],
    idle: Duration,
    windows: &'a Rc<Budget>,
}

/// An end of the tunnel.
#[derive(Clone, Copy)]
enum TunnelEnd {
    Client = 0,
    Upstream = 1,
}

/// The limits as one direction sees them, which sends to that side.
#[derive(Clone, Copy)]
struct Towards<'a> {
    limits: &'a IdleLimits<'a>,
    to: TunnelEnd,
}

impl Towards<'_> {
    /// What is sent now may be taken slowly; the other side may say nothing meanwhile.
    fn sends(&self) {
        let to = self.to as usize;
        let now = Moment::now();
        self.limits.both[to].limit_sending(now, self.limits.idle, None);
        self.limits.both[1 - to].clear();
    }
}

impl IdleLimits<'_> {
    fn of(&self, to: TunnelEnd) -> Towards<'_> {
        Towards { limits: self, to }
    }

    fn touch(&self) {
        let now = Moment::now();
        for deadline in self.both {
            deadline.limit_sending(now, self.idle, None);
        }
    }

    fn end(&self) {
        for deadline in self.both {
            deadline.end_now(Shutdown::Both);
        }
    }
}

async fn carry<R: AsyncReadRent, W: AsyncWriteRent>(
    from: &mut R,
    buffer: &mut BytesMut,
    to: &mut W,
    towards: Towards<'_>,
) -> u64 {
    let mut window = Window::of(towards.limits.windows);
    let carried = carry_all(from, buffer, to, towards, &mut window).await;
    // The other direction may go on for days.
    window.narrow(buffer);
    carried
}

async fn carry_all<R: AsyncReadRent, W: AsyncWriteRent>(
    from: &mut R,
    buffer: &mut BytesMut,
    to: &mut W,
    towards: Towards<'_>,
    window: &mut Window,
) -> u64 {
    let limits = towards.limits;
    let mut carried = 0;
    loop {
        if !buffer.is_empty() {
            carried += buffer.len() as u64;
            towards.sends();
            if to.write_all(buffer.split().freeze()).await.0.is_err() {
                limits.end();
                return carried;
            }
            limits.touch();
        }
        window.make_room(buffer, WINDOW_BYTES_MAX);
        match read_more(from, buffer).await {
            Ok(0) => break,
            Ok(len) => window.has_read(len),
            Err(_) => {
                limits.end();
                return carried;
            }
        }
    }
    // The other direction may go on.
    if to.shutdown().await.is_err() {
        limits.end();
    }
    carried
}
