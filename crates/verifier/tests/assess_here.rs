//! Assessments: what is done here, for how long that holds, and by when it is due.

#[path = "world/asking.rs"]
mod asking;
mod world;

use passport_schema::codes::CodeLists;
use passport_schema::profile::Profile;
use passport_verifier::{Adverse, Assessment, Confirmation, Do, Outcome, Overall, SAME_PERSON, against};
use serde_json::{Value, json};

use crate::asking::{Asked, judge, said, training, with};
use crate::world::{Scene, Shown, day, morning, pass_from};

const ENDS: &str = "2026-12-18";

fn profile(requirement: &Value) -> Profile {
    let profile = json!({
        "owner": "RTD", "name": "test", "version": 1, "title": "Test role", "role": "staff-nurse",
        "purposes": ["workforce-sharing"], "requirements": [requirement],
    });
    Profile::parse(profile.to_string().as_bytes(), &CodeLists::embedded()).unwrap_or_else(|all| panic!("{all}"))
}

fn look<T>(
    on: &str,
    requirement: &Value,
    shown: &[Shown],
    confirmations: &[Confirmation],
    look: impl FnOnce(&Assessment<'_>) -> T,
) -> T {
    let scene = Scene::new(morning(on), morning(on).plus(-600), shown);
    let profile = profile(requirement);
    let asked =
        Asked { profile: &profile, purpose: "workforce-sharing", starts: "2026-11-21", ends: ENDS, confirmations };
    judge(&scene, &asked, look).unwrap()
}

fn iv() -> Value {
    json!({
        "id": "iv", "kind": "competency", "competency": "iv-passport/iv-therapy", "elements": ["pvc", "picc"],
        "practiceHere": true, "acceptance": "rely", "reason": "A test", "source": "A test",
    })
}

/// Peripheral cannulas until 1 December, central ones in theory only.
fn half_signed_off() -> [Shown; 1] {
    let competent = |aspect: &str, elements: Value, more: Value| {
        let record = json!({
            "kind": "competency", "competency": "iv-passport/iv-therapy", "elements": elements, "aspect": aspect,
            "independence": if aspect == "theory" { "theory-only" } else { "independent" }, "setting": "any",
            "assessed": "2025-12-02", "assessorRole": "mentor", "method": "observed",
        });
        with(record, &more)
    };
    [pass_from(
        "RNN",
        &[
            competent("theory-and-practice", json!(["pvc"]), json!({ "validUntil": "2026-12-01" })),
            competent("theory", json!(["picc"]), json!({})),
            competent("theory", json!(["pvc"]), json!({})),
        ],
    )]
}

#[test]
fn what_was_watched_here_does_not_make_the_rest_hold_for_ever() {
    look("2026-11-21", &iv(), &half_signed_off(), &[], |it| assert_eq!(it.findings()[0].outcome, Outcome::DoLocally));
    let watched = [said("iv", "2026-11-22", true)];
    look("2026-11-23", &iv(), &half_signed_off(), &watched, |it| {
        assert_eq!(it.findings()[0].outcome, Outcome::MetUntil { until: day("2026-12-01") });
    });
    look("2026-12-02", &iv(), &half_signed_off(), &watched, |it| {
        assert_eq!(it.findings()[0].outcome, Outcome::DoLocally, "what lapsed on 1 December is watched again");
    });
    let again = [said("iv", "2026-11-22", true), said("iv", "2026-12-02", true)];
    look("2026-12-03", &iv(), &half_signed_off(), &again, |it| {
        assert_eq!(it.findings()[0].outcome, Outcome::Met { until: None });
    });
}

#[test]
fn conditions_speak_against_somebody_under_either_idea_of_their_end() {
    let health = json!({
        "kind": "healthClearance", "outcome": "clearedWithConditions", "conditions": "No nights", "cleared": "2025-06-01",
        "clearance": "standard", "validUntil": "2026-05-31",
    });
    let asked = json!({
        "id": "health", "kind": "healthClearance", "renewal": "P2Y", "acceptance": "rely", "dueDays": 7,
        "reason": "A test", "source": "A test",
    });
    look("2026-11-21", &asked, &[pass_from("RNN", &[health])], &[], |it| {
        let item = it.person().items().iter().find(|item| against(item).is_some()).unwrap();
        assert_eq!(against(item), Some(Adverse::Conditions), "over by its issuer, counted by the receiver");
        let action = &it.actions()[0];
        assert_eq!((action.what, action.due), (Do::AgreeConditions, day("2026-11-21")), "no grace for conditions");
    });
}

#[test]
fn what_is_due_is_counted_from_the_first_day_and_can_be_overdue() {
    let induction = json!({
        "id": "induction", "kind": "local", "title": "Local induction", "acceptance": "do-locally", "dueDays": 7,
        "reason": "A test", "source": "A test",
    });
    let shown = [pass_from("RNN", &[training("cstf/fire-safety/1", "2026-01-01")])];
    for (on, words) in [("2026-11-25", "By 28 November 2026, day 8 of 28\n"), ("2026-11-30", "day 8 of 28 (overdue)")] {
        look(on, &induction, &shown, &[], |it| {
            assert_eq!(it.actions()[0].due, day("2026-11-28"), "on {on}");
            assert!(it.plain().contains(words), "{}", it.plain());
        });
    }
}

#[test]
fn weak_evidence_of_one_person_is_settled_by_somebody_who_looks() {
    let fire = json!({
        "id": "fire", "kind": "training", "subject": "cstf/fire-safety/1", "renewal": "P2Y", "acceptance": "rely",
        "reason": "A test", "source": "A test",
    });
    let shown = [
        pass_from("RNN", &[]),
        Shown { name: "Ana".into(), ..pass_from("RTD", &[training("cstf/fire-safety/1", "2026-01-01")]) },
    ];
    look("2026-11-21", &fire, &shown, &[], |it| {
        assert_eq!((it.overall(), it.is_identity_open()), (Overall::ReadyWithActions, true));
        assert_eq!(it.actions()[0].what, Do::CheckIdentity);
    });
    look("2026-11-21", &fire, &shown, &[said(SAME_PERSON, "2026-11-21", true)], |it| {
        assert_eq!((it.overall(), it.is_identity_open()), (Overall::Ready, false));
    });
    look("2026-11-21", &fire, &shown, &[said(SAME_PERSON, "2026-11-21", false)], |it| {
        assert_eq!(it.overall(), Overall::NotReady);
    });
}

#[test]
fn a_receiver_may_name_the_register_statuses_that_it_takes() {
    let asked = json!({
        "id": "nmc", "kind": "registration", "regulator": "nmc", "statuses": ["registered"], "acceptance": "check-live",
        "reason": "A test", "source": "A test",
    });
    let entry = |status: &str| {
        let entry =
            json!({ "kind": "registration", "regulator": "nmc", "number": "99A9999A", "checked": "2026-11-02" });
        [pass_from("RNN", &[with(entry, &json!({ "status": status }))])]
    };
    for (status, outcome) in [("registered", Outcome::CheckLive), ("temporary", Outcome::Missing)] {
        look("2026-11-21", &asked, &entry(status), &[], |it| assert_eq!(it.findings()[0].outcome, outcome, "{status}"));
    }
}

#[test]
fn what_is_still_to_be_looked_up_rests_on_records_that_end() {
    let asked = json!({
        "id": "fire", "kind": "training", "subject": "cstf/fire-safety/1", "renewal": "P2Y", "acceptance": "check-live",
        "dueDays": 14, "reason": "A test", "source": "A test",
    });
    let shown = [pass_from("RNN", &[training("cstf/fire-safety/1", "2024-11-24")])];
    look("2026-11-21", &asked, &shown, &[], |it| {
        let finding = &it.findings()[0];
        assert_eq!((finding.outcome, finding.rests_until), (Outcome::CheckLive, Some(day("2026-11-23"))));
    });
}
