//! P4 to P10.

use passport_schema::profile::over_asking;
use passport_schema::status::Status;
use passport_verifier::{Difference, Person, Why};

use super::*;

pub fn p4() -> Mover {
    let mut own = but(core_skills("2027-03-15"), "cstf/resuscitation/2/adult-bls", Some("2027-09-01"));
    own.extend([
        training("cstf/resuscitation/2/paediatric-bls", "2027-09-01"),
        job("physiotherapist", "permanent", "2020-09-07"),
        identity_check("2020-08-17"),
        british("2020-08-17"),
        with(registered("hcpc", "PH123456", "2027-10-01"), &json!({ "validUntil": "2028-04-30" })),
        dbs("2026-02-11", "adult", "adults"),
        health("2025-06-02", "standard"),
        with(
            competent("local/respiratory-on-call-physiotherapy", "adult-acute", "2026-09-14"),
            &json!({ "assessorRole": "ahp-senior" }),
        ),
    ]);
    Mover {
        file: "community-physiotherapist",
        purpose: "secondment",
        starts: "2027-11-01",
        ends: "2028-10-31",
        now: morning("2027-10-10"),
        shown: called("Gwenllian Ap Rhys", "1996-01-19", credentials_from("RTD", &own)),
    }
}

#[test]
fn p4_a_physiotherapists_check_is_for_the_wrong_workforce_and_the_on_call_competence_is_too_old() {
    p4().judge(&[], |it| {
        assert_eq!(it.overall(), Overall::NotReady);
        assert_eq!(standing_so(it, "missing"), ["criminal-record"]);
        // Assessed on 14 September 2026: a year before the first day is 1 November 2026.
        assert_eq!(outcome(it, "respiratory-on-call"), Outcome::DoLocally);
        assert_eq!(outcome(it, "registration"), Outcome::CheckLive);
        assert_eq!(outcome(it, "information-governance"), Outcome::MetUntil { until: day("2028-03-14") });
        let due = actions(it);
        assert_eq!(due[0], "2027-11-01 complete criminal-record");
        assert!(due.contains(&"2027-11-04 do-here lone-working".to_owned()), "{due:?}");
        assert!(due.contains(&"2027-11-29 do-here respiratory-on-call".to_owned()), "{due:?}");
        says(it, &["adult workforce", "until 30 April 2028", "older than 1 year on the first day"]);
    });
    // Looked up on the first day: our half-year ends a day before the cycle does.
    let looked_up = [Confirmation { until: Some(day("2028-04-30")), ..said("registration", "2027-10-10", true) }];
    p4().judge(&looked_up, |it| {
        assert_eq!(outcome(it, "registration"), Outcome::MetUntil { until: day("2028-04-09") });
    });
}

pub fn p5() -> Mover {
    let hospital = [
        job("ward-volunteer", "volunteer", "2025-01-13"),
        identity_check("2024-12-16"),
        json!({ "kind": "criminalRecordCheck", "outcome": "cleared", "issued": "2024-12-20", "level": "enhanced",
                "workforce": "adult", "barredLists": "none", "updateService": true }),
        training("cstf/fire-safety/1", "2025-01-20"),
        training("cstf/equality-diversity-human-rights/1", "2025-01-20"),
        training("cstf/health-safety-welfare/1", "2025-01-20"),
        training("cstf/information-governance-data-security/1", "2026-01-20"),
        training("ommt/tier-1/e-learning", "2025-02-03"),
        training("ommt/tier-1/live", "2025-03-10"),
    ];
    // A charity without a staff record system.
    let charity = [
        json!({ "kind": "reference", "outcome": "cleared", "received": "2023-04-24", "months": 24 }),
        training("cstf/infection-prevention-control/1", "2024-05-11"),
        training("cstf/moving-handling/1", "2024-05-11"),
        training("cstf/safeguarding-adults/1", "2024-06-08"),
        training("cstf/safeguarding-children/2", "2024-06-08"),
        training("cstf/preventing-radicalisation/basic-prevent-awareness", "2024-06-08"),
    ];
    let mut shown = vec![pass_from("RNN", &hospital)];
    shown.extend([pass_from("ZZ901", &charity)]);
    Mover {
        file: "ward-volunteer",
        purpose: "volunteer",
        starts: "2026-10-05",
        ends: "2027-04-02",
        now: morning("2026-09-10"),
        shown: called("José Ferreira", "1957-03-08", shown),
    }
}

#[test]
fn p5_a_volunteer_of_a_trust_and_a_charity_is_accepted_from_both() {
    p5().judge(&[], |it| {
        assert_eq!(it.overall(), Overall::ReadyWithActions);
        assert_eq!(outcome(it, "criminal-record"), Outcome::CheckLive);
        assert_eq!(outcome(it, "references"), Outcome::Met { until: None });
        assert_eq!(outcome(it, "safeguarding-children"), Outcome::Met { until: Some(day("2027-06-07")) });
        assert_eq!(outcome(it, "fire-safety"), Outcome::MetUntil { until: day("2027-01-19") });
        assert_eq!(outcome(it, "oliver-mcgowan"), Outcome::Met { until: None });
        assert_eq!(
            actions(it),
            [
                "2026-10-05 check-live criminal-record",
                "2026-10-05 do-here photo-id",
                "2026-10-19 do-here ward-welcome",
                "2027-01-19 renew fire-safety",
                "2027-01-19 renew information-governance",
            ]
        );
        says(it, &["Fellside Volunteers", "Update Service"]);
    });
}

#[test]
fn p5_asking_a_volunteer_for_a_registration_or_a_right_to_work_check_is_called_over_asking() {
    let (profile, lists) = (profile("ward-volunteer"), CodeLists::embedded());
    let purpose = lists.term("volunteer").unwrap();
    let mut asked = profile.kinds_for(&purpose);
    assert!(over_asking(&profile, &purpose, &asked).is_empty());
    asked.extend([Kind::RightToWork, Kind::Registration, Kind::Screening]);
    let over: Vec<_> = over_asking(&profile, &purpose, &asked).into_iter().collect();
    assert_eq!(over, [Kind::RightToWork, Kind::Registration, Kind::Screening]);
}

pub fn p6() -> Mover {
    let mut own = core_skills("2026-06-08");
    let theory = json!({ "aspect": "theory", "independence": "theory-only", "method": "e-assessment" });
    own.extend([
        job("staff-nurse", "permanent", "2026-06-01"),
        identity_check("2026-05-26"),
        json!({ "kind": "rightToWork", "outcome": "cleared", "checked": "2026-05-26", "basis": "health-and-care-visa",
                "restrictions": "May work for the sponsor named on the visa only", "validUntil": "2029-05-24" }),
        registered("nmc", "26A1234O", "2026-06-15"),
        dbs("2026-05-28", "adult", "adults"),
        health("2026-06-03", "standard"),
        json!({ "kind": "screening", "item": "hep-b-immune", "result": "immune", "done": "2021" }),
        references("2026-05-20", 36),
        json!({ "kind": "qualification", "title": "osce-test-of-competence", "awarded": "2026-05" }),
        json!({ "kind": "preceptorship", "programme": "gold", "status": "in-progress", "started": "2026-06-01",
                "month": 5 }),
        with(competent("iv-passport/iv-therapy", "adult-acute", "2026-08-21"), &theory),
    ]);
    Mover {
        file: "newly-registered-nurse",
        purpose: "permanent-hire",
        starts: "2026-11-02",
        ends: "2027-05-01",
        now: morning("2026-10-12"),
        shown: called("Thulasi", "1998-07-23", credentials_from("RNN", &own)),
    }
}

#[test]
fn p6_a_nurse_with_one_name_brings_theory_to_be_watched_once_and_a_visa_to_be_followed_up() {
    p6().judge(&[], |it| {
        assert_eq!(it.overall(), Overall::ReadyWithActions);
        assert_eq!(outcome(it, "right-to-work"), Outcome::CheckLive);
        assert_eq!(outcome(it, "intravenous-therapy"), Outcome::DoLocally);
        assert_eq!(outcome(it, "preceptorship"), Outcome::Met { until: None });
        assert_eq!(outcome(it, "test-of-competence"), Outcome::Met { until: None });
        let due = actions(it);
        assert!(due.contains(&"2026-11-30 do-here intravenous-therapy".to_owned()), "{due:?}");
        says(
            it,
            &["Thulasi, born 23 July 1998", "until 24 May 2029", "sponsor named on the visa", "month 5", "theory"],
        );
    });
    // Seen over three years, the visa's end falls within them, and is a date to do something by.
    let longer = Mover { ends: "2029-11-01", ..p6() };
    let checked = [Confirmation { until: Some(day("2029-05-24")), ..said("right-to-work", "2026-10-12", true) }];
    longer.judge(&checked, |it| {
        assert_eq!(outcome(it, "right-to-work"), Outcome::MetUntil { until: day("2029-05-24") });
        assert!(actions(it).contains(&"2029-05-24 renew right-to-work".to_owned()), "{:?}", actions(it));
    });
}

pub fn p7() -> Mover {
    let home = [
        job("senior-carer", "permanent", "2019-02-04"),
        identity_check("2019-01-14"),
        dbs("2025-04-07", "adult", "adults"),
        training("local:Infection prevention and control in care homes", "2026-02-16"),
        training("cstf/moving-handling/2", "2026-01-26"),
        training("cstf/safeguarding-adults/2", "2025-10-13"),
        // Not theirs to attest: the home is not aligned for this subject.
        training("cstf/fire-safety/1", "2026-03-09"),
        json!({ "kind": "qualification", "title": "nvq-2-health", "awarded": "2018" }),
    ];
    let insulin = competent("local/delegated-insulin", "social-care", "2026-05-05");
    let insulin = with(insulin, &json!({ "elements": ["blood-glucose", "pen", "hypoglycaemia"] }));
    let shown = vec![pass_from("ZZ902", &home), pass_from("RNN", &[insulin])];
    Mover {
        file: "virtual-ward-carer",
        purpose: "workforce-sharing",
        starts: "2026-09-21",
        ends: "2026-12-18",
        now: morning("2026-09-14"),
        shown: called("Margaret Bell", "1971-12-01", shown),
    }
}

#[test]
fn p7_a_care_home_attests_what_it_may_and_a_nurse_of_the_trust_the_delegated_task() {
    p7().judge(&[], |it| {
        assert_eq!(standing_so(it, "missing"), ["fire-safety"]);
        assert_eq!(outcome(it, "infection-prevention"), Outcome::Met { until: Some(day("2027-02-15")) });
        assert_eq!(outcome(it, "insulin"), Outcome::Met { until: Some(day("2027-05-04")) });
        assert_eq!(outcome(it, "care-certificate"), Outcome::Met { until: None });
        assert_eq!(outcome(it, "moving-handling"), Outcome::Met { until: Some(day("2027-01-25")) });
        assert_eq!(outcome(it, "delegation"), Outcome::DoLocally);
        says(it, &["Eden View Care Home", "North Cumbria Integrated Care", "not trusted to vouch for this training"]);
        assert!(matches!(
            it.findings().iter().find(|it| it.requirement.id == "fire-safety").unwrap().why,
            Why::DoesNotCount(..)
        ));
    });
}

const CONDITION: &str = "Must not be the nurse in charge of a shift until 150 supervised hours are signed off";

pub fn p8() -> Mover {
    let hours = "local:Supervised practice, return to practice";
    let now = [
        identity_check("2026-08-10"),
        british("2026-08-10"),
        with(
            registered("nmc", "03A4321E", "2026-08-28"),
            &json!({ "status": "registered-with-conditions", "conditions": CONDITION }),
        ),
        dbs("2026-08-14", "adult", "adults"),
        health("2026-08-17", "standard"),
        references("2026-08-19", 36),
        training("cstf/resuscitation/2/adult-bls", "2026-08-18"),
        training("cstf/information-governance-data-security/1", "2026-08-18"),
        training("cstf/preventing-radicalisation/prevent-awareness", "2026-08-18"),
        training("ommt/tier-2/e-learning", "2026-08-19"),
        with(training(hours, "2026-06-26"), &json!({ "hours": 90 })),
        with(training(hours, "2026-07-31"), &json!({ "hours": 75 })),
        json!({ "kind": "qualification", "title": "return-to-practice", "awarded": "2026-07-31" }),
    ];
    // What the trust that RNN took over still vouches for, from before the years away.
    let before = [
        training("cstf/fire-safety/1", "2017-05-02"),
        training("cstf/infection-prevention-control/2", "2018-01-15"),
        training("cstf/moving-handling/2", "2017-05-02"),
        training("cstf/safeguarding-adults/2", "2017-05-03"),
        training("cstf/equality-diversity-human-rights/1", "2017-05-03"),
        competent("local/medicines-administration", "adult-acute", "2016-11-11"),
    ];
    let mut shown = credentials_from("RNN", &now);
    shown.extend(credentials_from("RNL", &before));
    Mover {
        file: "return-to-practice-nurse",
        purpose: "permanent-hire",
        starts: "2026-09-14",
        ends: "2027-03-13",
        now: morning("2026-09-01"),
        shown: called("Patricia Mc Donald", "1979-08-16", shown),
    }
}

#[test]
fn p8_conditions_of_a_returning_nurse_are_in_the_answer_word_for_word_and_stay_there() {
    let lapsed = ["equality", "fire-safety", "infection-prevention", "moving-handling", "safeguarding-adults"];
    p8().judge(&[], |it| {
        assert_eq!(it.overall(), Overall::NotReady);
        let missing = standing_so(it, "missing");
        assert!(lapsed.iter().all(|id| missing.contains(&(*id).to_owned())), "{missing:?}");
        assert!(missing.contains(&"oliver-mcgowan".to_owned()), "the live part was not shown: {missing:?}");
        assert_eq!(outcome(it, "registration"), Outcome::CheckLive);
        assert_eq!(outcome(it, "supervised-hours"), Outcome::Met { until: Some(day("2027-06-25")) });
        assert_eq!(outcome(it, "medicines"), Outcome::DoLocally);
        says(it, &[CONDITION, "ended on 14 January 2019", "165 hours within 1 year", "live part"]);
    });
    // Looked up, and found as it is: it is met, and says under which condition.
    p8().judge(&[said("registration", "2026-09-01", true)], |it| {
        assert_eq!(outcome(it, "registration"), Outcome::MetUntil { until: day("2026-11-30") });
        says(it, &[CONDITION]);
    });
}

const FORMER: &str = "Peter";

/// Everything in the current name, with the dates on which things really came about.
pub fn p9() -> Mover {
    let mut own = core_skills("2025-11-17");
    own.extend([
        job("occupational-therapist", "permanent", "2018-09-03"),
        identity_check("2018-08-13"),
        british("2018-08-13"),
        registered("hcpc", "OT054321", "2026-08-24"),
        dbs("2025-02-20", "adult", "adults"),
        health("2024-10-07", "standard"),
        references("2018-08-20", 36),
    ]);
    Mover {
        file: "occupational-therapist",
        purpose: "secondment",
        starts: "2026-09-07",
        ends: "2026-11-06",
        now: morning("2026-09-01"),
        shown: called("Rowan Ellery", "1991-05-09", credentials_from("RTD", &own)),
    }
}

#[test]
fn p9_nothing_tells_of_a_name_that_is_no_longer_used_whatever_else_is_shown() {
    let clean = |it: &Assessment<'_>| {
        let whole = format!("{}{}{:?}", it.plain(), it.to_json(), it.actions()).to_lowercase();
        for trace in [&FORMER.to_lowercase(), "previous", "former", "known as", "reissued", "gender"] {
            assert!(!whole.contains(trace), "{trace} in\n{whole}");
        }
    };
    p9().judge(&[], |it| {
        assert_eq!(it.overall(), Overall::ReadyWithActions);
        assert_eq!(outcome(it, "criminal-record"), Outcome::Met { until: None });
        // The date on which it was awarded, and not that on which it was issued again.
        assert_eq!(outcome(it, "infection-prevention"), Outcome::Met { until: Some(day("2026-11-16")) });
        clean(it);
    });
    // The old one, replaced when the name changed, turns up beside the new: it is set aside unread.
    let old = Shown { status: vec![(0, Status::Superseded)], ..pass_from("RTD", &[identity_check("2018-08-13")]) };
    let mut both = p9();
    both.shown.extend(called(&format!("{FORMER} Ellery"), "1991-05-09", vec![old]));
    both.judge(&[], |it| {
        assert_eq!((it.overall(), it.person().set_aside()), (Overall::ReadyWithActions, 1));
        clean(it);
    });
}

#[test]
fn p9_even_the_refusal_to_join_two_names_names_neither() {
    let mut both = p9();
    both.shown.extend(called(&format!("{FORMER} Ellery"), "1991-05-09", vec![pass_from("RTF", &[])]));
    let scene = Scene::new(both.now, both.now.plus(-600), &both.shown);
    let verdicts = scene.verdicts();
    let apart = Person::join(&verdicts).unwrap_err();
    assert_eq!(apart.difference, Difference::Name);
    let text = format!("{apart}{apart:?}");
    assert!(!text.contains(FORMER) && !text.contains("Rowan"), "{text}");
}

fn p10_showing(registration: Value) -> Mover {
    let mut own = core_skills("2026-04-20");
    own.extend([
        job("specialty-registrar", "fixed-term", "2024-08-07"),
        identity_check("2024-07-15"),
        british("2024-07-15"),
        registration,
        dbs("2024-07-22", "child-and-adult", "both"),
        health("2024-07-25", "epp"),
        with(training("cstf/safeguarding-children/3", "2025-05-16"), &json!({ "hours": 8 })),
        json!({ "kind": "qualification", "title": "als", "awarded": "2023-10-06" }),
    ]);
    Mover {
        file: "medical-registrar",
        purpose: "honorary",
        starts: "2026-09-14",
        ends: "2026-12-11",
        now: morning("2026-09-12"),
        shown: called("Adaeze Nwosu", "1993-10-27", credentials_from("RTF", &own)),
    }
}

fn on_the_register(status: &str, checked: &str) -> Value {
    with(registered("gmc", "7000002", checked), &json!({ "licenceToPractise": true, "status": status }))
}

pub fn p10() -> Mover {
    p10_showing(on_the_register("registered", "2026-09-01"))
}

#[test]
fn p10_a_printed_registration_is_as_of_the_day_it_was_looked_up_and_never_a_live_check() {
    p10().judge(&[], |it| {
        assert_eq!(it.overall(), Overall::ReadyWithActions);
        assert_eq!(outcome(it, "registration"), Outcome::CheckLive);
        says(it, &["looked up on 1 September 2026", "not a live check", "on the regulator's register"]);
    });
    // Suspended on 10 September. Whoever looks, sees it; what was printed does not help.
    p10().judge(&[said("registration", "2026-09-12", false)], |it| {
        assert_eq!((it.overall(), outcome(it, "registration")), (Overall::NotReady, Outcome::Missing));
        assert!(actions(it).contains(&"2026-09-14 resolve registration".to_owned()), "{:?}", actions(it));
    });
}

#[test]
fn p10_once_an_issuer_has_seen_the_suspension_no_older_record_outvotes_it() {
    let mut both = p10_showing(on_the_register("suspended", "2026-09-11"));
    let older = pass_from("RNN", &[on_the_register("registered", "2026-09-01")]);
    both.shown.extend(called("Adaeze Nwosu", "1993-10-27", vec![older]));
    // Looked up well before the suspension: that no longer counts.
    both.judge(&[said("registration", "2026-09-02", true)], |it| {
        assert_eq!((it.overall(), outcome(it, "registration")), (Overall::NotReady, Outcome::Missing));
        says(it, &["may not practise", "suspended when looked up on 11 September 2026"]);
    });
}
