//! Any bytes as a `Last-Event-ID` header.

#![no_main]

// The same as in tests/fuzz.rs.
#[path = "../../tests/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| support::targets::last_event_id(bytes));
