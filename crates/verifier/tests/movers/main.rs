//! Ten people who move (P1 to P10), each against a role profile of `profiles/` as its owner wrote it.

#[path = "../world/asking.rs"]
mod asking;
mod others;
#[path = "../world/mod.rs"]
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passport_schema::codes::CodeLists;
use passport_schema::profile::Profile;
use passport_schema::record::Kind;
use passport_schema::time::Timestamp;
use passport_verifier::{Adverse, Assessment, Confirmation, Outcome, Overall};
use serde_json::{Value, json};

use crate::asking::{Asked, judge, said, training, with};
use crate::world::{Scene, Shown, day, morning, pass_from};

/// A profile as it is published.
fn profile(file: &str) -> Profile {
    let value = profile_value(file).to_string();
    Profile::parse(value.as_bytes(), &CodeLists::embedded()).unwrap_or_else(|all| panic!("{file}: {all}"))
}

fn profile_value(file: &str) -> Value {
    let path = format!("{}/../../profiles/{file}.yaml", env!("CARGO_MANIFEST_DIR"));
    let yaml = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_yaml_ng::from_str(&yaml).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Somebody who moves, and what they show.
struct Mover {
    file: &'static str,
    purpose: &'static str,
    starts: &'static str,
    ends: &'static str,
    now: Timestamp,
    shown: Vec<Shown>,
}

impl Mover {
    /// The assessment, with status lists of ten minutes ago.
    fn judge<T>(&self, confirmations: &[Confirmation], look: impl FnOnce(&Assessment<'_>) -> T) -> T {
        let scene = Scene::new(self.now, self.now.plus(-600), &self.shown);
        let profile = profile(self.file);
        let Self { purpose, starts, ends, .. } = *self;
        let asked = Asked { profile: &profile, purpose, starts, ends, confirmations };
        judge(&scene, &asked, |assessment| {
            self.keep(&scene, assessment);
            look(assessment)
        })
        .unwrap()
    }

    /// Writes what was asked, and the answer, as a line of the file `PASSPORT_DUMP`, when it is set: for those
    /// who ask the same through another door (`tests/bindings`).
    fn keep(&self, scene: &Scene, assessment: &Assessment<'_>) {
        let Some(file) = std::env::var_os("PASSPORT_DUMP") else { return };
        let said = |it: &Confirmation| {
            json!({ "requirement": it.requirement, "on": it.on.to_string(), "at": it.at.to_string(),
                    "satisfied": it.satisfied, "until": it.until.map(|day| day.to_string()) })
        };
        let confirmations: Vec<_> = assessment.question().confirmations.iter().map(said).collect();
        let line = json!({
            "bundle": String::from_utf8(scene.file.clone()).unwrap(),
            "root": URL_SAFE_NO_PAD.encode(world::root().to_bytes()),
            "request": {
                "at": scene.at.to_string(), "texts": scene.texts, "profile": profile_value(self.file),
                "purpose": self.purpose, "starts": self.starts, "ends": self.ends, "confirmations": confirmations,
            },
            "assessment": assessment.to_json(),
            "plain": assessment.plain(),
        });
        let mut file = fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
        // In one piece, for other tests write at the same time.
        file.write_all(format!("{line}\n").as_bytes()).unwrap();
    }
}

/// The same as credentials, one for each family of records, as a wallet holds them.
fn credentials_from(issuer: &'static str, records: &[Value]) -> Vec<Shown> {
    let mut families = BTreeMap::<_, Vec<Value>>::new();
    for record in records {
        let kind = record["kind"].as_str().and_then(Kind::parse).unwrap();
        families.entry(kind.family()).or_default().push(record.clone());
    }
    families.values().map(|records| Shown { as_credential: true, ..pass_from(issuer, records) }).collect()
}

/// What somebody shows who is called so, and was born then.
fn called(name: &str, birth: &'static str, shown: Vec<Shown>) -> Vec<Shown> {
    shown.into_iter().map(|shown| Shown { name: name.into(), birth: Some(birth), ..shown }).collect()
}

fn outcome(it: &Assessment<'_>, id: &str) -> Outcome {
    it.findings().iter().find(|finding| finding.requirement.id == id).unwrap_or_else(|| panic!("no {id}")).outcome
}

/// What stands so, by requirement, in the profile's order.
fn standing_so(it: &Assessment<'_>, outcome: &str) -> Vec<String> {
    let findings = it.findings().iter().filter(|finding| finding.outcome.name() == outcome);
    findings.map(|finding| finding.requirement.id.clone()).collect()
}

/// Actions as `due do requirement requirement`.
fn actions(it: &Assessment<'_>) -> Vec<String> {
    let line = |action: &passport_verifier::Action<'_>| {
        let ids: Vec<_> = action.findings.iter().map(|finding| finding.requirement.id.as_str()).collect();
        format!("{} {} {}", action.due, action.what.name(), ids.join(" "))
    };
    it.actions().iter().map(line).collect()
}

#[track_caller]
fn says(it: &Assessment<'_>, words: &[&str]) {
    let plain = it.plain();
    for word in words {
        assert!(plain.contains(word), "{word:?} is not in\n{plain}");
    }
}

fn identity_check(on: &str) -> Value {
    json!({ "kind": "identityCheck", "outcome": "cleared", "checked": on, "level": "h1a" })
}

fn british(on: &str) -> Value {
    json!({ "kind": "rightToWork", "outcome": "cleared", "checked": on, "basis": "british-or-irish" })
}

fn registered(regulator: &str, number: &str, checked: &str) -> Value {
    json!({ "kind": "registration", "regulator": regulator, "number": number, "status": "registered",
            "checked": checked })
}

fn dbs(issued: &str, workforce: &str, lists: &str) -> Value {
    json!({ "kind": "criminalRecordCheck", "outcome": "cleared", "issued": issued,
            "level": "enhanced-barred-lists", "workforce": workforce, "barredLists": lists })
}

fn health(on: &str, clearance: &str) -> Value {
    json!({ "kind": "healthClearance", "outcome": "cleared", "cleared": on, "clearance": clearance })
}

fn job(role: &str, category: &str, started: &str) -> Value {
    json!({ "kind": "employment", "role": role, "category": category, "started": started })
}

fn references(on: &str, months: u16) -> Value {
    json!({ "kind": "reference", "outcome": "cleared", "received": on, "months": months })
}

/// Both theory and practice, seen by a registered nurse.
fn competent(competency: &str, setting: &str, assessed: &str) -> Value {
    json!({ "kind": "competency", "competency": competency, "aspect": "theory-and-practice",
            "independence": "independent", "setting": setting, "assessed": assessed,
            "assessorRole": "registered-nurse", "method": "observed" })
}

/// What clinical staff usually have, all awarded on one day.
fn core_skills(awarded: &str) -> Vec<Value> {
    [
        "cstf/equality-diversity-human-rights/1",
        "cstf/health-safety-welfare/1",
        "cstf/fire-safety/1",
        "cstf/conflict-resolution/1",
        "cstf/information-governance-data-security/1",
        "cstf/infection-prevention-control/2",
        "cstf/moving-handling/2",
        "cstf/preventing-radicalisation/prevent-awareness",
        "cstf/safeguarding-adults/2",
        "cstf/safeguarding-children/2",
        "cstf/resuscitation/2/adult-bls",
        "ommt/tier-2/e-learning",
        "ommt/tier-2/live",
    ]
    .map(|subject| training(subject, awarded))
    .to_vec()
}

/// The same with one subject awarded on another day, or left out.
fn but(mut records: Vec<Value>, subject: &str, awarded: Option<&str>) -> Vec<Value> {
    records.retain(|record| record["subject"] != subject);
    records.extend(awarded.map(|awarded| training(subject, awarded)));
    records
}

fn p1() -> Mover {
    let mut own = but(core_skills("2026-02-10"), "cstf/infection-prevention-control/2", Some("2025-09-20"));
    let theory = json!({ "aspect": "theory", "independence": "theory-only", "method": "e-assessment" });
    let iv = json!({ "elements": ["pvc", "picc", "non-tunnelled-central-line"] });
    own.extend([
        job("staff-nurse", "permanent", "2021-03-01"),
        identity_check("2021-02-15"),
        british("2021-02-15"),
        registered("nmc", "14A1234E", "2026-08-03"),
        dbs("2024-05-02", "adult", "adults"),
        health("2025-11-04", "epp"),
        // All of the theory, and three of the devices in practice.
        with(competent("iv-passport/iv-therapy", "any", "2025-01-22"), &theory),
        with(competent("iv-passport/iv-therapy", "adult-acute", "2025-03-14"), &iv),
        with(competent("cc3n/step-2", "adult-critical-care", "2026-06-30"), &theory),
    ]);
    // Signed off before the merger, by the trust that RNN has taken over.
    let step_1 = competent("cc3n/step-1", "adult-critical-care", "2019-04-30");
    let mut shown = credentials_from("RNN", &own);
    shown.extend(credentials_from("RNL", &[step_1, registered("nmc", "14A1234E", "2019-04-01")]));
    Mover {
        file: "adult-icu-nurse",
        purpose: "workforce-sharing",
        starts: "2026-09-01",
        ends: "2026-09-28",
        now: morning("2026-08-20"),
        shown: called("Sunita O'Neill", "1988-11-05", shown),
    }
}

#[test]
fn p1_a_nurse_lent_to_intensive_care_lacks_immediate_life_support_and_one_training_ends_on_day_19() {
    p1().judge(&[], |it| {
        assert_eq!(it.overall(), Overall::NotReady);
        assert_eq!(standing_so(it, "missing"), ["immediate-life-support"]);
        assert_eq!(outcome(it, "infection-prevention"), Outcome::MetUntil { until: day("2026-09-19") });
        assert_eq!(it.met_until(), Some(day("2026-09-19")));
        assert_eq!(outcome(it, "registration"), Outcome::CheckLive);
        assert_eq!(outcome(it, "basic-life-support"), Outcome::Met { until: Some(day("2027-02-09")) });
        // Three years old on 2 May 2027, long after the placement: its age counts at the start only.
        assert_eq!(outcome(it, "criminal-record"), Outcome::Met { until: None });
        assert_eq!(outcome(it, "critical-care-step-1"), Outcome::Met { until: None });
        assert_eq!(
            actions(it),
            [
                "2026-09-01 complete immediate-life-support",
                "2026-09-01 check-live registration",
                "2026-09-01 do-here photo-id",
                "2026-09-01 do-here unit-induction",
                "2026-09-08 do-here intravenous-therapy",
                "2026-09-19 renew infection-prevention",
                "2026-09-28 do-here critical-care-step-2",
            ]
        );
        says(
            it,
            &["NOT READY", "day 19 of 28", "now North Cumbria Integrated Care", "not a live check", "(1 year here)"],
        );
        let permanent = ["references", "right-to-work-new"];
        assert!(it.findings().iter().all(|finding| !permanent.contains(&finding.requirement.id.as_str())));
    });
    // The gap closed, the register looked at and the rest done.
    let mut ready = p1();
    ready.shown.extend(called(
        "Sunita O'Neill",
        "1988-11-05",
        vec![pass_from("RTD", &[training("cstf/resuscitation/3/adult-ils", "2026-08-18")])],
    ));
    let done = ["registration", "photo-id", "unit-induction", "intravenous-therapy", "critical-care-step-2"]
        .map(|id| said(id, "2026-08-20", true));
    ready.judge(&done, |it| {
        assert_eq!(it.overall(), Overall::ReadyWithActions);
        assert_eq!(actions(it), ["2026-09-19 renew infection-prevention"]);
        // Immediate life support stands for basic life support, and lasts longer.
        assert_eq!(outcome(it, "basic-life-support"), Outcome::Met { until: Some(day("2027-08-17")) });
        says(it, &["READY WITH ACTIONS", "day 19 of 28"]);
    });
}

fn p2() -> Mover {
    let lead = [
        job("foundation-year-2-doctor", "fixed-term", "2025-08-06"),
        json!({ "kind": "placement", "host": "RTR", "role": "foundation-year-2-doctor", "started": "2026-08-05",
                "validUntil": "2026-12-01", "site": "The James Cook University Hospital",
                "programme": "Foundation programme", "postNumber": "NTH/RTR01/F2/001" }),
        identity_check("2025-07-20"),
        british("2025-07-20"),
        with(registered("gmc", "7000001", "2026-07-01"), &json!({ "licenceToPractise": true })),
        dbs("2024-07-30", "child-and-adult", "both"),
        health("2025-07-28", "epp"),
        json!({ "kind": "screening", "item": "hep-b-immune", "result": "immune", "done": "2019" }),
    ];
    let mut host = but(core_skills("2026-01-12"), "cstf/fire-safety/1", None);
    host.push(with(training("cstf/fire-safety/1", "2025-09-10"), &json!({ "period": "P2Y" })));
    let level_3 = "cstf/safeguarding-adults/3";
    host.push(with(training(level_3, "2025-10-02"), &json!({ "hours": 5 })));
    host.push(with(training(level_3, "2024-03-08"), &json!({ "hours": 4 })));
    host.push(job("foundation-year-2-doctor", "honorary", "2025-12-03"));
    let mut shown = called("Siân O'Neill-Żak", "1999-02-28", credentials_from("RTF", &lead));
    // The host spells it without diacritics, with the other apostrophe.
    shown.extend(called("SIAN O’NEILL ZAK", "1999-02-28", credentials_from("RNN", &host)));
    Mover {
        file: "foundation-year-2-doctor",
        purpose: "rotation",
        starts: "2026-08-05",
        ends: "2026-12-01",
        // The first day of the rotation: a placement that is still to come does not count yet.
        now: Timestamp::parse("2026-08-05T06:30:00Z").unwrap(),
        shown,
    }
}

#[test]
fn p2_a_rotating_doctor_repeats_nothing_that_counts_and_the_hosts_own_year_for_fire_safety_applies() {
    p2().judge(&[], |it| {
        assert_eq!(it.overall(), Overall::ReadyWithActions);
        // The sender has it until 9 September 2027.
        assert_eq!(outcome(it, "fire-safety"), Outcome::MetUntil { until: day("2026-09-09") });
        assert_eq!(outcome(it, "lead-employer"), Outcome::Met { until: None });
        assert_eq!(outcome(it, "placement"), Outcome::Met { until: Some(day("2026-12-01")) });
        assert_eq!(outcome(it, "right-to-work"), Outcome::Met { until: None });
        // 5 hours and 4: the older leaves the window after 7 March 2027.
        assert_eq!(outcome(it, "safeguarding-adults"), Outcome::Met { until: Some(day("2027-03-07")) });
        assert_eq!(
            actions(it),
            [
                "2026-08-05 check-live registration",
                "2026-08-05 do-here photo-id",
                "2026-08-12 do-here trust-induction",
                "2026-09-09 renew fire-safety",
            ]
        );
        says(
            it,
            &[
                "9 hours within 3 years",
                "day 36 of 119",
                "1 year here; its issuer said until 9 September 2027",
                "Northumbria Healthcare",
            ],
        );
    });
}

fn p3() -> Mover {
    let mut records: Vec<_> = [
        ("cstf/fire-safety/1", "2025-06-03"),
        ("cstf/conflict-resolution/1", "2024-06-03"),
        ("cstf/infection-prevention-control/2", "2026-03-02"),
        ("cstf/moving-handling/2", "2025-05-12"),
        ("cstf/safeguarding-adults/2", "2024-05-20"),
        ("cstf/safeguarding-children/2", "2024-05-20"),
        ("cstf/resuscitation/2/adult-bls", "2025-09-05"),
    ]
    .map(|(subject, awarded)| training(subject, awarded))
    .to_vec();
    let restriction = json!({ "outcome": "clearedWithConditions", "reviewBy": "2026-11-30",
                              "conditions": "No lifting of more than 10 kg; uses hoists freely" });
    records.extend([
        job("healthcare-assistant", "bank", "2022-10-10"),
        identity_check("2022-09-26"),
        dbs("2024-09-30", "adult", "adults"),
        with(health("2026-05-28", "standard"), &restriction),
        competent("care-certificate", "adult-acute", "2023-01-20"),
    ]);
    Mover {
        file: "healthcare-assistant-bank",
        purpose: "bank-shift",
        starts: "2026-09-04",
        ends: "2026-09-05",
        now: Timestamp::parse("2026-09-04T18:40:00Z").unwrap(),
        shown: called("Marek Dvořák", "1994-06-30", vec![pass_from("RTD", &records)]),
    }
}

#[test]
fn p3_a_bank_shift_tonight_is_answered_from_one_paper_pass_with_the_restriction_in_plain_words() {
    p3().judge(&[], |it| {
        assert_eq!(it.overall(), Overall::ReadyWithActions);
        // Its last day is the morning on which the shift ends, and a last day is inclusive.
        assert_eq!(outcome(it, "basic-life-support"), Outcome::MetUntil { until: day("2026-09-04") });
        assert_eq!(outcome(it, "work-health"), Outcome::DoLocally);
        assert_eq!(
            actions(it),
            [
                "2026-09-04 agree-conditions work-health",
                "2026-09-04 do-here photo-id",
                "2026-09-04 do-here ward-tour",
                "2026-09-04 renew basic-life-support",
            ]
        );
        says(it, &["No lifting of more than 10 kg", "to be reviewed by 30 November 2026", "19:40 on 4 September 2026"]);
    });
}

#[test]
fn p3_the_profile_for_a_bank_shift_asks_for_little_and_is_not_over_asking() {
    let (profile, lists) = (profile("healthcare-assistant-bank"), CodeLists::embedded());
    let purpose = lists.term("bank-shift").unwrap();
    let asked = profile.kinds_for(&purpose);
    assert!(passport_schema::profile::over_asking(&profile, &purpose, &asked).is_empty());
    for kind in [Kind::RightToWork, Kind::Reference, Kind::Screening, Kind::Registration, Kind::Placement] {
        assert!(!asked.contains(&kind), "{}", kind.name());
    }
}

#[test]
fn p3_once_the_nurse_in_charge_has_agreed_the_restriction_the_shift_can_begin() {
    let done = ["work-health", "photo-id", "ward-tour"].map(|id| said(id, "2026-09-04", true));
    p3().judge(&done, |it| {
        assert_eq!(outcome(it, "work-health"), Outcome::Met { until: Some(day("2026-11-30")) });
        assert_eq!(actions(it), ["2026-09-04 renew basic-life-support"]);
        // It was agreed, and it still binds.
        says(it, &["No lifting of more than 10 kg"]);
        let spoken = it.findings().iter().flat_map(|finding| &finding.adverse).map(|(_, adverse)| *adverse);
        assert_eq!(spoken.collect::<Vec<_>>(), [Adverse::Conditions]);
    });
}

#[test]
fn every_profile_is_read_and_every_movers_text_is_whole() {
    let movers = [p1(), p2(), p3(), others::p4(), others::p5(), others::p6(), others::p7()];
    let movers = movers.into_iter().chain([others::p8(), others::p9(), others::p10()]);
    for (number, mover) in movers.enumerate() {
        mover.judge(&[], |it| {
            let plain = it.plain();
            println!("P{}\n{plain}", number + 1);
            for bad in ["  )", "()", "; ;", ";;", "..", ": ;", " ,", ": .", "( ", "unknown:"] {
                assert!(!plain.contains(bad), "{bad:?} in\n{plain}");
            }
            let lines: Vec<_> = plain.lines().filter(|line| !line.is_empty()).collect();
            assert!(lines.iter().enumerate().all(|(at, line)| !lines[..at].contains(line)), "{plain}");
        });
    }
}
