//! What became of a snapshot.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::transport::listen::ListenError;

/// What became of a snapshot's listeners; the snapshot itself is live on every core.
#[derive(Debug)]
pub struct Applied {
    /// Where each listener is served, or why it is not. The others are served all the same.
    pub listeners: BTreeMap<String, Result<SocketAddr, Arc<ListenError>>>,
}
