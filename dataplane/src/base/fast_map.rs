//! Maps that requests look into.
//!
//! Their hash is quick and seeded, and no more: only keys of our own choosing, from the
//! configuration or behind a verified pin, may be put in. What a client can put into a map goes into
//! a plain `HashMap`.

use std::collections::HashMap;

/// A map whose keys no client chooses.
pub type FastMap<K, V> = HashMap<K, V, foldhash::fast::RandomState>;
