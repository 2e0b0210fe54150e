//! Generates.
