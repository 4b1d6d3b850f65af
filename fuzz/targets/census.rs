//! See `pj::fuzzing::census`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pj::fuzzing::census(bytes));
