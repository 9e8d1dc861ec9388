//! A host opens a movement, and gets the link that lets the person show a passport, once.

use std::collections::BTreeSet;

use passport_schema::codes::{Purpose, Term};
use passport_schema::id::OrganisationCode;
use passport_schema::problem::{Problem, Problems};
use passport_schema::profile::{Profile, over_asking};
use passport_schema::record::Kind;
use passport_schema::time::{Date, Timestamp};
use serde_json::Value;

use super::{By, State, note, notice, secret};
use crate::app::App;
use crate::auth::{LINK, Scope};
use crate::error::ApiError;
use crate::movement::host;
use crate::store::movements::{Movement, Taken};

/// How long a link waits to be used, in seconds.
const LINK_LIFE: i64 = 14 * 86_400;
/// Organisations that are told of a movement when it is opened.
const MAX_TOLD: usize = 5;
/// The longest placement, in days.
const MAX_DAYS: i64 = 5 * 366;

/// What a host asks for.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Name of one of its profiles; the newest version counts.
    pub profile: String,
    /// Why the person comes.
    pub purpose: Term<Purpose>,
    /// First day.
    pub starts: Date,
    /// Last day, inclusive.
    pub ends: Date,
    /// Kinds of record that it asks for; what the profile needs when absent.
    pub asks: Option<BTreeSet<Kind>>,
    /// Organisations that are told of it.
    pub tell: BTreeSet<OrganisationCode>,
    /// The agreement between them that says so.
    pub agreement: Option<String>,
}

fn fault(pointer: &str, code: &'static str, detail: String) -> Problem {
    Problem { pointer: pointer.into(), code, detail }
}

/// Opens a movement; the answer holds the link, which is shown once.
///
/// # Errors
/// [`ApiError::Fields`] with every fault.
pub async fn open(app: &App, scope: &Scope, wish: &Opening) -> Result<Value, ApiError> {
    let now = app.world.clock.now();
    let stored = app.store.read().await?.profile(scope.organisation(), &wish.profile, None).await?;
    let profile = stored.as_ref().and_then(|it| Profile::parse(it.content.as_bytes(), &app.lists).ok());
    let mut faults = check(wish, profile.as_ref(), now.london_date());
    // More than may be told are a fault of their own.
    for code in wish.tell.iter().take(MAX_TOLD) {
        faults.extend(notice::not_to_be_told(app, scope.organisation(), code, "/tell").await?);
    }
    let (Some(profile), true) = (profile, faults.is_empty()) else { return Err(Problems(faults).into()) };
    let asks = wish.asks.clone().unwrap_or_else(|| profile.kinds_for(&wish.purpose));
    let over = over_asking(&profile, &wish.purpose, &asks);
    let (link, hash) = secret(LINK, &app.world);
    let movement = Movement {
        id: app.world.id(),
        host: scope.organisation().clone(),
        profile: wish.profile.clone(),
        version: i64::from(profile.name.version),
        purpose: wish.purpose.id(),
        starts: wish.starts,
        ends: wish.ends,
        asks: asks.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" "),
        state: State::Requested,
        link_until: Some(link_until(now, wish.ends)),
        cleared_until: None,
        warned: None,
        changes: 0,
        opened: now,
        changed: now,
    };
    let mut tx = app.store.write().await?;
    tx.open_movement(&movement, &hash).await?;
    let by = By::host(scope, None);
    note(&mut tx, app, &movement, by.name, "movement.requested").await?;
    let mut told = Vec::new();
    for code in &wish.tell {
        // Elsewhere they are told by a notice, which the host asks for and delivers.
        if tx.reads().organisation(code).await?.is_some() {
            notice::tell_in(&mut tx, app, &movement, code, by.name, wish.agreement.as_deref()).await?;
            told.push(code.as_str());
        }
    }
    tx.commit().await?;
    let mut json = host::summary(&movement);
    json["link"] = address(app, &link).into();
    json["overAsking"] = over.iter().map(|kind| kind.name()).collect::<Vec<_>>().into();
    json["told"] = told.into();
    Ok(json)
}

fn check(wish: &Opening, profile: Option<&Profile>, today: Date) -> Vec<Problem> {
    let mut faults = Vec::new();
    match profile {
        None => faults.push(fault("/profile", "unknown-profile", "is not one of your published profiles".into())),
        Some(profile) if !profile.purposes.contains(&wish.purpose) => {
            faults.push(fault("/purpose", "purpose-not-in-profile", "the profile is not for this purpose".into()));
        }
        Some(_) => {}
    }
    if !wish.tell.is_empty() && wish.agreement.is_none() {
        faults.push(fault("/agreement", "missing-field", "name the agreement by which they are told".into()));
    }
    if wish.tell.len() > MAX_TOLD {
        faults.push(fault("/tell", "too-many", format!("at most {MAX_TOLD} organisations are told")));
    }
    if wish.ends < wish.starts {
        faults.push(fault("/ends", "ends-before-it-begins", format!("lies before {}", wish.starts)));
    } else if wish.ends < today {
        faults.push(fault("/ends", "placement-over", format!("lies before today, {today}")));
    } else if wish.ends.days_since(wish.starts) > MAX_DAYS {
        faults.push(fault("/ends", "out-of-range", format!("a movement lasts at most {MAX_DAYS} days")));
    }
    faults
}

/// A link waits for two weeks, and no longer than the placement.
fn link_until(now: Timestamp, ends: Date) -> Timestamp {
    now.plus(LINK_LIFE).min(ends.last_second())
}

/// Where the person goes. What follows `#` is not sent to any server, and so is in no log.
fn address(app: &App, link: &str) -> String {
    format!("{}/share#{link}", app.address)
}

/// A fresh link, for what is missing or could not be read; the one before it works no longer.
///
/// # Errors
/// [`ApiError::State`] when the movement is over.
pub async fn ask_again(app: &App, scope: &Scope, movement: &Movement, reason: Option<&str>) -> Result<Value, ApiError> {
    if movement.state.is_over() {
        return Err(ApiError::State(format!(
            "the movement is {}: nothing can be shown any more",
            movement.state.name()
        )));
    }
    let now = app.world.clock.now();
    let (link, hash) = secret(LINK, &app.world);
    let until = link_until(now, movement.ends);
    let mut tx = app.store.write().await?;
    tx.renew_link(movement.id, movement.state, &hash, until).await?;
    let taken = Taken {
        at: now,
        actor: scope.actor().to_owned(),
        step: "ask-again".to_owned(),
        state: movement.state.name().to_owned(),
        reason: reason.map(str::to_owned),
    };
    tx.step(movement.id, movement.state, movement.state, &taken, app.world.id()).await?;
    note(&mut tx, app, movement, scope.actor(), "movement.asked-again").await?;
    tx.commit().await?;
    let mut json = host::summary(&Movement { link_until: Some(until), ..movement.clone() });
    json["link"] = address(app, &link).into();
    Ok(json)
}
