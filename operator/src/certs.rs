//! The certificates and keys that an operator makes for itself and its data planes.
//!
//! One authority of our own signs two leaves: the operator's (webhook and stream), and the data
//! planes'. They live in Secrets of the release's namespace, which the leader makes and renews;
//! every replica serves what is there. A new authority is trusted everywhere before anything is
//! signed with it, and the old one stays trusted until nothing of it is left ([`rotation`]), so that
//! no handshake ever fails. The affinity keys are kept and renewed in the same way.
//!
//! It refuses to be asked by anybody but Kubernetes and our own. Private keys are in no Debug output
//! and no log. Tested below with a clock that is moved.

mod authority;
mod keeper;
mod keys;
mod rotation;
mod secrets;
mod server;

pub(crate) use authority::fleet_of;
pub use authority::{Bundle, Leaf};
pub use keeper::Keeper;
pub use rotation::{Names, renew};
pub use secrets::{KeeperError, Settings};
pub use server::{Clients, config};
