//! Core skills.

use passport_schema::codes::{Facts, LearningMethod, Subject, Term};
use passport_schema::esr::CompetencyName;
use passport_schema::field::{Context, End, Scalar as _, Until};
use passport_schema::id::OrganisationCode;
use passport_schema::json::Json;
use passport_schema::json_writer::JsonWriter;
use passport_schema::record::{Content, Record, Training};
use passport_schema::time::{Date, Period};

use crate::object::{Object, date, text, text_or_number, word};
use crate::received::{Reading, Received, RecordType, Renewal, named};

/// How it was learned, by the words that the examples have and the ones that people write.
const METHODS: &[(&str, &str)] = &[
    ("examination", "assessment-only"),
    ("assessment", "assessment-only"),
    ("observation", "observation"),
    ("e-learning", "e-learning"),
    ("elearning", "e-learning"),
    ("online", "e-learning"),
    ("classroom", "face-to-face"),
    ("face to face", "face-to-face"),
    ("blended", "blended"),
    ("live online session", "live-online"),
];

pub(crate) fn read(object: &mut Object<'_, '_, '_>, reading: &Reading<'_>) -> Option<Received> {
    let framework = object
        .required("competencyFramework", |json, context| word(json, context, &[("CSTF", "CSTF"), ("MAND", "MAND")]));
    let subject = object.required("subjectName", text);
    let competency = object.required("competencyName", text);
    let level = object.optional("subjectLevel", text_or_number);
    let period = read_period(object);
    let assessed = object.optional("proficiencyLevel", |json, context| {
        word(json, context, &[("0 - Not Assessed", false), ("1 - Assessed", true)])
    });
    let status = object.required("attainmentStatus", |json, context| word(json, context, &[("ACHIEVED", ())]));
    let method = object.optional("learningMethod", text);
    let awarded_by = object.required("awardingOrganisation", read_organisation);
    let awarded = object.required("dateLastAwarded", date);
    let until = object.optional("dateTo", date);
    let subject = match (framework, subject, competency, level) {
        (Some(framework), Some(subject), Some(competency), Some(level)) => {
            let level = level.as_deref().filter(|level| !level.is_empty()).unwrap_or("1");
            find_subject(framework, subject.as_str(), competency.as_str(), level, object.context)
        }
        _ => None,
    };
    let (subject, awarded) = (subject?, awarded?);
    let until = match reading.renewal {
        Renewal::Theirs => read_until(awarded, period?, until?, object.context)?,
        Renewal::Ours => usual(&subject, awarded),
    };
    status?;
    let assurance = if framework? == "CSTF" { "cstf-employer" } else { "mand-employer" };
    let lists = object.context.lists;
    let method = method?.and_then(|method| {
        METHODS.iter().find(|(word, _)| word.eq_ignore_ascii_case(method.as_str())).and_then(|(_, id)| lists.term(id))
    });
    let content = Training {
        subject,
        awarded,
        until,
        awarded_by: Some(awarded_by?).filter(|code| Some(code) != reading.organisation),
        hours: None,
        method,
        assessed: assessed?,
    };
    let provenance = named(assurance, reading, object.context)?;
    let record = Record { id: None, content: Content::Training(content), provenance };
    Some(Received::of(RecordType::CoreSkillsTraining, record))
}

fn read_organisation(json: &Json<'_>, context: &mut Context<'_>) -> Option<OrganisationCode> {
    // Codes have capitals; some systems do not.
    match json.as_text().map(|text| text.trim().to_ascii_uppercase()) {
        Some(text) => OrganisationCode::from_json(&Json::Text(text.into()), context),
        None => context.mismatch("a text", json),
    }
}

/// A competency's name is its subject's and what stands after the level, one after the other.
fn find_subject(
    framework: &str,
    subject: &str,
    competency: &str,
    level: &str,
    context: &mut Context<'_>,
) -> Option<Term<Subject>> {
    let starts = competency.get(..subject.len()).is_some_and(|start| start.eq_ignore_ascii_case(subject));
    let Some(rest) = starts.then(|| competency[subject.len()..].trim_start()) else {
        context.at("competencyName", |context| context.problem("names-differ", "must begin with the subjectName"));
        return None;
    };
    let detail = rest.strip_prefix("- ").unwrap_or(rest);
    let detail = Some(detail.to_owned()).filter(|detail| !detail.is_empty());
    let name = CompetencyName { authority: "NHS", framework, subject, level, detail, period: None };
    let mut found = name.subject(context.lists);
    // Somebody may have put level and competency into the subject's name.
    if let Some(local) = found.as_ref().and_then(Term::as_local) {
        let whole = format!("NHS|{framework}|{}|", local.as_str());
        let again = CompetencyName::parse(&whole).filter(|again| again.local() == local.as_str());
        found = again.and_then(|again| again.subject(context.lists)).or(found.clone());
    }
    context.at("competencyName", |context| {
        context.value(found.ok_or(("unknown-code", "is not a competency of this framework and level".into())))
    })
}

/// The outer `None` means that it was faulty. "Year" and "Years" alike, whatever the number.
#[expect(clippy::option_option, reason = "missing is not faulty")]
fn read_period(object: &mut Object<'_, '_, '_>) -> Option<Option<Period>> {
    let number = object.optional("renewalPeriodNumber", text_or_number);
    let unit = object.optional("renewalPeriodUnits", |json, context| {
        word(json, context, &[("Years", 'Y'), ("Year", 'Y'), ("Months", 'M'), ("Month", 'M')])
    });
    let (number, unit) = (number?, unit?);
    let Some((number, unit)) = number.zip(unit) else { return Some(None) };
    let period = Period::parse(&format!("P{number}{unit}"));
    let period = period.ok_or(("not-a-period", "must be whole years or months, at most 20 years".into()));
    object.context.at("renewalPeriodNumber", |context| context.value(period)).map(Some)
}

/// The day that they name counts. Where it is the last one of their period, the period is kept too.
fn read_until(awarded: Date, period: Option<Period>, until: Option<Date>, context: &mut Context<'_>) -> Option<Until> {
    let whole = period.and_then(|period| period.last_day(awarded).map(|last| (period, last)));
    Some(Until(match (whole, until) {
        (Some((period, last)), until) if until.is_none_or(|until| until == last) => Some(End::After(period, last)),
        (_, Some(until)) if until < awarded => {
            context.at("dateTo", |context| context.problem("ends-before-it-begins", format!("ends before {awarded}")));
            return None;
        }
        (_, until) => until.map(End::On),
    }))
}

fn usual(subject: &Term<Subject>, awarded: Date) -> Until {
    let period = match subject.entry().map(|entry| &entry.facts) {
        Some(Facts::Subject { period, .. }) => *period,
        _ => None,
    };
    Until(period.and_then(|period| period.last_day(awarded).map(|last| End::After(period, last))))
}

pub(crate) fn write(it: &Training, organisation: &OrganisationCode, out: &mut JsonWriter) -> Option<RecordType> {
    let (framework, subject, level, detail) =
        match (it.subject.entry().map(|entry| &entry.facts), it.subject.as_local()) {
            (Some(Facts::Subject { framework, subject, level, detail, .. }), _) => {
                let framework = if framework == "CSTF" { "CSTF" } else { "MAND" };
                (framework, subject.clone(), level.clone(), detail.clone())
            }
            (_, Some(local)) => {
                let (subject, level, detail) = take_apart(local.as_str());
                ("MAND", subject, level, detail)
            }
            _ => return None,
        };
    out.key("recordType").plain(RecordType::CoreSkillsTraining.name());
    out.key("competencyFramework").plain(framework);
    out.key("subjectName").text(&subject);
    let competency = detail.map_or_else(|| subject.clone(), |detail| format!("{subject} {detail}"));
    out.key("competencyName").text(&competency);
    out.key("subjectLevel").text(&level);
    if let Some(End::After(period, _)) = it.until.0 {
        let (number, unit) = match period {
            Period::Years(number) => (number, "Year"),
            Period::Months(number) => (number, "Month"),
        };
        out.key("renewalPeriodNumber").plain(number);
        out.key("renewalPeriodUnits").plain(format_args!("{unit}{}", if number == 1 { "" } else { "s" }));
    }
    if let Some(assessed) = it.assessed {
        out.key("proficiencyLevel").plain(if assessed { "1 - Assessed" } else { "0 - Not Assessed" });
    }
    out.key("attainmentStatus").plain("ACHIEVED");
    if let Some(method) = it.method.as_ref().and_then(method_word) {
        out.key("learningMethod").text(&method);
    }
    out.key("awardingOrganisation").plain(it.awarded_by.as_ref().unwrap_or(organisation));
    out.key("dateLastAwarded").plain(it.awarded);
    if let Some(last) = it.until.last_day() {
        out.key("dateTo").plain(last);
    }
    Some(RecordType::CoreSkillsTraining)
}

/// A local text as subject, level and detail, where it reads back as the same; else it is the subject.
fn take_apart(local: &str) -> (String, String, Option<String>) {
    let whole = format!("NHS|MAND|{local}|");
    if let Some(name) = CompetencyName::parse(&whole)
        && name.local() == local
        && !name.detail.as_deref().is_some_and(|detail| detail.starts_with('-'))
    {
        return (name.subject.to_owned(), name.level.to_owned(), name.detail);
    }
    (local.to_owned(), "1".to_owned(), None)
}

fn method_word(method: &Term<LearningMethod>) -> Option<String> {
    let entry = method.entry()?;
    Some(match entry.id.as_str() {
        "assessment-only" => "Examination".to_owned(),
        "observation" => "Observation".to_owned(),
        _ => entry.title.clone(),
    })
}
