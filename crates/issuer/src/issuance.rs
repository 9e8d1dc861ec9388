//! What an issue comes to, decided before anything is done: a pure function of what the person
//! holds, what comes in, and the time.
//!
//! - A record replaces the one that is about the same (see [`subject`]) unless it is older. Of several in
//!   one request the newest stands for all of them.
//! - A record that says the same as before changes nothing; being compared with its source again
//!   is no change.
//! - A record that was withdrawn does not come back by being sent again.
//! - A family is signed anew when what a holder can see of it has changed, or when less than a
//!   quarter of its credential's lifetime is left. The same goes for the pass.

use std::collections::HashMap;

use passport_schema::field::Context;
use passport_schema::id::Id;
use passport_schema::json::Json;
use passport_schema::record::{Content, Family, Identity, Kind, Record};
use passport_schema::status::Status;
use passport_schema::time::{Date, Timestamp, When};
use sha2::{Digest as _, Sha256};

use crate::store::credentials::{Form, Issued};

/// Lifetime of a credential, in days.
pub const CREDENTIAL_DAYS: i64 = 365;

/// Where a pass is to be carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// On a phone, which fetches a new one by itself.
    Phone,
    /// On paper.
    Paper,
}

impl Carrier {
    /// The word in requests and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Paper => "paper",
        }
    }

    /// The carrier of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Phone, Self::Paper].into_iter().find(|carrier| carrier.name() == name)
    }

    /// Lifetime of a pass with these records, in days: paper with checks on it is short-lived,
    /// because nobody can take it back.
    #[must_use]
    pub fn days(self, records: &[Record]) -> i64 {
        let checks = records.iter().any(|record| record.kind().family() == Family::Check);
        match self {
            Self::Phone => 30,
            Self::Paper if checks => 7,
            Self::Paper => 90,
        }
    }
}

/// A record that the person holds.
#[derive(Debug, Clone)]
pub struct Held {
    /// The record, with its id.
    pub record: Record,
    /// Its id.
    pub id: Id,
    /// What it is about: its [`subject`].
    pub about: String,
    /// Hash of what a holder can see of it.
    pub hash: Vec<u8>,
    /// What has become of it.
    pub status: Status,
}

/// What becomes of a record that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is new.
    New,
    /// It says what the record with that id says already.
    Unchanged,
    /// It replaces a record.
    Supersedes(Id),
    /// The record with that id is newer; this one is left out.
    Older,
    /// Another record of the same request says the same or better.
    Duplicate,
    /// The same was withdrawn before; it stays so.
    Withdrawn,
}

/// Something to sign.
#[derive(Debug, Clone)]
pub struct Draft {
    /// A family's credential, or the pass.
    pub family: Option<Family>,
    /// The credential's type, or where the pass is to be carried.
    pub name: String,
    /// Whom it is about.
    pub person: Option<Identity>,
    /// Its records with their ids, in order.
    pub records: Vec<Record>,
    /// Hash of what a holder can see of it.
    pub hash: Vec<u8>,
    /// The one that it takes the place of.
    pub supersedes: Option<Id>,
    /// Whether it stands for all that the person holds, so that it is renewed.
    pub standing: bool,
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Records that come in, each with the record that it is to replace whatever their dates say.
    pub incoming: Vec<(Record, Option<Id>)>,
    /// Whether a pass is wanted, and where it is to be carried.
    pub carrier: Option<Carrier>,
    /// Only these records on the pass, and the identity; a pass like this is not renewed.
    pub chosen: Option<Vec<Id>>,
    /// A credential or pass to sign anew even when nothing has changed.
    pub renew: Option<Id>,
}

/// What a person holds, and what they hold it by.
#[derive(Debug, Clone, Default)]
pub struct Holdings {
    /// Records that were not superseded.
    pub held: Vec<Held>,
    /// Credentials and passes that were neither withdrawn nor superseded, newest first.
    pub issued: Vec<Issued>,
    /// Keys whose signatures nobody relies on any more.
    pub unsafe_keys: Vec<String>,
}

/// What an issue comes to.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// For each record of the request: what becomes of it, the record that stands for it, and what
    /// it is about.
    pub outcomes: Vec<(Outcome, Id, String)>,
    /// Records to add, with the records that they replace.
    pub add: Vec<(Held, Option<Replaced>)>,
    /// Records that were compared with their source again.
    pub refresh: Vec<Held>,
    /// What to sign.
    pub drafts: Vec<Draft>,
    /// What stands as it is.
    pub keep: Vec<Issued>,
    /// Records of which the status is not valid, and which are to be signed all the same.
    pub suspended: Vec<Id>,
}

/// A record that is to be superseded.
#[derive(Debug, Clone, Copy)]
pub struct Replaced {
    /// Its id.
    pub id: Id,
    /// Its status until now.
    pub status: Status,
}

/// Decides; `ids` gives fresh ids.
pub fn prepare(holdings: Holdings, wish: Wish, now: Timestamp, mut ids: impl FnMut() -> Id) -> Plan {
    let Holdings { held, issued, unsafe_keys } = holdings;
    let Wish { incoming, carrier, chosen, renew } = wish;
    let incoming: Vec<Incoming> = incoming.into_iter().map(Incoming::new).collect();
    let best = best(&incoming, &held);
    let mut intake = Intake { current: held, plan: Plan::default() };
    let mut outcomes = vec![None; incoming.len()];
    let mut about = Vec::with_capacity(incoming.len());
    for (index, it) in incoming.into_iter().enumerate() {
        about.push(it.about.clone());
        if best[index] == index {
            outcomes[index] = Some(intake.take(it, &mut ids));
        }
    }
    for (index, about) in about.into_iter().enumerate() {
        // What is best has its outcome: it was taken in above.
        let Some((outcome, id)) =
            outcomes[index].or_else(|| outcomes[best[index]].map(|(_, id)| (Outcome::Duplicate, id)))
        else {
            continue;
        };
        intake.plan.outcomes.push((outcome, id, about));
    }
    let Intake { mut current, mut plan, .. } = intake;
    current.retain(|held| held.status != Status::Withdrawn);
    plan.suspended = current.iter().filter(|held| held.status == Status::Suspended).map(|held| held.id).collect();
    let person = current.iter().find_map(|held| match &held.record.content {
        Content::Identity(identity) => Some((identity.clone(), held.hash.clone())),
        _ => None,
    });
    let records = |wanted: &dyn Fn(&Record) -> bool| -> Vec<&Held> {
        current.iter().filter(|held| wanted(&held.record)).collect()
    };
    let mut drafter = Drafter { plan: &mut plan, issued: &issued, unsafe_keys: &unsafe_keys, person, renew, now };
    for family in Family::ALL {
        drafter.draft(
            Some(family),
            family.credential_type(),
            records(&|record| record.kind().family() == family),
            true,
        );
    }
    if let Some(carrier) = carrier {
        let on_pass = |record: &Record| {
            // An agreement is shown by itself, when the person wants to.
            record.kind().is_on_passes()
                && (record.kind() == Kind::Identity
                    || chosen.as_ref().is_none_or(|ids| record.id.is_some_and(|id| ids.contains(&id))))
        };
        drafter.draft(None, carrier.name(), records(&on_pass), chosen.is_none());
    }
    plan
}

/// A record that comes in, with what it is compared by.
struct Incoming {
    record: Record,
    replaces: Option<Id>,
    about: String,
    hash: Vec<u8>,
}

impl Incoming {
    fn new((record, replaces): (Record, Option<Id>)) -> Self {
        Self { about: subject(&record), hash: hash(&record), record, replaces }
    }
}

/// Whether the one is dated before the other; if one has no date, it is not.
fn is_older(one: &Record, other: &Record) -> bool {
    match (one.dated(), other.dated()) {
        (Some(one), Some(other)) => one.earliest() < other.earliest(),
        _ => false,
    }
}

/// For each record of a request, which one stands for all that are about the same: the newest, and of
/// two of one day the later one. So it does not depend on what the person holds already, and a request
/// that is repeated changes nothing.
fn best(incoming: &[Incoming], held: &[Held]) -> Vec<usize> {
    let withdrawn = |it: &Incoming| held.iter().any(|held| held.status == Status::Withdrawn && held.hash == it.hash);
    let mut best: HashMap<&str, usize> = HashMap::with_capacity(incoming.len());
    let contends = |it: &Incoming| it.replaces.is_none() && !withdrawn(it);
    for (index, it) in incoming.iter().enumerate().filter(|(_, it)| contends(it)) {
        let before = best.entry(&it.about).or_insert(index);
        let other = &incoming[*before];
        if it.hash != other.hash && !is_older(&it.record, &other.record) {
            *before = index;
        }
    }
    let of = |(index, it): (usize, &Incoming)| if contends(it) { best[it.about.as_str()] } else { index };
    incoming.iter().enumerate().map(of).collect()
}

/// Takes records in one after another.
struct Intake {
    current: Vec<Held>,
    plan: Plan,
}

impl Intake {
    fn take(&mut self, incoming: Incoming, ids: &mut impl FnMut() -> Id) -> (Outcome, Id) {
        let Incoming { record, replaces, about, hash } = incoming;
        let withdrawn = |held: &&Held| held.status == Status::Withdrawn && held.hash == hash;
        if let (None, Some(held)) = (replaces, self.current.iter().find(withdrawn)) {
            return (Outcome::Withdrawn, held.id);
        }
        let same = self.current.iter().position(|held| match replaces {
            Some(id) => held.id == id,
            None => held.status != Status::Withdrawn && held.about == about,
        });
        let Some(index) = same else {
            return (Outcome::New, self.add(None, Held { record, id: ids(), about, hash, status: Status::Valid }));
        };
        let held = &mut self.current[index];
        if held.hash == hash {
            if record.provenance.refreshed > held.record.provenance.refreshed {
                held.record.provenance.refreshed = record.provenance.refreshed;
                let id = held.id;
                self.plan.refresh.retain(|refreshed| refreshed.id != id);
                self.plan.refresh.push(held.clone());
            }
            return (Outcome::Unchanged, held.id);
        }
        if is_older(&record, &held.record) && replaces.is_none() {
            return (Outcome::Older, held.id);
        }
        let old = held.id;
        (
            Outcome::Supersedes(old),
            self.add(Some(index), Held { record, id: ids(), about, hash, status: Status::Valid }),
        )
    }

    fn add(&mut self, index: Option<usize>, mut new: Held) -> Id {
        let id = new.id;
        new.record.id = Some(id);
        let replaced = match index {
            None => {
                self.current.push(new.clone());
                None
            }
            Some(index) => {
                let old = std::mem::replace(&mut self.current[index], new.clone());
                self.plan.refresh.retain(|refreshed| refreshed.id != old.id);
                Some(Replaced { id: old.id, status: old.status })
            }
        };
        self.plan.add.push((new, replaced));
        id
    }
}

/// Decides what is to be signed.
struct Drafter<'p> {
    plan: &'p mut Plan,
    issued: &'p [Issued],
    unsafe_keys: &'p [String],
    /// The identity, and the hash of its record.
    person: Option<(Identity, Vec<u8>)>,
    renew: Option<Id>,
    now: Timestamp,
}

impl Drafter<'_> {
    fn draft(&mut self, family: Option<Family>, name: &str, mut records: Vec<&Held>, standing: bool) {
        if records.is_empty() {
            return;
        }
        records.sort_by_key(|held| (held.record.kind().number(), &held.about));
        let hash = self.content_hash(&records);
        let form = if family.is_some() { Form::Credential } else { Form::Pass };
        let mut same = self.issued.iter().filter(|it| it.standing && it.form == form && it.family == name);
        let renew = same.clone().find(|it| standing && self.renew == Some(it.id));
        let before = renew.or_else(|| same.next().filter(|_| standing));
        match before {
            Some(before) if renew.is_none() && before.content_hash == hash && self.is_good(before) => {
                self.plan.keep.push(before.clone());
            }
            before => {
                // A pass that was handed out stays good: its records carry their own status.
                let supersedes = before.filter(|_| family.is_some()).or(renew).map(|before| before.id);
                let person = self.person.as_ref().map(|(identity, _)| identity.clone());
                self.plan.drafts.push(Draft {
                    family,
                    name: name.to_owned(),
                    person,
                    records: records.into_iter().map(|held| held.record.clone()).collect(),
                    hash,
                    supersedes,
                    standing,
                });
            }
        }
    }

    /// Whether what was issued can go on being used.
    fn is_good(&self, issued: &Issued) -> bool {
        has_time_left(issued, self.now) && !self.unsafe_keys.contains(&issued.kid)
    }

    /// Hash of what a holder can see of a credential or pass: who it is about, and its records.
    fn content_hash(&self, records: &[&Held]) -> Vec<u8> {
        let mut hasher = Sha256::new();
        if let Some((_, hash)) = &self.person {
            hasher.update(hash);
        }
        for held in records {
            hasher.update(&held.hash);
        }
        hasher.finalize().to_vec()
    }
}

fn has_time_left(issued: &Issued, now: Timestamp) -> bool {
    (issued.expires.0 - now.0) * 4 > issued.expires.0 - issued.issued.0
}

/// Hash of what a holder can see of a record: all but when it was last compared with its source.
#[must_use]
pub fn hash(record: &Record) -> Vec<u8> {
    Sha256::digest(record.to_json_of(Timestamp(0).london_date())).to_vec()
}

/// What a record is about. Two records of one person with the same subject replace one another.
#[must_use]
pub fn subject(record: &Record) -> String {
    let kind = record.kind().name();
    let rest = match &record.content {
        Content::Identity(_)
        | Content::IdentityCheck(_)
        | Content::RightToWork(_)
        | Content::CarerAgreement(_)
        | Content::AdjustmentsAgreement(_) => String::new(),
        // Two jobs in one role begin on different days; a job that ends keeps its first day.
        Content::Employment(it) => {
            format!("{}/{}/{}", it.employer.as_ref().map_or("", |code| code.as_str()), it.role.id(), it.started)
        }
        Content::Placement(it) => format!("{}/{}/{}", it.host, it.role.id(), it.started),
        Content::Registration(it) => it.regulator.id(),
        Content::CriminalRecordCheck(it) => it.workforce.id(),
        Content::Reference(it) => it.referee.as_ref().map_or("", |code| code.as_str()).to_owned(),
        Content::HealthClearance(it) => it.clearance.id(),
        Content::Screening(it) => it.item.id(),
        // Where hours count, they add up over several trainings.
        Content::Training(it) if it.hours.is_some() => format!("{}/{}", it.subject.id(), it.awarded),
        Content::Training(it) => it.subject.id(),
        Content::Competency(it) => format!("{}/{}/{}", it.skill.competency.id(), it.setting.id(), it.aspect.id()),
        Content::Qualification(it) => it.title.id(),
        Content::Preceptorship(it) => it.programme.id(),
    };
    format!("{kind}/{rest}")
}

/// A record's subject as others see it: parts that it has not are left out.
#[must_use]
pub fn shown_subject(subject: &str) -> String {
    subject.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// An observation that came without a date keeps the day on which it was first heard of.
pub(crate) fn dated_as_before<'h>(content: Content, mut held: impl Iterator<Item = &'h Content>) -> Content {
    let Content::Screening(mut new) = content else { return content };
    let before = held.find_map(|held| match held {
        Content::Screening(it) if it.item == new.item && it.result == new.result => Some(it.done),
        _ => None,
    });
    if let Some(done @ When::Day(_)) = before {
        new.done = done;
    }
    Content::Screening(new)
}

/// The field that holds the day on which a record's fact came about, and so must not lie in the future.
pub(crate) fn past_field(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Identity => "birthDate",
        Kind::Employment | Kind::Placement | Kind::Preceptorship => return None,
        Kind::IdentityCheck | Kind::RightToWork | Kind::Registration => "checked",
        Kind::CriminalRecordCheck => "issued",
        Kind::Reference => "received",
        Kind::HealthClearance => "cleared",
        Kind::Screening => "done",
        Kind::Training | Kind::Qualification => "awarded",
        Kind::Competency => "assessed",
        Kind::CarerAgreement | Kind::AdjustmentsAgreement => "managerSigned",
    })
}

/// The kind that a record's JSON names.
pub fn kind_of(record: &Json<'_>) -> Option<Kind> {
    record.member("kind").and_then(Json::as_text).and_then(Kind::parse)
}

/// What keeps a record that reads well from being issued today, noted at the record's place. Looks at
/// the JSON, so that a record with another fault is told of this one too.
pub fn check(record: &Json<'_>, today: Date, context: &mut Context<'_>) {
    let date = |json: &Json<'_>| json.as_text().and_then(When::parse).and_then(When::earliest);
    let mut not_after_today = |path: &str, json: Option<&Json<'_>>| {
        if json.and_then(date).is_some_and(|date| date > today) {
            context.at(path, |context| context.problem("in-the-future", format!("lies after today, {today}")));
        }
    };
    if let Some(field) = kind_of(record).and_then(past_field) {
        not_after_today(field, record.member(field));
    }
    let refreshed = record.member("provenance").and_then(|provenance| provenance.member("lastRefreshed"));
    not_after_today("provenance/lastRefreshed", refreshed);
    if record.member("id").is_some() {
        context.at("id", |context| context.problem("id-is-ours", "ids are given by the service; leave it out"));
    }
}
