//! Random people, and random profiles to hold them against: out of few sorts of record, so that
//! they meet what is asked often enough.

use std::sync::LazyLock;

use passport_schema::codes::{CodeLists, Purpose, Term};
use passport_schema::profile::{Acceptance, Profile};
use passport_schema::record::Kind;
use passport_schema::status::Status;
use passport_schema::time::Date;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::world::{Scene, Shown, day, morning, pass_from};

pub static LISTS: LazyLock<CodeLists> = LazyLock::new(CodeLists::embedded);
pub static PURPOSE: LazyLock<Term<Purpose>> = LazyLock::new(|| LISTS.term("workforce-sharing").expect("a purpose"));
/// Every day here is counted from this one.
pub const TODAY: &str = "2026-06-01";

pub fn after(days: i64) -> Date {
    day(TODAY).plus_days(days).expect("within range")
}

// Records.

/// A record, as it stands in one of the passes.
#[derive(Debug, Clone)]
pub struct Entry {
    pub record: Value,
    pub status: Status,
    pub pass: usize,
}

/// What makes one record differ from another of its sort.
#[derive(Debug, Clone, Copy)]
pub struct Draw {
    pub dated: i64,
    /// How it ends: not, after a period, or so many days after its date.
    pub end: i64,
    /// Chooses between variants of its sort.
    pub variant: usize,
    /// What speaks against the person.
    pub adverse: bool,
}

pub fn pick<'t>(variant: usize, of: &[&'t str]) -> &'t str {
    of[variant % of.len()]
}

pub fn ending(mut record: Value, draw: Draw) -> Value {
    match draw.end {
        0 => {}
        1 => record["period"] = "P1Y".into(),
        2 => record["period"] = "P2Y".into(),
        days => record["validUntil"] = after(draw.dated + days).to_string().into(),
    }
    record
}

pub fn checked(mut record: Value, draw: Draw) -> Value {
    let in_progress = draw.variant % 7 == 6;
    record["outcome"] = match (draw.adverse, in_progress) {
        (true, _) => "clearedWithConditions",
        (false, true) => "inProgress",
        (false, false) => "cleared",
    }
    .into();
    if draw.adverse {
        record["conditions"] = "No lifting".into();
    }
    record
}

pub const SUBJECTS: [&str; 7] = [
    "cstf/infection-prevention-control/1",
    "cstf/infection-prevention-control/2",
    "cstf/safeguarding-adults/1",
    "cstf/safeguarding-adults/2",
    "cstf/safeguarding-adults/3",
    "cstf/fire-safety/1",
    "local:Ward induction",
];
/// Sorts of record that [`record`] makes.
pub const SORTS: usize = 18;

pub fn record(sort: usize, draw: Draw) -> Value {
    let Draw { dated, variant, adverse, .. } = draw;
    let on = after(dated).to_string();
    match sort {
        0..=6 => {
            let mut training = json!({ "kind": "training", "subject": SUBJECTS[sort], "awarded": on });
            if variant % 3 > 0 {
                training["hours"] = (variant * 3).into();
            }
            ending(training, draw)
        }
        7 => {
            let level = pick(variant, &["h1a", "m1a"]);
            checked(json!({ "kind": "identityCheck", "checked": on, "level": level }), draw)
        }
        8 => {
            let mut check = json!({ "kind": "rightToWork", "checked": on, "basis": "graduate", "outcome": "cleared" });
            if adverse {
                check["restrictions"] = "20 hours a week".into();
            }
            ending(check, draw)
        }
        9 | 10 => {
            let (regulator, number) = [("nmc", "99A9999A"), ("gmc", "0123456")][sort - 9];
            let status = match (adverse, variant % 3) {
                (false, _) => "registered",
                (true, 0) => "registered-with-conditions",
                (true, 1) => "interim-suspension",
                (true, _) => "lapsed",
            };
            json!({ "kind": "registration", "regulator": regulator, "number": number, "status": status,
                "checked": on, "licenceToPractise": variant % 2 == 0 })
        }
        11 => {
            let workforce = pick(variant, &["adult", "child-and-adult"]);
            let check = json!({ "kind": "criminalRecordCheck", "issued": on, "level": "enhanced",
                "workforce": workforce, "barredLists": "none" });
            checked(check, draw)
        }
        12 => checked(json!({ "kind": "reference", "received": on, "months": 12 * (1 + variant % 3) }), draw),
        13 => {
            let clearance = pick(variant, &["standard", "epp"]);
            ending(checked(json!({ "kind": "healthClearance", "cleared": on, "clearance": clearance }), draw), draw)
        }
        14 => {
            let result = pick(variant, &["immune", "not-immune", "completed", "in-progress"]);
            // Old ones often have only a year or a month.
            let done = if draw.end == 0 { &on[..pick(variant, &["year", "year-mm"]).len()] } else { &on };
            ending(json!({ "kind": "screening", "item": "hep-b-immune", "result": result, "done": done }), draw)
        }
        15 | 16 => {
            let competency = ["iv-passport/iv-therapy", "cc3n/step-1"][sort - 15];
            let mut record = json!({ "kind": "competency", "competency": competency, "assessed": on,
                "aspect": pick(variant, &["theory-and-practice", "theory", "practice"]),
                "independence": pick(variant / 2, &["independent", "supervised"]),
                "setting": pick(variant / 3, &["adult-acute", "adult-critical-care"]),
                "assessorRole": "lead-assessor", "method": "observed" });
            match (sort, variant % 4) {
                (15, 1) => record["elements"] = json!(["pvc"]),
                (15, 2) => record["elements"] = json!(["midline", "picc"]),
                _ => {}
            }
            ending(record, draw)
        }
        _ => json!({ "kind": "employment", "role": pick(variant, &["icu-nurse", "staff-nurse"]), "started": on }),
    }
}

pub fn drawn(adverse: impl Strategy<Value = bool>) -> impl Strategy<Value = Draw> {
    let end = prop_oneof![Just(0_i64), Just(1), Just(2), 3..1_200_i64];
    // Often the same day: training is.
    let dated = prop_oneof![-1_100..=5_i64, select(&[-400_i64, -90, -10][..])];
    (dated, end, 0..12_usize, adverse).prop_map(|(dated, end, variant, adverse)| Draw { dated, end, variant, adverse })
}

pub fn status() -> impl Strategy<Value = Status> {
    prop_oneof![
        12 => Just(Status::Valid),
        1 => Just(Status::Withdrawn),
        1 => Just(Status::Suspended),
        1 => Just(Status::Superseded),
    ]
}

pub fn entry(sorts: Vec<usize>) -> impl Strategy<Value = Entry> {
    (select(sorts), drawn(prop::bool::weighted(0.15)), status(), 0..4_usize)
        .prop_map(|(sort, draw, status, pass)| Entry { record: record(sort, draw), status, pass })
}

// People.

/// Some passes of one person, and when they are looked at.
#[derive(Debug, Clone)]
pub struct Shelf {
    pub issuers: Vec<&'static str>,
    pub entries: Vec<Entry>,
    /// Hours since the status lists were signed.
    pub age: i64,
}

pub fn shelf() -> impl Strategy<Value = Shelf> {
    let issuers = prop::collection::vec(select(&["RNN", "RTD", "RNL", "ZZ901", "ZZ902"][..]), 1..=4);
    let age = prop_oneof![6 => Just(1_i64), 1 => Just(30), 1 => Just(24 * 8)];
    // Of few sorts, so that several records meet over one requirement.
    let entries = subsequence((0..SORTS).collect::<Vec<_>>(), 1..=6)
        .prop_flat_map(|sorts| prop::collection::vec(entry(sorts), 0..=20));
    (issuers, entries, age).prop_map(|(issuers, entries, age)| Shelf { issuers, entries, age })
}

impl Shelf {
    pub fn scene(&self) -> Scene {
        let passes = self.issuers.iter().enumerate().map(|(pass, issuer)| {
            let mut entries: Vec<_> =
                self.entries.iter().filter(|entry| entry.pass % self.issuers.len() == pass).collect();
            entries.sort_by_key(|entry| entry.record["kind"].as_str().and_then(Kind::parse).map(Kind::number));
            let records: Vec<_> = entries.iter().map(|entry| entry.record.clone()).collect();
            // 0 is the whole, and 1 the identity.
            let status = entries.iter().enumerate().map(|(place, entry)| (place + 2, entry.status)).collect();
            Shown { status, ..pass_from(issuer, &records) }
        });
        let at = morning(TODAY);
        Scene::new(at, at.plus(-self.age * 3_600), &passes.collect::<Vec<_>>())
    }

    /// Shows one record more, valid unless something else is said.
    pub fn add(&mut self, record: Value, status: Status) {
        self.entries.push(Entry { record, status, pass: 0 });
    }
}

// Profiles.

/// What may be asked, with whether it may be relied on.
pub fn pool() -> Vec<(Value, bool)> {
    let nurse = json!({ "kind": "registration", "regulator": "nmc" });
    let fire = json!({ "kind": "training", "subject": SUBJECTS[5], "renewal": "P2Y" });
    let adults = json!({ "kind": "training", "subject": SUBJECTS[3], "renewal": "issuer" });
    let iv = json!({ "kind": "competency", "competency": "iv-passport/iv-therapy", "elements": ["pvc", "picc"] });
    let rely = [
        fire.clone(),
        json!({ "kind": "training", "subject": SUBJECTS[0], "renewal": "P1Y" }),
        json!({ "kind": "training", "subject": SUBJECTS[1], "renewal": "issuer" }),
        json!({ "kind": "training", "subject": SUBJECTS[2], "renewal": "never", "freshness": "P2Y" }),
        adults.clone(),
        json!({ "kind": "training", "subject": SUBJECTS[6], "renewal": "issuer" }),
        json!({ "kind": "training", "subject": SUBJECTS[3], "renewal": "issuer",
            "hours": { "atLeast": 8, "within": "P3Y" } }),
        json!({ "kind": "training", "subject": SUBJECTS[2], "renewal": "never",
            "hours": { "atLeast": 16, "within": "P18M" } }),
        json!({ "kind": "identityCheck" }),
        json!({ "kind": "identityCheck", "levels": ["h1a"], "freshness": "P1Y" }),
        json!({ "kind": "rightToWork" }),
        json!({ "kind": "criminalRecordCheck", "workforces": ["child-and-adult"], "renewal": "P3Y" }),
        json!({ "kind": "criminalRecordCheck", "freshness": "P3Y" }),
        json!({ "kind": "reference", "months": 24 }),
        json!({ "kind": "healthClearance" }),
        json!({ "kind": "healthClearance", "clearances": ["epp"], "renewal": "P2Y" }),
        json!({ "kind": "screening", "item": "hep-b-immune", "results": ["immune", "completed"], "freshness": "P2Y" }),
        iv.clone(),
        json!({ "kind": "competency", "competency": "iv-passport/iv-therapy", "independence": ["independent"],
            "renewal": "P1Y", "practiceHere": true }),
        json!({ "kind": "competency", "competency": "cc3n/step-1", "settings": ["adult-critical-care"],
            "practiceHere": true }),
        json!({ "kind": "qualification", "qualification": "bsc-nursing" }),
        json!({ "kind": "employment", "roles": ["icu-nurse"] }),
        json!({ "kind": "allOf", "parts": [fire.clone(), { "kind": "identityCheck" }] }),
        json!({ "kind": "allOf", "parts": [fire, { "kind": "local" }] }),
        json!({ "kind": "anyOf", "parts": [{ "kind": "reference", "months": 36 }, { "kind": "local" }] }),
        json!({ "kind": "anyOf", "parts": [adults, iv, { "kind": "healthClearance" }] }),
        json!({ "kind": "allOf", "parts": [
            { "kind": "criminalRecordCheck" },
            { "kind": "anyOf", "parts": [{ "kind": "rightToWork", "renewal": "never" }, { "kind": "reference" }] },
        ] }),
    ];
    let looked_up = [nurse, json!({ "kind": "registration", "regulator": "gmc", "licenceToPractise": true })];
    let mut pool: Vec<_> = rely.map(|rule| (rule, true)).into();
    pool.extend(looked_up.map(|rule| (rule, false)));
    pool
}

/// A profile of RTD with these requirements.
pub fn profile_of(levels: &Value, requirements: &Value) -> Profile {
    let profile = json!({
        "owner": "RTD", "name": "test", "version": 1, "title": "Test role", "role": "staff-nurse",
        "purposes": ["workforce-sharing"], "levels": levels, "requirements": requirements,
    });
    Profile::parse(profile.to_string().as_bytes(), &LISTS).unwrap_or_else(|problems| panic!("{problems}"))
}

pub fn profile() -> impl Strategy<Value = Profile> {
    let classes = prop::collection::vec(prop_oneof![6 => Just(0_usize), 1 => Just(1), 1 => Just(2)], 32);
    (subsequence(pool(), 1..=14), classes, prop::bool::ANY).prop_map(|(asked, classes, levels)| {
        let requirements: Vec<_> = asked
            .iter()
            .zip(classes)
            .enumerate()
            .map(|(place, ((rule, may_rely), class))| {
                let class = if class == 0 && !may_rely { 1 } else { class };
                let mut requirement = rule.clone();
                requirement["id"] = format!("r{place}").into();
                requirement["acceptance"] = Acceptance::ALL[class].name().into();
                (requirement["reason"], requirement["source"]) = ("A test".into(), "A test".into());
                requirement
            })
            .collect();
        let covers = [(SUBJECTS[0], &SUBJECTS[1..2]), (SUBJECTS[2], &SUBJECTS[3..5]), (SUBJECTS[3], &SUBJECTS[4..5])];
        let whole = Value::from(requirements.clone()).to_string();
        let rules: Vec<_> = covers
            .iter()
            .filter(|(subject, _)| levels && whole.contains(&format!("\"{subject}\"")))
            .map(|(subject, by)| json!({ "subject": subject, "coveredBy": by }))
            .collect();
        profile_of(&rules.into(), &requirements.into())
    })
}

/// First day of a placement from today, and how many days it lasts.
pub fn placement() -> impl Strategy<Value = (Date, Date)> {
    (-30..120_i64, 0..700_i64).prop_map(|(starts, days)| (after(starts), after(starts.max(0) + days)))
}
