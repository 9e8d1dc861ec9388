//! Vectors of passes.

use ed25519_dalek::Signer as _;
use passport_schema::cbor::Writer;
use passport_schema::cose;
use passport_schema::pass;
use serde_json::{Value, json};

use crate::Set;
use crate::world::{
    MONTH, RNL, RNN, RTD, SIGNED, STRANGER, ZZ901, ZZ902, ZZ903_FUTURE, ZZ903_RETIRED, ZZ903_STOLEN, block,
    criminal_record_check, employment, example, fire_safety, id_of, identity, is_laxly_good, key, pass_of, reference,
    registration, sign_message, sign_pass, sign_payload, time, training, with_large_s, with_neutral_r,
};

pub fn add(set: &mut Set) {
    sound(set);
    times(set);
    statuses(set);
    meanings(set);
    together(set);
    keys(set);
    signatures(set);
    texts(set);
    headers(set);
    shapes(set);
    values(set);
    forms(set);
}

/// A pass of three records by RNN with nothing wrong.
fn good() -> String {
    sign_pass(&pass_of("RNN", block::SOUND, &example()), RNN)
}

fn at_block(number: u32) -> String {
    sign_pass(&pass_of("RNN", number, &example()), RNN)
}

fn of(records: &[Value]) -> String {
    sign_pass(&pass_of("RNN", block::SOUND, records), RNN)
}

fn named(record: Value) -> Vec<Value> {
    vec![identity("Sam Example"), record]
}

fn changed(mut record: Value, name: &str, value: impl Into<Value>) -> Value {
    record[name] = value.into();
    record
}

fn sound(set: &mut Set) {
    set.accepts("pass", "The worked example of docs/FORMAT.md.", good(), &[("counts", 3)]);
    let reference = sign_pass(&pass_of("RNN", block::SOUND, &reference()), RNN);
    set.accepts("pass-reference", "The reference passport.", reference, &[("counts", 25)]);
    set.accepts("pass-with-white-space-around", "Scanners add it.", format!("  {}\r\n", good()), &[("counts", 3)]);
    let payload = pass_of("RNN", block::SOUND, &example()).to_cbor();
    let mut header = Writer::new();
    header.map(2).int(1).int(-19).int(4).bytes(&id_of(&key(RNN)).0);
    let rfc_9864 = sign_message(&header.finish(), &payload, RNN);
    set.accepts("pass-algorithm-of-rfc-9864", "Ed25519 (COSE -19) is read too.", rfc_9864, &[("counts", 3)]);
    let nothing_else = of(&[identity("Sam Example")]);
    set.accepts("pass-of-a-name-alone", "An identity is enough.", nothing_else, &[("counts", 1)]);
    let old = sign_pass(&pass_of("RNL", block::SOUND, &example()), RNL);
    set.accepts("pass-of-a-predecessor", "RNL has become RNN, and that is said.", old, &[("counts", 3)])
        .expect("successor", "RNN");
    let bank = changed(employment(), "category", "bank");
    let two = of(&[identity("Sam Example"), employment(), bank]);
    set.accepts("pass-of-two-assignments", "One person may have several jobs.", two, &[("counts", 3)]);
    for (number, name) in
        ["Suparti", "Siobhán O’Neill", "Mary-Jane D'Arcy", "Łukasz de la Cruz-Müller", "Nguyễn Thị Ánh", "李小龍"]
            .into_iter()
            .enumerate()
    {
        let pass = of(&[identity(name)]);
        set.accepts(&format!("pass-name-{}", number + 1), "A name is shown as written.", pass, &[("counts", 1)])
            .expect("name", name);
    }
}

fn times(set: &mut Set) {
    let expired = "From the very second of exp a pass is void.";
    set.accepts("pass-one-second-before-its-end", expired, good(), &[("counts", 3)])
        .at("2026-12-21T09:29:59Z")
        .with("december");
    set.refuses("pass-at-the-second-of-its-end", expired, good(), "expired")
        .at("2026-12-21T09:30:00Z")
        .with("december");
    set.refuses("pass-expired", "A month later.", good(), "expired").at("2027-01-21T00:00:00Z").with("december");
    set.refuses("pass-not-yet-valid", "Signed one second later than now.", good(), "not-yet-valid")
        .at("2026-11-21T09:29:59Z");
    let mut backwards = pass_of("RNN", block::SOUND, &example());
    backwards.expires = backwards.issued;
    set.refuses("pass-that-ends-as-it-begins", "exp must be after iat.", sign_pass(&backwards, RNN), "backwards");

    let early = "A clock that is behind the bundle cannot judge dates.";
    set.cannot_tell("clock-before-the-bundle", early, good(), "clock-before-bundle", &[("counts", 3)])
        .at("2026-11-21T04:11:59Z");
    let late = "A trust list may be relied on up to its next update, that second included.";
    set.cannot_tell("trust-list-at-its-next-update", late, good(), "status-expired", &[("cannot-tell", 3)])
        .at("2026-12-20T08:00:00Z");
    set.cannot_tell("trust-list-past-its-next-update", late, good(), "trust-list-expired", &[("cannot-tell", 3)])
        .at("2026-12-20T08:00:01Z");

    let last_day = "A record counts to the last second of its last day in London.";
    let mut summer =
        pass_of("RNN", block::SOUND, &[identity("Sam Example"), training("cstf/fire-safety/1", "2025-07-16", "P1Y")]);
    summer.issued = time("2026-07-10T09:00:00Z");
    summer.expires = summer.issued.plus(MONTH);
    let summer = sign_pass(&summer, RNN);
    set.accepts("last-day-in-summer-time", last_day, summer.clone(), &[("counts", 2)])
        .at("2026-07-15T22:59:59Z")
        .with("july");
    set.accepts("last-day-in-summer-time-over", last_day, summer, &[("counts", 1), ("expired", 1)])
        .at("2026-07-15T23:00:00Z")
        .with("july");
    let winter = of(&named(training("cstf/fire-safety/1", "2025-11-22", "P1Y")));
    set.accepts("last-day-in-winter", last_day, winter.clone(), &[("counts", 2)]).at("2026-11-21T23:59:59Z");
    set.accepts("last-day-in-winter-over", last_day, winter, &[("counts", 1), ("expired", 1)])
        .at("2026-11-22T00:00:00Z");
    let leap = "Three years from 29 February 2024 end with 28 February 2027.";
    let mut pass = pass_of("RNN", block::SOUND, &named(training("cstf/fire-safety/1", "2024-02-29", "P3Y")));
    pass.issued = time("2027-02-25T09:00:00Z");
    pass.expires = pass.issued.plus(MONTH);
    let pass = sign_pass(&pass, RNN);
    set.accepts("leap-day-training", leap, pass.clone(), &[("counts", 2)]).at("2027-02-28T23:59:59Z").with("february");
    set.accepts("leap-day-training-over", leap, pass, &[("counts", 1), ("expired", 1)])
        .at("2027-03-01T00:00:00Z")
        .with("february");
}

fn statuses(set: &mut Set) {
    for (name, number) in
        [("withdrawn", block::WITHDRAWN), ("suspended", block::SUSPENDED), ("superseded", block::SUPERSEDED)]
    {
        set.refuses(&format!("pass-{name}"), "What happens to the whole refuses it.", at_block(number), name);
    }
    for (name, number) in [
        ("withdrawn", block::RECORD_WITHDRAWN),
        ("suspended", block::RECORD_SUSPENDED),
        ("superseded", block::RECORD_SUPERSEDED),
    ] {
        let why = "What happens to one record leaves the others standing.";
        set.accepts(&format!("record-{name}"), why, at_block(number), &[("counts", 2), (name, 1)]);
    }
    let stale = "Training counts on a stale status; identity, jobs and checks cannot be told.";
    let records = [identity("Sam Example"), criminal_record_check("cleared"), fire_safety()];
    set.accepts("status-a-day-old", "Up to 24 hours are fresh.", of(&records), &[("counts", 3)])
        .at("2026-11-22T04:12:00Z");
    set.accepts("status-two-days-old", stale, of(&records), &[("cannot-tell", 2), ("stale", 1)])
        .at("2026-11-23T04:12:00Z")
        .expect("code", "status-stale");
    let expired = "After seven days nothing can be told.";
    set.cannot_tell("status-eight-days-old", expired, of(&records), "status-expired", &[("cannot-tell", 3)])
        .at("2026-11-29T04:12:00Z");
    let mut unlisted = pass_of("RNN", block::SOUND, &example());
    unlisted.place.list = 9;
    let unlisted = sign_pass(&unlisted, RNN);
    let missing = "Without its list nothing can be told.";
    set.cannot_tell("status-list-missing", missing, unlisted, "status-missing", &[("cannot-tell", 3)]);
    let beyond = "Block 32768 of 32 lies beyond 2^20 indices.";
    set.cannot_tell("status-out-of-range", beyond, at_block(32_768), "status-out-of-range", &[("cannot-tell", 3)]);
    set.cannot_tell(
        "status-out-of-range-by-far",
        "The product must not wrap around.",
        at_block(u32::MAX),
        "status-out-of-range",
        &[("cannot-tell", 3)],
    );
}

fn meanings(set: &mut Set) {
    let no = "A record may say that something is not so.";
    let not_so: &[(&str, u32)] = &[("counts", 1), ("not-so", 1)];
    set.accepts("registration-suspended", no, of(&named(registration("suspended"))), not_so);
    set.accepts("check-in-progress", no, of(&named(criminal_record_check("inProgress"))), not_so);
    let future = "An award that is still to come does not count.";
    let tomorrow = of(&named(training("cstf/fire-safety/1", "2026-11-22", "P2Y")));
    set.accepts("award-in-the-future", future, tomorrow.clone(), not_so);
    set.accepts("award-in-the-future-come", future, tomorrow, &[("counts", 2)]).at("2026-11-22T00:00:00Z");

    let newer = "A number that the lists at hand do not have is no fault, and does not count.";
    let unknown: &[(&str, u32)] = &[("counts", 1), ("cannot-tell", 1)];
    set.accepts(
        "code-of-a-newer-list",
        newer,
        content(|out| {
            out.map(2);
            person(out).int(2).array(5).null().int(60_000).int(0).int(0).int(2);
        }),
        unknown,
    );
    set.accepts(
        "provenance-of-a-newer-list",
        newer,
        content(|out| {
            out.map(2);
            person(out).int(2).array(5).null().int(1).int(0).int(0).int(60_000);
        }),
        unknown,
    );

    let entitled = "What its issuer may not attest does not count; the rest stands.";
    let mixed = sign_pass(&pass_of("RTD", block::SOUND, &example()), RTD);
    set.accepts("subject-not-aligned", entitled, mixed, &[("counts", 2), ("not-entitled", 1)]);
    let check = [identity("Sam Example"), employment(), criminal_record_check("cleared")];
    let charity = sign_pass(&pass_of("ZZ901", block::SOUND, &check), ZZ901);
    set.accepts("kind-not-entitled", entitled, charity, &[("counts", 2), ("not-entitled", 1)]);
    let local = |code, seed| {
        sign_pass(&pass_of(code, block::SOUND, &named(training("local:Tea round", "2026-01-05", "P3Y"))), seed)
    };
    set.accepts("local-training", "Training of its own.", local("ZZ901", ZZ901), &[("counts", 2)]);
    let awarding = sign_pass(&pass_of("ZZ902", block::SOUND, &example()), ZZ902);
    set.refuses("identity-not-entitled", "Nobody may be named by whom may not.", awarding, "not-entitled");
}

fn together(set: &mut Set) {
    let asked = "A kind that is asked for must have a record that counts.";
    set.accepts("required-and-there", asked, good(), &[("counts", 3)]).require(&["training", "employment"]);
    set.input(
        "required-and-missing",
        asked,
        good(),
        json!({ "decision": "refused", "code": "required-missing", "standings": { "counts": 3 } }),
    )
    .require(&["criminalRecordCheck"]);
    set.input(
        "required-and-withdrawn",
        asked,
        at_block(block::RECORD_WITHDRAWN),
        json!({ "decision": "refused", "code": "required-missing", "standings": { "counts": 2, "withdrawn": 1 } }),
    )
    .require(&["training"]);
    let check = of(&named(criminal_record_check("cleared")));
    set.cannot_tell("required-and-unclear", asked, check, "required-unclear", &[("cannot-tell", 2)])
        .require(&["criminalRecordCheck"])
        .at("2026-11-23T12:00:00Z");
    let elsewhere = "Several passes of one person are read together.";
    let other = sign_pass(&pass_of("RTD", block::SOUND, &named(criminal_record_check("cleared"))), RTD);
    set.accepts("required-and-in-the-other", elsewhere, good(), &[("counts", 5)])
        .set("also", json!([other]))
        .require(&["criminalRecordCheck"]);
    let somebody = sign_pass(&pass_of("RTD", block::SOUND, &[identity("Alex Example")]), RTD);
    set.input(
        "different-people",
        elsewhere,
        good(),
        json!({ "decision": "refused", "code": "different-people", "standings": { "counts": 4 } }),
    )
    .set("also", json!([somebody]));
}

fn keys(set: &mut Set) {
    let by = |code: &str, seed| sign_pass(&pass_of(code, block::SOUND, &example()), seed);
    let payload = pass_of("RNN", block::SOUND, &example()).to_cbor();
    let header = cose::protected_header(id_of(&key(RNN)), None);
    let forged = sign_message(&header, &payload, STRANGER);
    set.refuses("pass-wrong-key", "It names RNN's key and was signed by another.", forged, "bad-signature");
    set.refuses("pass-unknown-key", "RNN has no such key.", by("RNN", STRANGER), "unknown-key");
    set.refuses("pass-key-of-another-member", "RTD's key cannot speak for RNN.", by("RNN", RTD), "unknown-key");
    set.refuses("pass-unknown-issuer", "Not on the trust list.", by("ZZ999", STRANGER), "unknown-issuer");
    let outside = "A key signs within its validity.";
    set.refuses("pass-key-retired", outside, by("ZZ903", ZZ903_RETIRED), "key-outside-validity");
    set.refuses("pass-key-of-the-future", outside, by("ZZ903", ZZ903_FUTURE), "key-outside-validity");
    let mut old = pass_of("ZZ903", block::SOUND, &named(training("cstf/fire-safety/1", "2025-10-08", "P2Y")));
    old.issued = time("2026-06-30T23:59:59Z");
    old.expires = old.issued.plus(365 * 86_400);
    let retired = "What a retired key signed in its day still stands.";
    set.accepts("pass-key-retired-since", retired, sign_pass(&old, ZZ903_RETIRED), &[("counts", 2)]);
    old.issued = time("2026-07-01T00:00:00Z");
    set.refuses("pass-key-one-second-late", outside, sign_pass(&old, ZZ903_RETIRED), "key-outside-validity");
    let stolen = "Nothing that a compromised key signed counts, whenever it claims to be from.";
    set.refuses("pass-key-compromised", stolen, by("ZZ903", ZZ903_STOLEN), "key-compromised");
    old.issued = time("2025-01-01T00:00:00Z");
    set.refuses("pass-key-compromised-later", stolen, sign_pass(&old, ZZ903_STOLEN), "key-compromised");
}

fn signatures(set: &mut Set) {
    let key = key(RNN);
    let header = cose::protected_header(id_of(&key), None);
    let payload = pass_of("RNN", block::SOUND, &example()).to_cbor();
    let signed = cose::signing_input(&header, &payload);
    let signature = key.sign(&signed).to_bytes();
    let with = |payload: &[u8], signature: &[u8; 64]| pass::text(&cose::assemble(&header, payload, signature));
    for at in [0, 31, 32, 63] {
        let mut altered = signature;
        altered[at] ^= 1;
        let name = format!("pass-signature-byte-{at}");
        set.refuses(&name, "One bit of the signature.", with(&payload, &altered), "bad-signature");
    }
    let name_byte = payload.iter().position(|byte| *byte == b'S').expect("a name");
    let mut altered = payload.clone();
    altered[name_byte] ^= 0x07;
    set.refuses("pass-payload-byte", "Sam has become Tam.", with(&altered, &signature), "bad-signature");
    let mut other_header = header.clone();
    other_header[5] ^= 1;
    let moved = pass::text(&cose::assemble(&other_header, &payload, &signature));
    set.refuses("pass-header-byte", "One bit of the key's id.", moved, "unknown-key");

    let splice = "A record of one person's pass in another's, under the old signature.";
    let mut more = example();
    more.push(criminal_record_check("cleared"));
    let spliced = pass_of("RNN", block::SOUND, &more).to_cbor();
    set.refuses("pass-record-moved-in", splice, with(&spliced, &signature), "bad-signature");
    let somebody = [identity("Alex Example"), employment(), fire_safety()];
    let renamed = pass_of("RNN", block::SOUND, &somebody).to_cbor();
    set.refuses("pass-of-another-person", splice, with(&renamed, &signature), "bad-signature");
    let unblocked = pass_of("RNN", block::SOUND, &example()).to_cbor();
    let withdrawn = pass_of("RNN", block::WITHDRAWN, &example()).to_cbor();
    let withdrawn = key.sign(&cose::signing_input(&header, &withdrawn)).to_bytes();
    set.refuses("pass-moved-to-another-block", splice, with(&unblocked, &withdrawn), "bad-signature");

    let large = with_large_s(signature);
    let malleable = "S plus the group's order is another text for the same signature.";
    set.refuses("signature-large-s", malleable, with(&payload, &large), "bad-signature");
    let mut one = [0; 32];
    one[0] = 1;
    let mut one_and_p = [0xff; 32];
    (one_and_p[0], one_and_p[31]) = (0xee, 0x7f);
    let weak = "R of small order, by the key's own holder: fits the equation, refused all the same.";
    let neutral = with_neutral_r(one, &key, &signed);
    assert!(is_laxly_good(&key, &signed, &neutral), "this vector would show nothing");
    set.refuses("signature-small-order-r", weak, with(&payload, &neutral), "bad-signature");
    let form = "R not in its one form.";
    let neutral = with_neutral_r(one_and_p, &key, &signed);
    set.refuses("signature-r-not-canonical", form, with(&payload, &neutral), "bad-signature");
    set.refuses("signature-of-zeros", "Nobody made it.", with(&payload, &[0; 64]), "bad-signature");
}

fn texts(set: &mut Set) {
    let good = good();
    let refuse = |set: &mut Set, name: &str, why: &str, text: &str, code| {
        set.refuses(name, why, text.to_owned(), code);
    };
    refuse(set, "nothing", "No text at all.", "", "not-a-passport");
    refuse(set, "something-else", "A link in a QR code.", "https://passport.example/", "not-a-passport");
    refuse(set, "prefix-of-another-version", "SP2.", &good.replacen("SP1:", "SP2:", 1), "not-a-passport");
    refuse(
        set,
        "prefix-in-small-letters",
        "One text for one pass.",
        &good.replacen("SP1:", "sp1:", 1),
        "not-a-passport",
    );
    refuse(set, "base45-small-letter", "Not one of the 45.", &good.replacen("SP1:RRQ", "SP1:rRQ", 1), "base45");
    refuse(set, "base45-umlaut", "Not one of the 45.", &good.replacen("SP1:RR", "SP1:Ü", 1), "base45");
    refuse(set, "base45-out-of-range", "::: stands for more than 65535.", &format!("SP1::::{}", &good[7..]), "base45");
    refuse(set, "base45-last-pair-out-of-range", ":: stands for more than 255.", "SP1:RRQ::", "base45");
    refuse(set, "base45-cut", "One character is missing.", &good[..good.len() - 1], "base45");
    refuse(set, "pass-cut-between-groups", "One byte is missing.", &good[..good.len() - 2], "cose-shape");
    refuse(set, "pass-without-content", "The prefix alone.", "SP1:", "cose-shape");
    refuse(set, "pass-cut-in-half", "A torn code.", &good[..124], "cose-shape");
    set.refuses("pass-too-long", "1,042 characters.", "SP1:".into(), "too-long").set("padded", json!(["0", 1042]));
}

fn headers(set: &mut Set) {
    let payload = pass_of("RNN", block::SOUND, &example()).to_cbor();
    let id = id_of(&key(RNN)).0;
    let mut header = |name: &str, why: &str, code: &str, write: &dyn Fn(&mut Writer)| {
        let mut out = Writer::new();
        write(&mut out);
        set.refuses(name, why, sign_message(&out.finish(), &payload, RNN), code);
    };
    let other = "Ed25519 and nothing else.";
    header("cose-es256", other, "algorithm-refused", &|out| {
        out.map(2).int(1).int(-7).int(4).bytes(&id);
    });
    header("cose-hmac", other, "algorithm-refused", &|out| {
        out.map(2).int(1).int(5).int(4).bytes(&id);
    });
    header("cose-algorithm-as-text", other, "algorithm-missing", &|out| {
        out.map(2).int(1).text("EdDSA").int(4).bytes(&id);
    });
    header("cose-algorithm-as-list", other, "algorithm-missing", &|out| {
        out.map(2).int(1).array(1).int(-8).int(4).bytes(&id);
    });
    header("cose-no-algorithm", "An algorithm must be named.", "algorithm-missing", &|out| {
        out.map(1).int(4).bytes(&id);
    });
    header("cose-crit", "We know no extensions.", "header-critical", &|out| {
        out.map(3).int(1).int(-8).int(2).array(1).int(4).int(4).bytes(&id);
    });
    header("cose-no-key", "A key must be named.", "header-key", &|out| {
        out.map(1).int(1).int(-8);
    });
    header("cose-short-key-id", "A key's id has four bytes.", "header-key", &|out| {
        out.map(2).int(1).int(-8).int(4).bytes(&id[..3]);
    });
    header("cose-key-id-as-text", "A key's id is bytes.", "header-key", &|out| {
        out.map(2).int(1).int(-8).int(4).text("5030d178");
    });
    header("cose-certificate", "No key or certificate of its own (x5chain).", "header-member", &|out| {
        out.map(3).int(1).int(-8).int(4).bytes(&id).int(33).bytes(&[0x30]);
    });
    header("cose-type", "A message that names a type is no pass.", "header-member", &|out| {
        out.map(3).int(1).int(-8).int(4).bytes(&id).int(16).text("application/statuslist+cwt");
    });
    header("cose-header-repeated-key", "Which would count?", "header-malformed", &|out| {
        out.map(3).int(1).int(-8).int(1).int(-8).int(4).bytes(&id);
    });
    header("cose-header-out-of-order", "One form for one content.", "header-malformed", &|out| {
        out.map(2).int(4).bytes(&id).int(1).int(-8);
    });
    header("cose-header-left-over", "Bytes after the map.", "header-malformed", &|out| {
        out.map(2).int(1).int(-8).int(4).bytes(&id).int(0);
    });
    header("cose-header-long-number", "-8 in two bytes.", "header-malformed", &|out| {
        out.map(2).int(1).raw(&[0x38, 0x07]).int(4).bytes(&id);
    });
    header("cose-header-empty", "No header at all.", "header-malformed", &|_| {});
    header("cose-header-empty-map", "A header that says nothing.", "algorithm-missing", &|out| {
        out.map(0);
    });
}

fn shapes(set: &mut Set) {
    let key = key(RNN);
    let header = cose::protected_header(id_of(&key), None);
    let payload = pass_of("RNN", block::SOUND, &example()).to_cbor();
    let signature = key.sign(&cose::signing_input(&header, &payload)).to_bytes();
    let mut shape = |name: &str, why: &str, code: &str, write: &dyn Fn(&mut Writer)| {
        let mut out = Writer::new();
        write(&mut out);
        set.refuses(name, why, pass::text(&out.finish()), code);
    };
    shape("cose-untagged", "Tag 18 is part of the form.", "cose-shape", &|out| {
        out.array(4).bytes(&header).map(0).bytes(&payload).bytes(&signature);
    });
    shape("cose-another-tag", "Tag 98 is COSE_Sign.", "cose-shape", &|out| {
        out.tag(98).array(4).bytes(&header).map(0).bytes(&payload).bytes(&signature);
    });
    shape("cose-tag-in-two-bytes", "One form for one content.", "cose-shape", &|out| {
        out.raw(&[0xd8, 0x12]).array(4).bytes(&header).map(0).bytes(&payload).bytes(&signature);
    });
    shape("cose-five-items", "Four items.", "cose-shape", &|out| {
        out.tag(18).array(5).bytes(&header).map(0).bytes(&payload).bytes(&signature).null();
    });
    shape("cose-indefinite-array", "No indefinite lengths.", "cose-shape", &|out| {
        out.tag(18).raw(&[0x9f]).bytes(&header).map(0).bytes(&payload).bytes(&signature).raw(&[0xff]);
    });
    shape("cose-left-over", "Nothing follows the message.", "cose-shape", &|out| {
        out.raw(&cose::assemble(&header, &payload, &signature)).raw(&[0, 0]);
    });
    shape("cose-unprotected-key", "Nothing may stand there.", "header-member", &|out| {
        out.tag(18).array(4).bytes(&header).map(1).int(4).bytes(&[0; 4]).bytes(&payload).bytes(&signature);
    });
    shape("cose-detached-payload", "A pass holds its content.", "cose-shape", &|out| {
        out.tag(18).array(4).bytes(&header).map(0).null().bytes(&signature);
    });
    shape("cose-signature-of-63-bytes", "An Ed25519 signature has 64.", "signature-length", &|out| {
        out.tag(18).array(4).bytes(&header).map(0).bytes(&payload).bytes(&signature[..63]);
    });
    shape("cose-empty-signature", "An Ed25519 signature has 64.", "signature-length", &|out| {
        out.tag(18).array(4).bytes(&header).map(0).bytes(&payload).bytes(&[]);
    });
    shape("cose-length-that-lies", "More is promised than there is.", "cose-shape", &|out| {
        out.tag(18).array(4).raw(&[0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    });
}

/// Claims of RNN with this content, well signed.
fn content(write: impl FnOnce(&mut Writer)) -> String {
    let mut out = Writer::new();
    claims(out.map(5), "RNN");
    write(out.int(-65_538));
    sign_payload(&out.finish(), RNN)
}

fn claims(out: &mut Writer, iss: &str) {
    let iat = time(SIGNED);
    out.int(1).text(iss).int(4).int(iat.plus(MONTH).0).int(6).int(iat.0);
    out.int(-65_537).array(2).int(1).int(i64::from(block::SOUND));
}

/// Kind 1 and a person with a name.
fn person(out: &mut Writer) -> &mut Writer {
    out.int(1).array(3).text("Sam Example").null().int(3)
}

fn values(set: &mut Set) {
    let mut refuse = |name: &str, why: &str, code: &str, write: &dyn Fn(&mut Writer)| {
        set.refuses(name, why, content(write), code);
    };
    for (name, code, text) in [
        ("name-empty", "empty-text", ""),
        ("name-with-digits", "not-a-name", "Sam 7"),
        ("name-with-a-hidden-character", "bad-character", "Sam\u{202e}Example"),
        ("name-of-121-bytes", "text-too-long", &"x".repeat(121)),
    ] {
        refuse(name, "Not a name that any issuer may give.", code, &|out| {
            out.map(1).int(1).array(3).text(text).null().int(3);
        });
    }
    let number = "A National Insurance number never goes into a pass.";
    refuse("national-insurance-number", number, "national-insurance-number", &|out| {
        out.map(2);
        person(out).int(2).array(6).null().int(1).int(0).int(0).int(2).map(1).int(3).text("QQ 12 34 56 C");
    });
    refuse("two-identities", "A pass is about one person.", "one-identity", &|out| {
        out.map(1).int(1).array(6);
        out.text("Sam Example").null().int(3).text("Alex Example").null().int(3);
    });
    refuse("no-identity", "A pass is about somebody.", "one-identity", &|out| {
        out.map(1).int(2).array(5).null().int(1).int(0).int(0).int(2);
    });
    refuse("unknown-kind-of-record", "It might be a restriction.", "unknown-field", &|out| {
        out.map(2);
        person(out).int(99).array(1).int(1);
    });
    refuse("unknown-extra", "It might be a restriction.", "unknown-field", &|out| {
        out.map(1).int(1).array(4).text("Sam Example").null().int(3).map(1).int(9).int(1);
    });
    refuse("host-not-a-code", "Codes are capitals and digits.", "organisation-code", &|out| {
        out.map(2);
        person(out).int(3).array(5).text("rtd").int(1).int(0).int(0).int(2);
    });
    refuse("whole-date-as-text", "A whole date is a number.", "not-a-date", &|out| {
        out.map(2);
        person(out).int(2).array(5).null().int(1).text("2019-09-02").int(0).int(2);
    });
    refuse("partial-date-of-birth", "A whole date is needed.", "not-a-date", &|out| {
        out.map(1).int(1).array(3).text("Sam Example").text("1990").int(3);
    });
    let mut out = Writer::new();
    claims(out.map(5), "rnn");
    person(out.int(-65_538).map(1));
    let issuer = sign_payload(&out.finish(), RNN);
    set.refuses("issuer-not-a-code", "Codes are capitals and digits.", issuer, "organisation-code");
}

fn forms(set: &mut Set) {
    let mut cbor = |name: &str, why: &str, write: &dyn Fn(&mut Writer)| {
        set.refuses(name, why, content(write), "cbor");
    };
    let one = "One content has one form.";
    cbor("cbor-long-number", one, &|out| {
        out.map(1).int(1).array(3).text("Sam Example").raw(&[0x1a, 0, 0, 0x34, 0x37]).int(3);
    });
    cbor("cbor-long-length", one, &|out| {
        out.map(1).int(1).array(3).raw(&[0x78, 3]).raw(b"Sam").null().int(3);
    });
    cbor("cbor-indefinite-array", one, &|out| {
        out.map(1).int(1).raw(&[0x9f]).text("Sam Example").null().int(3).raw(&[0xff]);
    });
    cbor("cbor-indefinite-map", one, &|out| {
        person(out.raw(&[0xbf])).raw(&[0xff]);
    });
    cbor("cbor-indefinite-text", one, &|out| {
        out.map(1).int(1).array(3).raw(&[0x7f]).text("Sam").raw(&[0xff]).null().int(3);
    });
    contents_of_other_forms(set);
    claims_of_other_forms(set);
    repeated_forms(set);
}

fn contents_of_other_forms(set: &mut Set) {
    let one = "One content has one form.";
    let mut cbor = |name: &str, why: &str, write: &dyn Fn(&mut Writer)| {
        set.refuses(name, why, content(write), "cbor");
    };
    cbor("cbor-repeated-kind", "Which would count?", &|out| {
        person(person(out.map(2)));
    });
    cbor("cbor-kinds-out-of-order", one, &|out| {
        person(out.map(2).int(2).array(5).null().int(1).int(0).int(0).int(2));
    });
    cbor("cbor-repeated-extra", "Which would count?", &|out| {
        out.map(1).int(1).array(4).text("Sam Example").null().int(3);
        out.map(2).int(16).text("RTD").int(16).text("RNL");
    });
    cbor("cbor-no-records", "A kind without records is left out.", &|out| {
        person(out.map(2)).int(2).array(0);
    });
    cbor("cbor-empty-extras", one, &|out| {
        out.map(1).int(1).array(4).text("Sam Example").null().int(3).map(0);
    });
    cbor("cbor-row-cut", "A record has all its fields.", &|out| {
        out.map(1).int(1).array(2).text("Sam Example").null();
    });
    cbor("cbor-not-utf-8", "Texts are UTF-8.", &|out| {
        out.map(1).int(1).array(3).raw(&[0x62, 0xff, 0xff]).null().int(3);
    });
    cbor("cbor-float", "No floats.", &|out| {
        out.map(1).int(1).array(3).text("Sam Example").raw(&[0xf9, 0x3c, 0]).int(3);
    });
    cbor("cbor-undefined", "No undefined.", &|out| {
        out.map(1).int(1).array(3).text("Sam Example").raw(&[0xf7]).int(3);
    });
    cbor("cbor-inner-tag", "No tags but 18.", &|out| {
        out.map(1).int(1).array(3).tag(0).text("Sam Example").null().int(3);
    });
    cbor("cbor-text-key", "No text keys.", &|out| {
        person(out.map(2)).text("x").int(1);
    });
    cbor("cbor-huge-number", "Beyond 64 bits, signed.", &|out| {
        out.map(1).int(1).array(3).text("Sam Example").raw(&[0x1b]).raw(&[0xff; 8]).int(3);
    });
    cbor("cbor-day-beyond-the-calendar", "Beyond the year 1900.", &|out| {
        out.map(1).int(1).array(3).text("Sam Example").int(1_000_000).int(3);
    });
    cbor("cbor-most-negative-day", "Its opposite does not fit.", &|out| {
        out.map(1).int(1).array(3).text("Sam Example").int(i64::MIN).int(3);
    });
    cbor("cbor-code-zero", "Codes count from 1.", &|out| {
        out.map(1).int(1).array(3).text("Sam Example").null().int(0);
    });
    cbor("cbor-outcome-one", "An outcome with conditions says which.", &|out| {
        person(out.map(2)).int(4).array(4).int(1).int(0).int(1).int(3);
    });
    cbor("cbor-deep", "Depth is bounded by the format.", &|out| {
        out.map(1).int(1).array(1).raw(&[0x81; 200]).int(0);
    });
    cbor("cbor-128-records", "At most 127.", &|out| {
        out.map(1).int(1).array(384);
        for _ in 0..128 {
            out.text("S").null().int(3);
        }
    });
    cbor("cbor-refreshed-today", "What goes without saying is not said.", &|out| {
        person(out.map(2).int(0).int(0));
    });
    cbor("cbor-refreshed-as-all", "What goes without saying is not said.", &|out| {
        out.map(1).int(1).array(4).text("Sam Example").null().int(3).map(1).int(17).int(0);
    });
    cbor("cbor-period-of-a-partial-date", "A period counts from a whole date.", &|out| {
        person(out.map(2)).int(2).array(5).null().int(1).text("2019").int(2).int(2);
    });
    cbor("cbor-elements-out-of-order", one, &|out| {
        person(out.map(2)).int(12).array(9).array(3).int(2).int(2).int(1);
        out.int(1).int(1).int(1).int(0).int(0).int(1).int(1).int(1);
    });
}

/// Content that a writer would not write again in the same way.
fn repeated_forms(set: &mut Set) {
    let one = "One content has one form.";
    let mut again = |name: &str, why: &str, write: &dyn Fn(&mut Writer)| {
        set.refuses(name, why, content(write), "not-canonical");
    };
    again("name-with-a-blank-before-it", one, &|out| {
        out.map(1).int(1).array(3).text(" Sam Example").null().int(3);
    });
    again("name-with-two-blanks", one, &|out| {
        out.map(1).int(1).array(3).text("Sam  Example").null().int(3);
    });
    again("name-not-composed", "NFD where NFC belongs.", &|out| {
        out.map(1).int(1).array(3).text("Zoe\u{308}").null().int(3);
    });
    again("refreshed-for-none", "No record has the shared date.", &|out| {
        out.map(2).int(0).int(1).int(1).array(4).text("Sam Example").null().int(3).map(1).int(17).int(0);
    });
    again("provenance-spelled-out", "A listed provenance is named by its number.", &|out| {
        out.map(1).int(1).array(3).text("Sam Example").null();
        listed_provenance(out);
    });
}

fn claims_of_other_forms(set: &mut Set) {
    let mut whole = |name: &str, why: &str, write: &dyn Fn(&mut Writer)| {
        let mut out = Writer::new();
        write(&mut out);
        set.refuses(name, why, sign_payload(&out.finish(), RNN), "cbor");
    };
    whole("claims-empty", "Five claims.", &|_| {});
    whole("claims-six", "Five claims, no others.", &|out| {
        claims(out.map(6), "RNN");
        person(out.int(-65_538).map(1)).int(-65_539).int(0);
    });
    whole("claims-out-of-order", "In this order.", &|out| {
        let issued = time(SIGNED);
        out.map(5).int(4).int(issued.plus(MONTH).0).int(1).text("RNN").int(6).int(issued.0);
        person(out.int(-65_537).array(2).int(1).int(5).int(-65_538).map(1));
    });
    whole("claims-left-over", "Nothing follows the claims.", &|out| {
        claims(out.map(5), "RNN");
        person(out.int(-65_538).map(1)).int(0);
    });
    whole("claims-end-beyond-9999", "Sums must not overflow.", &|out| {
        out.map(5).int(1).text("RNN").int(4).int(253_402_300_800).int(6).int(time(SIGNED).0);
        person(out.int(-65_537).array(2).int(1).int(5).int(-65_538).map(1));
    });
    whole("claims-end-as-float", "No floats.", &|out| {
        out.map(5).int(1).text("RNN").int(4).raw(&[0xfb, 0x41, 0xda, 0xca, 0, 0, 0, 0, 0]).int(6).int(time(SIGNED).0);
        person(out.int(-65_537).array(2).int(1).int(5).int(-65_538).map(1));
    });
    whole("claims-list-zero", "Lists count from 1.", &|out| {
        let issued = time(SIGNED);
        out.map(5).int(1).text("RNN").int(4).int(issued.plus(MONTH).0).int(6).int(issued.0);
        person(out.int(-65_537).array(2).int(0).int(5).int(-65_538).map(1));
    });
}

/// What row 3 of the list `assurance` says, spelled out.
fn listed_provenance(out: &mut Writer) {
    let lists = passport_schema::codes::CodeLists::embedded();
    let row = lists.assurances().iter().find(|row| row.code == 3).expect("row 3");
    out.array(6);
    for text in [&row.origin, &row.policy, &row.outcome, &row.verifier] {
        out.text(text.as_str());
    }
    let method = row.method.entry().expect("a listed method").code;
    out.int(method.into()).int(i64::from(row.pedigree == passport_schema::codes::Pedigree::Sourced));
}
