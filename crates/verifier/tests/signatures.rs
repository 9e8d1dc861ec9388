//! Signatures against published vectors: Wycheproof, RFC 8032, RFC 8037.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use passport_schema::codes::CodeLists;
use passport_schema::time::Timestamp;
use passport_verifier::{Bundle, Decision, PublicKey, Verifier};
use serde_json::Value;
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

/// Whether a signature of whatever length is accepted.
fn accepts(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    signature.try_into().is_ok_and(|signature| key.verify(message, signature))
}

struct Case {
    number: usize,
    key: PublicKey,
    message: Vec<u8>,
    signature: Vec<u8>,
    good: bool,
}

fn wycheproof() -> Vec<Case> {
    let set = TestSet::load(TestName::Ed25519).expect("the vectors are embedded");
    let cases = set.test_groups.into_iter().flat_map(|group| {
        let key = PublicKey::parse(&group.key.pk).expect("every key in the set is sound");
        group.tests.into_iter().map(move |test| Case {
            number: test.tc_id,
            key: key.clone(),
            message: test.msg.to_vec(),
            signature: test.sig.to_vec(),
            good: test.result == TestResult::Valid,
        })
    });
    cases.collect()
}

#[test]
fn wycheproof_holds_without_an_exception() {
    let cases = wycheproof();
    assert!(cases.len() >= 145, "{} cases", cases.len());
    for case in &cases {
        assert_eq!(accepts(&case.key, &case.message, &case.signature), case.good, "case {}", case.number);
    }
}

#[test]
fn a_batch_accepts_just_what_is_accepted_alone() {
    let cases = wycheproof();
    let whole = |case: &Case| <[u8; 64]>::try_from(case.signature.as_slice()).ok();
    let item = |case| whole(case).map(|signature| (&case.key, case.message.as_slice(), signature));
    let good: Vec<_> = cases.iter().filter(|case| case.good).filter_map(item).collect();
    assert!(good.len() > 50 && PublicKey::verify_batch(&good));
    for case in &cases {
        let Some(item) = item(case) else {
            assert!(!case.good);
            continue;
        };
        assert_eq!(PublicKey::verify_batch(&[item]), case.good, "case {} alone", case.number);
        let among: Vec<_> = good[..3].iter().copied().chain([item]).chain(good[3..6].iter().copied()).collect();
        assert_eq!(PublicKey::verify_batch(&among), case.good, "case {} among good ones", case.number);
    }
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    let digits: String = hex.split_whitespace().collect();
    let byte = |at: usize| u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16).unwrap();
    assert_eq!(digits.len(), N * 2);
    std::array::from_fn(byte)
}

/// RFC 8032, section 7.1, without the test of 1,023 bytes: seed, public key, message, signature.
const RFC_8032: [(&str, &str, &str, &str); 4] = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
];

#[test]
fn the_tests_of_rfc_8032_hold() {
    for (seed, public, message, signature) in RFC_8032 {
        let (public, signature) = (bytes::<32>(public), bytes::<64>(signature));
        let message: Vec<u8> =
            (0..message.len() / 2).map(|at| u8::from_str_radix(&message[at * 2..at * 2 + 2], 16).unwrap()).collect();
        assert_eq!(SigningKey::from_bytes(&bytes(seed)).verifying_key().to_bytes(), public);
        let key = PublicKey::parse(&public).unwrap();
        assert!(key.verify(&message, &signature));
        for bit in 0..512 {
            let mut altered = signature;
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(!key.verify(&message, &altered), "bit {bit}");
        }
    }
}

#[test]
fn the_jws_of_rfc_8037_holds() {
    let x = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
    let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let signature: [u8; 64] = URL_SAFE_NO_PAD.decode(signature).unwrap().try_into().unwrap();
    let key = PublicKey::parse(&x).unwrap();
    assert!(key.verify(signed.as_bytes(), &signature));
    let secret = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    let signing = SigningKey::from_bytes(&secret.try_into().unwrap());
    assert_eq!(signing.sign(signed.as_bytes()).to_bytes(), signature, "Ed25519 is deterministic");
}

const AT: &str = "2026-11-21T12:00:00Z";

/// The bundle `november`, and the inputs of some vectors.
fn shown(names: &[&str]) -> (Bundle, Vec<String>) {
    let file: Value = serde_json::from_str(include_str!("../../../tests/vectors/vectors.json")).unwrap();
    let root = URL_SAFE_NO_PAD.decode(file["root"].as_str().unwrap()).unwrap();
    let bundle = include_bytes!("../../../tests/vectors/bundles/november.json");
    let bundle = Bundle::open(bundle, &PublicKey::parse(&root).unwrap(), 0).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    let input =
        |name: &&str| vectors.iter().find(|it| it["name"] == *name).unwrap()["input"].as_str().unwrap().to_owned();
    (bundle, names.iter().map(input).collect())
}

#[test]
fn one_bad_signature_among_many_is_the_only_one_refused() {
    let lists = CodeLists::embedded();
    let (bundle, texts) = shown(&["pass", "credential-checks", "pass-signature-byte-63"]);
    let mut texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let bad = texts.pop().unwrap();
    for place in [0, 1, 299, 300] {
        let mut many: Vec<_> = texts.iter().copied().cycle().take(300).collect();
        many.insert(place, bad);
        let verdicts = Verifier::new(&bundle, &lists).verify_many(&many, Timestamp::parse(AT).unwrap());
        for (index, verdict) in verdicts.iter().enumerate() {
            assert_eq!(verdict.decision() == Decision::Accepted, index != place, "{index}");
        }
        assert_eq!(verdicts[place].reasons()[0].code(), "bad-signature");
    }
}

#[test]
fn a_pass_or_credential_cut_at_any_length_is_refused() {
    let lists = CodeLists::embedded();
    let (bundle, texts) = shown(&["pass-reference", "credential-training"]);
    let verifier = Verifier::new(&bundle, &lists);
    let at = Timestamp::parse(AT).unwrap();
    for text in &texts {
        assert_eq!(verifier.verify(text, at).decision(), Decision::Accepted);
        let lengths = 0..text.len();
        let cuts: Vec<_> =
            lengths.clone().map(|length| &text[..length]).chain(lengths.map(|at| &text[at + 1..])).collect();
        for cut in &cuts {
            assert_eq!(verifier.verify(cut, at).decision(), Decision::Refused, "{} of {}", cut.len(), text.len());
        }
        assert!(verifier.verify_many(&cuts, at).iter().all(|verdict| verdict.decision() == Decision::Refused));
    }
}
