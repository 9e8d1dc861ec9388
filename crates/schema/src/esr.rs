//! Competency names as the Electronic Staff Record exports them.
//!
//! A name has three parts between pipes and a pipe at its end, such as
//! `NHS|CSTF|Resuscitation - Level 2 - Adult Basic Life Support - 1 Year|`: who defined it (`NHS`, or
//! the three digits of an employer's partition), the framework, and the competency. The last part
//! has the renewal period in it, so that names are never compared as they stand.

use crate::codes::{CodeLists, Facts, Subject, Term};
use crate::text::Text;
use crate::time::Period;

/// A competency name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompetencyName<'t> {
    /// `NHS`, or the digits of an employer's partition (VPD).
    pub authority: &'t str,
    /// `CSTF`, `MAND`, `LOCAL` or another.
    pub framework: &'t str,
    /// The subject as spelled.
    pub subject: &'t str,
    /// The level; `1` when none is named.
    pub level: &'t str,
    /// What stands between level and period.
    pub detail: Option<String>,
    /// The period in the name: its issuer's, for what it is worth.
    pub period: Option<Period>,
}

impl<'t> CompetencyName<'t> {
    /// Takes a name apart; `None` if it does not have this shape.
    #[must_use]
    pub fn parse(name: &'t str) -> Option<Self> {
        let mut pipes = name.trim().split('|').map(str::trim);
        let (authority, framework, title, end) = (pipes.next()?, pipes.next()?, pipes.next()?, pipes.next());
        let known = authority == "NHS" || (authority.len() == 3 && authority.bytes().all(|byte| byte.is_ascii_digit()));
        if !known
            || framework.is_empty()
            || title.is_empty()
            || end.is_some_and(|end| !end.is_empty())
            || pipes.next().is_some()
        {
            return None;
        }
        let mut parts: Vec<&str> = title.split(" - ").map(str::trim).collect();
        let period = parts.last().and_then(|last| read_period(last));
        if period.is_some() {
            parts.pop();
        }
        let subject = *parts.first()?;
        let level = parts.get(1).and_then(|part| part.strip_prefix("Level ")).map(str::trim);
        let detail = parts[if level.is_some() { 2 } else { 1 }..].join(" - ");
        let detail = (!detail.is_empty()).then_some(detail);
        Some(Self { authority, framework, subject, level: level.unwrap_or("1"), detail, period })
    }

    /// The training subject that is meant. What an employer defines for itself is carried as a
    /// local text; a name of a national framework that the code list does not have is `None`.
    #[must_use]
    pub fn subject(&self, lists: &CodeLists) -> Option<Term<Subject>> {
        let name = lists.subject_name(self.subject);
        let national = self.framework == "CSTF";
        let listed = lists.entries::<Subject>().find(|entry| match &entry.facts {
            Facts::Subject { framework, subject, level, detail, .. } => {
                (framework == "CSTF") == national
                    && subject.eq_ignore_ascii_case(name)
                    && level == self.level
                    && detail.as_deref().unwrap_or("").eq_ignore_ascii_case(self.detail.as_deref().unwrap_or(""))
            }
            _ => false,
        });
        match listed {
            Some(entry) => lists.term(&entry.id),
            None if national => None,
            None => Text::parse(&self.local()).ok().map(Term::local),
        }
    }

    /// The text that stands for a competency which no list has: two levels of one subject stay two.
    #[must_use]
    pub fn local(&self) -> String {
        let level = if self.level == "1" { String::new() } else { format!(" - Level {}", self.level) };
        let detail = self.detail.as_deref().map(|detail| format!(" - {detail}")).unwrap_or_default();
        format!("{}{level}{detail}", self.subject)
    }
}

fn read_period(text: &str) -> Option<Period> {
    let (count, unit) = text.split_once(' ')?;
    let letter = match unit {
        "Year" | "Years" => 'Y',
        "Month" | "Months" => 'M',
        _ => return None,
    };
    Period::parse(&format!("P{count}{letter}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_matched_by_their_parts() {
        let lists = CodeLists::embedded();
        for (name, id) in [
            ("NHS|CSTF|Fire Safety - 2 Years|", "cstf/fire-safety/1"),
            ("NHS|CSTF|Fire Safety - 1 Year|", "cstf/fire-safety/1"),
            ("NHS|CSTF|Resuscitation - Level 2 - Adult Basic Life Support - 1 Year|", "cstf/resuscitation/2/adult-bls"),
            (" NHS|CSTF|Equality, Diversity & Human Rights - 3 Years| ", "cstf/equality-diversity-human-rights/1"),
            ("NHS|CSTF|Infection Prevention and Control - Level 2 - 1 Year|", "cstf/infection-prevention-control/2"),
            ("218|LOCAL|Medicines Round Observation|", "local:Medicines Round Observation"),
            ("218|LOCAL|Wound Care - Level 2 - Burns - 1 Year|", "local:Wound Care - Level 2 - Burns"),
            ("NHS|MAND|Fire Safety - 2 Years|", "local:Fire Safety"),
        ] {
            let parsed = CompetencyName::parse(name).unwrap();
            assert_eq!(parsed.subject(&lists).unwrap().id(), id, "{name}");
        }
        assert_eq!(
            CompetencyName::parse("NHS|CSTF|Winter Resilience Briefing - 2 Years|").unwrap().subject(&lists),
            None
        );
        for name in ["Fire Safety", "A01|Smith, Jane", "NHS|CSTF||", "NHS|CSTF|Fire Safety|x|y", ""] {
            assert_eq!(CompetencyName::parse(name), None, "{name}");
        }
    }

    #[test]
    fn every_listed_subject_is_found_by_the_name_that_esr_would_give_it() {
        let lists = CodeLists::embedded();
        for entry in lists.entries::<Subject>() {
            let Facts::Subject { framework, subject, level, detail, .. } = &entry.facts else { panic!() };
            let framework = if framework == "CSTF" { "CSTF" } else { "MAND" };
            let detail = detail.as_ref().map(|detail| format!(" - {detail}")).unwrap_or_default();
            let name = format!("NHS|{framework}|{subject} - Level {level}{detail} - 3 Years|");
            assert_eq!(CompetencyName::parse(&name).unwrap().subject(&lists).unwrap().id(), entry.id);
        }
    }
}
