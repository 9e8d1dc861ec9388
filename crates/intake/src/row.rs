//! What a file is read into, and how it is to be read.

use passport_schema::codes::CodeLists;
use passport_schema::id::OrganisationCode;
use passport_schema::names;
use passport_schema::record::Record;
use passport_schema::text::Name;
use passport_schema::time::Date;

use crate::fault::Fault;
use crate::mapping::Mapping;

names! {
    /// What wrote a file, and with that what its columns are.
    #[non_exhaustive]
    Format {
        /// The training export of the Electronic Staff Record.
        EsrTraining = "esr-training",
        /// The export of another learning system, by a mapping.
        Training = "training",
        /// Employment checks.
        Checks = "checks",
        /// A staff list.
        Staff = "staff",
        /// Records as systems of the Digital Staff Passport API give them, as JSON.
        DigitalStaffPassport = "digital-staff-passport",
    }
}

/// How a file is read.
#[derive(Debug, Clone, Copy)]
pub struct Options<'o> {
    /// What wrote it.
    pub format: Format,
    /// What codes and subjects mean.
    pub lists: &'o CodeLists,
    /// The day on which it was written: what it says was so then, and nothing in it may lie after.
    pub as_of: Date,
    /// What only people can tell of it; `Mapping::default()` when nobody had to.
    pub mapping: &'o Mapping,
    /// Whose file it is, if that is known: who awarded something is left out where it is they.
    pub organisation: Option<&'o OrganisationCode>,
}

/// One row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line in which it begins; the file's first line is 1. Of a file that is no table, the row's number.
    pub line: u64,
    /// Whom it is about.
    pub who: Who,
    /// Whether it names no day, so that its records are dated to the day of the file.
    pub undated: bool,
    /// What it says of them.
    pub said: Said,
}

/// Whom a row is about, as far as it says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Who {
    /// As in the file, without blanks around it. Empty when it is not there, or the row's cells are not as many
    /// as its columns, so that nobody can tell which is which.
    pub reference: String,
    /// To be held against the staff list.
    pub name: Option<Name>,
    /// Likewise.
    pub birth_date: Option<Date>,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Facts.
    Records(Vec<Record>),
    /// A course that neither the code lists nor the mapping know, to be offered for mapping
    /// ([`Mapping::keep`]); the row says something once it is mapped.
    Unmapped {
        /// The course: what it is called, without a period.
        text: String,
    },
    /// Nothing that can be used: every fault of the row. Never empty.
    Faults(Vec<Fault>),
    /// Nothing: a blank line, or what the mapping leaves out.
    Nothing,
}

/// A further assignment of somebody has the first one's reference and `-2`, `-3`, … behind it: what stands before
/// that, if so.
#[must_use]
pub fn first_assignment(reference: &str) -> Option<&str> {
    let (first, number) = reference.rsplit_once('-')?;
    let digits = !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
    let counts = digits && number.parse().is_ok_and(|number: u8| (2..=99).contains(&number));
    (counts && !first.is_empty()).then_some(first)
}
