//! Objects and values as other systems send them: stricter than JSON, laxer than our own documents.

use passport_schema::field::{Context, Scalar as _};
use passport_schema::json::Json;
use passport_schema::text::{Name, Text};
use passport_schema::time::Date;

/// Longest text that is looked at and not kept, such as an address, in bytes.
const MAX_DROPPED: usize = 2_000;

/// An object that is being read. Members that nobody asks for are let through.
pub(crate) struct Object<'o, 'c, 'l> {
    json: &'o Json<'o>,
    pub(crate) context: &'c mut Context<'l>,
}

impl<'o, 'c, 'l> Object<'o, 'c, 'l> {
    pub(crate) fn of(json: &'o Json<'o>, context: &'c mut Context<'l>) -> Option<Self> {
        if matches!(json, Json::Object(_)) { Some(Self { json, context }) } else { context.mismatch("an object", json) }
    }

    /// A member that must be there.
    pub(crate) fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'o Json<'o>, &mut Context<'l>) -> Option<T>,
    ) -> Option<T> {
        let Some(json) = self.json.member(name) else {
            self.context.at(name, |context| context.problem("missing-field", "this field is needed"));
            return None;
        };
        self.context.at(name, |context| read(json, context))
    }

    /// A member that may be missing, null or empty. The outer `None` means that it was faulty.
    #[expect(clippy::option_option, reason = "missing is not faulty")]
    pub(crate) fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'o Json<'o>, &mut Context<'l>) -> Option<T>,
    ) -> Option<Option<T>> {
        let empty = |json: &Json<'_>| matches!(json, Json::Null) || json.as_text() == Some("");
        match self.json.member(name).filter(|json| !empty(json)) {
            None => Some(None),
            Some(json) => self.context.at(name, |context| read(json, context)).map(Some),
        }
    }
}

pub(crate) fn text(json: &Json<'_>, context: &mut Context<'_>) -> Option<Text> {
    Text::from_json(json, context)
}

pub(crate) fn name(json: &Json<'_>, context: &mut Context<'_>) -> Option<Name> {
    Name::from_json(json, context)
}

pub(crate) fn date(json: &Json<'_>, context: &mut Context<'_>) -> Option<Date> {
    Date::from_json(json, context)
}

/// A text that has to be there and is not kept.
pub(crate) fn dropped(json: &Json<'_>, context: &mut Context<'_>) -> Option<()> {
    let Some(text) = json.as_text() else { return context.mismatch("a text", json) };
    if text.len() > MAX_DROPPED {
        context.problem("text-too-long", format!("at most {MAX_DROPPED} bytes"));
        return None;
    }
    Some(())
}

/// True or false; the published examples write them as texts.
pub(crate) fn flag(json: &Json<'_>, context: &mut Context<'_>) -> Option<bool> {
    match json {
        Json::Bool(value) => Some(*value),
        Json::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Json::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => context.mismatch("true or false", json),
    }
}

/// A text, or a number that somebody typed as one.
pub(crate) fn text_or_number(json: &Json<'_>, context: &mut Context<'_>) -> Option<String> {
    match json {
        Json::Text(text) => Some(text.trim().to_owned()),
        Json::Int(number) if *number >= 0 => Some(number.to_string()),
        _ => context.mismatch("a text or a number", json),
    }
}

/// So many digits. As a number they have lost their leading zeros, and are refused then.
pub(crate) fn digits(json: &Json<'_>, context: &mut Context<'_>, count: usize) -> Option<String> {
    let text = text_or_number(json, context)?;
    let fits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    context.value(fits.then_some(text).ok_or_else(|| ("not-digits", format!("must be {count} digits, as text"))))
}

/// One of some words, whatever their capitals.
pub(crate) fn word<T: Copy>(json: &Json<'_>, context: &mut Context<'_>, known: &[(&str, T)]) -> Option<T> {
    let found = json.as_text().and_then(|text| known.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim())));
    context.value(found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<_> = known.iter().map(|(word, _)| *word).collect();
        ("unknown-code", format!("must be one of {}", words.join(", ")))
    }))
}

/// A name in the three parts that the specification has; ours is one text. The first word is the first
/// name, the last one the surname; one word is a surname and the first name is the same.
pub(crate) fn name_parts(name: &str) -> (&str, String, &str) {
    let words: Vec<&str> = name.split(' ').collect();
    match words.as_slice() {
        [first, middle @ .., last] => (first, middle.join(" "), last),
        _ => (name, String::new(), name),
    }
}
