//! Events: what happened, as CloudEvents 1.0, in an order that never changes and skips nothing.
//!
//! - An event is written in the transaction of what it tells of, without a number. Numbers are given
//!   afterwards, to what is committed, by one at a time for each organisation: a reader that has seen number
//!   n has seen everything below it. A number taken while writing would either let a slow transaction
//!   appear below a number that was shown already, or make everybody who issues wait for each other.
//! - Events of one person are numbered in the order of that person's versions, which is the order in which
//!   they were committed; a node's clock plays no part.
//! - An event names ids, never people. There is none at all for an agreement.

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::time::Timestamp;
use serde_json::{Value, json};

use crate::app::App;
use crate::store::StoreError;

/// What the types of our events begin with. It stands for the product, not for a deployment.
pub const TYPES: &str = "example.staff-passport.";
/// How many events are numbered in one transaction.
const BATCH: i64 = 1_000;
/// Most entries of a filter.
pub const MAX_TYPES: usize = 32;

/// An event that has its number.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its id, the same whenever and wherever it is told.
    pub id: String,
    /// Its number.
    pub sequence: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened, such as `credential.issued`.
    pub action: String,
    /// To what.
    pub subject: String,
    /// About whom.
    pub person: Option<Id>,
}

impl Event {
    /// What must be told in order: all that is about one person, or else about one thing.
    #[must_use]
    pub fn ordered_by(&self) -> String {
        self.person.map_or_else(|| self.subject.clone(), |person| person.to_string())
    }

    /// The event as JSON (CloudEvents 1.0, JSON Event Format), with the extensions `sequence` and `person`.
    #[must_use]
    pub fn to_json(&self, source: &str) -> Value {
        let mut json = json!({
            "specversion": "1.0",
            "id": self.id,
            "source": source,
            "type": format!("{TYPES}{}", self.action),
            "subject": self.subject,
            "time": self.at.to_string(),
            "sequence": cursor(self.sequence),
        });
        if let Some(person) = self.person {
            json["person"] = person.to_string().into();
        }
        json
    }
}

/// A number as text that sorts like it (CloudEvents, Sequence extension).
#[must_use]
pub fn cursor(sequence: i64) -> String {
    format!("{sequence:019}")
}

/// Reads what [`cursor`] wrote; zeros may be left out.
#[must_use]
pub fn parse_cursor(text: &str) -> Option<i64> {
    let digits = (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// Which events are wanted: all, or those of some types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter(Vec<String>);

impl Filter {
    /// All of them.
    #[must_use]
    pub fn all() -> Self {
        Self(Vec::new())
    }

    /// Reads types as they stand in events; `*` at the end, after a dot, takes all that begin so.
    #[must_use]
    pub fn parse(types: Vec<String>) -> Option<Self> {
        let shape = |name: &String| {
            let rest = name.strip_prefix(TYPES)?;
            let stem = rest.strip_suffix(".*").unwrap_or(rest);
            let plain = stem.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'-'));
            (plain && !stem.is_empty() && name.len() <= 100).then_some(())
        };
        (types.len() <= MAX_TYPES && types.iter().all(|name| shape(name).is_some())).then_some(Self(types))
    }

    /// The types.
    #[must_use]
    pub fn types(&self) -> &[String] {
        &self.0
    }

    /// Whether an event is wanted.
    #[must_use]
    pub fn takes(&self, event: &Event) -> bool {
        let name = format!("{TYPES}{}", event.action);
        self.0.is_empty()
            || self.0.iter().any(|wanted| match wanted.strip_suffix('*') {
                Some(stem) => name.starts_with(stem),
                None => *wanted == name,
            })
    }
}

/// An event that has no number yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unnumbered {
    /// Its id.
    pub id: String,
    /// About whom.
    pub person: Option<String>,
    /// Which of the person's changes it tells of.
    pub version: i64,
}

/// The order in which events get their numbers: by id, which is by time, except that events of one person
/// take the places that this person's events have in the order of their versions.
#[must_use]
pub fn in_order(mut events: Vec<Unnumbered>) -> Vec<Unnumbered> {
    events.sort_by(|one, other| one.id.cmp(&other.id));
    let mut by_person = events.iter().enumerate().filter(|(_, it)| it.person.is_some()).collect::<Vec<_>>();
    by_person.sort_by(|(at, one), (its, other)| (&one.person, at).cmp(&(&other.person, its)));
    let places: Vec<usize> = by_person.iter().map(|(at, _)| *at).collect();
    let mut sorted: Vec<Unnumbered> = by_person.into_iter().map(|(_, event)| event.clone()).collect();
    sorted.sort_by(|one, other| (&one.person, one.version, &one.id).cmp(&(&other.person, other.version, &other.id)));
    for (place, event) in places.into_iter().zip(sorted) {
        events[place] = event;
    }
    events
}

/// Numbers all of an organisation's events that are committed now. What is committed meanwhile is for the
/// next to number, so that it ends however busy the organisation is.
///
/// # Errors
/// [`StoreError`].
pub async fn number(app: &App, organisation: &OrganisationCode) -> Result<(), StoreError> {
    let mut more = app.store.read().await?.has_unnumbered(organisation).await?;
    while more {
        let mut tx = app.store.write().await?;
        let last = tx.hold_event_numbers(organisation).await?;
        let events = in_order(tx.reads().unnumbered(organisation, BATCH).await?);
        tx.number_events(organisation, last, &events).await?;
        tx.commit().await?;
        more = events.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, person: Option<&str>, version: i64) -> Unnumbered {
        Unnumbered { id: id.into(), person: person.map(str::to_owned), version }
    }

    #[test]
    fn a_slow_clock_does_not_turn_one_persons_events_around() {
        // The node that wrote version 2 has a clock behind the one that wrote version 1.
        let events = vec![
            event("5", Some("ana"), 1),
            event("6", Some("ana"), 1),
            event("1", Some("ana"), 2),
            event("3", None, 0),
            event("2", Some("ben"), 1),
            event("4", Some("ben"), 2),
        ];
        let order = in_order(events);
        let ids: Vec<_> = order.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["5", "2", "3", "4", "6", "1"], "everybody else keeps their place");
        assert!(in_order(Vec::new()).is_empty());
    }

    #[test]
    fn a_filter_takes_what_it_names() {
        let parse = |types: &[&str]| Filter::parse(types.iter().map(|it| (*it).to_owned()).collect());
        let event = |action: &str| Event {
            id: String::new(),
            sequence: 1,
            at: Timestamp(0),
            action: action.into(),
            subject: String::new(),
            person: None,
        };
        let some = parse(&["example.staff-passport.credential.*", "example.staff-passport.record.withdrawn"]).unwrap();
        for (action, taken) in [
            ("credential.issued", true),
            ("credentials.issued", false),
            ("record.withdrawn", true),
            ("record.withdrawn-again", false),
        ] {
            assert_eq!(some.takes(&event(action)), taken, "{action}");
        }
        assert!(Filter::all().takes(&event("movement.agreed")));
        for types in [
            &["credential.issued"][..],
            &["example.staff-passport."],
            &["example.staff-passport.*"],
            &["example.staff-passport.A"],
            &["*"],
        ] {
            assert_eq!(parse(types), None, "{types:?}");
        }
    }

    #[test]
    fn cursors_sort_like_their_numbers() {
        assert!(cursor(9) < cursor(10));
        for number in [0, 7, i64::MAX] {
            assert_eq!(parse_cursor(&cursor(number)), Some(number));
        }
        for text in ["", "-1", "+1", "9223372036854775808", "00000000000000000001", "1 "] {
            assert_eq!(parse_cursor(text), None, "{text:?}");
        }
    }
}
