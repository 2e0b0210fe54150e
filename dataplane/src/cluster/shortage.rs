//! Why a connection could not even be tried: what is short here, and no endpoint's fault. Nobody is
//! moved for it.

use std::io;

/// What is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortage {
    /// File descriptors, or the kernel's memory for sockets.
    Descriptors,
    /// A local port, a route, an interface, or the right to use them.
    Network,
}

/// What a failed connect says to be short, if it does.
#[must_use]
pub fn shortage(error: &io::Error) -> Option<Shortage> {
    match error.raw_os_error()? {
        libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM => Some(Shortage::Descriptors),
        // No EHOSTUNREACH: that is what a neighbour says, or does not say, of the endpoint.
        libc::EADDRNOTAVAIL
        | libc::EADDRINUSE
        | libc::EAGAIN
        | libc::ENETUNREACH
        | libc::ENETDOWN
        | libc::EAFNOSUPPORT
        | libc::EACCES
        | libc::EPERM => Some(Shortage::Network),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_here_is_no_endpoints_fault() {
        let check = |code, expected| {
            let error = io::Error::from_raw_os_error(code);
            assert_eq!(shortage(&error), expected, "{error}");
        };
        check(libc::EMFILE, Some(Shortage::Descriptors));
        check(libc::EADDRNOTAVAIL, Some(Shortage::Network));
        check(libc::ENETUNREACH, Some(Shortage::Network));
        check(libc::ENETDOWN, Some(Shortage::Network));
        check(libc::ECONNREFUSED, None);
        check(libc::ETIMEDOUT, None);
        check(libc::EHOSTUNREACH, None);
        assert_eq!(shortage(&io::ErrorKind::TimedOut.into()), None);
    }
}
