//! What every other folder may use: time, counters, a map, the settings. It knows no feature, and no feature
//! knows of it more than a type.

pub mod clock;
pub mod core_stats;
pub mod counters;
pub mod fast_map;
pub mod keyring;
pub mod refused;
pub mod settings;
