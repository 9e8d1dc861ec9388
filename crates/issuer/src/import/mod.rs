//! Imports: a file is received, read, judged, shown, and issued when somebody says so.
//!
//! - Nothing is issued before [`commit`](ask::commit). Every state is a stored object; a node that dies loses
//!   the batch that it was at, and whoever claims the job goes on from there.
//! - A file is kept sealed, in pieces, in the database that all nodes share, and deleted with all that
//!   was read from it when the import is over.
//! - What may be one person's rows is judged together, and by [`crate::issuance::prepare`], as any issue is.
//! - The same file again changes nothing, and is found to do so without being read
//!   ([`repeats`](preview)).

pub(crate) mod ask;
mod batch;
mod judge;
mod namesakes;
mod preview;
mod read;
pub(crate) mod result;
mod rows;
mod run;
mod source;
mod sweep;
pub(crate) mod upload;

use passport_intake::Format;
use passport_schema::id::{Id, OrganisationCode};
use passport_schema::names;
use passport_schema::time::{Date, Timestamp};
use serde_json::{Map, Value};

pub use preview::preview;
pub use run::commit;
pub use sweep::sweep;

use crate::issuance::Carrier;

/// Longest file that is taken in unless the operator says otherwise, in bytes.
pub const MAX_FILE: u64 = 256 * 1024 * 1024;
/// Imports of one organisation that are not over.
pub const MAX_OPEN: usize = 20;
/// Rows about one reference; more are about something else than a person.
pub(crate) const MAX_ROWS: i64 = 2_000;

names! {
    /// Where an import stands.
    State {
        /// The file is coming in.
        Receiving = "receiving",
        /// The file is being read.
        Reading = "reading",
        /// What its rows would come to is being found out.
        Judging = "judging",
        /// What they would come to can be seen; nothing is issued yet.
        Previewed = "previewed",
        /// It is being issued.
        Committing = "committing",
        /// All of it is issued.
        Done = "done",
        /// The file cannot be used; `fault` says why. Nothing of it was issued.
        Refused = "refused",
        /// Called off before it was issued, by somebody or because nobody came back to it.
        Cancelled = "cancelled",
    }
}

names! {
    /// What a row comes to. In the order of what is said of a row with several records: the first of theirs.
    Outcome {
        /// Some of its cells cannot be used.
        Refused = "refused",
        /// It is not sure whose it is.
        Ambiguous = "ambiguous",
        /// It is about a subject that nobody has mapped.
        Unmapped = "unmapped",
        /// It replaces what was issued before.
        Supersedes = "supersedes",
        /// It is issued.
        New = "new",
        /// The same was withdrawn before, and stays so.
        Withdrawn = "withdrawn",
        /// What the person holds is newer.
        Older = "older",
        /// The person holds just that.
        Unchanged = "unchanged",
        /// Another row stands for both.
        Duplicate = "duplicate",
        /// It says nothing.
        Nothing = "nothing",
    }
}

impl Outcome {
    /// Its place in a set of outcomes.
    #[must_use]
    pub fn bit(self) -> i64 {
        1 << self as u8
    }

    /// What it is when the same file comes again and nothing has changed since.
    #[must_use]
    pub fn again(self) -> Self {
        match self {
            Self::New | Self::Supersedes => Self::Unchanged,
            other => other,
        }
    }
}

/// In a set of outcomes: there is something to do for this person.
pub(crate) const WORK: i64 = 1 << 20;

/// How many rows come to what, and how many credentials and passes that takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    rows: [i64; Outcome::ALL.len()],
    /// Credentials and passes that are signed.
    pub signed: i64,
}

impl Totals {
    /// Counts a row.
    pub fn count(&mut self, outcome: Outcome) {
        self.rows[outcome as usize] += 1;
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> i64 {
        self.rows.iter().sum()
    }

    /// How many rows come to this.
    #[must_use]
    pub fn of(&self, outcome: Outcome) -> i64 {
        self.rows[outcome as usize]
    }

    /// The outcomes among them, as a set of bits.
    #[must_use]
    pub fn outcomes(&self) -> i64 {
        let among = Outcome::ALL.iter().filter(|outcome| self.of(**outcome) > 0);
        among.fold(0, |bits, outcome| bits | outcome.bit())
    }

    /// Counts what another counted, `sign` times.
    pub fn add(&mut self, other: &Self, sign: i64) {
        for (ours, theirs) in self.rows.iter_mut().zip(other.rows) {
            *ours += sign * theirs;
        }
        self.signed += sign * other.signed;
    }

    /// What the same file comes to when it comes again and nothing has changed since.
    #[must_use]
    pub fn again(&self) -> Self {
        let mut again = Self::default();
        for outcome in Outcome::ALL {
            again.rows[outcome.again() as usize] += self.of(*outcome);
        }
        again
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut json: Map<String, Value> =
            Outcome::ALL.iter().map(|outcome| (outcome.name().to_owned(), self.of(*outcome).into())).collect();
        json.insert("signed".into(), self.signed.into());
        json.into()
    }

    /// Out of what [`Totals::to_json`] wrote.
    #[must_use]
    pub fn from_json(json: &Value) -> Self {
        let number = |name: &str| json[name].as_i64().unwrap_or_default();
        let mut totals = Self { signed: number("signed"), ..Self::default() };
        for outcome in Outcome::ALL {
            totals.rows[*outcome as usize] = number(outcome.name());
        }
        totals
    }
}

/// An import as it lies in the database.
#[derive(Debug, Clone)]
pub struct Import {
    /// Its id, which is also that of the job that reads it.
    pub id: Id,
    /// Whose it is.
    pub organisation: OrganisationCode,
    /// What wrote the file.
    pub format: Format,
    /// The day on which it was written.
    pub as_of: Date,
    /// What only people could tell of it.
    pub mapping: Option<Id>,
    /// Where it stands.
    pub state: State,
    /// Why it was refused: a code, and a sentence.
    pub fault: Option<(String, String)>,
    /// Bytes of the file.
    pub size: i64,
    /// Hash of the file and of all that decides how it is read.
    pub digest: Option<Vec<u8>>,
    /// The last line that was read.
    pub line: i64,
    /// How many rows were read.
    pub rows: i64,
    /// How many people they are about.
    pub people: i64,
    /// The last person who was judged, or issued to.
    pub after: String,
    /// How many were.
    pub done: i64,
    /// What the rows come to.
    pub totals: Totals,
    /// Whether passes are wanted too.
    pub carrier: Option<Carrier>,
    /// The job that issues it.
    pub job: Option<Id>,
    /// An import of the same file of which everything stands as it was left.
    pub repeats: Option<Id>,
    /// Who sent it.
    pub actor: String,
    /// When.
    pub created: Timestamp,
    /// When it last got on.
    pub changed: Timestamp,
}

/// What a sealed part of an import is bound to.
pub(crate) fn context(organisation: &OrganisationCode, import: Id, part: &str) -> String {
    format!("import/{organisation}/{}/{part}", import.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_read_back_as_they_were_written() {
        let mut totals = Totals { signed: 3, ..Totals::default() };
        for (index, outcome) in Outcome::ALL.iter().enumerate() {
            (0..=index).for_each(|_| totals.count(*outcome));
            assert_eq!(Outcome::parse(outcome.name()), Some(*outcome));
        }
        assert_eq!(Totals::from_json(&totals.to_json()), totals);
        let again = totals.again();
        assert_eq!((again.of(Outcome::New), again.of(Outcome::Supersedes), again.signed), (0, 0, 0));
        let changed = totals.of(Outcome::New) + totals.of(Outcome::Supersedes) + totals.of(Outcome::Unchanged);
        assert_eq!(again.of(Outcome::Unchanged), changed);
    }
}
