//! What an organisation knows of its own files: what it calls subjects, and which references are one
//! person's.

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::time::Timestamp;
use sqlx::AssertSqlSafe;

use super::rows::ROWS;
use super::staff::{Staff, id};
use super::{StoreError, Tx, WriteTx, sql};

/// A mapping as it was kept.
#[derive(Debug, Clone)]
pub struct StoredMapping {
    /// Its id; newer ones are greater.
    pub id: Id,
    /// It as JSON.
    pub content: String,
    /// When it was kept.
    pub created: Timestamp,
}

fn read((text, content, created): (String, String, i64)) -> Result<StoredMapping, StoreError> {
    Ok(StoredMapping { id: id(&text)?, content, created: Timestamp(created) })
}

impl Tx {
    /// An organisation's mappings, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mappings(
        &mut self,
        organisation: &OrganisationCode,
        limit: i64,
    ) -> Result<Vec<StoredMapping>, StoreError> {
        let rows: Vec<(String, String, i64)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, content, created_at FROM mappings WHERE organisation = $1 ORDER BY id DESC LIMIT $2",
            )
            .bind(organisation.as_str())
            .bind(limit)
            .fetch_all(connection)
            .await?
        });
        rows.into_iter().map(read).collect()
    }

    /// One of an organisation's mappings.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mapping(
        &mut self,
        organisation: &OrganisationCode,
        wanted: Id,
    ) -> Result<Option<StoredMapping>, StoreError> {
        let row: Option<(String, String, i64)> = sql!(self, connection => {
            sqlx::query_as("SELECT id, content, created_at FROM mappings WHERE organisation = $1 AND id = $2")
                .bind(organisation.as_str())
                .bind(wanted.0.to_string())
                .fetch_optional(connection)
                .await?
        });
        row.map(read).transpose()
    }

    /// Whose further assignments these references are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn assignments(
        &mut self,
        organisation: &OrganisationCode,
        references: &[&str],
    ) -> Result<Vec<(String, Staff)>, StoreError> {
        let mut all = Vec::new();
        for references in references.chunks(ROWS) {
            let text = self.statement(
                "SELECT a.reference, s.id, s.reference, s.version FROM staff_assignments a JOIN staff s ON s.id = a.staff
                 WHERE a.organisation = $1 AND a.reference IN (",
                "?",
                ")",
                references.len(),
            );
            let rows: Vec<(String, String, String, i64)> = sql!(self, connection => {
                let mut query = sqlx::query_as(AssertSqlSafe(text));
                for reference in references {
                    query = query.bind(*reference);
                }
                query.bind(organisation.as_str()).fetch_all(connection).await?
            });
            for (assignment, staff, reference, version) in rows {
                all.push((assignment, Staff { id: id(&staff)?, reference, version }));
            }
        }
        Ok(all)
    }

    /// A page of the standing identity records of those who were known before `before`, after `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn identities(
        &mut self,
        organisation: &OrganisationCode,
        before: Id,
        after: &str,
        limit: i64,
    ) -> Result<Vec<(Id, String)>, StoreError> {
        let rows: Vec<(String, String)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT staff, content FROM records
                 WHERE organisation = $1 AND kind = 'identity' AND staff > $2 AND staff < $3 AND status IN (0, 2)
                 ORDER BY staff LIMIT $4",
            )
            .bind(organisation.as_str())
            .bind(after)
            .bind(before.0.to_string())
            .bind(limit)
            .fetch_all(connection)
            .await?
        });
        rows.into_iter().map(|(staff, content)| Ok((id(&staff)?, content))).collect()
    }
}

impl WriteTx {
    /// Keeps a mapping.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_mapping(
        &mut self,
        organisation: &OrganisationCode,
        mapping: &StoredMapping,
    ) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query("INSERT INTO mappings (id, organisation, content, created_at) VALUES ($1, $2, $3, $4)")
                .bind(mapping.id.0.to_string())
                .bind(organisation.as_str())
                .bind(&mapping.content)
                .bind(mapping.created.0)
                .execute(connection)
                .await?;
        });
        Ok(())
    }

    /// Keeps that references are further assignments of somebody.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_assignments(
        &mut self,
        organisation: &OrganisationCode,
        assignments: &[(String, Id)],
    ) -> Result<(), StoreError> {
        for assignments in assignments.chunks(ROWS) {
            let text = self.0.statement(
                "INSERT INTO staff_assignments (organisation, reference, staff) VALUES",
                "($1, ?, ?)",
                " ON CONFLICT (organisation, reference) DO NOTHING",
                assignments.len(),
            );
            sql!(&mut self.0, connection => {
                let mut query = sqlx::query(AssertSqlSafe(text));
                for (reference, staff) in assignments {
                    query = query.bind(reference).bind(staff.0.to_string());
                }
                query.bind(organisation.as_str()).execute(connection).await?;
            });
        }
        Ok(())
    }
}
