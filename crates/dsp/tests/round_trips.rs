//! What we write is read as what it was written from.

use passport_dsp::{Certificate, Made, Reading, RecordType, Renewal, read_record, write_record};
use passport_schema::codes::{CodeLists, Regulator, Subject, Term};
use passport_schema::field::{Context, End, Outcome, Until};
use passport_schema::id::OrganisationCode;
use passport_schema::json::Json;
use passport_schema::record::{Content, CriminalRecordCheck, Identity, Record, Registration, Screening, Training};
use passport_schema::text::{Name, Text};
use passport_schema::time::{Date, Period, When};
use proptest::prelude::*;

fn organisation() -> OrganisationCode {
    OrganisationCode::parse("RTD").unwrap()
}

fn person() -> Identity {
    Identity { name: Name::parse("Ana Ng").unwrap(), birth_date: Date::parse("1990-04-17"), photo_digest: None }
}

fn dates() -> impl Strategy<Value = Date> {
    (0_i64..20_000).prop_map(|days| Date::parse("1980-01-01").unwrap().plus_days(days).unwrap())
}

fn periods() -> impl Strategy<Value = Period> {
    prop_oneof![(1_u8..=20).prop_map(Period::Years), (1_u8..=240).prop_map(Period::Months)]
}

fn untils(awarded: Date) -> impl Strategy<Value = Until> {
    let after = periods().prop_map(move |it| Until(it.last_day(awarded).map(|last| End::After(it, last))));
    let on = (0_i64..4_000).prop_map(move |days| Until(awarded.plus_days(days).map(End::On)));
    prop_oneof![Just(Until(None)), after, on]
}

fn subjects() -> impl Strategy<Value = Term<Subject>> {
    let lists = CodeLists::embedded();
    let listed: Vec<_> = lists.entries::<Subject>().map(|entry| lists.term(&entry.id).unwrap()).collect();
    let local = "[A-Za-z-]{1,8}( - (Level [0-9]|[A-Za-z-]{1,6}|[0-9] Years?)){0,3}"
        .prop_filter_map("a text", |text| Text::parse(&text).ok().map(Term::local));
    // A local text under the name of a listed subject is that subject: it is not what anybody writes.
    prop_oneof![proptest::sample::select(listed), local]
}

fn trainings() -> impl Strategy<Value = Content> {
    let lists = CodeLists::embedded();
    let methods = ["e-learning", "face-to-face", "blended", "assessment-only", "live-online", "observation"];
    let methods: Vec<_> = methods.into_iter().map(|id| lists.term(id).unwrap()).collect();
    let awarded_by = prop_oneof![Just(None), "[A-Z0-9]{2,10}".prop_map(|code| OrganisationCode::parse(&code))];
    let rest = (awarded_by, proptest::option::of(proptest::sample::select(methods)), any::<Option<bool>>());
    (subjects(), dates()).prop_flat_map(move |(subject, awarded)| {
        (untils(awarded), rest.clone()).prop_map(move |(until, (awarded_by, method, assessed))| {
            let awarded_by = awarded_by.filter(|code| *code != organisation());
            let subject = subject.clone();
            Content::Training(Training { subject, awarded, until, awarded_by, hours: None, method, assessed })
        })
    })
}

fn checks() -> impl Strategy<Value = Content> {
    let pairs = [("basic", "none", "other"), ("standard", "none", "adult"), ("enhanced", "none", "child")];
    let lists = ["adults", "children", "both"].map(|lists| ("enhanced-barred-lists", lists, "child-and-adult"));
    let all = pairs.into_iter().chain(lists).collect::<Vec<_>>();
    (proptest::sample::select(all), dates()).prop_map(|((level, barred, workforce), issued)| {
        let lists = CodeLists::embedded();
        Content::CriminalRecordCheck(CriminalRecordCheck {
            outcome: Outcome::Cleared,
            issued,
            level: lists.term(level).unwrap(),
            workforce: lists.term(workforce).unwrap(),
            barred_lists: lists.term(barred).unwrap(),
            update_service: None,
        })
    })
}

fn registrations() -> impl Strategy<Value = Content> {
    let numbers = [
        ("nmc", "[0-9]{2}[A-Z][0-9]{4}[A-Z]"),
        ("gmc", "[0-9]{7}"),
        ("gmc", "L[0-9]{6}"),
        ("hcpc", "PH[0-9]{1,6}"),
        ("gphc", "2[0-9]{6}"),
        ("gdc", "[0-9]{1,6}"),
        ("social-work-england", "SW[0-9]{1,7}"),
    ];
    let numbers = numbers.map(|(regulator, shape)| shape.prop_map(move |number| (regulator, number)).boxed());
    let optional = || proptest::option::of(dates());
    (proptest::strategy::Union::new(numbers), dates(), optional(), optional(), optional()).prop_filter_map(
        "a text",
        |((regulator, number), checked, until, first, due)| {
            let lists = CodeLists::embedded();
            Some(Content::Registration(Registration {
                regulator: lists.term::<Regulator>(regulator)?,
                number: Text::parse(&number).ok()?,
                status: lists.term("registered")?,
                checked,
                until,
                part: None,
                conditions: None,
                first_registered: first.map(When::Day),
                revalidation_due: due,
                licence_to_practise: None,
            }))
        },
    )
}

fn screenings() -> impl Strategy<Value = Content> {
    let listed = [
        ("hep-b-vaccinated", "completed"),
        ("diphtheria-immune", "immune"),
        ("diphtheria-immune", "not-immune"),
        ("diphtheria-immune", "equivocal"),
        ("bcg-seen", "detected"),
        ("bcg-seen", "not-detected"),
        ("local:FLU001 Influenza Vaccine", "completed"),
    ];
    let whens = prop_oneof![
        dates().prop_map(When::Day),
        (1950_i32..2026).prop_map(When::Year),
        (1950_i32..2026, 1_u8..=12).prop_map(|(year, month)| When::Month(year, month)),
    ];
    (proptest::sample::select(listed.to_vec()), whens).prop_map(|((item, result), done)| {
        let lists = CodeLists::embedded();
        let (item, result) = (lists.term(item).unwrap(), lists.term(result).unwrap());
        Content::Screening(Screening { item, result, done, until: Until(None), season: None })
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_as_the_same(content in prop_oneof![trainings(), checks(), registrations(), screenings()]) {
        let lists = CodeLists::embedded();
        let organisation = organisation();
        let reading = Reading { organisation: Some(&organisation), today: Date::parse("2026-11-21").unwrap(), renewal: Renewal::Theirs };
        let certificate = Certificate {
            number: "001234567890".into(), body_number: "00000000001".into(), body_name: "A body".into(),
        };
        // Which provenance it has is the reading's.
        let source = r#"{"kind":"identity","name":"Ana","provenance":{"assurance":"cstf-employer","lastRefreshed":"2026-11-20"}}"#;
        let mut context = Context::new(&lists);
        let provenance = Record::read(&Json::parse(source.as_bytes()).unwrap(), &mut context).unwrap().provenance;
        let record = Record { id: None, content: content.clone(), provenance };
        let (record_type, text) = write_record(&record, &organisation, &person(), Some(&certificate)).expect("it is written");
        let mut context = Context::new(&lists);
        let received = read_record(&Json::parse(text.as_bytes()).unwrap(), &reading, &mut context);
        let received = context.finish(received).map_err(|why| TestCaseError::fail(format!("{text}: {why}")))?;
        prop_assert_eq!(received.record_type, record_type);
        let Made::Record(read) = received.made else { return Err(TestCaseError::fail("undecided")) };
        prop_assert_eq!(read.content, content, "{}", text);
        prop_assert_eq!(received.certificate.is_some(), record_type == RecordType::DbsCheckOutcome);
    }
}
