//! From a draft and its place to what is handed out.

use passport_schema::credential::Credential;
use passport_schema::id::{Id, OrganisationCode};
use passport_schema::pass::Pass;
use passport_schema::record::Record;
use passport_schema::status::{Place, Status};
use passport_schema::text::Name;
use passport_schema::time::{Date, Timestamp};

use crate::app::App;
use crate::error::ApiError;
use crate::issuance::{CREDENTIAL_DAYS, Carrier, Draft};
use crate::keys::Signer;
use crate::signing;
use crate::store::StoreError;
use crate::store::credentials::{Form, Issued};

const DAY: i64 = 86_400;

pub(super) fn pass_claims(
    code: &OrganisationCode,
    draft: &Draft,
    place: Place,
    issued: Timestamp,
    expires: Timestamp,
) -> Pass {
    let records = draft.records.iter().map(|record| Record { id: None, ..record.clone() }).collect();
    Pass { issuer: code.clone(), issued, expires, place, records }
}

/// The last second of the day in London that lies so many days ahead.
fn last_second(now: Timestamp, days: i64) -> Timestamp {
    now.plus(days * DAY).london_date().last_second()
}

/// By whom, with which key, and when something is signed.
pub(super) struct Desk<'d> {
    pub app: &'d App,
    pub organisation: &'d OrganisationCode,
    pub signer: &'d Signer,
    pub now: Timestamp,
}

impl Desk<'_> {
    /// Signs a draft, and reads it back as a verifier would.
    pub fn sign(&self, staff: Id, draft: Draft, place: Place) -> Result<Issued, ApiError> {
        let Self { app, organisation, signer, now } = *self;
        let id = app.world.id();
        let records: Vec<Id> = draft.records.iter().filter_map(|record| record.id).collect();
        let (token, expires) = if let Some(family) = draft.family {
            let expires = last_second(now, CREDENTIAL_DAYS);
            let (name, birth_date) = identity_of(&draft)?;
            let claims = Credential {
                id,
                family,
                issuer: app.did(organisation),
                issued: now,
                expires,
                name,
                birth_date,
                place,
                records: draft.records,
            };
            let address = app.organisation_address(organisation);
            (signing::credential(&claims, &address, &app.schemas(), signer, &app.lists)?, expires)
        } else {
            let carrier = Carrier::parse(&draft.name).unwrap_or(Carrier::Phone);
            let expires = last_second(now, carrier.days(&draft.records));
            let claims = pass_claims(organisation, &draft, place, now, expires);
            (signing::pass(&claims, signer, &app.lists)?, expires)
        };
        Ok(Issued {
            id,
            staff,
            form: if draft.family.is_some() { Form::Credential } else { Form::Pass },
            family: draft.name,
            standing: draft.standing,
            content_hash: draft.hash,
            kid: signer.kid().to_string(),
            place,
            records,
            issued: now,
            expires,
            status: Status::Valid,
            supersedes: draft.supersedes,
            token,
        })
    }
}

fn identity_of(draft: &Draft) -> Result<(Name, Option<Date>), ApiError> {
    let identity = draft.person.as_ref().ok_or(ApiError::Store(StoreError::Corrupt("identity")))?;
    Ok((identity.name.clone(), identity.birth_date))
}
