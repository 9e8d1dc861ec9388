//! The host's side: assess, agree, start, end; what it accepts, and what it has looked up itself.

use std::collections::BTreeSet;

use passport_schema::id::Id;
use passport_schema::problem::{Problem, Problems};
use passport_schema::profile::Acceptance;
use passport_schema::record::{Content, Kind};
use passport_schema::time::Date;
use passport_verifier::{
    Assessment, Clearance, Confirmation, Hindrance, MayWork, Outcome, Overall, SAME_PERSON, Verifier, Why,
};
use serde_json::{Value, json};

use super::case::{Case, Judged, Version};
use super::settle::{Keep, settle};
use super::{By, State, Step, next, take};
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::issuance::shown_subject;
use crate::relied;
use crate::store::StoreError;
use crate::store::decisions::Recognised;
use crate::store::movements::{Finder, Movement, RecordDecision};

/// Decisions that are shown with a movement, newest first.
const MAX_DECISIONS: i64 = 500;

/// A movement of this host.
///
/// # Errors
/// [`ApiError::NotFound`] also for another host's.
pub async fn look(app: &App, scope: &Scope, id: Id) -> Result<Movement, ApiError> {
    let found = app.store.read().await?.movement(Finder::Id(scope.organisation(), id)).await?;
    found.ok_or(ApiError::NotFound)
}

/// The kinds that a movement asks for.
pub(super) fn kinds(movement: &Movement) -> BTreeSet<Kind> {
    movement.asks.split(' ').filter_map(Kind::parse).collect()
}

/// What anybody may know who takes part.
pub(crate) fn summary(movement: &Movement) -> Value {
    let mut json = json!({
        "id": movement.id.to_string(),
        "host": movement.host.as_str(),
        "profile": { "owner": movement.host.as_str(), "name": movement.profile, "version": movement.version },
        "purpose": movement.purpose,
        "starts": movement.starts.to_string(),
        "ends": movement.ends.to_string(),
        "asks": kinds(movement).iter().map(|kind| kind.name()).collect::<Vec<_>>(),
        "state": movement.state.name(),
        "opened": movement.opened.to_string(),
        "changed": movement.changed.to_string(),
    });
    if let Some(until) = movement.link_until {
        json["linkUntil"] = until.to_string().into();
    }
    json
}

pub(super) fn record_json(it: &RecordDecision) -> Value {
    let mut json = json!({
        "item": it.item, "position": it.position, "about": shown_subject(&it.about), "issuer": it.issuer,
        "accepted": it.accepted,
    });
    if let Some(reason) = &it.reason {
        json["reason"] = reason.as_str().into();
    }
    json
}

/// A movement with its steps, records, decisions, and, while something is kept, the assessment as it
/// stands now.
///
/// # Errors
/// [`ApiError`].
pub async fn show(app: &App, movement: &Movement) -> Result<Value, ApiError> {
    let mut tx = app.store.read().await?;
    let steps = tx.steps(movement.id).await?;
    let records = tx.record_decisions(movement.id).await?;
    let decisions = tx.decisions(movement.id, MAX_DECISIONS).await?;
    drop(tx);
    let mut json = summary(movement);
    json["steps"] = steps
        .iter()
        .map(|it| {
            json!({ "at": it.at.to_string(), "actor": it.actor, "step": it.step, "state": it.state, "reason": it.reason })
        })
        .collect::<Vec<_>>()
        .into();
    json["records"] = records.iter().map(record_json).collect::<Vec<_>>().into();
    json["decisions"] = decisions
        .iter()
        .map(|it| {
            let requirements: Value = serde_json::from_str(&it.content).unwrap_or_default();
            json!({
                "at": it.at.to_string(), "profileVersion": it.version, "asOf": it.as_of.map(|at| at.to_string()),
                "overall": it.overall, "requirements": requirements,
            })
        })
        .collect::<Vec<_>>()
        .into();
    let past = movement.ends < app.world.clock.now().london_date();
    if movement.state != State::Requested && !movement.state.is_over() && !past {
        json["assessment"] = assessment(app, movement).await?;
    }
    Ok(json)
}

async fn assessment(app: &App, movement: &Movement) -> Result<Value, ApiError> {
    let case = match Case::load(app, movement.clone(), Version::Same).await {
        // A version that cannot be read any more is followed by one that can.
        Err(ApiError::Store(StoreError::Corrupt("profile"))) => {
            Case::load(app, movement.clone(), Version::Newest).await?
        }
        case => case?,
    };
    Ok(case.judge(app, |judged| match judged.assessment {
        Ok(assessment) => {
            let mut json = assessment.to_json();
            json["plain"] = assessment.plain().into();
            json
        }
        Err(code) => json!({ "overall": case.decision(app, judged).overall, "code": code }),
    }))
}

/// Takes one of the host's steps, if what was shown allows it.
///
/// # Errors
/// [`ApiError::State`], with what stands in the way.
pub async fn step(
    app: &App,
    scope: &Scope,
    movement: Movement,
    step: Step,
    reason: Option<&str>,
) -> Result<Value, ApiError> {
    let by = By::host(scope, reason);
    next(&movement, step, by.actor)?;
    if matches!(step, Step::Decline | Step::Cancel | Step::End) {
        let mut tx = app.store.write().await?;
        let moved = take(&mut tx, app, &movement, step, &by).await?;
        tx.commit().await?;
        return show(app, &moved).await;
    }
    let today = app.world.clock.now().london_date();
    let case = Case::load(app, movement, Version::Newest).await?;
    let movement = &case.movement;
    let first = case.first_day(today);
    let (decision, recognised, blocked, cleared) = case.judge(app, |judged| {
        let cleared = judged.clearance(first).until;
        (case.decision(app, judged), recognised(&case, judged), blocked(step, judged, first), cleared)
    });
    if let Some(why) = blocked {
        return Err(ApiError::State(why));
    }
    if step == Step::Start && today < movement.starts {
        return Err(ApiError::State(format!("the placement starts on {}", movement.starts.plain())));
    }
    let mut tx = app.store.write().await?;
    let moved = take(&mut tx, app, movement, step, &by).await?;
    settle(&mut tx, app, &moved, &decision, cleared, Keep::Always).await?;
    if step == Step::Agree {
        for it in &recognised {
            tx.recognise(movement.id, &movement.host, it, decision.at).await?;
        }
    }
    tx.commit().await?;
    show(app, &Movement { version: decision.version, ..moved }).await
}

/// Why a step may not be taken as things stand. Nobody can pass this by.
fn blocked(step: Step, judged: &Judged<'_>, first: Date) -> Option<String> {
    match (step, judged.assessment) {
        (Step::Assess, _) => None,
        (_, Err(code)) => Some(format!("what was shown cannot be judged any more ({code}); ask again")),
        (Step::Agree, Ok(it)) if it.overall() == Overall::NotReady => {
            Some(format!("they are not ready: {}", lacking(it)))
        }
        (Step::Start, _) => {
            let clearance = judged.clearance(first);
            let word = |it: &Hindrance| format!("{} ({})", it.detail, it.requirement.as_ref().unwrap_or(&it.code));
            let why: Vec<_> = clearance.why.iter().map(word).collect();
            (clearance.answer != MayWork::Yes)
                .then(|| format!("they may not start on {}: {}", first.plain(), why.join("; ")))
        }
        _ => None,
    }
}

fn lacking(assessment: &Assessment<'_>) -> String {
    let lacks = |outcome| matches!(outcome, Outcome::Missing | Outcome::CannotTell);
    let lacking = assessment.findings().iter().filter(|finding| lacks(finding.outcome));
    let lacking: Vec<_> = lacking.map(|it| format!("{} ({})", it.requirement.id, it.outcome.name())).collect();
    if lacking.is_empty() { "something that was shown is suspended, or not theirs".into() } else { lacking.join(", ") }
}

/// Trainings of others that this assessment relies on instead of repeating them.
fn recognised(case: &Case, judged: &Judged<'_>) -> Vec<Recognised> {
    let host = &case.movement.host;
    let met = judged.assessment.iter().flat_map(|it| it.findings()).filter(|finding| {
        finding.requirement.acceptance == Acceptance::Rely
            && matches!(finding.outcome, Outcome::Met { .. } | Outcome::MetUntil { .. })
    });
    let trainings = met.flat_map(|finding| &finding.by).filter(|item| item.issuer().code() != host);
    trainings
        .filter_map(|item| match &item.record().content {
            Content::Training(it) => Some(Recognised {
                subject: it.subject.id(),
                sender: item.issuer().code().to_string(),
                profile: case.movement.profile.clone(),
                version: i64::from(case.profile.name.version),
                count: 1,
            }),
            _ => None,
        })
        .collect()
}

fn fault(pointer: &str, code: &'static str, detail: &str) -> ApiError {
    Problems(vec![Problem { pointer: pointer.into(), code, detail: detail.into() }]).into()
}

/// Accepts or refuses one record.
///
/// # Errors
/// [`ApiError::Fields`] if there is no such record, or what it came in was not kept; [`ApiError::State`] if nothing can be decided now.
pub async fn decide(
    app: &App,
    scope: &Scope,
    movement: &Movement,
    (item, position): (i64, i64),
    accepted: bool,
    reason: Option<&str>,
) -> Result<Value, ApiError> {
    if movement.state.is_over() || movement.state == State::Requested {
        return Err(ApiError::State(format!("the movement is {}", movement.state.name())));
    }
    let mut reads = app.store.read().await?;
    let known = reads.record_decisions(movement.id).await?;
    let is_kept = reads.shown_items(movement.id).await?.iter().any(|it| it.item == item);
    drop(reads);
    let known = known.into_iter().find(|it| (it.item, it.position) == (item, position));
    let known = known.ok_or_else(|| fault("/position", "unknown-record", "no such record was shown"))?;
    if accepted && !is_kept {
        let detail = "it was not kept, because nothing in what it came in was asked for or new; ask for it again";
        return Err(fault("/item", "not-kept", detail));
    }
    let decision = RecordDecision { accepted, reason: reason.map(str::to_owned), ..known };
    let mut tx = app.store.write().await?;
    tx.count_change(movement.id, movement.state).await?;
    tx.decide_record(movement.id, &decision).await?;
    let action = if accepted { "movement.record-accepted" } else { "movement.record-refused" };
    super::note(&mut tx, app, movement, scope.actor(), action).await?;
    tx.commit().await?;
    Ok(record_json(&decision))
}

/// Notes that the host has looked something up, or done it.
///
/// # Errors
/// [`ApiError::Fields`] for what is relied on, not looked up; [`ApiError::State`] when it is over.
pub async fn confirm(app: &App, scope: &Scope, movement: &Movement, said: &Confirmation) -> Result<Value, ApiError> {
    if movement.state.is_over() || movement.state == State::Requested {
        return Err(ApiError::State(format!("the movement is {}", movement.state.name())));
    }
    if said.on > said.at.london_date() {
        return Err(fault("/on", "in-the-future", "lies after today"));
    }
    if said.on < movement.opened.london_date() {
        return Err(fault("/on", "before-it-was-asked", "lies before this movement was opened; look again"));
    }
    if said.until.is_some_and(|until| until < said.on) {
        return Err(fault("/until", "ends-before-it-begins", "lies before it was done"));
    }
    let case = Case::load(app, movement.clone(), Version::Newest).await?;
    if said.requirement != SAME_PERSON {
        if !case.profile.requirements_for(&case.purpose).any(|it| it.id == said.requirement) {
            let ids: Vec<_> = case.profile.requirements_for(&case.purpose).map(|it| it.id.as_str()).collect();
            let detail = format!("is not asked for this purpose; what is: {}", ids.join(", "));
            return Err(fault("/requirement", "unknown-requirement", &detail));
        }
        let relied = case.judge(app, |judged| {
            let finding = judged.assessment.ok()?.findings().iter().find(|it| it.requirement.id == said.requirement)?;
            let relies = finding.requirement.acceptance == Acceptance::Rely;
            let is_ours = !finding.adverse.is_empty()
                || finding.outcome == Outcome::DoLocally
                || matches!(finding.why, Why::Confirmed { .. });
            Some(relies && !is_ours)
        });
        if relied == Some(true) {
            let detail = "a record has to show this; it is not looked up or done here";
            return Err(fault("/requirement", "not-yours-to-say", detail));
        }
    }
    let mut tx = app.store.write().await?;
    tx.count_change(movement.id, movement.state).await?;
    tx.confirm(movement.id, said, i64::from(case.profile.name.version), scope.actor(), app.world.id()).await?;
    super::note(&mut tx, app, movement, scope.actor(), "movement.confirmed").await?;
    tx.commit().await?;
    assessment(app, &Movement { version: i64::from(case.profile.name.version), ..movement.clone() }).await
}

/// May this person work on that day?
///
/// # Errors
/// [`ApiError`].
pub async fn clearance(app: &App, movement: &Movement, on: Date) -> Result<Clearance, ApiError> {
    let today = app.world.clock.now().london_date();
    if !matches!(movement.state, State::Agreed | State::Active) {
        return Ok(Clearance::because(MayWork::No, &format!("movement-{}", movement.state.name())));
    }
    if on < movement.starts || on > movement.ends {
        return Ok(Clearance::because(MayWork::No, "outside-the-placement"));
    }
    if on < today {
        return Ok(Clearance::because(MayWork::CannotTell, "day-is-past"));
    }
    let case = Case::load(app, movement.clone(), Version::Newest).await?;
    Ok(case.judge(app, |judged| judged.clearance(on)))
}

/// The agreements that the person has shown, for their manager to read.
///
/// # Errors
/// [`ApiError`].
pub async fn agreements(app: &App, movement: &Movement) -> Result<Value, ApiError> {
    let shown = app.store.read().await?.shown_agreements(movement.id).await?;
    let bundle = relied::bundle(app).await?;
    let read = |it: crate::store::decisions::ShownAgreement| {
        let context = format!("agreement/{}/{}", movement.host, it.id);
        let corrupt = || ApiError::Store(StoreError::Corrupt("sealed agreement"));
        let token = app.keyring.sealing().open(&it.sealed, &context).ok_or_else(corrupt)?;
        let token = std::str::from_utf8(&token).map_err(|_| corrupt())?;
        let verifier = Verifier::new(&bundle, &app.lists).presented_at(it.shown);
        let verdict = verifier.verify(token, app.world.clock.now());
        Ok(json!({
            "id": it.id.to_string(), "shown": it.shown.to_string(), "answer": it.answer, "verdict": verdict.to_json(),
        }))
    };
    let agreements = shown.into_iter().map(read).collect::<Result<Vec<_>, ApiError>>()?;
    Ok(json!({ "agreements": agreements }))
}

/// Answers an agreement: `honour` or `review`.
///
/// # Errors
/// [`ApiError::NotFound`].
pub async fn answer_agreement(app: &App, movement: &Movement, agreement: Id, answer: &str) -> Result<Value, ApiError> {
    let mut tx = app.store.write().await?;
    tx.count_change(movement.id, movement.state).await?;
    if !tx.answer_agreement(movement.id, agreement, answer).await? {
        return Err(ApiError::NotFound);
    }
    tx.commit().await?;
    Ok(json!({ "id": agreement.to_string(), "answer": answer }))
}
