//! Files of other systems: what must hold of everything that is read out of one.

use std::io::Cursor;
use std::sync::LazyLock;

use passport_intake::{Format, Mapping, Options, Said, open};

use crate::LISTS;
use crate::drawn::book::{Book, Value};
use crate::drawn::{as_of, sound};

/// A mapping of every column.
pub const MAPPING: &str = r#"{"columns":{"person":"Who","name":"Name","birthDate":"Born","course":"Course","awarded":"Done","validUntil":"Until","hours":"Hours","status":{"column":"State","completed":["Passed"]}},"subjects":[{"subject":"cstf/fire-safety/1","courses":["FS-01"]}],"leftOut":["Tea"]}"#;
static MAPPED: LazyLock<Mapping> =
    LazyLock::new(|| Mapping::parse(MAPPING.as_bytes(), &LISTS).expect("a sound mapping"));

/// Columns of an export of ESR, and a row.
pub const ESR: [[&str; 7]; 2] = [
    ["Assignment Number", "Competency Name", "Expiry Date", "Date Start", "Last Updated By", "Title", "VPD"],
    ["30679710-2", "NHS|CSTF|Fire Safety - 2 Years|", "31-Oct-2025", "01-Nov-2023", "A01|Smith, Jane", "Fire", "218"],
];

/// Answers of the Digital Staff Passport API.
pub const ANSWERS: &str = r#"[{"id":"30670101","records":[{"recordType":"CoreSkillsTraining","competencyFramework":"CSTF","subjectName":"Fire Safety","competencyName":"Fire Safety","subjectLevel":"1","attainmentStatus":"ACHIEVED","awardingOrganisation":"RCF","dateLastAwarded":"2025-11-01"}]},
 {"id":7,"records":[{"recordType":"Observation","code":"TB001","description":"BCG Scar Evident","result":"Yes"}]}]"#;

/// A sound workbook with one row.
pub fn workbook() -> Book {
    let text = |text: &&str| Value::Shared((*text).to_owned());
    let mut rows: Vec<Vec<Value>> = ESR.iter().map(|row| row.iter().map(text).collect()).collect();
    rows[1][3] = Value::Number("45231".into(), 1);
    rows[1][5] = Value::Inline("Fire & rescue".into());
    Book::new(&[rows])
}

/// Reads the bytes as a file of each format. What comes out is what the schema takes, or says why not.
pub fn read_all(bytes: &[u8]) {
    for format in Format::ALL {
        let options = Options { format: *format, lists: &LISTS, as_of: as_of(), mapping: &MAPPED, organisation: None };
        let Ok(rows) = open(Cursor::new(bytes), options) else { continue };
        let mut before = 0;
        for row in rows {
            let Ok(row) = row else { break };
            assert!(row.line > before, "lines are in order");
            before = row.line;
            match row.said {
                Said::Records(records) => {
                    for record in &records {
                        sound(record, &LISTS);
                    }
                }
                Said::Unmapped { text } => assert!(!text.is_empty()),
                Said::Faults(faults) => assert!(!faults.is_empty(), "refused for nothing"),
                Said::Nothing => {}
            }
        }
    }
}
