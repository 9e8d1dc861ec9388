//! Any text as a competency name of the Electronic Staff Record, and as a date.
#![no_main]

use libfuzzer_sys::fuzz_target;
use passport_fuzz::LISTS;
use passport_intake::date::{self, Order};
use passport_schema::esr::CompetencyName;
use passport_schema::time::When;

fuzz_target!(|text: &str| {
    if let Some(name) = CompetencyName::parse(text)
        && let Some(subject) = name.subject(&LISTS)
    {
        assert!(LISTS.term(&subject.id()).as_ref() == Some(&subject), "{} is not found again", subject.id());
    }
    for order in [Order::DayFirst, Order::MonthFirst] {
        if let Ok(date) = date::read(text, order) {
            assert_eq!(When::parse(&date.to_string()), Some(date));
            assert_eq!(date::read(&date.to_string(), order), Ok(date));
        }
    }
});
