//! From bytes to a verdict: parse, find the issuer and its key, check the signature, then dates,
//! status and what the issuer may attest. Cheap and safe checks come first.

use std::cmp::Reverse;

use passport_schema::codes::CodeLists;
use passport_schema::credential::{Credential, CredentialError};
use passport_schema::field::Outcome;
use passport_schema::header::shown;
use passport_schema::id::KeyId;
use passport_schema::jose::{Jws, Type};
use passport_schema::pass::{PREFIX, UnverifiedPass};
use passport_schema::record::{Content, Kind, Record};
use passport_schema::status::{Place, Status};
use passport_schema::text::Name;
use passport_schema::time::{Date, Timestamp, When};
use passport_schema::trust_list::KeyState;

use crate::bundle::{Bundle, Issuer, KnownStatus, TrustedKey};
use crate::error::Error;
use crate::key::PublicKey;
use crate::verdict::{Form, Judged, Policy, Standing, Verdict, Verified};

/// Shorter than any header and signature.
const SHORTEST_TOKEN: usize = 100;
/// Signatures checked in one computation: beyond this the gain per signature is under 3 %.
const BATCH: usize = 256;

/// Holds a bundle, code lists and a policy against whatever is shown.
#[derive(Debug, Clone)]
pub struct Verifier<'b> {
    bundle: &'b Bundle,
    lists: &'b CodeLists,
    policy: Policy,
    presented: Option<Timestamp>,
}

/// Taken apart and traced to a key; the signature is not yet checked.
struct Candidate<'b> {
    signed: Vec<u8>,
    signature: [u8; 64],
    issuer: &'b Issuer,
    key: &'b TrustedKey,
    claims: Claims,
}

struct Claims {
    form: Form,
    name: Name,
    birth_date: Option<Date>,
    issued: Timestamp,
    expires: Timestamp,
    place: Place,
    records: Vec<Record>,
}

impl<'b> Verifier<'b> {
    /// A verifier with the default policy.
    #[must_use]
    pub fn new(bundle: &'b Bundle, lists: &'b CodeLists) -> Self {
        Self { bundle, lists, policy: Policy::default(), presented: None }
    }

    /// The same, with another policy.
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// The same, for what was presented and accepted at a time and kept since: that it has expired or
    /// was replaced in the meantime does not matter, because each record in it has a status of its own.
    #[must_use]
    pub fn presented_at(self, at: Timestamp) -> Self {
        Self { presented: Some(at), ..self }
    }

    /// Judges one pass (`SP1:…`) or credential (`vc+jwt`) as of `at`.
    #[must_use]
    pub fn verify(&self, text: &str, at: Timestamp) -> Verdict<'b> {
        match self.prepare(text) {
            Err(error) => Verdict::refused(error),
            Ok(candidate) if candidate.signature_fits() => self.judge(candidate, at),
            Ok(_) => Verdict::refused(Error::BadSignature),
        }
    }

    /// Judges many at once, in order. Signatures are checked in batches; when one batch fails, each
    /// of its signatures is checked by itself, so that just the bad ones are refused.
    #[must_use]
    pub fn verify_many(&self, texts: &[&str], at: Timestamp) -> Vec<Verdict<'b>> {
        if let [text] = texts {
            return vec![self.verify(text, at)];
        }
        let mut verdicts = Vec::with_capacity(texts.len());
        for chunk in texts.chunks(BATCH) {
            let candidates: Vec<_> = chunk.iter().map(|text| self.prepare(text)).collect();
            let items: Vec<_> = candidates.iter().flatten().map(Candidate::signature_item).collect();
            let all_fit = PublicKey::verify_batch(&items);
            verdicts.extend(candidates.into_iter().map(|candidate| match candidate {
                Err(error) => Verdict::refused(error),
                Ok(candidate) if all_fit || candidate.signature_fits() => self.judge(candidate, at),
                Ok(_) => Verdict::refused(Error::BadSignature),
            }));
        }
        verdicts
    }

    fn prepare(&self, text: &str) -> Result<Candidate<'b>, Error> {
        let text = text.trim();
        if text.starts_with(PREFIX) {
            self.prepare_pass(text)
        } else if text.len() > SHORTEST_TOKEN && text.bytes().filter(|byte| *byte == b'.').count() == 2 {
            self.prepare_credential(text)
        } else {
            Err(Error::NotAPassport)
        }
    }

    fn prepare_pass(&self, text: &str) -> Result<Candidate<'b>, Error> {
        let UnverifiedPass { key, signed, signature, claims } =
            UnverifiedPass::parse(text, self.lists).map_err(Error::Pass)?;
        let issuer = self
            .bundle
            .by_code(&claims.issuer)
            .ok_or_else(|| Error::UnknownIssuer { issuer: claims.issuer.to_string() })?;
        let Some((name, birth_date)) = claims.identity().map(|identity| (identity.name.clone(), identity.birth_date))
        else {
            return Err(Error::NotAPassport);
        };
        let claims = Claims {
            form: Form::Pass,
            name,
            birth_date,
            issued: claims.issued,
            expires: claims.expires,
            place: claims.place,
            records: claims.records,
        };
        Candidate::new(issuer, key, signed, signature, claims)
    }

    fn prepare_credential(&self, text: &str) -> Result<Candidate<'b>, Error> {
        let jws = Jws::parse(text, Type::Credential).map_err(Error::Token)?;
        let issuer = self
            .bundle
            .by_did(&jws.controller)
            .ok_or_else(|| Error::UnknownIssuer { issuer: shown(&jws.controller) })?;
        let claims =
            Credential::from_json(&jws.payload, self.lists).map_err(|error: CredentialError| Error::Content(error))?;
        if claims.issuer != jws.controller {
            return Err(Error::ForeignKey);
        }
        let claims = Claims {
            form: Form::Credential(claims.id),
            name: claims.name,
            birth_date: claims.birth_date,
            issued: claims.issued,
            expires: claims.expires,
            place: claims.place,
            records: claims.records,
        };
        Candidate::new(issuer, jws.key, jws.signed.to_vec(), jws.signature, claims)
    }

    fn judge(&self, candidate: Candidate<'b>, at: Timestamp) -> Verdict<'b> {
        let Candidate { issuer, key, claims, .. } = candidate;
        let mut reasons = self.check_dates(&claims, at);
        let list = issuer.lists.get(&claims.place.list);
        let status = list.filter(|status| status.expires > at);
        let count = claims.records.len();
        let state = |position| match known_state(list, claims.place, count, position) {
            // What was withdrawn or replaced stays so, however old the news is.
            Some(state @ (Status::Withdrawn | Status::Superseded)) => Some(state),
            state => state.filter(|_| status.is_some()),
        };
        match (state(0), status) {
            (Some(Status::Withdrawn), _) => reasons.push(Error::Withdrawn),
            (Some(Status::Suspended), _) => reasons.push(Error::Suspended),
            (Some(Status::Superseded), _) if self.presented.is_some() => {}
            (Some(Status::Superseded), _) => reasons.push(Error::Superseded),
            (Some(Status::Valid), _) => {}
            (None, Some(_)) => reasons.push(Error::StatusOutOfRange),
            (None, None) => reasons.push(match list {
                Some(expired) => Error::StatusExpired { issued: expired.issued },
                None => Error::StatusMissing { issuer: issuer.name().to_owned(), list: claims.place.list },
            }),
        }
        let stale = status.is_some_and(|status| at.0 - status.issued.0 > self.policy.fresh_for);
        if let (true, Some(status)) = (stale, status) {
            reasons.push(Error::StatusStale { issued: status.issued });
        }
        let today = at.london_date();
        let records = claims.records.into_iter().enumerate().map(|(index, record)| {
            let position = index + 1;
            let on = |day| self.standing(&record, issuer, state(position), stale, day);
            let (now, lasting) = (on(today), on(today.max(begins(&record).unwrap_or(today))));
            let ended = record.last_day().is_some_and(|last| last < today);
            let valid = state(position) == Some(Status::Valid) && now != Standing::NotEntitled;
            let standing = if ended && valid { Standing::Expired } else { now };
            Judged { record, position, standing, lasting }
        });
        let mut records: Vec<_> = records.collect();
        let identity = records.iter().find(|judged| judged.record.kind() == Kind::Identity);
        match identity.map(|judged| judged.standing).filter(|_| claims.form == Form::Pass) {
            // Whoever it names, the issuer no longer says that it is them.
            Some(Standing::Withdrawn) => reasons.push(Error::Withdrawn),
            Some(Standing::Suspended) => reasons.push(Error::Suspended),
            _ => {}
        }
        if let Some(kind) = refused_kind(&claims.form, &records) {
            reasons.push(Error::NotEntitled { issuer: issuer.name().to_owned(), kind });
        }
        reasons.sort_by_key(|reason| Reverse(reason.rank()));
        records.sort_by_key(|judged| judged.standing);
        let verified = Verified {
            form: claims.form,
            issuer,
            key: key.id,
            name: claims.name,
            birth_date: claims.birth_date,
            issued: claims.issued,
            seen: self.presented.unwrap_or(claims.issued),
            expires: claims.expires,
            as_of: status.map(|status| status.issued),
            records,
        };
        let mut verdict = Verdict { reasons, verified: Some(verified) };
        if verdict.decision() == crate::Decision::Refused {
            verdict.verified = None;
        }
        verdict
    }

    fn check_dates(&self, claims: &Claims, at: Timestamp) -> Vec<Error> {
        let mut reasons = Vec::new();
        if claims.expires <= claims.issued {
            reasons.push(Error::Backwards);
        }
        if claims.expires <= self.presented.unwrap_or(at) {
            reasons.push(Error::Expired { expires: claims.expires });
        }
        if at < self.bundle.newest() {
            // Nothing that depends on the time can be told; above all not that it is too early.
            reasons.push(Error::ClockBeforeBundle { newest: self.bundle.newest(), at });
        } else if claims.issued > at {
            reasons.push(Error::NotYetValid { issued: claims.issued, at });
        }
        if self.bundle.next_update() < at {
            reasons.push(Error::TrustListExpired { next_update: self.bundle.next_update() });
        }
        reasons
    }

    fn standing(&self, record: &Record, issuer: &Issuer, state: Option<Status>, stale: bool, today: Date) -> Standing {
        let kind = record.kind();
        let entitled = issuer.entitlement.kinds.contains(&kind)
            && match &record.content {
                Content::Training(training) => issuer.entitlement.covers_subject(&training.subject.id()),
                _ => true,
            };
        match state {
            Some(Status::Withdrawn) => return Standing::Withdrawn,
            Some(Status::Suspended) => return Standing::Suspended,
            _ if !entitled => return Standing::NotEntitled,
            None => return Standing::CannotTell,
            Some(Status::Superseded) => return Standing::Superseded,
            Some(Status::Valid) => {}
        }
        if denies(record, today) {
            return Standing::NotSo;
        }
        if !record.is_known() || (stale && !self.policy.accepts_stale(kind)) {
            return Standing::CannotTell;
        }
        if stale { Standing::Stale } else { Standing::Counts }
    }
}

/// Register statuses under which nobody may practise.
pub(crate) const NOT_PRACTISING: [&str; 7] = [
    "interim-suspension",
    "suspended",
    "not-practising",
    "lapsed",
    "voluntarily-removed",
    "removed",
    "sanction-pending",
];

/// When a job or placement begins, which may be after it was attested.
fn begins(record: &Record) -> Option<Date> {
    matches!(record.kind(), Kind::Employment | Kind::Placement).then(|| record.dated().and_then(When::earliest))?
}

/// Whether a record says that something is not so, or not yet.
fn denies(record: &Record, today: Date) -> bool {
    let outcome = match &record.content {
        Content::IdentityCheck(it) => Some(&it.outcome),
        Content::RightToWork(it) => Some(&it.outcome),
        Content::CriminalRecordCheck(it) => Some(&it.outcome),
        Content::Reference(it) => Some(&it.outcome),
        Content::HealthClearance(it) => Some(&it.outcome),
        Content::Registration(it) if NOT_PRACTISING.iter().any(|status| it.status.is(status)) => return true,
        Content::Screening(it) if it.result.is("not-immune") || it.result.is("in-progress") => return true,
        _ => None,
    };
    let not_yet = record.dated().and_then(When::earliest).is_some_and(|date| date > today);
    not_yet || outcome == Some(&Outcome::InProgress)
}

/// The kind that refuses the whole: a pass whose identity its issuer may not attest, or a
/// credential of which it may attest nothing.
fn refused_kind(form: &Form, records: &[Judged]) -> Option<Kind> {
    let barred = |judged: &&Judged| judged.standing == Standing::NotEntitled;
    match form {
        Form::Pass => records.iter().filter(|judged| judged.record.kind() == Kind::Identity).find(barred),
        Form::Credential(_) if records.iter().all(|judged| barred(&judged)) => records.first(),
        Form::Credential(_) => None,
    }
    .map(|judged| judged.record.kind())
}

fn known_state(status: Option<&KnownStatus>, place: Place, records: usize, position: usize) -> Option<Status> {
    status?.list.get(place.index(records, position)?)
}

impl<'b> Candidate<'b> {
    fn new(
        issuer: &'b Issuer,
        key: KeyId,
        signed: Vec<u8>,
        signature: [u8; 64],
        claims: Claims,
    ) -> Result<Self, Error> {
        let named = || issuer.name().to_owned();
        let key = issuer.key(key).ok_or_else(|| Error::UnknownKey { issuer: named(), key })?;
        if key.state == KeyState::Compromised {
            return Err(Error::KeyCompromised { issuer: named(), key: key.id });
        }
        if claims.issued < key.not_before || claims.issued > key.not_after {
            return Err(Error::KeyOutsideValidity { issuer: named(), key: key.id, issued: claims.issued });
        }
        Ok(Self { signed, signature, issuer, key, claims })
    }

    fn signature_fits(&self) -> bool {
        self.key.public.verify(&self.signed, &self.signature)
    }

    fn signature_item(&self) -> (&PublicKey, &[u8], [u8; 64]) {
        (&self.key.public, &self.signed, self.signature)
    }
}
