//! What verifying, issuing and assessing cost beside the bare signature.
//!
//! ```text
//! cargo bench -p passport-verifier --bench verify                # growth by criterion, then the ratios
//! cargo bench -p passport-verifier --bench verify -- --ratios    # the ratios alone: a minute
//! ```
//!
//! The table takes each measure and its bare signature in turn, a fifth of a millisecond each, and
//! compares the tenth percentiles of some thousands: on a machine that does other things besides,
//! a median says more of those.

use std::cell::Cell;
use std::hint::black_box;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use passport_schema::bundle::{BundleFile, VERSION};
use passport_schema::codes::CodeLists;
use passport_schema::cose;
use passport_schema::credential::{Credential, read_records};
use passport_schema::field::{Context, Until};
use passport_schema::id::{Id, KeyId, OrganisationCode, did_web};
use passport_schema::jose::{self, Jws, Type};
use passport_schema::json::Json;
use passport_schema::pass::{self, Pass, UnverifiedPass};
use passport_schema::profile::Profile;
use passport_schema::record::{Content, Family, Kind, Record};
use passport_schema::status::{Place, StatusList, StatusToken, TOKEN_LIFETIME};
use passport_schema::text::Name;
use passport_schema::time::Timestamp;
use passport_schema::trust_list::{
    Entitlement, ISSUING, Information, Key, KeyState, LIST_TYPE, Member, Scheme, Service, ServiceInformation,
    TrustList, Worded,
};
use passport_verifier::{
    Assessment, Bundle, Decision, Outcome, Person, PublicKey, Question, Verifier, assess, assess_many,
};
use serde_json::json;

const ADDRESS: &str = "https://passport.example/organisations/RNN";
const SCHEMAS: &str = "https://passport.example/schemas";
const ISSUED: Timestamp = Timestamp(1_795_253_400);
const NOW: Timestamp = Timestamp(1_795_262_400);
const MONTH: i64 = 30 * 86_400;

fn main() {
    let world = World::new();
    let only_ratios = std::env::args().any(|argument| argument == "--ratios");
    if !only_ratios {
        let mut criterion = Criterion::default().configure_from_args();
        growth(&mut criterion, &world);
        criterion.final_summary();
    }
    // Without `--bench` it is a test, which asks only whether everything runs.
    if std::env::args().any(|argument| argument == "--bench") {
        ratios(&world);
        println!("\n| What | µs | Beside, µs | Which is | Ratio |\n|---|--:|--:|---|--:|");
        movers(&world, 10_000, |what, one, beside, two| {
            let Measured { one, two: other, ratio } = in_turn(one, two);
            println!("| {what} | {one:.1} | {other:.1} | {beside} | {ratio:.2} |");
        });
    } else {
        movers(&world, 20, |_, one, _, two| {
            one();
            two();
        });
    }
}

struct World {
    lists: CodeLists,
    key: SigningKey,
    bundle: Bundle,
    did: String,
}

impl World {
    fn new() -> Self {
        let key = SigningKey::from_bytes(&[1; 32]);
        let did = did_web(ADDRESS).expect("an address");
        Self { lists: CodeLists::embedded(), bundle: bundle(&key, &did), key, did }
    }

    fn verifier(&self) -> Verifier<'_> {
        Verifier::new(&self.bundle, &self.lists)
    }

    fn id(&self) -> KeyId {
        KeyId::of_ed25519(&self.key.verifying_key().to_bytes())
    }

    fn records(&self, count: usize) -> Vec<Record> {
        let request = Json::parse(include_bytes!("../../../demo/reference-passport.json")).expect("JSON");
        let mut context = Context::new(&self.lists);
        let records = read_records(request.member("records").expect("records"), &mut context);
        let mut records = context.finish(records).expect("sound records");
        let training = records.iter().find(|record| record.kind() == Kind::Training).expect("one").clone();
        if count < records.len() {
            records.truncate(count);
        }
        records.resize(count, training);
        Pass::sort(&mut records);
        records
    }

    fn pass(records: Vec<Record>) -> Pass {
        let issuer = OrganisationCode::parse("RNN").expect("a code");
        Pass { issuer, issued: ISSUED, expires: ISSUED.plus(MONTH), place: Place { list: 1, block: 5 }, records }
    }

    fn sign_pass(&self, pass: &Pass) -> String {
        let header = cose::protected_header(self.id(), None);
        let payload = pass.to_cbor();
        let signature = self.key.sign(&cose::signing_input(&header, &payload)).to_bytes();
        pass::text(&cose::assemble(&header, &payload, &signature))
    }

    fn credential(&self, records: usize) -> Credential {
        let trainings = self.records(25).into_iter().filter(|record| record.kind() == Kind::Training);
        let id = Id::parse("urn:uuid:0193521e-7a00-7000-8000-000000000001");
        let records = trainings.take(records).map(|record| Record { id, ..record }).collect();
        Credential {
            id: id.expect("an id"),
            family: Family::Training,
            issuer: self.did.clone(),
            issued: ISSUED,
            expires: ISSUED.plus(MONTH),
            name: Name::parse("Grace Oluwaseun Adeyemi").expect("a name"),
            birth_date: None,
            place: Place { list: 1, block: 6 },
            records,
        }
    }

    fn sign_credential(&self, credential: &Credential) -> String {
        let payload = credential.to_json(ADDRESS, SCHEMAS);
        let input = jose::signing_input(Type::Credential, &self.did, self.id(), payload.as_bytes());
        let signature = self.key.sign(input.as_bytes()).to_bytes();
        jose::assemble(input, &signature)
    }

    /// So many passes, of 30 records, of people who move: each was trained on other days.
    fn movers(&self, count: usize) -> Vec<String> {
        let mut records = self.records(25);
        let training = records.iter().find(|record| record.kind() == Kind::Training).expect("one").clone();
        for subject in MORE_SUBJECTS {
            let mut more = training.clone();
            if let Content::Training(it) = &mut more.content {
                it.subject = self.lists.term(subject).expect("a subject");
            }
            records.push(more);
        }
        Pass::sort(&mut records);
        let days = (0..).step_by(7);
        let texts = days.take(count).map(|days| {
            let mut records = records.clone();
            for (place, record) in records.iter_mut().enumerate() {
                let Content::Training(it) = &mut record.content else { continue };
                let back = i64::try_from(place * 31).unwrap_or(0) + days % 700;
                it.awarded = ISSUED.london_date().plus_days(-back).expect("within range");
                it.until = Until(None);
            }
            self.sign_pass(&Self::pass(records))
        });
        texts.collect()
    }

    /// So many passes of people with different names.
    fn passes(&self, count: usize) -> Vec<String> {
        let mut pass = Self::pass(self.records(25));
        let texts = (0..count).map(|number| {
            let letter = |place: u32| char::from(b'a' + u8::try_from(number / 26_usize.pow(place) % 26).unwrap_or(0));
            if let Content::Identity(identity) = &mut pass.records[0].content {
                identity.name = Name::parse(&format!("Grace {}{}", letter(0), letter(1))).expect("a name");
            }
            self.sign_pass(&pass)
        });
        texts.collect()
    }
}

fn bundle(key: &SigningKey, did: &str) -> Bundle {
    let x = key.verifying_key().to_bytes();
    let kid = KeyId::of_ed25519(&x);
    let listed = Key {
        kid,
        kty: "OKP".into(),
        crv: "Ed25519".into(),
        x,
        not_before: ISSUED.plus(-MONTH),
        not_after: ISSUED.plus(MONTH),
        state: KeyState::Active,
    };
    let entitlement = Entitlement {
        kinds: Kind::ALL.iter().copied().collect(),
        subjects: ["cstf/*", "local:*"].map(str::to_owned).into(),
    };
    let member = Member {
        information: Information {
            name: Worded::english("North Cumbria Integrated Care NHS Foundation Trust"),
            code: OrganisationCode::parse("RNN").expect("a code"),
            address: ADDRESS.into(),
            successor: None,
        },
        services: vec![Service {
            information: ServiceInformation { service_type: ISSUING.into(), keys: vec![listed], entitlement },
        }],
    };
    let list = TrustList {
        scheme: Scheme {
            version: 1,
            sequence: 1,
            list_type: LIST_TYPE.into(),
            operator: Worded::english("Bench"),
            issued: ISSUED,
            next_update: ISSUED.plus(MONTH),
        },
        members: vec![member],
    };
    let status = StatusToken {
        subject: format!("{ADDRESS}/status/1"),
        issued: ISSUED,
        expires: ISSUED.plus(TOKEN_LIFETIME),
        list: StatusList::new([]),
    };
    let sign = |input: String| {
        let signature = key.sign(input.as_bytes()).to_bytes();
        jose::assemble(input, &signature)
    };
    let file = BundleFile {
        version: VERSION,
        trust_list: sign(jose::signing_input(Type::TrustList, "", kid, &list.to_json())),
        status_lists: vec![sign(jose::signing_input(Type::StatusList, did, kid, &status.to_json()))],
        profiles: Vec::new(),
    };
    let root = PublicKey::parse(&key.verifying_key().to_bytes()).expect("a sound key");
    let bundle = Bundle::open(&file.to_bytes(), &root, 0).expect("a sound bundle");
    assert!(bundle.faults().is_empty());
    bundle
}

fn verify(world: &World, text: &str) {
    let verdict = world.verifier().verify(black_box(text), NOW);
    assert!(verdict.decision() == Decision::Accepted, "{:?}", verdict.reasons());
    black_box(verdict);
}

fn verify_all(world: &World, texts: &[&str]) {
    let verdicts = world.verifier().verify_many(black_box(texts), NOW);
    assert!(verdicts.iter().all(|verdict| verdict.decision() == Decision::Accepted));
    black_box(verdicts);
}

// Growth.

fn growth(criterion: &mut Criterion, world: &World) {
    let mut group = criterion.benchmark_group("records of a pass");
    for count in [1, 10, 25, 80] {
        let text = world.sign_pass(&World::pass(world.records(count)));
        group.throughput(Throughput::Elements(count as u64));
        group.bench_with_input(BenchmarkId::from_parameter(count), &text, |bencher, text| {
            bencher.iter(|| verify(world, text));
        });
    }
    group.finish();
    let texts = world.passes(1024);
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let mut group = criterion.benchmark_group("passes at once");
    group.sample_size(20);
    for count in [1, 16, 256, 1024] {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_with_input(BenchmarkId::from_parameter(count), &texts[..count], |bencher, texts| {
            bencher.iter(|| verify_all(world, texts));
        });
    }
    group.finish();
}

// Ratios.

/// What a pass's or token's signature covers, and the signature.
fn bare(text: &str, lists: &CodeLists) -> (Vec<u8>, Signature) {
    let (signed, signature) = match UnverifiedPass::parse(text, lists) {
        Ok(pass) => (pass.signed, pass.signature),
        Err(_) => Jws::parse(text, Type::Credential).map(|jws| (jws.signed.to_vec(), jws.signature)).expect("a token"),
    };
    (signed, Signature::from_bytes(&signature))
}

fn check(key: &VerifyingKey, (signed, signature): &(Vec<u8>, Signature)) {
    assert!(key.verify_strict(black_box(signed), black_box(signature)).is_ok());
}

fn ratios(world: &World) {
    let public = world.key.verifying_key();
    println!("\n| What | µs | Bare signature, µs | Ratio | Aim |\n|---|--:|--:|--:|---|");
    let pass = World::pass(world.records(25));
    let text = world.sign_pass(&pass);
    let (one, family) = (world.credential(1), world.credential(11));
    let (one_token, family_token) = (world.sign_credential(&one), world.sign_credential(&family));
    for (what, text, aim) in [
        ("verify the reference passport as a pass", &text, 1.25),
        ("verify a `vc+jwt` of one training", &one_token, 1.25),
        ("verify a `vc+jwt` of eleven trainings", &family_token, 1.6),
    ] {
        let signature = bare(text, &world.lists);
        let measured = in_turn(|| verify(world, text), || check(&public, &signature));
        row(what, &measured, aim);
    }

    let signs = |text: &str| {
        let (signed, _) = bare(text, &world.lists);
        move || {
            black_box(world.key.sign(black_box(&signed)));
        }
    };
    let measured = in_turn(|| drop(black_box(world.sign_pass(black_box(&pass)))), signs(&text));
    row("issue the reference passport as a pass", &measured, 1.3);
    for (what, credential, token) in [
        ("issue a `vc+jwt` of one training", &one, &one_token),
        ("issue a `vc+jwt` of eleven trainings", &family, &family_token),
    ] {
        let measured = in_turn(|| drop(black_box(world.sign_credential(black_box(credential)))), signs(token));
        row(what, &measured, 1.3);
    }

    let texts = world.passes(256);
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let measured = in_turn(|| texts.iter().for_each(|text| verify(world, text)), || verify_all(world, &texts));
    let (single, batch, times) = (measured.one / 256.0, measured.two / 256.0, measured.ratio);
    let met = if times >= 1.6 { "" } else { ", missed" };
    println!(
        "\n256 passes: {single:.1} µs each one by one, {batch:.1} µs each at once: {times:.2} times as fast (aim: at least 1.6{met})"
    );
}

fn row(what: &str, Measured { one, two, ratio }: &Measured, aim: f64) {
    let met = if *ratio <= aim { "" } else { ", missed" };
    println!("| {what} | {one:.1} | {two:.1} | {ratio:.2} | at most {aim}{met} |");
}

/// Tenth percentiles, in microseconds, and their ratio.
struct Measured {
    one: f64,
    two: f64,
    ratio: f64,
}

/// Two measures, taken in turn for about two seconds each.
fn in_turn(mut one: impl FnMut(), mut two: impl FnMut()) -> Measured {
    let warm = timed(&mut one).max(timed(&mut two)).max(1.0);
    // Long enough that the clock's own cost and grain do not count.
    let repeats = (200.0 / warm).clamp(1.0, 20.0).round();
    let rounds = (4_000_000.0 / (warm * repeats * 2.0)).clamp(100.0, 20_000.0);
    let (mut ones, mut twos) = (Vec::new(), Vec::new());
    let mut round = 0.0;
    while round < rounds {
        ones.push(repeated(&mut one, repeats));
        twos.push(repeated(&mut two, repeats));
        round += 1.0;
    }
    let (one, two) = (quiet(&mut ones), quiet(&mut twos));
    Measured { one, two, ratio: one / two }
}

fn repeated(measure: &mut impl FnMut(), repeats: f64) -> f64 {
    let start = Instant::now();
    let mut done = 0.0;
    while done < repeats {
        measure();
        done += 1.0;
    }
    start.elapsed().as_secs_f64() * 1e6 / repeats
}

fn timed(measure: &mut impl FnMut()) -> f64 {
    repeated(measure, 1.0);
    repeated(measure, 1.0)
}

fn quiet(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 10]
}

// Assessing.

const MORE_SUBJECTS: [&str; 5] = [
    "cstf/safeguarding-adults/3",
    "cstf/safeguarding-children/3",
    "cstf/resuscitation/3/adult-ils",
    "cstf/moving-handling/1",
    "cstf/infection-prevention-control/1",
];

/// A profile of 30 requirements: every training and competency of the reference passport, its
/// checks, composites, and what is done here.
fn profile(world: &World) -> Profile {
    let mut rules = vec![
        json!({ "kind": "identityCheck" }),
        json!({ "kind": "criminalRecordCheck", "workforces": ["adult"], "freshness": "P3Y" }),
        json!({ "kind": "reference", "months": 36 }),
        json!({ "kind": "healthClearance", "clearances": ["epp"] }),
        json!({ "kind": "screening", "item": "hep-b-immune", "results": ["immune"] }),
        json!({ "kind": "employment", "roles": ["icu-nurse"] }),
        json!({ "kind": "anyOf", "parts": [{ "kind": "qualification", "qualification": "als" },
            { "kind": "training", "subject": MORE_SUBJECTS[2], "renewal": "P1Y" }] }),
    ];
    let mut subjects = Vec::new();
    for record in world.records(25) {
        match &record.content {
            Content::Training(it) => subjects.push(it.subject.id()),
            Content::Competency(it) => {
                rules.push(json!({ "kind": "competency", "competency": it.skill.competency.id(), "renewal": "P10Y" }));
            }
            _ => {}
        }
    }
    subjects.extend(MORE_SUBJECTS.map(str::to_owned));
    rules.extend(subjects.iter().map(|it| json!({ "kind": "training", "subject": it, "renewal": "P2Y" })));
    let mut requirements: Vec<_> = rules.into_iter().map(|rule| ("rely", rule)).collect();
    requirements.push(("check-live", json!({ "kind": "registration", "regulator": "nmc" })));
    requirements.push(("do-locally", json!({ "kind": "local" })));
    let requirements = requirements.into_iter().enumerate().map(|(place, (acceptance, mut rule))| {
        (rule["id"], rule["acceptance"]) = (format!("r{place}").into(), acceptance.into());
        (rule["reason"], rule["source"]) = ("A reason".into(), "A source".into());
        rule
    });
    let profile = json!({
        "owner": "RTD", "name": "adult-icu-nurse", "version": 1, "title": "Adult ICU nurse", "role": "icu-nurse",
        "purposes": ["workforce-sharing"], "requirements": requirements.collect::<Vec<_>>(),
        "levels": [{ "subject": MORE_SUBJECTS[4], "coveredBy": ["cstf/infection-prevention-control/2"] },
            { "subject": "cstf/safeguarding-adults/2", "coveredBy": [MORE_SUBJECTS[0]] }],
    });
    let profile = Profile::parse(profile.to_string().as_bytes(), &world.lists).expect("a sound profile");
    assert!(profile.requirements.len() == 30, "{}", profile.requirements.len());
    profile
}

/// Assesses many movers, and hands over pairs to measure, each working on the next mover in turn.
fn movers(world: &World, count: usize, mut compare: impl FnMut(&str, &mut dyn FnMut(), &str, &mut dyn FnMut())) {
    let texts = world.movers(count);
    let bares: Vec<_> = texts.iter().map(|text| bare(text, &world.lists)).collect();
    let refs: Vec<_> = texts.iter().map(String::as_str).collect();
    let verdicts = world.verifier().verify_many(&refs, NOW);
    let join = |place: usize| Person::join(&verdicts[place..=place]).expect("one person").expect("somebody");
    let people: Vec<_> = (0..count).map(join).collect();
    let (profile, public) = (profile(world), world.key.verifying_key());
    let purpose = world.lists.term("workforce-sharing").expect("a purpose");
    let starts = NOW.london_date();
    let ends = starts.plus_days(180).expect("within range");
    let question = Question { profile: &profile, purpose: &purpose, starts, ends, at: NOW, confirmations: &[] };

    let start = Instant::now();
    let assessments = assess_many(black_box(&people), question).expect("an answer");
    let run = start.elapsed().as_secs_f64();
    let met = assessments
        .iter()
        .flat_map(Assessment::findings)
        .filter(|it| matches!(it.outcome, Outcome::Met { .. }))
        .count();
    let records = people.iter().map(|person| person.items().len()).max().unwrap_or(0);
    let next = |place: &Cell<usize>| place.replace((place.get() + 1) % count);
    let (one, two) = (Cell::new(0), Cell::new(0));
    let mut signature = || check(&public, &bares[next(&two)]);
    let mut assessing = || drop(black_box(assess(&people[next(&one)], question)));
    compare("assess a mover", &mut assessing, "bare signature", &mut signature);
    compare("assess a mover", &mut assessing, "verify the pass", &mut || verify(world, &texts[next(&two)]));
    compare("verify the pass", &mut || verify(world, &texts[next(&one)]), "bare signature", &mut signature);
    let mut joining = || drop(black_box(join(next(&one))));
    compare("make a person of the verdict", &mut joining, "bare signature", &mut signature);
    let mut words = || drop(black_box(assessments[next(&one)].plain()));
    compare("put an assessment into words", &mut words, "bare signature", &mut signature);
    let mut json = || drop(black_box(assessments[next(&one)].to_json()));
    compare("put an assessment into JSON", &mut json, "bare signature", &mut signature);
    println!("\n{count} movers of {records} records against 30 requirements in {:.0} ms; {} met", run * 1e3, met);
}
