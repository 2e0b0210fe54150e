//! Which kernel interface the cores run on, and building a runtime on it.
//!
//! Tried in order: io_uring with DEFER_TASKRUN (completions are reaped in batches at the wait),
//! io_uring with COOP_TASKRUN (kernels before 6.1), epoll (where seccomp refuses the ring).

use std::io;

use monoio::time::TimeDriver;
use monoio::{FusionRuntime, IoUringDriver, LegacyDriver, RuntimeBuilder};
use thiserror::Error;

use crate::base::settings::Driver;

/// A core's runtime.
pub type Runtime = FusionRuntime<TimeDriver<IoUringDriver>, TimeDriver<LegacyDriver>>;

/// Ring entries per core; the kernel flushes early when more are submitted at once.
const RING_ENTRIES: u32 = 1024;

/// The interface that was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Running {
    /// io_uring with SINGLE_ISSUER and DEFER_TASKRUN.
    IoUringDefer,
    /// io_uring with COOP_TASKRUN.
    IoUringCoop,
    /// epoll.
    Epoll,
}

/// io_uring was asked for and the kernel refuses it.
#[derive(Debug, Error)]
#[error(
    "the kernel refuses io_uring ({0}): allow io_uring_setup, io_uring_enter and \
     io_uring_register in the seccomp profile, set kernel.io_uring_disabled to 0, or choose the \
     driver auto or epoll [io-uring-refused]"
)]
pub struct RingRefused(#[source] io::Error);

impl Running {
    /// The label in log and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::IoUringDefer => "io_uring-defer",
            Self::IoUringCoop => "io_uring-coop",
            Self::Epoll => "epoll",
        }
    }

    /// Finds the best interface the kernel allows, by building a ring and dropping it.
    pub fn choose(wanted: Driver) -> Result<Self, RingRefused> {
        if wanted == Driver::Epoll {
            return Ok(Self::Epoll);
        }
        let refusal = match Self::IoUringDefer.try_ring() {
            Ok(()) => return Ok(Self::IoUringDefer),
            Err(refusal) => refusal,
        };
        match (Self::IoUringCoop.try_ring(), wanted) {
            (Ok(()), _) => Ok(Self::IoUringCoop),
            (Err(_), Driver::IoUring) => Err(RingRefused(refusal)),
            (Err(_), _) => Ok(Self::Epoll),
        }
    }

    /// Builds a runtime for the calling thread.
    pub fn build(self) -> io::Result<Runtime> {
        if self == Self::Epoll {
            return Ok(RuntimeBuilder::<LegacyDriver>::new()
                .enable_timer()
                .build()?
                .into());
        }
        let builder = RuntimeBuilder::<IoUringDriver>::new()
            .with_entries(RING_ENTRIES)
            .uring_builder(self.ring_flags());
        Ok(builder.enable_timer().build()?.into())
    }

    fn try_ring(self) -> io::Result<()> {
        if !monoio::utils::detect_uring() {
            return Err(io::Error::from(io::ErrorKind::Unsupported));
        }
        // A profile may allow the ring and refuse its use.
        let ring = self.ring_flags().build(RING_ENTRIES)?;
        ring.submit().map(drop)
    }

    fn ring_flags(self) -> io_uring::Builder {
        let mut ring = io_uring::IoUring::builder();
        match self {
            Self::IoUringDefer => ring.setup_single_issuer().setup_defer_taskrun(),
            _ => ring.setup_coop_taskrun(),
        };
        ring
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epoll_is_never_refused() {
        assert_eq!(
            Running::choose(Driver::Epoll).expect("epoll"),
            Running::Epoll
        );
    }

    #[test]
    fn every_interface_that_is_chosen_can_be_built() {
        for wanted in [Driver::Auto, Driver::Epoll] {
            let running = Running::choose(wanted).expect("one of them");
            let mut runtime = running.build().expect("what was tried can be built");
            assert_eq!(runtime.block_on(async { 7 }), 7);
        }
    }
}
