//! System calls on sockets that the runtime owns, none of which waits.
//!
//! The one data-plane module that borrows raw descriptors.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use socket2::SockRef;

/// How far a peer has ended its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It may send more.
    None,
    /// It sends no more, and may still read.
    Half,
    /// It is gone.
    Whole,
}

/// How far the peers have ended their connections, asked in one call that takes nothing from any.
pub fn ends(sockets: &[Borrowed]) -> Vec<End> {
    let end = |told: i16| match told {
        told if told & (libc::POLLERR | libc::POLLHUP) != 0 => End::Whole,
        told if told & libc::POLLRDHUP != 0 => End::Half,
        _ => End::None,
    };
    poll(sockets, libc::POLLRDHUP).map(end).collect()
}

/// Whether each peer has sent something, be it its end or an error, asked in the same way.
pub fn have_something(sockets: &[Borrowed]) -> Vec<bool> {
    let something = |told: i16| told != 0;
    poll(sockets, libc::POLLIN).map(something).collect()
}

/// What the kernel has to tell of each socket, beside errors. Of none, where it has no memory for it.
fn poll(sockets: &[Borrowed], events: i16) -> impl Iterator<Item = i16> {
    let polled = sockets.iter().map(|socket| libc::pollfd {
        fd: socket.0,
        events,
        revents: 0,
    });
    let mut polled: Vec<libc::pollfd> = polled.collect();
    if !polled.is_empty() {
        // SAFETY: the array is alive and as long as it says, and the call does not wait. A descriptor
        // that is not open would be told as such.
        unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, 0) };
    }
    polled.into_iter().map(|polled| polled.revents)
}

/// A socket that somebody else owns and keeps open.
///
/// Whoever makes one must drop it before the socket closes; see [`Borrowed::new`].
#[derive(Clone, Copy, Debug)]
pub struct Borrowed(RawFd);

impl Borrowed {
    /// Borrows a socket.
    ///
    /// The borrow is not checked: keep the value beside the socket, in a field declared before it.
    /// Used later it would act on whichever socket got the number next.
    pub fn new(socket: &impl AsRawFd) -> Self {
        Self(socket.as_raw_fd())
    }

    /// Ends reading or everything; what waits on the socket returns.
    pub fn shut_down(self, how: Shutdown) {
        // Fails only when the peer is gone already, which is as good.
        let _ = self.with(|socket| socket.shutdown(how));
    }

    /// Makes the coming close a reset, so that the peer cannot take the end for a whole message.
    pub fn reset_on_close(self) {
        let _ = self.with(|socket| socket.set_linger(Some(Duration::ZERO)));
    }

    /// Acknowledges what was received at once: a peer that waits for that before it sends more (Nagle's
    /// algorithm) would otherwise wait for a timer of ours.
    pub fn acknowledge(self) {
        // The timer is the worse for it, and nothing else.
        let _ = self.with(|socket| socket.set_tcp_quickack(true));
    }

    /// How many bytes the peer has acknowledged since it connected (Linux 4.1); 0 where that is not known.
    pub fn acknowledged_bytes(self) -> u64 {
        // Of `struct tcp_info`, which the kernel only ever makes longer: `tcpi_bytes_acked`.
        const AT: usize = 120;
        let mut info = [0u8; AT + 8];
        let mut len = info.len() as libc::socklen_t;
        // SAFETY: the kernel writes no more than `len` bytes, and `info` has them.
        let told = unsafe {
            libc::getsockopt(
                self.0,
                libc::IPPROTO_TCP,
                libc::TCP_INFO,
                info.as_mut_ptr().cast(),
                &mut len,
            )
        };
        match (told, info[AT..].try_into()) {
            (0, Ok(bytes)) if len as usize == info.len() => u64::from_ne_bytes(bytes),
            _ => 0,
        }
    }

    /// Whether the peer has sent nothing: no byte, no end, no error.
    pub fn is_silent(self) -> bool {
        let mut byte = [MaybeUninit::uninit()];
        let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
        let peeked = self.with(|socket| socket.recv_with_flags(&mut byte, flags));
        peeked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    fn with<R>(self, act: impl FnOnce(SockRef<'_>) -> R) -> R {
        // SAFETY: the descriptor is open for the whole call: by the rule of `new`, this value does
        // not outlive the socket, whose owner is on this thread and so not closing it meanwhile.
        let borrowed = unsafe { BorrowedFd::borrow_raw(self.0) };
        act(SockRef::from(&borrowed))
    }
}
