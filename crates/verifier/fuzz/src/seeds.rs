//! Writes the seeds, one folder for each target: `cargo run --bin seeds FOLDER`.

use std::fs;
use std::path::Path;

use passport_fuzz as world;
use passport_schema::record::Family;

fn main() {
    let folder = std::env::args().nth(1).expect("usage: seeds FOLDER");
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join(name), bytes)).expect("the folder is ours");
    };
    for (name, most) in [("whole", 99), ("few", 3), ("one", 1)] {
        let claims = world::pass(most).to_cbor();
        let text = world::pass_text(&claims);
        let message = passport_schema::pass::message(&text).expect("a pass");
        write("pass", &format!("{name}.cbor"), &claims);
        write("pass", &format!("{name}.cose"), &message);
        write("pass", &format!("{name}.txt"), text.as_bytes());
        write("verify", &format!("{name}.cbor"), &claims);
        write("verify", &format!("{name}.txt"), text.as_bytes());
    }
    for family in Family::ALL {
        let claims = world::credential(family, 2).to_json(world::ADDRESS, world::SCHEMAS);
        let name = family.credential_type();
        write("credential", &format!("{name}.json"), claims.as_bytes());
        if family == Family::Training {
            write("credential", &format!("{name}.jwt"), world::credential_token(claims.as_bytes()).as_bytes());
            write("verify", &format!("{name}.jwt"), world::credential_token(claims.as_bytes()).as_bytes());
        } else {
            write("verify", &format!("{name}.json"), claims.as_bytes());
        }
    }
    write("bundle", "bundle.json", &world::bundle_file());
    write("bundle", "trust-list.json", &world::trust_list().to_json());
    write("bundle", "status.json", &world::status().to_json());
    write("status", "status.json", &world::status().to_json());
    write("status", "status.cbor", &world::status().to_cbor());
    write("profile", "whole.json", world::PROFILE.as_bytes());
    let bundle = String::from_utf8(world::bundle_file()).expect("a bundle is text");
    let pass = world::pass_text(&world::pass(3).to_cbor());
    let at = world::now().to_string();
    let profile: serde_json::Value = serde_json::from_str(world::PROFILE).expect("JSON");
    for (name, request) in [
        ("open.json", serde_json::json!({ "bundle": bundle, "root": world::root_text(), "sequence": 1 })),
        ("verify.json", serde_json::json!({ "at": at, "texts": [pass], "require": ["training"] })),
        (
            "assess.json",
            serde_json::json!({ "at": at, "texts": [pass], "profile": profile, "purpose": "bank-shift",
                "starts": "2026-12-01", "ends": "2026-12-31", "confirmations": [{ "requirement": "nmc",
                "on": "2026-11-21", "at": at, "satisfied": true, "until": "2026-12-05" }] }),
        ),
        ("profile.json", profile.clone()),
    ] {
        write("door", name, request.to_string().as_bytes());
    }
    let ours: serde_json::Value = serde_json::from_str(include_str!("../../../dsp/tests/ours.json")).expect("JSON");
    for (name, document) in ours.as_object().expect("an object") {
        write("dsp", &name.replace('/', "-"), document.to_string().as_bytes());
    }
    write("scan", "marks", &[0, 40, 60, 200, 90, 255, 90, 20, 60, 250, 10]);
    write("scan", "turn", &[7, 10, 10, 30, 30, 0, 80, 80, 20, 20, 255]);
    let table = |delimiter: &str| world::table::ESR.map(|row| row.join(delimiter)).join("\n");
    let (commas, pipes) = (table("\",\"").replace('\n', "\"\n\""), table("\t"));
    let wide: Vec<u8> = commas.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes) in [
        ("commas.csv", format!("\"{commas}\"\n").into_bytes()),
        ("tabs.txt", pipes.clone().into_bytes()),
        ("named.csv", format!("sep=\t\r\n{pipes}\r\n").into_bytes()),
        ("latin.csv", [pipes.as_bytes(), b"\xe9\n"].concat()),
        ("wide.csv", [b"\xff\xfe\"\0".as_slice(), &wide, b"\"\0\n\0"].concat()),
        ("answers.json", world::table::ANSWERS.into()),
        ("book.xlsx", world::table::workbook().zip()),
        (
            "mapped.csv",
            b"Who;Name;Born;Course;Done;Until;Hours;State\n1;Ann;1/2/1990;FS-01;3/4/2025;never;8;Passed\n".to_vec(),
        ),
        (
            "staff.csv",
            b"Staff Reference,Name,Date of Birth,Role,Start Date,Assignment Category\n1,Ann,1/2/1990,porter,2019,bank\n"
                .to_vec(),
        ),
        (
            "checks.csv",
            b"Staff Reference,Check,Outcome,Date,Valid Until,Level,Detail,Conditions,Review By\n\
              1,dbs,cleared,1/2/2025,,enhanced,adult;none,,\n1,registration,,1/2/2025,,nmc,99A0001E;registered,,\n"
                .to_vec(),
        ),
    ] {
        write("table", name, &bytes);
    }
    for (number, (name, part)) in (0_u8..).zip(&world::table::workbook().parts) {
        let name = name.rsplit('/').next().unwrap_or(name);
        write("workbook", name, &[&[number][..], part].concat());
    }
    write("mapping", "whole.json", world::table::MAPPING.as_bytes());
    for (name, text) in [
        ("level", "NHS|CSTF|Resuscitation - Level 2 - Adult Basic Life Support - 1 Year|"),
        ("local", "218|LOCAL|Medicines Round Observation|"),
        ("months", "NHS|MAND|Fire Safety - 18 Months|"),
        ("day", "30-Nov-2028"),
        ("month", "Nov-2028"),
        ("year", "2028"),
        ("time", "2028-11-30T09:15:00Z"),
    ] {
        write("esr", name, text.as_bytes());
    }
}
