//! What several tests, and the fuzzers, share.

// Each of them takes what it needs.
#![allow(dead_code)]

pub(crate) mod line_ends;
pub(crate) mod model;
pub(crate) mod observed;
pub(crate) mod pieces;
pub(crate) mod targets;
