//! What every other folder may use: time, counters, a map, keys, the settings, why a configuration is refused.
//! It does nothing with any of it, and imports no other folder. Tested beside its modules.

pub mod clock;
pub mod core_stats;
pub mod counters;
pub mod fast_map;
pub mod keyring;
pub mod refused;
pub mod settings;
