//! What is to be withdrawn at once: records by what they are and when they came in, or what a key signed.
//!
//! A key's query names credentials and passes, never records: the facts that a stolen key signed are as true
//! as before, and are signed anew by a reissue.

use passport_schema::codes::CodeLists;
use passport_schema::field::{Context, Members, Scalar as _};
use passport_schema::id::{Id, KeyId, OrganisationCode};
use passport_schema::json::Json;
use passport_schema::problem::{Problem, Problems};
use passport_schema::record::Kind;
use passport_schema::time::{Date, Timestamp, When};
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::issuance::past_field;
use crate::store::Tx;
use crate::store::withdrawals::{Candidate, Found, ItemForm, Sieve};

/// Things that one withdrawal may touch.
pub const MAX_ITEMS: usize = 1_000_000;
/// Records of one page that is looked through.
const PAGE: i64 = 2_000;

/// Days from and to, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    from: Date,
    to: Date,
}

impl Range {
    fn holds(self, date: Date) -> bool {
        (self.from..=self.to).contains(&date)
    }

    /// Its first and last second in London.
    fn seconds(self) -> (Timestamp, Timestamp) {
        let first = self.from.plus_days(-1).map_or(i64::MIN, |before| before.last_second().0 + 1);
        (Timestamp(first), self.to.last_second())
    }
}

/// All that is said must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// These records.
    pub records: Option<Vec<Id>>,
    /// Records that this import brought.
    pub import: Option<Id>,
    /// Records of this kind.
    pub kind: Option<Kind>,
    /// Training that this organisation awarded, competencies that it assessed.
    pub awarded_by: Option<OrganisationCode>,
    /// Facts of these days: awarded, assessed, checked.
    pub awarded: Option<Range>,
    /// What came in on these days; of a key, what it signed on them.
    pub issued: Option<Range>,
    /// Credentials and passes that this key signed.
    pub key: Option<KeyId>,
}

impl Query {
    /// Reads one, with every problem in it.
    pub fn read(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
        Members::read(json, context, |members| {
            let records = members.optional("records", read_ids);
            let import = members.optional("import", read_id);
            let kind = members.optional("kind", |json, context| {
                let kind = json.as_text().and_then(Kind::parse);
                context.value(kind.ok_or(("unknown-kind", "must be a kind of record".into())))
            });
            let awarded_by = members.optional("awardedBy", OrganisationCode::from_json);
            let awarded = members.optional("awarded", read_range);
            let issued = members.optional("issued", read_range);
            let key = members.optional("key", |json, context| {
                let key = json.as_text().and_then(KeyId::parse);
                context.value(key.ok_or(("not-a-key", "must be a key's id: 8 hexadecimal digits".into())))
            });
            let query = Self {
                records: records?,
                import: import?,
                kind: kind?,
                awarded_by: awarded_by?,
                awarded: awarded?,
                issued: issued?,
                key: key?,
            };
            let names_records = query.records.is_some()
                || query.kind.is_some()
                || query.awarded_by.is_some()
                || query.awarded.is_some();
            if query.key.is_some() && names_records {
                let detail = "what a key signed is credentials and passes; only issued can stand beside it";
                members.context.at("key", |context| context.problem("not-with-key", detail));
                return None;
            }
            if query == Self::default() {
                members.context.problem("says-nothing", "at least one member is needed, or everything would match");
                return None;
            }
            Some(query)
        })
    }

    /// Reads one back that was kept.
    #[must_use]
    pub fn parse(text: &str, lists: &CodeLists) -> Option<Self> {
        let json = Json::parse(text.as_bytes()).ok()?;
        let mut context = Context::new(lists);
        let query = Self::read(&json, &mut context);
        context.finish(query).ok()
    }

    /// As JSON, for keeping and for showing.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let range = |range: Range| json!({ "from": range.from.to_string(), "to": range.to.to_string() });
        let ids = |ids: &Vec<Id>| ids.iter().map(Id::to_string).collect::<Value>();
        let members = [
            ("records", self.records.as_ref().map(ids)),
            ("import", self.import.map(|id| id.to_string().into())),
            ("kind", self.kind.map(|kind| kind.name().into())),
            ("awardedBy", self.awarded_by.as_ref().map(|code| code.as_str().into())),
            ("awarded", self.awarded.map(range)),
            ("issued", self.issued.map(range)),
            ("key", self.key.map(|key| key.to_string().into())),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<Value>()
    }

    /// All that matches now, one person's things together.
    ///
    /// # Errors
    /// [`ApiError::State`] if there is more than [`MAX_ITEMS`].
    pub async fn find(
        &self,
        tx: &mut Tx,
        organisation: &OrganisationCode,
        now: Timestamp,
    ) -> Result<Vec<Found>, ApiError> {
        let (from, to) = self.issued.map_or((Timestamp(i64::MIN), Timestamp(i64::MAX)), Range::seconds);
        let mut found = if let Some(key) = self.key {
            tx.signed_by(organisation, key, from, to, now).await?
        } else {
            let sieve = Sieve {
                kind: self.kind.map(Kind::name),
                import: self.import,
                from,
                to,
                content: self.awarded.is_some() || self.awarded_by.is_some(),
            };
            self.sift(tx, organisation, sieve).await?
        };
        if found.len() > MAX_ITEMS {
            return Err(ApiError::State(format!("more than {MAX_ITEMS} things match; ask for fewer")));
        }
        found.sort_unstable_by_key(|found| (found.staff, found.id));
        Ok(found)
    }

    /// Every record and import that is named must be there.
    ///
    /// # Errors
    /// [`ApiError::Fields`] with each that is not, below `query`.
    pub async fn check(&self, tx: &mut Tx, organisation: &OrganisationCode) -> Result<(), ApiError> {
        let mut problems = Vec::new();
        for (index, id) in self.records.iter().flatten().enumerate() {
            if tx.record(organisation, *id).await?.is_none() {
                let detail = "is not a record of yours".into();
                problems.push(Problem { pointer: format!("/query/records/{index}"), code: "unknown-record", detail });
            }
        }
        if let Some(import) = self.import
            && tx.import(organisation, import).await?.is_none()
        {
            let detail = "is not an import of yours".into();
            problems.push(Problem { pointer: "/query/import".into(), code: "unknown-import", detail });
        }
        if problems.is_empty() { Ok(()) } else { Err(Problems(problems).into()) }
    }

    async fn sift(
        &self,
        tx: &mut Tx,
        organisation: &OrganisationCode,
        sieve: Sieve<'_>,
    ) -> Result<Vec<Found>, ApiError> {
        let mut found = Vec::new();
        if let Some(ids) = &self.records {
            let mut ids = ids.clone();
            ids.sort_unstable();
            ids.dedup();
            for id in ids {
                let candidate = tx.standing_record(organisation, sieve, id).await?;
                found.extend(candidate.filter(|it| self.fits(it, organisation)).map(record));
            }
            return Ok(found);
        }
        let mut after = String::new();
        while found.len() <= MAX_ITEMS {
            let page = tx.standing_records(organisation, sieve, &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id.0.to_string();
            found.extend(page.into_iter().filter(|it| self.fits(it, organisation)).map(record));
        }
        Ok(found)
    }

    /// Whether a record's content is as it is asked for.
    fn fits(&self, candidate: &Candidate, organisation: &OrganisationCode) -> bool {
        if self.awarded.is_none() && self.awarded_by.is_none() {
            return true;
        }
        let Ok(record) = Json::parse(candidate.content.as_bytes()) else { return false };
        let Some(kind) = Kind::parse(&candidate.kind) else { return false };
        let text = |member: &str| record.member(member).and_then(Json::as_text);
        let day = || When::parse(text(past_field(kind)?)?)?.earliest();
        let awarded_by = match kind {
            // Left out when it is the issuer.
            Kind::Training => Some(text("awardedBy").unwrap_or(organisation.as_str())),
            Kind::Competency => Some(text("assessorOrganisation").unwrap_or(organisation.as_str())),
            _ => None,
        };
        self.awarded.is_none_or(|range| day().is_some_and(|day| range.holds(day)))
            && self.awarded_by.as_ref().is_none_or(|code| awarded_by == Some(code.as_str()))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map")]
fn record(candidate: Candidate) -> Found {
    Found { form: ItemForm::Record, id: candidate.id, staff: candidate.staff }
}

fn read_id(json: &Json<'_>, context: &mut Context<'_>) -> Option<Id> {
    let id = json.as_text().and_then(Id::parse);
    context.value(id.ok_or(("not-an-id", "must be urn:uuid: and a lower-case UUID".into())))
}

fn read_ids(json: &Json<'_>, context: &mut Context<'_>) -> Option<Vec<Id>> {
    let Json::Array(items) = json else { return context.mismatch("a list of ids", json) };
    let read = |(index, item)| context.at(index, |context| read_id(item, context));
    let ids: Vec<Option<Id>> = items.iter().enumerate().map(read).collect();
    if ids.is_empty() {
        context.problem("says-nothing", "at least one id is needed");
        return None;
    }
    ids.into_iter().collect()
}

fn read_range(json: &Json<'_>, context: &mut Context<'_>) -> Option<Range> {
    Members::read(json, context, |members| {
        let (from, to) = (members.required("from", Date::from_json), members.required("to", Date::from_json));
        let (from, to) = (from?, to?);
        if from > to {
            members.context.at("to", |context| context.problem("ends-before", "lies before from"));
            return None;
        }
        Some(Range { from, to })
    })
}
