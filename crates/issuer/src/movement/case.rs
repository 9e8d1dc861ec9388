//! A movement with all that it is judged by: what was shown, the profile, what the host did itself, and
//! the newest bundle.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use passport_schema::codes::{Purpose, Term};
use passport_schema::profile::Profile;
use passport_schema::time::{Date, Timestamp};
use passport_verifier::{
    Assessment, Bundle, Clearance, Confirmation, Decision as Judgement, Finding, Item, MayWork, Outcome, Overall,
    Person, Question, SAME_PERSON, Standing, Verdict, Verifier, assess,
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::item_context;
use crate::app::App;
use crate::error::ApiError;
use crate::relied;
use crate::store::decisions::Decision;
use crate::store::movements::{Movement, RecordDecision};
use crate::store::{StoreError, Tx};

/// Something that was shown and kept.
pub(super) struct Kept {
    pub(super) item: i64,
    pub(super) token: Zeroizing<String>,
    pub(super) shown: Timestamp,
}

pub(super) struct Case {
    pub(super) movement: Movement,
    pub(super) profile: Profile,
    pub(super) purpose: Term<Purpose>,
    pub(super) kept: Vec<Kept>,
    pub(super) records: Vec<RecordDecision>,
    pub(super) bundle: Arc<Bundle>,
    confirmations: Vec<Confirmation>,
    now: Timestamp,
}

/// Which version of a profile a movement is judged by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// The one that it was judged by last.
    Same,
    /// The newest.
    Newest,
}

impl Case {
    pub(super) async fn load(app: &App, movement: Movement, version: Version) -> Result<Self, ApiError> {
        Self::load_with(app, movement, version, relied::bundle(app).await?).await
    }

    /// The same with a bundle at hand, for whoever judges many.
    pub(super) async fn load_with(
        app: &App,
        movement: Movement,
        version: Version,
        bundle: Arc<Bundle>,
    ) -> Result<Self, ApiError> {
        let mut tx = app.store.read().await?;
        let profile = load_profile(&mut tx, app, &movement, version).await?;
        let corrupt = |what| ApiError::Store(StoreError::Corrupt(what));
        let purpose = app.lists.term(&movement.purpose).ok_or_else(|| corrupt("purpose"))?;
        let kept = tx.shown_items(movement.id).await?.into_iter().map(|it| {
            let context = item_context(&movement.host, &movement, it.item);
            let token = app.keyring.sealing().open(&it.sealed, &context).ok_or_else(|| corrupt("sealed item"))?;
            let token = String::from_utf8(token.to_vec()).map_err(|_| corrupt("sealed item"))?;
            Ok(Kept { item: it.item, token: token.into(), shown: it.shown })
        });
        let kept = kept.collect::<Result<_, ApiError>>()?;
        let records = tx.record_decisions(movement.id).await?;
        let confirmations = confirmations(&mut tx, app, &movement, &profile).await?;
        Ok(Self { movement, profile, purpose, kept, records, bundle, confirmations, now: app.world.clock.now() })
    }

    /// Judges what was shown by today's news, and hands over what that comes to.
    pub(super) fn judge<T>(&self, app: &App, look: impl FnOnce(&Judged<'_>) -> T) -> T {
        let verdicts = self.verdicts(app);
        let counted = verdicts.iter().filter(|verdict| verdict.decision() == Judgement::Accepted);
        let as_of = counted.filter_map(|verdict| verdict.verified()?.as_of()).min();
        let person = match Person::join(&verdicts) {
            Ok(Some(person)) => person,
            Ok(None) => return look(&Judged { assessment: Err("nothing-stands"), as_of }),
            Err(_) => return look(&Judged { assessment: Err("different-people"), as_of }),
        };
        let refused: HashMap<(i64, i64), bool> =
            self.records.iter().map(|it| ((it.item, it.position), !it.accepted)).collect();
        let person = person.with_only(|item| {
            // What does not count anyway says why.
            let counts = matches!(item.lasting(), Standing::Counts | Standing::Stale);
            !counts || !refused.get(&self.key(item)).copied().unwrap_or(true)
        });
        let question = Question {
            profile: &self.profile,
            purpose: &self.purpose,
            starts: self.movement.starts,
            ends: self.movement.ends,
            at: self.now,
            confirmations: &self.confirmations,
        };
        match assess(&person, question) {
            Ok(assessment) => look(&Judged { assessment: Ok(&assessment), as_of }),
            Err(error) => look(&Judged { assessment: Err(error.code()), as_of }),
        }
    }

    /// What was shown, judged by today's news: that it has expired since does not matter.
    pub(super) fn verdicts<'c>(&'c self, app: &'c App) -> Vec<Verdict<'c>> {
        let verify = |kept: &Kept| {
            Verifier::new(&self.bundle, &app.lists).presented_at(kept.shown).verify(&kept.token, self.now)
        };
        self.kept.iter().map(verify).collect()
    }

    /// The first day of the placement that is still to come.
    pub(super) fn first_day(&self, today: Date) -> Date {
        self.movement.starts.max(today)
    }

    pub(super) fn key(&self, item: &Item<'_>) -> (i64, i64) {
        let (place, position) = item.place();
        (self.kept.get(place).map_or(0, |kept| kept.item), i64::try_from(position).unwrap_or(i64::MAX))
    }

    /// A decision for the books: what was found and by what, without a name, a date of birth or free text.
    pub(super) fn decision(&self, app: &App, judged: &Judged<'_>) -> Decision {
        let (overall, content) = match judged.assessment {
            Ok(it) => (it.overall().name(), it.findings().iter().map(finding).collect()),
            Err("nothing-stands") => (Overall::NotReady.name(), Vec::new()),
            Err(_) => ("cannot-tell", Vec::new()),
        };
        Decision {
            id: app.world.id(),
            at: self.now,
            version: i64::from(self.profile.name.version),
            as_of: judged.as_of,
            overall: overall.to_owned(),
            content: Value::Array(content).to_string(),
        }
    }
}

/// What was shown comes to: an assessment, or a code for why there is none. And the oldest news that it
/// rests on.
pub(super) struct Judged<'j> {
    pub(super) assessment: Result<&'j Assessment<'j>, &'static str>,
    pub(super) as_of: Option<Timestamp>,
}

impl Judged<'_> {
    /// May they work on that day?
    pub(super) fn clearance(&self, on: Date) -> Clearance {
        match self.assessment {
            Ok(assessment) => assessment.clearance(on),
            Err(code @ "nothing-stands") => Clearance::because(MayWork::No, code),
            Err(code) => Clearance::because(MayWork::CannotTell, code),
        }
    }
}

/// What the host has looked up or done itself, of requirements that ask now what they asked then.
async fn confirmations(
    tx: &mut Tx,
    app: &App,
    movement: &Movement,
    profile: &Profile,
) -> Result<Vec<Confirmation>, ApiError> {
    let mut then: HashMap<i64, Option<Profile>> = HashMap::new();
    let mut all = Vec::new();
    for (said, version) in tx.confirmations(movement.id).await? {
        // That something is not so stands, whatever else is asked now.
        let asks = said.satisfied && said.requirement != SAME_PERSON;
        if version != i64::from(profile.name.version) && asks {
            if let Entry::Vacant(entry) = then.entry(version) {
                let movement = Movement { version, ..movement.clone() };
                // One that cannot be read any more asked for something else.
                entry.insert(load_profile(tx, app, &movement, Version::Same).await.ok());
            }
            let asked = |profile: &Profile| {
                let found = profile.requirements.iter().find(|it| it.id == said.requirement);
                found.map(|it| (it.rule.clone(), it.acceptance, it.recheck))
            };
            if asked(profile) != then.get(&version).and_then(Option::as_ref).and_then(asked) {
                continue;
            }
        }
        all.push(said);
    }
    Ok(all)
}

fn finding(finding: &Finding<'_>) -> Value {
    let by = finding.by.iter().map(
        |item| json!({ "about": crate::issuance::subject(item.record()), "issuer": item.issuer().code().as_str() }),
    );
    let mut json = json!({
        "requirement": finding.requirement.id,
        "outcome": finding.outcome.name(),
        "code": finding.why.code(),
        "by": by.collect::<Vec<_>>(),
        "adverse": finding.adverse.iter().map(|(_, adverse)| adverse.name()).collect::<Vec<_>>(),
    });
    if let Outcome::Met { until: Some(until) } | Outcome::MetUntil { until } = finding.outcome {
        json["until"] = until.to_string().into();
    }
    json
}

async fn load_profile(tx: &mut Tx, app: &App, movement: &Movement, version: Version) -> Result<Profile, ApiError> {
    let wanted = (version == Version::Same).then_some(movement.version);
    let stored = tx.profile(&movement.host, &movement.profile, wanted).await?;
    let stored = stored.ok_or(ApiError::Store(StoreError::Corrupt("profile")))?;
    Profile::parse(stored.content.as_bytes(), &app.lists).map_err(|_| ApiError::Store(StoreError::Corrupt("profile")))
}
