//! Answers of the Digital Staff Passport API as a file: published examples where they are at hand, and ours.

mod drawn;

use std::fs;
use std::path::{Path, PathBuf};

use passport_intake::{FileFault, Format, MAX_ANSWER, Row, Said};
use passport_schema::record::{Content, Record};
use proptest::collection::vec;
use proptest::prelude::*;

use self::drawn::{all, faults};

const FIRE: &str = r#"{"recordType":"CoreSkillsTraining","competencyFramework":"CSTF","subjectName":"Fire Safety","competencyName":"Fire Safety","subjectLevel":"1","renewalPeriodNumber":2,"renewalPeriodUnits":"Years","attainmentStatus":"ACHIEVED","awardingOrganisation":"rcf","dateLastAwarded":"2025-11-01"}"#;
const SCAR: &str = r#"{"recordType":"Observation","code":"TB001","description":"BCG Scar Evident","result":"Yes"}"#;

fn answer(id: &str, records: &[&str]) -> String {
    format!(r#"{{"id":{id},"records":[{}]}}"#, records.join(","))
}

fn rows(text: &str) -> Vec<Row> {
    all(text.as_bytes(), Format::DigitalStaffPassport).unwrap_or_else(|fault| panic!("{fault}: {text}"))
}

fn fault(text: impl AsRef<[u8]>) -> FileFault {
    all(text.as_ref(), Format::DigitalStaffPassport).expect_err("a fault")
}

fn record(row: &Row) -> &Record {
    let Said::Records(records) = &row.said else { panic!("{row:?}") };
    &records[0]
}

#[test]
fn answers_stand_one_after_another_or_in_a_list() {
    let (first, second) = (answer("\"30670101\"", &[FIRE, SCAR]), answer("30670102", &[FIRE]));
    let expected: Vec<_> = [(1, "30670101"), (2, "30670101"), (3, "30670102")].into();
    for text in [
        format!("{first}{second}"),
        format!("{first}\n{second}\n"),
        format!("\u{feff} {first}\r\n\r\n{second} "),
        format!("[{first},{second}]"),
        format!("\n[ {first}\n,\n{second} ]\n"),
    ] {
        let rows = rows(&text);
        let found: Vec<_> = rows.iter().map(|row| (row.line, row.who.reference.as_str())).collect();
        assert_eq!(found, expected, "{text}");
        assert_eq!(rows.iter().map(|row| row.undated).collect::<Vec<_>>(), [false, true, false]);
    }
    assert_eq!(rows("[]"), []);
    assert_eq!(rows(&answer("1", &[])), []);
}

#[test]
fn what_an_answer_says_becomes_records_dated_to_the_day_of_the_file() {
    let rows = rows(&answer("\"30670101\"", &[FIRE, SCAR]));
    let text = record(&rows[0]).to_json();
    for part in [r#""subject":"cstf/fire-safety/1""#, r#""validUntil":"2027-10-31""#, r#""awardedBy":"RCF""#] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let Content::Screening(scar) = &record(&rows[1]).content else { panic!("{rows:?}") };
    assert_eq!(scar.done.to_string(), "2026-11-20");
}

#[test]
fn what_cannot_be_used_is_named_and_the_rest_is_read() {
    let hiding = SCAR.replace("TB001", "XX999");
    let undecided = r#"{"recordType":"DBSCheckOutcome","firstName":"Jane","surname":"Smith","birthDate":"1998-10-22"}"#;
    let text = answer("\"30670101\"", &[&hiding, undecided, FIRE]) + &answer("\"no id\"", &[FIRE]);
    let rows = rows(&text);
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(faults(&rows[0]), [("code", "unknown-code")]);
    assert!(faults(&rows[1]).len() > 1, "every fault at once: {:?}", rows[1]);
    assert_eq!(record(&rows[2]).kind().name(), "training");
    assert_eq!(faults(&rows[3]), [("id", "not-an-id")]);
}

#[test]
fn a_file_that_cannot_be_relied_on_is_refused_as_a_whole() {
    let good = answer("1", &[FIRE]);
    for (text, code) in [
        (String::new(), "empty-file"),
        (" \n".to_owned(), "empty-file"),
        ("Staff Reference,Competency Name\n".to_owned(), "not-json"),
        ("PK\u{3}\u{4}".to_owned(), "not-json"),
        ("\u{feff}null".to_owned(), "not-json"),
        (good[..good.len() - 1].to_owned(), "half-written"),
        (format!("{good}{{\"id"), "half-written"),
        (format!("[{good}"), "half-written"),
        (format!("[{good},"), "half-written"),
        (format!("[{good},]"), "broken-json"),
        (format!("[,{good}]"), "broken-json"),
        (format!("[{good}{good}]"), "broken-json"),
        (format!("[{good}]{good}"), "broken-json"),
        (format!("{good},{good}"), "broken-json"),
        (format!("{good}]"), "broken-json"),
        ("{\"id\":1,\"id\":2}".to_owned(), "broken-json"),
        ("{\"id\":1]".to_owned(), "broken-json"),
        ("{\"id\":1.5}".to_owned(), "broken-json"),
        (format!("{{\"id\":1,\"note\":\"{}\"}}", "n".repeat(MAX_ANSWER)), "answer-too-long"),
        ("{".repeat(MAX_ANSWER + 1), "answer-too-long"),
    ] {
        let fault = fault(&text);
        assert_eq!(fault.code(), code, "{fault}: {}", &text[..text.len().min(200)]);
    }
    assert_eq!(fault(b"{\"id\":\"\xe9\"}").code(), "broken-json");
    // Brackets and quotes within texts end nothing.
    assert_eq!(rows(&format!("{}{good}", answer(r#""]}\"[{\\""#, &[]))).len(), 2);
}

proptest! {
    #[test]
    fn answers_come_back_however_they_are_laid_out(
        items in vec(("[a-z0-9]{1,8}", any::<String>()), 1..8),
        blank in "[ \t\r\n]{0,3}",
        list in any::<bool>(),
    ) {
        let answers: Vec<_> = items
            .iter()
            .map(|(id, note)| format!(r#"{{"note":{},"id":"{id}","records":[{SCAR}]}}"#, serde_json::Value::from(note.as_str())))
            .collect();
        let between = if list { format!("{blank},{blank}") } else { blank.clone() };
        let text = answers.join(&between);
        let text = if list { format!("{blank}[{blank}{text}]{blank}") } else { format!("{blank}{text}{blank}") };
        let found: Vec<_> = rows(&text).into_iter().map(|row| row.who.reference).collect();
        prop_assert_eq!(found, items.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
    }

    #[test]
    fn a_file_that_breaks_off_is_never_taken_for_a_whole_one(at in 0_usize..2_000, list in any::<bool>()) {
        let answers = [answer("1", &[FIRE]), answer("2", &[SCAR, FIRE])];
        let text = if list { format!("[{}]", answers.join(",")) } else { answers.join("\n") };
        let cut = &text[..at.min(text.len() - 1)];
        match all(cut.as_bytes(), Format::DigitalStaffPassport) {
            // Between two answers of a sequence nothing is missing.
            Ok(read) => prop_assert!(!list && read.len() == 1, "{cut}"),
            Err(fault) => prop_assert!(["empty-file", "half-written"].contains(&fault.code()), "{fault}: {cut}"),
        }
    }
}

/// The folder with the published examples.
fn published() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/dsp");
    let folder = std::env::var_os("PASSPORT_DSP_EXAMPLES").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

#[test]
fn the_published_answers_are_a_file() {
    let Some(folder) = published() else {
        eprintln!("The published examples are not here (PASSPORT_DSP_EXAMPLES): left out.");
        return;
    };
    let names = ["CoreSkills", "DBSCheckOutcome", "ScreeningAndVaccination"];
    let answers = names.map(|name| {
        fs::read_to_string(folder.join(format!("GetEmployeeRecordsResponse{name}.json"))).expect("an example")
    });
    for text in [answers.concat(), format!("[{}]", answers.join(","))] {
        let rows = rows(&text);
        assert!(rows.len() > answers.len() && rows.iter().all(|row| row.who.reference == "12345"), "{rows:?}");
        for row in &rows {
            record(row);
        }
    }
}
