//! The trust list that this deployment publishes.

use passport_schema::time::Timestamp;

use super::{StoreError, Tx, WriteTx, sql};

/// A trust list as it was published.
#[derive(Debug, Clone)]
pub struct PublishedList {
    /// Its sequence number.
    pub sequence: i64,
    /// The root key that signed it.
    pub root: Vec<u8>,
    /// The token.
    pub token: String,
}

impl Tx {
    /// The newest trust list.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn trust_list(&mut self) -> Result<Option<PublishedList>, StoreError> {
        let row: Option<(i64, Vec<u8>, String)> = sql!(self, connection => {
            sqlx::query_as("SELECT sequence, root, token FROM trust_lists ORDER BY sequence DESC LIMIT 1")
                .fetch_optional(connection)
                .await?
        });
        Ok(row.map(|(sequence, root, token)| PublishedList { sequence, root, token }))
    }
}

impl Tx {
    /// Counts that change whenever something changes that a bundle is made of: trust lists, status lists,
    /// profiles, and keys with their states.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn published_counts(&mut self) -> Result<Vec<i64>, StoreError> {
        let row: (i64, i64, i64, i64, i64, i64) = sql!(self, connection => {
            sqlx::query_as(
                "SELECT (SELECT COALESCE(MAX(sequence), 0) FROM trust_lists),
                   (SELECT CAST(COALESCE(SUM(version), 0) AS BIGINT) FROM status_lists),
                   (SELECT COUNT(*) FROM status_lists), (SELECT COUNT(*) FROM profiles),
                   (SELECT COUNT(*) FROM signing_keys), (SELECT COUNT(*) FROM signing_keys WHERE state = 'active')",
            )
            .fetch_one(connection)
            .await?
        });
        Ok(vec![row.0, row.1, row.2, row.3, row.4, row.5])
    }
}

impl WriteTx {
    /// Publishes a trust list; false if one with that number is there already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn publish_trust_list(&mut self, list: &PublishedList, now: Timestamp) -> Result<bool, StoreError> {
        let added = sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO trust_lists (sequence, root, token, published_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (sequence) DO NOTHING",
            )
            .bind(list.sequence)
            .bind(&list.root)
            .bind(&list.token)
            .bind(now.0)
            .execute(connection)
            .await?
            .rows_affected()
        });
        Ok(added == 1)
    }
}
