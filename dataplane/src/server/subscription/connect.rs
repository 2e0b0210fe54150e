//! A connection to whichever replica behind an address accepts first.
//!
//! The operator's Service goes on leading to replicas of a node that is gone, for 40 seconds by
//! default, and what it sends there is lost without a word. So a connection that takes long is joined
//! by another one, which the Service may lead elsewhere; those that are too late are closed unused.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How long after a try the next one begins.
const NEXT_AFTER: Duration = Duration::from_millis(250);

/// Tries in progress at once; the caller bounds the time.
const TRIES_MAX: usize = 16;

/// The first that is accepted.
///
/// # Errors
/// The last one's, once all that were begun have failed.
pub async fn raced(address: SocketAddr) -> io::Result<TokioIo<TcpStream>> {
    let mut tries = FuturesUnordered::from_iter([TcpStream::connect(address)]);
    loop {
        let is_last = tries.len() == TRIES_MAX;
        tokio::select! {
            Some(tried) = tries.next() => match tried {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(TokioIo::new(stream));
                }
                Err(error) if tries.is_empty() => return Err(error),
                Err(_) => {}
            },
            () = tokio::time::sleep(NEXT_AFTER), if !is_last => tries.push(TcpStream::connect(address)),
        }
    }
}
