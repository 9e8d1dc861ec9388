//! What a movement says to people: why something cannot be done and what comes first, who cannot be told,
//! and what a receipt still says at the end.

use passport_tests::moving::{carer_agreement, registered_nurse, ward_nurse};
use passport_tests::{Database, Hr, TestApp};
use serde_json::{Value, json};

fn pass_of(hr: &Hr) -> Value {
    hr.issue(&registered_nurse("1", "Ana Ng"))["pass"]["text"].clone()
}

fn ward() -> (TestApp, Hr, Hr) {
    let (app, rnn, rtd) = TestApp::start(Database::Sqlite);
    let _ = rtd.publish(&ward_nurse()).expect(201);
    (app, rnn, rtd)
}

#[test]
fn a_step_that_cannot_be_taken_says_what_comes_first() {
    let (_app, rnn, rtd) = ward();
    let pass = pass_of(&rnn);
    let mut moving = rtd.ask("ward-nurse");
    let refused = |answer: passport_tests::Answer, words: &str| {
        assert_eq!(answer.status, 409);
        assert!(answer.text().contains(words), "{}", answer.text());
    };
    refused(moving.step("agree"), "the movement is requested, and agree is not possible from there; the person has to");
    let _ = moving.show(&[&pass]).expect(201);
    refused(moving.step("agree"), "the movement is shared, and agree is not possible from there; assess it first");
    refused(moving.step("start"), "what can be done now: assess, decline, cancel");
    let _ = moving.step("assess").expect(200);
    refused(moving.step("start"), "agree it first");
    let why = json!({ "reason": "Plans have changed" });
    let decline = format!("/v1/movements/{}/decline", moving.id);
    let _ = rtd.post(&decline, &why).expect(200);
    refused(rtd.post(&decline, &why), "the movement is declined: it is over");
}

#[test]
fn who_confirms_what_is_not_asked_learns_what_is() {
    let (_app, rnn, rtd) = ward();
    let mut moving = rtd.ask("ward-nurse");
    let _ = moving.show(&[&pass_of(&rnn)]).expect(201);
    let refused = moving.confirm("registration", "2026-11-21", true);
    assert_eq!(refused.problems()[0].1, "unknown-requirement");
    for id in ["nmc", "induction"] {
        assert!(refused.text().contains(id), "{}", refused.text());
    }
}

#[test]
fn a_clearance_says_in_words_what_stands_in_the_way_and_no_more() {
    let (_app, rnn, rtd) = ward();
    let mut moving = rtd.ask("ward-nurse");
    moving.until_active(&pass_of(&rnn));
    let why = moving.clearance("2026-12-11")["why"][0].clone();
    assert_eq!((&why["requirement"], &why["code"]), (&json!("ipc"), &json!("met-until/fits")));
    let detail = why["detail"].as_str().unwrap();
    assert!(detail.ends_with(": held until 9 December 2026"), "{detail}");
    let outside = moving.clearance("2027-12-11");
    assert_eq!(outside["why"][0]["detail"], "the day lies outside the placement");
}

#[test]
fn only_an_organisation_that_is_known_is_told_and_never_the_host_itself() {
    let (_app, rnn, rtd) = ward();
    let mut moving = rtd.ask("ward-nurse");
    let _ = moving.show(&[&pass_of(&rnn)]).expect(201);
    for (code, why) in [("XYZ", "unknown-organisation"), ("RTD", "is-the-host")] {
        let told = moving.holder().post("/v1/receipt/tell", &json!({ "organisation": code }));
        assert_eq!((told.status, told.problems()), (422, vec![("/organisation".to_owned(), why.to_owned())]));
        let told = rtd.post(
            &format!("/v1/movements/{}/tell", moving.id),
            &json!({ "organisation": code, "agreement": "Memorandum of 2026" }),
        );
        assert_eq!(told.problems()[0].1, why);
        let opened = rtd.post(
            "/v1/movements",
            &json!({
                "profile": "ward-nurse", "purpose": "secondment", "starts": "2026-11-21", "ends": "2026-12-18",
                "tell": [code], "agreement": "Memorandum of 2026",
            }),
        );
        assert_eq!((opened.status, opened.problems()), (422, vec![("/tell".to_owned(), why.to_owned())]));
    }
    let receipt = moving.holder().get("/v1/receipt", "").expect(200);
    assert_eq!(receipt["told"], json!([]));
    assert!(!moving.look()["steps"].to_string().contains("tell"), "nothing of it is in the books");
}

#[test]
fn a_receipt_says_at_the_end_that_what_was_shown_is_deleted() {
    let (_app, rnn, rtd) = ward();
    let mut moving = rtd.ask("ward-nurse");
    moving.until_active(&pass_of(&rnn));
    let look = || moving.holder().get("/v1/receipt", "").expect(200);
    let before = look();
    assert_eq!(before["keptUntil"], "the movement is over");
    let about: Vec<_> = before["records"].as_array().unwrap().iter().map(|it| it["about"].as_str().unwrap()).collect();
    assert!(about.contains(&"identity") && about.contains(&"employment/staff-nurse/2019-09-02"), "{about:?}");
    let _ = moving.step("end").expect(200);
    assert_eq!(look()["keptUntil"], "deleted: the movement is over");
}

#[test]
fn a_code_that_no_list_has_is_refused_with_where_the_list_is() {
    let (_app, rnn, _rtd) = ward();
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut nurse = registered_nurse("1", "Ana Ng");
        change(&mut nurse["records"]);
        rnn.post("/v1/passports", &nurse).text()
    };
    for text in [
        refused(&|records| records[2]["subject"] = "cstf/flying/1".into()),
        refused(&|records| records[2]["provenance"]["assurance"] = "hearsay".into()),
    ] {
        assert!(text.contains("stands in the JSON Schemas under /schemas/v1/"), "{text}");
    }
    let text = refused(&|records| records[1]["category"] = "sleeping".into());
    assert!(text.contains("must be one of permanent, "), "a short list is named whole: {text}");
    let mut agreement = carer_agreement();
    agreement["provenance"]["assurance"] = "agreement-signed-off".into();
    let mut nurse = registered_nurse("1", "Ana Ng");
    nurse["records"].as_array_mut().unwrap().push(agreement);
    let issued = rnn.issue(&nurse);
    assert!(issued["credentials"].as_array().unwrap().iter().any(|it| it["type"] == "StaffAgreementCredential"));
}
