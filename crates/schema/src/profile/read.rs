//! Reading a profile, with everything that is wrong with it.

use super::{
    Acceptance, Hours, LevelRule, MAX_DEPTH, MAX_DUE_DAYS, MAX_PARTS, MAX_PROFILE, MAX_REQUIREMENTS, Needs, Profile,
    ProfileName, Renewal, Requirement, Rule, SAME_PERSON,
};
use crate::codes::{CodeLists, Competency, Facts, ListId, Purpose, Subject, Term};
use crate::field::{Context, Members, Scalar};
use crate::id::OrganisationCode;
use crate::json::Json;
use crate::problem::{Problem, Problems};
use crate::record::{Family, Kind};
use crate::time::Period;

/// Longest name of a profile or id of a requirement, in bytes.
const MAX_SLUG: usize = 40;

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// Every fault with its place: unknown fields, values and subjects; `repeated` for a thing that
    /// stands twice; `contradiction` for requirements that cannot both be meant; `overlap`, `sideways`
    /// and `unused-rule` for levels; `never-relied-on` for relying on what only a live check can tell;
    /// `agreement` for asking for what no profile may ask for.
    pub fn parse(bytes: &[u8], lists: &CodeLists) -> Result<Self, Problems> {
        let whole = |code, detail| Problems(vec![Problem { pointer: String::new(), code, detail }]);
        if bytes.len() > MAX_PROFILE {
            return Err(whole("too-long", format!("{} bytes long; at most {MAX_PROFILE} are read", bytes.len())));
        }
        let json = Json::parse(bytes).map_err(|error| whole("unreadable", error.to_string()))?;
        let mut context = Context::new(lists);
        let profile = Members::read(&json, &mut context, read);
        if let Some(profile) = &profile {
            check(profile, &mut context);
        }
        context.finish(profile)
    }
}

fn read(object: &mut Members<'_, '_, '_>) -> Option<Profile> {
    let owner = object.required("owner", OrganisationCode::from_json);
    let name = object.required("name", slug);
    let version = object.required("version", |json, context| {
        let version = json.as_int().and_then(|version| u32::try_from(version).ok()).filter(|version| *version > 0);
        context.value(version.ok_or(("out-of-range", "must be a whole number from 1".into())))
    });
    let title = object.required("title", Scalar::from_json);
    let role = object.required("role", Term::from_json);
    let purposes = object.required("purposes", |json, context| list(json, context, Term::from_json));
    let levels = object.optional("levels", |json, context| {
        list(json, context, |json, context| Members::read(json, context, read_level))
    });
    let requirements = object.required("requirements", |json, context| {
        let requirements = list(json, context, |json, context| Members::read(json, context, read_requirement))?;
        if (1..=MAX_REQUIREMENTS).contains(&requirements.len()) {
            return Some(requirements);
        }
        context.problem("requirement-count", format!("1 to {MAX_REQUIREMENTS} are allowed"));
        None
    });
    Some(Profile {
        name: ProfileName { owner: owner?, name: name?, version: version? },
        title: title?,
        role: role?,
        purposes: purposes?,
        levels: levels?.unwrap_or_default(),
        requirements: requirements?,
    })
}

fn slug(json: &Json<'_>, context: &mut Context<'_>) -> Option<String> {
    let fits = |text: &&str| {
        (1..=MAX_SLUG).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let refusal = format!("must be 1 to {MAX_SLUG} lower-case letters, digits and hyphens");
    context.value(json.as_text().filter(fits).map(str::to_owned).ok_or(("not-a-name", refusal)))
}

/// Reads every item, so that every fault is named, before one drops them all.
fn list<T>(
    json: &Json<'_>,
    context: &mut Context<'_>,
    mut read: impl FnMut(&Json<'_>, &mut Context<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let Json::Array(items) = json else { return context.mismatch("a list", json) };
    let items = items.iter().enumerate().map(|(index, item)| context.at(index, |context| read(item, context)));
    items.collect::<Vec<_>>().into_iter().collect()
}

/// The accepted values of a list; absent means any.
fn terms<L: ListId>(object: &mut Members<'_, '_, '_>, name: &str) -> Option<Vec<Term<L>>> {
    object.optional(name, |json, context| list(json, context, Term::from_json)).map(Option::unwrap_or_default)
}

fn period(json: &Json<'_>, context: &mut Context<'_>) -> Option<Period> {
    let period = json.as_text().and_then(Period::parse);
    context.value(period.ok_or(("not-a-period", "must be whole years or months, such as P3Y or P18M".into())))
}

fn read_level(object: &mut Members<'_, '_, '_>) -> Option<LevelRule> {
    let subject = object.required("subject", Term::from_json);
    let covered_by = object.required("coveredBy", |json, context| list(json, context, Term::from_json));
    Some(LevelRule { subject: subject?, covered_by: covered_by? })
}

fn read_requirement(object: &mut Members<'_, '_, '_>) -> Option<Requirement> {
    let id = object.required("id", slug);
    let title = object.optional("title", Scalar::from_json);
    let acceptance = object.required("acceptance", |json, context| {
        let class = Acceptance::ALL.into_iter().find(|class| json.as_text() == Some(class.name()));
        context.value(class.ok_or(("unknown-code", "must be rely, check-live or do-locally".into())))
    });
    let purposes = terms::<Purpose>(object, "purposes");
    let due_days = object.optional("dueDays", u16::from_json);
    let recheck = object.optional("recheck", period);
    let reason = object.required("reason", Scalar::from_json);
    let source = object.required("source", Scalar::from_json);
    let rule = read_rule(object, 1);
    Some(Requirement {
        id: id?,
        title: title?,
        rule: rule?,
        acceptance: acceptance?,
        purposes: purposes?,
        due_days: due_days?.unwrap_or_default(),
        recheck: recheck?,
        reason: reason?,
        source: source?,
    })
}

/// What a rule can be about, by its `kind`.
enum Sort {
    Record(Kind),
    AllOf,
    AnyOf,
    Local,
}

fn read_rule(object: &mut Members<'_, '_, '_>, depth: usize) -> Option<Rule> {
    let sort = object.required("kind", |json, context| {
        let sort = match json.as_text() {
            Some("allOf") => Some(Sort::AllOf),
            Some("anyOf") => Some(Sort::AnyOf),
            Some("local") => Some(Sort::Local),
            text => text.and_then(Kind::parse).map(Sort::Record),
        };
        match sort {
            Some(Sort::Record(kind)) if kind.family() == Family::Agreement => {
                context.problem("agreement", "no profile can ask for an agreement; it is the person's own to show");
                None
            }
            Some(Sort::Record(Kind::Identity)) => {
                context.problem("unknown-kind", "every passport says who it is about; ask for an identityCheck");
                None
            }
            sort => {
                context.value(sort.ok_or(("unknown-kind", "must be a kind of record, allOf, anyOf or local".into())))
            }
        }
    });
    let Some(sort) = sort else {
        // Which other fields belong is not known, so they are not called unknown.
        object.take_all();
        return None;
    };
    let kind = match sort {
        Sort::Record(kind) => kind,
        Sort::Local => return Some(Rule::bare(Needs::Local)),
        Sort::AllOf => return read_parts(object, depth).map(Needs::AllOf).map(Rule::bare),
        Sort::AnyOf => return read_parts(object, depth).map(Needs::AnyOf).map(Rule::bare),
    };
    let freshness = object.optional("freshness", period);
    let renewal = read_renewal(object, kind);
    let needs = read_needs(object, kind);
    Some(Rule { needs: needs?, freshness: freshness?, renewal: renewal? })
}

impl Rule {
    fn bare(needs: Needs) -> Self {
        Self { needs, freshness: None, renewal: Renewal::Never }
    }
}

fn read_parts(object: &mut Members<'_, '_, '_>, depth: usize) -> Option<Vec<Rule>> {
    object.required("parts", |json, context| {
        if depth == MAX_DEPTH {
            context.problem("too-deep", format!("parts within parts stand at most {MAX_DEPTH} deep"));
            return None;
        }
        let parts =
            list(json, context, |json, context| Members::read(json, context, |part| read_rule(part, depth + 1)))?;
        if (2..=MAX_PARTS).contains(&parts.len()) {
            return Some(parts);
        }
        context.problem("part-count", format!("2 to {MAX_PARTS} parts are allowed"));
        None
    })
}

/// Absent, the issuer's end counts; for training the receiver must say.
fn read_renewal(object: &mut Members<'_, '_, '_>, kind: Kind) -> Option<Renewal> {
    let read = |json: &Json<'_>, context: &mut Context<'_>| match json.as_text() {
        Some("issuer") => Some(Renewal::Issuer),
        Some("never") => Some(Renewal::Never),
        text => {
            let detail = "must be issuer, never, or a period of your own such as P2Y";
            context.value(text.and_then(Period::parse).map(Renewal::Receiver).ok_or(("not-a-renewal", detail.into())))
        }
    };
    if kind == Kind::Training {
        return object.required("renewal", read);
    }
    object.optional("renewal", read).map(|renewal| renewal.unwrap_or(Renewal::Issuer))
}

fn read_needs(object: &mut Members<'_, '_, '_>, kind: Kind) -> Option<Needs> {
    Some(match kind {
        Kind::Training => {
            let subject = object.required("subject", Term::from_json);
            let hours = object.optional("hours", |json, context| Members::read(json, context, read_hours));
            Needs::Training { subject: subject?, hours: hours? }
        }
        Kind::IdentityCheck => Needs::IdentityCheck { levels: terms(object, "levels")? },
        Kind::RightToWork => Needs::RightToWork,
        Kind::Registration => {
            let regulator = object.required("regulator", Term::from_json);
            let statuses = terms(object, "statuses");
            let licence = object.optional("licenceToPractise", bool::from_json);
            Needs::Registration { regulator: regulator?, statuses: statuses?, licence: licence?.unwrap_or_default() }
        }
        Kind::CriminalRecordCheck => {
            let (levels, workforces) = (terms(object, "levels"), terms(object, "workforces"));
            let barred_lists = terms(object, "barredLists");
            Needs::CriminalRecordCheck { levels: levels?, workforces: workforces?, barred_lists: barred_lists? }
        }
        Kind::Reference => Needs::Reference { months: object.optional("months", u16::from_json)?.unwrap_or_default() },
        Kind::HealthClearance => Needs::HealthClearance { clearances: terms(object, "clearances")? },
        Kind::Screening => {
            let item = object.required("item", Term::from_json);
            let results = terms(object, "results");
            Needs::Screening { item: item?, results: results? }
        }
        Kind::Competency => read_competency(object)?,
        Kind::Qualification => Needs::Qualification { title: object.required("qualification", Term::from_json)? },
        Kind::Preceptorship => {
            let (programmes, statuses) = (terms(object, "programmes"), terms(object, "statuses"));
            Needs::Preceptorship { programmes: programmes?, statuses: statuses? }
        }
        Kind::Employment => {
            let (roles, categories) = (terms(object, "roles"), terms(object, "categories"));
            Needs::Employment { roles: roles?, categories: categories? }
        }
        Kind::Placement => Needs::Placement { roles: terms(object, "roles")? },
        // Refused before.
        Kind::Identity | Kind::CarerAgreement | Kind::AdjustmentsAgreement => return None,
    })
}

fn read_hours(object: &mut Members<'_, '_, '_>) -> Option<Hours> {
    let at_least = object.required("atLeast", |json, context| {
        let hours = u16::from_json(json, context)?;
        context.value((hours > 0).then_some(hours).ok_or(("out-of-range", "must be at least 1".into())))
    });
    let within = object.required("within", period);
    Some(Hours { at_least: at_least?, within: within? })
}

fn read_competency(object: &mut Members<'_, '_, '_>) -> Option<Needs> {
    let competency: Option<Term<Competency>> = object.required("competency", Term::from_json);
    let known = match competency.as_ref().and_then(Term::entry).map(|entry| &entry.facts) {
        Some(Facts::Competency { elements, .. }) => elements.clone(),
        _ => Vec::new(),
    };
    let elements = object.optional("elements", |json, context| {
        list(json, context, |json, context| {
            let element = known.iter().find(|element| json.as_text() == Some(&element.id));
            let refusal = ("unknown-code", "must be an element of this competency".into());
            context.value(element.map(|element| element.code).ok_or(refusal))
        })
    });
    let (independence, settings) = (terms(object, "independence"), terms(object, "settings"));
    let practice_here = object.optional("practiceHere", bool::from_json);
    Some(Needs::Competency {
        competency: competency?,
        elements: elements?.unwrap_or_default(),
        independence: independence?,
        settings: settings?,
        practice_here: practice_here?.unwrap_or_default(),
    })
}

/// What no single field shows: things that stand twice, and requirements that cannot both be meant.
fn check(profile: &Profile, context: &mut Context<'_>) {
    if profile.purposes.is_empty() {
        context.at("purposes", |context| context.problem("empty", "name at least one purpose"));
    }
    for (index, purpose) in profile.purposes.iter().enumerate() {
        if profile.purposes[..index].contains(purpose) {
            context.at(format_args!("purposes/{index}"), |context| context.problem("repeated", "stands twice"));
        }
    }
    check_levels(profile, context);
    for (index, requirement) in profile.requirements.iter().enumerate() {
        context.at(format_args!("requirements/{index}"), |context| {
            check_requirement(profile, &profile.requirements[..index], requirement, context);
        });
    }
}

fn check_requirement(profile: &Profile, before: &[Requirement], requirement: &Requirement, context: &mut Context<'_>) {
    if before.iter().any(|other| other.id == requirement.id) {
        context.at("id", |context| context.problem("repeated", "another requirement has this id"));
    }
    for (index, purpose) in requirement.purposes.iter().enumerate() {
        if !profile.purposes.contains(purpose) {
            context.at(format_args!("purposes/{index}"), |context| {
                context.problem("contradiction", "is not a purpose of this profile");
            });
        }
    }
    let together = |other: &&Requirement| {
        let purposes = &profile.purposes;
        purposes.iter().any(|purpose| other.applies_to(purpose) && requirement.applies_to(purpose))
    };
    if let Some(other) = before
        .iter()
        .filter(together)
        .find(|other| other.rule.needs == requirement.rule.needs && other.rule.needs != Needs::Local)
    {
        let detail = format!("asks for the same as {}, for the same purpose; keep one of them", other.id);
        context.problem("contradiction", detail);
    }
    if requirement.rule.needs == Needs::Local && requirement.acceptance != Acceptance::DoLocally {
        context.at("acceptance", |context| {
            context.problem("contradiction", "what no record can show is done locally: do-locally");
        });
    }
    // The excuse of whoever checked does not pass to a new employer.
    let permanent = profile.purposes.iter().any(|it| it.is("permanent-hire") && requirement.applies_to(it));
    let live_only = proves_nothing(&requirement.rule.needs, permanent);
    if live_only && requirement.acceptance == Acceptance::Rely {
        context.at("acceptance", |context| {
            context.problem("never-relied-on", "a record cannot prove this to another employer: check-live");
        });
    }
    if live_only && requirement.due_days > 0 {
        context.at("dueDays", |context| {
            context.problem("contradiction", "this is looked up before the first day: leave it out");
        });
    }
    if requirement.due_days > MAX_DUE_DAYS {
        context.at("dueDays", |context| context.problem("out-of-range", format!("at most {MAX_DUE_DAYS}")));
    }
    if requirement.id == SAME_PERSON {
        context.at("id", |context| context.problem("reserved", "means something else; take another"));
    }
    if requirement.acceptance == Acceptance::Rely && requirement.recheck.is_some() {
        context.at("recheck", |context| {
            context.problem("contradiction", "only what is checked live or done locally is checked again");
        });
    }
}

/// Whether a record, or one of the parts, proves nothing to another employer.
fn proves_nothing(needs: &Needs, permanent: bool) -> bool {
    match needs {
        Needs::Registration { .. } => true,
        Needs::RightToWork => permanent,
        needs => needs.parts().iter().any(|part| proves_nothing(&part.needs, permanent)),
    }
}

fn check_levels(profile: &Profile, context: &mut Context<'_>) {
    let mut asked = Vec::new();
    profile.requirements.iter().for_each(|requirement| requirement.rule.needs.gather_subjects(&mut asked));
    for (index, rule) in profile.levels.iter().enumerate() {
        context.at(format_args!("levels/{index}"), |context| {
            if profile.levels[..index].iter().any(|other| other.subject == rule.subject) {
                context.at("subject", |context| context.problem("overlap", "another rule is about this subject"));
            }
            if !asked.contains(&&rule.subject) {
                context.at("subject", |context| context.problem("unused-rule", "no requirement asks for this subject"));
            }
            if rule.covered_by.is_empty() {
                context.at("coveredBy", |context| context.problem("empty", "name what covers it"));
            }
            for (place, cover) in rule.covered_by.iter().enumerate() {
                context.at(format_args!("coveredBy/{place}"), |context| {
                    if let Err((code, detail)) = covers(profile, rule, place, cover) {
                        context.problem(code, detail);
                    }
                });
            }
        });
    }
}

/// A higher level of the same subject may stand for a lower one; nothing else may.
fn covers(
    profile: &Profile,
    rule: &LevelRule,
    place: usize,
    cover: &Term<Subject>,
) -> Result<(), (&'static str, String)> {
    if *cover == rule.subject || rule.covered_by[..place].contains(cover) {
        return Err(("overlap", "stands twice".into()));
    }
    let back = |other: &LevelRule| other.subject == *cover && other.covered_by.contains(&rule.subject);
    if profile.levels.iter().any(back) {
        return Err(("contradiction", "each would cover the other".into()));
    }
    let facts = |term: &Term<Subject>| match term.entry().map(|entry| &entry.facts) {
        Some(Facts::Subject { framework, subject, level, .. }) => {
            Some((framework.clone(), subject.clone(), level.parse::<u32>().ok()))
        }
        _ => None,
    };
    match (facts(&rule.subject), facts(cover)) {
        (Some((framework, subject, low)), Some((other, of, high))) => {
            if framework != other || subject != of {
                return Err(("sideways", "is another subject; name it in an anyOf if you accept it instead".into()));
            }
            if high <= low {
                return Err(("sideways", "is not a higher level; name it in an anyOf if you accept it instead".into()));
            }
            Ok(())
        }
        // A training of one organisation's own has no level that we know.
        _ => Err(("sideways", "levels are known of listed subjects only".into())),
    }
}
