//! Any bytes as a stream, within any limits, in any pieces.

#![no_main]

// The same as in tests/fuzz.rs.
#[path = "../../tests/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| support::targets::decode(bytes));
