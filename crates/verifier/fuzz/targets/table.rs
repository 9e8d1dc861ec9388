//! Any bytes as a file of each format: text in whatever encoding, or a workbook.
#![no_main]

use libfuzzer_sys::fuzz_target;
use passport_fuzz::table;

fuzz_target!(|bytes: &[u8]| table::read_all(bytes));
