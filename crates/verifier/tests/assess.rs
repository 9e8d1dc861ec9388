//! Assessments: what is met, until when, by what. What speaks against someone, and what is left to do,
//! is in `assess_against.rs`.

#[path = "world/asking.rs"]
mod asking;
mod world;

use passport_schema::codes::{CodeLists, Facts, Subject, Term};
use passport_schema::profile::Profile;
use passport_schema::time::Period;
use passport_verifier::{Assessment, Outcome, Overall, Why};
use serde_json::{Value, json};

use crate::asking::{Asked, judge, said, training, with};
use crate::world::{Scene, Shown, day, morning, pass_from};

/// A profile of RTD with these requirements, each with what is the same for all filled in.
fn profile(requirements: &[Value], levels: &Value) -> Profile {
    let filled = |(index, requirement): (usize, &Value)| {
        let same = json!({ "id": format!("r{index}"), "acceptance": "rely", "reason": "A test", "source": "A test" });
        with(same, requirement)
    };
    let requirements: Vec<_> = requirements.iter().enumerate().map(filled).collect();
    let profile = json!({
        "owner": "RTD", "name": "test", "version": 1, "title": "Test role", "role": "staff-nurse",
        "purposes": ["workforce-sharing"], "levels": levels, "requirements": requirements,
    });
    Profile::parse(profile.to_string().as_bytes(), &CodeLists::embedded()).unwrap_or_else(|all| panic!("{all}"))
}

/// What requirements come to for a placement, as of a day's morning with fresh news.
fn come_to<T>(
    on: &str,
    (starts, ends): (&str, &str),
    requirements: &[Value],
    shown: &[Shown],
    look: impl FnOnce(&Assessment<'_>) -> T,
) -> T {
    under(&profile(requirements, &json!([])), on, (starts, ends), shown, look)
}

fn under<T>(
    profile: &Profile,
    on: &str,
    (starts, ends): (&str, &str),
    shown: &[Shown],
    look: impl FnOnce(&Assessment<'_>) -> T,
) -> T {
    let scene = Scene::new(morning(on), morning(on).plus(-600), shown);
    judge(&scene, &Asked { profile, purpose: "workforce-sharing", starts, ends, confirmations: &[] }, look).unwrap()
}

/// The outcome of the only requirement, for one record of RNN.
fn outcome(on: &str, placement: (&str, &str), requirement: &Value, record: Value) -> Outcome {
    come_to(on, placement, std::slice::from_ref(requirement), &[pass_from("RNN", &[record])], |it| {
        it.findings()[0].outcome
    })
}

fn asked(subject: &str, renewal: &str) -> Value {
    json!({ "kind": "training", "subject": subject, "renewal": renewal })
}

const IPC: &str = "cstf/infection-prevention-control/2";
const FIRE: &str = "cstf/fire-safety/1";
const BLS: &str = "cstf/resuscitation/2/adult-bls";
const CHILD_BLS: &str = "cstf/resuscitation/2/paediatric-bls";
const ILS: &str = "cstf/resuscitation/3/adult-ils";

#[test]
fn what_ends_within_the_placement_is_met_until_its_last_day_inclusive() {
    let shown = [pass_from("RNN", &[training(IPC, "2025-09-20")])];
    come_to("2026-08-20", ("2026-09-01", "2026-09-28"), &[asked(IPC, "P1Y")], &shown, |it| {
        assert_eq!(it.findings()[0].outcome, Outcome::MetUntil { until: day("2026-09-19") });
        assert_eq!(it.overall(), Overall::ReadyWithActions);
        let actions = it.actions();
        assert_eq!((actions.len(), actions[0].due), (1, day("2026-09-19")));
        assert!(it.plain().contains("day 19 of 28"), "{}", it.plain());
    });
}

/// Every row of the refresher table that is known with high confidence: awarded, and last day.
const REFRESHERS: [(&str, &str, &str, &str); 9] = [
    ("cstf/conflict-resolution/1", "P3Y", "2023-06-15", "2026-06-14"),
    ("cstf/equality-diversity-human-rights/1", "P3Y", "2023-01-01", "2025-12-31"),
    (FIRE, "P2Y", "2023-11-01", "2025-10-31"),
    ("cstf/health-safety-welfare/1", "P3Y", "2024-03-01", "2027-02-28"),
    ("cstf/infection-prevention-control/1", "P3Y", "2023-03-26", "2026-03-25"),
    (IPC, "P1Y", "2025-09-20", "2026-09-19"),
    (BLS, "P1Y", "2025-10-26", "2026-10-25"),
    ("cstf/safeguarding-adults/1", "P3Y", "2022-12-31", "2025-12-30"),
    ("cstf/safeguarding-adults/2", "P3Y", "2024-02-29", "2027-02-28"),
];

#[test]
fn each_refresher_holds_through_its_last_day_and_not_a_day_longer() {
    let lists = CodeLists::embedded();
    for (subject, period, awarded, last) in REFRESHERS {
        let term: Term<Subject> = lists.term(subject).unwrap();
        let Some(Facts::Subject { period: usual, .. }) = term.entry().map(|entry| &entry.facts) else { panic!() };
        assert_eq!(*usual, Period::parse(period), "{subject}");
        let (until, before) = (day(last), day(last).plus_days(-3).unwrap().to_string());
        let after = until.plus_days(1).unwrap().to_string();
        let on = |starts, ends| outcome(&before, (starts, ends), &asked(subject, period), training(subject, awarded));
        assert_eq!(on(&before, last), Outcome::Met { until: Some(until) }, "{subject}");
        assert_eq!(on(last, last), Outcome::Met { until: Some(until) }, "{subject}");
        assert_eq!(on(&before, &after), Outcome::MetUntil { until }, "{subject}");
        assert_eq!(on(&after, &after), Outcome::Missing, "{subject}");
    }
}

#[test]
fn the_receivers_period_counts_and_neither_an_earlier_nor_a_later_end_of_the_senders() {
    let placement = ("2026-02-01", "2026-02-28");
    for sender in ["P1Y", "P3Y"] {
        // One has ended on 9 January 2026 for its sender, the other holds until 2028.
        let record = with(training(FIRE, "2025-01-10"), &json!({ "period": sender }));
        let met = Outcome::Met { until: Some(day("2027-01-09")) };
        assert_eq!(outcome("2026-01-20", placement, &asked(FIRE, "P2Y"), record), met, "{sender}");
    }
    let longer = with(training(FIRE, "2025-01-10"), &json!({ "period": "P3Y" }));
    assert_eq!(outcome("2026-01-20", placement, &asked(FIRE, "P1Y"), longer.clone()), Outcome::Missing);
    let met = Outcome::Met { until: Some(day("2028-01-09")) };
    assert_eq!(outcome("2026-01-20", placement, &asked(FIRE, "issuer"), longer), met);
    let shorter = with(training(FIRE, "2025-01-10"), &json!({ "period": "P1Y" }));
    assert_eq!(outcome("2026-01-20", placement, &asked(FIRE, "issuer"), shorter), Outcome::Missing);
}

#[test]
fn an_award_on_a_leap_day_loses_no_day_to_the_calendar() {
    let record = || training(IPC, "2024-02-29");
    let ends = |ends: &'static str| ("2025-02-20", ends);
    let last = day("2025-02-28");
    assert_eq!(
        outcome("2025-02-20", ends("2025-02-28"), &asked(IPC, "P1Y"), record()),
        Outcome::Met { until: Some(last) }
    );
    assert_eq!(
        outcome("2025-02-20", ends("2025-03-01"), &asked(IPC, "P1Y"), record()),
        Outcome::MetUntil { until: last }
    );
}

#[test]
fn without_an_end_it_holds_for_ever_unless_the_receiver_counts_a_period() {
    let placement = ("2026-09-01", "2026-09-28");
    let record = || training("ommt/tier-1/live", "2019-05-01");
    let on = |renewal| outcome("2026-08-20", placement, &asked("ommt/tier-1/live", renewal), record());
    assert_eq!(on("issuer"), Outcome::Met { until: None });
    assert_eq!(on("never"), Outcome::Met { until: None });
    assert_eq!(on("P3Y"), Outcome::Missing);
}

#[test]
fn of_a_year_or_a_month_the_earliest_day_that_it_can_mean_counts() {
    let asked = json!({ "kind": "screening", "item": "tb-screened", "renewal": "P5Y" });
    let done =
        |when: &str| json!({ "kind": "screening", "item": "tb-screened", "result": "not-detected", "done": when });
    let on = |when| outcome("2025-12-01", ("2025-12-15", "2026-01-15"), &asked, done(when));
    assert_eq!(on("2021"), Outcome::MetUntil { until: day("2025-12-31") });
    assert_eq!(on("2021-03"), Outcome::Met { until: Some(day("2026-02-28")) });
    assert_eq!(on("2020"), Outcome::Missing);
    // So it is with age on the first day.
    let fresh = json!({ "kind": "screening", "item": "tb-screened", "freshness": "P1Y" });
    let on = |when| outcome("2025-12-01", ("2025-12-15", "2026-01-15"), &fresh, done(when));
    assert_eq!(on("2024-12-15"), Outcome::Missing, "a year and a day, counting both");
    assert_eq!(on("2024-12-16"), Outcome::Met { until: None });
    assert_eq!(on("2025"), Outcome::Met { until: None });
}

#[test]
fn a_higher_level_stands_for_a_lower_one_by_the_receivers_table_and_nothing_stands_sideways() {
    let placement = ("2026-09-01", "2026-09-28");
    let levels = json!([{ "subject": BLS, "coveredBy": [ILS] }]);
    let wants = [asked(BLS, "P1Y"), asked(CHILD_BLS, "P1Y")];
    let shown = [pass_from("RNN", &[training(ILS, "2026-02-01")])];
    under(&profile(&wants, &levels), "2026-08-20", placement, &shown, |it| {
        assert_eq!(it.findings()[0].outcome, Outcome::Met { until: Some(day("2027-01-31")) });
        assert_eq!(it.findings()[1].outcome, Outcome::Missing);
    });
    let both = json!([{ "subject": BLS, "coveredBy": [ILS] }]);
    let adult = [pass_from("RNN", &[training(BLS, "2026-02-01")])];
    under(&profile(&wants, &both), "2026-08-20", placement, &adult, |it| {
        assert_eq!(it.findings()[1].outcome, Outcome::Missing, "adult is not paediatric");
    });
    // Without a table of the receiver's, no level stands for another.
    come_to("2026-08-20", placement, &wants[..1], &shown, |it| {
        assert_eq!(it.findings()[0].outcome, Outcome::Missing);
        assert!(it.plain().contains("what comes nearest: Resuscitation, level 3"), "{}", it.plain());
    });
}

/// Either tier of the training on learning disability and autism, each with both parts.
fn oliver_mcgowan() -> Value {
    let tier = |number: u8| {
        let parts = ["e-learning", "live"].map(|part| asked(&format!("ommt/tier-{number}/{part}"), "P3Y"));
        json!({ "kind": "allOf", "parts": parts })
    };
    json!({ "kind": "anyOf", "parts": [tier(2), tier(1)] })
}

#[test]
fn oliver_mcgowan_training_is_whole_only_with_both_parts_of_one_tier() {
    let (e1, l1) = (training("ommt/tier-1/e-learning", "2025-01-10"), training("ommt/tier-1/live", "2024-11-20"));
    let (e2, l2) = (training("ommt/tier-2/e-learning", "2025-02-03"), training("ommt/tier-2/live", "2025-06-11"));
    let on = |records: &[Value]| {
        let shown = [pass_from("RNN", records)];
        come_to("2026-08-20", ("2026-09-01", "2026-09-28"), &[oliver_mcgowan()], &shown, |it| it.findings()[0].outcome)
    };
    // The part that ends first counts.
    assert_eq!(on(&[e1.clone(), l1.clone()]), Outcome::Met { until: Some(day("2027-11-19")) });
    assert_eq!(on(&[e2.clone(), l2.clone()]), Outcome::Met { until: Some(day("2028-02-02")) });
    assert_eq!(on(std::slice::from_ref(&e2)), Outcome::Missing);
    assert_eq!(on(&[e2.clone(), l1.clone()]), Outcome::Missing, "a part of each tier is no tier");
    // Of two whole tiers, the one that holds longer.
    assert_eq!(on(&[e1, l1, e2, l2]), Outcome::Met { until: Some(day("2028-02-02")) });
}

const LEVEL_3: &str = "cstf/safeguarding-adults/3";

#[test]
fn hours_add_up_within_their_window_and_a_training_that_is_shown_twice_counts_once() {
    let asked = with(asked(LEVEL_3, "never"), &json!({ "hours": { "atLeast": 8, "within": "P3Y" } }));
    let hours = |awarded, hours: u16| with(training(LEVEL_3, awarded), &json!({ "hours": hours }));
    let on = |shown: &[Shown]| {
        come_to("2026-08-20", ("2026-09-01", "2026-12-31"), std::slice::from_ref(&asked), shown, |it| {
            (it.findings()[0].outcome, it.plain())
        })
    };
    let (may, march) = (hours("2025-05-12", 5), hours("2024-03-04", 3));
    // The older leaves the window after 3 March 2027.
    let until = Outcome::Met { until: Some(day("2027-03-03")) };
    assert_eq!(on(&[pass_from("RNN", &[may.clone(), march.clone()])]).0, until);
    let once = std::slice::from_ref(&may);
    let twice = [pass_from("RNN", once), pass_from("RTD", once)];
    let (outcome, plain) = on(&twice);
    assert_eq!(outcome, Outcome::Missing);
    assert!(plain.contains("5 hours within 3 years; 8 are asked for"), "{plain}");
    // Within the placement the second leaves the window: on 30 November 2026.
    let late = [pass_from("RNN", &[may.clone(), hours("2023-12-01", 4)])];
    assert_eq!(on(&late).0, Outcome::MetUntil { until: day("2026-11-30") });
    // Left before the first day.
    assert_eq!(on(&[pass_from("RNN", &[may, hours("2023-08-31", 8)])]).0, Outcome::Missing);
}

#[test]
fn of_competing_records_the_one_that_holds_longest_counts_and_the_others_are_counted() {
    let shown = [
        pass_from("RNN", &[training(IPC, "2025-10-01"), training(IPC, "2025-11-11")]),
        pass_from("RTD", &[training(IPC, "2026-03-03")]),
    ];
    come_to("2026-08-20", ("2026-09-01", "2026-09-28"), &[asked(IPC, "P1Y")], &shown, |it| {
        let finding = &it.findings()[0];
        assert_eq!(finding.outcome, Outcome::Met { until: Some(day("2027-03-02")) });
        assert_eq!((finding.by[0].issuer().code().as_str(), finding.others), ("RTD", 2));
        assert!(it.plain().contains("2 more fit"), "{}", it.plain());
    });
}

#[test]
fn what_a_predecessor_attested_counts_and_is_shown_with_its_successor() {
    let shown = [pass_from("RNL", &[training(FIRE, "2026-01-15")])];
    come_to("2026-08-20", ("2026-09-01", "2026-09-28"), &[asked(FIRE, "P2Y")], &shown, |it| {
        assert_eq!(it.overall(), Overall::Ready);
        let whole = "North Cumbria University Hospitals (now North Cumbria Integrated Care)";
        assert!(it.plain().contains(whole), "{}", it.plain());
    });
}

#[test]
fn a_subject_for_which_its_issuer_is_not_aligned_does_not_count_and_its_others_do() {
    let handling = "cstf/moving-handling/2";
    let shown = [pass_from("ZZ902", &[training(FIRE, "2026-01-15"), training(handling, "2026-01-15")])];
    let wants = [asked(FIRE, "P2Y"), asked(handling, "P2Y")];
    come_to("2026-08-20", ("2026-09-01", "2026-09-28"), &wants, &shown, |it| {
        assert_eq!(it.findings()[0].outcome, Outcome::Missing);
        assert!(matches!(it.findings()[0].why, Why::DoesNotCount(..)));
        assert_eq!(it.findings()[1].outcome, Outcome::Met { until: Some(day("2028-01-14")) });
        assert!(it.plain().contains("not trusted to vouch for this training"), "{}", it.plain());
    });
}

#[test]
fn two_jobs_stand_side_by_side_and_each_answers_for_its_own_role() {
    let job = |role: &str, category: &str, started: &str| json!({ "kind": "employment", "role": role, "category": category, "started": started });
    let ended = with(job("healthcare-assistant", "permanent", "2019-04-01"), &json!({ "validUntil": "2024-09-30" }));
    let nurse = job("staff-nurse", "permanent", "2024-10-01");
    let bank = job("staff-nurse", "bank", "2025-02-01");
    let shown = [pass_from("RNN", &[ended, nurse]), pass_from("RTD", &[bank])];
    let wants = [
        json!({ "kind": "employment", "roles": ["staff-nurse"] }),
        json!({ "kind": "employment", "roles": ["staff-nurse"], "categories": ["permanent"] }),
        json!({ "kind": "employment", "roles": ["healthcare-assistant"] }),
    ];
    come_to("2026-08-20", ("2026-09-01", "2026-09-28"), &wants, &shown, |it| {
        assert_eq!((it.findings()[0].outcome, it.findings()[0].others), (Outcome::Met { until: None }, 1));
        assert_eq!(it.findings()[1].by[0].issuer().code().as_str(), "RNN");
        assert_eq!(it.findings()[2].outcome, Outcome::Missing);
        assert!(it.plain().contains("it ended on 30 September 2024"), "{}", it.plain());
    });
}

#[test]
fn practice_that_was_not_signed_off_is_watched_here_if_the_receiver_says_so_and_names_what_is_left() {
    let record = |aspect: &str, elements: Value| {
        let fields = json!({ "kind": "competency", "competency": "iv-passport/iv-therapy", "aspect": aspect,
                             "independence": "independent", "setting": "adult-acute", "assessed": "2026-03-02",
                             "assessorRole": "practice-educator", "method": "observed" });
        if elements.is_null() { fields } else { with(fields, &json!({ "elements": elements })) }
    };
    let wants = |here: bool| {
        json!({ "kind": "competency", "competency": "iv-passport/iv-therapy", "elements": ["pvc", "picc"],
                "practiceHere": here, "dueDays": 7 })
    };
    let shown = [pass_from("RNN", &[record("theory", Value::Null), record("practice", json!(["pvc"]))])];
    come_to("2026-08-20", ("2026-09-01", "2026-09-28"), &[wants(true)], &shown, |it| {
        assert_eq!(it.findings()[0].outcome, Outcome::DoLocally);
        assert_eq!(it.actions()[0].due, day("2026-09-08"));
        let once = "Watch them do it once here: Intravenous therapy (Peripherally inserted central catheter).";
        assert!(it.plain().contains(once), "{}", it.plain());
    });
    come_to("2026-08-20", ("2026-09-01", "2026-09-28"), &[wants(false)], &shown, |it| {
        assert_eq!(it.findings()[0].outcome, Outcome::Missing);
    });
    // Theory of the one and practice of the other is neither.
    let crossed = [pass_from("RNN", &[record("theory", json!(["picc"])), record("practice", json!(["pvc"]))])];
    come_to("2026-08-20", ("2026-09-01", "2026-09-28"), &[wants(true)], &crossed, |it| {
        assert_eq!(it.findings()[0].outcome, Outcome::Missing);
    });
}

#[test]
fn what_was_done_here_is_done_for_as_long_as_the_receiver_says() {
    let wants = json!({ "id": "tour", "kind": "local", "acceptance": "do-locally", "recheck": "P6M" });
    let profile = profile(&[wants], &json!([]));
    let scene = Scene::new(morning("2026-08-20"), morning("2026-08-20").plus(-600), &[pass_from("RNN", &[])]);
    let done = [said("tour", "2026-04-01", true)];
    let (starts, ends) = ("2026-09-01", "2026-12-31");
    let asked = Asked { profile: &profile, purpose: "workforce-sharing", starts, ends, confirmations: &done };
    let outcome = judge(&scene, &asked, |it| it.findings()[0].outcome).unwrap();
    assert_eq!(outcome, Outcome::MetUntil { until: day("2026-09-30") });
}
