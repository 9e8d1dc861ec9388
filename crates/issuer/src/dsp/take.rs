//! Whether what another system says of somebody is taken in.
//!
//! - Only for somebody who has an identity here, and of whom it names the same date of birth.
//! - A check that disclosed something is left to a person: taking it in, or not, would tell.
//! - A core skill that somebody adds is a duplicate if the same was awarded on the same day, whatever
//!   else it says; one that is pulled from our own learning system may be a correction.
//! - An observation without a date keeps the day on which it was first heard of.
//! - The rest is decided as for any other issue.

use passport_dsp::{Certificate, Made, Received, RecordType, Renewal};
use passport_schema::field::Context;
use passport_schema::id::Id;
use passport_schema::json::Json;
use passport_schema::problem::Problems;
use passport_schema::record::{Content, Identity, Record};
use passport_schema::status::Status;
use serde_json::Value;

use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::issuance::{self, Held, Wish};
use crate::issue::{self, Whom, holdings};
use crate::store::StoreError;

/// What became of something that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It was issued.
    Added,
    /// It was known.
    Unchanged,
    /// Something newer about the same is known.
    Older,
    /// The same was withdrawn before.
    Withdrawn,
    /// Somebody has to look at it.
    Undecided,
    /// It names another date of birth, or none is known here to hold it against.
    OtherPerson,
    /// It cannot be issued.
    Faulty(Problems),
}

impl Taken {
    /// The word in the outcome of a pull.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Unchanged => "unchanged",
            Self::Older => "older",
            Self::Withdrawn => "withdrawn",
            Self::Undecided => "undecided",
            Self::OtherPerson => "other-person",
            Self::Faulty(_) => "faulty",
        }
    }
}

/// The identity among what somebody holds.
pub(crate) fn identity(held: &[Held]) -> Option<&Identity> {
    held.iter().filter(|held| held.status == Status::Valid).find_map(|held| match &held.record.content {
        Content::Identity(identity) => Some(identity),
        _ => None,
    })
}

/// What can be said of one thing that came in before anything is written: the record to issue, or what
/// becomes of it.
fn prepare(
    app: &App,
    received: &Received,
    held: &[Held],
    person: &Identity,
    renewal: Renewal,
) -> Result<Record, Taken> {
    if received.birth_date.is_some_and(|date| person.birth_date != Some(date)) {
        return Err(Taken::OtherPerson);
    }
    let Made::Record(record) = &received.made else { return Err(Taken::Undecided) };
    let mut record = Record::clone(record);
    if received.undated {
        let held = held.iter().map(|held| &held.record.content);
        record.content = issuance::dated_as_before(record.content, held);
    }
    let valid = || held.iter().filter(|held| held.status == Status::Valid).map(|held| &held.record.content);
    if let (Renewal::Ours, Content::Training(new)) = (renewal, &record.content)
        && valid()
            .any(|it| matches!(it, Content::Training(it) if it.subject == new.subject && it.awarded == new.awarded))
    {
        return Err(Taken::Unchanged);
    }
    // The same looks as at `/v1/passports`.
    let text = record.to_json();
    let json = Json::parse(text.as_bytes()).map_err(|_| Taken::Undecided)?;
    let mut context = Context::new(&app.lists);
    let read = Record::read(&json, &mut context);
    issuance::check(&json, app.world.clock.now().london_date(), &mut context);
    context.finish(read).map_err(Taken::Faulty)
}

/// Takes in what came for one person: what became of each.
///
/// # Errors
/// [`ApiError::State`] if the person has no identity here, and as for any issue; nothing was written then.
pub async fn take(
    app: &App,
    scope: &Scope,
    staff: Id,
    received: &[Received],
    renewal: Renewal,
) -> Result<Vec<Taken>, ApiError> {
    let mut tx = app.store.read().await?;
    let person = tx.staff(scope.organisation(), staff).await?.ok_or(ApiError::NotFound)?;
    let (held, _) = holdings(&mut tx, app, &person).await?;
    drop(tx);
    let identity = identity(&held).ok_or_else(|| ApiError::State("this person has no identity record yet".into()))?;
    let decided: Vec<_> = received.iter().map(|it| prepare(app, it, &held, identity, renewal)).collect();
    let incoming: Vec<_> = decided.iter().filter_map(|it| it.clone().ok()).map(|record| (record, None)).collect();
    let mut outcomes = if incoming.is_empty() {
        Vec::new()
    } else {
        let wish = Wish { incoming, ..Wish::default() };
        let answer = issue::issue(app, scope, &Whom::Staff(staff), &wish, "superseded-by-newer", None).await?;
        read_outcomes(&answer)?
    }
    .into_iter();
    let mut taken = Vec::new();
    for (received, decided) in received.iter().zip(decided) {
        if let Err(left_out) = decided {
            taken.push(left_out);
            continue;
        }
        let (record, outcome) = outcomes.next().ok_or(StoreError::Corrupt("answer"))?;
        if let (Some(certificate), Taken::Added | Taken::Unchanged) = (&received.certificate, &outcome) {
            keep(app, record, certificate).await?;
        }
        taken.push(outcome);
    }
    Ok(taken)
}

/// What became of each record, out of the answer to an issue.
fn read_outcomes(answer: &str) -> Result<Vec<(Id, Taken)>, ApiError> {
    let corrupt = || ApiError::Store(StoreError::Corrupt("answer"));
    let answer: Value = serde_json::from_str(answer).map_err(|_| corrupt())?;
    let records = answer["records"].as_array().ok_or_else(corrupt)?;
    let read = |record: &Value| {
        let id = record["id"].as_str().and_then(Id::parse)?;
        let taken = match record["outcome"].as_str()? {
            "new" | "supersedes" => Taken::Added,
            "unchanged" | "duplicate" => Taken::Unchanged,
            "older" => Taken::Older,
            "withdrawn" => Taken::Withdrawn,
            _ => return None,
        };
        Some((id, taken))
    };
    records.iter().map(|record| read(record).ok_or_else(corrupt)).collect()
}

fn context(record: Id) -> String {
    format!("certificate/{}", record.0)
}

async fn keep(app: &App, record: Id, certificate: &Certificate) -> Result<(), ApiError> {
    let text = serde_json::to_vec(certificate).map_err(|_| StoreError::Corrupt("certificate"))?;
    let sealed = app.keyring.sealing().seal(&text, &context(record), &app.world.random.bytes());
    let mut tx = app.store.write().await?;
    tx.keep_certificate(record, &sealed).await?;
    tx.commit().await?;
    Ok(())
}

/// Opens a certificate.
///
/// # Errors
/// [`StoreError::Corrupt`] if it does not open.
pub(crate) fn open(app: &App, record: Id, sealed: &[u8]) -> Result<Certificate, StoreError> {
    let text = app.keyring.sealing().open(sealed, &context(record));
    let certificate = text.and_then(|text| serde_json::from_slice(&text).ok());
    certificate.ok_or(StoreError::Corrupt("certificate"))
}

/// Everything that somebody holds and that the specification has a shape for, in that shape, with our id of
/// each.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn written(
    app: &App,
    scope: &Scope,
    staff: Id,
    held: &[Held],
    types: &[RecordType],
) -> Result<Vec<(Id, RecordType, String)>, ApiError> {
    let Some(person) = identity(held) else { return Ok(Vec::new()) };
    let sealed = app.store.read().await?.certificates_of(staff).await?;
    let mut all = Vec::new();
    for held in held.iter().filter(|held| held.status == Status::Valid) {
        let certificate = sealed.iter().find(|(record, _)| *record == held.id);
        let certificate = certificate.map(|(record, sealed)| open(app, *record, sealed)).transpose()?;
        let written = passport_dsp::write_record(&held.record, scope.organisation(), person, certificate.as_ref());
        all.extend(written.filter(|(it, _)| types.contains(it)).map(|(it, text)| (held.id, it, text)));
    }
    Ok(all)
}
