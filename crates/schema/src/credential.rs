//! The credential: records of one family under one issuer's name (W3C VCDM 2.0).
//!
//! The claims stand at the top level of a `vc+jwt` (VC-JOSE-COSE): no `vc` claim, `iss` equal to
//! `issuer`. A reader refuses every member that this version does not have.

use thiserror::Error;

use crate::codes::CodeLists;
use crate::field::{Context, Members, Scalar as _};
use crate::id::Id;
use crate::json::{Json, JsonError};
use crate::json_writer::JsonWriter;
use crate::problem::Problems;
use crate::record::{Family, Record};
use crate::status::{MAX_RECORDS, Place, Purpose};
use crate::text::Name;
use crate::time::{Date, Timestamp};

/// The W3C's context (VCDM 2.0, section 4.3).
pub const VCDM_CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";
/// Our context: a name, bundled with every verifier and published by the service; nobody fetches it.
pub const CONTEXT: &str = "https://staff-passport.example/contexts/v1";

/// The claims of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its id.
    pub id: Id,
    /// What its records have in common.
    pub family: Family,
    /// The issuer's decentralised identifier.
    pub issuer: String,
    /// When it was signed (`validFrom`, `iat`).
    pub issued: Timestamp,
    /// When it is void (`validUntil`, `exp`).
    pub expires: Timestamp,
    /// The person's name as used.
    pub name: Name,
    /// The person's date of birth, where the issuer gives it.
    pub birth_date: Option<Date>,
    /// Where its status lies.
    pub place: Place,
    /// Its records; their order is that of its status block.
    pub records: Vec<Record>,
}

/// Why a payload is not a credential of ours.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CredentialError {
    /// Not the JSON that we read.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Fields are missing, unknown or faulty.
    #[error("the content is not that of a staff credential: {0}")]
    Fields(Problems),
}

impl Credential {
    /// The claims as JSON text. `address` is the issuer's public address, under which its status lists
    /// lie; `schemas` is the address under which the service publishes JSON Schemas.
    #[must_use]
    pub fn to_json(&self, address: &str, schemas: &str) -> String {
        let family = self.family.credential_type();
        JsonWriter::object_text(|out| {
            out.key("@context").array(|out| [VCDM_CONTEXT, CONTEXT].iter().for_each(|context| out.text(context)));
            out.key("id").plain(self.id);
            out.key("type").array(|out| ["VerifiableCredential", family].iter().for_each(|name| out.text(name)));
            out.key("issuer").text(&self.issuer);
            out.key("validFrom").plain(self.issued);
            out.key("validUntil").plain(self.expires);
            out.key("credentialSubject").object(|out| self.write_subject(out));
            out.key("credentialSchema").object(|out| {
                out.key("id").text(&format!("{schemas}/{family}.json"));
                out.key("type").text("JsonSchema");
            });
            out.key("credentialStatus").array(|out| {
                self.write_status(out, address, Purpose::Revocation);
                self.write_status(out, address, Purpose::Suspension);
            });
            out.key("statusBlock").object(|out| {
                out.key("list").int(self.place.list.into());
                out.key("block").int(self.place.block.into());
            });
            out.key("iss").text(&self.issuer);
            out.key("iat").int(self.issued.0);
            out.key("exp").int(self.expires.0);
        })
    }

    fn write_subject(&self, out: &mut JsonWriter) {
        out.key("type").text("StaffMember");
        out.key("name").text(self.name.as_str());
        if let Some(date) = self.birth_date {
            out.key("birthDate").plain(date);
        }
        out.key("record").array(|out| self.records.iter().for_each(|record| record.write(out)));
    }

    /// An entry for other W3C software; ours goes by `statusBlock`.
    fn write_status(&self, out: &mut JsonWriter, address: &str, purpose: Purpose) {
        let index = self.place.index(self.records.len(), 0).unwrap_or_default();
        let list = format!("{address}/status/{}/{}", self.place.list, purpose.name());
        out.object(|out| {
            out.key("id").text(&format!("{list}#{index}"));
            out.key("type").text("BitstringStatusListEntry");
            out.key("statusPurpose").text(purpose.name());
            out.key("statusListIndex").plain(index);
            out.key("statusListCredential").text(&list);
        });
    }

    /// Reads the claims.
    ///
    /// # Errors
    /// [`CredentialError`], with every faulty field.
    pub fn from_json(payload: &[u8], lists: &CodeLists) -> Result<Self, CredentialError> {
        let json = Json::parse(payload)?;
        let mut context = Context::new(lists);
        let credential = Members::read(&json, &mut context, read);
        context.finish(credential).map_err(CredentialError::Fields)
    }
}

fn read(object: &mut Members<'_, '_, '_>) -> Option<Credential> {
    let contexts = object.required("@context", |json, context| texts(json, context, &[VCDM_CONTEXT, CONTEXT]));
    let id = object.required("id", |json, context| {
        context.value(
            json.as_text().and_then(Id::parse).ok_or(("not-an-id", "must be urn:uuid: and a lower-case UUID".into())),
        )
    });
    let family = object.required("type", |json, context| {
        let family = match json {
            Json::Array(items) if items.len() == 2 && items[0].as_text() == Some("VerifiableCredential") => {
                items[1].as_text().and_then(Family::parse)
            }
            _ => None,
        };
        context.value(
            family.ok_or(("credential-type", "must be VerifiableCredential and a staff credential's type".into())),
        )
    });
    let issuer = object.required("issuer", |json, context| match json.as_text() {
        Some(issuer) => Some(issuer.to_owned()),
        None => context.mismatch("a text", json),
    });
    if let Some(issuer) = &issuer {
        object.constant("iss", issuer);
    }
    let issued = instant(object, "validFrom", "iat");
    let expires = instant(object, "validUntil", "exp");
    let place = object.required("statusBlock", |json, context| {
        Members::read(json, context, |block| {
            let list = block.required("list", number);
            let block = block.required("block", number);
            Some(Place { list: list?, block: block? })
        })
    });
    let subject = object.required("credentialSubject", |json, context| Members::read(json, context, read_subject));
    object.required("credentialSchema", |json, context| {
        Members::read(json, context, |schema| {
            schema.constant("type", "JsonSchema");
            schema
                .required("id", |json, context| json.as_text().map(|_| ()).or_else(|| context.mismatch("a text", json)))
        })
    });
    let (name, birth_date, records) = subject?;
    let (place, family) = (place?, family?);
    object.required("credentialStatus", |json, context| check_status(json, context, place, records.len()));
    for (index, record) in records.iter().enumerate() {
        if record.kind().family() != family {
            object.context.at(format_args!("credentialSubject/record/{index}/kind"), |context| {
                context.problem("wrong-family", format!("a {} does not hold this kind", family.credential_type()));
            });
        }
    }
    contexts?;
    Some(Credential {
        id: id?,
        family,
        issuer: issuer?,
        issued: issued?,
        expires: expires?,
        name,
        birth_date,
        place,
        records,
    })
}

fn read_subject(subject: &mut Members<'_, '_, '_>) -> Option<(Name, Option<Date>, Vec<Record>)> {
    subject.constant("type", "StaffMember");
    let name = subject.required("name", Name::from_json);
    let birth_date = subject.optional("birthDate", Date::from_json);
    let records = subject.required("record", |json, context| {
        let records = read_records(json, context)?;
        if records.iter().all(|record| record.id.is_some()) {
            return Some(records);
        }
        context.problem("missing-field", "every record of a credential has an id");
        None
    });
    Some((name?, birth_date?, records?))
}

/// Reads a list of 1 to [`MAX_RECORDS`] records at the current place.
pub fn read_records(json: &Json<'_>, context: &mut Context<'_>) -> Option<Vec<Record>> {
    read_checked_records(json, context, |_, _| {})
}

/// The same, with a further look at each item, whatever else is wrong with it.
pub fn read_checked_records(
    json: &Json<'_>,
    context: &mut Context<'_>,
    mut check: impl FnMut(&Json<'_>, &mut Context<'_>),
) -> Option<Vec<Record>> {
    let Json::Array(items) = json else {
        return context.mismatch("a list of records", json);
    };
    if items.is_empty() || items.len() > MAX_RECORDS {
        context.problem("record-count", format!("{} records; 1 to {MAX_RECORDS} are allowed", items.len()));
        return None;
    }
    let read = |(index, item)| {
        context.at(index, |context| {
            let record = Record::read(item, context);
            check(item, context);
            record
        })
    };
    let records = items.iter().enumerate().map(read);
    // Every record is read, so that every problem is named, before one failure drops them all.
    records.collect::<Vec<_>>().into_iter().collect()
}

fn texts(json: &Json<'_>, context: &mut Context<'_>, expected: &[&str]) -> Option<()> {
    let Json::Array(items) = json else {
        return context.mismatch("a list", json);
    };
    let same =
        items.len() == expected.len() && items.iter().zip(expected).all(|(item, text)| item.as_text() == Some(text));
    context.value(same.then_some(()).ok_or_else(|| ("wrong-value", format!("must be {}", expected.join(" and ")))))
}

fn number(json: &Json<'_>, context: &mut Context<'_>) -> Option<u32> {
    let value = json.as_int().and_then(|value| u32::try_from(value).ok());
    context.value(value.ok_or(("out-of-range", "must be a whole number from 0".into())))
}

/// An instant that stands twice: as RFC 3339 and as seconds. Both must say the same.
fn instant(object: &mut Members<'_, '_, '_>, name: &str, claim: &str) -> Option<Timestamp> {
    let written = object.required(name, |json, context| {
        let time = json.as_text().and_then(Timestamp::parse);
        context.value(time.ok_or(("not-a-time", "must be a time, such as 2026-11-20T09:30:00Z".into())))
    });
    let seconds = object.required(claim, |json, context| {
        json.as_int().map(Timestamp).or_else(|| context.mismatch("a number of seconds", json))
    });
    let (written, seconds) = (written?, seconds?);
    if written != seconds {
        object
            .context
            .at(claim, |context| context.problem("claims-differ", format!("is not the same instant as {name}")));
        return None;
    }
    Some(written)
}

fn check_status(json: &Json<'_>, context: &mut Context<'_>, place: Place, records: usize) -> Option<()> {
    let Json::Array(entries) = json else {
        return context.mismatch("a list", json);
    };
    let Some(index) = place.index(records, 0) else {
        context.problem("out-of-range", "the status block lies outside its list");
        return None;
    };
    if entries.len() != 2 {
        context.problem("wrong-value", "must hold one entry for revocation and one for suspension");
        return None;
    }
    for (position, (entry, purpose)) in entries.iter().zip([Purpose::Revocation, Purpose::Suspension]).enumerate() {
        context.at(position, |context| {
            Members::read(entry, context, |entry| {
                entry.constant("type", "BitstringStatusListEntry");
                entry.constant("statusPurpose", purpose.name());
                entry.constant("statusListIndex", &index.to_string());
                for address in ["id", "statusListCredential"] {
                    entry.required(address, |json, context| {
                        json.as_text().map(|_| ()).or_else(|| context.mismatch("an address", json))
                    });
                }
                Some(())
            })
        });
    }
    Some(())
}
