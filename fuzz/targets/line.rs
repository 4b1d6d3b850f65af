//! See `pj::fuzzing::line`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pj::fuzzing::line(bytes));
