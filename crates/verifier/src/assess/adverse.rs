//! What speaks against someone.

use passport_schema::field::Outcome as Cleared;
use passport_schema::profile::{Needs, Renewal, Rule};
use passport_schema::record::{Content, Record};

use super::Search;
use crate::person::Item;
use crate::verdict::Standing;
use crate::verify::NOT_PRACTISING;

/// What in a record speaks against someone, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Adverse {
    /// It was cleared, or is registered, with conditions that somebody here has to meet.
    Conditions,
    /// The right to work is limited.
    Restriction,
    /// The register showed that they may not practise.
    NotPractising,
    /// The issuer has suspended the record: it doubts it for now.
    Suspended,
}

impl Adverse {
    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Conditions => "conditions",
            Self::Restriction => "restriction",
            Self::NotPractising => "not-practising",
            Self::Suspended => "suspended",
        }
    }
}

/// Register statuses that come with something that whoever relies on them must see.
const CONDITIONAL: [&str; 4] = ["registered-with-conditions", "interim-conditions", "undertakings", "caution"];

impl<'a> Search<'a> {
    /// Everything of the kinds that are asked for which speaks against this person.
    pub(super) fn adverse(&self, rule: &'a Rule) -> Vec<(Item<'a>, Adverse)> {
        let mut found = Vec::new();
        self.gather(rule, &mut found);
        found
    }

    fn gather(&self, rule: &'a Rule, found: &mut Vec<(Item<'a>, Adverse)>) {
        rule.needs.parts().iter().for_each(|part| self.gather(part, found));
        let Some(kind) = rule.needs.kind() else { return };
        for item in self.person.of_kind(kind) {
            // Who counts a record beyond its issuer's end takes its conditions with it.
            let standing = if rule.renewal == Renewal::Issuer { item.standing() } else { item.lasting() };
            if let Some(adverse) = weigh(item, standing)
                && self.is_about(&rule.needs, item.record())
                && !found.iter().any(|(known, _)| std::ptr::eq(known.judged, item.judged))
            {
                found.push((*item, adverse));
            }
        }
    }

    /// Whether a record is of the sort that is asked for, good enough or not.
    pub(super) fn is_about(&self, needs: &'a Needs, record: &Record) -> bool {
        match (needs, &record.content) {
            (Needs::Training { subject, .. }, Content::Training(it)) => {
                self.profile.accepted(subject).any(|accepted| *accepted == it.subject)
            }
            (Needs::Registration { regulator, .. }, Content::Registration(it)) => it.regulator == *regulator,
            (Needs::Competency { competency, .. }, Content::Competency(it)) => it.skill.competency == *competency,
            (Needs::Screening { item, .. }, Content::Screening(it)) => it.item == *item,
            (Needs::Qualification { title }, Content::Qualification(it)) => it.title == *title,
            (needs, content) => needs.kind() == Some(content.kind()),
        }
    }
}

/// What in a verified record speaks against someone, if anything does, whoever's idea of its end counts.
#[must_use]
pub fn against(item: &Item<'_>) -> Option<Adverse> {
    weigh(item, item.standing()).max(weigh(item, item.lasting()))
}

fn weigh(item: &Item<'_>, standing: Standing) -> Option<Adverse> {
    match standing {
        Standing::Withdrawn | Standing::Superseded | Standing::NotEntitled => return None,
        Standing::Suspended => return Some(Adverse::Suspended),
        _ => {}
    }
    match &item.record().content {
        Content::Registration(it) if NOT_PRACTISING.iter().any(|status| it.status.is(status)) => {
            return Some(Adverse::NotPractising);
        }
        // What has ended binds nobody any more; a register entry says how things stood all the same.
        Content::Registration(it) => {
            let conditional = it.conditions.is_some() || CONDITIONAL.iter().any(|status| it.status.is(status));
            return conditional.then_some(Adverse::Conditions);
        }
        _ if standing == Standing::Expired => return None,
        Content::RightToWork(it) if it.restrictions.is_some() => return Some(Adverse::Restriction),
        _ => {}
    }
    let conditions = matches!(cleared(item.record()), Some(Cleared::ClearedWithConditions { .. }));
    conditions.then_some(Adverse::Conditions)
}

/// How a check came out.
pub(super) fn cleared(record: &Record) -> Option<&Cleared> {
    Some(match &record.content {
        Content::IdentityCheck(it) => &it.outcome,
        Content::RightToWork(it) => &it.outcome,
        Content::CriminalRecordCheck(it) => &it.outcome,
        Content::Reference(it) => &it.outcome,
        Content::HealthClearance(it) => &it.outcome,
        _ => return None,
    })
}
