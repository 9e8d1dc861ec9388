//! Role profiles, every version of each.

use passport_schema::id::OrganisationCode;
use passport_schema::time::Timestamp;

use super::{StoreError, Tx, WriteTx, sql};

/// A version of a profile as it was published: the JSON, and when.
#[derive(Debug, Clone)]
pub struct StoredProfile {
    /// Its name.
    pub name: String,
    /// Its version, from 1.
    pub version: i64,
    /// The profile as JSON.
    pub content: String,
    /// When it was published.
    pub published: Timestamp,
}

type Row = (String, i64, String, i64);

fn read((name, version, content, published): Row) -> StoredProfile {
    StoredProfile { name, version, content, published: Timestamp(published) }
}

impl Tx {
    /// The newest version of each profile of an organisation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn profiles(&mut self, organisation: &OrganisationCode) -> Result<Vec<StoredProfile>, StoreError> {
        let rows: Vec<Row> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT p.name, p.version, p.content, p.published_at FROM profiles p
                 WHERE p.organisation = $1 AND p.version =
                   (SELECT MAX(q.version) FROM profiles q WHERE q.organisation = p.organisation AND q.name = p.name)
                 ORDER BY p.name",
            )
            .bind(organisation.as_str())
            .fetch_all(connection)
            .await?
        });
        Ok(rows.into_iter().map(read).collect())
    }

    /// One version of a profile; the newest when none is named.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn profile(
        &mut self,
        organisation: &OrganisationCode,
        name: &str,
        version: Option<i64>,
    ) -> Result<Option<StoredProfile>, StoreError> {
        let row: Option<Row> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT name, version, content, published_at FROM profiles
                 WHERE organisation = $1 AND name = $2 AND ($3 = 0 OR version = $3) ORDER BY version DESC LIMIT 1",
            )
            .bind(organisation.as_str())
            .bind(name)
            .bind(version.unwrap_or(0))
            .fetch_optional(connection)
            .await?
        });
        Ok(row.map(read))
    }
}

impl WriteTx {
    /// Adds a version.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is there already.
    pub async fn add_profile(
        &mut self,
        organisation: &OrganisationCode,
        profile: &StoredProfile,
    ) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO profiles (organisation, name, version, content, published_at) VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(organisation.as_str())
            .bind(&profile.name)
            .bind(profile.version)
            .bind(&profile.content)
            .bind(profile.published.0)
            .execute(connection)
            .await?;
        });
        Ok(())
    }
}
