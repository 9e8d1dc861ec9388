//! The frozen vectors in `tests/vectors`: what every verifier of this format must say of what.
//!
//! ```text
//! cargo run -p passport-verifier --example make_vectors -- --check tests/vectors  # 1 if they differ
//! cargo run -p passport-verifier --example make_vectors -- --write tests/vectors
//! ```
//!
//! Keys and times are fixed, so that the same program writes the same files. What is expected is
//! written by hand beside each vector, never taken from a run.

mod bundles;
mod credentials;
mod passes;
mod world;

use std::path::Path;
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--check", folder] => files().iter().try_for_each(|(name, text)| check(&Path::new(folder).join(name), text)),
        ["--write", folder] => files().iter().try_for_each(|(name, text)| write(&Path::new(folder).join(name), text)),
        _ => Err("usage: make_vectors --check FOLDER | --write FOLDER".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn check(path: &Path, text: &str) -> Result<(), String> {
    let found = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    if found == text { Ok(()) } else { Err(format!("{} differs: run this with --write", path.display())) }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::create_dir_all(path.parent().unwrap_or(path))
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// Every file, by its name in the folder.
fn files() -> Vec<(String, String)> {
    let mut set = Set::default();
    passes::add(&mut set);
    credentials::add(&mut set);
    bundles::add(&mut set);
    let root = URL_SAFE_NO_PAD.encode(world::key(world::ROOT).verifying_key().to_bytes());
    let lines: Vec<_> = set.0.iter().map(Vector::line).collect();
    let text = format!(
        "{{\n\"about\": {},\n\"root\": \"{root}\",\n\"vectors\": [\n{}\n]\n}}\n",
        json!("Made by crates/verifier/examples/make_vectors; README.md says how to read it."),
        lines.join(",\n")
    );
    let bundles = bundles::all().into_iter().map(|(name, bytes)| (format!("bundles/{name}.json"), bytes + "\n"));
    bundles.chain([("vectors.json".to_owned(), text)]).collect()
}

#[derive(Default)]
struct Set(Vec<Vector>);

/// One vector; its members stand in the file in the order in which they were added.
struct Vector {
    members: Vec<(&'static str, Value)>,
    expect: Map<String, Value>,
}

impl Set {
    fn push(&mut self, name: &str, why: &str, members: Vec<(&'static str, Value)>, expect: Value) -> &mut Vector {
        let Value::Object(expect) = expect else { panic!("expectations are an object") };
        let mut all = vec![("name", name.into()), ("why", why.into())];
        all.extend(members);
        self.0.push(Vector { members: all, expect });
        self.0.last_mut().expect("just pushed")
    }

    fn input(&mut self, name: &str, why: &str, input: String, expect: Value) -> &mut Vector {
        let members = vec![("bundle", "november".into()), ("at", world::NOW.into()), ("input", input.into())];
        self.push(name, why, members, expect)
    }

    /// Accepted without a remark; so many records have each standing.
    fn accepts(&mut self, name: &str, why: &str, input: String, standings: &[(&str, u32)]) -> &mut Vector {
        self.input(name, why, input, json!({ "decision": "accepted", "code": null, "standings": counts(standings) }))
    }

    fn refuses(&mut self, name: &str, why: &str, input: String, code: &str) -> &mut Vector {
        self.input(name, why, input, json!({ "decision": "refused", "code": code, "standings": {} }))
    }

    fn cannot_tell(
        &mut self,
        name: &str,
        why: &str,
        input: String,
        code: &str,
        standings: &[(&str, u32)],
    ) -> &mut Vector {
        self.input(name, why, input, json!({ "decision": "cannot-tell", "code": code, "standings": counts(standings) }))
    }

    /// A bundle by itself: refused with that code, or opened with those faults.
    fn bundle(&mut self, name: &str, why: &str, bundle: &str, expect: Value) -> &mut Vector {
        self.push(name, why, vec![("bundle", bundle.into())], expect)
    }
}

fn counts(standings: &[(&str, u32)]) -> Value {
    standings.iter().map(|(name, count)| ((*name).to_owned(), Value::from(*count))).collect::<Map<_, _>>().into()
}

impl Vector {
    fn set(&mut self, name: &'static str, value: impl Into<Value>) -> &mut Self {
        let value = value.into();
        match self.members.iter_mut().find(|(known, _)| *known == name) {
            Some(member) => member.1 = value,
            None => self.members.push((name, value)),
        }
        self
    }

    fn at(&mut self, time: &str) -> &mut Self {
        self.set("at", time)
    }

    fn with(&mut self, bundle: &str) -> &mut Self {
        self.set("bundle", bundle)
    }

    fn require(&mut self, kinds: &[&str]) -> &mut Self {
        self.set("require", kinds)
    }

    /// Something else that is expected.
    fn expect(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.expect.insert(name.into(), value.into());
        self
    }

    fn line(&self) -> String {
        let expect = ("expect", Value::Object(self.expect.clone()));
        let members = self.members.iter().chain([&expect]);
        let members: Vec<_> = members.map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }
}
