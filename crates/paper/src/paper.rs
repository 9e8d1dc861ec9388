//! A pass that the verifier accepts, ready to be printed.

use passport_schema::codes::CodeLists;
use passport_schema::cose::Sign1;
use passport_schema::pass::{self, PREFIX, Pass};
use passport_schema::record::{Content, Kind};
use passport_schema::status::Place;
use passport_schema::time::{Date, Timestamp};
use passport_verifier::{Decision, Judged, Verifier};

use crate::error::PaperError;
use crate::facts::Fact;
use crate::typeset::Setter;

/// What is on paper beside what the pass says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Details<'a> {
    /// How many paper passes the person was given before this one; left out where nobody counts.
    pub reissue: Option<u64>,
    /// Address of the issuer's own verify page; left out when it is longer than 80 characters.
    pub verify_page: Option<&'a str>,
}

/// A pass that the verifier accepts, with what it says.
#[derive(Debug, Clone)]
pub struct Paper {
    pub(crate) text: String,
    pub(crate) name: String,
    pub(crate) birth_date: Option<Date>,
    /// What they work as, as far as that counts.
    pub(crate) role: Option<String>,
    pub(crate) issuer: String,
    pub(crate) issuer_code: String,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) facts: Vec<Fact>,
    place: Place,
}

impl Paper {
    /// Takes a pass that the verifier accepts.
    ///
    /// # Errors
    /// [`PaperError::NotAPass`] for a credential, [`PaperError::NotAccepted`] for whatever is refused or
    /// cannot be told, or when the record of who they are does not count.
    pub fn read(text: &str, verifier: &Verifier<'_>, at: Timestamp, lists: &CodeLists) -> Result<Self, PaperError> {
        let text = text.trim();
        let verdict = verifier.verify(text, at);
        let refuse = |decision, why: String| PaperError::NotAccepted { decision, why };
        let first = || verdict.reasons().first().map(ToString::to_string).unwrap_or_default();
        let verified = match verdict.verified() {
            Some(verified) if verdict.decision() == Decision::Accepted => verified,
            _ => return Err(refuse(verdict.decision(), first())),
        };
        if !text.starts_with(PREFIX) {
            return Err(PaperError::NotAPass);
        }
        let identity = verified.records().iter().find(|judged| judged.record().kind() == Kind::Identity);
        if !identity.is_some_and(|judged| judged.standing().counts()) {
            let why = "the record of who they are does not count";
            return Err(refuse(Decision::CannotTell, why.into()));
        }
        // Accepted, so that it has been read whole before.
        let unreadable = || refuse(Decision::Refused, "its content cannot be read".into());
        let message = pass::message(text).map_err(|_| unreadable())?;
        let message = Sign1::parse(&message).map_err(|_| unreadable())?;
        let place = Pass::from_cbor(message.payload, lists).map_err(|_| unreadable())?.place;
        let mut records: Vec<&Judged> = verified.records().iter().collect();
        records.sort_by_key(|judged| judged.position());
        let issuer = verified.issuer();
        let role = records.iter().filter(|judged| judged.standing().counts()).find_map(|judged| {
            match &judged.record().content {
                Content::Employment(it) => Some(it.role.title()),
                Content::Placement(it) => Some(it.role.title()),
                _ => None,
            }
        });
        Ok(Self {
            text: text.to_owned(),
            name: verified.name().as_str().to_owned(),
            birth_date: verified.birth_date(),
            role,
            issuer: issuer.name().to_owned(),
            issuer_code: issuer.code().to_string(),
            issued: verified.issued(),
            expires: verified.expires(),
            facts: records.into_iter().filter_map(|judged| Fact::of(judged, issuer.code())).collect(),
            place,
        })
    }

    /// A short name for this one paper, such as `RNN-1-4711`: its issuer and where its status lies. It
    /// says nothing about the person.
    #[must_use]
    pub fn reference(&self) -> String {
        reference(&self.issuer_code, self.place)
    }

    /// How many records do not count as of now; they are printed as such.
    #[must_use]
    pub fn not_counted(&self) -> usize {
        self.facts.iter().filter(|fact| fact.group == crate::facts::Group::NotCounted).count()
    }

    /// The name as it is printed: whole, or not at all.
    pub(crate) fn shown_name(&self, setter: &mut Setter<'_>) -> String {
        if setter.knows(&self.name) {
            return self.name.clone();
        }
        setter.keep_missing(&self.name);
        "Name: in the code".into()
    }
}

/// The short name of a paper pass, of its issuer's code and its place.
#[must_use]
pub fn reference(issuer: &str, place: Place) -> String {
    format!("{issuer}-{}-{}", place.list, place.block)
}
