//! What each record says, as it stands on the sheet: a title, notes, a date, and the last day.

use passport_schema::codes::Term;
use passport_schema::field::Outcome;
use passport_schema::id::OrganisationCode;
use passport_schema::record::{Content, Record};
use passport_schema::text::Text;
use passport_schema::time::When;
use passport_verifier::{Judged, Standing};

/// Records that stand together on the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Job,
    Checks,
    Training,
    Competencies,
    /// What does not count, whatever it is.
    NotCounted,
}

impl Group {
    pub const ALL: [Self; 5] = [Self::Job, Self::Checks, Self::Training, Self::Competencies, Self::NotCounted];

    pub fn heading(self) -> &'static str {
        match self {
            Self::Job => "Job",
            Self::Checks => "Employment checks",
            Self::Training => "Training",
            Self::Competencies => "Competencies and qualifications",
            Self::NotCounted => "In the code, but did not count when this was printed",
        }
    }

    /// The heads of the three columns.
    pub fn columns(self) -> [&'static str; 3] {
        match self {
            Self::Job => ["Role", "Since", "Until"],
            Self::Checks => ["Check", "Done", "Valid until"],
            Self::Training => ["Subject", "Awarded", "Valid until"],
            Self::Competencies => ["What", "Assessed", "Valid until"],
            Self::NotCounted => ["Record", "Date", "Valid until"],
        }
    }
}

/// What one record says.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub group: Group,
    pub title: String,
    pub notes: Vec<String>,
    pub date: String,
    pub until: String,
}

/// What stands in a column when there is nothing to say.
const NO_DATE: &str = "not given";

impl Fact {
    /// What a record says; `None` for the identity, which stands at the top of the sheet, and for
    /// agreements, which are on no pass.
    pub fn of(judged: &Judged, issuer: &OrganisationCode) -> Option<Self> {
        let record = judged.record();
        let (group, notes) = content(record, issuer).or_else(|| Some((Group::Checks, check(record)?)))?;
        let mut notes: Vec<String> = notes.into_iter().flatten().filter(|note| !note.is_empty()).collect();
        let counts = judged.standing().counts();
        if !counts {
            notes.insert(0, reason(judged.standing()).to_owned());
        }
        Some(Self {
            group: if counts { group } else { Group::NotCounted },
            title: judged.title(),
            notes,
            date: record.dated().map_or_else(|| NO_DATE.into(), short),
            until: record.last_day().map_or_else(|| NO_DATE.into(), |last| short(When::Day(last))),
        })
    }
}

fn reason(standing: Standing) -> &'static str {
    match standing {
        Standing::Withdrawn => "Withdrawn by the issuer",
        Standing::Suspended => "Suspended by the issuer",
        Standing::NotEntitled => "The issuer is not entitled to vouch for this",
        Standing::CannotTell => "Its status could not be told",
        Standing::NotSo => "Not so, or not yet",
        Standing::Expired => "Its last day has passed",
        Standing::Superseded => "Replaced by something newer",
        Standing::Stale | Standing::Counts => "",
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A date for a narrow column, such as `8 Oct 2025`.
fn short(when: When) -> String {
    let month = |month: u8| MONTHS.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or_default();
    match when {
        When::Year(year) => year.to_string(),
        When::Month(year, number) => format!("{} {year}", month(number)),
        When::Day(date) => {
            let (year, number, day) = date.parts();
            format!("{day} {} {year}", month(number))
        }
    }
}

type Notes = Vec<Option<String>>;

fn content(record: &Record, issuer: &OrganisationCode) -> Option<(Group, Notes)> {
    let at = |code: &OrganisationCode, word: &str| (code != issuer).then(|| format!("{word} {code}"));
    Some(match &record.content {
        Content::Employment(it) => (
            Group::Job,
            vec![
                it.employer.as_ref().and_then(|code| at(code, "Employer:")),
                text("", it.job_title.as_ref()),
                text("", it.area.as_ref()),
                text("Band ", it.band.as_ref()),
                it.category.as_ref().map(Term::title),
            ],
        ),
        Content::Placement(it) => (
            Group::Job,
            vec![
                at(&it.host, "At"),
                text("", it.site.as_ref()),
                text("", it.programme.as_ref()),
                text("", it.specialty.as_ref()),
                text("", it.grade.as_ref()),
                text("Post number ", it.post_number.as_ref()),
            ],
        ),
        Content::Training(it) => (
            Group::Training,
            vec![
                it.awarded_by.as_ref().and_then(|code| at(code, "Awarded by")),
                it.hours.map(|hours| format!("{hours} hours")),
                it.method.as_ref().map(Term::title),
            ],
        ),
        Content::Competency(it) => {
            let parts = it.skill.element_titles().join(", ");
            (
                Group::Competencies,
                vec![
                    (!parts.is_empty()).then(|| format!("Only: {parts}")),
                    Some(it.independence.title()),
                    Some(it.aspect.title()),
                    Some(it.setting.title()),
                    Some(format!("Assessed by: {} ({})", it.assessor.title(), it.method.title())),
                    it.assessor_organisation.as_ref().and_then(|code| at(code, "Assessed at")),
                    it.last_practised.map(|when| format!("Last practised {}", when.plain())),
                ],
            )
        }
        Content::Qualification(it) => (Group::Competencies, vec![text("Awarded by ", it.awarded_by.as_ref())]),
        Content::Preceptorship(it) => {
            (Group::Competencies, vec![Some(it.status.title()), it.month.map(|month| format!("Month {month}"))])
        }
        _ => return None,
    })
}

fn check(record: &Record) -> Option<Notes> {
    Some(match &record.content {
        Content::IdentityCheck(it) => vec![Some(outcome(&it.outcome)), Some(it.level.title())],
        Content::RightToWork(it) => {
            vec![Some(outcome(&it.outcome)), Some(it.basis.title()), text("Restrictions: ", it.restrictions.as_ref())]
        }
        Content::Registration(it) => vec![
            Some(format!("Number {}: {}", it.number.as_str(), it.status.title())),
            text("Conditions: ", it.conditions.as_ref()),
            text("", it.part.as_ref()),
            it.licence_to_practise
                .map(|holds| if holds { "Licence to practise" } else { "No licence to practise" }.into()),
            Some("Look it up in the register again".into()),
        ],
        Content::CriminalRecordCheck(it) => vec![
            Some(outcome(&it.outcome)),
            Some(it.level.title()),
            Some(format!("Workforce: {}", it.workforce.title())),
            Some(format!("Barred lists: {}", it.barred_lists.title())),
            it.update_service.filter(|subscribed| *subscribed).map(|_| "On the Update Service".into()),
        ],
        Content::Reference(it) => vec![Some(outcome(&it.outcome)), Some(format!("Covering {} months", it.months))],
        Content::HealthClearance(it) => vec![Some(outcome(&it.outcome)), Some(it.clearance.title())],
        Content::Screening(it) => vec![Some(it.result.title()), text("Season ", it.season.as_ref())],
        _ => return None,
    })
}

fn text(before: &str, text: Option<&Text>) -> Option<String> {
    text.map(|text| format!("{before}{}", text.as_str()))
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Cleared => "Cleared".into(),
        Outcome::InProgress => "Still in progress".into(),
        Outcome::ClearedWithConditions { conditions, review_by } => {
            let review = review_by.map(|date| format!(" (review by {})", date.plain())).unwrap_or_default();
            format!("Cleared with conditions: {}{review}", conditions.as_str())
        }
    }
}
