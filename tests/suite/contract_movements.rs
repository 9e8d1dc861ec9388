//! `openapi.yaml` against the running service, for profiles, movements, notices and evidence: each
//! operation succeeds and is refused at least once.

use passport_issuer::publish;
use passport_tests::{
    Answer, Database, Hr, TestApp, agent, bare, fire_safety, identity, reference_passport, sign_trust_list,
    trust_list_of,
};
use serde_json::{Value, json};

use super::contract::Contract;

/// A role with something to rely on, something to look up, and something to do here.
pub(super) fn profile() -> Value {
    let requirement = |id: &str, acceptance: &str, rule: Value| {
        let mut whole =
            json!({ "id": id, "acceptance": acceptance, "reason": "It is needed.", "source": "assumption" });
        whole.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
        whole
    };
    json!({
        "name": "ward", "title": "Staff nurse", "role": "staff-nurse", "purposes": ["workforce-sharing"],
        "requirements": [
            requirement("fire", "rely", json!({ "kind": "training", "subject": "cstf/fire-safety/1", "renewal": "P2Y" })),
            requirement("register", "check-live", json!({ "kind": "registration", "regulator": "nmc" })),
            requirement("induction", "do-locally", json!({ "kind": "local" })),
        ],
    })
}

/// Somebody who calls operations by their templates, and holds each answer against the contract.
struct Caller<'c> {
    contract: &'c Contract,
    who: Hr,
}

impl<'c> Caller<'c> {
    fn new(contract: &'c Contract, who: &Hr) -> Self {
        Self { contract, who: who.clone() }
    }

    /// The same with a link or a receipt.
    fn with(&self, token: &str) -> Self {
        Self { contract: self.contract, who: self.who.with_key(token) }
    }

    fn post(&self, template: &str, id: &str, body: &Value, status: u16) -> Value {
        let answer = self.who.post(&template.replace("{id}", id), body);
        if answer.status < 300 {
            self.contract.check_body(&format!("post {template}"), body);
        }
        self.checked("post", template, answer, status)
    }

    fn get(&self, template: &str, id: &str, status: u16) -> Value {
        let answer = self.who.get(&template.replace("{id}", id), "");
        self.checked("get", template, answer, status)
    }

    fn checked(&self, method: &str, template: &str, answer: Answer, status: u16) -> Value {
        let template = template.split('?').next().unwrap();
        self.contract.check(&format!("{method} {template}"), &answer);
        answer.expect(status)
    }

    /// Opens a movement: its id, and the person with the link.
    fn open(&self) -> (String, Self) {
        let body = json!({ "profile": "ward", "purpose": "workforce-sharing", "starts": "2026-11-21", "ends": "2026-12-18",
            "asks": ["identity", "registration", "training", "reference"], "tell": ["RNN", "RNN"],
            "agreement": "Our agreement of 2025" });
        let opened = self.post("/v1/movements", "", &body, 201);
        assert_eq!((&opened["overAsking"], &opened["told"]), (&json!(["reference"]), &json!(["RNN"])));
        let person = self.with(link(&opened));
        (bare(&opened["id"]).to_owned(), person)
    }
}

fn link(opened: &Value) -> &str {
    opened["link"].as_str().and_then(|link| link.split_once('#')).expect("a link").1
}

/// Shows a pass; the person with the receipt.
fn share<'c>(person: &Caller<'c>, passport: &Value) -> Caller<'c> {
    let shown = person.post("/v1/share", "", &json!({ "passes": [passport["pass"]["text"]] }), 201);
    person.with(shown["receipt"].as_str().expect("a receipt"))
}

#[test]
fn profiles_are_published_as_described() {
    let contract = Contract::load();
    let (app, _, rtd) = TestApp::start(Database::Sqlite);
    let host = Caller::new(&contract, &rtd);
    let published = "/v1/profiles";
    host.post(published, "", &profile(), 201);
    host.post(published, "", &profile(), 200);
    for path in ["adult-icu-nurse", "ward-volunteer"] {
        let file = std::fs::read(format!("{}/../profiles/{path}.yaml", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let body = serde_yaml_ng::from_slice(&file).unwrap();
        host.post(published, "", &body, 201);
        let request = agent().post(format!("{}{published}", app.url));
        let request = request.header("Authorization", format!("Bearer {}", rtd.key)).content_type("application/yaml");
        let (parts, mut body) = request.send(&file).unwrap().into_parts();
        let body = body.read_to_vec().unwrap();
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body };
        host.checked("post", published, answer, 200);
    }
    let mut faulty = profile();
    faulty["requirements"][1]["acceptance"] = "rely".into();
    host.post(published, "", &faulty, 422);
    host.post(published, "", &json!({ "title": "x".repeat(140_000) }), 413);
    host.get(published, "", 200);
    host.with("spk_no").get(published, "", 401);
    for path in ["ward", "ward/1", "ward/2", "none"] {
        let template = if path.contains('/') { "{name}/{version}" } else { "{name}" };
        let answer = app.get(&format!("/organisations/RTD/profiles/{path}"), "");
        contract.check(&format!("get /organisations/{{code}}/profiles/{template}"), &answer);
    }
    contract.check("get /bundle", &app.get("/bundle", ""));
    contract.check("get /v1/audit", &rtd.get("/v1/audit", ""));
    contract.no_faults();
}

#[test]
fn movements_answer_as_they_are_described() {
    let contract = Contract::load();
    let (app, rnn, rtd) = TestApp::start(Database::Sqlite);
    let (host, employer) = (Caller::new(&contract, &rtd), Caller::new(&contract, &rnn));
    let nobody = host.with("spk_no");
    host.post("/v1/profiles", "", &profile(), 201);
    host.post("/v1/profiles", "", &json!({}), 422);
    host.get("/v1/profiles", "", 200);
    nobody.get("/v1/profiles", "", 401);
    nobody.get("/v1/movements", "", 401);
    nobody.get("/v1/notices", "", 401);
    host.post("/v1/movements", "", &json!({ "profile": "none" }), 422);
    let unsaid = json!({ "profile": "ward", "purpose": "workforce-sharing", "starts": "2026-11-21",
        "ends": "2026-12-18", "tell": ["RNN"] });
    host.post("/v1/movements", "", &unsaid, 422);
    let passport = rnn.issue(&reference_passport());
    let (id, person) = host.open();

    // The person looks, fails, shows, and comes back.
    assert_eq!(person.get("/v1/share", "", 200)["told"], json!(["RNN"]));
    person.post("/v1/share", "", &json!({ "passes": ["SP1:NO"] }), 422);
    let receipt = share(&person, &passport);
    person.get("/v1/share", "", 410);
    person.post("/v1/share", "", &json!({ "passes": [passport["pass"]["text"]] }), 410);
    receipt.get("/v1/receipt", "", 200);
    receipt.with("").get("/v1/receipt", "", 401);
    receipt.with("spr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").get("/v1/receipt", "", 404);

    // The host looks at it, looks up and does what is left, and lets them start.
    let shown = host.get("/v1/movements/{id}", &id, 200);
    let other = host.with(&rnn.key);
    other.get("/v1/movements/{id}", &id, 404);
    let at = |step: &str| format!("/v1/movements/{{id}}/{step}");
    host.post(&at("agree"), &id, &json!({}), 409);
    host.post(&at("assess"), &id, &json!({}), 200);
    host.post(&at("assess"), &id, &json!({ "reason": 1 }), 422);
    let fire =
        shown["records"].as_array().unwrap().iter().find(|it| it["about"] == "training/cstf/fire-safety/1").unwrap();
    for accepted in [false, true] {
        let decision =
            json!({ "item": fire["item"], "position": fire["position"], "accepted": accepted, "reason": "We looked." });
        host.post(&at("records"), &id, &decision, 200);
        if !accepted {
            host.post(&at("assess"), &id, &json!({}), 200);
            host.post(&at("agree"), &id, &json!({}), 409);
        }
    }
    host.post(&at("records"), &id, &json!({ "item": 9, "position": 9, "accepted": true, "reason": "So." }), 422);
    host.post(&at("agree"), &id, &json!({ "reason": "As we said." }), 200);
    host.post(&at("start"), &id, &json!({}), 409);
    let clearance = |query: &str, status| {
        let answer = host.who.get(&format!("/v1/movements/{id}/clearance{query}"), "");
        host.checked("get", "/v1/movements/{id}/clearance", answer, status)["answer"].clone()
    };
    assert_eq!(clearance("", 200), "no");
    for requirement in ["register", "induction"] {
        let said = json!({ "requirement": requirement, "on": "2026-11-21", "satisfied": true, "until": "2026-12-31" });
        host.post(&at("confirmations"), &id, &said, 200);
    }
    for (requirement, on) in [("fire", "2026-11-21"), ("register", "2026-11-20")] {
        let said = json!({ "requirement": requirement, "on": on, "satisfied": true });
        host.post(&at("confirmations"), &id, &said, 422);
    }
    host.post(&at("start"), &id, &json!({}), 200);
    assert_eq!((clearance("?on=2026-12-18", 200), clearance("?on=2027-12-18", 200)), (json!("yes"), json!("no")));
    clearance("?on=tomorrow", 422);

    more(&host, &rnn, &id, &person, &receipt);
    tell(&app, &employer, &host, &id, &receipt, &passport);
    host.post(&at("end"), &id, &json!({}), 200);
    host.post(&at("end"), &id, &json!({}), 409);
    host.post(&at("ask-again"), &id, &json!({}), 409);
    host.get("/v1/movements/{id}", &id, 200);
    receipt.get("/v1/receipt", "", 200);
    other_ends(&host, &passport);
    evidence(&host);
    host.get("/v1/movements", "", 200);
    contract.check("get /v1/audit", &rtd.get("/v1/audit", ""));
    contract.finish_tags(&["Profiles", "Movements", "Person", "Notices", "Evidence"]);
}

/// Weak evidence of one person is settled by the host; a profile for other purposes judges nobody.
#[test]
fn what_is_not_settled_is_said_as_it_is_described() {
    let contract = Contract::load();
    let (app, rnn, rtd) = TestApp::start(Database::Sqlite);
    let host = Caller::new(&contract, &rtd);
    host.post("/v1/profiles", "", &profile(), 201);
    let (id, person) = host.open();
    let both = [(&rnn, "1", "Ana Maria Ng"), (&rtd, "x", "Ana")].map(|(hr, reference, name)| {
        let issued =
            hr.issue(&json!({ "reference": reference, "records": [identity(name), fire_safety("2025-10-08")] }));
        issued["pass"]["text"].clone()
    });
    let receipt = person.post("/v1/share", "", &json!({ "passes": both }), 201);
    let _ = person.with(receipt["receipt"].as_str().unwrap()).get("/v1/receipt", "", 200);
    let at = |step: &str| format!("/v1/movements/{{id}}/{step}");
    let actions = |movement: &Value| movement["assessment"]["actions"].to_string();
    assert!(actions(&host.post(&at("assess"), &id, &json!({}), 200)).contains("check-identity"));
    app.clock.advance(60);
    let fits = json!({ "requirement": "same-person", "on": "2026-11-21", "satisfied": true });
    host.post(&at("confirmations"), &id, &fits, 200);
    assert!(!actions(&host.get("/v1/movements/{id}", &id, 200)).contains("check-identity"));

    let mut other = profile();
    other["purposes"] = json!(["secondment"]);
    host.post("/v1/profiles", "", &other, 201);
    let judged = host.post(&at("assess"), &id, &json!({}), 200);
    let none = json!({ "overall": "cannot-tell", "code": "purpose-not-in-profile" });
    assert_eq!((&judged["assessment"], &judged["decisions"][0]["overall"]), (&none, &none["overall"]));
    host.post(&at("agree"), &id, &json!({}), 409);
    contract.no_faults();
}

/// Something more is shown, and an agreement.
fn more(host: &Caller<'_>, rnn: &Hr, id: &str, person: &Caller<'_>, receipt: &Caller<'_>) {
    let at = |step: &str| format!("/v1/movements/{{id}}/{step}");
    let again = host.post(&at("ask-again"), id, &json!({ "reason": "The new training." }), 200);
    let mut renewed = rnn.issue(&json!({ "reference": "30670001", "records": [fire_safety("2026-11-19")] }));
    let passes = json!({ "passes": [renewed["pass"]["text"], "SP1:NO"] });
    let more = person.with(link(&again)).post("/v1/share", "", &passes, 201);
    assert_eq!((more.get("receipt"), more["refused"].as_array().map(Vec::len)), (None, Some(1)));
    let who = identity("Grace Oluwaseun Adeyemi");
    let agreement = json!({ "kind": "carerAgreement", "agreed": ["No night shifts."], "personSigned": "2026-10-01",
        "managerSigned": "2026-10-02", "reviewBy": "2027-04-01", "provenance": who["provenance"] });
    renewed = rnn.issue(&json!({ "reference": "30670001", "records": [agreement] }));
    let credentials = renewed["credentials"].as_array().unwrap();
    let of = |family: &str| &credentials.iter().find(|it| it["type"] == family).expect("a credential")["token"];
    let agreement = json!({ "credential": of("StaffAgreementCredential") });
    let kept = receipt.post("/v1/receipt/agreements", "", &agreement, 201);
    receipt.post("/v1/receipt/agreements", "", &json!({ "credential": of("StaffTrainingCredential") }), 422);
    host.get(&at("agreements"), id, 200);
    host.with(&rnn.key).get(&at("agreements"), id, 404);
    let answer = |body: &Value, status| {
        let path = format!("/v1/movements/{id}/agreements/{}/answer", bare(&kept["id"]));
        let answer = host.who.post(&path, body);
        host.checked("post", "/v1/movements/{id}/agreements/{agreement}/answer", answer, status)
    };
    answer(&json!({ "answer": "honour" }), 200);
    answer(&json!({ "answer": "refuse" }), 422);
    receipt.get("/v1/receipt", "", 200);
}

/// Others are told: one here, one of another deployment, which joins this one to take its notice in.
fn tell(app: &TestApp, employer: &Caller<'_>, host: &Caller<'_>, id: &str, receipt: &Caller<'_>, passport: &Value) {
    let at = |step: &str| format!("/v1/movements/{{id}}/{step}");
    let agreed = |organisation: &str| json!({ "organisation": organisation, "agreement": "Our agreement of 2025" });
    host.post(&at("tell"), id, &agreed("RNN"), 200);
    host.post(&at("tell"), id, &json!({ "organisation": "RNN" }), 422);
    receipt.post("/v1/receipt/tell", "", &json!({ "organisation": "RNN" }), 200);
    receipt.post("/v1/receipt/tell", "", &json!({}), 422);
    for stranger in ["RTD", "RXX"] {
        host.post(&at("tell"), id, &agreed(stranger), 422);
        receipt.post("/v1/receipt/tell", "", &json!({ "organisation": stranger }), 422);
    }
    let (elsewhere, _, _) = TestApp::start(Database::Sqlite);
    let _ = elsewhere.add_organisation("RXX", "Northumbria Healthcare NHS Foundation Trust");
    let members = [(app.url.as_str(), "RNN"), (&app.url, "RTD"), (&elsewhere.url, "RXX")];
    let list = sign_trust_list(&trust_list_of(&members, 2, app.now()), &app.root);
    app.runtime.block_on(publish::publish_trust_list(&app.app, &list, &app.root_key())).expect("published");
    let notice = host.post(&at("tell"), id, &agreed("RXX"), 200);
    let late = app.add_organisation("RXX", "Northumbria Healthcare NHS Foundation Trust");
    let notice = json!({ "notice": notice["notice"] });
    let late = Caller::new(host.contract, &late);
    late.post("/v1/notices", "", &notice, 201);
    late.post("/v1/notices", "", &notice, 409);
    late.get("/v1/notices", "", 200);
    employer.post("/v1/notices", "", &notice, 422);
    let told = employer.get("/v1/notices", "", 200);
    assert_eq!(told["notices"][0]["staff"], passport["staff"], "{told:#}");
}

/// Movements that end otherwise: dropped, declined by each side, taken back.
fn other_ends(host: &Caller<'_>, passport: &Value) {
    let why = json!({ "reason": "Plans have changed." });
    for step in ["cancel", "decline"] {
        let template = format!("/v1/movements/{{id}}/{step}");
        let (id, person) = host.open();
        let _ = share(&person, passport);
        host.post(&template, &id, &json!({}), 422);
        host.post(&template, &id, &why, 200);
        host.post(&template, &id, &why, 409);
    }
    let (_, person) = host.open();
    person.post("/v1/share/decline", "", &why, 422);
    person.post("/v1/share/decline", "", &json!({ "reason": "asks-too-much" }), 200);
    person.post("/v1/share/decline", "", &json!({}), 410);
    let (_, person) = host.open();
    let receipt = share(&person, passport);
    receipt.post("/v1/receipt/withdraw", "", &why, 422);
    receipt.post("/v1/receipt/withdraw", "", &json!({ "reason": "no-longer-wanted" }), 200);
    receipt.post("/v1/receipt/withdraw", "", &json!({}), 409);
}

fn evidence(host: &Caller<'_>) {
    for accept in ["", "text/csv", "image/svg+xml"] {
        let answer = host.who.get("/v1/evidence/training?from=2026-01&to=2026-10", accept);
        host.checked("get", "/v1/evidence/training", answer, 200);
    }
    for query in ["from=now", "to=2026-11", "from=2026-10&to=2026-09"] {
        host.get(&format!("/v1/evidence/training?{query}"), "", 422);
    }
}
