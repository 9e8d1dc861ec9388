//! From a staff list, a training export and a checks extract to one request for each person.
//!
//! Rows that cannot be used are named with their line and reason, and everything else goes on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use csv::StringRecord;
use passport_schema::codes::CodeLists;
use passport_schema::esr::{self, CompetencyName};
use passport_schema::time::{Date, When};
use serde_json::{Value, json};

use crate::exit::{DATA, Failure, NO_INPUT};

/// The files of one organisation.
#[derive(Debug)]
pub struct Extracts {
    pub staff: PathBuf,
    pub training: Option<PathBuf>,
    pub checks: Option<PathBuf>,
}

/// A person: their request, and from which line each record comes.
#[derive(Debug)]
pub struct Person {
    pub reference: String,
    pub records: Vec<(Value, Origin)>,
    name: String,
    birth_date: String,
}

/// A line of a file.
#[derive(Debug, Clone)]
pub struct Origin {
    file: String,
    line: u64,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} line {}", self.file, self.line)
    }
}

/// What the files hold.
#[derive(Debug, Default)]
pub struct Extract {
    pub people: BTreeMap<String, Person>,
    /// Rows that cannot be used: where, and why.
    pub unused: Vec<String>,
    /// References of further assignments, by the first one's.
    aliases: BTreeMap<String, String>,
}

/// Reads the files. `as_of` is the day on which they were written.
pub fn read(files: &Extracts, as_of: Date, lists: &CodeLists) -> Result<Extract, Failure> {
    let mut extract = Extract::default();
    each_row(&files.staff, STAFF, |row, origin| extract.add_assignment(row, origin, as_of))?;
    if let Some(path) = &files.checks {
        each_row(path, CHECKS, |row, origin| extract.add_to(row, origin, |row| check(row, as_of)))?;
    }
    if let Some(path) = &files.training {
        each_row(path, TRAINING, |row, origin| extract.add_to(row, origin, |row| training(row, as_of, lists)))?;
    }
    Ok(extract)
}

const STAFF: &[&str] = &["Staff Reference", "Name", "Date of Birth", "Role", "Start Date", "Assignment Category"];
/// `Last Updated By` names whoever typed the row. It is never taken for the learner.
const TRAINING: &[&str] = &["Staff Reference", "Competency Name", "Date Start", "Expiry Date"];
const CHECKS: &[&str] =
    &["Staff Reference", "Check", "Outcome", "Date", "Valid Until", "Level", "Detail", "Conditions", "Review By"];

/// A row by the names of its columns.
struct Row<'r> {
    record: &'r StringRecord,
    columns: &'r BTreeMap<&'static str, usize>,
}

impl Row<'_> {
    fn get(&self, column: &str) -> &str {
        self.columns.get(column).and_then(|index| self.record.get(*index)).unwrap_or_default().trim()
    }

    fn date(&self, column: &str) -> Result<String, String> {
        let when =
            esr::date(self.get(column)).ok_or_else(|| format!("{column} {:?} is not a date", self.get(column)))?;
        Ok(when.to_string())
    }

    fn optional_date(&self, column: &str) -> Result<Option<String>, String> {
        if self.get(column).is_empty() { Ok(None) } else { self.date(column).map(Some) }
    }
}

fn each_row(
    path: &Path,
    columns: &'static [&'static str],
    mut each: impl FnMut(&Row<'_>, Origin),
) -> Result<(), Failure> {
    let bytes = fs::read(path).map_err(|error| NO_INPUT.at(path, error))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let headers = reader.headers().map_err(|error| DATA.at(path, error))?.clone();
    let find = |name: &&'static str| {
        let index = headers.iter().position(|header| header.trim().eq_ignore_ascii_case(name));
        index.map(|index| (*name, index)).ok_or_else(|| DATA.at(path, format!("has no column {name:?}")))
    };
    let columns = columns.iter().map(find).collect::<Result<BTreeMap<_, _>, _>>()?;
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    for record in reader.records() {
        let record = record.map_err(|error| DATA.at(path, error))?;
        let line = record.position().map_or(0, csv::Position::line);
        each(&Row { record: &record, columns: &columns }, Origin { file: file.clone(), line });
    }
    Ok(())
}

fn provenance(assurance: &str, as_of: Date) -> Value {
    json!({ "assurance": assurance, "lastRefreshed": as_of.to_string() })
}

impl Extract {
    fn add_assignment(&mut self, row: &Row<'_>, origin: Origin, as_of: Date) {
        let reference = row.get("Staff Reference").to_owned();
        let (name, born) = (row.get("Name").to_owned(), row.date("Date of Birth"));
        let (born, started) = match (born, row.date("Start Date")) {
            (Ok(born), Ok(started)) => (born, started),
            (Err(why), _) | (_, Err(why)) => return self.unused.push(format!("{origin}: {why}")),
        };
        // A further assignment of somebody who is there already has their reference and -2, -3, …
        let first = reference.rsplit_once('-').map(|(first, _)| first.to_owned());
        let first =
            first.filter(|first| self.people.get(first).is_some_and(|it| it.name == name && it.birth_date == born));
        let person = match first {
            Some(first) => {
                self.aliases.insert(reference, first.clone());
                first
            }
            None if self.people.contains_key(&reference) => {
                return self.unused.push(format!("{origin}: {reference} stands twice, for different people"));
            }
            None => {
                let identity = json!({ "kind": "identity", "name": name, "birthDate": born, "provenance": provenance("identity-gpg45-in-person", as_of) });
                let person = Person {
                    reference: reference.clone(),
                    records: vec![(identity, origin.clone())],
                    name,
                    birth_date: born,
                };
                self.people.insert(reference.clone(), person);
                reference
            }
        };
        let employment = json!({
            "kind": "employment", "role": row.get("Role"), "started": started, "category": row.get("Assignment Category"),
            "provenance": provenance("employment-esr", as_of),
        });
        if let Some(person) = self.people.get_mut(&person) {
            person.records.push((employment, origin));
        }
    }

    fn add_to(&mut self, row: &Row<'_>, origin: Origin, read: impl FnOnce(&Row<'_>) -> Result<Value, String>) {
        let reference = row.get("Staff Reference");
        let reference = self.aliases.get(reference).map_or(reference, String::as_str);
        let Some(person) = self.people.get_mut(reference) else {
            return self.unused.push(format!("{origin}: {reference} is not in the staff list"));
        };
        match read(row) {
            Ok(record) => person.records.push((record, origin)),
            Err(why) => self.unused.push(format!("{origin}: {why}")),
        }
    }
}

fn training(row: &Row<'_>, as_of: Date, lists: &CodeLists) -> Result<Value, String> {
    let name = row.get("Competency Name");
    let parsed = CompetencyName::parse(name).ok_or_else(|| format!("{name:?} is not a competency name"))?;
    let subject = parsed.subject(lists).ok_or_else(|| format!("{name:?} is no subject of the code list"))?;
    let Some(When::Day(awarded)) = esr::date(row.get("Date Start")) else {
        return Err(format!("Date Start {:?} is not a date", row.get("Date Start")));
    };
    let assurance = match parsed.framework {
        "CSTF" => "cstf-employer",
        "MAND" => "mand-employer",
        _ => "local-employer",
    };
    let mut record = json!({
        "kind": "training", "subject": subject.id(), "awarded": awarded.to_string(), "provenance": provenance(assurance, as_of),
    });
    let expiry = row.get("Expiry Date");
    let period = parsed.period;
    if expiry.is_empty() {
        if let Some(period) = period {
            record["period"] = period.to_string().into();
        }
    } else if !expiry.eq_ignore_ascii_case("no expiry") {
        let last = row.date("Expiry Date")?;
        match period.filter(|period| period.last_day(awarded).is_some_and(|day| day.to_string() == last)) {
            Some(period) => record["period"] = period.to_string().into(),
            // The name says one thing and the row another: the row is about this person.
            None => record["validUntil"] = last.into(),
        }
    }
    Ok(record)
}

fn check(row: &Row<'_>, as_of: Date) -> Result<Value, String> {
    let (level, detail, date) = (row.get("Level"), row.get("Detail"), row.date("Date")?);
    let two = || detail.split_once(';').map_or((detail, ""), |(one, two)| (one.trim(), two.trim()));
    let (mut record, assurance) = match row.get("Check") {
        "identity-check" => {
            (json!({ "kind": "identityCheck", "checked": date, "level": level }), "identity-gpg45-in-person")
        }
        "right-to-work" => (json!({ "kind": "rightToWork", "checked": date, "basis": level }), "right-to-work-manual"),
        "registration" => {
            let (number, status) = two();
            let record = json!({ "kind": "registration", "regulator": level, "number": number, "status": status, "checked": date });
            (record, "register-checked-online")
        }
        "dbs" => {
            let (workforce, barred) = two();
            let record = json!({ "kind": "criminalRecordCheck", "issued": date, "level": level, "workforce": workforce, "barredLists": barred });
            (record, "dbs-certificate-seen")
        }
        "reference" => {
            let months: u16 = detail.parse().map_err(|_| format!("Detail {detail:?} is not a number of months"))?;
            (json!({ "kind": "reference", "received": date, "months": months }), "reference-factual")
        }
        "health-clearance" => {
            (json!({ "kind": "healthClearance", "cleared": date, "clearance": level }), "occupational-health-outcome")
        }
        "screening" => (
            json!({ "kind": "screening", "item": level, "result": detail, "done": date }),
            "occupational-health-outcome",
        ),
        other => return Err(format!("{other:?} is not a check")),
    };
    let kind = record["kind"].clone();
    if let Some(last) = row.optional_date("Valid Until")? {
        record["validUntil"] = last.into();
    }
    let review = row.optional_date("Review By")?;
    let conditions = row.get("Conditions");
    if kind == "registration" {
        // A register has statuses of its own, with conditions beside them.
        if !conditions.is_empty() {
            record["conditions"] = conditions.into();
        }
    } else if kind != "screening" {
        let (outcome, has_conditions) = match row.get("Outcome") {
            "cleared" => ("cleared", false),
            "cleared with conditions" => ("clearedWithConditions", true),
            "in progress" => ("inProgress", false),
            other => return Err(format!("Outcome {other:?} is none")),
        };
        record["outcome"] = outcome.into();
        if has_conditions {
            record["conditions"] = conditions.into();
            if let Some(review) = &review {
                record["reviewBy"] = review.clone().into();
            }
        } else if let (Some(review), true) = (review, kind == "healthClearance") {
            record["validUntil"] = review.into();
        }
    }
    record["provenance"] = provenance(assurance, as_of);
    Ok(record)
}
