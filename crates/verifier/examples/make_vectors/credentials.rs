//! Vectors of credentials (`vc+jwt`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use passport_schema::jose;
use passport_schema::record::{Family, Kind};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::Set;
use crate::world::{
    MONTH, RNN, RTD, SIGNED, STRANGER, ZZ901, ZZ903_RETIRED, ZZ903_STOLEN, block, credential, criminal_record_check,
    did, employment, fire_safety, header, id_of, identity, key, reference, registration, sign_credential, sign_token,
    time, training, with_large_s,
};

pub fn add(set: &mut Set) {
    sound(set);
    entitlement(set);
    keys(set);
    signatures(set);
    headers(set);
    json_forms(set);
    fields(set);
}

fn of_family(family: Family) -> Vec<Value> {
    let kind = |record: &Value| record["kind"].as_str().and_then(Kind::parse).expect("a kind");
    reference().into_iter().filter(|record| kind(record).family() == family).collect()
}

/// Claims of a training credential of one record.
fn claims() -> Value {
    credential("RNN", Family::Training, block::SOUND, &[fire_safety()])
}

fn good() -> String {
    sign_credential("RNN", RNN, &claims())
}

fn sound(set: &mut Set) {
    for (family, name, count) in [
        (Family::Identity, "identity", 2),
        (Family::Check, "checks", 7),
        (Family::Training, "training", 11),
        (Family::Competency, "competency", 5),
    ] {
        let token = sign_credential("RNN", RNN, &credential("RNN", family, block::SOUND, &of_family(family)));
        set.accepts(&format!("credential-{name}"), "The reference passport's.", token, &[("counts", count)]);
    }
    let mut header = header("RNN", RNN);
    header["alg"] = "Ed25519".into();
    let token = sign_token(&header.to_string(), &claims().to_string(), RNN);
    set.accepts("credential-algorithm-of-rfc-9864", "Ed25519 is read too.", token, &[("counts", 1)]);
    header["alg"] = "EdDSA".into();
    header.as_object_mut().expect("an object").remove("cty");
    let token = sign_token(&header.to_string(), &claims().to_string(), RNN);
    set.accepts("credential-without-cty", "A content type may be left out.", token, &[("counts", 1)]);
    let line = format!("{}\n", good());
    set.accepts("credential-with-a-line-end", "Files have one.", line, &[("counts", 1)]);
    let expired = "From the very second of exp it is void.";
    set.refuses("credential-expired", expired, good(), "expired").at("2026-12-21T09:30:00Z").with("december");
    let withdrawn = credential("RNN", Family::Training, block::WITHDRAWN, &[fire_safety()]);
    let withdrawn = sign_credential("RNN", RNN, &withdrawn);
    set.refuses("credential-withdrawn", "What happens to the whole refuses it.", withdrawn, "withdrawn");
    let three = vec![fire_safety(); 3];
    let third = credential("RNN", Family::Training, block::RECORD_WITHDRAWN, &three);
    let third = sign_credential("RNN", RNN, &third);
    let stands = "What happens to one record leaves the others standing.";
    set.accepts("credential-record-withdrawn", stands, third, &[("counts", 2), ("withdrawn", 1)]);
}

fn entitlement(set: &mut Set) {
    let mixed = [fire_safety(), training("cstf/moving-handling/2", "2025-08-19", "P2Y")];
    let some = sign_credential("RTD", RTD, &credential("RTD", Family::Training, block::SOUND, &mixed));
    let why = "What its issuer may not attest does not count; the rest stands.";
    set.accepts("credential-subject-not-aligned", why, some, &[("counts", 1), ("not-entitled", 1)]);
    let none = sign_credential("RTD", RTD, &credential("RTD", Family::Training, block::SOUND, &mixed[..1]));
    let why = "Nothing is left when its issuer may attest none of it.";
    set.refuses("credential-no-subject-aligned", why, none, "not-entitled");
    let check = credential("ZZ901", Family::Check, block::SOUND, &[criminal_record_check("cleared")]);
    set.refuses("credential-kind-not-entitled", why, sign_credential("ZZ901", ZZ901, &check), "not-entitled");
}

fn keys(set: &mut Set) {
    let payload = claims().to_string();
    let home = credential("ZZ903", Family::Training, block::SOUND, &[fire_safety()]);
    let by = |seed| sign_credential("ZZ903", seed, &home);
    set.refuses("credential-key-retired", "Signed after its day.", by(ZZ903_RETIRED), "key-outside-validity");
    set.refuses("credential-key-compromised", "Nothing it signed counts.", by(ZZ903_STOLEN), "key-compromised");
    let wrong = sign_token(&header("RNN", RNN).to_string(), &payload, STRANGER);
    set.refuses("credential-wrong-key", "It names RNN's key and was signed by another.", wrong, "bad-signature");
    let unknown = sign_token(&header("RNN", STRANGER).to_string(), &payload, STRANGER);
    set.refuses("credential-unknown-key", "RNN has no such key.", unknown, "unknown-key");
    let foreign = "The key's identifier is another member's than the issuer's.";
    let token = sign_token(&header("RTD", RTD).to_string(), &payload, RTD);
    set.refuses("credential-foreign-key", foreign, token, "foreign-key");
    let nobody = credential("ZZ999", Family::Training, block::SOUND, &[fire_safety()]);
    let nobody = sign_credential("ZZ999", STRANGER, &nobody);
    set.refuses("credential-unknown-issuer", "Not on the trust list.", nobody, "unknown-issuer");
    let mut relative = header("RNN", RNN);
    relative["kid"] = format!("#{}", id_of(&key(RNN))).into();
    let token = sign_token(&relative.to_string(), &payload, RNN);
    set.refuses("credential-relative-kid", "The identifier must stand there.", token, "unknown-issuer");
}

fn signatures(set: &mut Set) {
    let good = good();
    let (signed, signature) = good.rsplit_once('.').expect("a token");
    let (header, _) = signed.split_once('.').expect("a token");
    let other = claims().to_string().replacen("Grace", "Gracy", 1);
    let with = |signed: &str, signature: &str| format!("{signed}.{signature}");
    let spliced = with(&format!("{header}.{}", URL_SAFE_NO_PAD.encode(other)), signature);
    set.refuses("credential-payload-byte", "Another name.", spliced, "bad-signature");
    let moved = credential("RNN", Family::Training, block::SOUND, &[fire_safety(), fire_safety()]).to_string();
    let moved = with(&format!("{header}.{}", URL_SAFE_NO_PAD.encode(moved)), signature);
    set.refuses("credential-record-moved-in", "Under the old signature.", moved, "bad-signature");
    let reordered = crate::world::header("RNN", RNN).to_string().replacen(',', ", ", 1);
    let reordered = with(&signed.replacen(header, &URL_SAFE_NO_PAD.encode(reordered), 1), signature);
    set.refuses("credential-header-byte", "A blank more: what is signed is bytes.", reordered, "bad-signature");
    let raw = key(RNN).sign(signed.as_bytes()).to_bytes();
    let large = jose::assemble(signed.to_owned(), &with_large_s(raw));
    set.refuses("credential-large-s", "Another text for the same signature.", large, "bad-signature");
    let short = with(signed, &URL_SAFE_NO_PAD.encode(&raw[..63]));
    set.refuses("credential-signature-of-63-bytes", "An Ed25519 signature has 64.", short, "signature-length");
    let empty = with(signed, "");
    set.refuses("credential-without-signature", "An Ed25519 signature has 64.", empty, "signature-length");
    let padded = format!("{good}==");
    set.refuses("credential-padded", "base64url without padding.", padded, "token-shape");
    // Of the last character of a signature of 64 bytes four bits say nothing and must be 0.
    let (front, last) = good.split_at(good.len() - 1);
    let next = char::from(last.as_bytes()[0] + 1);
    set.refuses("credential-loose-bits", "One text for one signature.", format!("{front}{next}"), "token-shape");
    let standard = with(&signed.replacen("ey", "+y", 1), signature);
    set.refuses("credential-base64-of-another-kind", "Not base64url.", standard, "token-shape");
    let four = format!("{good}.x");
    set.refuses("credential-of-four-parts", "Three parts.", four, "not-a-passport");
    let long = format!("{good}A");
    set.refuses("credential-too-long", "Over 256 KiB.", long, "too-long").set("padded", json!(["A", 262_145]));
}

fn headers(set: &mut Set) {
    let payload = claims().to_string();
    let mut change = |name: &str, why: &str, code: &str, change: &dyn Fn(&mut Value)| {
        let mut header = header("RNN", RNN);
        change(&mut header);
        set.refuses(name, why, sign_token(&header.to_string(), &payload, RNN), code);
    };
    let other = "Ed25519 and nothing else.";
    change("credential-es256", other, "algorithm-refused", &|header| header["alg"] = "ES256".into());
    change("credential-es256k", other, "algorithm-refused", &|header| header["alg"] = "ES256K".into());
    change("credential-ed448", other, "algorithm-refused", &|header| header["alg"] = "Ed448".into());
    change("credential-eddsa-in-capitals", other, "algorithm-refused", &|header| header["alg"] = "EDDSA".into());
    change("credential-alg-none", other, "algorithm-refused", &|header| header["alg"] = "none".into());
    change("credential-alg-empty", other, "algorithm-refused", &|header| header["alg"] = "".into());
    change("credential-alg-list", other, "algorithm-missing", &|header| header["alg"] = json!(["EdDSA"]));
    change("credential-alg-null", other, "algorithm-missing", &|header| header["alg"] = Value::Null);
    change("credential-alg-missing", other, "algorithm-missing", &|header| drop(taken(header, "alg")));
    change("credential-crit", "We know no extensions.", "header-critical", &|header| header["crit"] = json!(["exp"]));
    change("credential-crit-empty", "We know no extensions.", "header-critical", &|header| header["crit"] = json!([]));
    let own = "A token does not bring its own key.";
    let x = URL_SAFE_NO_PAD.encode(key(STRANGER).verifying_key().to_bytes());
    change("credential-jwk", own, "header-member", &|header| {
        header["jwk"] = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
    });
    for name in ["jku", "x5u", "x5c", "b64", "zip"] {
        change(&format!("credential-{name}"), own, "header-member", &|header| header[name] = "x".into());
    }
    let typ = "A token of another type is none of ours.";
    change("credential-typ-jwt", typ, "header-type", &|header| header["typ"] = "JWT".into());
    change("credential-typ-status-list", typ, "header-type", &|header| header["typ"] = "statuslist+jwt".into());
    change("credential-typ-sd-jwt", typ, "header-type", &|header| header["typ"] = "dc+sd-jwt".into());
    change("credential-typ-missing", typ, "header-type", &|header| drop(taken(header, "typ")));
    change("credential-cty-wrong", typ, "header-type", &|header| header["cty"] = "vp".into());
    change("credential-cty-number", typ, "header-type", &|header| header["cty"] = 1.into());
    let kid = "A key must be named, by the issuer's identifier and the key's id.";
    change("credential-kid-missing", kid, "header-key", &|header| drop(taken(header, "kid")));
    change("credential-kid-number", kid, "header-key", &|header| header["kid"] = 7.into());
    change("credential-kid-in-capitals", kid, "header-key", &|header| {
        header["kid"] = format!("{}#5030D178", did("RNN")).into();
    });

    let mut by_hmac = header("RNN", RNN);
    by_hmac["alg"] = "HS256".into();
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(by_hmac.to_string()), URL_SAFE_NO_PAD.encode(&payload));
    let public = key(RNN).verifying_key().to_bytes();
    let mac = Hmac::<Sha256>::new_from_slice(&public).expect("any length").chain_update(&input).finalize();
    let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(mac.into_bytes()));
    set.refuses("credential-hs256", "An HMAC with the public key as its secret.", token, "algorithm-refused");
    let mut bare = header("RNN", RNN);
    bare["alg"] = "none".into();
    let input = format!("{}.{}.", URL_SAFE_NO_PAD.encode(bare.to_string()), URL_SAFE_NO_PAD.encode(&payload));
    set.refuses("credential-none-unsigned", "No signature at all.", input, "algorithm-refused");

    let mut text = |name: &str, why: &str, code: &str, header: &str| {
        set.refuses(name, why, sign_token(header, &payload, RNN), code);
    };
    let good = header("RNN", RNN).to_string();
    let twice = good.replacen('{', r#"{"alg":"none","#, 1);
    text("credential-header-repeated-member", "Which would count?", "header-malformed", &twice);
    text("credential-header-not-json", "A header is JSON.", "header-malformed", "alg=EdDSA");
    text("credential-header-list", "A header is an object.", "header-malformed", "[]");
    text("credential-header-left-over", "Nothing follows the object.", "header-malformed", &format!("{good}{{}}"));
}

fn taken(object: &mut Value, name: &str) -> Option<Value> {
    object.as_object_mut()?.remove(name)
}

fn json_forms(set: &mut Set) {
    let good = claims().to_string();
    let header = header("RNN", RNN).to_string();
    let mut text = |name: &str, why: &str, code: &str, payload: &str| {
        set.refuses(name, why, sign_token(&header, payload, RNN), code);
    };
    let replaced = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    let twice = "Which would count?";
    text("json-repeated-member", twice, "json-duplicate", &good.replacen('{', r#"{"iat":1,"#, 1));
    let nested = replaced(r#""kind":"training""#, r#""kind":"training","kind":"training""#);
    text("json-repeated-member-nested", twice, "json-duplicate", &nested);
    let escaped = replaced(r#""kind":"training""#, r#""kind":"training","\u006bind":"training""#);
    text("json-repeated-member-escaped", twice, "json-duplicate", &escaped);
    let exp = format!(r#""exp":{}"#, time(SIGNED).plus(MONTH).0);
    for (name, number) in [
        ("json-fraction", "1797845400.5"),
        ("json-exponent", "1797845400e0"),
        ("json-beyond-64-bits", "99999999999999999999999"),
        ("json-unsigned-64-bits", "18446744073709551615"),
    ] {
        text(name, "Numbers are whole and fit 64 bits.", "json-number", &replaced(&exp, &format!(r#""exp":{number}"#)));
    }
    text("json-deep", "Nesting is bounded.", "json-too-large", &"[".repeat(10_000));
    let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(12), "]".repeat(12));
    text("json-just-too-deep", "13 levels.", "json-too-large", &deep);
    let many: Vec<_> = (0..65).map(|number| format!(r#""m{number}":1"#)).collect();
    text("json-65-members", "At most 64.", "json-too-large", &format!("{{{}}}", many.join(",")));
    text("json-513-items", "At most 512.", "json-too-large", &format!("[{}]", vec!["1"; 513].join(",")));
    text("json-cut", "Not a whole document.", "json-malformed", &good[..good.len() - 1]);
    text("json-left-over", "One document.", "json-malformed", &format!("{good} 1"));
    text("json-lone-surrogate", "Texts are Unicode.", "json-malformed", &replaced("Grace", r"\ud800"));
    let beyond = "No number at all to most readers.";
    text("json-beyond-all-floats", beyond, "json-malformed", &replaced(&exp, r#""exp":1e999"#));
    text("json-nan", "No such number.", "json-malformed", &replaced(&exp, r#""exp":NaN"#));
    text("json-empty", "Nothing.", "json-malformed", "");
    text("json-byte-order-mark", "UTF-8 needs none.", "json-malformed", &format!("\u{feff}{good}"));
}

/// Changes to the claims, each with the code that it earns.
fn fields(set: &mut Set) {
    let mut change = |name: &str, why: &str, code: &str, change: &dyn Fn(&mut Value)| {
        let mut claims = claims();
        change(&mut claims);
        set.refuses(name, why, sign_credential("RNN", RNN, &claims), code);
    };
    let one = "credentialSubject";
    change("claims-a-list", "Claims are an object.", "wrong-type", &|it| *it = json!([]));
    change("claims-unknown", "What is not known might matter.", "unknown-field", &|it| it["evidence"] = json!([]));
    change("claims-vc", "No vc claim (VCDM 1.1).", "unknown-field", &|it| it["vc"] = json!({}));
    change("claims-nbf", "iat says it.", "unknown-field", &|it| it["nbf"] = 1.into());
    change("claims-proof", "It is the token that is signed.", "unknown-field", &|it| it["proof"] = json!({}));
    change("claims-no-end", "Everything ends.", "missing-field", &|it| drop(taken(it, "exp")));
    change("claims-no-status", "Everything has a status.", "missing-field", &|it| drop(taken(it, "statusBlock")));
    change("claims-other-context", "One context of ours.", "wrong-value", &|it| {
        it["@context"] = json!(["https://www.w3.org/ns/credentials/v2", "https://elsewhere.example/v1"]);
    });
    change("claims-old-context", "VCDM 2.0.", "wrong-value", &|it| {
        it["@context"][0] = "https://www.w3.org/2018/credentials/v1".into();
    });
    change("claims-iss-differs", "iss is the issuer.", "wrong-value", &|it| it["iss"] = did("RTD").into());
    change("claims-exp-differs", "Both say the same instant.", "claims-differ", &|it| it["exp"] = 1.into());
    change("claims-exp-text", "Numbers are numbers.", "wrong-type", &|it| it["exp"] = "1797845400".into());
    change("claims-not-an-id", "urn:uuid: in small letters.", "not-an-id", &|it| it["id"] = "urn:uuid:1".into());
    change("claims-not-a-time", "RFC 3339.", "not-a-time", &|it| it["validUntil"] = "2026-12-21".into());
    change("claims-other-type", "A type of ours.", "credential-type", &|it| it["type"][1] = "Passport".into());
    change("claims-other-family", "A family holds its own kinds.", "wrong-family", &|it| {
        it["type"][1] = "EmploymentCheckCredential".into();
    });
    change("claims-no-records", "1 to 127.", "record-count", &|it| it[one]["record"] = json!([]));
    change("claims-128-records", "1 to 127.", "record-count", &|it| {
        it[one]["record"] = vec![it[one]["record"][0].clone(); 128].into();
    });
    change("claims-record-without-id", "Records have ids.", "missing-field", &|it| {
        drop(taken(&mut it[one]["record"][0], "id"));
    });
    change("claims-list-negative", "From 0.", "out-of-range", &|it| it["statusBlock"]["list"] = (-1).into());
    change("claims-status-elsewhere", "The same index in both forms.", "wrong-value", &|it| {
        it["credentialStatus"][0]["statusListIndex"] = "0".into();
    });
    change("claims-gender", "Not in any credential.", "unknown-field", &|it| it[one]["gender"] = "x".into());
    change("claims-name-with-digits", "Not a name.", "not-a-name", &|it| it[one]["name"] = "30679710".into());
    record_fields(set);
}

fn record_fields(set: &mut Set) {
    let one = "credentialSubject";
    let mut record = |name: &str, why: &str, code: &str, kind: Value, change: &dyn Fn(&mut Value)| {
        let family = kind["kind"].as_str().and_then(Kind::parse).expect("a kind").family();
        let mut claims = credential("RNN", family, block::SOUND, &[kind]);
        change(&mut claims[one]["record"][0]);
        set.refuses(name, why, sign_credential("RNN", RNN, &claims), code);
    };
    let fire = fire_safety;
    record("record-of-an-unknown-kind", "A kind of ours.", "unknown-kind", fire(), &|it| it["kind"] = "gossip".into());
    record("record-subject-not-listed", "In the list, or local:.", "unknown-code", fire(), &|it| {
        it["subject"] = "cstf/fire-safety/9".into();
    });
    record("record-date-that-is-none", "A date that exists.", "not-a-date", fire(), &|it| {
        it["awarded"] = "2025-02-29".into();
    });
    record("record-period-of-days", "Years or months.", "not-a-period", fire(), &|it| it["period"] = "P30D".into());
    record("record-period-and-end-differ", "Which would count?", "period-and-end-differ", fire(), &|it| {
        it["validUntil"] = "2027-10-08".into();
    });
    record("record-ends-before-it-begins", "Time has one direction.", "ends-before-it-begins", fire(), &|it| {
        drop(taken(it, "period"));
        it["validUntil"] = "2025-10-07".into();
    });
    record("record-period-of-a-partial-date", "From a whole date.", "needs-whole-date", employment(), &|it| {
        it["period"] = "P1Y".into();
    });
    record("record-hours-beyond", "0 to 65535.", "out-of-range", fire(), &|it| it["hours"] = 70_000.into());
    record("record-awarded-by-a-name", "A code.", "organisation-code", fire(), &|it| {
        it["awardedBy"] = "Newcastle".into();
    });
    record("record-photo-not-a-digest", "SHA-256.", "not-a-digest", identity("Sam Example"), &|it| {
        it["photoDigest"] = "ab".into();
    });
    record("record-text-empty", "Or leave it out.", "empty-text", employment(), &|it| it["area"] = "".into());
    record("record-text-too-long", "200 bytes.", "text-too-long", employment(), &|it| {
        it["area"] = "x".repeat(201).into();
    });
    record("record-text-hidden", "Cannot be seen.", "bad-character", employment(), &|it| {
        it["area"] = "A\u{200b}E".into();
    });
    let number = "A National Insurance number never goes into a credential.";
    record("record-national-insurance-number", number, "national-insurance-number", employment(), &|it| {
        it["area"] = "QQ123456A".into();
    });
    let registered = registration("registered");
    record("record-registration-number", "As that regulator writes them.", "registration-number", registered, &|it| {
        it["number"] = "1234567".into();
    });
    let agreement = json!({
        "kind": "carerAgreement", "agreed": ["Starts at 10:00 on Tuesdays"], "personSigned": "2026-05-01",
        "managerSigned": "2026-05-02", "reviewBy": "2027-05-01", "provenance": fire()["provenance"],
    });
    record("record-agreement-of-nothing", "One to ten lines.", "line-count", agreement.clone(), &|it| {
        it["agreed"] = json!([]);
    });
    record("record-agreement-not-entitled", "A kind of its own.", "not-entitled", agreement, &|_| {});
    let check = criminal_record_check("cleared");
    record("record-barred-lists", "A standard check looks at none.", "barred-lists", check, &|it| {
        it["level"] = "standard".into();
    });
    let competency = reference().into_iter().find(|record| record["kind"] == "competency").expect("one");
    record("record-no-elements", "Leave them out when all were signed off.", "elements", competency, &|it| {
        it["elements"] = json!([]);
    });
}
