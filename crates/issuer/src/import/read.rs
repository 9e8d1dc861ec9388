//! The first half of a preview: a file is read, and each stretch of it is kept sealed, by person.
//!
//! The file is read on a thread of its own while the rows before are written. A node that begins again
//! reads from the start, and leaves out what was kept.

use std::collections::HashMap;

use passport_intake::{self as intake, FileFault, Mapping, Options, Row, Said, first_assignment};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::source::Source;
use super::{Import, MAX_ROWS, Outcome, State, context, rows};
use crate::app::App;
use crate::cores::on_every_core;
use crate::error::ApiError;
use crate::jobs::Claimed;
use crate::store::StoreError;
use crate::store::import_rows::Stretch;

/// Rows that are kept in one transaction: the more, the more rows of one person lie together.
const ROWS: i64 = 32_000;
/// And bytes.
const BYTES: usize = 24 * 1024 * 1024;
/// Different subjects that are offered for mapping in one stretch; the longest list is of a broken file.
const SUBJECTS: usize = 1_000;

/// Reads the file of an import to its end, or says why it cannot be used.
pub(super) async fn read(app: &App, claimed: &Claimed, mut import: Import) -> Result<Import, ApiError> {
    let mapping = mapping(app, &import).await?;
    let (send, mut receive) = mpsc::channel(1);
    let reader = {
        let (app, import) = (app.clone(), import.clone());
        let handle = Handle::current();
        tokio::task::spawn_blocking(move || read_file(&app, &import, &mapping, handle, &send))
    };
    while let Some(Gathered { parts, unmapped, nothing, rows, line, .. }) = receive.recv().await {
        let now = app.world.clock.now();
        import.line = line;
        import.rows += rows;
        (0..nothing).for_each(|_| import.totals.count(Outcome::Nothing));
        let stretches = seal(app, &import, parts).await;
        let unmapped: Vec<(String, i64)> = unmapped.into_iter().collect();
        let mut tx = app.store.write().await?;
        tx.keep_import(&import, State::Reading, now).await?;
        tx.add_import_rows(import.id, &stretches).await?;
        tx.count_unmapped(import.id, &unmapped).await?;
        tx.advance_job(&claimed.lease, import.rows, now).await?;
        tx.commit().await?;
    }
    let read = reader.await.map_err(|_| StoreError::Corrupt("import"))?;
    let now = app.world.clock.now();
    let mut tx = app.store.write().await?;
    let (people, most) = tx.reads().count_import_people(import.id).await?;
    import.people = people;
    import.fault = match read {
        Err(fault) => Some((fault.code().to_owned(), fault.to_string())),
        Ok(()) if import.rows == 0 => Some(("no-rows".into(), "The file holds no rows.".into())),
        Ok(()) if most > MAX_ROWS => Some((
            "too-many-rows-of-one".into(),
            format!("{most} rows are about one reference, at most {MAX_ROWS} are read: is it the right column?"),
        )),
        Ok(()) => None,
    };
    import.state = if import.fault.is_some() { State::Refused } else { State::Judging };
    if import.fault.is_some() {
        tx.forget_file(import.id).await?;
    } else {
        tx.count_imports().await?;
    }
    tx.keep_import(&import, State::Reading, now).await?;
    tx.advance_job(&claimed.lease, import.rows, now).await?;
    tx.commit().await?;
    Ok(import)
}

/// What only people could tell of a file.
async fn mapping(app: &App, import: &Import) -> Result<Mapping, ApiError> {
    let Some(id) = import.mapping else { return Ok(Mapping::default()) };
    let stored = app.store.read().await?.mapping(&import.organisation, id).await?;
    let stored = stored.ok_or(StoreError::Corrupt("mapping"))?;
    Ok(Mapping::parse(stored.content.as_bytes(), &app.lists)?)
}

/// Reads on a thread that may block; ends early when nobody takes any more.
fn read_file(
    app: &App,
    import: &Import,
    mapping: &Mapping,
    handle: Handle,
    send: &mpsc::Sender<Gathered>,
) -> Result<(), FileFault> {
    let source = Source::new(app.clone(), import.clone(), handle);
    let organisation = Some(&import.organisation);
    let options = Options { format: import.format, lists: &app.lists, as_of: import.as_of, mapping, organisation };
    let mut gathered = Gathered::default();
    for row in intake::open(source, options)? {
        let row = row?;
        if i64::try_from(row.line).unwrap_or(i64::MAX) <= import.line {
            continue;
        }
        gathered.add(&row);
        if (gathered.rows >= ROWS || gathered.bytes >= BYTES)
            && send.blocking_send(std::mem::take(&mut gathered)).is_err()
        {
            return Ok(());
        }
    }
    if gathered.rows > 0 {
        // If nobody takes it, this node is at its end.
        let _ = send.blocking_send(gathered);
    }
    Ok(())
}

/// Rows by reference, in the order in which references came up.
#[derive(Default)]
struct Gathered {
    places: HashMap<String, usize>,
    parts: Vec<Part>,
    unmapped: HashMap<String, i64>,
    nothing: i64,
    rows: i64,
    bytes: usize,
    line: i64,
}

struct Part {
    number: i64,
    person: String,
    rows: i64,
    text: String,
}

impl Gathered {
    fn add(&mut self, row: &Row) {
        self.line = i64::try_from(row.line).unwrap_or(i64::MAX);
        self.rows += 1;
        match &row.said {
            Said::Nothing => {
                self.nothing += 1;
                return;
            }
            Said::Unmapped { text } if self.unmapped.len() < SUBJECTS || self.unmapped.contains_key(text) => {
                *self.unmapped.entry(text.clone()).or_default() += 1;
            }
            _ => {}
        }
        let place = self.places.entry(row.who.reference.clone()).or_insert_with(|| {
            let reference = &row.who.reference;
            // No reference begins with a blank, so that rows of nobody are nobody's.
            let person = match first_assignment(reference) {
                _ if reference.is_empty() => format!(" {}", self.line),
                Some(first) => first.to_owned(),
                None => reference.clone(),
            };
            self.parts.push(Part { number: self.line, person, rows: 0, text: String::new() });
            self.parts.len() - 1
        });
        let part = &mut self.parts[*place];
        let before = part.text.len();
        rows::write(row, &mut part.text);
        part.rows += 1;
        self.bytes += part.text.len() - before;
    }
}

async fn seal(app: &App, import: &Import, parts: Vec<Part>) -> Vec<Stretch> {
    let (app, import) = (app.clone(), import.clone());
    let seal = move |part: Part| {
        let (context, random) = (stretch_context(&import, part.number), app.world.random.bytes());
        let sealed = app.keyring.sealing().seal(&rows::pack(&part.text), &context, &random);
        Stretch { number: part.number, person: part.person, rows: part.rows, sealed }
    };
    on_every_core(parts, seal).await
}

/// What a stretch of a file is sealed for.
pub(super) fn stretch_context(import: &Import, number: i64) -> String {
    context(&import.organisation, import.id, &format!("rows/{number}"))
}
