//! A monoio runtime as Limpet's cores have it, so that the relay differs in nothing else.

use std::io;

use monoio::time::TimeDriver;
use monoio::{FusionRuntime, IoUringDriver, LegacyDriver, RuntimeBuilder};

use crate::args::Driver;

/// A thread's runtime.
pub type Runtime = FusionRuntime<TimeDriver<IoUringDriver>, TimeDriver<LegacyDriver>>;

/// As many as Limpet's.
const RING_ENTRIES: u32 = 1024;

/// Builds one for the calling thread.
pub fn build(driver: Driver) -> io::Result<Runtime> {
    if driver == Driver::Epoll {
        let builder = RuntimeBuilder::<LegacyDriver>::new().enable_timer();
        return Ok(builder.build()?.into());
    }
    let mut ring = io_uring::IoUring::builder();
    ring.setup_single_issuer().setup_defer_taskrun();
    let builder = RuntimeBuilder::<IoUringDriver>::new()
        .with_entries(RING_ENTRIES)
        .uring_builder(ring)
        .enable_timer();
    Ok(builder.build()?.into())
}
