//! Files for imports, and who sends them.

use std::fmt::Write as _;

use passport_issuer::import;
use passport_issuer::jobs::work;
use passport_issuer::store::jobs::Kind;
use passport_schema::codes::{CodeLists, Facts, Subject};
use serde_json::{Value, json};

use crate::{Answer, Hr, TestApp, bare, read};

/// A staff list with these lines: reference, name, date of birth.
#[must_use]
pub fn staff_list(people: &[(&str, &str, &str)]) -> String {
    let mut file = "Staff Reference,Name,Date of Birth,Role,Start Date,Assignment Category\r\n".to_owned();
    for (index, (reference, name, born)) in people.iter().enumerate() {
        let started = 2010 + index % 10;
        let _ = write!(file, "{reference},\"{name}\",{born},staff-nurse,02-Sep-{started},permanent\r\n");
    }
    file
}

/// A training export with these lines: reference, competency, award.
#[must_use]
pub fn training_export(rows: &[(&str, &str, &str)]) -> String {
    let mut file = "Assignment Number,Competency Name,Date Start,Expiry Date,Last Updated By,Title,VPD\r\n".to_owned();
    for (reference, competency, awarded) in rows {
        let _ = write!(file, "{reference},\"{competency}\",{awarded},,\"A01|Hodgson, Neil\",A course,218\r\n");
    }
    file
}

/// So many invented people, as a staff list.
#[must_use]
pub fn many_staff(people: usize) -> String {
    let names: Vec<_> = (0..people)
        .map(|index| {
            let letters = |mut number: usize| {
                let mut word = String::new();
                for _ in 0..5 {
                    word.push(char::from(b'a' + u8::try_from(number % 26).unwrap_or_default()));
                    number /= 26;
                }
                word
            };
            (
                reference(index),
                format!("Ana {}", letters(index)),
                format!("{:02}-Apr-19{:02}", 1 + index % 28, 50 + index % 50),
            )
        })
        .collect();
    let rows: Vec<_> = names.iter().map(|(one, two, three)| (one.as_str(), two.as_str(), three.as_str())).collect();
    staff_list(&rows)
}

/// The reference of one of them.
#[must_use]
pub fn reference(index: usize) -> String {
    (30_000_000 + index).to_string()
}

/// Names of competencies as ESR has them, each of another subject.
#[must_use]
pub fn competencies() -> Vec<String> {
    let lists = CodeLists::embedded();
    let name = |facts: &Facts| match facts {
        Facts::Subject { framework, subject, level, detail, .. } if framework == "CSTF" => {
            let level = if level == "1" { String::new() } else { format!(" - Level {level}") };
            let detail = detail.as_ref().map(|detail| format!(" - {detail}")).unwrap_or_default();
            Some(format!("NHS|CSTF|{subject}{level}{detail} - 3 Years|"))
        }
        _ => None,
    };
    lists.entries::<Subject>().filter_map(|entry| name(&entry.facts)).collect()
}

/// So many rows about so many of them, from the `first` on, as a training export in an order of its own;
/// in which `month` of 2025 the awards were.
#[must_use]
pub fn many_trainings(first: usize, people: usize, rows: usize, month: &str) -> String {
    let competencies = competencies();
    let mut file = "Assignment Number,Competency Name,Date Start,Expiry Date,Last Updated By,Title,VPD\r\n".to_owned();
    for index in 0..rows {
        let (person, which) = (first + index % people, index / people);
        let competency = &competencies[which % competencies.len()];
        let day = 1 + (index * 7) % 28;
        let _ = write!(
            file,
            "{},\"{competency}\",{day:02}-{month}-2025,,\"A01|Hodgson, Neil\",A course,218\r\n",
            reference(person)
        );
    }
    file
}

impl Hr {
    /// Sends a file.
    #[must_use]
    pub fn upload(&self, query: &str, file: &[u8]) -> Answer {
        let request = self
            .agent
            .post(format!("{}/v1/imports?{query}", self.url))
            .header("Authorization", format!("Bearer {}", self.key));
        read(request.content_type("application/octet-stream").send(file).expect("an answer"))
    }

    /// Sends a file without saying how long it is.
    #[must_use]
    pub fn upload_unannounced(&self, query: &str, mut file: &[u8]) -> Answer {
        let request = self
            .agent
            .post(format!("{}/v1/imports?{query}", self.url))
            .header("Authorization", format!("Bearer {}", self.key));
        read(request.send(ureq::SendBody::from_reader(&mut file)).expect("an answer"))
    }

    /// An import as it stands.
    #[must_use]
    pub fn import(&self, import: &Value) -> Value {
        self.get(&format!("/v1/imports/{}", bare(&import["id"])), "").expect(200)
    }

    /// What is done to an import.
    #[must_use]
    pub fn ask_import(&self, import: &Value, what: &str) -> Answer {
        self.post(&format!("/v1/imports/{}/{what}", bare(&import["id"])), &json!({}))
    }

    /// Every row of an import, by line.
    #[must_use]
    pub fn import_rows(&self, import: &Value, outcome: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut after = String::new();
        loop {
            let filter = if outcome.is_empty() { String::new() } else { format!("&outcome={outcome}") };
            let path = format!("/v1/imports/{}/rows?after={}{filter}", bare(&import["id"]), after.replace(' ', "%20"));
            let page = self.get(&path, "").expect(200);
            rows.extend(page["rows"].as_array().expect("rows").iter().cloned());
            match page["next"].as_str() {
                Some(next) => next.clone_into(&mut after),
                None => break,
            }
        }
        rows.sort_by_key(|row| row["line"].as_u64());
        rows
    }
}

impl TestApp {
    /// Does every job that waits.
    pub fn work(&self) {
        self.runtime.block_on(async {
            work(&self.app, Kind::Preview, import::preview).await.expect("previews");
            work(&self.app, Kind::Import, import::commit).await.expect("imports");
        });
    }

    /// Sends a file and waits for its preview.
    #[must_use]
    pub fn preview(&self, hr: &Hr, query: &str, file: &str) -> Value {
        let import = hr.upload(query, file.as_bytes()).expect(202);
        self.work();
        hr.import(&import)
    }

    /// Issues what was previewed.
    #[must_use]
    pub fn commit(&self, hr: &Hr, import: &Value) -> Value {
        let _ = hr.ask_import(import, "commit").expect(202);
        self.work();
        hr.import(import)
    }

    /// Imports a file from beginning to end.
    #[must_use]
    pub fn import(&self, hr: &Hr, query: &str, file: &str) -> Value {
        let preview = self.preview(hr, query, file);
        assert_eq!(preview["state"], "previewed", "{preview:#}");
        let done = self.commit(hr, &preview);
        assert_eq!(done["state"], "done", "{done:#}");
        done
    }
}
