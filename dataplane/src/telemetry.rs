//! What is counted and logged, for people and for scrapers. Whoever serves a request writes here and waits for
//! nothing; it knows nothing of a request but what it is told.

pub mod access_log;
pub mod metrics;
pub mod pin_report;
