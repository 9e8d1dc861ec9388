//! Code lists: the coded values that records use, as versioned data with a source per row.
//!
//! Each row has a text `id` (credentials carry it), a small number `code` (passes carry it; never
//! reused, so that an old pass keeps its meaning) and a title for people. The lists are embedded
//! from `crates/schema/data` and can be replaced at run time: national rules change.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::Deserialize;

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

/// Names a code list at compile time.
pub trait ListId: 'static {
    /// The list's name in the data files.
    const NAME: &'static str;
    /// Its place among the lists.
    const INDEX: usize;
    /// Whether a value outside the list may be written as `local:` and a text.
    const OPEN: bool;
}

macro_rules! lists {
    ($($(#[$doc:meta])* $marker:ident = $name:literal $open:literal;)*) => {
        mod index { pub(super) enum Index { $($marker),* } }
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub enum $marker {}
            impl ListId for $marker {
                const NAME: &'static str = $name;
                const INDEX: usize = index::Index::$marker as usize;
                const OPEN: bool = $open;
            }
        )*
        const NAMES: &[&str] = &[$($name),*];
    };
}

lists! {
    /// Training subjects, by framework, level and competency.
    Subject = "subjects" true;
    /// Clinical competencies.
    Competency = "competencies" true;
    /// Roles.
    Role = "roles" true;
    /// Professional regulators.
    Regulator = "regulators" false;
    /// Identity profiles (GPG 45).
    IdentityLevel = "identity-level" false;
    /// On what right to work rests.
    RightToWorkBasis = "right-to-work-basis" false;
    /// Register status.
    RegisterStatus = "register-status" false;
    /// Level of a criminal record check.
    DbsLevel = "dbs-level" false;
    /// Workforce of a criminal record check.
    DbsWorkforce = "dbs-workforce" false;
    /// Barred lists that were checked.
    BarredLists = "barred-lists" false;
    /// Kinds of work health clearance.
    HealthClearance = "health-clearance" false;
    /// Screenings and vaccinations.
    Screening = "screening" true;
    /// Results of a screening.
    ScreeningResult = "screening-result" false;
    /// Level of independence.
    Independence = "independence" false;
    /// Setting and patient group.
    Setting = "setting" false;
    /// Theory, practice or both.
    Aspect = "aspect" false;
    /// Role of an assessor.
    AssessorRole = "assessor-role" true;
    /// How a competency was assessed.
    AssessmentMethod = "assessment-method" false;
    /// How a fact was verified.
    VerificationMethod = "verification-method" false;
    /// Staff groups.
    StaffGroup = "staff-group" false;
    /// Kinds of assignment.
    AssignmentCategory = "assignment-category" false;
    /// State of a preceptorship.
    PreceptorshipStatus = "preceptorship-status" false;
    /// Kinds of preceptorship.
    PreceptorshipProgramme = "preceptorship-programme" false;
    /// Qualifications.
    Qualification = "qualification" true;
    /// How something was learned.
    LearningMethod = "learning-method" false;
    /// Kinds of organisation.
    OrganisationKind = "organisation-kind" false;
    /// Why a status was changed.
    StatusReason = "status-reason" false;
}

/// A coded value of the list `L`.
pub struct Term<L>(Value, PhantomData<L>);

#[derive(Clone)]
enum Value {
    Listed(Arc<Entry>),
    Local(Text),
    Unknown(u16),
}

impl<L: ListId> Term<L> {
    /// A value that no list has, in an open list; its text in credentials is `local:` and this.
    #[must_use]
    pub fn local(text: Text) -> Self {
        Self(Value::Local(text), PhantomData)
    }

    /// The row, if the value is in the list that was at hand when it was read.
    #[must_use]
    pub fn entry(&self) -> Option<&Arc<Entry>> {
        if let Value::Listed(entry) = &self.0 { Some(entry) } else { None }
    }

    /// The text outside the list, for an open list.
    #[must_use]
    pub fn as_local(&self) -> Option<&Text> {
        if let Value::Local(text) = &self.0 { Some(text) } else { None }
    }

    /// The number of a value that a pass names and the list at hand does not have (yet).
    #[must_use]
    pub fn unknown_code(&self) -> Option<u16> {
        if let Value::Unknown(code) = self.0 { Some(code) } else { None }
    }

    /// The text in credentials.
    #[must_use]
    pub fn id(&self) -> String {
        match &self.0 {
            Value::Listed(entry) => entry.id.clone(),
            Value::Local(text) => format!("local:{}", text.as_str()),
            Value::Unknown(code) => format!("unknown:{code}"),
        }
    }

    /// Whether this is the listed value with that id.
    #[must_use]
    pub fn is(&self, id: &str) -> bool {
        self.entry().is_some_and(|entry| entry.id == id)
    }

    /// For people.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.0 {
            Value::Listed(entry) => entry.title.clone(),
            Value::Local(text) => text.as_str().to_owned(),
            Value::Unknown(code) => {
                format!("number {code} of the list of {}s, which this verifier does not know yet", L::NAME)
            }
        }
    }
}

impl<L> Clone for Term<L> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<L> PartialEq for Term<L> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Value::Listed(one), Value::Listed(two)) => Arc::ptr_eq(one, two) || one.id == two.id,
            (Value::Local(one), Value::Local(two)) => one == two,
            (Value::Unknown(one), Value::Unknown(two)) => one == two,
            _ => false,
        }
    }
}

impl<L> Eq for Term<L> {}

impl<L: ListId> fmt::Debug for Term<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id())
    }
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
}

impl Files<'static> {
    /// The files that this build was made with.
    pub const EMBEDDED: Self = Self {
        subjects: include_str!("../data/subjects.json"),
        competencies: include_str!("../data/competencies.json"),
        roles: include_str!("../data/roles.json"),
        regulators: include_str!("../data/regulators.json"),
        assurance: include_str!("../data/assurance.json"),
        terms: include_str!("../data/terms.json"),
        organisations: include_str!("../data/organisations.json"),
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
        this.fill(Competency::NAME, competencies.rows.into_iter().map(|row| row.entry(CompetencyRow::facts)))?;
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
        Some(Term(value, PhantomData))
    }

    /// The value with that number, known or not.
    #[must_use]
    pub fn term_of_code<L: ListId>(&self, code: u16) -> Term<L> {
        let entry = self.list::<L>().by_code.get(usize::from(code)).cloned().flatten();
        Term(entry.map_or(Value::Unknown(code), Value::Listed), PhantomData)
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

fn read<'t, T: Deserialize<'t>>(name: &str, text: &'t str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<R> {
    #[serde(rename = "version")]
    _version: String,
    #[serde(rename = "about")]
    _about: String,
    rows: Vec<R>,
    #[serde(default)]
    aliases: Vec<Alias>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alias {
    subject: String,
    means: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Terms {
    #[serde(rename = "version")]
    _version: String,
    #[serde(rename = "about")]
    _about: String,
    lists: HashMap<String, Vec<Row<Plain>>>,
}

/// The columns that every list has, and those of its own. `source` and `confidence` must be
/// there; they are for whoever maintains the list.
#[derive(Deserialize)]
struct Row<M> {
    code: u16,
    id: String,
    title: String,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "confidence")]
    _confidence: Confidence,
    #[serde(flatten)]
    more: M,
}

impl<M> Row<M> {
    fn entry(self, facts: impl FnOnce(M) -> Result<Facts, String>) -> Result<Entry, String> {
        let facts = facts(self.more).map_err(|fault| format!("{}: {fault}", self.id))?;
        Ok(Entry { code: self.code, id: self.id, title: self.title, facts })
    }
}

#[derive(Deserialize)]
struct Plain {}

#[derive(Deserialize)]
struct SubjectRow {
    framework: String,
    subject: String,
    level: String,
    detail: Option<String>,
    period: Option<String>,
    hours: Option<u16>,
}

impl SubjectRow {
    fn facts(self) -> Result<Facts, String> {
        let period = match self.period {
            Some(text) => Some(Period::parse(&text).ok_or_else(|| format!("{text} is not a period"))?),
            None => None,
        };
        let Self { framework, subject, level, detail, hours, .. } = self;
        Ok(Facts::Subject { framework, subject, level, detail, period, hours })
    }
}

#[derive(Deserialize)]
struct CompetencyRow {
    framework: String,
    version: Option<String>,
    elements: Vec<Element>,
}

impl CompetencyRow {
    fn facts(self) -> Result<Facts, String> {
        let elements = self.elements.into_iter().map(Arc::new).collect();
        Ok(Facts::Competency { framework: self.framework, version: self.version, elements })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleRow {
    staff_group: String,
}

#[derive(Deserialize)]
struct RegulatorRow {
    masks: Vec<String>,
    system: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssuranceRow {
    code: u16,
    id: String,
    origin: String,
    policy: String,
    outcome: String,
    verifier: String,
    method: String,
    pedigree: Pedigree,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "confidence")]
    _confidence: Confidence,
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
