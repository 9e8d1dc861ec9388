//! Any bytes as a mapping of a learning system's files.
#![no_main]

use libfuzzer_sys::fuzz_target;
use passport_fuzz::LISTS;
use passport_intake::Mapping;

fuzz_target!(|bytes: &[u8]| {
    match Mapping::parse(bytes, &LISTS) {
        Ok(mapping) => assert_eq!(Mapping::parse(mapping.to_json().as_bytes(), &LISTS), Ok(mapping)),
        Err(problems) => assert!(!problems.0.is_empty(), "refused for nothing"),
    }
});
