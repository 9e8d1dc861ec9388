//! What holds of every assessment, whatever was shown and whatever is asked.

mod drawn;
mod world;

use passport_schema::profile::{Acceptance, Needs, Profile, Requirement};
use passport_schema::record::Kind;
use passport_schema::status::Status;
use passport_schema::time::Date;
use passport_verifier::{
    Adverse, Assessment, Confirmation, Item, Outcome, Overall, Person, Question, Standing, Verdict, Why, assess,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::drawn::*;
use crate::world::{day, morning};

/// Few by default; `PROPTEST_CASES` says otherwise.
fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: cases.unwrap_or(64), ..ProptestConfig::default() }
}

fn join<'v>(verdicts: &'v [Verdict<'v>]) -> Person<'v> {
    Person::join(verdicts).expect("one person").expect("somebody")
}

/// The same person without some of what was shown.
fn without<'v>(person: &Person<'v>, gone: impl Fn(&Item<'v>) -> bool) -> Person<'v> {
    person.clone().with_only(|item| !gone(item))
}

fn holds(item: &Item<'_>, record: &Value) -> bool {
    let shown = item.record().to_value();
    record.as_object().expect("an object").iter().all(|(name, value)| shown[name] == *value || name == "period")
}

fn question(profile: &Profile, (starts, ends): (Date, Date)) -> Question<'_> {
    Question { profile, purpose: &PURPOSE, starts, ends, at: morning(TODAY), confirmations: &[] }
}

fn judge<'a>(person: &'a Person<'a>, profile: &'a Profile, placement: (Date, Date)) -> Assessment<'a> {
    assess(person, question(profile, placement)).expect("a question with an answer")
}

// Comparing.

/// Worse is higher: by rank, and then by how soon it ends.
fn badness(outcome: Outcome) -> (Outcome, i64) {
    let no_end = i64::MIN;
    let soon = |until: Date| -until.days_since(day(TODAY));
    match outcome {
        Outcome::Met { until } => (Outcome::Met { until: None }, until.map_or(no_end, soon)),
        Outcome::MetUntil { until } => (Outcome::MetUntil { until: day(TODAY) }, soon(until)),
        other => (other, no_end),
    }
}

/// Neither any requirement nor the whole is better in `second`.
fn no_better(first: &Assessment<'_>, second: &Assessment<'_>) -> Result<(), TestCaseError> {
    for (one, two) in first.findings().iter().zip(second.findings()) {
        let better = badness(two.outcome) < badness(one.outcome);
        prop_assert!(!better, "{one:#?}\n is better as\n{two:#?}");
    }
    prop_assert!(second.overall() >= first.overall());
    Ok(())
}

fn is_met(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Met { .. } | Outcome::MetUntil { .. })
}

/// The kinds that may fit a rule.
fn kinds(needs: &Needs) -> Vec<Kind> {
    needs.kind().into_iter().chain(needs.parts().iter().flat_map(|part| kinds(&part.needs))).collect()
}

fn local(requirement: &Requirement) -> bool {
    requirement.acceptance != Acceptance::Rely
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn leaving_out_what_does_not_speak_against_them_never_helps(
        shelf in shelf(), profile in profile(), placement in placement(),
    ) {
        let scene = shelf.scene();
        let verdicts = scene.verdicts();
        let person = join(&verdicts);
        let whole = judge(&person, &profile, placement);
        let speaks = |item: &Item<'_>| {
            let adverse = whole.findings().iter().flat_map(|finding| &finding.adverse);
            adverse.into_iter().any(|(other, _)| std::ptr::eq(other.record(), item.record()))
        };
        for item in person.items().iter().filter(|item| !speaks(item)) {
            let less = without(&person, |other| std::ptr::eq(other.record(), item.record()));
            no_better(&whole, &judge(&less, &profile, placement))?;
        }
        // All of a kind, and everything, at once.
        for kind in Kind::ALL {
            let less = without(&person, |other| other.record().kind() == *kind && !speaks(other));
            no_better(&whole, &judge(&less, &profile, placement))?;
        }
        no_better(&whole, &judge(&without(&person, |item| !speaks(item)), &profile, placement))?;
    }

    #[test]
    fn a_longer_placement_is_never_easier(
        shelf in shelf(), profile in profile(), placement in placement(), days in 1..800_i64,
    ) {
        let scene = shelf.scene();
        let verdicts = scene.verdicts();
        let person = join(&verdicts);
        let longer = (placement.0, placement.1.plus_days(days).unwrap());
        no_better(&judge(&person, &profile, placement), &judge(&person, &profile, longer))?;
    }

    #[test]
    fn what_speaks_against_them_is_never_outvoted(
        shelf in shelf(), profile in profile(), placement in placement(),
        sort in select(&[7_usize, 8, 9, 10, 11, 12, 13][..]), draw in drawn(Just(true)), better in 0..12_usize,
    ) {
        let draw = Draw { dated: draw.dated.min(0), variant: draw.variant % 6, ..draw };
        let twin = Draw { adverse: false, ..draw };
        let mut shelf = Shelf { age: 1, issuers: vec!["RNN", "RTD"], ..shelf };
        // The newest and best of its kind does not help either.
        shelf.add(record(sort, Draw { dated: 0, end: 0, variant: better % 6, adverse: false }), Status::Valid);
        shelf.entries.retain(|entry| !(entry.record == record(sort, draw) || entry.record == record(sort, twin)));
        shelf.add(record(sort, draw), Status::Valid);
        shelf.add(record(sort, twin), Status::Valid);
        let scene = shelf.scene();
        let verdicts = scene.verdicts();
        let both = join(&verdicts);
        let (bad, good) = (record(sort, draw), record(sort, twin));
        let with_bad = without(&both, |item| holds(item, &good) && !holds(item, &bad));
        let with_good = without(&both, |item| holds(item, &bad));
        let neither = without(&with_good, |item| holds(item, &good));
        let (with_bad, with_good) = (judge(&with_bad, &profile, placement), judge(&with_good, &profile, placement));
        no_better(&with_good, &with_bad)?;
        let neither = judge(&neither, &profile, placement);
        for (before, after) in neither.findings().iter().zip(with_bad.findings()) {
            let stands = after.adverse.iter().any(|(item, _)| holds(item, &bad));
            prop_assert!(!stands || !is_met(after.outcome), "{after:#?}");
            let rests = after.by.iter().any(|item| holds(item, &bad));
            prop_assert!(!rests || !is_met(after.outcome), "{after:#?}");
            // Where nothing fitted before, a check with conditions is a check all the same.
            let lacked = before.outcome >= Outcome::CannotTell;
            prop_assert!(lacked || badness(after.outcome) >= badness(before.outcome), "{before:#?}\n{after:#?}");
            prop_assert!(before.adverse.len() <= after.adverse.len());
        }
    }

    #[test]
    fn a_suspended_record_leaves_nothing_of_its_sort_met(
        shelf in shelf(), profile in profile(), placement in placement(), sort in 0..SORTS, draw in drawn(Just(false)),
    ) {
        let draw = Draw { end: 0, ..draw };
        let doubted = record(sort, draw);
        let mut shelf = Shelf { age: 1, issuers: vec!["RNN"], ..shelf };
        shelf.entries.retain(|entry| entry.record != doubted);
        shelf.add(doubted.clone(), Status::Suspended);
        shelf.add(record(sort, Draw { dated: 0, ..draw }), Status::Valid);
        let scene = shelf.scene();
        let verdicts = scene.verdicts();
        let after = join(&verdicts);
        let suspended = |item: &Item<'_>| {
            item.standing() == Standing::Suspended && holds(item, &doubted)
        };
        let before = without(&after, suspended);
        let (before, after) = (judge(&before, &profile, placement), judge(&after, &profile, placement));
        for (before, after) in before.findings().iter().zip(after.findings()) {
            let doubts = after.adverse.iter().any(|(item, it)| *it == Adverse::Suspended && suspended(item));
            prop_assert!(!doubts || after.outcome >= Outcome::CannotTell, "{after:#?}");
            // What was simply not there may now be somewhere; whom a register bars stays barred.
            let barred = before.adverse.iter().any(|(_, it)| *it == Adverse::NotPractising);
            let lacked = before.outcome == Outcome::Missing && !barred;
            prop_assert!(lacked || badness(after.outcome) >= badness(before.outcome), "{before:#?}\n{after:#?}");
        }
        prop_assert!(after.overall() >= before.overall());
    }

    #[test]
    fn what_was_not_shown_is_not_met(
        shelf in shelf(), profile in profile(), placement in placement(), kind in select(Kind::ALL),
    ) {
        let scene = shelf.scene();
        let verdicts = scene.verdicts();
        let person = without(&join(&verdicts), |item| item.record().kind() == kind);
        let assessment = judge(&person, &profile, placement);
        for finding in assessment.findings() {
            let shown = |kind: &Kind| person.items().iter().any(|item| item.record().kind() == *kind);
            let kinds = kinds(&finding.requirement.rule.needs);
            if kinds.iter().any(shown) {
                continue;
            }
            let needs = &finding.requirement.rule.needs;
            let composite = !needs.parts().is_empty();
            let here = needs.parts().iter().any(|part| part.needs == Needs::Local);
            prop_assert!(!is_met(finding.outcome) && finding.by.is_empty());
            prop_assert!(composite || matches!(finding.why, Why::NotShown(kind) if kinds == [kind]));
            prop_assert!(!composite || matches!((&finding.why, here), (Why::Parts(_), _) | (Why::Local, true)));
            if finding.requirement.acceptance != Acceptance::DoLocally && !here {
                prop_assert_eq!(finding.outcome, Outcome::Missing);
            }
        }
    }

    #[test]
    fn what_nobody_asks_for_changes_nothing(
        shelf in shelf(), profile in profile(), placement in placement(), draws in prop::collection::vec(entry((0..SORTS).collect()), 1..4),
    ) {
        let asked = profile.kinds_for(&PURPOSE);
        let is_asked = |kind: &Value| kind.as_str().and_then(Kind::parse).is_some_and(|kind| asked.contains(&kind));
        let mut shelf = shelf;
        shelf.entries.extend(draws.into_iter().filter(|entry| !is_asked(&entry.record["kind"])));
        let on = after(-10).to_string();
        shelf.add(json!({ "kind": "preceptorship", "programme": "core", "status": "completed", "started": on }),
            Status::Suspended);
        shelf.add(json!({ "kind": "placement", "host": "RTD", "role": "icu-nurse", "started": on }), Status::Valid);
        // Of a kind that may be asked for, and about something that never is.
        let fresh = json!({ "kind": "training", "subject": "cstf/conflict-resolution/1", "awarded": on });
        let other = json!({ "kind": "qualification", "title": "als", "awarded": on });
        shelf.add(fresh.clone(), Status::Suspended);
        shelf.add(other.clone(), Status::Valid);
        let scene = shelf.scene();
        let verdicts = scene.verdicts();
        let whole = join(&verdicts);
        let of_kind = without(&whole, |item| !asked.contains(&item.record().kind()));
        let of_subject = without(&whole, |item| holds(item, &fresh) || holds(item, &other));
        let (whole, of_kind) = (judge(&whole, &profile, placement), judge(&of_kind, &profile, placement));
        prop_assert_eq!(&whole.to_json()["requirements"], &of_kind.to_json()["requirements"]);
        prop_assert_eq!(&whole.to_json()["actions"], &of_kind.to_json()["actions"]);
        prop_assert_eq!(whole.overall(), of_kind.overall());
        // Whether anything of the kind was shown is said, so that the words may differ.
        let of_subject = judge(&of_subject, &profile, placement);
        for (one, two) in whole.findings().iter().zip(of_subject.findings()) {
            prop_assert_eq!(one.outcome, two.outcome);
            prop_assert_eq!((one.by.len(), one.others, one.adverse.len()), (two.by.len(), two.others, two.adverse.len()));
        }
        prop_assert_eq!(whole.overall(), of_subject.overall());
    }

    #[test]
    fn the_order_in_which_things_are_shown_changes_nothing(
        shelf in shelf(), profile in profile(), placement in placement(), swaps in prop::collection::vec(any::<Index>(), 24),
    ) {
        let scene = shelf.scene();
        let verdicts = scene.verdicts();
        let person = join(&verdicts);
        let json = judge(&person, &profile, placement).to_json();
        let same = |other: &Value| {
            prop_assert!(*other == json, "{json:#}\n{other:#}");
            Ok(())
        };
        let swap = |length: usize, mut swap: Box<dyn FnMut(usize, usize) + '_>| {
            (1..length).for_each(|place| swap(place, swaps[place].index(place + 1)));
        };
        let mut others = verdicts.clone();
        swap(verdicts.len(), Box::new(|one, two| others.swap(one, two)));
        same(&judge(&join(&others), &profile, placement).to_json())?;
        let mut shuffled = shelf.clone();
        swap(shelf.entries.len(), Box::new(|one, two| shuffled.entries.swap(one, two)));
        let scene = shuffled.scene();
        let verdicts = scene.verdicts();
        same(&judge(&join(&verdicts), &profile, placement).to_json())?;
    }

    #[test]
    fn the_last_day_on_which_something_holds_is_the_last(
        shelf in shelf(), profile in profile(), placement in placement(),
    ) {
        let scene = shelf.scene();
        let verdicts = scene.verdicts();
        let person = join(&verdicts);
        let first = judge(&person, &profile, placement);
        for (place, finding) in first.findings().iter().enumerate() {
            let (Outcome::MetUntil { until } | Outcome::Met { until: Some(until) }) = finding.outcome else { continue };
            prop_assert!(until >= placement.0.max(day(TODAY)), "{finding:#?}");
            let to = |ends: Date| judge(&person, &profile, (placement.0, ends)).findings()[place].outcome;
            prop_assert_eq!(to(until), Outcome::Met { until: Some(until) });
            prop_assert_eq!(to(until.plus_days(1).unwrap()), Outcome::MetUntil { until });
        }
        let ends = first.findings().iter().filter_map(|finding| match finding.outcome {
            Outcome::MetUntil { until } => Some(until),
            _ => None,
        });
        prop_assert_eq!(first.met_until(), ends.min());
    }

    #[test]
    fn nobody_is_ready_before_what_is_to_be_done_here_is_done(
        shelf in shelf(), profile in profile(), placement in placement(),
    ) {
        let scene = shelf.scene();
        let verdicts = scene.verdicts();
        let person = join(&verdicts);
        let assessment = judge(&person, &profile, placement);
        let left = assessment.findings().iter().any(|finding| local(finding.requirement));
        prop_assert!(!left || assessment.overall() != Overall::Ready);
        for finding in assessment.findings().iter().filter(|finding| local(finding.requirement)) {
            prop_assert!(!is_met(finding.outcome));
        }
        // Something is left to do exactly when they are not simply ready.
        prop_assert_eq!(assessment.actions().is_empty(), assessment.overall() == Overall::Ready);
    }
}

// What no property reaches: the receiver's own word, and actions.

fn fire(dated: i64) -> Value {
    json!({ "kind": "training", "subject": SUBJECTS[5], "awarded": after(dated).to_string() })
}

fn shelf_of(entries: &[(Value, Status)]) -> Shelf {
    let mut shelf = Shelf { issuers: vec!["RNN"], entries: Vec::new(), age: 1 };
    for (record, status) in entries {
        shelf.add(record.clone(), *status);
    }
    shelf
}

fn today(satisfied: bool) -> Confirmation {
    Confirmation { requirement: "it".into(), on: after(0), at: after(0).last_second(), satisfied, until: None }
}

/// How the first requirement stands, with and without the receiver's own word.
fn stands(shelf: &Shelf, profile: &Profile, said: &[Confirmation]) -> Outcome {
    let scene = shelf.scene();
    let verdicts = scene.verdicts();
    let person = join(&verdicts);
    let question = Question { confirmations: said, ..question(profile, (after(0), after(900))) };
    assess(&person, question).unwrap().findings()[0].outcome
}

#[test]
fn what_is_done_here_completes_what_was_shown_and_does_not_make_it_last() {
    let it = |kind: &str| {
        json!([{ "id": "it", "acceptance": "rely", "reason": "A test", "source": "A test", "kind": kind, "parts": [
            { "kind": "training", "subject": SUBJECTS[5], "renewal": "P2Y" }, { "kind": "local" },
        ] }])
    };
    let (both, either) = (profile_of(&json!([]), &it("allOf")), profile_of(&json!([]), &it("anyOf")));
    let (shown, nothing) = (shelf_of(&[(fire(-10), Status::Valid)]), shelf_of(&[]));
    let until = day("2028-05-21");
    assert_eq!(stands(&shown, &both, &[]), Outcome::DoLocally);
    assert_eq!(stands(&shown, &both, &[today(true)]), Outcome::MetUntil { until });
    assert_eq!(stands(&nothing, &both, &[today(true)]), Outcome::Missing, "the training is still to come");
    assert_eq!(stands(&shown, &either, &[]), Outcome::MetUntil { until });
    assert_eq!(stands(&nothing, &either, &[]), Outcome::DoLocally);
    assert_eq!(stands(&nothing, &either, &[today(true)]), Outcome::Met { until: None });
}

#[test]
fn that_it_is_not_so_is_worse_than_a_doubt_whether_it_is() {
    let nurse = json!([{ "id": "it", "acceptance": "check-live", "reason": "A test", "source": "A test",
        "kind": "registration", "regulator": "nmc" }]);
    let profile = profile_of(&json!([]), &nurse);
    let draw = Draw { dated: -10, end: 0, variant: 0, adverse: false };
    let sound = record(9, draw);
    let barred = record(9, Draw { variant: 2, adverse: true, ..draw });
    let doubted = [(sound.clone(), Status::Suspended)];
    assert_eq!(stands(&shelf_of(&doubted), &profile, &[]), Outcome::CannotTell);
    assert_eq!(
        stands(&shelf_of(&[(sound.clone(), Status::Suspended), (barred, Status::Valid)]), &profile, &[]),
        Outcome::Missing
    );
    assert_eq!(stands(&shelf_of(&doubted), &profile, &[today(false)]), Outcome::Missing);
    assert_eq!(stands(&shelf_of(&doubted), &profile, &[today(true)]), Outcome::CannotTell, "the doubt stays");
    assert_eq!(stands(&shelf_of(&[(sound, Status::Valid)]), &profile, &[today(true)]), Outcome::Met { until: None });
}

#[test]
fn one_action_settles_only_what_the_training_that_it_brings_stands_for() {
    let adults = |level: usize| {
        json!({ "id": format!("adults-{level}"), "acceptance": "rely", "reason": "A test",
        "source": "A test", "kind": "training", "subject": SUBJECTS[level + 1], "renewal": "P2Y" })
    };
    // The third stands for the second, and the second for the first; nobody said that the third does.
    let levels = json!([{ "subject": SUBJECTS[2], "coveredBy": [SUBJECTS[3]] },
        { "subject": SUBJECTS[3], "coveredBy": [SUBJECTS[4]] }]);
    let scene = shelf_of(&[(fire(-10), Status::Valid)]).scene();
    let verdicts = scene.verdicts();
    let person = join(&verdicts);
    for order in [[1, 2, 3], [3, 2, 1], [2, 1, 3], [2, 3, 1]] {
        let profile = profile_of(&levels, &order.map(adults).to_vec().into());
        let assessment = judge(&person, &profile, (after(0), after(30)));
        let settled: Vec<Vec<&str>> = assessment
            .actions()
            .iter()
            .map(|action| action.findings.iter().map(|finding| finding.requirement.id.as_str()).collect())
            .collect();
        assert_eq!(settled.len(), 2, "{settled:?}");
        let together = |ids: &Vec<&str>| ids.contains(&"adults-3") && ids.contains(&"adults-1");
        assert!(!settled.iter().any(together), "{settled:?}");
    }
}
