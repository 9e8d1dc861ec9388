//! The columns of the data files.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use super::{Confidence, Element, Entry, Facts, Pedigree};
use crate::time::Period;

pub(super) fn read<'t, T: Deserialize<'t>>(name: &str, text: &'t str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File<R> {
    #[serde(rename = "version")]
    _version: String,
    #[serde(rename = "about")]
    _about: String,
    pub(super) rows: Vec<R>,
    #[serde(default)]
    pub(super) aliases: Vec<Alias>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alias {
    pub(super) subject: String,
    pub(super) means: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Terms {
    #[serde(rename = "version")]
    _version: String,
    #[serde(rename = "about")]
    _about: String,
    pub(super) lists: HashMap<String, Vec<Row<Plain>>>,
}

/// The columns that every list has, and those of its own. `source` and `confidence` must be
/// there; they are for whoever maintains the list.
#[derive(Deserialize)]
pub(super) struct Row<M> {
    pub(super) code: u16,
    pub(super) id: String,
    pub(super) title: String,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "confidence")]
    _confidence: Confidence,
    #[serde(flatten)]
    pub(super) more: M,
}

impl<M> Row<M> {
    pub(super) fn entry(self, facts: impl FnOnce(M) -> Result<Facts, String>) -> Result<Entry, String> {
        let facts = facts(self.more).map_err(|fault| format!("{}: {fault}", self.id))?;
        Ok(Entry { code: self.code, id: self.id, title: self.title, facts })
    }
}

#[derive(Deserialize)]
pub(super) struct Plain {}

#[derive(Deserialize)]
pub(super) struct SubjectRow {
    pub(super) framework: String,
    pub(super) subject: String,
    pub(super) level: String,
    pub(super) detail: Option<String>,
    pub(super) period: Option<String>,
    pub(super) hours: Option<u16>,
    #[serde(rename = "hoursSource")]
    pub(super) hours_source: Option<String>,
}

impl SubjectRow {
    pub(super) fn facts(self) -> Result<Facts, String> {
        let period = match self.period {
            Some(text) => Some(Period::parse(&text).ok_or_else(|| format!("{text} is not a period"))?),
            None => None,
        };
        let Self { framework, subject, level, detail, hours, hours_source, .. } = self;
        if hours.is_some() != hours_source.is_some() {
            return Err("hours and hoursSource come together".into());
        }
        Ok(Facts::Subject { framework, subject, level, detail, period, hours, hours_source })
    }
}

#[derive(Deserialize)]
pub(super) struct CompetencyRow {
    pub(super) framework: String,
    pub(super) version: Option<String>,
    pub(super) elements: Vec<Element>,
}

impl CompetencyRow {
    pub(super) fn facts(self) -> Facts {
        let elements = self.elements.into_iter().map(Arc::new).collect();
        Facts::Competency { framework: self.framework, version: self.version, elements }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RoleRow {
    pub(super) staff_group: String,
}

#[derive(Deserialize)]
pub(super) struct RegulatorRow {
    pub(super) masks: Vec<String>,
    pub(super) system: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct PurposeRow {
    pub(super) kinds: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AssuranceRow {
    pub(super) code: u16,
    pub(super) id: String,
    pub(super) origin: String,
    pub(super) policy: String,
    pub(super) outcome: String,
    pub(super) verifier: String,
    pub(super) method: String,
    pub(super) pedigree: Pedigree,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "confidence")]
    _confidence: Confidence,
}
