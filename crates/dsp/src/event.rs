//! Events (`CloudEvents` 1.0): somebody's records in another system have changed. They name no person: what
//! is in an event beside the specification's members is refused, and so is an event with data.

use std::borrow::Cow;

use passport_schema::codes::CodeLists;
use passport_schema::field::{Context, Members, Scalar as _};
use passport_schema::id::OrganisationCode;
use passport_schema::json::Json;
use passport_schema::problem::{Problem, Problems};
use passport_schema::text::Text;
use passport_schema::time::Timestamp;

use crate::employee::{EmployeeId, read_id};
use crate::object::word;
use crate::received::System;

const MAX_ADDRESS: usize = 500;

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventType {
    /// A DBS check was completed.
    DbsCheckCompleted,
    /// A course was completed.
    ElearningCompleted,
}

impl EventType {
    const NAMES: &[(&str, Self)] = &[
        ("employee-dbs-check-completed", Self::DbsCheckCompleted),
        ("employee-elearning-completed", Self::ElearningCompleted),
    ];

    /// The kind of system that it comes from.
    #[must_use]
    pub fn source(self) -> System {
        match self {
            Self::DbsCheckCompleted => System::Recruitment,
            Self::ElearningCompleted => System::Learning,
        }
    }
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// A GUID, as it was written. With `source` it names the event.
    pub id: String,
    /// The system that it comes from.
    pub source: String,
    /// What has happened.
    pub event_type: EventType,
    /// When.
    pub time: Timestamp,
    /// To which of its employees.
    pub subject: EmployeeId,
    /// The employer.
    pub organisation: OrganisationCode,
    /// Where the system has the records. Compared, never fetched as it stands.
    pub dataref: String,
}

impl Event {
    /// Reads the structured mode: a body of `application/cloudevents+json`.
    ///
    /// # Errors
    /// Every fault.
    pub fn structured(bytes: &[u8], lists: &CodeLists) -> Result<Self, Problems> {
        let json = Json::parse(bytes).map_err(|error| whole("unreadable-body", error.to_string()))?;
        Self::read(&json, lists)
    }

    /// Reads the binary mode: attributes in headers whose names begin with `ce-`, values encoded with per
    /// cent signs (HTTP binding 1.0, section 3.1.3), and no body. `filtering` is an object, and so its
    /// header holds JSON.
    ///
    /// # Errors
    /// Every fault.
    pub fn binary<'h>(
        headers: impl IntoIterator<Item = (&'h str, &'h [u8])>,
        body: &[u8],
        lists: &CodeLists,
    ) -> Result<Self, Problems> {
        if !body.is_empty() {
            return Err(whole(
                "unknown-field",
                "an event has no data: it names no person, and says only where to ask".into(),
            ));
        }
        let mut values = Vec::new();
        for (name, value) in headers {
            let value =
                decode(value).ok_or_else(|| whole("wrong-type", format!("the header ce-{name} is not UTF-8")))?;
            values.push((name, value));
        }
        let mut members: Vec<(Cow<'_, str>, Json<'_>)> = Vec::new();
        for (name, value) in &values {
            let json = if *name == "filtering" {
                Json::parse(value.as_bytes()).map_err(|error| whole("wrong-type", format!("ce-filtering: {error}")))?
            } else {
                Json::Text(value.as_str().into())
            };
            members.push(((*name).into(), json));
        }
        Self::read(&Json::Object(members), lists)
    }

    fn read(json: &Json<'_>, lists: &CodeLists) -> Result<Self, Problems> {
        let mut context = Context::new(lists);
        let event = Members::read(json, &mut context, |object| {
            let version = object.constant("specversion", "1.0");
            let id = object.required("id", read_guid);
            let source = object.required("source", read_source);
            let event_type = object.required("type", |json, context| word(json, context, EventType::NAMES));
            let time = object.required("time", |json, context| {
                let time = json.as_text().and_then(Timestamp::parse);
                context.value(time.ok_or(("not-a-time", "must be as per RFC 3339".into())))
            });
            let subject = object.required("subject", read_subject);
            let organisation = object.required("filtering", |json, context| {
                Members::read(json, context, |filtering| {
                    filtering.required("organisation", OrganisationCode::from_json)
                })
            });
            let dataref = object.required("dataref", read_address);
            // Of which type the data would be that there is none of.
            let data_type = object.optional("datacontenttype", read_source);
            if let (Some(subject), Some(organisation), Some(dataref)) = (&subject, &organisation, &dataref)
                && !dataref.ends_with(&format!("/organisations/{organisation}/employees/{subject}/records"))
            {
                let detail = "must end with /organisations/, filtering.organisation, /employees/, subject, /records";
                object.context.at("dataref", |context| context.problem("wrong-value", detail));
                return None;
            }
            version?;
            data_type?;
            Some(Self {
                id: id?,
                source: source?,
                event_type: event_type?,
                time: time?,
                subject: subject?,
                organisation: organisation?,
                dataref: dataref?,
            })
        });
        context.finish(event)
    }
}

fn whole(code: &'static str, detail: String) -> Problems {
    Problems(vec![Problem { pointer: String::new(), code, detail }])
}

/// Undoes the encoding with per cent signs; what is not one of those stands for itself.
fn decode(value: &[u8]) -> Option<String> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        if let (b'%', Some(decoded)) = (byte, hex.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            out.push(decoded);
            rest = &after[2..];
        } else {
            out.push(byte);
            rest = after;
        }
    }
    String::from_utf8(out).ok()
}

fn read_guid(json: &Json<'_>, context: &mut Context<'_>) -> Option<String> {
    let id = json.as_text().filter(|id| passport_schema::id::Id::parse_bare(&id.to_ascii_lowercase()).is_some());
    context.value(
        id.map(str::to_owned)
            .ok_or(("not-an-id", "must be a GUID, such as 236a1d4a-5d69-4fa9-9c7f-e72bf505aa5b".into())),
    )
}

/// A URI reference: what has a blank or is not ASCII is none.
fn read_source(json: &Json<'_>, context: &mut Context<'_>) -> Option<String> {
    let text =
        json.as_text().filter(|text| (1..=200).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic()));
    context.value(
        text.map(str::to_owned).ok_or(("not-an-address", "must be a URI reference of at most 200 characters".into())),
    )
}

/// An id that looks like a National Insurance number would be personal data.
fn read_subject(json: &Json<'_>, context: &mut Context<'_>) -> Option<EmployeeId> {
    let id = read_id(json, context)?;
    context.value(Text::parse(id.as_str()))?;
    Some(id)
}

fn read_address(json: &Json<'_>, context: &mut Context<'_>) -> Option<String> {
    let text = json.as_text().filter(|text| {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"?#@".contains(&byte);
        text.len() <= MAX_ADDRESS && text.contains("://") && text.bytes().all(plain)
    });
    context
        .value(text.map(str::to_owned).ok_or(("not-an-address", "must be an absolute address without a query".into())))
}
