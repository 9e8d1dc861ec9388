//! Who has which name and date of birth: for rows whose reference nobody has.

use std::collections::HashMap;

use passport_schema::field::Context;
use passport_schema::id::Id;
use passport_schema::json::Json;
use passport_schema::record::{Content, Identity, Record};
use passport_schema::text::Name;
use passport_schema::time::Date;
use sha2::{Digest as _, Sha256};

use super::Import;
use crate::app::App;
use crate::error::ApiError;

/// Identities that are read at once.
const PAGE: i64 = 1_000;
/// People of one name and date of birth who are named.
const MOST: usize = 5;

/// People by a hash of their name and date of birth.
#[derive(Debug, Default)]
pub(crate) struct Namesakes(HashMap<[u8; 16], Vec<Id>>);

impl Namesakes {
    /// Those whom the organisation knew before an import came.
    pub(super) async fn load(app: &App, import: &Import) -> Result<Self, ApiError> {
        let mut this = Self::default();
        let mut after = String::new();
        loop {
            let mut tx = app.store.read().await?;
            let page = tx.identities(&import.organisation, import.id, &after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(this) };
            after = last.0.to_string();
            for (staff, content) in page {
                if let Some(Identity { name, birth_date: Some(date), .. }) = read_identity(app, &content) {
                    this.0.entry(key(&name, date)).or_default().push(staff);
                }
            }
        }
    }

    /// Those of this name, however it is spelled, and date of birth.
    pub(super) fn of(&self, name: &Name, date: Date) -> &[Id] {
        let all = self.0.get(&key(name, date)).map_or(&[][..], Vec::as_slice);
        &all[..all.len().min(MOST)]
    }
}

fn key(name: &Name, date: Date) -> [u8; 16] {
    let hash = Sha256::digest(format!("{}/{date}", name.words().join(" ")));
    let mut key = [0; 16];
    key.copy_from_slice(&hash[..16]);
    key
}

/// The identity in a stored record.
pub(super) fn read_identity(app: &App, content: &str) -> Option<Identity> {
    let json = Json::parse(content.as_bytes()).ok()?;
    match Record::read(&json, &mut Context::new(&app.lists))?.content {
        Content::Identity(identity) => Some(identity),
        _ => None,
    }
}
