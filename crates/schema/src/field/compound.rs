//! Fields that are several JSON values: ends, outcomes, skills.

use serde_json::{Map, Value, json};

use super::scalar::{code, text_of};
use super::{Field, Members, Packer, Scalar, UnpackError, Unpacker};
use crate::cbor::{CborError, Major};
use crate::codes::{CodeLists, Element, Facts, Term};
use crate::json::Json;
use crate::json_writer::JsonWriter;
use crate::text::{Refusal, Text};
use crate::time::{Date, Period, When};

/// When a fact stops counting. In JSON `period` and `validUntil`, of which a reader needs one and
/// a writer gives what it has; in a pass one number (see `docs/FORMAT.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A whole renewal period after the record's date, whose last day is given too.
    After(Period, Date),
    /// The last valid day, inclusive.
    On(Date),
}

/// Ends of up to this many whole years are packed as the years themselves.
const MAX_PACKED_YEARS: i64 = 20;
/// Ends in days are packed as this and the days, so that they cannot be taken for years.
const PACKED_DAYS: i64 = 21;

impl End {
    /// The last valid day, inclusive.
    #[must_use]
    pub fn last_day(self) -> Date {
        match self {
            Self::After(_, last) | Self::On(last) => last,
        }
    }
}

/// Why nothing that begins then can end on that day, if so.
pub(crate) fn ends_before(start: When, last: Date) -> Option<Refusal> {
    let before = start.earliest().is_some_and(|start| last < start);
    before.then(|| ("ends-before-it-begins", format!("ends before {start}")))
}

/// The field that holds a record's end, counted from the record's own date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Until(pub Option<End>);

impl Until {
    /// The last valid day, inclusive; `None` when there is no end.
    #[must_use]
    pub fn last_day(self) -> Option<Date> {
        self.0.map(End::last_day)
    }

    fn from_members(object: &mut Members<'_, '_, '_>) -> Option<Self> {
        let start = object.dated.and_then(|name| object.peek(name)).and_then(|json| When::parse(json.as_text()?));
        let period = object.optional("period", |json, context| {
            let period = Period::parse(text_of(json, context)?);
            context.value(period.ok_or(("not-a-period", "must be whole years or months, such as P3Y or P18M".into())))
        });
        let until = object.optional("validUntil", Date::from_json);
        let (period, until, start) = (period?, until?, start?);
        let end = match (period, start) {
            (None, _) => until.map(End::On),
            (Some(period), When::Day(start)) => {
                let last = period.last_day(start);
                let last = object.context.at("period", |context| {
                    context.value(last.ok_or(("out-of-range", "ends beyond the year 2199".into())))
                })?;
                if until.is_some_and(|until| until != last) {
                    let detail =
                        format!("the period ends on {last}; give the one that counts, or the same day in both");
                    object.context.at("validUntil", |context| context.problem("period-and-end-differ", detail));
                    return None;
                }
                Some(End::After(period, last))
            }
            (Some(_), _) => {
                object.context.at("period", |context| {
                    context.problem("needs-whole-date", "a period can be counted only from a whole date");
                });
                return None;
            }
        };
        if let Some((code, detail)) = end.and_then(|end| ends_before(start, end.last_day())) {
            object.context.at("validUntil", |context| context.problem(code, detail));
            return None;
        }
        Some(Self(end))
    }
}

impl Field for Until {
    fn read(object: &mut Members<'_, '_, '_>, _: &'static str) -> Option<Self> {
        Self::from_members(object)
    }

    fn write(&self, _: &'static str, object: &mut JsonWriter) {
        if let Some(end) = self.0 {
            if let End::After(period, _) = end {
                object.key("period").plain(period);
            }
            object.key("validUntil").plain(end.last_day());
        }
    }

    fn pack(&self, packer: &mut Packer) {
        let number = match self.0 {
            None => 0,
            Some(End::After(Period::Years(years), _)) => i64::from(years),
            Some(End::After(Period::Months(months), _)) => -i64::from(months),
            Some(End::On(last)) => PACKED_DAYS + last.days_since(packer.anchor),
        };
        packer.out.int(number);
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        let at = input.input.position();
        let range = || UnpackError::from(CborError::Range { at });
        let number = input.input.int_in(-240..=i64::from(i32::MAX))?;
        let period = match number {
            0 => return Ok(Self(None)),
            1..=MAX_PACKED_YEARS => Period::Years(u8::try_from(number).map_err(|_| range())?),
            ..0 => Period::Months(u8::try_from(-number).map_err(|_| range())?),
            _ => {
                let last = input.anchor.plus_days(number - PACKED_DAYS).ok_or_else(range)?;
                return Ok(Self(Some(End::On(last))));
            }
        };
        let last = period.last_day(input.anchor).filter(|_| input.anchor_is_whole).ok_or_else(range)?;
        Ok(Self(Some(End::After(period, last))))
    }

    fn describe(_: &'static str, lists: &CodeLists, properties: &mut Map<String, Value>) -> bool {
        properties.insert("period".into(), json!({ "type": "string", "pattern": "^P[1-9][0-9]{0,2}[YM]$" }));
        properties.insert("validUntil".into(), Date::schema(lists));
        false
    }
}

/// The outcome of a check. In JSON `outcome`, and `conditions` and `reviewBy` beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Cleared.
    Cleared,
    /// Cleared, with conditions that whoever relies on it must see.
    ClearedWithConditions {
        /// Which.
        conditions: Text,
        /// The day by which they are reviewed.
        review_by: Option<Date>,
    },
    /// Begun and not finished.
    InProgress,
}

const OUTCOMES: [&str; 3] = ["cleared", "clearedWithConditions", "inProgress"];

impl Field for Outcome {
    fn read(object: &mut Members<'_, '_, '_>, name: &'static str) -> Option<Self> {
        let outcome = object.required(name, |json, context| {
            let outcome = text_of(json, context)?;
            let index = OUTCOMES.iter().position(|known| *known == outcome);
            context.value(index.ok_or_else(|| ("unknown-code", format!("must be one of {}", OUTCOMES.join(", ")))))
        });
        match outcome? {
            0 => Some(Self::Cleared),
            1 => {
                let conditions = object.required("conditions", Text::from_json);
                let review_by = object.optional("reviewBy", Date::from_json);
                Some(Self::ClearedWithConditions { conditions: conditions?, review_by: review_by? })
            }
            _ => Some(Self::InProgress),
        }
    }

    fn write(&self, name: &'static str, object: &mut JsonWriter) {
        let index = match self {
            Self::Cleared => 0,
            Self::ClearedWithConditions { conditions, review_by } => {
                Field::write(conditions, "conditions", object);
                Field::write(review_by, "reviewBy", object);
                1
            }
            Self::InProgress => 2,
        };
        object.key(name).plain(OUTCOMES[index]);
    }

    fn pack(&self, packer: &mut Packer) {
        match self {
            Self::Cleared => {
                packer.out.int(0);
            }
            Self::InProgress => {
                packer.out.int(2);
            }
            Self::ClearedWithConditions { conditions, review_by } => {
                packer.out.array(2);
                Scalar::pack(conditions, packer);
                let anchor = packer.anchor;
                Field::pack(review_by, packer);
                packer.anchor = anchor;
            }
        }
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        let at = input.input.position();
        if input.input.peek() == Some(Major::Array) {
            if input.input.array()? != 2 {
                return Err(CborError::Range { at }.into());
            }
            let conditions = Scalar::unpack(input)?;
            let anchor = input.anchor;
            let review_by = Field::unpack(input)?;
            input.anchor = anchor;
            return Ok(Self::ClearedWithConditions { conditions, review_by });
        }
        match input.input.int()? {
            0 => Ok(Self::Cleared),
            2 => Ok(Self::InProgress),
            _ => Err(CborError::Range { at }.into()),
        }
    }

    fn describe(name: &'static str, lists: &CodeLists, properties: &mut Map<String, Value>) -> bool {
        properties.insert(name.into(), json!({ "type": "string", "enum": OUTCOMES }));
        properties.insert("conditions".into(), Text::schema(lists));
        properties.insert("reviewBy".into(), Date::schema(lists));
        true
    }
}

/// A competency and which of its elements were signed off; none listed means all of it. In JSON
/// `competency` and `elements`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skill {
    /// Which competency.
    pub competency: Term<crate::codes::Competency>,
    /// Numbers of its elements, ascending, in the list's own numbering.
    pub elements: Vec<u16>,
}

impl Skill {
    fn known_elements(competency: &Term<crate::codes::Competency>) -> &[std::sync::Arc<Element>] {
        match competency.entry().map(|entry| &entry.facts) {
            Some(Facts::Competency { elements, .. }) => elements,
            _ => &[],
        }
    }

    /// The titles of the elements.
    #[must_use]
    pub fn element_titles(&self) -> Vec<String> {
        let known = Self::known_elements(&self.competency);
        let title =
            |code: &u16| known.iter().find(|element| element.code == *code).map(|element| element.title.clone());
        self.elements.iter().map(|code| title(code).unwrap_or_else(|| format!("element {code}"))).collect()
    }
}

impl Field for Skill {
    fn read(object: &mut Members<'_, '_, '_>, name: &'static str) -> Option<Self> {
        let competency = object.required(name, Term::from_json)?;
        let known = Self::known_elements(&competency);
        let elements = object.optional("elements", |json, context| {
            let Json::Array(items) = json else {
                return context.mismatch("a list", json);
            };
            let mut codes = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                context.at(index, |context| match known.iter().find(|element| item.as_text() == Some(&element.id)) {
                    Some(element) => codes.push(element.code),
                    None => context.problem("unknown-code", "must be an element of this competency"),
                });
            }
            codes.sort_unstable();
            codes.dedup();
            if items.is_empty() || codes.len() != items.len() {
                context.problem(
                    "elements",
                    "must name one or more elements, each once; leave it out when all were signed off",
                );
                return None;
            }
            Some(codes)
        })?;
        Some(Self { elements: elements.unwrap_or_default(), competency })
    }

    fn write(&self, name: &'static str, object: &mut JsonWriter) {
        Field::write(&self.competency, name, object);
        if self.elements.is_empty() {
            return;
        }
        let known = Self::known_elements(&self.competency);
        object.key("elements").array(|out| {
            for code in &self.elements {
                match known.iter().find(|element| element.code == *code) {
                    Some(element) => out.text(&element.id),
                    None => out.plain(format_args!("unknown:{code}")),
                }
            }
        });
    }

    fn pack(&self, packer: &mut Packer) {
        if !self.elements.is_empty() {
            packer.out.array(self.elements.len() + 1);
        }
        Scalar::pack(&self.competency, packer);
        for element in &self.elements {
            Scalar::pack(element, packer);
        }
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        if input.input.peek() != Some(Major::Array) {
            return Ok(Self { competency: Scalar::unpack(input)?, elements: Vec::new() });
        }
        let at = input.input.position();
        let count = input.input.array()?;
        let competency: Term<_> = Scalar::unpack(input)?;
        let mut elements: Vec<u16> = Vec::new();
        for _ in 1..count {
            let element = code(input)?;
            if elements.last().is_some_and(|last| *last >= element) {
                return Err(CborError::Range { at }.into());
            }
            elements.push(element);
        }
        if elements.is_empty() || competency.as_local().is_some() {
            return Err(CborError::Range { at }.into());
        }
        Ok(Self { competency, elements })
    }

    fn known(&self) -> bool {
        let known = Self::known_elements(&self.competency);
        Scalar::known(&self.competency)
            && self.elements.iter().all(|code| known.iter().any(|element| element.code == *code))
    }

    fn describe(name: &'static str, lists: &CodeLists, properties: &mut Map<String, Value>) -> bool {
        properties.insert(name.into(), Term::<crate::codes::Competency>::schema(lists));
        properties.insert("elements".into(), json!({ "type": "array", "items": { "type": "string" } }));
        true
    }
}
