//! Assessments: what speaks against someone, what the receiver has seen itself, what cannot be told,
//! what is asked at all, and the smallest list of what is left to do.

#[path = "world/asking.rs"]
mod asking;
mod world;

use passport_schema::codes::CodeLists;
use passport_schema::profile::{Profile, over_asking};
use passport_schema::record::Kind;
use passport_schema::status::Status;
use passport_schema::time::Timestamp;
use passport_verifier::{Adverse, Assessment, Confirmation, Do, Outcome, Overall, QuestionError, Why};
use serde_json::{Value, json};

use crate::asking::{Asked, judge, said, training, with};
use crate::world::{Scene, Shown, day, morning, pass_from};

const IPC: &str = "cstf/infection-prevention-control/2";
const BLS: &str = "cstf/resuscitation/2/adult-bls";
const ILS: &str = "cstf/resuscitation/3/adult-ils";
const NOW: &str = "2026-08-20";

/// A profile of RTD, for sharing and for good, that asks for this.
fn profile(requirements: &[Value], levels: &Value) -> Profile {
    let filled = |requirement: &Value| {
        with(json!({ "acceptance": "rely", "reason": "A test", "source": "A test" }), requirement)
    };
    let requirements: Vec<_> = requirements.iter().map(filled).collect();
    let profile = json!({
        "owner": "RTD", "name": "test", "version": 1, "title": "Test role", "role": "staff-nurse", "levels": levels,
        "purposes": ["workforce-sharing", "permanent-hire"], "requirements": requirements,
    });
    Profile::parse(profile.to_string().as_bytes(), &CodeLists::embedded()).unwrap_or_else(|all| panic!("{all}"))
}

fn nmc() -> Value {
    json!({ "id": "nmc", "kind": "registration", "regulator": "nmc", "acceptance": "check-live" })
}

fn health() -> Value {
    json!({ "id": "health", "kind": "healthClearance" })
}

fn ipc() -> Value {
    json!({ "id": "ipc", "kind": "training", "subject": IPC, "renewal": "P1Y" })
}

fn dbs() -> Value {
    json!({ "id": "dbs", "kind": "criminalRecordCheck", "freshness": "P3Y" })
}

fn registration(status: &str, checked: &str) -> Value {
    json!({ "kind": "registration", "regulator": "nmc", "number": "99A9999A", "status": status, "checked": checked })
}

fn cleared(on: &str) -> Value {
    json!({ "kind": "healthClearance", "outcome": "cleared", "cleared": on, "clearance": "standard" })
}

fn with_conditions(on: &str) -> Value {
    let conditions = json!({ "outcome": "clearedWithConditions", "conditions": "No night shifts",
                             "reviewBy": "2026-09-15" });
    with(cleared(on), &conditions)
}

fn check(issued: &str) -> Value {
    json!({ "kind": "criminalRecordCheck", "outcome": "cleared", "issued": issued, "level": "enhanced",
            "workforce": "adult", "barredLists": "none" })
}

/// Four weeks from 1 September 2026, as of 20 August with fresh news.
fn come_to<T>(
    requirements: &[Value],
    shown: &[Shown],
    confirmations: &[Confirmation],
    look: impl FnOnce(&Assessment<'_>) -> T,
) -> T {
    let profile = profile(requirements, &json!([]));
    under(&profile, morning(NOW).plus(-600), shown, confirmations, look)
}

fn under<T>(
    profile: &Profile,
    listed: Timestamp,
    shown: &[Shown],
    confirmations: &[Confirmation],
    look: impl FnOnce(&Assessment<'_>) -> T,
) -> T {
    let scene = Scene::new(morning(NOW), listed, shown);
    let (starts, ends) = ("2026-09-01", "2026-09-28");
    judge(&scene, &Asked { profile, purpose: "workforce-sharing", starts, ends, confirmations }, look).unwrap()
}

fn outcomes(it: &Assessment<'_>) -> Vec<Outcome> {
    it.findings().iter().map(|finding| finding.outcome).collect()
}

fn to_do(it: &Assessment<'_>) -> Vec<(Do, usize)> {
    it.actions().iter().map(|action| (action.what, action.findings.len())).collect()
}

#[test]
fn conditions_are_never_outvoted_by_a_record_without_them() {
    let shown = [
        pass_from("RNN", &[with_conditions("2026-05-01")]),
        // Newer, from somebody else, and clean.
        pass_from("RTD", &[cleared("2026-08-01")]),
    ];
    come_to(&[health()], &shown, &[], |it| {
        assert_eq!(outcomes(it), [Outcome::DoLocally]);
        assert_eq!(it.findings()[0].adverse[0].1, Adverse::Conditions);
        assert_eq!(to_do(it), [(Do::AgreeConditions, 1)]);
        assert!(it.plain().contains("No night shifts, to be reviewed by 15 September 2026"), "{}", it.plain());
    });
    // Agreed here: until they are looked at again, and still in sight.
    come_to(&[health()], &shown, &[said("health", NOW, true)], |it| {
        assert_eq!(outcomes(it), [Outcome::MetUntil { until: day("2026-09-15") }]);
        assert!(it.plain().contains("Take note\n  - Work health clearance: No night shifts"), "{}", it.plain());
    });
}

#[test]
fn conditions_that_have_ended_bind_nobody_any_more() {
    let ended = with(with_conditions("2025-05-01"), &json!({ "validUntil": "2026-04-30" }));
    come_to(&[health()], &[pass_from("RNN", &[ended, cleared("2026-05-01")])], &[], |it| {
        assert_eq!(outcomes(it), [Outcome::Met { until: None }]);
        assert!(!it.plain().contains("No night shifts"), "{}", it.plain());
    });
}

#[test]
fn a_suspended_register_entry_is_never_outvoted() {
    for status in ["suspended", "interim-suspension", "removed", "lapsed"] {
        let shown = [
            pass_from("RNN", &[registration(status, "2026-08-10")]),
            pass_from("RTD", &[registration("registered", "2026-08-15")]),
        ];
        come_to(&[nmc()], &shown, &[], |it| {
            assert_eq!(outcomes(it), [Outcome::Missing], "{status}");
            assert_eq!(to_do(it), [(Do::Resolve, 1)]);
            assert!(it.plain().contains("may not practise"), "{}", it.plain());
        });
    }
}

#[test]
fn a_suspended_record_makes_it_untold_whatever_else_is_shown_or_was_confirmed() {
    let doubted = Shown { status: vec![(2, Status::Suspended)], ..pass_from("RNN", &[training(IPC, "2026-02-01")]) };
    let shown = [doubted, pass_from("RTD", &[training(IPC, "2026-03-01")])];
    for confirmations in [vec![], vec![said("ipc", NOW, true)]] {
        come_to(&[ipc()], &shown, &confirmations, |it| {
            assert_eq!((it.overall(), outcomes(it)), (Overall::NotReady, vec![Outcome::CannotTell]));
            assert_eq!(to_do(it), [(Do::AskIssuer, 1)]);
            assert!(it.plain().contains("Ask North Cumbria Integrated Care why it has suspended"), "{}", it.plain());
        });
    }
}

#[test]
fn a_withdrawn_record_does_not_count_and_leaves_the_others_standing() {
    let pass = pass_from("RNN", &[training(IPC, "2026-02-01"), training(BLS, "2026-02-01")]);
    let withdrawn = Shown { status: vec![(2, Status::Withdrawn)], ..pass };
    let bls = json!({ "id": "bls", "kind": "training", "subject": BLS, "renewal": "P1Y" });
    come_to(&[ipc(), bls.clone()], std::slice::from_ref(&withdrawn), &[], |it| {
        assert_eq!(outcomes(it), [Outcome::Missing, Outcome::Met { until: Some(day("2027-01-31")) }]);
        assert!(matches!(it.findings()[0].why, Why::DoesNotCount(..)));
        assert!(it.plain().contains("its issuer has withdrawn it"), "{}", it.plain());
    });
    // It is no doubt about the person: another one counts.
    come_to(&[ipc(), bls], &[withdrawn, pass_from("RTD", &[training(IPC, "2026-03-01")])], &[], |it| {
        assert_eq!(it.overall(), Overall::Ready);
    });
}

#[test]
fn a_whole_pass_that_is_suspended_keeps_anyone_from_being_ready() {
    let doubted = Shown { status: vec![(0, Status::Suspended)], ..pass_from("RNN", &[]) };
    come_to(&[ipc()], &[doubted, pass_from("RTD", &[training(IPC, "2026-03-01")])], &[], |it| {
        assert_eq!(it.overall(), Overall::NotReady);
        assert!(matches!(it.findings()[0].outcome, Outcome::Met { .. }));
        assert_eq!(to_do(it), [(Do::AskIssuer, 0)]);
    });
}

#[test]
fn a_live_check_counts_by_its_newest_word_until_something_newer_speaks_against() {
    let recheck = with(nmc(), &json!({ "recheck": "P1M" }));
    let clean = [pass_from("RNN", &[registration("registered", "2026-08-01")])];
    let on = |shown: &[Shown], said: &[Confirmation]| come_to(std::slice::from_ref(&recheck), shown, said, outcomes)[0];
    assert_eq!(on(&clean, &[]), Outcome::CheckLive);
    // A month from the day on which it was looked up; the day before that is the last.
    assert_eq!(on(&clean, &[said("nmc", "2026-08-20", true)]), Outcome::MetUntil { until: day("2026-09-19") });
    assert_eq!(on(&clean, &[said("nmc", "2026-08-20", false)]), Outcome::Missing);
    let turned = [said("nmc", "2026-08-10", true), said("nmc", "2026-08-19", false)];
    assert_eq!(on(&clean, &turned), Outcome::Missing);
    assert_eq!(on(&clean, &[said("nmc", "2026-07-31", true)]), Outcome::CheckLive, "over before the first day");
    assert_eq!(on(&clean, &[said("nmc", "2026-08-21", true)]), Outcome::CheckLive, "nobody looks in the future");
    assert_eq!(on(&clean, &[said("other", "2026-08-20", true)]), Outcome::CheckLive);
    // Looked up on the 10th; on the 12th somebody else saw a suspension.
    let newer = [pass_from("RNN", &[registration("suspended", "2026-08-12")])];
    assert_eq!(on(&newer, &[said("nmc", "2026-08-10", true)]), Outcome::Missing);
    // Looked up after that: it was lifted.
    assert_eq!(on(&newer, &[said("nmc", "2026-08-20", true)]), Outcome::MetUntil { until: day("2026-09-19") });
    // Nothing that was shown is needed for what the receiver saw itself.
    assert_eq!(
        on(&[pass_from("RNN", &[])], &[said("nmc", "2026-08-20", true)]),
        Outcome::MetUntil { until: day("2026-09-19") }
    );
}

#[test]
fn an_entry_of_a_register_is_never_ready_by_itself_and_says_that_it_is_not_a_live_check() {
    come_to(&[nmc()], &[pass_from("RNN", &[registration("registered", NOW)])], &[], |it| {
        assert_eq!((it.overall(), outcomes(it)), (Overall::ReadyWithActions, vec![Outcome::CheckLive]));
        assert!(it.plain().contains("looked up on 20 August 2026") && it.plain().contains("not a live check"));
    });
}

#[test]
fn what_is_not_asked_for_this_purpose_is_left_out() {
    let references = json!({ "id": "references", "kind": "reference", "purposes": ["permanent-hire"] });
    let profile = profile(&[ipc(), references], &json!([]));
    let scene = Scene::new(morning(NOW), morning(NOW).plus(-600), &[pass_from("RNN", &[training(IPC, "2026-02-01")])]);
    let (starts, ends) = ("2026-09-01", "2026-09-28");
    for (purpose, overall, count) in
        [("workforce-sharing", Overall::Ready, 1), ("permanent-hire", Overall::NotReady, 2)]
    {
        let asked = Asked { profile: &profile, purpose, starts, ends, confirmations: &[] };
        let found = judge(&scene, &asked, |it| (it.overall(), it.findings().len())).unwrap();
        assert_eq!(found, (overall, count), "{purpose}");
    }
    let lists = CodeLists::embedded();
    let sharing = lists.term("workforce-sharing").unwrap();
    let over = over_asking(&profile, &sharing, &[Kind::Identity, Kind::Training, Kind::Reference].into());
    assert_eq!(over.into_iter().collect::<Vec<_>>(), [Kind::Reference]);
}

#[test]
fn what_was_withheld_is_said_not_to_be_shown_and_one_more_showing_settles_all_of_it() {
    come_to(&[dbs(), health(), ipc()], &[pass_from("RNN", &[training(IPC, "2026-02-01")])], &[], |it| {
        let met = Outcome::Met { until: Some(day("2027-01-31")) };
        assert_eq!(outcomes(it), [Outcome::Missing, Outcome::Missing, met]);
        assert!(matches!(it.findings()[0].why, Why::NotShown(Kind::CriminalRecordCheck)));
        assert_eq!(to_do(it), [(Do::Show, 2)]);
        assert!(it.plain().contains("Show: Criminal record check and Work health clearance."), "{}", it.plain());
    });
}

#[test]
fn agreements_are_not_seen_and_do_not_turn_up_in_any_answer() {
    let agreement = json!({ "kind": "carerAgreement", "agreed": ["Starts at 10 on Tuesdays"],
                            "personSigned": "2026-01-05", "managerSigned": "2026-01-06", "reviewBy": "2027-01-06" });
    let shown = [
        pass_from("RNN", &[training(IPC, "2026-02-01")]),
        Shown { as_credential: true, ..pass_from("RNN", &[agreement]) },
    ];
    come_to(&[ipc()], &shown, &[], |it| {
        assert_eq!((it.overall(), it.person().set_aside()), (Overall::Ready, 0));
        let whole = format!("{}{}", it.plain(), it.to_json());
        assert!(!whole.contains("Tuesdays") && !whole.to_lowercase().contains("carer"), "{whole}");
    });
}

#[test]
fn with_news_of_three_days_ago_checks_cannot_be_told_and_training_still_counts() {
    let shown = [pass_from("RNN", &[training(IPC, "2026-02-01"), check("2025-03-01"), cleared("2026-05-01")])];
    let profile = profile(&[ipc(), dbs(), health()], &json!([]));
    under(&profile, morning(NOW).plus(-3 * 86_400), &shown, &[], |it| {
        let met = Outcome::Met { until: Some(day("2027-01-31")) };
        assert_eq!(outcomes(it), [met, Outcome::CannotTell, Outcome::CannotTell]);
        assert_eq!(to_do(it), [(Do::Refresh, 2)], "one new bundle settles both");
    });
    under(&profile, morning(NOW).plus(-600), &shown, &[], |it| assert_eq!(it.overall(), Overall::Ready));
}

#[test]
fn at_a_time_before_the_news_nobody_is_sent_for_newer_news() {
    let shown = [pass_from("RNN", &[training(IPC, "2026-02-01")])];
    let profile = profile(&[ipc()], &json!([]));
    let look = |it: &Assessment<'_>| it.plain();
    let words = |news: i64| under(&profile, morning(NOW).plus(news), &shown, &[], look);
    let early = words(3_600);
    assert!(early.contains("Judge again, at a time that is not before the news in the bundle"), "{early}");
    assert!(!early.contains("Get a new bundle"), "{early}");
    let old = words(-8 * 86_400);
    assert!(old.contains("Get a new bundle, or a newer pass"), "{old}");
}

#[test]
fn of_what_is_missing_one_reads_what_belongs_together() {
    let tier = |subject: &str| json!({ "kind": "training", "subject": subject, "renewal": "P3Y" });
    let both = json!({ "kind": "allOf", "parts": [tier("ommt/tier-2/e-learning"), tier("ommt/tier-2/live")] });
    let either = json!({ "id": "autism", "kind": "anyOf", "parts": [tier("ommt/tier-1/e-learning"), both] });
    come_to(&[either], &[pass_from("RNN", &[training(IPC, "2026-02-01")])], &[], |it| {
        let said = it.plain();
        let together = "either Oliver McGowan training, tier 1, e-learning part: not shown; or \
                        (Oliver McGowan training, tier 2, e-learning part: not shown; \
                        Oliver McGowan training, tier 2, live part: not shown).";
        assert!(said.contains(together), "{said}");
    });
}

#[test]
fn a_question_without_an_answer_is_refused_with_the_reason() {
    let profile = profile(&[ipc()], &json!([]));
    let on = |at: &str, purpose, starts, ends| {
        let at = Timestamp::parse(at).unwrap();
        let scene = Scene::new(at, at.plus(-600), &[pass_from("RNN", &[training(IPC, "2026-02-01")])]);
        judge(&scene, &Asked { profile: &profile, purpose, starts, ends, confirmations: &[] }, |it| {
            Assessment::overall(it)
        })
    };
    let sharing = "workforce-sharing";
    let refused = on("2026-06-20T09:30:00Z", sharing, "2026-06-30", "2026-06-01").unwrap_err();
    assert_eq!((refused.code(), refused.to_string().contains("1 June 2026")), ("placement-backwards", true));
    // On its last evening it is still on; half an hour after midnight in London it is over, though not in UTC.
    assert_eq!(on("2026-06-30T22:30:00Z", sharing, "2026-06-01", "2026-06-30"), Ok(Overall::Ready));
    let over = Err(QuestionError::Over { ends: day("2026-06-30") });
    assert_eq!(on("2026-06-30T23:30:00Z", sharing, "2026-06-01", "2026-06-30"), over);
    let refused = on("2026-06-20T09:30:00Z", "volunteer", "2026-06-01", "2026-06-30").unwrap_err();
    assert_eq!((refused, refused.code()), (QuestionError::Purpose, "purpose-not-in-profile"));
}

#[test]
fn the_higher_level_that_has_to_be_done_anyway_settles_the_lower_one() {
    let wants = [(BLS, "bls"), (ILS, "ils")]
        .map(|(subject, id)| json!({ "id": id, "kind": "training", "subject": subject, "renewal": "P1Y" }));
    let profile = profile(&wants, &json!([{ "subject": BLS, "coveredBy": [ILS] }]));
    let due = |records: &[Value]| {
        under(&profile, morning(NOW).plus(-600), &[pass_from("RNN", records)], &[], |it| {
            let line = |action: &passport_verifier::Action<'_>| {
                let ids = action.findings.iter().map(|finding| finding.requirement.id.clone()).collect::<Vec<_>>();
                (action.due.to_string(), action.what, ids.join(" "))
            };
            it.actions().iter().map(line).collect::<Vec<_>>()
        })
    };
    let first = || "2026-09-01".to_owned();
    // Something of the kind was shown, so that both have to be done.
    assert_eq!(due(&[training(IPC, "2026-02-01")]), [(first(), Do::Complete, "ils bls".into())]);
    // The lower one is due later: it is settled all the same.
    assert_eq!(due(&[training(BLS, "2025-09-15")]), [(first(), Do::Complete, "ils bls".into())]);
    // The lower one holds: the higher one alone.
    assert_eq!(due(&[training(BLS, "2026-06-01")]), [(first(), Do::Complete, "ils".into())]);
    // The higher one ends within the placement, and stands for both until then.
    let until = "2026-09-14".to_owned();
    assert_eq!(due(&[training(ILS, "2025-09-15")]), [(until, Do::Renew, "ils bls".into())]);
}

#[test]
fn what_is_dated_in_the_future_does_not_count_yet() {
    come_to(&[ipc()], &[pass_from("RNN", &[training(IPC, "2026-08-21")])], &[], |it| {
        assert_eq!(outcomes(it), [Outcome::Missing]);
        assert!(it.plain().contains("not so, or not yet"), "{}", it.plain());
    });
}
