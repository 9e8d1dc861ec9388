//! What is on paper, as other programs read it: poppler and qpdf.

mod world;

use std::fs;
use std::path::Path;
use std::process::Command;

use passport_paper::{Details, Fonts, Form, Paper, PaperError};
use passport_schema::status::Status;
use passport_verifier::{Decision, Verifier};
use serde_json::{Value, json};
use world::{TRUST, World, identity, keep, local_training, provenance};

fn run(program: &str, arguments: &[&str], file: &Path) -> String {
    let ran = Command::new(program).args(arguments).arg(file).output();
    let ran = ran.unwrap_or_else(|error| panic!("{program}: {error}; script/setup paper installs it"));
    String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr)
}

/// The words in the order in which the pages draw them.
fn words(file: &Path) -> String {
    text(file, &[]).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text(file: &Path, arguments: &[&str]) -> String {
    let mut program = Command::new("pdftotext");
    program.args(arguments).arg(file).arg("-");
    String::from_utf8(program.output().expect("pdftotext: script/setup paper").stdout).unwrap()
}

fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { panic!("{part:?} is not, or not here, in: {text}") };
        rest = after;
    }
}

#[test]
fn the_sheet_says_who_until_when_and_what_to_do_in_a_sensible_order() {
    let world = World::reference(|_| {});
    let file = keep("words.pdf", &world.print(Form::A4).pdf);
    in_order(
        &words(&file),
        &[
            "Staff passport on paper",
            "Grace Oluwaseun Adeyemi",
            "Born 17 April 1990",
            "Intensive care nurse",
            TRUST,
            "28 November 2026",
            "Reissue number 1",
            "Reference RNN-1-4711",
            "Match photo ID",
            "whoever holds it can show it",
            "Scan the code",
            "If it cannot be scanned",
            "What RNN vouches for",
            "so yours may differ",
            "Employment checks",
            "Nursing and Midwifery Council",
            "99A9999E",
            "Training",
            "Fire Safety",
            "Competencies and qualifications",
            "If this sheet is lost",
        ],
    );
    let rows = text(&file, &["-layout"]);
    let fire: Vec<&str> = rows.lines().find(|line| line.contains("Fire Safety")).unwrap().split_whitespace().collect();
    assert_eq!(fire.join(" "), "Fire Safety 8 Oct 2025 7 Oct 2027");
}

#[test]
fn every_form_has_embedded_fonts_structure_and_a_sound_file() {
    let world = World::reference(|_| {});
    for form in Form::ALL {
        let file = keep(&format!("sound-{}.pdf", form.name()), &world.print(form).pdf);
        let fonts = run("pdffonts", &[], &file);
        let rows: Vec<&str> = fonts.lines().skip_while(|line| !line.starts_with("---")).skip(1).collect();
        assert!(!rows.is_empty());
        for row in rows.into_iter().filter(|row| row.contains('+')) {
            let columns: Vec<&str> = row.split_whitespace().rev().collect();
            // From the right: object, generation, and whether it has Unicode, is a subset, is embedded.
            assert_eq!(columns[2..5], ["yes", "yes", "yes"], "{row}");
        }
        assert!(run("qpdf", &["--check"], &file).contains("No syntax or stream encoding errors"), "{form:?}");
        let about = run("pdfinfo", &[], &file);
        assert!(about.contains("Tagged:          yes"), "{about}");
        assert!(!about.contains("Adeyemi"), "metadata names nobody: {about}");
        let raw =
            Command::new("qpdf").args(["--qdf", "--object-streams=disable"]).arg(&file).arg("-").output().unwrap();
        let raw = String::from_utf8_lossy(&raw.stdout);
        for part in ["/Lang (en-GB)", "/DisplayDocTitle true", "pdfuaid:part"] {
            assert!(raw.contains(part), "{part} in {form:?}");
        }
        let tree = run("pdfinfo", &["-struct-text"], &file);
        let mut parts = vec!["H1", "P"];
        match form {
            Form::A4 => parts.extend(["H2", "L", "Lbl", "LBody", "H3", "Table", "THead", "TH", "TBody", "TD"]),
            Form::Card => parts.extend(["L", "H2"]),
            Form::CardPrinter => parts = vec!["H1", "P", "H2"],
            Form::Letter => parts.extend(["H2", "L"]),
        }
        for part in parts {
            let is = |line: &str| line.trim().split([' ', ':']).next() == Some(part);
            assert!(tree.lines().any(is), "{part} in {form:?}: {tree}");
        }
        assert_eq!(raw.contains("/Figure"), form != Form::Letter, "the code has a description");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for form in Form::ALL {
        let once = || World::reference(|_| {}).print(form).pdf;
        assert_eq!(once(), once(), "{form:?}");
    }
}

#[test]
fn names_of_many_scripts_are_printed_whole_or_said_to_be_in_the_code() {
    for (name, whole) in [
        ("Siân Ŵyn Ŷfan", true),
        ("Łukasz Żółć-Świątek", true),
        ("Nguyễn Thị Ánh Đặng", true),
        ("Γεωργία Παπαδοπούλου", true),
        ("Олена Їжакевич", true),
        ("محمد عبد الله", true),
        ("李小龍", false),
    ] {
        let world = World::new(TRUST, &[identity(name), local_training("Course")], &[]);
        for form in Form::ALL {
            let printed = world.print(form);
            let text = words(&keep("name.pdf", &printed.pdf));
            assert_eq!(printed.missing.is_empty(), whole, "{name}");
            if name.is_ascii() || !name.starts_with('م') && whole {
                assert!(text.contains(name), "{name} in {form:?}: {text}");
            } else if !whole && form != Form::Letter {
                assert!(text.contains("Name: in the code") && !text.contains('李'), "{text}");
            }
        }
    }
}

#[test]
fn a_font_of_ones_own_prints_what_the_built_in_ones_lack() {
    let Ok(list) = Command::new("fc-list").args([":lang=zh-cn", "file"]).output() else { return };
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    let Some(file) = list.lines().map(|line| line.trim_end_matches(": ").trim_end_matches(':')).next() else { return };
    let Ok(fonts) = Fonts::built_in().with(fs::read(file).unwrap()) else { return };
    let world = World::new(TRUST, &[identity("李小龍"), local_training("Course")], &[]);
    let printed = world.paper().print(Form::A4, &Details::default(), &fonts).unwrap();
    assert!(printed.missing.is_empty());
    assert!(words(&keep("chinese.pdf", &printed.pdf)).contains("李小龍"));
}

/// Every word of every page lies inside the page, and no two lines lie on each other.
fn nothing_overlaps(file: &Path) {
    let out = file.with_extension("html");
    let ran = Command::new("pdftotext").arg("-bbox").arg(file).arg(&out).status().expect("pdftotext");
    assert!(ran.success());
    let boxes = fs::read_to_string(out).unwrap();
    let number = |line: &str, name: &str| -> f32 {
        let (_, rest) = line.split_once(&format!("{name}=\"")).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    let (mut page, mut seen): ((f32, f32), Vec<[f32; 4]>) = ((0.0, 0.0), Vec::new());
    let mut count = 0;
    for line in boxes.lines() {
        if line.contains("<page") {
            page = (number(line, "width"), number(line, "height"));
            seen.clear();
        } else if line.contains("<word") {
            let [left, top, right, bottom] = ["xMin", "yMin", "xMax", "yMax"].map(|name| number(line, name));
            assert!(left >= 0.0 && top >= -1.0 && right <= page.0 + 0.1 && bottom <= page.1 + 0.1, "{line}");
            // The letters of a word are lower than its box, which holds the font's highest accents.
            let (top, bottom) = (top + 0.35 * (bottom - top), bottom - 0.3 * (bottom - top));
            for other in &seen {
                let apart = right <= other[0] + 0.5 || other[2] <= left + 0.5 || bottom <= other[1] || other[3] <= top;
                assert!(apart, "{line} lies on {other:?} in {}", file.display());
            }
            seen.push([left, top, right, bottom]);
            count += 1;
        }
    }
    assert!(count > 10, "{count} words");
}

fn coded_training(day: u8) -> Value {
    json!({ "kind": "training", "subject": "cstf/fire-safety/1", "awarded": format!("2025-10-{day:02}"),
            "period": "P2Y", "provenance": { "assurance": "cstf-employer", "lastRefreshed": "2026-11-20" } })
}

fn text_of(bytes: usize) -> String {
    "restriction ".repeat(bytes / 12 + 1)[..bytes].trim().to_owned()
}

#[test]
fn texts_of_the_greatest_length_stay_on_the_page_and_apart() {
    let long = "W".repeat(120);
    let many_words = "Wilhelmina-Mariana ".repeat(6);
    let restrictions = text_of(199);
    let hostile: [(&str, &str, Vec<Value>); 5] = [
        (&long, TRUST, vec![]),
        (
            many_words.trim(),
            "A trust with a name that goes on and on and on \u{7}\u{202e} until nobody reads it any more, and then on",
            vec![],
        ),
        (
            "Ana Ng",
            TRUST,
            vec![json!({ "kind": "rightToWork", "outcome": "clearedWithConditions", "conditions": restrictions,
                        "checked": "2024-01-01", "basis": "british-or-irish", "restrictions": restrictions,
                        "provenance": provenance() })],
        ),
        (
            "Bo Li",
            TRUST,
            vec![json!({ "kind": "employment", "role": format!("local:{}", text_of(199)), "started": "2020-01-01",
                        "jobTitle": "X".repeat(200), "provenance": provenance() })],
        ),
        // As many records as a pass can hold characters for.
        ("A B", "T", (1..=28).map(coded_training).chain((1..=20).map(coded_training)).collect()),
    ];
    for (index, (name, issuer, mut records)) in hostile.into_iter().enumerate() {
        records.insert(0, identity(name));
        let world = World::new(issuer, &records, &[]);
        for form in Form::ALL {
            let printed = world.print(form);
            nothing_overlaps(&keep(&format!("hostile-{index}-{}.pdf", form.name()), &printed.pdf));
        }
    }
    nothing_overlaps(&keep("plain.pdf", &World::reference(|_| {}).print(Form::A4).pdf));
}

#[test]
fn what_the_verifier_does_not_accept_is_not_printed() {
    let world = World::reference(|_| {});
    let mut altered = world.text.clone();
    let last = altered.pop().unwrap();
    altered.push(if last == '0' { '1' } else { '0' });
    let verifier = Verifier::new(&world.bundle, &world.lists);
    let refused = Paper::read(&altered, &verifier, world.at, &world.lists).unwrap_err();
    assert!(matches!(refused, PaperError::NotAccepted { decision: Decision::Refused, .. }), "{refused}");
    let late = Paper::read(&world.text, &verifier, world.at.plus(8 * 86_400), &world.lists).unwrap_err();
    assert_eq!(late.code(), "not-accepted");
    for text in ["", "SP1:", "SP1:AAAA", "https://example.org", "\0", &"A".repeat(100_000)] {
        assert!(Paper::read(text, &verifier, world.at, &world.lists).is_err());
    }
    let withdrawn = World::new(TRUST, &world::reference(), &[(0, Status::Withdrawn)]);
    assert!(matches!(withdrawn.read(), Err(PaperError::NotAccepted { decision: Decision::Refused, .. })));
    let nobody = World::new(TRUST, &world::reference(), &[(1, Status::Withdrawn)]);
    assert!(matches!(nobody.read(), Err(PaperError::NotAccepted { .. })), "the identity is withdrawn");
}

#[test]
fn records_that_do_not_count_are_printed_as_such() {
    let world = World::new(TRUST, &world::reference(), &[(10, Status::Withdrawn), (5, Status::Suspended)]);
    assert_eq!(world.paper().not_counted(), 2);
    let text = words(&keep("withdrawn.pdf", &world.print(Form::A4).pdf));
    in_order(&text, &["Competencies", "did not count when this was printed", "Suspended", "Withdrawn by the issuer"]);
}
