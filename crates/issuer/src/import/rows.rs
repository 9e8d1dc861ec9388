//! Rows between the steps of an import: what a file said, and what that came to, as they lie sealed.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use passport_intake::{Fault, Row, Said};
use passport_schema::codes::CodeLists;
use passport_schema::field::Context;
use passport_schema::json::Json;
use passport_schema::problem::Problems;
use passport_schema::record::Record;
use passport_schema::text::Name;
use passport_schema::time::Date;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Outcome, Totals};
use crate::issuance;

/// A row that was read: whom it is about as far as it says, and what it says.
#[derive(Debug)]
pub(crate) struct ReadRow {
    pub line: u64,
    pub reference: String,
    pub name: Option<Name>,
    pub birth_date: Option<Date>,
    /// Whether its records have the day of the file for want of one of their own.
    pub undated: bool,
    pub says: Says,
}

/// What a row says.
#[derive(Debug)]
pub(crate) enum Says {
    /// Facts, read again and found fit to be issued.
    Records(Vec<Record>),
    /// Something that has its outcome already, whoever it is about.
    Settled(Outcome, Value),
}

/// What a row came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowResult {
    pub line: u64,
    pub reference: String,
    pub outcome: Outcome,
    /// What there is to say of it.
    pub detail: Value,
}

/// Writes a row as a line of JSON.
pub(crate) fn write(row: &Row, out: &mut String) {
    let mut head = json!({ "line": row.line, "reference": row.who.reference });
    if let Some(name) = &row.who.name {
        head["name"] = name.as_str().into();
    }
    if let Some(date) = row.who.birth_date {
        head["birthDate"] = date.to_string().into();
    }
    if row.undated {
        head["undated"] = true.into();
    }
    let settled = |outcome: Outcome, detail: Value| json!({ "outcome": outcome.name(), "detail": detail });
    match &row.said {
        Said::Records(records) => {
            let mut text = head.to_string();
            text.pop();
            out.push_str(&text);
            out.push_str(",\"records\":[");
            for (index, record) in records.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&record.to_json());
            }
            out.push_str("]}\n");
            return;
        }
        Said::Unmapped { text } => head["settled"] = settled(Outcome::Unmapped, json!({ "subject": text })),
        Said::Faults(faults) => {
            head["settled"] =
                settled(Outcome::Refused, json!({ "faults": faults.iter().map(fault).collect::<Vec<_>>() }));
        }
        Said::Nothing => head["settled"] = settled(Outcome::Nothing, Value::Null),
    }
    out.push_str(&head.to_string());
    out.push('\n');
}

/// Rows as they are sealed: what they say is much alike, and writing it costs more than packing it.
pub(crate) fn pack(text: &str) -> Vec<u8> {
    let mut packed = DeflateEncoder::new(Vec::with_capacity(text.len() / 4), Compression::fast());
    // A vector takes whatever is written.
    let _ = packed.write_all(text.as_bytes());
    packed.finish().unwrap_or_default()
}

/// The rows that [`pack`] packed.
pub(crate) fn unpack(packed: &[u8]) -> Option<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(packed.len() * 4));
    DeflateDecoder::new(packed).read_to_string(&mut text).ok()?;
    Some(text)
}

fn fault(fault: &Fault) -> Value {
    json!({ "field": fault.column, "code": fault.code, "detail": fault.detail })
}

/// Reads what [`write`] wrote, and each record as strictly as if it had come with a request.
pub(crate) fn read(text: &str, today: Date, lists: &CodeLists) -> Option<Vec<ReadRow>> {
    text.lines().map(|line| read_row(line, today, lists)).collect()
}

fn read_row(line: &str, today: Date, lists: &CodeLists) -> Option<ReadRow> {
    let json = Json::parse(line.as_bytes()).ok()?;
    let text = |name: &str| json.member(name).and_then(Json::as_text);
    let says = if let Some(Json::Array(records)) = json.member("records") {
        match read_records(records, today, lists) {
            Ok(records) => Says::Records(records),
            Err(problems) => Says::Settled(Outcome::Refused, refused(&problems)),
        }
    } else {
        let settled: Value = serde_json::from_str::<Value>(line).ok()?["settled"].take();
        Says::Settled(Outcome::parse(settled["outcome"].as_str()?)?, settled["detail"].clone())
    };
    Some(ReadRow {
        line: u64::try_from(json.member("line")?.as_int()?).ok()?,
        reference: text("reference")?.to_owned(),
        name: text("name").and_then(|name| Name::parse(name).ok()),
        birth_date: text("birthDate").and_then(Date::parse),
        undated: json.member("undated").is_some(),
        says,
    })
}

fn read_records(records: &[Json<'_>], today: Date, lists: &CodeLists) -> Result<Vec<Record>, Problems> {
    let mut context = Context::new(lists);
    let mut all = Some(Vec::with_capacity(records.len()));
    for json in records {
        issuance::check(json, today, &mut context);
        let record = Record::read(json, &mut context);
        all = all.zip(record).map(|(mut all, record)| {
            all.push(record);
            all
        });
    }
    context.finish(all)
}

/// What is said of a row with these problems.
pub(crate) fn refused(problems: &Problems) -> Value {
    let fault = |problem: &passport_schema::problem::Problem| json!({ "field": problem.pointer.trim_start_matches('/'), "code": problem.code, "detail": problem.detail });
    json!({ "faults": problems.0.iter().map(fault).collect::<Vec<_>>() })
}

/// Writes what the rows of one person came to.
pub(crate) fn write_results(rows: &[RowResult]) -> String {
    let rows = rows.iter().map(|row| (row.line, &row.reference, row.outcome.name(), &row.detail));
    // Numbers, texts and what was JSON before can be written.
    serde_json::to_string(&rows.collect::<Vec<_>>()).unwrap_or_default()
}

/// Reads what [`write_results`] wrote.
pub(crate) fn read_results(text: &[u8]) -> Option<Vec<RowResult>> {
    let rows: Vec<(u64, String, String, Value)> = serde_json::from_slice(text).ok()?;
    rows.into_iter()
        .map(|(line, reference, outcome, detail)| {
            Some(RowResult { line, reference, outcome: Outcome::parse(&outcome)?, detail })
        })
        .collect()
}

/// How many rows came to what.
pub(crate) fn totals<'r>(rows: impl IntoIterator<Item = &'r RowResult>) -> Totals {
    let mut totals = Totals::default();
    rows.into_iter().for_each(|row| totals.count(row.outcome));
    totals
}
