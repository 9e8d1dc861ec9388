//! `passport` as people run it: what it says, and how it ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use passport_tests::{Database, Hr, TestApp, nurse};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::build;

/// A terminal in an empty folder.
pub struct Terminal {
    program: PathBuf,
    folder: TempDir,
}

impl Terminal {
    pub fn open() -> Self {
        Self { program: build("passport-cli"), folder: tempfile::tempdir().unwrap() }
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("PASSPORT_ROOT")
            .env("PASSPORT_HOME", self.folder.path());
        Ran(command.output().unwrap())
    }

    /// Runs a command line of words without blanks in them.
    pub fn words(&self, line: &str) -> Ran {
        self.run(&line.split(' ').collect::<Vec<_>>())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }
}

pub struct Ran(Output);

impl Ran {
    pub fn code(&self) -> i32 {
        self.0.status.code().unwrap()
    }

    pub fn said(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned() + &String::from_utf8_lossy(&self.0.stderr)
    }

    pub fn expect(self, code: i32, words: &str) -> Self {
        assert_eq!(self.code(), code, "{}", self.said());
        assert!(self.said().contains(words), "{words:?} is not in: {}", self.said());
        self
    }
}

/// A passport of RNN as text, PNG and credential, and the bundle to hold it against.
fn at_hand(terminal: &Terminal) -> (TestApp, Hr, Value) {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&nurse("1", "Siobhán O'Neill"));
    terminal.write("pass.txt", passport["pass"]["text"].as_str().unwrap());
    let path = format!("/v1/passes/{}", passport_tests::bare(&passport["pass"]["id"]));
    terminal.write("pass.png", hr.get(&path, "image/png").body);
    terminal.write("credential.jwt", passport["credentials"][0]["token"].as_str().unwrap());
    terminal.write("bundle.json", app.get("/bundle", "").body);
    let root = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, app.root_key().to_bytes());
    terminal.write("root.pub", root);
    (app, hr, passport)
}

const AT: &str = "--at 2026-11-21T10:00:00Z --bundle bundle.json --root root.pub";

#[test]
fn verify_reads_text_files_pictures_and_tokens_and_ends_as_it_decides() {
    let terminal = Terminal::open();
    let (_app, _hr, passport) = at_hand(&terminal);
    for input in ["pass.txt", "pass.png", "credential.jwt"] {
        let said = terminal.words(&format!("verify {input} {AT}")).expect(0, "ACCEPTED").said();
        for words in ["Siobhán O'Neill", "RNN (RNN)", "match photo ID", "10:00 on 21 November 2026"] {
            assert!(said.contains(words), "{words}: {said}");
        }
    }
    let pass = passport["pass"]["text"].as_str().unwrap();
    let mut arguments = vec!["verify", pass];
    arguments.extend(AT.split(' '));
    terminal.run(&arguments).expect(0, "ACCEPTED");
    terminal.words(&format!("verify pass.txt credential.jwt {AT} --require training,identity")).expect(0, "ACCEPTED");
    terminal
        .words(&format!("verify pass.txt {AT} --require registration"))
        .expect(1, "No record of the kind registration counts");
    let altered = format!(
        "{}{}",
        &pass[..200],
        pass[200..].replacen(&pass[200..201], if &pass[200..201] == "A" { "B" } else { "A" }, 1)
    );
    terminal.write("altered.txt", altered);
    let refused = terminal.words(&format!("verify altered.txt {AT}")).expect(1, "REFUSED").said();
    assert!(!refused.contains("Siobhán"), "claims are not shown as if they were facts: {refused}");
    let late = AT.replace("2026-11-21", "2026-12-01");
    terminal.words(&format!("verify pass.txt {late}")).expect(2, "CANNOT TELL");
    let early = AT.replace("2026-11-21", "2026-11-20");
    terminal.words(&format!("verify pass.txt {early}")).expect(2, "If it is this device's clock, set it");
    let json: Value =
        serde_json::from_slice(&terminal.words(&format!("verify pass.txt {AT} --json")).0.stdout).unwrap();
    assert_eq!(
        (&json["decision"], &json["verdicts"][0]["verified"]["issuer"]["code"]),
        (&"accepted".into(), &"RNN".into())
    );
    let each = terminal.words(&format!("verify --each pass.txt altered.txt {AT}")).expect(1, "ACCEPTED").said();
    assert_eq!((each.matches("ACCEPTED").count(), each.matches("REFUSED").count()), (1, 1));
    terminal.write("noise.png", b"\x89PNG\r\n\x1a\nnot a picture");
    let each =
        terminal.words(&format!("verify --each noise.png none.txt pass.txt {AT}")).expect(2, "CANNOT TELL").said();
    assert_eq!((each.matches("CANNOT TELL").count(), each.matches("ACCEPTED").count()), (2, 1), "{each}");
}

#[test]
fn wrong_usage_and_unreadable_input_end_with_64_and_up() {
    let terminal = Terminal::open();
    let _at_hand = at_hand(&terminal);
    terminal.write("noise.png", b"\x89PNG\r\n\x1a\nnot a picture");
    terminal.write("noise.bin", [0xff, 0xfe, 0x00]);
    for (line, code, words) in [
        ("verify", 64, "required"),
        ("verify pass.txt", 64, "--bundle"),
        ("verify pass.txt --bundle bundle.json", 64, "no root key is pinned"),
        ("verify pass.txt --bundle bundle.json --root root.pub --at noon", 64, "--at"),
        ("verify pass.txt --bundle bundle.json --root root.pub --require love", 64, "must be one of"),
        ("verify pass.txt --bundle bundle.json --root AAAA", 64, "root key"),
        ("verify nowhere.txt --bundle bundle.json --root root.pub", 66, "nowhere.txt"),
        ("verify pass.txt --bundle nowhere.json --root root.pub", 66, "nowhere.json"),
        ("verify noise.png --bundle bundle.json --root root.pub", 65, "noise.png"),
        ("verify noise.bin --bundle bundle.json --root root.pub", 65, "neither text nor"),
        ("inspect pass.png", 0, "\"form\": \"pass\""),
        ("inspect pass.png", 0, "\"canonical\": true"),
        ("inspect credential.jwt", 0, "\"algorithm\": \"EdDSA\""),
        ("inspect credential.jwt", 0, "Nothing of this was verified"),
        ("inspect bundle.json", 65, ""),
        ("qr pass.txt", 0, "█"),
        ("issue", 64, "required"),
        ("--help", 0, "Exit codes"),
    ] {
        terminal.words(line).expect(code, words);
    }
}

#[test]
fn a_pinned_root_key_is_remembered_with_what_was_seen() {
    let terminal = Terminal::open();
    let (app, _hr, _) = at_hand(&terminal);
    terminal.words("pin root.pub").expect(0, "held against this root key");
    app.publish_trust_list(5);
    terminal.write("newer.json", app.get("/bundle", "").body);
    let at = "--at 2026-11-21T10:00:00Z";
    terminal.words(&format!("verify pass.txt {at} --bundle newer.json")).expect(0, "ACCEPTED");
    terminal
        .words(&format!("verify pass.txt {at} --bundle bundle.json"))
        .expect(2, "older than one that was used before");
    terminal.write("foreign.pub", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    terminal.words(&format!("verify pass.txt {at} --bundle newer.json --root foreign.pub")).expect(2, "another system");
    terminal.write("broken.json", "{");
    terminal.words(&format!("verify pass.txt {at} --bundle broken.json")).expect(2, "not a bundle");
}

/// Two deployments that share nothing but the system, and a third that is down.
#[test]
fn a_bundle_is_gathered_from_several_deployments_and_names_who_is_missing() {
    let terminal = Terminal::open();
    let (one, rnn, _) = TestApp::start(Database::Sqlite);
    let (two, _, rtd) = TestApp::start(Database::Sqlite);
    let passes = [rnn.issue(&nurse("1", "Ana Ng")), rtd.issue(&nurse("1", "Ana Ng"))];
    for (index, passport) in passes.iter().enumerate() {
        terminal.write(&format!("{index}.txt"), passport["pass"]["text"].as_str().unwrap());
    }
    terminal.run(&["system", "init", "system", "--name", "Two and a half"]).expect(0, "pin this root key");
    let key = fs::metadata(terminal.path("system/root.key")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&key.permissions()) & 0o777, 0o600);
    terminal.words("system init system --name again").expect(73, "root.key");
    terminal.words("system sign system").expect(64, "there is no organisation to sign for");
    let add = |code: &str, url: &str, more: &[&str]| {
        let address = format!("{url}/organisations/{code}");
        let mut arguments =
            vec!["system", "add-organisation", "system", "--code", code, "--name", code, "--address", &address];
        arguments.extend(more);
        terminal.run(&arguments)
    };
    add("RNN", &one.url, &[]).expect(64, "say what it may attest");
    let all = ["--kinds", "all", "--subjects", "cstf/*,local:*"];
    add("RNN", &one.url, &all).expect(0, "is on the next trust list");
    add("RTD", &two.url, &["--kinds", "identity,employment", "--subjects", "cstf/fire-safety/1"]).expect(0, "");
    add("ZZ9", "http://127.0.0.1:9", &all).expect(69, "127.0.0.1:9");
    // Reachable, and not by the name that the service itself goes by.
    let other = one.url.replace("localhost", "127.0.0.1");
    add("RNN", &other, &all).expect(65, "goes by another address, localhost:");
    terminal.write("keys.json", one.get("/organisations/RNN/jwks.json", "").body);
    add("ZZ9", "http://127.0.0.1:9", &["--keys", "keys.json", "--kinds", "identity"]).expect(0, "");
    // Said anew without more words, it may attest what it might before, and no more.
    add("RTD", &two.url, &[]).expect(0, "");
    terminal.words("system sign system").expect(0, "3 organisations");
    // Its members' clocks stand still and the system's does not, so that this is judged as of now.
    let build = "bundle build --trust-list system/trust-list.jwt --root system/root.pub --out bundle.json";
    terminal.words(build).expect(2, "Left out: ZZ9");
    let shown = terminal.words("bundle show bundle.json --root system/root.pub").said();
    for words in ["Two and a half", "RNN (RNN)", "cstf/fire-safety/1", "list 1, as of"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    check_both(&terminal);
}

fn check_both(terminal: &Terminal) {
    let verify = |file: &str| {
        let ran = terminal.words(&format!("verify {file} --bundle bundle.json --root system/root.pub --json"));
        serde_json::from_slice::<Value>(&ran.0.stdout).unwrap()
    };
    let standings = |json: &Value| {
        let records = json["verdicts"][0]["verified"]["records"].as_array().unwrap().iter();
        records
            .map(|record| {
                format!("{} {}", record["record"]["kind"].as_str().unwrap(), record["standing"].as_str().unwrap())
            })
            .collect::<Vec<_>>()
    };
    let (one, two) = (verify("0.txt"), verify("1.txt"));
    assert!(!standings(&one).iter().any(|it| it.contains("not-entitled")), "{:?}", standings(&one));
    // RTD is aligned for fire safety, and may not attest training at all.
    assert_eq!(standings(&two).iter().filter(|it| *it == "training not-entitled").count(), 2, "{:?}", standings(&two));
}

#[test]
fn extracts_become_passports_and_every_unused_row_is_named() {
    let terminal = Terminal::open();
    let (_app, hr, _) = TestApp::start(Database::Sqlite);
    terminal.write("key", &hr.key);
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/extracts/RTD");
    let file = |name: &str| demo.join(name).to_string_lossy().into_owned();
    let run = || {
        terminal.run(&[
            "issue",
            "--url",
            &hr.url,
            "--api-key-file",
            "key",
            "--as-of",
            "2026-11-20",
            "--out",
            "out",
            "--staff",
            &file("staff.csv"),
            "--training",
            &file("training.csv"),
            "--checks",
            &file("checks.csv"),
        ])
    };
    let said = run().expect(2, "90 of 90 passports issued").said();
    for words in [
        "not a number of the Nursing and Midwifery Council",
        "Date Start lies after 2026-11-20",
        "21490315 is not in the staff list",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(fs::read_dir(terminal.path("out/passes")).unwrap().count(), 180);
    // A colleague who typed a row is not taken for its learner: nobody holds two awards of one subject.
    let pass = fs::read(terminal.path("out/passes/21450102.txt")).unwrap();
    let again = run().expect(2, "90 of 90").said();
    assert!(again.contains("90 of 90"));
    assert_eq!(fs::read(terminal.path("out/passes/21450102.txt")).unwrap(), pass, "nothing changed, nothing issued");
    terminal.write("bad", "spk_wrong");
    let request = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/reference-passport.json");
    terminal
        .run(&["issue", "--url", &hr.url, "--api-key-file", "bad", &request.to_string_lossy()])
        .expect(77, "Authorization: Bearer");
}
