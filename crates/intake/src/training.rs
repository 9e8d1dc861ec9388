//! A line of a training export: which subject, when, until when.
//!
//! A competency name is taken apart and matched by its parts (`passport_schema::esr`), never as it stands. What
//! was found for a name is remembered, for an export has few names and many lines. `Last Updated By` names whoever
//! typed the line; it is not looked at, so that it cannot be taken for the learner.

use std::collections::HashMap;
use std::sync::Arc;

use passport_schema::codes::{Assurance, CodeLists, Facts, Subject, Term};
use passport_schema::esr::CompetencyName;
use passport_schema::field::{Context, End, Until};
use passport_schema::record::{Content, Provenance, Record, Source, Training};
use passport_schema::text::{Refusal, Text};
use passport_schema::time::{Date, Period, When};

use crate::columns::{Line, NAMES_OF_BIRTH_DATE, NAMES_OF_NAME, NAMES_OF_PERSON, Noted, Wanted};
use crate::date;
use crate::fault::FileFault;
use crate::limits::MAX_REMEMBERED;
use crate::mapping::{Answer, Mapping, canonical};
use crate::row::Said;
use crate::vouched::assurance;

const COURSE: usize = 3;
const AWARDED: usize = 4;
const UNTIL: usize = 5;
const HOURS: usize = 6;
const STATUS: usize = 7;
/// The employer's partition of ESR.
const VPD: usize = 8;

/// What an export writes for a last day that there is not.
const NEVER: [&str; 3] = ["no expiry", "never", "n/a"];

/// The columns of an export of ESR.
pub(crate) fn esr_columns() -> Vec<Wanted<'static>> {
    let wanted = |names: &[&'static str], needed| Wanted { names: names.to_vec(), needed };
    vec![
        wanted(NAMES_OF_PERSON, true),
        wanted(NAMES_OF_NAME, false),
        wanted(NAMES_OF_BIRTH_DATE, false),
        wanted(&["Competency Name"], true),
        wanted(&["Date Start"], true),
        wanted(&["Expiry Date"], true),
        wanted(&[], false),
        wanted(&[], false),
        wanted(&["VPD"], false),
    ]
}

/// The columns of another learning system's export, as a mapping has them.
pub(crate) fn mapped_columns(mapping: &Mapping) -> Result<Vec<Wanted<'_>>, FileFault> {
    // What the mapping names must be there.
    fn wanted(name: Option<&Text>) -> Wanted<'_> {
        Wanted { names: name.map(Text::as_str).into_iter().collect(), needed: name.is_some() }
    }
    let columns = mapping.columns.as_ref().ok_or(FileFault::MappingNeeded)?;
    Ok(vec![
        wanted(Some(&columns.person)),
        wanted(columns.name.as_ref()),
        wanted(columns.birth_date.as_ref()),
        wanted(Some(&columns.course)),
        wanted(Some(&columns.awarded)),
        wanted(columns.until.as_ref()),
        wanted(columns.hours.as_ref()),
        wanted(columns.status.as_ref().map(|status| &status.column)),
        wanted(None),
    ])
}

/// The column that a field of a record is told by.
pub(crate) fn column_of(field: &str) -> usize {
    if field == "/validUntil" { UNTIL } else { COURSE }
}

/// What a course's name means.
#[derive(Debug, Clone)]
enum Meaning {
    Subject {
        subject: Term<Subject>,
        period: Option<Period>,
        assurance: Arc<Assurance>,
        /// The partition whose own competency it is.
        partition: Option<[u8; 3]>,
    },
    LeaveOut,
    Unmapped(String),
    Fault(Refusal),
}

/// What is known of courses.
#[derive(Debug)]
pub(crate) struct Courses<'o> {
    lists: &'o CodeLists,
    mapping: &'o Mapping,
    /// Where the meaning of a name stands that has been met.
    places: HashMap<String, usize>,
    meanings: Vec<Meaning>,
}

impl<'o> Courses<'o> {
    pub(crate) fn new(lists: &'o CodeLists, mapping: &'o Mapping) -> Self {
        Self { lists, mapping, places: HashMap::new(), meanings: Vec::new() }
    }

    fn meaning(&mut self, course: &str) -> &Meaning {
        if let Some(place) = self.places.get(course) {
            return &self.meanings[*place];
        }
        if self.meanings.len() == MAX_REMEMBERED {
            self.places.clear();
            self.meanings.clear();
        }
        let place = self.meanings.len();
        self.meanings.push(self.find(course).unwrap_or_else(Meaning::Fault));
        self.places.insert(course.to_owned(), place);
        &self.meanings[place]
    }

    fn find(&self, course: &str) -> Result<Meaning, Refusal> {
        let name = CompetencyName::parse(course);
        let period = name.as_ref().and_then(|name| name.period);
        let (subject, by, partition) = match (self.mapping.find(course), &name) {
            (Some(Answer::LeaveOut), _) => return Ok(Meaning::LeaveOut),
            (Some(Answer::Subject(subject)), _) => (Some(subject.clone()), by_subject(subject), None),
            (None, Some(name)) => {
                let partition = name.authority.as_bytes().try_into().ok().filter(|it| it != b"NHS" && it != b"000");
                match name.framework {
                    "CSTF" => (name.subject(self.lists), "cstf-employer", None),
                    "MAND" => (name.subject(self.lists), "mand-employer", None),
                    _ if partition.is_some() => (name.subject(self.lists), "local-employer", partition),
                    // A national framework that we do not know.
                    _ => (None, "", None),
                }
            }
            (None, None) => {
                let subject: Option<Term<Subject>> = self.lists.term(course).filter(|it| it.entry().is_some());
                let by = subject.as_ref().map_or("", by_subject);
                (subject, by, None)
            }
        };
        let Some(subject) = subject else {
            return Text::parse(&canonical(course)).map(|text| Meaning::Unmapped(text.as_str().to_owned()));
        };
        Ok(Meaning::Subject { subject, period, assurance: assurance(by, self.lists)?, partition })
    }

    /// What a line says.
    pub(crate) fn read(&mut self, line: Line<'_>, as_of: Date, context: &mut Context<'_>) -> Result<Said, Noted> {
        if !self.is_completed(line) {
            return Ok(Said::Nothing);
        }
        let awarded = line.day(AWARDED, context);
        line.not_after(AWARDED, awarded.map(When::Day), as_of, context);
        let hours = line.optional(HOURS, context, |text| {
            text.parse().map_err(|_| ("not-a-number", "must be a whole number of hours".into()))
        });
        let last = line.optional(UNTIL, context, |text| {
            let never = NEVER.iter().any(|it| it.eq_ignore_ascii_case(text));
            if never { Ok(None) } else { date::read_day(text, line.order).map(Some) }
        });
        let meaning = line.value(COURSE, context, |course| match self.meaning(course) {
            Meaning::Fault(refusal) => Err(refusal.clone()),
            meaning => Ok(meaning),
        });
        let (subject, period, assurance) = match meaning? {
            Meaning::LeaveOut => return Ok(Said::Nothing),
            Meaning::Unmapped(text) => {
                // Whoever maps it should not be told of its other faults only then.
                awarded?;
                hours?;
                last?;
                return Ok(Said::Unmapped { text: text.clone() });
            }
            Meaning::Subject { subject, period, assurance, partition } => {
                let vpd = line.get(VPD);
                if partition.is_some_and(|own| !vpd.is_empty() && vpd.as_bytes() != own) {
                    let why = "is a competency that another employer defined for itself";
                    line.problem(COURSE, context, ("other-employer", why.into()));
                }
                (subject, *period, assurance)
            }
            Meaning::Fault(_) => return Err(Noted),
        };
        let (awarded, last) = (awarded?, last?);
        let counted = period.map(|period| (period, period.last_day(awarded)));
        let end = match (last, counted) {
            (None, Some((period, Some(last)))) => Some(End::After(period, last)),
            (None, Some((_, None))) => {
                let why = "has a period that ends beyond the year 2199";
                return Err(line.problem(COURSE, context, ("out-of-range", why.into())));
            }
            (None, None) | (Some(None), _) => None,
            (Some(Some(last)), Some((period, Some(counted)))) if counted == last => Some(End::After(period, last)),
            // The name says one thing and the line another: the line is about this person.
            (Some(Some(last)), _) => Some(End::On(last)),
        };
        let training = Training {
            subject: subject.clone(),
            awarded,
            until: Until(end),
            awarded_by: None,
            hours: hours?,
            method: None,
            assessed: None,
        };
        let provenance =
            Provenance { assurance: Source::Assurance(assurance.clone()), provider: None, refreshed: as_of };
        Ok(Said::Records(vec![Record { id: None, content: Content::Training(training), provenance }]))
    }

    fn is_completed(&self, line: Line<'_>) -> bool {
        let status = self.mapping.columns.as_ref().and_then(|columns| columns.status.as_ref());
        status.is_none_or(|status| {
            let said = line.get(STATUS);
            status.values.iter().any(|value| value.as_str().eq_ignore_ascii_case(said))
        })
    }
}

/// The assurance of a subject that somebody mapped.
fn by_subject(subject: &Term<Subject>) -> &'static str {
    match subject.entry().map(|entry| &entry.facts) {
        Some(Facts::Subject { framework, .. }) if framework == "CSTF" => "cstf-employer",
        Some(_) => "mand-employer",
        None => "local-employer",
    }
}
