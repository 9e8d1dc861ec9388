//! Staff lists and checks extracts.

mod drawn;

use passport_intake::{FileFault, Format, Said, first_assignment};
use passport_schema::text::Name;

use self::drawn::{all, faults, sample};

const STAFF: &str = "Staff Reference,Name,Date of Birth,Role,Start Date,Assignment Category";
const CHECKS: &str = "Staff Reference,Check,Outcome,Date,Valid Until,Level,Detail,Conditions,Review By";

fn staff(line: &str) -> passport_intake::Row {
    all(format!("{STAFF}\n{line}\n").as_bytes(), Format::Staff).unwrap().remove(0)
}

fn check(line: &str) -> passport_intake::Row {
    all(format!("{CHECKS}\n{line}\n").as_bytes(), Format::Checks).unwrap().remove(0)
}

/// A record as JSON, without its provenance.
fn json(row: &passport_intake::Row, index: usize) -> String {
    let Said::Records(records) = &row.said else { panic!("{row:?}") };
    let json = records[index].to_json();
    json.split(",\"provenance\"").next().unwrap().to_owned() + "}"
}

#[test]
fn an_assignment_is_who_somebody_is_and_what_they_do() {
    let row = staff("30670102-2,Siobhán O'Neill,28-Feb-1999,foundation-year-2-doctor,24/01/2026,bank");
    assert_eq!(row.who.reference, "30670102-2");
    assert_eq!(row.who.name.as_ref().map(Name::as_str), Some("Siobhán O'Neill"));
    assert_eq!(row.who.birth_date.map(|date| date.to_string()).as_deref(), Some("1999-02-28"));
    assert_eq!(json(&row, 0), "{\"kind\":\"identity\",\"name\":\"Siobhán O'Neill\",\"birthDate\":\"1999-02-28\"}");
    assert_eq!(
        json(&row, 1),
        "{\"kind\":\"employment\",\"role\":\"foundation-year-2-doctor\",\"started\":\"2026-01-24\",\"category\":\"bank\"}"
    );
}

#[test]
fn names_of_every_shape_are_kept() {
    for name in ["Suryani", "Mary-Jane D'Arcy", "Łukasz de la Cruz-Müller", "Nguyễn Thị Hương"] {
        let row = staff(&format!("1,{name},28-Feb-1999,porter,2019,permanent"));
        assert_eq!(row.who.name.unwrap().as_str(), name);
    }
    let row = staff("1,30679710,28-Feb-1999,porter,2019,permanent");
    assert_eq!(faults(&row), [("Name", "not-a-name")]);
    assert_eq!(row.who.reference, "1", "whose row it is is still said");
}

#[test]
fn a_further_assignment_has_a_number_behind_it() {
    for (reference, first) in [
        ("30679710-2", Some("30679710")),
        ("30679710-12", Some("30679710")),
        ("V-0001-3", Some("V-0001")),
        ("30679710", None),
        ("30679710-1", None),
        ("V-0001", None),
        ("30679710-", None),
        ("30679710-100", None),
        ("30679710-+2", None),
        ("-2", None),
    ] {
        assert_eq!(first_assignment(reference), first, "{reference}");
    }
}

#[test]
fn every_fault_of_an_assignment_is_named_at_once() {
    let row = staff(",,31/02/1999,No such role,when,forever");
    assert_eq!(
        faults(&row),
        [
            ("Staff Reference", "missing-value"),
            ("Date of Birth", "no-such-day"),
            ("Name", "missing-value"),
            ("Role", "unknown-code"),
            ("Start Date", "not-a-date"),
            ("Assignment Category", "unknown-code"),
        ]
    );
    assert_eq!(faults(&staff("1,Ana,21-Nov-2026,porter,2019,bank")), [("Date of Birth", "in-the-future")]);
}

#[test]
fn each_check_is_read() {
    for (line, expected) in [
        (
            "1,identity-check,cleared,28-May-2022,,h1a,,,",
            "{\"kind\":\"identityCheck\",\"outcome\":\"cleared\",\"checked\":\"2022-05-28\",\"level\":\"h1a\"}",
        ),
        (
            "1,right-to-work,cleared with conditions,28-May-2022,31-Dec-2026,student-limited-hours,,20 hours a week,01-Dec-2026",
            "{\"kind\":\"rightToWork\",\"conditions\":\"20 hours a week\",\"reviewBy\":\"2026-12-01\",\
             \"outcome\":\"clearedWithConditions\",\"checked\":\"2022-05-28\",\"basis\":\"student-limited-hours\",\
             \"validUntil\":\"2026-12-31\"}",
        ),
        (
            "1,registration,cleared,25-Feb-2026,27-Oct-2027,nmc,99A0001E;registered,,",
            "{\"kind\":\"registration\",\"regulator\":\"nmc\",\"number\":\"99A0001E\",\"status\":\"registered\",\
             \"checked\":\"2026-02-25\",\"validUntil\":\"2027-10-27\"}",
        ),
        (
            "1,registration,in progress,08-Nov-2026,31-Oct-2026,nmc,99B0001E; lapsed,,",
            "{\"kind\":\"registration\",\"regulator\":\"nmc\",\"number\":\"99B0001E\",\"status\":\"lapsed\",\
             \"checked\":\"2026-11-08\",\"validUntil\":\"2026-10-31\"}",
        ),
        (
            "1,DBS,Cleared,16-Sep-2025,,enhanced-barred-lists,adult;adults,,",
            "{\"kind\":\"criminalRecordCheck\",\"outcome\":\"cleared\",\"issued\":\"2025-09-16\",\
             \"level\":\"enhanced-barred-lists\",\"workforce\":\"adult\",\"barredLists\":\"adults\"}",
        ),
        (
            "1,reference,in progress,08-Aug-2004,,,36,,",
            "{\"kind\":\"reference\",\"outcome\":\"inProgress\",\"received\":\"2004-08-08\",\"months\":36}",
        ),
        (
            "1,health-clearance,cleared,08-Aug-2024,,epp,,,08-Aug-2027",
            "{\"kind\":\"healthClearance\",\"outcome\":\"cleared\",\"cleared\":\"2024-08-08\",\"clearance\":\"epp\",\
             \"validUntil\":\"2027-08-08\"}",
        ),
        (
            "1,screening,cleared,2019,,hep-b-immune,immune,,",
            "{\"kind\":\"screening\",\"item\":\"hep-b-immune\",\"result\":\"immune\",\"done\":\"2019\"}",
        ),
    ] {
        assert_eq!(json(&check(line), 0), expected);
    }
}

#[test]
fn what_a_check_does_not_say_right_is_named_by_its_column() {
    for (line, expected) in [
        ("1,tea,cleared,28-May-2022,,,,,", vec![("Check", "unknown-code")]),
        ("1,identity-check,cleared,28-May-2022,28-May-2023,h1a,,,", vec![("Valid Until", "not-for-this-check")]),
        (
            "1,identity-check,done,28-May-22,,,,,",
            vec![("Date", "two-digit-year"), ("Outcome", "unknown-code"), ("Level", "missing-value")],
        ),
        ("1,right-to-work,cleared with conditions,28-May-2022,,settled,,,", vec![("Conditions", "missing-value")]),
        ("1,right-to-work,cleared,28-May-2022,27-May-2022,settled,,,", vec![("Valid Until", "ends-before-it-begins")]),
        ("1,registration,cleared,25-Feb-2026,,nmc,99A001E;registered,,", vec![("Detail", "registration-number")]),
        ("1,registration,cleared,25-Feb-2026,,nmc,99A0001E,,", vec![("Detail", "missing-value")]),
        ("1,dbs,cleared,16-Sep-2025,,enhanced,adult;adults,,", vec![("Detail", "barred-lists")]),
        ("1,reference,cleared,08-Aug-2004,,,three years,,", vec![("Detail", "not-a-number")]),
        ("1,screening,cleared,2027,,hep-b-immune,immune,,", vec![("Date", "in-the-future")]),
        ("1,health-clearance,cleared,Aug-2024,,epp,,,", vec![("Date", "not-a-date")]),
    ] {
        assert_eq!(faults(&check(line)), expected, "{line}");
    }
}

#[test]
fn the_sample_extracts_are_read() {
    for (organisation, faulty) in [("RNN", 0), ("RTD", 1), ("ZZ901", 0)] {
        for (name, format) in [("staff", Format::Staff), ("checks", Format::Checks)] {
            let (_, rows) = sample(organisation, name, format);
            let faulty_here = rows.iter().filter(|row| !matches!(row.said, Said::Records(_))).count();
            assert_eq!(faulty_here, if format == Format::Checks { faulty } else { 0 }, "{organisation} {name}");
        }
    }
}

#[test]
fn a_staff_list_given_for_checks_is_refused() {
    let fault = all(format!("{STAFF}\n").as_bytes(), Format::Checks).unwrap_err();
    assert!(matches!(&fault, FileFault::ColumnMissing { names } if names.len() == 8), "{fault}");
}
