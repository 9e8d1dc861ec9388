//! What the tests share: reading a file at once, and looking into its rows.
#![allow(dead_code, reason = "each test takes what it needs")]

pub mod book;

use std::io::Cursor;

use passport_intake::{FileFault, Format, Mapping, Options, Row, Said, open};
use passport_schema::codes::CodeLists;
use passport_schema::field::Context;
use passport_schema::json::Json;
use passport_schema::record::{Content, Record, Training};
use passport_schema::time::Date;

/// The columns of an export of ESR, and the person.
pub const HEADER: &str = "Staff Reference,Competency Name,Date Start,Expiry Date,Last Updated By,Title,VPD";

/// The day of every file.
pub fn as_of() -> Date {
    Date::new(2026, 11, 20).expect("a day")
}

/// All rows of a file.
pub fn read(bytes: &[u8], format: Format, mapping: &Mapping, lists: &CodeLists) -> Result<Vec<Row>, FileFault> {
    open(Cursor::new(bytes), Options { format, lists, as_of: as_of(), mapping, organisation: None })?.collect()
}

/// All rows of a file without a mapping.
pub fn all(bytes: &[u8], format: Format) -> Result<Vec<Row>, FileFault> {
    read(bytes, format, &Mapping::default(), &CodeLists::embedded())
}

/// The row that one line of an export of ESR makes.
pub fn one(line: &str) -> Row {
    let mut rows = all(format!("{HEADER}\n{line}\n").as_bytes(), Format::EsrTraining).expect("a file");
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

/// The training that a row says.
pub fn training(row: &Row) -> Training {
    let Said::Records(records) = &row.said else { panic!("{row:?}") };
    let Content::Training(training) = &records[0].content else { panic!("{row:?}") };
    training.clone()
}

/// Column and code of each fault of a row.
pub fn faults(row: &Row) -> Vec<(&str, &str)> {
    let Said::Faults(faults) = &row.said else { panic!("{row:?}") };
    faults.iter().map(|fault| (fault.column.as_str(), fault.code)).collect()
}

/// Asserts that a record that was put together is the one that its own JSON makes.
pub fn sound(record: &Record, lists: &CodeLists) {
    let text = record.to_json();
    let json = Json::parse(text.as_bytes()).expect("JSON");
    let mut context = Context::new(lists);
    let read = Record::read(&json, &mut context);
    assert_eq!(context.finish(read).as_ref(), Ok(record), "{text}");
}

/// A sample extract, every record of which is [`sound`].
pub fn sample(organisation: &str, name: &str, format: Format) -> (Vec<u8>, Vec<Row>) {
    let path = format!("{}/../../demo/extracts/{organisation}/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).expect("a file");
    let (rows, lists) = (all(&bytes, format).expect("a sound file"), CodeLists::embedded());
    for row in &rows {
        if let Said::Records(records) = &row.said {
            for record in records {
                sound(record, &lists);
            }
        }
    }
    (bytes, rows)
}
