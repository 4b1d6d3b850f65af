//! See `pj::fuzzing::record`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pj::fuzzing::record(bytes));
