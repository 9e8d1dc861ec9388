//! Any bytes as what speaks the Digital Staff Passport API: a record, an answer, an event, a body with images.
#![no_main]

use libfuzzer_sys::fuzz_target;
use passport_dsp::{
    Event, Made, Reading, Received, Renewal, Sieve, read_employees, read_outcome, read_record, read_records,
    write_record,
};
use passport_fuzz::LISTS;
use passport_schema::field::Context;
use passport_schema::id::OrganisationCode;
use passport_schema::json::Json;
use passport_schema::record::Identity;
use passport_schema::text::Name;
use passport_schema::time::Date;

const KEPT: usize = 1 << 16;

fuzz_target!(|bytes: &[u8]| {
    let mut sieve = Sieve::new(KEPT);
    let (first, second) = bytes.split_at(bytes.len() / 2);
    if sieve.push(first).and_then(|()| sieve.push(second)).is_ok() {
        let kept = sieve.finish();
        assert!(kept.len() <= bytes.len());
        // What is JSON stays JSON without its images.
        assert!(Json::parse(bytes).is_err() || Json::parse(&kept).is_ok());
    }
    let _ = read_outcome(bytes);
    if let Ok(event) = Event::structured(bytes, &LISTS) {
        assert!(event.dataref.contains(event.subject.as_str()));
    }
    let Ok(json) = Json::parse(bytes) else { return };
    let organisation = OrganisationCode::parse("RNN").expect("a code");
    let today = Date::parse("2026-11-21").expect("a date");
    let reading = Reading { organisation: Some(&organisation), today, renewal: Renewal::Theirs };
    let _ = read_employees(&json, &LISTS);
    let _ = read_records(&json, &reading, &LISTS);
    let read = |json: &Json<'_>| -> Option<Received> {
        let mut context = Context::new(&LISTS);
        let received = read_record(json, &reading, &mut context);
        context.finish(received).ok()
    };
    let Some(received) = read(&json) else { return };
    let Made::Record(record) = &received.made else { return };
    // Whoever it is about, what is written reads as the same.
    let person = Identity {
        name: Name::parse("Ana Ng").expect("a name"),
        birth_date: Date::parse("1990-04-17"),
        photo_digest: None,
    };
    let certificate = received.certificate.as_ref();
    if let Some((record_type, text)) = write_record(record, &organisation, &person, certificate) {
        let again = read(&Json::parse(text.as_bytes()).expect("what is written is JSON")).expect("it reads back");
        assert_eq!((again.record_type, &again.made), (record_type, &received.made), "{text}");
    }
});
