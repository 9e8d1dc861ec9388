//! A file comes in: in pieces, each sealed and stored before the next is read.

use std::pin::{Pin, pin};
use std::time::Duration;

use actix_web::web::Bytes;
use futures_core::Stream;
use passport_intake::Format;
use passport_schema::codes::{CodeLists, Subject};
use passport_schema::documents;
use passport_schema::id::Id;
use passport_schema::problem::{Problem, Problems};
use passport_schema::record::Family;
use passport_schema::time::Date;
use sha2::{Digest as _, Sha256};

use super::source::{PIECE, piece_context};
use super::{Import, MAX_OPEN, State, Totals};
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::jobs;
use crate::store::jobs::Kind;
use crate::trail::note;

/// How long the next bytes of a file may be in coming.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of a file that is refused which are let come in all the same.
const MOST_DRAINED: usize = 8 * 1024 * 1024;

/// How a file is to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// What wrote it.
    pub format: Format,
    /// The day on which it was written.
    pub as_of: Date,
    /// What only people can tell of it; else the organisation's newest mapping.
    pub mapping: Option<Id>,
}

/// Takes a file in. `length` is what was announced. Nothing of it stays unless it comes in whole.
///
/// # Errors
/// [`ApiError::TooLong`], [`ApiError::Fields`], [`ApiError::State`] while too many imports are not over.
pub(crate) async fn receive(
    app: &App,
    scope: &Scope,
    wanted: Wanted,
    length: Option<u64>,
    file: impl Stream<Item = Result<Bytes, impl std::fmt::Display>>,
) -> Result<Import, ApiError> {
    let mut file = pin!(file);
    if length.is_some_and(|length| length > app.max_file) {
        drain(file).await;
        return Err(too_long(app));
    }
    let (mut import, mapping) = match begin(app, scope, wanted).await {
        Ok(begun) => begun,
        Err(error) => {
            drain(file).await;
            return Err(error);
        }
    };
    let (size, hash) = match store(app, &import, file.as_mut()).await {
        Ok(stored) => stored,
        Err(error) => {
            let mut tx = app.store.write().await?;
            tx.delete_import(import.id).await?;
            tx.commit().await?;
            drain(file).await;
            return Err(error);
        }
    };
    let now = app.world.clock.now();
    import.size = size;
    import.digest = Some(digest(&import, mapping.as_deref(), &app.lists, &hash));
    import.state = State::Reading;
    let mut tx = app.store.write().await?;
    tx.keep_import(&import, State::Receiving, now).await?;
    tx.add_job(&jobs::new(import.id, Kind::Preview, scope, 0, now, now)).await?;
    note(&mut tx, app, scope, "import.received", &import.id.to_string(), None).await?;
    tx.commit().await?;
    app.bell.notify_waiters();
    Ok(import)
}

fn too_long(app: &App) -> ApiError {
    ApiError::TooLong(usize::try_from(app.max_file).unwrap_or(usize::MAX))
}

/// Makes the import that the file belongs to; and the text of its mapping.
async fn begin(app: &App, scope: &Scope, wanted: Wanted) -> Result<(Import, Option<String>), ApiError> {
    let organisation = scope.organisation();
    let now = app.world.clock.now();
    let mut tx = app.store.write().await?;
    if tx.reads().open_imports(organisation).await? >= MAX_OPEN {
        return Err(ApiError::State(format!("{MAX_OPEN} imports are not over yet; commit or cancel some of them")));
    }
    let mapping = match wanted.mapping {
        Some(id) => Some(tx.reads().mapping(organisation, id).await?.ok_or_else(unknown_mapping)?),
        None => tx.reads().mappings(organisation, 1).await?.pop(),
    };
    let import = Import {
        id: app.world.id(),
        organisation: organisation.clone(),
        format: wanted.format,
        as_of: wanted.as_of,
        mapping: mapping.as_ref().map(|mapping| mapping.id),
        state: State::Receiving,
        fault: None,
        size: 0,
        digest: None,
        line: 0,
        rows: 0,
        people: 0,
        after: String::new(),
        done: 0,
        totals: Totals::default(),
        carrier: None,
        job: None,
        repeats: None,
        actor: scope.actor().to_owned(),
        created: now,
        changed: now,
    };
    tx.add_import(&import).await?;
    tx.commit().await?;
    Ok((import, mapping.map(|mapping| mapping.content)))
}

fn unknown_mapping() -> Problems {
    let detail = "is not one of this organisation's mappings".into();
    Problems(vec![Problem { pointer: "/mapping".into(), code: "unknown-mapping", detail }])
}

/// Stores the pieces; how many bytes there were, and their hash.
async fn store(
    app: &App,
    import: &Import,
    mut file: Pin<&mut impl Stream<Item = Result<Bytes, impl std::fmt::Display>>>,
) -> Result<(i64, [u8; 32]), ApiError> {
    let mut hasher = Sha256::new();
    let (mut size, mut number) = (0_u64, 0);
    let mut piece = Vec::with_capacity(PIECE);
    loop {
        let next = tokio::time::timeout(PATIENCE, std::future::poll_fn(|context| file.as_mut().poll_next(context)));
        let bytes = match next.await {
            Ok(None) => break,
            Ok(Some(Ok(bytes))) => bytes,
            Ok(Some(Err(_))) | Err(_) => return Err(ApiError::Interrupted),
        };
        size += bytes.len() as u64;
        if size > app.max_file {
            return Err(too_long(app));
        }
        hasher.update(&bytes);
        let mut bytes = &bytes[..];
        while piece.len() + bytes.len() >= PIECE {
            let (now, later) = bytes.split_at(PIECE - piece.len());
            piece.extend_from_slice(now);
            bytes = later;
            keep(app, import, number, &piece).await?;
            number += 1;
            piece.clear();
        }
        piece.extend_from_slice(bytes);
    }
    if !piece.is_empty() {
        keep(app, import, number, &piece).await?;
    }
    Ok((i64::try_from(size).unwrap_or(i64::MAX), hasher.finalize().into()))
}

/// Lets a little more come in: who is still sending would take a closed connection for the answer.
async fn drain(mut file: Pin<&mut impl Stream<Item = Result<Bytes, impl std::fmt::Display>>>) {
    let mut room = MOST_DRAINED;
    while room > 0 {
        let next = tokio::time::timeout(PATIENCE, std::future::poll_fn(|context| file.as_mut().poll_next(context)));
        match next.await {
            Ok(Some(Ok(bytes))) => room = room.saturating_sub(bytes.len()),
            _ => return,
        }
    }
}

async fn keep(app: &App, import: &Import, number: i64, piece: &[u8]) -> Result<(), ApiError> {
    let sealed = app.keyring.sealing().seal(piece, &piece_context(import, number), &app.world.random.bytes());
    let mut tx = app.store.write().await?;
    tx.add_import_piece(import.id, number, &sealed, app.world.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Hash of a file and of all that decides how it is read: what has the same comes to the same.
fn digest(import: &Import, mapping: Option<&str>, lists: &CodeLists, file: &[u8; 32]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    part(env!("CARGO_PKG_VERSION").as_bytes());
    part(import.format.name().as_bytes());
    part(import.as_of.to_string().as_bytes());
    part(mapping.unwrap_or_default().as_bytes());
    for entry in lists.entries::<Subject>() {
        part(format!("{entry:?}").as_bytes());
    }
    for family in Family::ALL {
        part(documents::credential_schema(family, lists).to_string().as_bytes());
    }
    part(file);
    hasher.finalize().to_vec()
}
