//! The contract of session affinity over real sockets: two cores, three pods or more, both drivers.
//!
//! | file | rules of the contract |
//! |---|---|
//! | `sticking` | a pin leads to the same pod: connections, cores, replicas, restarts, reloads |
//! | `moving` | pods that are gone, refuse or drain; weight 0 |
//! | `raced` | pods that do not even refuse: others are asked beside them |
//! | `balancing` | weights, and what is not pinned |
//! | `distrust` | forged, foreign, expired and duplicate pins |
//! | `cookies` | what the answer says: attributes, other pins, the application's own cookie |
//! | `persistence` | session cookies, and weights that choose for every request (Gateway API) |
//! | `bounds` | cryptography, memory and requests per session |

mod support;

#[path = "affinity/balancing.rs"]
mod balancing;
#[path = "affinity/bounds.rs"]
mod bounds;
#[path = "affinity/cookies.rs"]
mod cookies;
#[path = "affinity/distrust.rs"]
mod distrust;
#[path = "affinity/moving.rs"]
mod moving;
#[path = "affinity/persistence.rs"]
mod persistence;
#[path = "affinity/raced.rs"]
mod raced;
#[path = "affinity/scene.rs"]
mod scene;
#[path = "affinity/sticking.rs"]
mod sticking;
