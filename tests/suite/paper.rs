//! Paper passes through the API and the command line.

use std::fs;
use std::process::Command;

use passport_tests::{Answer, Database, Hr, TestApp, bare, nurse, on_each_database, standing};
use serde_json::{Value, json};

use crate::command_line::Terminal;

const AT: &str = "--at 2026-11-21T10:00:00Z --bundle bundle.json --root root.pub";

fn paper(hr: &Hr, staff: &Value) -> Value {
    hr.post("/v1/passes", &json!({ "staff": staff, "carrier": "paper" })).expect(201)["pass"].clone()
}

fn shown(hr: &Hr, pass: &Value) -> Value {
    hr.get(&format!("/v1/passes/{}", bare(&pass["id"])), "").expect(200)
}

fn pdf(hr: &Hr, pass: &Value, query: &str) -> Answer {
    hr.get(&format!("/v1/passes/{}{query}", bare(&pass["id"])), "application/pdf")
}

/// The words of a PDF.
pub(super) fn words(answer: &Answer) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), &answer.body).unwrap();
    let read = Command::new("pdftotext").arg(file.path()).arg("-").output().expect("pdftotext: script/setup paper");
    String::from_utf8_lossy(&read.stdout).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_paper_pass_is_printed_in_every_form_and_names_nobody_outside_its_pages() {
    let (_app, hr, rtd) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&nurse("1", "Siobhán O’Neill"));
    let pass = paper(&hr, &passport["staff"]);
    for query in ["", "?form=a4", "?form=card", "?form=card-printer", "?form=letter"] {
        let answer = pdf(&hr, &pass, query);
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/pdf"), "{query}");
        assert_eq!(&answer.body[..5], b"%PDF-");
        assert_eq!(answer.header("cache-control"), "no-store");
        let name = answer.header("content-disposition");
        assert!(name.starts_with("inline; filename=\"staff-passport-") && !name.contains("Siobh"), "{name}");
        assert_eq!(answer.body, pdf(&hr, &pass, query).body, "the same pass gives the same bytes");
        let words = words(&answer);
        for fact in ["Siobhán O’Neill", "19 February 2027"] {
            assert!(words.contains(fact), "{fact} is not in {query}: {words}");
        }
        assert_eq!(rtd.get(&format!("/v1/passes/{}{query}", bare(&pass["id"])), "application/pdf").status, 404);
    }
}

#[test]
fn only_paper_that_is_accepted_now_is_printed() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&nurse("1", "Ana Ng"));
    let phone = pdf(&hr, &passport["pass"], "");
    assert_eq!(phone.status, 409);
    assert!(phone.text().contains("not for paper"), "{}", phone.text());
    let pass = paper(&hr, &passport["staff"]);
    let poster = pdf(&hr, &pass, "?form=poster");
    assert_eq!((poster.status, poster.problems()), (422, vec![("/form".into(), "unknown-code".into())]));
    // A record that was withdrawn since is printed as what it is.
    let _ = hr.set_status("records", &passport["records"][2]["id"], "withdraw").expect(200);
    let withdrawn = words(&pdf(&hr, &pass, ""));
    assert!(withdrawn.contains("did not count when this was printed"), "{withdrawn}");
    assert!(withdrawn.contains("Withdrawn by the issuer"), "{withdrawn}");
    app.clock.advance(91 * passport_tests::DAY);
    app.publish_trust_list(2);
    let late = pdf(&hr, &pass, "");
    assert_eq!(late.status, 409, "{}", late.text());
    assert!(late.text().contains("not accepted") && !late.text().contains("Ana"), "{}", late.text());
}

#[test]
fn lost_paper_is_cancelled_by_itself_and_the_next_one_carries_the_next_number() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let passport = hr.issue(&nurse("1", "Ana Ng"));
        let _ = paper(&hr, &hr.issue(&nurse("2", "Bo Li"))["staff"]);
        let first = paper(&hr, &passport["staff"]);
        assert_eq!(shown(&hr, &first)["reissue"], 0);
        assert!(shown(&hr, &passport["pass"])["reissue"].is_null(), "a phone's pass has no such number");
        assert_eq!(paper(&hr, &passport["staff"])["id"], first["id"], "nothing changed, nothing issued");
        let _ = hr.set_status("passes", &first["id"], "withdraw").expect(200);
        assert_eq!(pdf(&hr, &first, "").status, 409, "what was cancelled is not printed again");
        let second = paper(&hr, &passport["staff"]);
        assert_ne!(second["id"], first["id"]);
        assert_eq!((&shown(&hr, &second)["reissue"], &shown(&hr, &first)["reissue"]), (&json!(1), &json!(0)));
        assert_ne!(shown(&hr, &second)["reference"], shown(&hr, &first)["reference"]);
        let printed = words(&pdf(&hr, &second, ""));
        assert!(printed.contains("Reissue number 1"), "{printed}");
        assert!(printed.contains(shown(&hr, &second)["reference"].as_str().unwrap()), "{printed}");
        let ward = app.ward();
        let lost = ward.look(&first["text"], app.now());
        assert_eq!((&lost["decision"], &lost["reasons"][0]["code"]), (&json!("refused"), &json!("withdrawn")));
        let credentials = passport["credentials"].as_array().unwrap().iter().map(|it| &it["token"]);
        for standing_token in credentials.chain([&passport["pass"]["text"], &second["text"]]) {
            assert_eq!(ward.look(standing_token, app.now())["decision"], "accepted");
        }
        assert_eq!(standing(&ward.look(&second["text"], app.now()), "counts"), 4, "its records stand");
    });
}

#[test]
fn the_command_prints_what_it_has_verified_and_nothing_else() {
    let terminal = Terminal::open();
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&nurse("1", "Siobhán O’Neill"));
    let pass = paper(&hr, &passport["staff"]);
    terminal.write("pass.txt", pass["text"].as_str().unwrap());
    terminal.write("credential.jwt", passport["credentials"][0]["token"].as_str().unwrap());
    terminal.write("bundle.json", app.get("/bundle", "").body);
    let root = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, app.root_key().to_bytes());
    terminal.write("root.pub", root);
    for form in ["a4", "card", "card-printer", "letter"] {
        let out = format!("{form}.pdf");
        terminal.words(&format!("print pass.txt --form {form} --out {out} --reissue 2 {AT}")).expect(0, "");
        assert_eq!(&fs::read(terminal.path(&out)).unwrap()[..5], b"%PDF-");
    }
    let path = format!("/v1/passes/{}", bare(&pass["id"]));
    terminal.write("pass.png", hr.get(&path, "image/png").body);
    terminal.words(&format!("print pass.png --out again.pdf --reissue 2 {AT}")).expect(0, "");
    assert_eq!(fs::read(terminal.path("again.pdf")).unwrap(), fs::read(terminal.path("a4.pdf")).unwrap());
    let text = pass["text"].as_str().unwrap();
    let other = if &text[200..201] == "A" { "B" } else { "A" };
    terminal.write("altered.txt", format!("{}{other}{}", &text[..200], &text[201..]));
    let late = AT.replace("2026-11-21", "2026-12-01");
    for (line, code, said) in [
        (format!("print altered.txt --out no.pdf {AT}"), 1, "not accepted"),
        (format!("print pass.txt --out no.pdf {late}"), 2, "not accepted"),
        (format!("print credential.jwt --out no.pdf {AT}"), 65, "only a pass can be printed"),
        (format!("print pass.txt --form poster --out no.pdf {AT}"), 64, "must be one of a4"),
        (format!("print pass.txt pass.png --out no.pdf {AT}"), 64, "one pass at a time"),
        (format!("print pass.txt --out no.pdf --font root.pub {AT}"), 65, "no font"),
        (format!("print pass.txt --out nowhere/no.pdf {AT}"), 73, "no.pdf"),
    ] {
        let said = terminal.words(&line).expect(code, said).said();
        assert!(!said.contains("Siobhán"), "{said}");
    }
    assert!(!terminal.path("no.pdf").exists());
}
