//! The functions behind the border: bytes and numbers in, JSON out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passport_scan::{Effort, Picture, luma_of};
use passport_schema::bundle::MAX_BUNDLE;
use passport_schema::codes::CodeLists;
use passport_verifier::{Answer, Bundle, Person, PublicKey, Question, QuestionError, Verifier, assess as decide};
use serde_json::{Value, json};

use crate::request::{Assess, MAX_REQUEST, Open, Refusal, Verify, read};

/// Longest request to open a bundle, and most bytes of a picture: a bundle as a JSON text, with its quotes
/// and line ends written as two characters each.
pub const MAX_OPEN: usize = MAX_BUNDLE / 4 * 5;
/// Bundles that are open at one time.
const MAX_BUNDLES: usize = 64;

/// The bundles that are open. Handles are never used again, so that a closed one stays closed.
struct Table {
    open: BTreeMap<u32, Arc<Bundle>>,
    last: u32,
}

static TABLE: Mutex<Table> = Mutex::new(Table { open: BTreeMap::new(), last: 0 });

fn table() -> MutexGuard<'static, Table> {
    // A table is whole between any two statements, also when somebody panicked in another thread.
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lists() -> &'static CodeLists {
    static LISTS: OnceLock<CodeLists> = OnceLock::new();
    LISTS.get_or_init(CodeLists::embedded)
}

fn bundle(handle: u32) -> Result<Arc<Bundle>, Refusal> {
    let found = table().open.get(&handle).cloned();
    found.ok_or_else(|| Refusal::new("closed", "No bundle is open under this handle."))
}

fn answer(result: Result<Value, Refusal>) -> Value {
    result.unwrap_or_else(|refusal| refusal.to_json())
}

/// Checks a bundle: `{"bundle", "root", "sequence"}`. The answer has `handle` and `bundle`
/// ([`Bundle::to_json`]), or the code of a [`passport_verifier::BundleError`], `root-key` or `too-many-open`.
#[must_use]
pub fn open(request: &[u8]) -> Value {
    answer(read(request, MAX_OPEN).and_then(|asked: Open<'_>| {
        let key = URL_SAFE_NO_PAD
            .decode(asked.root.trim())
            .map_err(|_| Refusal::new("root-key", "The root key is not base64url."))?;
        let root = PublicKey::parse(&key)
            .map_err(|error| Refusal::new("root-key", format!("The root key cannot be used: {error}.")))?;
        if table().open.len() >= MAX_BUNDLES {
            return Err(Refusal::new("too-many-open", format!("{MAX_BUNDLES} bundles are open; close one first.")));
        }
        let bundle = Bundle::open(asked.bundle.as_bytes(), &root, asked.sequence)
            .map_err(|error| Refusal::new(error.code(), error.to_string()))?;
        let described = bundle.to_json(lists());
        let mut table = table();
        table.last = table
            .last
            .checked_add(1)
            .ok_or_else(|| Refusal::new("too-many-open", "No handles are left: load the library again."))?;
        let handle = table.last;
        table.open.insert(handle, Arc::new(bundle));
        Ok(json!({ "ok": true, "handle": handle, "bundle": described }))
    }))
}

/// Judges what one person shows: `{"at", "texts", "require"}`. The answer has `answer` ([`Answer::to_json`]).
#[must_use]
pub fn verify(handle: u32, request: &[u8]) -> Value {
    answer(read(request, MAX_REQUEST).and_then(|asked: Verify| {
        let bundle = bundle(handle)?;
        let (at, kinds) = (asked.at()?, asked.kinds()?);
        let verdicts = Verifier::new(&bundle, lists()).verify_many(&asked.texts()?, at);
        Ok(json!({ "ok": true, "answer": Answer::new(&verdicts, &kinds).to_json() }))
    }))
}

/// Holds a profile against what one person shows: `{"at", "texts", "profile", "purpose", "starts", "ends",
/// "confirmations"}`. The answer has `answer` as [`verify`] gives it, `assessment` as `passport assess
/// --json` prints it, and `plain`, the same in words.
#[must_use]
pub fn assess(handle: u32, request: &[u8]) -> Value {
    answer(read(request, MAX_REQUEST).and_then(|asked: Assess| {
        let bundle = bundle(handle)?;
        let (at, (starts, ends), confirmations) = (asked.at()?, asked.days()?, asked.confirmations()?);
        let profile = asked.profile(&bundle, lists())?;
        let purpose = profile
            .purpose(asked.purpose.as_deref(), lists())
            .ok_or_else(|| Refusal::new(QuestionError::Purpose.code(), QuestionError::Purpose.to_string()))?;
        let verdicts = Verifier::new(&bundle, lists()).verify_many(&asked.texts()?, at);
        let answer = Answer::new(&verdicts, &[]).to_json();
        let (assessment, plain) = match Person::behind(&verdicts) {
            Err(nobody) => (nobody.to_json(), String::new()),
            Ok(person) => {
                let question =
                    Question { profile: &profile, purpose: &purpose, starts, ends, at, confirmations: &confirmations };
                let found = decide(&person, question).map_err(|error| Refusal::new(error.code(), error.to_string()))?;
                (found.to_json(), found.plain())
            }
        };
        Ok(json!({ "ok": true, "answer": answer, "assessment": assessment, "plain": plain }))
    }))
}

/// Reads the QR codes in a picture of `width` times `height` pixels, each of one byte (brightness) or four
/// (RGBA). `turn` 0 looks in every way; 1, 2, … are the successive pictures of a camera. The answer has
/// `codes`, each with `text` and `corners`.
#[must_use]
pub fn scan(width: u32, height: u32, pixels: &[u8], turn: u32) -> Value {
    let refusal = || Refusal::new("picture", "The pixels do not fit the width and height, or are too many.").to_json();
    let side = |length: u32| usize::try_from(length).ok();
    let (Some(width), Some(height)) = (side(width), side(height)) else { return refusal() };
    let luma = luma_of(width, height, pixels);
    let Some(picture) = luma.as_deref().and_then(|luma| Picture::new(width, height, luma)) else { return refusal() };
    let effort = turn.checked_sub(1).map_or(Effort::Thorough, Effort::Turn);
    let code = |code: passport_scan::Code| json!({ "text": code.text, "corners": code.corners.map(|(x, y)| [x, y]) });
    let codes: Vec<_> = passport_scan::scan(picture, effort).into_iter().map(code).collect();
    json!({ "ok": true, "codes": codes })
}

/// Lets go of a bundle; false when none was open under this handle.
#[must_use]
pub fn close(handle: u32) -> bool {
    table().open.remove(&handle).is_some()
}
