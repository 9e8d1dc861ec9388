//! Those who meet at a movement: a host that asks, a person with a link and a receipt.

use serde_json::{Value, json};

use crate::{Answer, Hr, bare, employment, fire_safety, identity, nurse};

/// A profile of a ward: fire safety, infection control, the register, an induction within a week.
#[must_use]
pub fn ward_nurse() -> Value {
    let rely = |id: &str, subject: &str, renewal: &str| {
        json!({
            "id": id, "kind": "training", "subject": subject, "renewal": renewal, "acceptance": "rely",
            "reason": "Everybody on the ward", "source": "A test",
        })
    };
    json!({
        "name": "ward-nurse", "title": "Nurse on a ward", "role": "staff-nurse",
        "purposes": ["workforce-sharing", "secondment"],
        "requirements": [
            rely("fire", "cstf/fire-safety/1", "P2Y"),
            rely("ipc", "cstf/infection-prevention-control/2", "P1Y"),
            {
                "id": "nmc", "kind": "registration", "regulator": "nmc", "acceptance": "check-live", "recheck": "P1Y",
                "reason": "The register is the proof", "source": "A test",
            },
            {
                "id": "induction", "kind": "local", "title": "Local induction", "acceptance": "do-locally", "dueDays": 7,
                "reason": "Our fire exits", "source": "A test",
            },
        ],
    })
}

fn provenance(assurance: &str) -> Value {
    json!({ "assurance": assurance, "lastRefreshed": "2026-11-20" })
}

/// An infection control training, level 2.
#[must_use]
pub fn infection_control(awarded: &str) -> Value {
    json!({
        "kind": "training", "subject": "cstf/infection-prevention-control/2", "awarded": awarded, "period": "P1Y",
        "provenance": provenance("cstf-employer"),
    })
}

/// An entry in the register.
#[must_use]
pub fn registration(number: &str, status: &str) -> Value {
    json!({
        "kind": "registration", "regulator": "nmc", "number": number, "status": status, "checked": "2026-11-02",
        "validUntil": "2027-03-31", "provenance": provenance("register-checked-online"),
    })
}

/// A nurse who has what [`ward_nurse`] asks for; infection control ends on 9 December 2026.
#[must_use]
pub fn registered_nurse(reference: &str, name: &str) -> Value {
    let mut nurse = nurse(reference, name);
    let records = nurse["records"].as_array_mut().expect("records");
    records.extend([infection_control("2025-12-10"), registration("99A9999A", "registered")]);
    nurse
}

/// A working carer's agreement.
#[must_use]
pub fn carer_agreement() -> Value {
    json!({
        "kind": "carerAgreement", "agreed": ["Starts at 10:00 on Tuesdays"], "personSigned": "2026-05-01",
        "managerSigned": "2026-05-02", "reviewBy": "2027-05-01", "provenance": provenance("local-employer"),
    })
}

/// Somebody with an identity, a job and these records.
#[must_use]
pub fn somebody(reference: &str, name: &str, records: &[Value]) -> Value {
    let mut all = vec![identity(name), employment()];
    all.extend(records.iter().cloned());
    json!({ "reference": reference, "records": all })
}

/// Fire safety of a day, for other tests.
#[must_use]
pub fn fire(awarded: &str) -> Value {
    fire_safety(awarded)
}

/// A movement as a test follows it.
pub struct Moving {
    pub host: Hr,
    pub id: String,
    pub opened: Value,
    pub link: String,
    pub receipt: Option<String>,
}

impl Hr {
    /// Publishes a profile.
    #[must_use]
    pub fn publish(&self, profile: &Value) -> Answer {
        self.post("/v1/profiles", profile)
    }

    /// Opens a movement for four weeks from the day on which tests begin.
    #[must_use]
    pub fn ask(&self, profile: &str) -> Moving {
        self.ask_with(&json!({
            "profile": profile, "purpose": "workforce-sharing", "starts": "2026-11-21", "ends": "2026-12-18",
        }))
    }

    /// Opens a movement.
    #[must_use]
    pub fn ask_with(&self, body: &Value) -> Moving {
        let opened = self.post("/v1/movements", body).expect(201);
        let id = bare(&opened["id"]).to_owned();
        Moving { host: self.clone(), id, link: link_of(&opened), opened, receipt: None }
    }
}

fn link_of(answer: &Value) -> String {
    answer["link"].as_str().and_then(|link| link.split_once('#')).expect("a link").1.to_owned()
}

impl Moving {
    /// The person shows these, with the link.
    pub fn show(&mut self, tokens: &[&Value]) -> Answer {
        let answer = self.person().post("/v1/share", &json!({ "passes": tokens }));
        if let Some(receipt) = answer.json()["receipt"].as_str() {
            self.receipt = Some(receipt.to_owned());
        }
        answer
    }

    /// Whoever holds the link.
    #[must_use]
    pub fn person(&self) -> Hr {
        self.host.with_key(&self.link)
    }

    /// Whoever holds the receipt.
    #[must_use]
    pub fn holder(&self) -> Hr {
        self.host.with_key(self.receipt.as_deref().unwrap_or("spr_none"))
    }

    /// The host takes a step.
    #[must_use]
    pub fn step(&self, step: &str) -> Answer {
        self.step_as(&self.host, step)
    }

    /// Somebody tries to take a step of the host's.
    #[must_use]
    pub fn step_as(&self, who: &Hr, step: &str) -> Answer {
        who.post(&format!("/v1/movements/{}/{step}", self.id), &json!({ "reason": "A test" }))
    }

    /// The host asks for more; the link is a new one.
    pub fn ask_again(&mut self) {
        let answer = self.step("ask-again").expect(200);
        self.link = link_of(&answer);
    }

    /// The host has looked something up.
    #[must_use]
    pub fn confirm(&self, requirement: &str, on: &str, satisfied: bool) -> Answer {
        let body = json!({ "requirement": requirement, "on": on, "satisfied": satisfied });
        self.host.post(&format!("/v1/movements/{}/confirmations", self.id), &body)
    }

    /// The movement as the host sees it.
    #[must_use]
    pub fn look(&self) -> Value {
        self.host.get(&format!("/v1/movements/{}", self.id), "").expect(200)
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> String {
        self.look()["state"].as_str().expect("a state").to_owned()
    }

    /// What a roster is told about a day.
    #[must_use]
    pub fn clearance(&self, on: &str) -> Value {
        self.host.get(&format!("/v1/movements/{}/clearance?on={on}", self.id), "").expect(200)
    }

    /// The answer of the newest decision about a requirement.
    #[must_use]
    pub fn outcome(&self, requirement: &str) -> String {
        let look = self.look();
        let requirements = look["decisions"][0]["requirements"].as_array().cloned().unwrap_or_default();
        let found = requirements.iter().find(|it| it["requirement"] == requirement);
        found.and_then(|it| it["outcome"].as_str()).unwrap_or_default().to_owned()
    }

    /// From asking to working: everything is in order.
    pub fn until_active(&mut self, pass: &Value) {
        let _ = self.show(&[pass]).expect(201);
        let _ = self.step("assess").expect(200);
        let _ = self.confirm("nmc", "2026-11-21", true).expect(200);
        let _ = self.step("agree").expect(200);
        let _ = self.step("start").expect(200);
    }
}
