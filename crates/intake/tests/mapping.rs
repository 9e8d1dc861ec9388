//! Exports of other learning systems, and the mapping that says what is in them.

mod drawn;

use passport_intake::{Answer, FileFault, Format, MAX_COURSES, Mapping, Row, Said};
use passport_schema::codes::CodeLists;
use passport_schema::text::Name;
use passport_schema::tree::Tree;
use serde::de::DeserializeSeed as _;

use self::drawn::{faults, read, training};

/// As `docs/IMPORTS.md` has it.
const EXAMPLE: &str = include_str!("mapping.yaml");

fn json(yaml: &str) -> String {
    let value = Tree { room: &mut 10_000 }.deserialize(serde_yaml_ng::Deserializer::from_str(yaml));
    value.unwrap().to_string()
}

fn example() -> Mapping {
    Mapping::parse(json(EXAMPLE).as_bytes(), &CodeLists::embedded()).unwrap()
}

fn rows(lines: &str) -> Result<Vec<Row>, FileFault> {
    let header = "Employee No;Learner;DOB;Course Code;Completed On;Expires On;CPD Hours;Result";
    read(format!("{header}\n{lines}\n").as_bytes(), Format::Training, &example(), &CodeLists::embedded())
}

#[test]
fn an_export_is_read_as_its_mapping_says() {
    let rows = rows(
        "00412207;Colm Doherty;27/09/1964;FS-01;15/04/2025;14/04/2027;;Passed\n\
         00412207;Colm Doherty;27/09/1964;sga-3;02/10/2024 00:00;never;8;passed\n\
         00412207;;;WARD-9;02/10/2024;;;Attended",
    )
    .unwrap();
    assert_eq!(rows[0].who.reference, "00412207", "zeros in front are kept");
    assert_eq!(rows[0].who.name.as_ref().map(Name::as_str), Some("Colm Doherty"));
    assert_eq!(rows[0].who.birth_date.map(|date| date.to_string()).as_deref(), Some("1964-09-27"));
    let read: Vec<_> = rows
        .iter()
        .map(|row| {
            let it = training(row);
            let last = it.until.last_day().map(|day| day.to_string()).unwrap_or_default();
            (it.subject.id(), it.awarded.to_string(), last, it.hours)
        })
        .collect();
    assert_eq!(
        read,
        [
            ("cstf/fire-safety/1".into(), "2025-04-15".into(), "2027-04-14".into(), None),
            ("cstf/safeguarding-adults/3".into(), "2024-10-02".into(), String::new(), Some(8)),
            ("local:Ward induction".into(), "2024-10-02".into(), String::new(), None),
        ]
    );
}

#[test]
fn what_was_not_completed_or_is_left_out_says_nothing() {
    for line in [
        "1;;;FS-01;15/04/2025;;;Enrolled",
        "1;;;FS-01;;;;",
        "1;;;CANTEEN;15/04/2025;;;Passed",
        "1;;;canteen;when;;;Passed",
    ] {
        assert_eq!(rows(line).unwrap()[0].said, Said::Nothing, "{line}");
    }
}

#[test]
fn a_course_that_the_mapping_lacks_is_offered() {
    let row = rows("1;;;NEW  01;15/04/2025;;;Passed").unwrap().remove(0);
    assert_eq!(row.said, Said::Unmapped { text: "NEW 01".into() });
    // An id of the code lists needs no mapping, nor does a name as ESR has it.
    for course in ["cstf/fire-safety/1", "NHS|CSTF|Fire Safety - 2 Years|"] {
        let row = rows(&format!("1;;;{course};15/04/2025;;;Passed")).unwrap().remove(0);
        assert_eq!(training(&row).subject.id(), "cstf/fire-safety/1");
    }
    let row = rows("1;;;local:Anything;15/04/2025;;;Passed").unwrap().remove(0);
    assert!(matches!(row.said, Said::Unmapped { .. }), "what a file calls local nobody has mapped");
}

#[test]
fn every_fault_of_a_row_is_named_at_once() {
    let row = rows(";James T0 Kirk;31/02/1964;FS-01;04/15/2025;soon;many;Passed").unwrap().remove(0);
    assert_eq!(
        faults(&row),
        [
            ("Employee No", "missing-value"),
            ("Learner", "not-a-name"),
            ("DOB", "no-such-day"),
            ("Completed On", "no-such-day"),
            ("CPD Hours", "not-a-number"),
            ("Expires On", "not-a-date"),
        ]
    );
}

#[test]
fn months_come_first_where_the_mapping_says_so() {
    let mapping = json(&EXAMPLE.replace("day-first", "month-first"));
    let mapping = Mapping::parse(mapping.as_bytes(), &CodeLists::embedded()).unwrap();
    let text =
        "Employee No,Learner,DOB,Course Code,Completed On,Expires On,CPD Hours,Result\n1,,,FS-01,4/1/2025,,,Passed\n";
    let rows = read(text.as_bytes(), Format::Training, &mapping, &CodeLists::embedded()).unwrap();
    assert_eq!(training(&rows[0]).awarded.to_string(), "2025-04-01");
}

#[test]
fn a_file_needs_the_columns_that_its_mapping_names() {
    let lists = CodeLists::embedded();
    let text = b"Employee No,Course Code\n";
    assert_eq!(read(text, Format::Training, &Mapping::default(), &lists).unwrap_err(), FileFault::MappingNeeded);
    let fault = read(text, Format::Training, &example(), &lists).unwrap_err();
    assert!(matches!(&fault, FileFault::ColumnMissing { names } if names.len() == 6), "{fault}");
}

#[test]
fn a_mapping_reads_back_as_it_was_written() {
    let lists = CodeLists::embedded();
    let mut mapping = example();
    for number in 0..600 {
        mapping.keep(&format!("Course {number}"), Answer::Subject(lists.term("cstf/fire-safety/1").unwrap())).unwrap();
    }
    mapping.keep("NHS|CSTF|Winter Resilience Briefing - 2 Years|", Answer::LeaveOut).unwrap();
    assert_eq!(Mapping::parse(mapping.to_json().as_bytes(), &lists).as_ref(), Ok(&mapping));
    assert_eq!(mapping.find("course  7"), mapping.find("COURSE 7"));
    assert_eq!(Mapping::parse(b"{}", &lists), Ok(Mapping::default()));
    assert_eq!(Mapping::default().to_json(), "{}");
}

#[test]
fn a_mapping_does_not_grow_without_end() {
    let mut mapping = Mapping::default();
    for number in 0..MAX_COURSES {
        mapping.keep(&format!("Course {number}"), Answer::LeaveOut).unwrap();
    }
    assert_eq!(mapping.keep("One more", Answer::LeaveOut).unwrap_err().0, "too-many-courses");
    assert_eq!(mapping.keep("course 1", Answer::LeaveOut), Ok(()), "one that is there can be answered again");
}

#[test]
fn every_fault_of_a_mapping_is_named_at_once() {
    let text = r#"{
        "columns": { "person": "A", "course": "a", "awarded": "", "status": { "column": "B", "completed": [] }, "extra": "x" },
        "dates": "american",
        "subjects": [
            { "subject": "cstf/tea/1", "courses": ["One", "one", "NHS|CSTF|X - 1 Year|", "NHS|CSTF|X - 2 Years|"] },
            { "courses": [] }
        ],
        "leftOut": ["One", 7],
        "unknown": true
    }"#;
    let problems = Mapping::parse(text.as_bytes(), &CodeLists::embedded()).unwrap_err();
    let found: Vec<_> = problems.0.iter().map(|problem| (problem.pointer.as_str(), problem.code)).collect();
    assert_eq!(
        found,
        [
            ("/columns/course", "repeated"),
            ("/columns/awarded", "empty-text"),
            ("/columns/status/completed", "empty"),
            ("/columns/extra", "unknown-field"),
            ("/dates", "unknown-code"),
            ("/subjects/0/subject", "unknown-code"),
            ("/subjects/0/courses/1", "repeated"),
            ("/subjects/0/courses/3", "repeated"),
            ("/subjects/1/subject", "missing-field"),
            ("/subjects/1/courses", "empty"),
            ("/leftOut/0", "repeated"),
            ("/leftOut/1", "wrong-type"),
            ("/unknown", "unknown-field"),
        ]
    );
}

#[test]
fn what_is_no_mapping_is_refused() {
    let lists = CodeLists::embedded();
    let code = |bytes: &[u8]| Mapping::parse(bytes, &lists).unwrap_err().0[0].code;
    assert_eq!(code(b"columns: {}"), "unreadable");
    assert_eq!(code(b"[]"), "wrong-type");
    assert_eq!(code(&vec![b' '; passport_intake::MAX_MAPPING + 1]), "too-long");
}
