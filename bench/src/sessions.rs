//! New sessions by the thousand: the cookie that each got from its first answer.

use std::net::SocketAddr;
use std::thread;

use crate::error::Result;
use crate::peers::{COOKIE_NAME, Peer, Running};
use crate::probe::Connection;

/// Connections that ask beside one another.
const CONNECTIONS: u32 = 8;

/// So many new sessions' cookies for that path, each `NAME=VALUE`. A relay sets none: they are made up.
pub fn cookies(peer: Peer, running: &Running, path: &str, count: u32) -> Result<Vec<String>> {
    if peer.is_relay() {
        return Ok((0..count).map(relayed).collect());
    }
    let to = running.address;
    let asked = thread::scope(|scope| {
        let started: Vec<_> = shares(count)
            .map(|share| scope.spawn(move || ask(to, path, share)))
            .collect();
        started
            .into_iter()
            .map(|thread| thread.join().expect("who asks never panics"))
            .collect::<std::result::Result<Vec<_>, String>>()
    });
    let cookies = asked.map_err(|why| running.process.not_serving(why))?;
    Ok(cookies.concat())
}

/// As long as a pin of Limpet's.
fn relayed(number: u32) -> String {
    format!("{COOKIE_NAME}={number:0>55}")
}

/// What each connection asks for.
fn shares(count: u32) -> impl Iterator<Item = u32> {
    let share = move |index| count / CONNECTIONS + u32::from(index < count % CONNECTIONS);
    (0..CONNECTIONS).map(share).filter(|share| *share > 0)
}

fn ask(to: SocketAddr, path: &str, count: u32) -> std::result::Result<Vec<String>, String> {
    let mut connection = Connection::open(to).map_err(|error| error.to_string())?;
    let host = to.to_string();
    let cookie = |_| {
        let answer = connection.get(&host, path, None);
        let answer = answer.map_err(|error| error.to_string())?;
        let cookie = answer.cookie();
        Ok(cookie.ok_or("a first answer sets no cookie")?.to_owned())
    };
    (0..count).map(cookie).collect()
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn all_are_asked_for_and_nobody_asks_for_none() {
        assert_eq!(shares(10).collect::<Vec<_>>(), [2, 2, 1, 1, 1, 1, 1, 1]);
        assert_eq!(shares(1).collect::<Vec<_>>(), [1]);
        assert_eq!(shares(100_000).sum::<u32>(), 100_000);
    }
}
