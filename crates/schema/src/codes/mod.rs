//! Code lists: the coded values that records use, as versioned data with a source per row.
//!
//! Each row has a text `id` (credentials carry it), a small number `code` (passes carry it; never
//! reused, so that an old pass keeps its meaning) and a title for people. The lists are embedded
//! from `crates/schema/data` and can be replaced at run time: national rules change.

mod rows;
mod term;

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use self::rows::{AssuranceRow, CompetencyRow, File, PurposeRow, RegulatorRow, RoleRow, Row, SubjectRow, Terms, read};
pub use self::term::*;
use self::term::{NAMES, Value};
use crate::text::Text;
use crate::time::Period;

/// One row of a code list.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number in passes, from 1.
    pub code: u16,
    /// Text in credentials.
    pub id: String,
    /// For people.
    pub title: String,
    /// What else the list says of it.
    pub facts: Facts,
}

/// What a list says beyond code, id and title.
#[derive(Debug, PartialEq, Eq)]
pub enum Facts {
    /// Nothing more.
    Plain,
    /// A training subject.
    Subject {
        /// Such as `CSTF`.
        framework: String,
        /// The framework's name for it.
        subject: String,
        /// `1` when the subject has no levels.
        level: String,
        /// The part after the level, such as `Adult Basic Life Support`.
        detail: Option<String>,
        /// How often it is usually renewed; a receiver may apply its own period.
        period: Option<Period>,
        /// Length of one course in hours, for estimates.
        hours: Option<u16>,
        /// Where that length was read.
        hours_source: Option<String>,
    },
    /// A clinical competency and its elements.
    Competency {
        /// The scheme that defines it.
        framework: String,
        /// The scheme's version, where it has one.
        version: Option<String>,
        /// Signed off one by one.
        elements: Vec<Arc<Element>>,
    },
    /// A role and the id of its staff group.
    Role {
        /// Id in the list `staff-group`.
        staff_group: String,
    },
    /// A regulator and the shapes of its registration numbers.
    Regulator {
        /// Shapes, see [`number_fits`].
        masks: Vec<String>,
        /// The FHIR system of the number.
        system: Option<String>,
    },
    /// A purpose of moving, and the kinds of record that it is usual to ask for then.
    Purpose {
        /// The kinds, by name.
        kinds: Vec<String>,
    },
}

/// One element of a competency.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Element {
    /// Number in passes, within its competency.
    pub code: u16,
    /// Text in credentials, within its competency.
    pub id: String,
    /// For people.
    pub title: String,
}

/// A provenance block that recurs: who says so, under which rule, how it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assurance {
    /// Number in passes.
    pub code: u16,
    /// Short name in requests.
    pub id: String,
    /// Who the fact comes from.
    pub origin: Text,
    /// The rule that it was checked under.
    pub policy: Text,
    /// The result under that rule.
    pub outcome: Text,
    /// Who verified it.
    pub verifier: Text,
    /// How it was verified.
    pub method: Term<VerificationMethod>,
    /// How close to the source.
    pub pedigree: Pedigree,
}

/// How close to its source a fact was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pedigree {
    /// From the place that decides it.
    Authoritative,
    /// From a copy.
    Sourced,
}

#[derive(Debug, Default)]
struct List {
    by_code: Vec<Option<Arc<Entry>>>,
    by_id: HashMap<String, Arc<Entry>>,
}

/// All code lists of one version.
#[derive(Debug)]
pub struct CodeLists {
    lists: Vec<List>,
    assurances: Vec<Arc<Assurance>>,
    aliases: HashMap<String, String>,
    organisations: Vec<KnownOrganisation>,
}

/// An organisation whose code is publicly known; for set-up and demonstrations only, never for trust.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownOrganisation {
    /// ODS code, or one invented for demonstrations.
    pub code: String,
    /// Name.
    pub name: String,
    /// Id in the list `organisation-kind`.
    pub kind: String,
    /// Codes that it succeeded.
    pub predecessors: Vec<String>,
    /// The code that succeeded it.
    pub successor: Option<String>,
    /// Where this was read.
    pub source: String,
    /// How sure that source makes us.
    pub confidence: Confidence,
}

/// How sure a row's source makes us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Read in a source that decides it.
    High,
    /// Read in a secondary source, or by close analogy.
    Medium,
    /// Assumed.
    Low,
}

/// The texts of the data files.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "each field is the file of that name in crates/schema/data")]
pub struct Files<'t> {
    pub subjects: &'t str,
    pub competencies: &'t str,
    pub roles: &'t str,
    pub regulators: &'t str,
    pub assurance: &'t str,
    pub terms: &'t str,
    pub organisations: &'t str,
    pub purposes: &'t str,
}

impl Files<'static> {
    /// The files that this build was made with.
    pub const EMBEDDED: Self = Self {
        subjects: include_str!("../../data/subjects.json"),
        competencies: include_str!("../../data/competencies.json"),
        roles: include_str!("../../data/roles.json"),
        regulators: include_str!("../../data/regulators.json"),
        assurance: include_str!("../../data/assurance.json"),
        terms: include_str!("../../data/terms.json"),
        organisations: include_str!("../../data/organisations.json"),
        purposes: include_str!("../../data/purposes.json"),
    };
}

impl CodeLists {
    /// The lists that this build was made with.
    ///
    /// # Panics
    /// Never: a test parses the same files.
    #[must_use]
    pub fn embedded() -> Self {
        Self::parse(&Files::EMBEDDED).expect("the embedded files are tested")
    }

    /// Reads lists.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong with it.
    pub fn parse(files: &Files<'_>) -> Result<Self, String> {
        let mut this = Self {
            lists: NAMES.iter().map(|_| List::default()).collect(),
            assurances: Vec::new(),
            aliases: HashMap::new(),
            organisations: read::<File<KnownOrganisation>>("organisations", files.organisations)?.rows,
        };
        for (name, rows) in read::<Terms>("terms", files.terms)?.lists {
            this.fill(&name, rows.into_iter().map(|row| row.entry(|_| Ok(Facts::Plain))))?;
        }
        let subjects: File<Row<SubjectRow>> = read(Subject::NAME, files.subjects)?;
        this.aliases = subjects.aliases.into_iter().map(|alias| (alias.subject.to_lowercase(), alias.means)).collect();
        this.fill(Subject::NAME, subjects.rows.into_iter().map(|row| row.entry(SubjectRow::facts)))?;
        let competencies: File<Row<CompetencyRow>> = read(Competency::NAME, files.competencies)?;
        this.fill(Competency::NAME, competencies.rows.into_iter().map(|row| row.entry(|more| Ok(more.facts()))))?;
        let roles: File<Row<RoleRow>> = read(Role::NAME, files.roles)?;
        this.fill(
            Role::NAME,
            roles.rows.into_iter().map(|row| row.entry(|more| Ok(Facts::Role { staff_group: more.staff_group }))),
        )?;
        let regulators: File<Row<RegulatorRow>> = read(Regulator::NAME, files.regulators)?;
        this.fill(
            Regulator::NAME,
            regulators
                .rows
                .into_iter()
                .map(|row| row.entry(|more| Ok(Facts::Regulator { masks: more.masks, system: more.system }))),
        )?;
        let purposes: File<Row<PurposeRow>> = read(Purpose::NAME, files.purposes)?;
        this.fill(
            Purpose::NAME,
            purposes.rows.into_iter().map(|row| row.entry(|more: PurposeRow| Ok(Facts::Purpose { kinds: more.kinds }))),
        )?;
        for row in read::<File<AssuranceRow>>("assurance", files.assurance)?.rows {
            let assurance = this.assurance_row(row)?;
            this.assurances.push(Arc::new(assurance));
        }
        match NAMES.iter().zip(&this.lists).find(|(_, list)| list.by_id.is_empty()) {
            Some((name, _)) => Err(format!("the list {name} is missing or empty")),
            None => Ok(this),
        }
    }

    fn fill(&mut self, name: &str, rows: impl Iterator<Item = Result<Entry, String>>) -> Result<(), String> {
        let index = NAMES.iter().position(|known| *known == name).ok_or_else(|| format!("there is no list {name}"))?;
        let list = &mut self.lists[index];
        for entry in rows {
            let entry = Arc::new(entry.map_err(|fault| format!("{name}: {fault}"))?);
            let code = usize::from(entry.code);
            if list.by_code.len() <= code {
                list.by_code.resize(code + 1, None);
            }
            let taken = list.by_code[code].replace(entry.clone()).is_some();
            if code == 0 || taken || list.by_id.insert(entry.id.clone(), entry.clone()).is_some() {
                return Err(format!("{name}: code {code} or id {} stands twice, or is 0", entry.id));
            }
        }
        Ok(())
    }

    fn assurance_row(&self, row: AssuranceRow) -> Result<Assurance, String> {
        let text = |text: &str| Text::parse(text).map_err(|(_, why)| format!("assurance {}: {why}", row.id));
        Ok(Assurance {
            origin: text(&row.origin)?,
            policy: text(&row.policy)?,
            outcome: text(&row.outcome)?,
            verifier: text(&row.verifier)?,
            method: self.term(&row.method).ok_or_else(|| format!("assurance {}: unknown method", row.id))?,
            pedigree: row.pedigree,
            code: row.code,
            id: row.id,
        })
    }

    fn list<L: ListId>(&self) -> &List {
        &self.lists[L::INDEX]
    }

    /// The value with that text: an id of the list, or `local:` and a text if the list is open.
    #[must_use]
    pub fn term<L: ListId>(&self, id: &str) -> Option<Term<L>> {
        let value = match self.list::<L>().by_id.get(id) {
            Some(entry) => Value::Listed(entry.clone()),
            None if L::OPEN => Value::Local(Text::parse(id.strip_prefix("local:")?).ok()?),
            None => return None,
        };
        Some(Term::of(value))
    }

    /// The value with that number, known or not.
    #[must_use]
    pub fn term_of_code<L: ListId>(&self, code: u16) -> Term<L> {
        let entry = self.list::<L>().by_code.get(usize::from(code)).cloned().flatten();
        Term::of(entry.map_or(Value::Unknown(code), Value::Listed))
    }

    /// All rows of a list, by code.
    pub fn entries<L: ListId>(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.list::<L>().by_code.iter().flatten()
    }

    /// All provenance blocks that recur.
    #[must_use]
    pub fn assurances(&self) -> &[Arc<Assurance>] {
        &self.assurances
    }

    /// The framework's own name for a subject that is also spelled this way; otherwise the text itself.
    #[must_use]
    pub fn subject_name<'t>(&'t self, spelled: &'t str) -> &'t str {
        self.aliases.get(&spelled.to_lowercase()).map_or(spelled, String::as_str)
    }

    /// Organisations whose codes are publicly known.
    #[must_use]
    pub fn organisations(&self) -> &[KnownOrganisation] {
        &self.organisations
    }
}

/// Whether a registration number has one of a regulator's shapes. In a mask `9` is a digit, `@` a
/// capital letter, `?` a digit that may be missing, and anything else itself.
#[must_use]
pub fn number_fits(masks: &[String], number: &str) -> bool {
    masks.iter().any(|mask| {
        let mut rest = number.bytes();
        mask.bytes().all(|shape| match (shape, rest.next()) {
            (b'?', None) => true,
            (b'9' | b'?', Some(byte)) => byte.is_ascii_digit(),
            (b'@', Some(byte)) => byte.is_ascii_uppercase(),
            (literal, byte) => byte == Some(literal),
        }) && rest.next().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_lists_load_and_every_number_fits_a_pass() {
        let lists = CodeLists::embedded();
        for list in &lists.lists {
            for entry in list.by_id.values() {
                assert!(entry.id.len() <= 64 && entry.title.len() <= 80, "{}", entry.id);
                assert!(!entry.id.contains(':'), "{} could be taken for a local text", entry.id);
            }
        }
        for role in lists.entries::<Role>() {
            let Facts::Role { staff_group } = &role.facts else { panic!("{role:?}") };
            assert!(lists.term::<StaffGroup>(staff_group).is_some(), "{staff_group}");
        }
        for organisation in lists.organisations() {
            assert!(lists.term::<OrganisationKind>(&organisation.kind).is_some(), "{}", organisation.code);
        }
    }

    #[test]
    fn a_list_with_a_repeated_code_is_refused_by_name() {
        let twice = Files::EMBEDDED.roles.replacen("\"code\": 2,", "\"code\": 1,", 1);
        let fault = CodeLists::parse(&Files { roles: &twice, ..Files::EMBEDDED }).unwrap_err();
        assert!(fault.starts_with("roles: code 1"), "{fault}");
    }

    #[test]
    fn registration_numbers_are_text_with_a_shape() {
        let lists = CodeLists::embedded();
        let fits = |regulator: &str, number: &str| {
            let term = lists.term::<Regulator>(regulator).unwrap();
            let Facts::Regulator { masks, .. } = &term.entry().unwrap().facts else { panic!() };
            number_fits(masks, number)
        };
        for (regulator, number) in [
            ("nmc", "99A9999A"),
            ("gmc", "0123456"),
            ("gmc", "L123456"),
            ("hcpc", "PH123456"),
            ("hcpc", "ODP1"),
            ("gphc", "2012345"),
            ("gdc", "001234"),
            ("goc", "01-12345"),
            ("social-work-england", "SW123456"),
        ] {
            assert!(fits(regulator, number), "{regulator} {number}");
        }
        for (regulator, number) in [
            ("nmc", "99a9999A"),
            ("nmc", "99A9999"),
            ("nmc", "99A9999AA"),
            ("gmc", "123456"),
            ("hcpc", "XX123456"),
            ("hcpc", "PH"),
            ("gdc", ""),
            ("gmc", "01234567"),
        ] {
            assert!(!fits(regulator, number), "{regulator} {number}");
        }
    }
}
