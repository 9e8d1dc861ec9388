//! The bundles, and vectors of bundles that are not sound.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passport_schema::bundle::BundleFile;
use passport_schema::cose;
use passport_schema::id::KeyId;
use passport_schema::jose::Type;
use passport_schema::pass;
use passport_schema::trust_list::{Key, KeyState, TrustList};
use serde_json::json;

use crate::Set;
use crate::world::{
    FOREIGN_ROOT, LISTED, RNN, ROOT, RTD, STRANGER, ZZ903, ZZ903_RETIRED, ZZ903_STOLEN, address, block, bomb, bundle,
    example, good_key, listed_key, members, pass_of, sign_pass, signed_list, sound_bundle, status, status_claims,
    status_token, token, trust_list,
};

const ISSUED: &str = "2026-11-20T08:00:00Z";

/// Every bundle's name and file.
pub fn all() -> Vec<(&'static str, String)> {
    let text = |file: BundleFile| String::from_utf8(file.to_bytes()).expect("JSON");
    let list = empty_list().to_json();
    let signed = signed_list(&list, Type::TrustList, ROOT);
    let (input, signature) = signed.rsplit_once('.').expect("a token");
    let flipped = if signature.starts_with('A') { 'B' } else { 'A' };
    let altered = format!("{input}.{flipped}{}", &signature[1..]);
    let mut other_type = empty_list();
    other_type.scheme.list_type = "https://elsewhere.example/list".into();
    let repeated = String::from_utf8(list.clone()).expect("JSON").replacen('{', r#"{"LoTE":{},"#, 1);
    let as_credential = signed_list(&list, Type::Credential, ROOT);
    vec![
        ("november", text(sound_bundle(ISSUED, LISTED))),
        ("december", text(sound_bundle("2026-12-20T08:00:00Z", "2026-12-21T04:12:00Z"))),
        ("july", text(sound_bundle("2026-07-14T08:00:00Z", "2026-07-15T04:12:00Z"))),
        ("february", text(sound_bundle("2027-02-27T08:00:00Z", "2027-02-28T04:12:00Z"))),
        ("faulty-parts", text(faulty_parts())),
        ("weak-key", text(weak_key())),
        ("profiles", text(profiles())),
        ("foreign", text(bundle(signed_list(&list, Type::TrustList, FOREIGN_ROOT), Vec::new()))),
        ("altered", text(bundle(altered, Vec::new()))),
        ("not-a-token", text(bundle("trust me".into(), Vec::new()))),
        ("another-type-of-token", text(bundle(as_credential, Vec::new()))),
        ("another-type-of-list", text(bundle(signed_list(&other_type.to_json(), Type::TrustList, ROOT), Vec::new()))),
        ("repeated-claims", text(bundle(signed_list(repeated.as_bytes(), Type::TrustList, ROOT), Vec::new()))),
        ("another-version", text(BundleFile { version: 2, ..bundle(signed, Vec::new()) })),
        ("not-json", "SP1:".to_owned()),
    ]
}

fn empty_list() -> TrustList {
    trust_list(Vec::new(), ISSUED)
}

fn signed_members(members: Vec<passport_schema::trust_list::Member>) -> String {
    signed_list(&trust_list(members, ISSUED).to_json(), Type::TrustList, ROOT)
}

/// The point of order one: with it as a key, anybody can sign.
fn neutral_key() -> Key {
    let mut x = [0; 32];
    x[0] = 1;
    listed_key(x, "2019-01-01T00:00:00Z", "2027-12-31T23:59:59Z", KeyState::Active)
}

fn weak_key() -> BundleFile {
    let mut members = members();
    members[1].services[0].information.keys = vec![neutral_key()];
    bundle(signed_members(members), vec![status("RNN", RNN, LISTED)])
}

/// One sound status list of RNN, and one fault after another in everything else.
fn faulty_parts() -> BundleFile {
    let mut members = members();
    let repeated = members[1].clone();
    let mut wrong_id = good_key(STRANGER);
    wrong_id.kid = KeyId([0; 4]);
    let mut wrong_curve = good_key(STRANGER);
    wrong_curve.crv = "X25519".into();
    members[5].services[0].information.keys.extend([wrong_id, wrong_curve, good_key(ZZ903)]);
    members.push(repeated);
    let claims = status_claims("RTD", 1, LISTED);
    let by_rtd = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut claims = claims.clone();
        change(&mut claims);
        status_token("RTD", RTD, &claims)
    };
    let altered = by_rtd(&|_| {});
    let (input, signature) = altered.rsplit_once('.').expect("a token");
    let flipped = if signature.starts_with('A') { 'B' } else { 'A' };
    let altered = format!("{input}.{flipped}{}", &signature[1..]);
    let tokens = vec![
        status("RNN", RNN, LISTED),
        "not a token".into(),
        altered,
        by_rtd(&|claims| claims["status_list"]["lst"] = bomb().into()),
        by_rtd(&|claims| claims["status_list"]["lst"] = URL_SAFE_NO_PAD.encode([0; 8]).into()),
        by_rtd(&|claims| claims["status_list"]["bits"] = 1.into()),
        by_rtd(&|claims| claims["aggregation_uri"] = "https://passport.example".into()),
        by_rtd(&|claims| claims["sub"] = format!("{}/status/1", address("RNN")).into()),
        by_rtd(&|claims| claims["sub"] = format!("{}/status/01", address("RTD")).into()),
        status_token("RTD", STRANGER, &claims),
        status_token("ZZ903", ZZ903_STOLEN, &status_claims("ZZ903", 1, LISTED)),
        status_token("ZZ903", ZZ903_RETIRED, &status_claims("ZZ903", 1, LISTED)),
        status_token("ZZ999", STRANGER, &status_claims("ZZ999", 1, LISTED)),
    ];
    bundle(signed_members(members), tokens)
}

/// A sound profile of RTD, and one fault after another in others.
fn profiles() -> BundleFile {
    let profile = |owner: &str, name: &str| {
        json!({
            "owner": owner, "name": name, "version": 1, "title": "Nurse", "role": "staff-nurse", "purposes": ["secondment"],
            "requirements": [{
                "id": "fire", "kind": "training", "subject": "cstf/fire-safety/1", "renewal": "P2Y",
                "acceptance": "rely", "reason": "An example", "source": "An example",
            }],
        })
    };
    let sound = profile("RTD", "nurse");
    let altered = token(Type::Profile, "RTD", RTD, &sound);
    let (input, signature) = altered.rsplit_once('.').expect("a token");
    let flipped = if signature.starts_with('A') { 'B' } else { 'A' };
    let mut nameless = sound.clone();
    nameless.as_object_mut().expect("an object").remove("name");
    let profiles = vec![
        token(Type::Profile, "RTD", RTD, &sound),
        format!("{input}.{flipped}{}", &signature[1..]),
        token(Type::Profile, "RTD", STRANGER, &sound),
        token(Type::Profile, "ZZ999", STRANGER, &profile("ZZ999", "nurse")),
        token(Type::Profile, "ZZ903", ZZ903_STOLEN, &profile("ZZ903", "nurse")),
        token(Type::StatusList, "RTD", RTD, &sound),
        token(Type::Profile, "RTD", RTD, &profile("RNN", "nurse")),
        token(Type::Profile, "RTD", RTD, &nameless),
    ];
    BundleFile { profiles, ..bundle(signed_members(members()), Vec::new()) }
}

pub fn add(set: &mut Set) {
    for name in ["november", "december", "july", "february"] {
        set.bundle(&format!("bundle-{name}"), "Sound.", name, json!({ "code": null, "faults": [] }));
    }
    set.bundle("bundle-of-the-same-number", "Read again.", "november", json!({ "code": null, "faults": [] }))
        .set("seen", 7);
    for (name, why, file, code) in [
        ("bundle-foreign", "Another system's root.", "foreign", "bundle-foreign"),
        ("bundle-altered", "One character of the signature.", "altered", "bundle-bad-signature"),
        ("bundle-not-a-token", "No trust list.", "not-a-token", "bundle-token"),
        ("bundle-another-type-of-token", "Not a trust list.", "another-type-of-token", "bundle-token"),
        ("bundle-another-type-of-list", "Not a trust list of ours.", "another-type-of-list", "bundle-claims"),
        ("bundle-repeated-claims", "Which would count?", "repeated-claims", "bundle-claims"),
        ("bundle-another-version", "This is version 1.", "another-version", "bundle-file"),
        ("bundle-not-json", "A pass is no bundle.", "not-json", "bundle-file"),
    ] {
        set.bundle(name, why, file, json!({ "code": code }));
    }
    set.bundle("bundle-rolled-back", "8 was seen, and this is 7.", "november", json!({ "code": "bundle-rolled-back" }))
        .set("seen", 8);

    let faults: Vec<_> = [
        ("ZZ903", "member-key"),
        ("ZZ903", "member-key"),
        ("ZZ903", "member-key"),
        ("RTD", "member-repeated"),
        ("", "status-token"),
        ("RTD", "status-signature"),
        ("RTD", "status-claims"),
        ("RTD", "status-claims"),
        ("RTD", "status-claims"),
        ("RTD", "status-claims"),
        ("RTD", "status-subject"),
        ("RTD", "status-subject"),
        ("RTD", "status-key"),
        ("ZZ903", "status-key"),
        ("ZZ903", "status-key"),
        ("", "status-issuer"),
    ]
    .into_iter()
    .map(|(code, fault)| format!("{code} {fault}").trim().to_owned())
    .collect();
    let why = "Each faulty part is left out by name: an inflate bomb is its third status list.";
    set.bundle("bundle-faulty-parts", why, "faulty-parts", json!({ "code": null, "faults": faults }));
    let by = |code: &str, seed| sign_pass(&pass_of(code, block::SOUND, &example()), seed);
    let stands = "The faults of other members change nothing for RNN.";
    set.accepts("faulty-parts-and-a-sound-member", stands, by("RNN", RNN), &[("counts", 3)]).with("faulty-parts");
    let left = "Of RTD no status list was sound.";
    set.cannot_tell(
        "faulty-parts-and-the-faulty-member",
        left,
        by("RTD", RTD),
        "status-missing",
        &[("cannot-tell", 2), ("not-entitled", 1)],
    )
    .with("faulty-parts");

    let why = "A profile counts only when its owner has signed it; the others are left out by name.";
    let unsigned = std::iter::repeat_n("profile-signature", 5).map(str::to_owned);
    let foreign = std::iter::repeat_n("RTD profile-content", 2).map(str::to_owned);
    let faults: Vec<_> = unsigned.chain(foreign).collect();
    set.bundle("bundle-profiles", why, "profiles", json!({ "code": null, "faults": faults }));

    let weak = "A key of small order is refused by name, and with it what anybody can sign.";
    set.bundle("bundle-weak-key", weak, "weak-key", json!({ "code": null, "faults": ["RTD member-key"] }));
    set.refuses("pass-by-a-weak-key", weak, forged_by_weak_key(), "unknown-key").with("weak-key");
}

/// S = 1 and R = B fit every message under the neutral element as a key.
fn forged_by_weak_key() -> String {
    let header = cose::protected_header(neutral_key().kid, None);
    let payload = pass_of("RTD", block::SOUND, &example()).to_cbor();
    let mut signature = [0x66; 64];
    signature[0] = 0x58;
    signature[32..].fill(0);
    signature[32] = 1;
    let key = ed25519_dalek::VerifyingKey::from_bytes(&neutral_key().x).expect("a point");
    let lax = ed25519_dalek::Verifier::verify(
        &key,
        &cose::signing_input(&header, &payload),
        &ed25519_dalek::Signature::from_bytes(&signature),
    );
    assert!(lax.is_ok(), "this vector would show nothing");
    pass::text(&cose::assemble(&header, &payload, &signature))
}
