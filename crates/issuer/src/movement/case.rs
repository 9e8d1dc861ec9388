//! A movement with all that it is judged by: what was shown, the profile, what the host did itself, and
//! the newest bundle.

use std::collections::HashMap;
use std::sync::Arc;

use passport_schema::codes::{Purpose, Term};
use passport_schema::profile::Profile;
use passport_schema::time::{Date, Timestamp};
use passport_verifier::{
    Assessment, Bundle, Confirmation, Decision as Judgement, Finding, Item, Outcome, Overall, Person, Question,
    Standing, Verdict, Verifier, against, assess,
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
        let confirmations = tx.confirmations(movement.id).await?;
        Ok(Self { movement, profile, purpose, kept, records, bundle, confirmations, now: app.world.clock.now() })
    }

    /// Judges what was shown by today's news. `look` gets `None` when nothing of it stands any more.
    pub(super) fn judge<T>(
        &self,
        app: &App,
        ends: Date,
        look: impl FnOnce(Option<&Assessment<'_>>) -> T,
    ) -> Result<T, ApiError> {
        let verdicts = self.verdicts(app);
        let person = Person::join(&verdicts).map_err(|apart| ApiError::State(apart.to_string()))?;
        let Some(person) = person else { return Ok(look(None)) };
        let refused: HashMap<(i64, i64), bool> =
            self.records.iter().map(|it| ((it.item, it.position), !it.accepted)).collect();
        let person = person.with_only(|item| {
            // What does not count anyway says why; what speaks against somebody cannot be put aside.
            let counts = matches!(item.lasting(), Standing::Counts | Standing::Stale);
            let key = self.key(item);
            !counts || against(item).is_some() || !refused.get(&key).copied().unwrap_or(true)
        });
        let question = Question {
            profile: &self.profile,
            purpose: &self.purpose,
            starts: self.movement.starts,
            ends,
            at: self.now,
            confirmations: &self.confirmations,
        };
        let assessment = assess(&person, question).map_err(|error| ApiError::State(error.to_string()))?;
        Ok(look(Some(&assessment)))
    }

    /// What was shown, judged by today's news: that it has expired since does not matter.
    pub(super) fn verdicts<'c>(&'c self, app: &'c App) -> Vec<Verdict<'c>> {
        let verify = |kept: &Kept| {
            Verifier::new(&self.bundle, &app.lists).presented_at(kept.shown).verify(&kept.token, self.now)
        };
        self.kept.iter().map(verify).collect()
    }

    pub(super) fn key(&self, item: &Item<'_>) -> (i64, i64) {
        let (place, position) = item.place();
        (self.kept.get(place).map_or(0, |kept| kept.item), i64::try_from(position).unwrap_or(i64::MAX))
    }

    /// A decision for the books: what was found and by what, without a name, a date of birth or free text.
    pub(super) fn decision(&self, app: &App, assessment: Option<&Assessment<'_>>) -> Decision {
        let verdicts = self.verdicts(app);
        let counted = verdicts.iter().filter(|verdict| verdict.decision() == Judgement::Accepted);
        let as_of = counted.filter_map(|verdict| verdict.verified()?.as_of()).min();
        let content = assessment.map_or_else(Vec::new, |it| it.findings().iter().map(finding).collect());
        Decision {
            id: app.world.id(),
            at: self.now,
            version: i64::from(self.profile.name.version),
            as_of,
            overall: assessment.map_or(Overall::NotReady, Assessment::overall).name().to_owned(),
            content: Value::Array(content).to_string(),
        }
    }
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
