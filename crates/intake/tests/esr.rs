//! Training exports of the Electronic Staff Record, with what is really in them.

mod drawn;

use passport_intake::{Answer, FileFault, Format, Mapping, Said};
use passport_schema::codes::CodeLists;
use passport_schema::record::Content;

use self::drawn::{HEADER, all, faults, one, read, sample, training};

#[test]
fn a_line_becomes_a_record_and_its_updater_is_nobody() {
    let row = one("30679710,NHS|CSTF|Fire Safety - 2 Years|,01-Nov-2023,31-Oct-2025,\"A01|Smith, Jane\",Fire,218");
    assert_eq!((row.line, row.who.reference.as_str()), (2, "30679710"));
    assert_eq!(row.who.name, None, "the updater is not the learner");
    let Said::Records(records) = row.said else { panic!("{row:?}") };
    assert_eq!(
        records[0].to_json(),
        "{\"kind\":\"training\",\"subject\":\"cstf/fire-safety/1\",\"awarded\":\"2023-11-01\",\"period\":\"P2Y\",\
         \"validUntil\":\"2025-10-31\",\"provenance\":{\"origin\":\"Employer's learning system\",\
         \"assurancePolicy\":\"Core Skills Training Framework (CSTF)\",\"assuranceOutcome\":\"CSTF applied\",\
         \"verifier\":\"Employing organisation\",\"verificationMethod\":\"record\",\"pedigree\":\"authoritative\",\
         \"lastRefreshed\":\"2026-11-20\"}}"
    );
}

#[test]
fn columns_come_in_any_order_and_case() {
    let text = "vpd,DATE START,expiry_date,Competency  Name,Somebody's note,Assignment Number\n\
                218,1/11/2023,2025-10-31,NHS|CSTF|Fire Safety - 1 Year|,x,30679710-2\n";
    let rows = all(text.as_bytes(), Format::EsrTraining).unwrap();
    assert_eq!(rows[0].who.reference, "30679710-2");
    let training = training(&rows[0]);
    assert_eq!(
        (training.subject.id(), training.awarded.to_string()),
        ("cstf/fire-safety/1".into(), "2023-11-01".into())
    );
}

#[test]
fn names_are_matched_by_their_parts() {
    for (name, subject, assurance) in [
        (
            "NHS|CSTF|Resuscitation - Level 2 - Adult Basic Life Support - 1 Year|",
            "cstf/resuscitation/2/adult-bls",
            "Core",
        ),
        ("NHS|CSTF|Equality, Diversity & Human Rights - 3 Years|", "cstf/equality-diversity-human-rights/1", "Core"),
        ("NHS|MAND|Fire Safety - 2 Years|", "local:Fire Safety", "Nationally mandated"),
        ("218|LOCAL|Medicines Round Observation|", "local:Medicines Round Observation", "Local policy"),
    ] {
        let row = one(&format!("1,\"{name}\",01-Nov-2023,,x,y,218"));
        let Said::Records(records) = &row.said else { panic!("{row:?}") };
        let Content::Training(training) = &records[0].content else { panic!() };
        assert_eq!(training.subject.id(), subject);
        assert!(records[0].to_json().contains(assurance), "{name}");
    }
}

#[test]
fn a_competency_of_another_employer_is_not_vouched_for() {
    let row = one("1,457|LOCAL|Medicines Round Observation|,01-Nov-2023,,x,y,218");
    assert_eq!(faults(&row), [("Competency Name", "other-employer")]);
    assert!(matches!(one("1,457|LOCAL|Medicines Round Observation|,01-Nov-2023,,x,y,").said, Said::Records(_)));
}

#[test]
fn the_end_is_the_lines_and_else_the_names() {
    for (last, period, until) in [
        ("31-Oct-2025", Some("P2Y"), Some("2025-10-31")),
        ("01-Nov-2025", None, Some("2025-11-01")),
        ("", Some("P2Y"), Some("2025-10-31")),
        ("no expiry", None, None),
        ("No Expiry", None, None),
    ] {
        let row = one(&format!("1,NHS|CSTF|Fire Safety - 2 Years|,01-Nov-2023,{last},x,y,218"));
        let json = match &row.said {
            Said::Records(records) => records[0].to_value(),
            other => panic!("{other:?}"),
        };
        assert_eq!((json["period"].as_str(), json["validUntil"].as_str()), (period, until), "{last}");
    }
}

#[test]
fn what_nobody_knows_is_offered_and_its_answer_is_kept() {
    let lists = CodeLists::embedded();
    let line = "1,NHS|CSTF|Winter Resilience Briefing - 2 Years|,01-Nov-2023,,x,y,218";
    let Said::Unmapped { text } = one(line).said else { panic!() };
    assert_eq!(text, "NHS|CSTF|Winter Resilience Briefing|");
    for unknown in ["Fire Safety", "NHS|ABCD|Something|", "000|ABCD|Something|", "A01|Smith"] {
        let row = one(&format!("1,{unknown},01-Nov-2023,,x,y,218"));
        assert!(matches!(row.said, Said::Unmapped { .. }), "{row:?}");
    }
    let mut mapping = Mapping::default();
    mapping.keep(&text, Answer::Subject(lists.term("cstf/fire-safety/1").unwrap())).unwrap();
    mapping.keep("fire  safety", Answer::LeaveOut).unwrap();
    let mapped = |line: &str| {
        let text = format!("{HEADER}\n{line}\n");
        read(text.as_bytes(), Format::EsrTraining, &mapping, &lists).unwrap().remove(0)
    };
    // One answer counts for every period.
    for line in [line, "1,NHS|CSTF|winter resilience briefing - 18 Months|,01-Nov-2023,,x,y,218"] {
        assert_eq!(training(&mapped(line)).subject.id(), "cstf/fire-safety/1");
    }
    assert_eq!(mapped("1,Fire Safety,01-Nov-2023,,x,y,218").said, Said::Nothing);
}

#[test]
fn every_fault_of_a_row_is_named_at_once() {
    let row = one(",NHS|CSTF||,31/02/2026,30/11/28,x,y,218");
    assert_eq!(
        faults(&row),
        [("Staff Reference", "missing-value"), ("Date Start", "no-such-day"), ("Expiry Date", "two-digit-year"),]
    );
    for (line, column, code) in [
        ("1,,01-Nov-2023,,x,y,218", "Competency Name", "missing-value"),
        ("1,NHS|CSTF|Fire Safety|,Nov-2023,,x,y,218", "Date Start", "not-a-date"),
        ("1,NHS|CSTF|Fire Safety|,21-Nov-2026,,x,y,218", "Date Start", "in-the-future"),
        ("1,NHS|CSTF|Fire Safety|,01-Nov-2023,31-Oct-2023,x,y,218", "Expiry Date", "ends-before-it-begins"),
        ("1,NHS|CSTF|Fire Safety|,01-Nov-2023,when it ends,x,y,218", "Expiry Date", "not-a-date"),
        // A local name that no credential may hold is not offered for mapping either.
        ("1,218|LOCAL|Called QQ123456A|,01-Nov-2023,,x,y,218", "Competency Name", "national-insurance-number"),
    ] {
        assert_eq!(faults(&one(line)), [(column, code)], "{line}");
    }
}

#[test]
fn faults_do_not_repeat_what_the_cells_hold() {
    let row = one("1,NHS|CSTF|Fire Safety|,Jane Smith,Jane Smith,x,y,218");
    assert!(!format!("{:?}", row.said).contains("Jane"), "{row:?}");
}

#[test]
fn a_row_with_a_cell_too_many_is_nobodys() {
    // `A01|Smith, Jane` without its quotes moves everything behind it.
    let row = one("1,NHS|CSTF|Fire Safety|,01-Nov-2023,31-Oct-2025,A01|Smith, Jane,Fire,218");
    assert_eq!(faults(&row), [("", "cell-count")]);
    assert_eq!(row.who.reference, "");
    let row = one("1,NHS|CSTF|Fire Safety|,01-Nov-2023,31-Oct-2025,x,Fire");
    assert_eq!(faults(&row), [("", "cell-count")]);
    let empty_ones = "1,NHS|CSTF|Fire Safety|,01-Nov-2023,31-Oct-2025,x,Fire,218,,";
    assert!(matches!(one(empty_ones).said, Said::Records(_)));
}

#[test]
fn blank_lines_say_nothing_and_are_counted() {
    let text = format!("\n{HEADER}\n\n1,NHS|CSTF|Fire Safety|,01-Nov-2023,,x,y,218\n,,,,,,\n \n");
    let rows = all(text.as_bytes(), Format::EsrTraining).unwrap();
    let lines: Vec<_> = rows.iter().map(|row| (row.line, row.said == Said::Nothing)).collect();
    assert_eq!(lines, [(3, true), (4, false), (5, true), (6, true)]);
}

#[test]
fn a_column_missing_or_twice_is_said_before_any_row() {
    let fault = all(b"Staff Reference,Expiry Date\n1,2\n", Format::EsrTraining).unwrap_err();
    assert_eq!(fault.code(), "column-missing");
    assert_eq!(fault.to_string(), "The file has no column Competency Name, and no column Date Start.");
    let twice = format!("{HEADER},DATE  START\n");
    assert_eq!(
        all(twice.as_bytes(), Format::EsrTraining).unwrap_err(),
        FileFault::ColumnTwice { name: "Date Start".into() }
    );
    let fault = all(b"Competency Name,Date Start,Expiry Date\n", Format::EsrTraining).unwrap_err();
    assert!(fault.to_string().contains("Staff Reference (or Assignment Number, Employee Number)"), "{fault}");
}

#[test]
fn the_sample_extracts_are_read() {
    for (organisation, unmapped, faulty) in [("RNN", 1, 0), ("RTD", 0, 1), ("ZZ901", 0, 0)] {
        let (bytes, rows) = sample(organisation, "training", Format::EsrTraining);
        let lines = String::from_utf8(bytes).unwrap().lines().count();
        assert_eq!(rows.len(), lines - 1);
        assert_eq!(rows.iter().filter(|row| matches!(row.said, Said::Unmapped { .. })).count(), unmapped);
        assert_eq!(rows.iter().filter(|row| matches!(row.said, Said::Faults(_))).count(), faulty);
    }
}
