//! `passport inspect`: every field and intermediate value, without judging. Nothing here is verified.

use std::process::ExitCode;

use clap::Args;
use passport_schema::codes::CodeLists;
use passport_schema::cose::Sign1;
use passport_schema::credential::Credential;
use passport_schema::header::Algorithm;
use passport_schema::hex;
use passport_schema::jose::{Jws, Type};
use passport_schema::pass::{self, PREFIX, Pass};
use passport_schema::record::Record;
use passport_schema::status::{Place, block_size};
use serde_json::{Value, json};

use crate::exit::{DATA, Failure, Outcome, say};
use crate::scan;

/// Show every field of a pass or credential without judging it.
#[derive(Debug, Args)]
pub struct Inspect {
    /// A pass or credential: the text, a file with it, or a picture of its QR code
    #[arg(value_name = "PASS|FILE|IMAGE")]
    input: String,
}

impl Inspect {
    pub fn run(self) -> Outcome {
        let text = scan::text(&self.input)?;
        let lists = CodeLists::embedded();
        let shown =
            if text.starts_with(PREFIX) { inspect_pass(&text, &lists) } else { inspect_credential(&text, &lists) }?;
        say!("{shown:#}");
        eprintln!("Nothing of this was verified: `passport verify` does that.");
        Ok(ExitCode::SUCCESS)
    }
}

/// As the specifications write it.
fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::EdDsa => "EdDSA",
        Algorithm::Ed25519 => "Ed25519",
    }
}

fn status(place: Place, records: usize) -> Value {
    json!({
        "list": place.list,
        "block": place.block,
        "blockSize": block_size(records),
        "index": place.index(records, 0),
        "recordIndices": [place.index(records, 1), place.index(records, records)],
    })
}

fn inspect_pass(text: &str, lists: &CodeLists) -> Result<Value, Failure> {
    let bytes = pass::message(text).map_err(|error| DATA.because(error))?;
    let message = Sign1::parse(&bytes).map_err(|error| DATA.because(error))?;
    let claims = Pass::from_cbor(message.payload, lists).map_err(|error| DATA.because(error))?;
    Ok(json!({
        "form": "pass",
        "characters": text.len(),
        "bytes": bytes.len(),
        "algorithm": name(message.algorithm),
        "key": message.key.to_string(),
        "protectedHeader": hex::encode(message.protected),
        "payload": hex::encode(message.payload),
        "signature": hex::encode(&message.signature),
        "issuer": claims.issuer.as_str(),
        "issued": claims.issued.to_string(),
        "expires": claims.expires.to_string(),
        "status": status(claims.place, claims.records.len()),
        // Whether the content packs to the same bytes again, as the format asks.
        "canonical": claims.to_cbor() == message.payload,
        "records": claims.records.iter().map(Record::to_value).collect::<Vec<_>>(),
    }))
}

fn inspect_credential(text: &str, lists: &CodeLists) -> Result<Value, Failure> {
    let jws = Jws::parse(text, Type::Credential).map_err(|error| DATA.because(error))?;
    let claims: Value = serde_json::from_slice(&jws.payload).map_err(|error| DATA.because(error))?;
    let mut shown = json!({
        "form": "credential",
        "characters": text.len(),
        "algorithm": name(jws.algorithm),
        "keyOf": jws.controller,
        "key": jws.key.to_string(),
        "signature": hex::encode(&jws.signature),
        "claims": claims,
    });
    match Credential::from_json(&jws.payload, lists) {
        Ok(credential) => shown["status"] = status(credential.place, credential.records.len()),
        Err(error) => shown["faults"] = error.to_string().into(),
    }
    Ok(shown)
}
