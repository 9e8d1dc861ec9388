//! Any text as a competency name and as a date of the Electronic Staff Record.
#![no_main]

use libfuzzer_sys::fuzz_target;
use passport_fuzz::LISTS;
use passport_schema::esr::{self, CompetencyName};
use passport_schema::time::When;

fuzz_target!(|text: &str| {
    if let Some(name) = CompetencyName::parse(text)
        && let Some(subject) = name.subject(&LISTS)
    {
        assert!(LISTS.term(&subject.id()).as_ref() == Some(&subject), "{} is not found again", subject.id());
    }
    if let Some(date) = esr::date(text) {
        assert_eq!(When::parse(&date.to_string()), Some(date));
    }
});
