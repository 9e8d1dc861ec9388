//! Role profiles: what is read, and what is refused, where and as what.

use passport_schema::codes::{CodeLists, Facts, Purpose, Subject, Term};
use passport_schema::problem::Problems;
use passport_schema::profile::{
    Acceptance, MAX_DEPTH, MAX_PARTS, MAX_PROFILE, MAX_REQUIREMENTS, Needs, Profile, Renewal, over_asking, schema,
};
use passport_schema::record::{Family, Kind};
use passport_schema::time::Period;
use serde_json::{Value, json};

const IPC1: &str = "cstf/infection-prevention-control/1";
const IPC2: &str = "cstf/infection-prevention-control/2";
const ADULTS1: &str = "cstf/safeguarding-adults/1";
const ADULTS2: &str = "cstf/safeguarding-adults/2";
const ADULTS3: &str = "cstf/safeguarding-adults/3";

fn training(subject: &str) -> Value {
    json!({ "kind": "training", "subject": subject, "renewal": "issuer" })
}

fn requirement(id: &str, acceptance: &str, rule: &Value) -> Value {
    with(rule, &json!({ "id": id, "acceptance": acceptance, "reason": "A test", "source": "A test" }))
}

fn with(value: &Value, more: &Value) -> Value {
    let mut whole = value.clone();
    whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    whole
}

/// A profile of all that a profile can ask.
fn good() -> Value {
    let requirements = json!([
        requirement(
            "ipc",
            "rely",
            &json!({ "kind": "training", "subject": IPC1, "renewal": "P1Y", "freshness": "P18M",
            "title": "Infection prevention", "purposes": ["bank-shift"], "dueDays": 0 })
        ),
        requirement(
            "hours",
            "rely",
            &json!({ "kind": "training", "subject": ADULTS3, "renewal": "never",
            "hours": { "atLeast": 8, "within": "P3Y" } })
        ),
        requirement(
            "identity",
            "do-locally",
            &json!({ "kind": "identityCheck", "levels": ["h1a", "m1a"], "dueDays": 1 })
        ),
        requirement("work", "check-live", &json!({ "kind": "rightToWork", "recheck": "P1Y" })),
        requirement("nmc", "check-live", &json!({ "kind": "registration", "regulator": "nmc" })),
        requirement(
            "gmc",
            "check-live",
            &json!({ "kind": "registration", "regulator": "gmc", "licenceToPractise": true })
        ),
        requirement(
            "dbs",
            "rely",
            &json!({ "kind": "criminalRecordCheck", "levels": ["enhanced"],
            "workforces": ["adult"], "barredLists": ["none"], "freshness": "P3Y" })
        ),
        requirement("references", "rely", &json!({ "kind": "reference", "months": 36 })),
        requirement("health", "rely", &json!({ "kind": "healthClearance", "clearances": ["epp"] })),
        requirement("hep-b", "rely", &json!({ "kind": "screening", "item": "hep-b-immune", "results": ["immune"] })),
        requirement(
            "iv",
            "rely",
            &json!({ "kind": "competency", "competency": "iv-passport/iv-therapy",
            "elements": ["pvc"], "independence": ["independent"], "settings": ["adult-acute"], "practiceHere": true })
        ),
        requirement("degree", "rely", &json!({ "kind": "qualification", "qualification": "bsc-nursing" })),
        requirement(
            "start",
            "rely",
            &json!({ "kind": "preceptorship", "programmes": ["core"], "statuses": ["completed"] })
        ),
        requirement(
            "job",
            "rely",
            &json!({ "kind": "employment", "roles": ["icu-nurse"], "categories": ["permanent"] })
        ),
        requirement("host", "rely", &json!({ "kind": "placement", "roles": ["icu-nurse"] })),
        requirement(
            "adults",
            "rely",
            &json!({ "kind": "anyOf", "parts": [
            training(ADULTS2), { "kind": "allOf", "parts": [training(ADULTS1), training("local:Our own")] },
        ] })
        ),
        requirement("tour", "do-locally", &json!({ "kind": "local" })),
    ]);
    json!({
        "owner": "RTD", "name": "adult-icu-nurse", "version": 2, "title": "Adult ICU nurse", "role": "icu-nurse",
        "purposes": ["workforce-sharing", "bank-shift"],
        "levels": [{ "subject": IPC1, "coveredBy": [IPC2] }, { "subject": ADULTS1, "coveredBy": [ADULTS2, ADULTS3] }],
        "requirements": requirements,
    })
}

/// A profile with one training and this besides.
fn small(more: &Value) -> Value {
    with(&with(&good(), &json!({ "levels": [], "requirements": [requirement("ipc", "rely", &training(IPC1))] })), more)
}

/// A profile that asks for this alone.
fn asking(rule: &Value) -> Value {
    small(&json!({ "requirements": [requirement("it", "rely", rule)] }))
}

/// A profile that asks for these trainings and has these levels.
fn levels(asked: &[&str], levels: &Value) -> Value {
    let asked = asked.iter().enumerate().map(|(place, it)| requirement(&format!("r{place}"), "rely", &training(it)));
    small(&json!({ "levels": levels, "requirements": asked.collect::<Vec<_>>() }))
}

fn parse(profile: &Value) -> Result<Profile, Problems> {
    Profile::parse(profile.to_string().as_bytes(), &CodeLists::embedded())
}

/// Every fault, as `place code`.
fn faults(profile: &Value) -> Vec<String> {
    match parse(profile) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.0.iter().map(|it| format!("{} {}", it.pointer, it.code)).collect(),
    }
}

#[track_caller]
fn refused(profile: &Value, expected: &[&str]) {
    assert_eq!(faults(profile), expected, "{profile}");
}

#[test]
fn a_good_profile_is_read_whole() {
    let profile = parse(&good()).unwrap();
    assert_eq!(profile.name.to_string(), "RTD/adult-icu-nurse, version 2");
    assert_eq!(profile.requirements.len(), 17);
    let [ipc, hours, identity, work, nmc, ..] = profile.requirements.as_slice() else { panic!() };
    assert_eq!(ipc.rule.renewal, Renewal::Receiver(Period::Years(1)));
    assert_eq!(ipc.rule.freshness, Some(Period::Months(18)));
    assert_eq!(ipc.title.as_ref().map(passport_schema::text::Text::as_str), Some("Infection prevention"));
    assert!(matches!(hours.rule.needs, Needs::Training { hours: Some(hours), .. } if hours.at_least == 8));
    assert_eq!((identity.acceptance, identity.due_days), (Acceptance::DoLocally, 1));
    assert_eq!((work.recheck, work.rule.renewal), (Some(Period::Years(1)), Renewal::Issuer));
    assert!(matches!(nmc.rule.needs, Needs::Registration { licence: false, .. }));
    assert_eq!(profile.requirements[16].rule.needs, Needs::Local);
    let lists = CodeLists::embedded();
    let term = |id| -> Term<Subject> { lists.term(id).unwrap() };
    let accepted = |id| profile.accepted(&term(id)).map(Term::id).collect::<Vec<_>>();
    assert_eq!(accepted(ADULTS1), [ADULTS1, ADULTS2, ADULTS3]);
    assert_eq!(accepted(ADULTS2), [ADULTS2], "only what the table says");
}

#[test]
fn what_is_asked_depends_on_the_purpose() {
    let profile = parse(&good()).unwrap();
    let lists = CodeLists::embedded();
    let purpose = |id| -> Term<Purpose> { lists.term(id).unwrap() };
    let (sharing, bank) = (purpose("workforce-sharing"), purpose("bank-shift"));
    assert_eq!(profile.requirements_for(&bank).count(), 17);
    assert_eq!(profile.requirements_for(&sharing).count(), 16);
    let kinds = profile.kinds_for(&sharing);
    assert!(kinds.contains(&Kind::Identity) && kinds.contains(&Kind::Training) && kinds.contains(&Kind::Placement));
    assert!(kinds.iter().all(|kind| kind.family() != Family::Agreement));
    let over = over_asking(&profile, &sharing, &Kind::ALL.iter().copied().collect());
    let beyond = [Kind::Placement, Kind::Reference, Kind::CarerAgreement, Kind::AdjustmentsAgreement];
    assert_eq!(over, beyond.into(), "asked for here or not, that is not usual then");
}

#[test]
fn every_purpose_names_kinds_of_record_that_may_be_asked_for() {
    let lists = CodeLists::embedded();
    assert_eq!(lists.entries::<Purpose>().count(), 7);
    let file: Value = serde_json::from_str(passport_schema::codes::Files::EMBEDDED.purposes).unwrap();
    for (entry, row) in lists.entries::<Purpose>().zip(file["rows"].as_array().unwrap()) {
        let Facts::Purpose { kinds } = &entry.facts else { panic!("{entry:?}") };
        let named: Vec<_> = row["kinds"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap()).collect();
        assert_eq!(*kinds, named, "{}", entry.id);
        assert!(!kinds.is_empty());
        for kind in kinds {
            let kind = Kind::parse(kind).unwrap_or_else(|| panic!("{}: {kind} is no kind", entry.id));
            assert!(kind != Kind::Identity && kind.family() != Family::Agreement, "{}: {kind:?}", entry.id);
        }
    }
}

#[test]
fn what_is_not_a_profile_at_all_is_refused_as_a_whole() {
    let lists = CodeLists::embedded();
    let parse = |bytes: &[u8]| Profile::parse(bytes, &lists).unwrap_err().0;
    for (bytes, code) in [
        (&b"{"[..], "unreadable"),
        (br#"{"owner":"RTD","owner":"RTD"}"#, "unreadable"),
        (br#"{"version":1.5}"#, "unreadable"),
        (b"[]", "wrong-type"),
        (&vec![b' '; MAX_PROFILE + 1], "too-long"),
    ] {
        let problems = parse(bytes);
        let found: Vec<_> = problems.iter().map(|it| (it.pointer.as_str(), it.code)).collect();
        assert_eq!(found, [("", code)]);
    }
    let mut longest = good().to_string().into_bytes();
    longest.resize(MAX_PROFILE, b' ');
    assert!(Profile::parse(&longest, &lists).is_ok());
}

#[test]
fn fields_that_are_missing_unknown_or_faulty_are_refused_where_they_stand() {
    refused(
        &json!({}),
        &[
            "/owner missing-field",
            "/name missing-field",
            "/version missing-field",
            "/title missing-field",
            "/role missing-field",
            "/purposes missing-field",
            "/requirements missing-field",
        ],
    );
    for (more, expected) in [
        (json!({ "colour": 1 }), "/colour unknown-field"),
        (json!({ "a/b~c": 1 }), "/a~1b~0c unknown-field"),
        (json!({ "owner": "rtd" }), "/owner organisation-code"),
        (json!({ "name": "Adult ICU" }), "/name not-a-name"),
        (json!({ "name": "" }), "/name not-a-name"),
        (json!({ "name": "a".repeat(41) }), "/name not-a-name"),
        (json!({ "version": 0 }), "/version out-of-range"),
        (json!({ "version": "1" }), "/version out-of-range"),
        (json!({ "version": 1_u64 << 32 }), "/version out-of-range"),
        (json!({ "title": " " }), "/title empty-text"),
        (json!({ "role": "astronaut" }), "/role unknown-code"),
        (json!({ "purposes": [] }), "/purposes empty"),
        (json!({ "purposes": "bank-shift" }), "/purposes wrong-type"),
        (json!({ "purposes": ["bank-shift", "holiday"] }), "/purposes/1 unknown-code"),
        (json!({ "levels": {} }), "/levels wrong-type"),
        (json!({ "requirements": [] }), "/requirements requirement-count"),
        (json!({ "requirements": [1] }), "/requirements/0 wrong-type"),
    ] {
        refused(&small(&more), &[expected]);
    }
    for (more, expected) in [
        (json!({ "colour": 1 }), "/requirements/0/colour unknown-field"),
        (json!({ "id": "IPC" }), "/requirements/0/id not-a-name"),
        (json!({ "acceptance": "trust" }), "/requirements/0/acceptance unknown-code"),
        (json!({ "purposes": ["holiday"] }), "/requirements/0/purposes/0 unknown-code"),
        (json!({ "dueDays": -1 }), "/requirements/0/dueDays out-of-range"),
        (json!({ "dueDays": 65_536 }), "/requirements/0/dueDays out-of-range"),
        (json!({ "reason": "" }), "/requirements/0/reason empty-text"),
        (json!({ "source": 1 }), "/requirements/0/source wrong-type"),
        (json!({ "title": "x".repeat(201) }), "/requirements/0/title text-too-long"),
        (json!({ "kind": "passport" }), "/requirements/0/kind unknown-kind"),
        (json!({ "kind": "identity" }), "/requirements/0/kind unknown-kind"),
        (json!({ "kind": "carerAgreement" }), "/requirements/0/kind agreement"),
        (json!({ "kind": "adjustmentsAgreement" }), "/requirements/0/kind agreement"),
        (json!({ "subject": "cstf/juggling/1" }), "/requirements/0/subject unknown-code"),
        (json!({ "renewal": "P0Y" }), "/requirements/0/renewal not-a-renewal"),
        (json!({ "renewal": 2 }), "/requirements/0/renewal not-a-renewal"),
        (json!({ "freshness": "P21Y" }), "/requirements/0/freshness not-a-period"),
        (json!({ "freshness": "P1W" }), "/requirements/0/freshness not-a-period"),
        (json!({ "freshness": "never" }), "/requirements/0/freshness not-a-period"),
        (json!({ "recheck": "P1D", "acceptance": "check-live" }), "/requirements/0/recheck not-a-period"),
        (json!({ "hours": { "atLeast": 0, "within": "P3Y" } }), "/requirements/0/hours/atLeast out-of-range"),
        (json!({ "hours": { "atLeast": 8, "within": "P300M" } }), "/requirements/0/hours/within not-a-period"),
        (json!({ "hours": { "atLeast": 8, "within": "P3Y", "of": 1 } }), "/requirements/0/hours/of unknown-field"),
        (json!({ "hours": 8 }), "/requirements/0/hours wrong-type"),
        (json!({ "levels": ["h1a"] }), "/requirements/0/levels unknown-field"),
    ] {
        refused(
            &small(&json!({ "requirements": [with(&requirement("ipc", "rely", &training(IPC1)), &more)] })),
            &[expected],
        );
    }
    let bare = json!({ "kind": "training" });
    refused(&asking(&bare), &["/requirements/0/renewal missing-field", "/requirements/0/subject missing-field"]);
    refused(
        &small(&json!({ "requirements": [training(IPC1)] })),
        &[
            "/requirements/0/id missing-field",
            "/requirements/0/acceptance missing-field",
            "/requirements/0/reason missing-field",
            "/requirements/0/source missing-field",
        ],
    );
}

#[test]
fn each_kind_of_record_has_its_own_fields() {
    for (rule, expected) in [
        (json!({ "kind": "identityCheck", "levels": ["x"] }), "/requirements/0/levels/0 unknown-code"),
        (json!({ "kind": "rightToWork", "basis": "settled" }), "/requirements/0/basis unknown-field"),
        (json!({ "kind": "criminalRecordCheck", "workforces": "adult" }), "/requirements/0/workforces wrong-type"),
        (
            json!({ "kind": "criminalRecordCheck", "barredLists": ["all"] }),
            "/requirements/0/barredLists/0 unknown-code",
        ),
        (json!({ "kind": "reference", "months": -1 }), "/requirements/0/months out-of-range"),
        (json!({ "kind": "healthClearance", "clearances": ["fit"] }), "/requirements/0/clearances/0 unknown-code"),
        (json!({ "kind": "screening" }), "/requirements/0/item missing-field"),
        (
            json!({ "kind": "screening", "item": "hep-b-immune", "results": ["good"] }),
            "/requirements/0/results/0 unknown-code",
        ),
        (json!({ "kind": "competency", "competency": "juggling" }), "/requirements/0/competency unknown-code"),
        (
            json!({ "kind": "competency", "competency": "iv-passport/iv-therapy", "elements": ["pvc", "oral"] }),
            "/requirements/0/elements/1 unknown-code",
        ),
        (
            json!({ "kind": "competency", "competency": "cc3n/step-1", "practiceHere": "yes" }),
            "/requirements/0/practiceHere wrong-type",
        ),
        (json!({ "kind": "qualification" }), "/requirements/0/qualification missing-field"),
        (json!({ "kind": "preceptorship", "statuses": ["done"] }), "/requirements/0/statuses/0 unknown-code"),
        (json!({ "kind": "employment", "categories": ["zero-hours"] }), "/requirements/0/categories/0 unknown-code"),
        (json!({ "kind": "placement", "hosts": ["RTD"] }), "/requirements/0/hosts unknown-field"),
        (json!({ "kind": "registration" }), "/requirements/0/regulator missing-field"),
        (json!({ "kind": "healthClearance", "renewal": "P1D" }), "/requirements/0/renewal not-a-renewal"),
    ] {
        refused(&asking(&rule), &[expected]);
    }
}

#[test]
fn a_profile_asks_for_a_hundred_things_at_most() {
    let many = |count: usize| {
        let one = |place| requirement(&format!("r{place}"), "rely", &training(&format!("local:Number {place}")));
        small(&json!({ "requirements": (0..count).map(one).collect::<Vec<_>>() }))
    };
    assert!(parse(&many(MAX_REQUIREMENTS)).is_ok());
    refused(&many(MAX_REQUIREMENTS + 1), &["/requirements requirement-count"]);
}

#[test]
fn a_composite_has_two_to_twelve_parts_and_three_storeys() {
    let parts = |count: usize| {
        let parts: Vec<_> = (0..count).map(|place| training(&format!("local:Number {place}"))).collect();
        asking(&json!({ "kind": "anyOf", "parts": parts }))
    };
    assert!(parse(&parts(2)).is_ok() && parse(&parts(MAX_PARTS)).is_ok());
    for count in [0, 1, MAX_PARTS + 1] {
        refused(&parts(count), &["/requirements/0/parts part-count"]);
    }
    refused(&asking(&json!({ "kind": "allOf" })), &["/requirements/0/parts missing-field"]);
    let deep = |storeys: usize| {
        (1..storeys).fold(training(IPC1), |inner, _| json!({ "kind": "allOf", "parts": [inner, training(IPC2)] }))
    };
    assert!(parse(&asking(&deep(MAX_DEPTH))).is_ok());
    let place = "/requirements/0/parts/0/parts/0/parts too-deep";
    refused(&asking(&deep(MAX_DEPTH + 1)), &[place]);
    let agreement = json!({ "kind": "anyOf", "parts": [training(IPC1), { "kind": "carerAgreement" }] });
    refused(&asking(&agreement), &["/requirements/0/parts/1/kind agreement"]);
    let about = json!({ "kind": "anyOf", "parts": [training(IPC1), with(&training(IPC2), &json!({ "id": "it" }))] });
    refused(&asking(&about), &["/requirements/0/parts/1/id unknown-field"]);
    refused(
        &asking(&json!({ "kind": "anyOf", "freshness": "P1Y", "parts": [training(IPC1), training(IPC2)] })),
        &["/requirements/0/freshness unknown-field"],
    );
}

#[test]
fn requirements_that_cannot_both_be_meant_are_refused() {
    let two = |one: &Value, two: &Value| small(&json!({ "requirements": [one, two] }));
    let one = requirement("one", "rely", &training(IPC1));
    let other = requirement("other", "rely", &training(IPC2));
    refused(&two(&one, &with(&other, &json!({ "id": "one" }))), &["/requirements/1/id repeated"]);
    let same = requirement("same", "do-locally", &with(&training(IPC1), &json!({ "renewal": "P3Y" })));
    refused(&two(&one, &same), &["/requirements/1 contradiction"]);
    let bank = json!({ "purposes": ["bank-shift"] });
    refused(&two(&one, &with(&same, &bank)), &["/requirements/1 contradiction"]);
    let sharing = json!({ "purposes": ["workforce-sharing"] });
    assert_eq!(faults(&two(&with(&one, &sharing), &with(&same, &bank))), [""; 0], "for another purpose");
    let hours = json!({ "hours": { "atLeast": 8, "within": "P3Y" } });
    assert_eq!(faults(&two(&one, &requirement("hours", "rely", &with(&training(IPC1), &hours)))), [""; 0]);
    let tour = |id| requirement(id, "do-locally", &json!({ "kind": "local" }));
    assert_eq!(faults(&two(&tour("tour"), &tour("keys"))), [""; 0], "two things that are done here");
    let foreign = json!({ "purposes": ["bank-shift", "volunteer"] });
    refused(&two(&one, &with(&other, &foreign)), &["/requirements/1/purposes/1 contradiction"]);
}

#[test]
fn what_only_a_look_can_tell_is_never_relied_on() {
    let only = |acceptance, rule: Value, purposes: Value| {
        small(&json!({ "purposes": purposes, "requirements": [requirement("it", acceptance, &rule)] }))
    };
    let (bank, hire) = (json!(["bank-shift"]), json!(["bank-shift", "permanent-hire"]));
    let never = ["/requirements/0/acceptance never-relied-on"];
    let nmc = json!({ "kind": "registration", "regulator": "nmc" });
    refused(&only("rely", nmc.clone(), bank.clone()), &never);
    assert!(parse(&only("check-live", nmc, bank.clone())).is_ok());
    let work = json!({ "kind": "rightToWork" });
    assert!(parse(&only("rely", work.clone(), bank.clone())).is_ok(), "under an agreement");
    refused(&only("rely", work.clone(), hire.clone()), &never);
    let narrow = with(&work, &json!({ "purposes": ["bank-shift"] }));
    assert!(parse(&only("rely", narrow, hire.clone())).is_ok(), "not asked for then");
    assert!(parse(&only("check-live", work, hire)).is_ok());
    for acceptance in ["rely", "check-live"] {
        let local = only(acceptance, json!({ "kind": "local" }), bank.clone());
        refused(&local, &["/requirements/0/acceptance contradiction"]);
    }
    let again = with(&training(IPC1), &json!({ "recheck": "P1Y" }));
    refused(&only("rely", again.clone(), bank.clone()), &["/requirements/0/recheck contradiction"]);
    assert!(parse(&only("do-locally", again, bank)).is_ok());
}

#[test]
fn levels_stand_for_lower_levels_of_their_subject_only() {
    let rule = |subject: &str, by: &[&str]| json!({ "subject": subject, "coveredBy": by });
    let fire = "cstf/fire-safety/1";
    let asked = [ADULTS1, ADULTS2, IPC1, IPC2, "local:Our own"];
    assert_eq!(faults(&levels(&asked, &json!([rule(ADULTS1, &[ADULTS3]), rule(ADULTS2, &[ADULTS3])]))), [""; 0]);
    for (rules, expected) in [
        (json!([rule(ADULTS1, &[ADULTS2]), rule(ADULTS1, &[ADULTS3])]), "/levels/1/subject overlap"),
        (json!([rule(ADULTS1, &[ADULTS2, ADULTS3, ADULTS2])]), "/levels/0/coveredBy/2 overlap"),
        (json!([rule(ADULTS1, &[ADULTS1])]), "/levels/0/coveredBy/0 overlap"),
        (json!([rule(ADULTS2, &[ADULTS1])]), "/levels/0/coveredBy/0 sideways"),
        (json!([rule(IPC1, &[ADULTS3])]), "/levels/0/coveredBy/0 sideways"),
        (json!([rule(IPC1, &["local:Our own"])]), "/levels/0/coveredBy/0 sideways"),
        (json!([rule("local:Our own", &[IPC2])]), "/levels/0/coveredBy/0 sideways"),
        (json!([rule(fire, &["local:Our own"])]), "/levels/0/subject unused-rule"),
        (json!([rule(ADULTS1, &[])]), "/levels/0/coveredBy empty"),
        (json!([rule(ADULTS1, &["cstf/juggling/9"])]), "/levels/0/coveredBy/0 unknown-code"),
        (json!([with(&rule(ADULTS1, &[ADULTS2]), &json!({ "note": "x" }))]), "/levels/0/note unknown-field"),
        (json!([{ "subject": ADULTS1 }]), "/levels/0/coveredBy missing-field"),
    ] {
        let found = faults(&levels(&asked, &rules));
        assert!(found.contains(&expected.to_owned()), "{rules}: {found:?}");
        assert!(found.len() == 1 || expected.ends_with("unused-rule"), "{rules}: {found:?}");
    }
    // Two levels of one rank do not stand for each other: adult and paediatric life support.
    let (adult, child) = ("cstf/resuscitation/2/adult-bls", "cstf/resuscitation/2/paediatric-bls");
    refused(&levels(&[adult], &json!([rule(adult, &[child])])), &["/levels/0/coveredBy/0 sideways"]);
    let each_other = json!([rule(ADULTS1, &[ADULTS2]), rule(ADULTS2, &[ADULTS1])]);
    let both = ["/levels/0/coveredBy/0 contradiction", "/levels/1/coveredBy/0 contradiction"];
    refused(&levels(&asked, &each_other), &both);
}

#[test]
fn one_round_names_every_fault() {
    let profile = small(&json!({
        "owner": "x", "version": 0, "purposes": ["holiday"], "colour": "red",
        "levels": [{ "subject": "cstf/juggling/1", "coveredBy": [IPC2] }, { "subject": IPC1, "coveredBy": 1 }],
        "requirements": [
            requirement("one", "trust", &json!({ "kind": "training", "subject": IPC1 })),
            requirement("two", "rely", &json!({ "kind": "anyOf", "parts": [{ "kind": "x" }, { "kind": "screening", "item": "y" }] })),
        ],
    }));
    refused(
        &profile,
        &[
            "/owner organisation-code",
            "/version out-of-range",
            "/purposes/0 unknown-code",
            "/levels/0/subject unknown-code",
            "/levels/1/coveredBy wrong-type",
            "/requirements/0/acceptance unknown-code",
            "/requirements/0/renewal missing-field",
            "/requirements/1/parts/0/kind unknown-kind",
            "/requirements/1/parts/1/item unknown-code",
            "/colour unknown-field",
        ],
    );
    // And so with what no single field shows.
    let twice = requirement("one", "rely", &json!({ "kind": "registration", "regulator": "nmc", "recheck": "P1Y" }));
    let profile = small(&json!({ "levels": [{ "subject": IPC1, "coveredBy": [] }], "requirements": [twice, twice] }));
    refused(
        &profile,
        &[
            "/levels/0/subject unused-rule",
            "/levels/0/coveredBy empty",
            "/requirements/0/acceptance never-relied-on",
            "/requirements/0/recheck contradiction",
            "/requirements/1/id repeated",
            "/requirements/1 contradiction",
            "/requirements/1/acceptance never-relied-on",
            "/requirements/1/recheck contradiction",
        ],
    );
}

#[test]
fn the_json_schema_agrees() {
    let schema = schema(&CodeLists::embedded());
    let schema = jsonschema::draft202012::new(&schema).unwrap();
    let agrees = |profile: &Value, expected: bool| assert_eq!(schema.is_valid(profile), expected, "{profile}");
    agrees(&good(), true);
    agrees(&small(&json!({})), true);
    let it = |rule: Value| asking(&rule);
    for refused in [
        small(&json!({ "colour": 1 })),
        small(&json!({ "version": 0 })),
        small(&json!({ "requirements": [] })),
        small(&json!({ "requirements": [with(&good()["requirements"][0], &json!({ "colour": 1 }))] })),
        it(json!({ "kind": "carerAgreement" })),
        it(json!({ "kind": "identity" })),
        it(json!({ "kind": "training", "subject": IPC1 })),
        it(json!({ "kind": "training", "subject": "cstf/juggling/1", "renewal": "never" })),
        it(with(&training(IPC1), &json!({ "freshness": "P1W" }))),
        it(with(&training(IPC1), &json!({ "hours": { "atLeast": 0, "within": "P1Y" } }))),
        it(with(&training(IPC1), &json!({ "levels": ["h1a"] }))),
        it(json!({ "kind": "anyOf", "parts": [training(IPC1)] })),
        it(json!({ "kind": "anyOf", "parts": [training(IPC1), with(&training(IPC2), &json!({ "id": "it" }))] })),
        it(json!({ "kind": "local", "subject": IPC1 })),
    ] {
        agrees(&refused, false);
        assert!(parse(&refused).is_err(), "{refused}");
    }
}
