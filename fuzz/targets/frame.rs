//! See `pj::fuzzing::frame`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pj::fuzzing::frame(bytes));
