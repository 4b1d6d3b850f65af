//! See `pj::fuzzing::selector`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pj::fuzzing::selector(bytes));
