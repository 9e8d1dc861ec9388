//! Assessments: what is met, until when, by what, and what is left to do.

mod world;

use passport_schema::codes::{CodeLists, Term};
use passport_schema::profile::Profile;
use passport_verifier::{Assessment, Confirmation, Outcome, Overall, Person, Question, assess};
use serde_json::{Value, json};

use crate::world::{Scene, Shown, day, morning, pass_from};

/// A profile of RTD with these requirements, each with what is the same for all filled in.
fn profile(requirements: &[Value], levels: &Value) -> Profile {
    let requirements: Vec<_> = requirements
        .iter()
        .enumerate()
        .map(|(index, requirement)| {
            let mut whole =
                json!({ "id": format!("r{index}"), "acceptance": "rely", "reason": "A test", "source": "A test" });
            whole.as_object_mut().unwrap().extend(requirement.as_object().unwrap().clone());
            whole
        })
        .collect();
    let profile = json!({
        "owner": "RTD", "name": "test", "version": 1, "title": "Test role", "role": "staff-nurse",
        "purposes": ["workforce-sharing"], "levels": levels, "requirements": requirements,
    });
    Profile::parse(profile.to_string().as_bytes(), &CodeLists::embedded()).unwrap()
}

/// What a profile comes to for a placement, as of a day's morning with fresh news.
fn judge<T>(
    on: &str,
    (starts, ends): (&str, &str),
    profile: &Profile,
    shown: &[Shown],
    confirmations: &[Confirmation],
    look: impl FnOnce(&Assessment<'_>) -> T,
) -> T {
    let scene = Scene::new(morning(on), morning(on).plus(-600), shown);
    let verdicts = scene.verdicts();
    let person = Person::join(&verdicts).unwrap().unwrap();
    let purpose: Term<_> = scene.lists.term("workforce-sharing").unwrap();
    let question =
        Question { profile, purpose: &purpose, starts: day(starts), ends: day(ends), at: scene.at, confirmations };
    look(&assess(&person, question).unwrap())
}

fn training(subject: &str, awarded: &str) -> Value {
    json!({ "kind": "training", "subject": subject, "awarded": awarded })
}

const IPC: &str = "cstf/infection-prevention-control/2";

#[test]
fn what_ends_within_the_placement_is_met_until_its_last_day_inclusive() {
    let profile = profile(&[json!({ "kind": "training", "subject": IPC, "renewal": "P1Y" })], &json!([]));
    let shown = [pass_from("RNN", &[training(IPC, "2025-09-20")])];
    judge("2026-08-20", ("2026-09-01", "2026-09-28"), &profile, &shown, &[], |it| {
        assert_eq!(it.findings()[0].outcome, Outcome::MetUntil { until: day("2026-09-19") });
        assert_eq!(it.overall(), Overall::ReadyWithActions);
        let actions = it.actions();
        assert_eq!((actions.len(), actions[0].due), (1, day("2026-09-19")));
        assert!(it.plain().contains("day 19 of 28"), "{}", it.plain());
    });
}
