//! From a staff list, a training export and a checks extract to one request for each person.
//!
//! Rows that cannot be used are named with their line and reason, and everything else goes on.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use passport_intake::{Format, Mapping, Options, Said, Who, first_assignment, open};
use passport_schema::codes::CodeLists;
use passport_schema::record::Record;
use passport_schema::text::Name;
use passport_schema::time::Date;
use serde_json::Value;

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
    name: Option<Name>,
    birth_date: Option<Date>,
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
    let mapping = Mapping::default();
    let options = |format| Options { format, lists, as_of, mapping: &mapping, organisation: None };
    extract.each(&files.staff, options(Format::Staff), Extract::add_assignment)?;
    if let Some(path) = &files.checks {
        extract.each(path, options(Format::Checks), Extract::add_records)?;
    }
    if let Some(path) = &files.training {
        extract.each(path, options(Format::EsrTraining), Extract::add_records)?;
    }
    Ok(extract)
}

impl Extract {
    fn each(
        &mut self,
        path: &Path,
        options: Options<'_>,
        add: impl Fn(&mut Self, &Who, &[Record], &Origin),
    ) -> Result<(), Failure> {
        let file = File::open(path).map_err(|error| NO_INPUT.at(path, error))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for row in open(file, options).map_err(|fault| DATA.at(path, fault))? {
            let row = row.map_err(|fault| DATA.at(path, fault))?;
            let origin = Origin { file: name.clone(), line: row.line };
            match row.said {
                Said::Records(records) => add(self, &row.who, &records, &origin),
                Said::Unmapped { text } => {
                    self.unused.push(format!("{origin}: {text:?} is no subject of the code list"));
                }
                Said::Faults(faults) => self.unused.extend(faults.iter().map(|fault| format!("{origin}: {fault}"))),
                Said::Nothing => {}
            }
        }
        Ok(())
    }

    fn add_assignment(&mut self, who: &Who, records: &[Record], origin: &Origin) {
        let reference = &who.reference;
        // A further assignment of somebody who is there already.
        let same = |it: &Person| (&it.name, it.birth_date) == (&who.name, who.birth_date);
        let first = first_assignment(reference).filter(|first| self.people.get(*first).is_some_and(same));
        let records = records.iter().map(|record| (record.to_value(), origin.clone()));
        match first {
            Some(first) => {
                // Who they are is known.
                if let Some(person) = self.people.get_mut(first) {
                    person.records.extend(records.filter(|(record, _)| record["kind"] != "identity"));
                }
                self.aliases.insert(reference.clone(), first.to_owned());
            }
            None if self.people.contains_key(reference) => {
                self.unused.push(format!("{origin}: {reference} stands twice, for different people"));
            }
            None => {
                let person = Person {
                    reference: reference.clone(),
                    records: records.collect(),
                    name: who.name.clone(),
                    birth_date: who.birth_date,
                };
                self.people.insert(reference.clone(), person);
            }
        }
    }

    fn add_records(&mut self, who: &Who, records: &[Record], origin: &Origin) {
        let reference = self.aliases.get(&who.reference).unwrap_or(&who.reference);
        let why = match self.people.get_mut(reference) {
            Some(person) if person.is(who) => {
                person.records.extend(records.iter().map(|record| (record.to_value(), origin.clone())));
                return;
            }
            Some(_) => "is somebody else in the staff list",
            None => "is not in the staff list",
        };
        self.unused.push(format!("{origin}: {reference} {why}"));
    }
}

impl Person {
    /// Whether a row is about them, as far as it says more than the reference.
    fn is(&self, who: &Who) -> bool {
        let name = who.name.as_ref().zip(self.name.as_ref()).is_none_or(|(one, other)| one.words() == other.words());
        name && who.birth_date.is_none_or(|date| self.birth_date == Some(date))
    }
}
