//! `/dsp`: the Digital Staff Passport API over our own data, and its events endpoint. Errors are in its
//! shape here, not problem details.

use std::future::poll_fn;
use std::pin::Pin;

use actix_web::body::{BodyStream, MessageBody as _};
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use passport_dsp::{
    Event, Health, Issue, MAX_FOUND, Reading, RecordType, Renewal, Sieve, System, employee_records, health,
    read_record, write_employees,
};
use passport_schema::field::Context;
use passport_schema::id::{Id, OrganisationCode};
use passport_schema::json::Json;
use passport_schema::record::{Content, Identity, Record};
use passport_schema::text::Name;
use passport_schema::time::Date;

use super::{Body, MAX_BODY, body, json};
use crate::app::App;
use crate::dsp::take::{Taken, identity, take, written};
use crate::dsp::{Caller, Fault, events};
use crate::error::ApiError;
use crate::issue::holdings;
use crate::store::StoreError;

/// Identities that are looked at between two questions to the database.
const PAGE: i64 = 500;
const STRUCTURED: &str = "application/cloudevents+json";

pub(crate) async fn not_found() -> Result<HttpResponse, Fault> {
    Err(ApiError::NotFound.into())
}

pub(crate) async fn publish(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    bytes: Body,
) -> Result<HttpResponse, Fault> {
    let bytes = body(bytes)?;
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let event = if kind.eq_ignore_ascii_case(STRUCTURED) {
        Event::structured(&bytes, &app.lists)
    } else if request.headers().contains_key("ce-specversion") {
        let headers = request.headers().iter();
        let attributes =
            headers.filter_map(|(name, value)| Some((name.as_str().strip_prefix("ce-")?, value.as_bytes())));
        Event::binary(attributes, &bytes, &app.lists)
    } else {
        let text = format!("The body must be {STRUCTURED}, or the event must be in headers that begin with ce-.");
        return Err(Fault::new(Issue::Invalid, text));
    };
    let event = event.map_err(ApiError::from)?;
    events::take(&app, &caller.0, &event).await?;
    Ok(json(StatusCode::OK, serde_json::json!({ "id": event.id }).to_string()))
}

/// Whether the service works for an organisation; open to everybody, and always 200.
pub(crate) async fn status(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Fault> {
    let code = OrganisationCode::parse(&path).ok_or_else(Fault::no_organisation)?;
    let mut parts = Vec::new();
    if request.query_string() != "ping=shallow" {
        let asked = async { app.store.read().await?.organisation(&code).await };
        match asked.await {
            Ok(None) => return Err(Fault::no_organisation()),
            Ok(Some(_)) => parts.push(("database:status", Health::Pass)),
            Err(_) => parts.push(("database:status", Health::Fail)),
        }
    }
    let answer = health("Staff Passport, Digital Staff Passport API", env!("CARGO_PKG_VERSION"), &parts);
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/health+json")).body(answer))
}

/// What a search asks for: words of the name, and a date of birth.
#[derive(Default)]
struct Wanted {
    words: Vec<String>,
    birth_date: Option<Date>,
}

impl Wanted {
    fn read(query: &str) -> Result<Self, Fault> {
        let invalid = |text: &str| Fault::new(Issue::Invalid, text);
        let pairs = web::Query::<Vec<(String, String)>>::from_query(query);
        let pairs = pairs.map_err(|_| invalid("The query parameters cannot be read."))?.into_inner();
        let mut wanted = Self::default();
        for parameter in ["firstName", "surname", "birthDate"] {
            let mut values = pairs.iter().filter(|(name, value)| name == parameter && !value.trim().is_empty());
            let (value, again) = (values.next(), values.next());
            if again.is_some() {
                return Err(invalid(&format!("The query parameter {parameter} stands there twice.")));
            }
            match (parameter, value) {
                (_, None) => {}
                ("birthDate", Some((_, value))) => {
                    let wrong = "Invalid format for birthDate query parameter - must be yyyy-mm-dd.";
                    wanted.birth_date = Some(Date::parse(value).ok_or_else(|| invalid(wrong))?);
                }
                (_, Some((_, value))) => {
                    let name = Name::parse(value);
                    let name = name.map_err(|_| invalid(&format!("The query parameter {parameter} is not a name.")))?;
                    wanted.words.extend(name.words());
                }
            }
        }
        if wanted.words.is_empty() && wanted.birth_date.is_none() {
            return Err(invalid("At least one of firstName, surname and birthDate is needed."));
        }
        Ok(wanted)
    }

    /// Whether every word is one of the person's; the day was asked for already.
    fn fits(&self, person: &Identity) -> bool {
        let mut theirs = person.name.words();
        self.words.iter().all(|word| theirs.iter().position(|it| it == word).map(|at| theirs.swap_remove(at)).is_some())
    }
}

pub(crate) async fn search(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Fault> {
    caller.of(&path)?;
    let wanted = Wanted::read(request.query_string())?;
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let mut tx = app.store.read().await?;
        let page = tx.identity_records(caller.0.organisation(), &after, wanted.birth_date, PAGE).await?;
        drop(tx);
        let Some((last, _)) = page.last() else { break };
        after = last.0.to_string();
        for (staff, content) in &page {
            let person = read_identity(&app, content)?;
            if found.len() < MAX_FOUND && wanted.fits(&person) {
                found.push((staff.0.to_string(), person));
            }
        }
        if found.len() == MAX_FOUND {
            break;
        }
    }
    Ok(json(StatusCode::OK, write_employees(&found, false)))
}

fn read_identity(app: &App, content: &str) -> Result<Identity, StoreError> {
    let corrupt = || StoreError::Corrupt("record");
    let json = Json::parse(content.as_bytes()).map_err(|_| corrupt())?;
    match Record::read(&json, &mut Context::new(&app.lists)).map(|record| record.content) {
        Some(Content::Identity(identity)) => Ok(identity),
        _ => Err(corrupt()),
    }
}

pub(crate) async fn employee(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Fault> {
    caller.of(&path.0)?;
    let id = Id::parse_bare(&path.1).ok_or_else(Fault::no_employee)?;
    let mut tx = app.store.read().await?;
    let staff = tx.staff(caller.0.organisation(), id).await?.ok_or_else(Fault::no_employee)?;
    let (held, _) = holdings(&mut tx, &app, &staff).await?;
    let person = identity(&held).ok_or_else(Fault::no_employee)?;
    Ok(json(StatusCode::OK, write_employees(&[(path.1.clone(), person.clone())], true)))
}

pub(crate) async fn records(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Fault> {
    caller.of(&path.0)?;
    let id = Id::parse_bare(&path.1).ok_or_else(Fault::no_employee)?;
    // Every type that any kind of system gives, or the one that is asked for.
    let mut types: Vec<RecordType> = System::ALL.iter().flat_map(|system| system.gives()).copied().collect();
    if let Some(wanted) = request.query_string().strip_prefix("recordType=") {
        types.retain(|it| it.name() == wanted);
        if types.is_empty() {
            return Err(Fault::new(Issue::Invalid, "The query parameter recordType is not a type of record."));
        }
    }
    let mut tx = app.store.read().await?;
    let staff = tx.staff(caller.0.organisation(), id).await?.ok_or_else(Fault::no_employee)?;
    let (held, _) = holdings(&mut tx, &app, &staff).await?;
    drop(tx);
    let records: Vec<_> =
        written(&app, &caller.0, id, &held, &types).await?.into_iter().map(|(_, _, text)| text).collect();
    Ok(json(StatusCode::OK, employee_records(&path.1, &records)))
}

/// Reads a body without the images in it, at most [`MAX_BODY`] of the rest.
async fn sieved(payload: web::Payload) -> Result<Vec<u8>, ApiError> {
    let mut sieve = Sieve::new(MAX_BODY);
    let mut body = BodyStream::new(payload);
    while let Some(piece) = poll_fn(|context| Pin::new(&mut body).poll_next(context)).await {
        let piece = piece.map_err(|_| ApiError::TooLong(MAX_BODY))?;
        sieve.push(&piece).map_err(|_| ApiError::TooLong(MAX_BODY))?;
    }
    Ok(sieve.finish())
}

pub(crate) async fn add(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    caller.of(&path.0)?;
    let id = Id::parse_bare(&path.1).ok_or_else(Fault::no_employee)?;
    let known = app.store.read().await?.staff(caller.0.organisation(), id).await?;
    known.ok_or_else(Fault::no_employee)?;
    let bytes = sieved(payload).await?;
    let document = Json::parse(&bytes).map_err(ApiError::from)?;
    let today = app.world.clock.now().london_date();
    let reading = Reading { organisation: Some(caller.0.organisation()), today, renewal: Renewal::Ours };
    let mut context = Context::new(&app.lists);
    let received = read_record(&document, &reading, &mut context);
    let received = context.finish(received).map_err(ApiError::from)?;
    // Of evidence of identity only the check is kept: whether that came from this record or another one of
    // the same check nobody can tell any more, so that it is not called a duplicate.
    let evidence = [RecordType::RightToWork, RecordType::DbsCheckSupportingInformation].contains(&received.record_type);
    let taken = take(&app, &caller.0, id, &[received], Renewal::Ours).await?;
    let fault = |issue, text: &str| Err(Fault::new(issue, text));
    match taken.into_iter().next().ok_or(StoreError::Corrupt("answer"))? {
        // What came, without its images: they are not kept anywhere.
        taken if taken == Taken::Added || (taken == Taken::Unchanged && evidence) => {
            Ok(json(StatusCode::CREATED, String::from_utf8(bytes).unwrap_or_default()))
        }
        Taken::Added | Taken::Unchanged => fault(Issue::Duplicate, "This record exists already."),
        Taken::Older => fault(Issue::Conflict, "A newer record about the same is known."),
        Taken::Withdrawn => fault(Issue::Conflict, "This record was withdrawn; it does not come back by being added."),
        Taken::Undecided => {
            fault(Issue::Conflict, "Somebody has to look at this certificate before the check is accepted.")
        }
        Taken::OtherPerson => {
            fault(Issue::Conflict, "The date of birth is not the one that is known of this employee.")
        }
        Taken::Faulty(problems) => Err(ApiError::Fields(problems).into()),
    }
}
