//! Where a fact comes from: origin, rule, result, verifier, method, closeness, freshness.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::cbor::{CborError, Major};
use crate::codes::{Assurance, CodeLists, Pedigree, Term};
use crate::field::{Context, Field as _, Members, Packer, Scalar, UnpackError, Unpacker};
use crate::id::OrganisationCode;
use crate::json::Json;
use crate::json_writer::JsonWriter;
use crate::text::Text;
use crate::time::Date;

/// Keys of extras that any record may have; those of its kind are below 16.
const PROVIDER: i64 = 16;
const REFRESHED: i64 = 17;

/// The provenance block of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// Who says so, under which rule, how it was checked.
    pub assurance: Source,
    /// The organisation that provided the fact; absent when it is the issuer.
    pub provider: Option<OrganisationCode>,
    /// The day on which it was last compared with its source.
    pub refreshed: Date,
}

/// Who says so, under which rule, how it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Known or spelled out.
    Assurance(Arc<Assurance>),
    /// A number in a pass that the lists at hand do not have (yet).
    Unknown(u16),
}

const PEDIGREES: [(&str, Pedigree); 2] = [("authoritative", Pedigree::Authoritative), ("sourced", Pedigree::Sourced)];

/// The parts of the block that say who, under which rule, and how.
const PARTS: [&str; 6] =
    ["origin", "assurancePolicy", "assuranceOutcome", "verifier", "verificationMethod", "pedigree"];

fn pedigree_name(pedigree: Pedigree) -> &'static str {
    PEDIGREES.iter().find(|(_, known)| *known == pedigree).map_or("sourced", |(name, _)| name)
}

impl Provenance {
    /// Reads the block: `assurance` (an id of the code list) or every part spelled out, and
    /// `lastRefreshed`.
    pub fn read(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
        Members::read(json, context, |object| {
            let provider = object.optional("provider", OrganisationCode::from_json);
            let refreshed = object.required("lastRefreshed", Date::from_json);
            let assurance = if object.has("assurance") { read_named(object) } else { read_spelled(object) };
            Some(Self { assurance: Source::Assurance(assurance?), provider: provider?, refreshed: refreshed? })
        })
    }

    /// Writes the block with every part spelled out, as if `refreshed` was that day.
    pub(super) fn write(&self, out: &mut JsonWriter, refreshed: Date) {
        out.object(|out| {
            match &self.assurance {
                Source::Assurance(it) => PARTS.iter().zip(parts(it)).for_each(|(name, part)| out.key(name).text(part)),
                Source::Unknown(code) => out.key("assurance").plain(format_args!("unknown:{code}")),
            }
            self.provider.write("provider", out);
            out.key("lastRefreshed").plain(refreshed);
        });
    }

    pub(super) fn schema(lists: &CodeLists) -> Value {
        let ids: Vec<_> = lists.assurances().iter().map(|row| row.id.as_str()).collect();
        let text = Text::schema(lists);
        json!({
            "type": "object",
            "properties": {
                "assurance": { "enum": ids },
                "origin": text, "assurancePolicy": text, "assuranceOutcome": text, "verifier": text,
                "verificationMethod": Term::<crate::codes::VerificationMethod>::schema(lists),
                "pedigree": { "enum": ["authoritative", "sourced"] },
                "provider": OrganisationCode::schema(lists),
                "lastRefreshed": Date::schema(lists),
            },
            "required": ["lastRefreshed"],
            "additionalProperties": false,
            "oneOf": [
                { "required": ["assurance"] },
                { "required": ["origin", "assurancePolicy", "assuranceOutcome", "verifier", "verificationMethod", "pedigree"] },
            ],
        })
    }

    pub(super) fn pack_extras(&self, packer: &mut Packer, refreshed: Date) -> usize {
        let mut count = 0;
        if let Some(provider) = &self.provider {
            packer.out.int(PROVIDER);
            Scalar::pack(provider, packer);
            count += 1;
        }
        if self.refreshed != refreshed {
            packer.out.int(REFRESHED);
            Scalar::pack(&self.refreshed, packer);
            count += 1;
        }
        count
    }

    pub(super) fn unpack_extra(
        &mut self,
        key: i64,
        input: &mut Unpacker<'_, '_>,
        refreshed: Date,
    ) -> Result<bool, UnpackError> {
        let at = input.input.position();
        match key {
            PROVIDER => self.provider = Some(Scalar::unpack(input)?),
            REFRESHED => {
                self.refreshed = Scalar::unpack(input)?;
                // What goes without saying is not said, so that a record has one packed form.
                if self.refreshed == refreshed {
                    return Err(CborError::Range { at }.into());
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn read_named(object: &mut Members<'_, '_, '_>) -> Option<Arc<Assurance>> {
    object.required("assurance", |json, context| {
        let row = json.as_text().and_then(|id| context.lists.assurances().iter().find(|row| row.id == id)).cloned();
        context.value(row.ok_or((
            "unknown-code",
            "must be an id of the list of assurances, which stands in the JSON Schemas under /schemas/v1/".into(),
        )))
    })
}

fn read_spelled(object: &mut Members<'_, '_, '_>) -> Option<Arc<Assurance>> {
    let written = PARTS.map(|name| object.peek(name).and_then(Json::as_text));
    let lists = object.context.lists;
    if let Some(row) = lists.assurances().iter().find(|row| parts(row).map(Some) == written) {
        for name in PARTS {
            object.take(name);
        }
        return Some(row.clone());
    }
    let [origin, policy, outcome, verifier] = [0, 1, 2, 3].map(|part| object.required(PARTS[part], Text::from_json));
    let method = object.required(PARTS[4], Term::from_json);
    let pedigree = object.required(PARTS[5], |json, context| {
        let known = PEDIGREES.iter().find(|(name, _)| json.as_text() == Some(name));
        let refusal = ("unknown-code", "must be authoritative or sourced".into());
        context.value(known.map(|(_, pedigree)| *pedigree).ok_or(refusal))
    });
    let spelled = Assurance {
        code: 0,
        id: String::new(),
        origin: origin?,
        policy: policy?,
        outcome: outcome?,
        verifier: verifier?,
        method: method?,
        pedigree: pedigree?,
    };
    Some(known(spelled, lists))
}

/// The parts of a provenance block as they are written in JSON.
fn parts(it: &Assurance) -> [&str; 6] {
    let method = it.method.entry().map_or("", |entry| &entry.id);
    let [origin, policy, outcome, verifier] = [&it.origin, &it.policy, &it.outcome, &it.verifier].map(Text::as_str);
    [origin, policy, outcome, verifier, method, pedigree_name(it.pedigree)]
}

/// The row of the list that says the same, so that a pass can name it by number.
fn known(spelled: Assurance, lists: &CodeLists) -> Arc<Assurance> {
    let row = lists.assurances().iter().find(|row| parts(row) == parts(&spelled)).cloned();
    row.unwrap_or_else(|| Arc::new(spelled))
}

impl Source {
    pub(super) fn pack(&self, packer: &mut Packer) {
        match self {
            Self::Assurance(it) if it.code > 0 => {
                packer.out.int(i64::from(it.code));
            }
            Self::Assurance(it) => {
                packer.out.array(6);
                for text in [&it.origin, &it.policy, &it.outcome, &it.verifier] {
                    Scalar::pack(text, packer);
                }
                Scalar::pack(&it.method, packer);
                packer.out.int(i64::from(it.pedigree == Pedigree::Sourced));
            }
            Self::Unknown(code) => {
                packer.out.int(i64::from(*code));
            }
        }
    }

    pub(super) fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        let at = input.input.position();
        if input.input.peek() == Some(Major::Array) {
            if input.input.array()? != 6 {
                return Err(CborError::Range { at }.into());
            }
            let spelled = Assurance {
                code: 0,
                id: String::new(),
                origin: Scalar::unpack(input)?,
                policy: Scalar::unpack(input)?,
                outcome: Scalar::unpack(input)?,
                verifier: Scalar::unpack(input)?,
                method: Scalar::unpack(input)?,
                pedigree: if input.input.int_in(0..=1)? == 1 { Pedigree::Sourced } else { Pedigree::Authoritative },
            };
            return Ok(Self::Assurance(known(spelled, input.lists)));
        }
        let code = crate::field::code(input)?;
        let row = input.lists.assurances().iter().find(|row| row.code == code);
        Ok(row.cloned().map_or(Self::Unknown(code), Self::Assurance))
    }
}
