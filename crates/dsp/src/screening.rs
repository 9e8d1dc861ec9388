//! Vaccinations, clinical tests and observations.
//!
//! A test or observation of which `data/screening.json` does not say what its result means is refused: a
//! result that nobody expected must not reach a credential. A vaccination that it does not list is taken
//! under its own code and words.

use std::sync::LazyLock;

use passport_schema::codes::Term;
use passport_schema::field::{Context, Scalar as _, Until};
use passport_schema::json::Json;
use passport_schema::json_writer::JsonWriter;
use passport_schema::record::{Content, Record, Screening};
use passport_schema::text::Text;
use passport_schema::time::When;
use serde::Deserialize;

use crate::object::{Object, dropped, text, word};
use crate::received::{Reading, Received, RecordType, named};

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let file: File = serde_json::from_str(include_str!("../data/screening.json")).expect("a test reads it");
    file.rows
});

#[derive(Deserialize)]
struct File {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "type")]
    record_type: String,
    code: String,
    description: String,
    /// Id in our list of screenings.
    screening: String,
    /// What done, detected or seen comes to in our list of results.
    yes: String,
    /// What not detected or not seen comes to.
    no: Option<String>,
}

const EQUIVOCAL: &str = "equivocal";

/// What a test or observation found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Yes,
    No,
    Equivocal,
}

impl Row {
    fn result(&self, found: Found) -> Option<&str> {
        match found {
            Found::Yes => Some(&self.yes),
            Found::No => self.no.as_deref(),
            Found::Equivocal => Some(EQUIVOCAL),
        }
    }
}

pub(crate) fn read(
    record_type: RecordType,
    object: &mut Object<'_, '_, '_>,
    reading: &Reading<'_>,
) -> Option<Received> {
    let code = object.required("code", read_code);
    let description = object.required("description", text);
    let found = match record_type {
        RecordType::ClinicalTest => {
            let result = object.optional("result", dropped);
            let found = object.required("interpretation", |json, context| {
                let known = [("Detected", Found::Yes), ("Not detected", Found::No), ("Equivocal", Found::Equivocal)];
                word(json, context, &known)
            });
            result?;
            found
        }
        RecordType::Observation => object.required("result", read_seen),
        _ => Some(Found::Yes),
    };
    // An observation has no date in the specification; one that came with it is taken.
    let done = if record_type == RecordType::Observation {
        object.optional("date", When::from_json)
    } else {
        object.required("date", When::from_json).map(Some)
    };
    let (code, description, found, done) = (code?, description?, found?, done?);
    let lists = object.context.lists;
    let listed = ROWS.iter().find(|row| row.code == code);
    let (item, result) = match listed {
        Some(row) if row.record_type == record_type.name() => {
            (lists.term(&row.screening), row.result(found).and_then(|id| lists.term(id)))
        }
        None if record_type == RecordType::Vaccination => {
            let text = Text::parse(&format!("{code} {}", description.as_str()));
            (object.context.at("description", |context| context.value(text)).map(Term::local), lists.term("completed"))
        }
        _ => {
            let detail = "is not a test or observation whose result we know the meaning of";
            object.context.at("code", |context| context.problem("unknown-code", detail));
            return None;
        }
    };
    let content = Screening {
        item: item?,
        result: result?,
        done: done.unwrap_or(When::Day(reading.today)),
        until: Until(None),
        season: None,
    };
    let provenance = named("occupational-health-outcome", reading, object.context)?;
    let record = Record { id: None, content: Content::Screening(content), provenance };
    Some(Received { undated: done.is_none(), ..Received::of(record_type, record) })
}

/// Yes and no; YAML, in which the specification is written, takes the bare words for truth values.
fn read_seen(json: &Json<'_>, context: &mut Context<'_>) -> Option<Found> {
    match json {
        Json::Bool(true) => Some(Found::Yes),
        Json::Bool(false) => Some(Found::No),
        _ => word(json, context, &[("Yes", Found::Yes), ("No", Found::No)]),
    }
}

/// Capital letters and then digits, as `HEPB001`.
fn is_code(text: &str) -> bool {
    let digits = text.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    (3..=12).contains(&text.len())
        && digits.len() < text.len()
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn read_code(json: &Json<'_>, context: &mut Context<'_>) -> Option<String> {
    let code = json.as_text().map(|text| text.trim().to_ascii_uppercase()).filter(|code| is_code(code));
    context.value(code.ok_or(("unknown-code", "must be capital letters and digits, such as HEPB001".into())))
}

pub(crate) fn write(it: &Screening, out: &mut JsonWriter) -> Option<RecordType> {
    let row = ROWS.iter().find(|row| it.item.is(&row.screening));
    let (code, description, record_type, found) = match (row, it.item.as_local()) {
        (Some(row), _) => {
            let found = [Found::Yes, Found::No, Found::Equivocal];
            let found = found.into_iter().find(|found| row.result(*found).is_some_and(|id| it.result.is(id)))?;
            (row.code.as_str(), row.description.as_str(), RecordType::parse(&row.record_type)?, found)
        }
        (None, Some(local)) if it.result.is("completed") => {
            let (code, description) = local.as_str().split_once(' ').filter(|(code, _)| is_code(code))?;
            (code, description, RecordType::Vaccination, Found::Yes)
        }
        _ => return None,
    };
    let interpretation = match (record_type, found) {
        (RecordType::ClinicalTest, Found::Yes) => Some(("interpretation", "Detected")),
        (RecordType::ClinicalTest, Found::No) => Some(("interpretation", "Not detected")),
        (RecordType::ClinicalTest, Found::Equivocal) => Some(("interpretation", "Equivocal")),
        (RecordType::Observation, Found::Yes) => Some(("result", "Yes")),
        (RecordType::Observation, Found::No) => Some(("result", "No")),
        (_, Found::Yes) => None,
        // The other types have no word for it.
        _ => return None,
    };
    out.key("recordType").plain(record_type.name());
    out.key("code").text(code);
    out.key("description").text(description);
    out.key("date").plain(it.done);
    if let Some((name, word)) = interpretation {
        out.key(name).plain(word);
    }
    Some(record_type)
}
