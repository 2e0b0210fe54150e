//! The application behind every peer: answers a fixed reply as fast as a socket takes it, so that
//! it is never what is measured. Understands just enough HTTP/1.1 to count heads without bodies;
//! the path `/64k` gets 64 KiB, every other 100 bytes. Who asks for the connection's end gets it, as behind a
//! relay that is the only way to see new connections.

use std::net::SocketAddr;
use std::ptr;

use memchr::memmem;
use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use monoio::net::{ListenerOpts, TcpListener, TcpStream};

use crate::args::{BackendArgs, Driver};
use crate::error::{Context, Result};
use crate::runtime;

/// The body's length of the small reply.
pub const SMALL_BYTES: usize = 100;
/// The body's length of the large reply.
pub const LARGE_BYTES: usize = 64 * 1024;
/// The path of the large reply.
pub const LARGE_PATH: &str = "/64k";

const HEAD_END: &[u8] = b"\r\n\r\n";
/// As wrk sends it, and no peer sends it on.
const CLOSE: &[u8] = b"\r\nConnection: close";

/// Both replies, ready to be sent.
#[derive(Clone, Copy)]
struct Replies {
    small: &'static [u8],
    large: &'static [u8],
    /// The small one, and the connection's end.
    last: &'static [u8],
}

/// Serves until it is killed.
pub fn serve(args: &BackendArgs) -> Result<()> {
    let replies = Replies {
        small: reply(SMALL_BYTES, ""),
        large: reply(LARGE_BYTES, ""),
        last: reply(SMALL_BYTES, "connection: close\r\n"),
    };
    let mut runtime = runtime::build(Driver::IoUring)
        .or_else(|_| runtime::build(Driver::Epoll))
        .context(|| "a runtime".to_owned())?;
    runtime.block_on(async {
        let mut listeners = Vec::new();
        for address in &args.listen {
            listeners.push(monoio::spawn(accept(listen(*address)?, replies)));
        }
        for listener in listeners {
            listener.await;
        }
        Ok(())
    })
}

fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind_with_config(address, &ListenerOpts::new().backlog(1024))
        .context(|| format!("cannot listen on {address}"))
}

async fn accept(listener: TcpListener, replies: Replies) {
    loop {
        // A peer that went away again is no reason to end.
        if let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            monoio::spawn(answer(stream, replies));
        }
    }
}

async fn answer(mut stream: TcpStream, replies: Replies) {
    let mut buffer = Vec::with_capacity(16 * 1024);
    let mut rest: Vec<u8> = Vec::new();
    loop {
        let (read, full) = stream.read(buffer).await;
        if !read.is_ok_and(|len| len > 0) {
            return;
        }
        rest.extend_from_slice(&full);
        buffer = full;
        while let Some(len) = memmem::find(&rest, HEAD_END) {
            let reply = replies.to(&rest[..len]);
            rest.drain(..len + HEAD_END.len());
            if stream.write_all(reply).await.0.is_err() || ptr::eq(reply, replies.last) {
                return;
            }
        }
    }
}

impl Replies {
    fn to(self, head: &[u8]) -> &'static [u8] {
        let target = head.split(|byte| *byte == b' ').nth(1);
        if target.is_some_and(|target| target.ends_with(LARGE_PATH.as_bytes())) {
            self.large
        } else if memmem::find(head, CLOSE).is_some() {
            self.last
        } else {
            self.small
        }
    }
}

fn reply(body_bytes: usize, field: &str) -> &'static [u8] {
    let mut reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: {body_bytes}\r\n{field}\r\n"
    )
    .into_bytes();
    reply.resize(reply.len() + body_bytes, b'x');
    reply.leak()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_has_the_body_it_announces() {
        let reply = reply(LARGE_BYTES, "");
        let head = memmem::find(reply, HEAD_END).expect("a head");
        assert_eq!(reply.len(), head + HEAD_END.len() + LARGE_BYTES);
    }

    #[test]
    fn the_path_chooses_the_reply() {
        let replies = Replies {
            small: b"small",
            large: b"large",
            last: b"last",
        };
        let close = b"GET / HTTP/1.1\r\nhost: a\r\nConnection: close";
        assert_eq!(replies.to(close), b"last");
        assert_eq!(replies.to(b"GET /64k HTTP/1.1\r\nhost: a"), b"large");
        assert_eq!(replies.to(b"GET / HTTP/1.1\r\nhost: a"), b"small");
    }
}
