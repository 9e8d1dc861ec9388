//! What the API answers, in words for people.

use passport_schema::codes::{CodeLists, Competency, ListId, Purpose, Qualification, Regulator, Screening, Subject};
use passport_schema::time::{Date, Timestamp};
use serde_json::Value;

use crate::exit::{count, say};

/// `21 November 2026`; as it stands if it is no date.
pub fn date(text: &str) -> String {
    Date::parse(text).map_or_else(|| text.to_owned(), Date::plain)
}

/// `09:30 on 21 November 2026`; as it stands if it is no time.
pub fn time(text: &str) -> String {
    Timestamp::parse(text).map_or_else(|| text.to_owned(), Timestamp::plain)
}

/// The days of a movement.
pub fn days(movement: &Value) -> String {
    let day = |name: &str| date(movement[name].as_str().unwrap_or_default());
    format!("from {} to {}", day("starts"), day("ends"))
}

/// Why somebody comes.
pub fn purpose(id: &str) -> String {
    title::<Purpose>(&CodeLists::embedded(), id).unwrap_or_else(|| id.to_owned())
}

/// Kinds of record: `criminal record check, training`.
pub fn kinds(list: &Value) -> String {
    let names = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    names.map(kind).collect::<Vec<_>>().join(", ")
}

/// `criminalRecordCheck` as `criminal record check`.
fn kind(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars() {
        if character.is_uppercase() {
            out.push(' ');
        }
        out.extend(character.to_lowercase());
    }
    out
}

/// What was shown, and what became of each record, by reason.
pub fn print_records(records: &Value) {
    let lists = CodeLists::embedded();
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for record in records.as_array().into_iter().flatten() {
        let text = |name: &str| record[name].as_str().unwrap_or_default();
        let group = match (record["accepted"] == true, text("reason")) {
            (true, _) => "accepted".to_owned(),
            (false, "not-asked") => "not asked for".into(),
            (false, "duplicate") => "shown before, with nothing new".into(),
            (false, reason) => format!("not accepted ({})", reason.replace('-', " ")),
        };
        let about = about(&lists, text("about"));
        match groups.iter_mut().find(|(name, _)| *name == group) {
            Some((_, all)) => all.push(about),
            None => groups.push((group, vec![about])),
        }
    }
    for (name, all) in groups {
        say!("  {} {name}: {}", count(all.len(), "record"), all.join("; "));
    }
}

/// What a record is about, such as `training/cstf/fire-safety/1`, by its title.
fn about(lists: &CodeLists, text: &str) -> String {
    let (name, rest) = text.split_once('/').unwrap_or((text, ""));
    let (whole, of) = (kind(name), |what: &str, title: Option<String>| title.map(|title| format!("{what}{title}")));
    let known = match name {
        "training" => {
            of("", title::<Subject>(lists, rest).or_else(|| title::<Subject>(lists, rest.rsplit_once('/')?.0)))
        }
        "competency" => of("", rest.rsplitn(3, '/').nth(2).and_then(|id| title::<Competency>(lists, id))),
        "registration" => of("registration, ", title::<Regulator>(lists, rest)),
        "screening" => of("", title::<Screening>(lists, rest)),
        "qualification" => of("", title::<Qualification>(lists, rest)),
        _ => None,
    };
    known.unwrap_or(whole)
}

fn title<L: ListId>(lists: &CodeLists, id: &str) -> Option<String> {
    lists.term::<L>(id).map(|term| term.title())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_and_kinds_are_named_as_people_name_them() {
        let lists = CodeLists::embedded();
        for (text, words) in [
            ("training/cstf/fire-safety/1", "Fire Safety"),
            ("training/cstf/fire-safety/1/2026-01-02", "Fire Safety"),
            ("training/local:Our own/way", "Our own/way"),
            ("competency/cc3n/step-1/adult-critical-care/practice", "Adult critical care nursing, step 1"),
            ("identity", "identity"),
            ("criminalRecordCheck/adult", "criminal record check"),
            ("employment/staff-nurse/2019-09-02", "employment"),
            ("", ""),
        ] {
            assert_eq!(about(&lists, text), words, "{text}");
        }
        assert_eq!(kinds(&serde_json::json!(["rightToWork", "training"])), "right to work, training");
        assert_eq!((date("2026-11-21"), date("soon")), ("21 November 2026".into(), "soon".into()));
    }
}
