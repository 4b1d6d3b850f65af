//! See `pj::fuzzing::proc_files`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pj::fuzzing::proc_files(bytes));
