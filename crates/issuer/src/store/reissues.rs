//! Signing anew for everybody: how far it is, and for whom it failed.

use passport_schema::id::{Id, KeyId, OrganisationCode};
use passport_schema::time::Timestamp;

use super::staff::{Staff, id};
use super::{StoreError, Tx, WriteTx, expect_one, sql};

/// Why all is signed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// Nobody relies any more on what this key signed.
    CompromisedKey(KeyId),
    /// Codes mean something else than when it was signed.
    CodeList,
}

/// What came of it, or would.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// People to whom something was issued.
    pub people: i64,
    /// Credentials.
    pub credentials: i64,
    /// Passes, on phones and on paper.
    pub passes: i64,
    /// Of these, on paper: somebody has to print them.
    pub paper: i64,
    /// People to whom nothing could be issued.
    pub failed: i64,
}

/// Signing anew for everybody.
#[derive(Debug, Clone)]
pub struct Reissue {
    /// Its id, and its job's.
    pub id: Id,
    /// Why.
    pub because: Because,
    /// Whether it only says what it would do.
    pub rehearsal: bool,
    /// The last person who was looked at.
    pub after: String,
    /// What came of it so far.
    pub tally: Tally,
    /// When it was asked for.
    pub created: Timestamp,
}

type Row = (String, String, Option<String>, bool, String, i64, i64, i64, i64, i64, i64);

fn read(row: Row) -> Result<Reissue, StoreError> {
    let (reissue, because, kid, rehearsal, after, people, credentials, passes, paper, failed, created) = row;
    let corrupt = || StoreError::Corrupt("reissue");
    let because = match (because.as_str(), kid) {
        ("compromised-key", Some(kid)) => Because::CompromisedKey(KeyId::parse(&kid).ok_or_else(corrupt)?),
        ("code-list", None) => Because::CodeList,
        _ => return Err(corrupt()),
    };
    let tally = Tally { people, credentials, passes, paper, failed };
    Ok(Reissue { id: id(&reissue)?, because, rehearsal, after, tally, created: Timestamp(created) })
}

impl Tx {
    /// A reissue.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reissue(
        &mut self,
        organisation: &OrganisationCode,
        wanted: Id,
    ) -> Result<Option<Reissue>, StoreError> {
        let row: Option<Row> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, because, kid, rehearsal, after, people, credentials, passes, paper, failed, created_at
                 FROM reissues WHERE organisation = $1 AND id = $2",
            )
            .bind(organisation.as_str())
            .bind(wanted.0.to_string())
            .fetch_optional(connection)
            .await?
        });
        row.map(read).transpose()
    }

    /// Whom a reissue failed for, and the code of why.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reissue_faults(&mut self, reissue: Id, limit: i64) -> Result<Vec<(Id, String)>, StoreError> {
        let rows: Vec<(String, String)> = sql!(self, connection => {
            sqlx::query_as("SELECT staff, code FROM reissue_faults WHERE reissue = $1 ORDER BY staff LIMIT $2")
                .bind(reissue.0.to_string())
                .bind(limit)
                .fetch_all(connection)
                .await?
        });
        rows.into_iter().map(|(staff, code)| Ok((id(&staff)?, code))).collect()
    }

    /// How many people an organisation has.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_staff(&mut self, organisation: &OrganisationCode) -> Result<i64, StoreError> {
        let (count,): (i64,) = sql!(self, connection => {
            sqlx::query_as("SELECT COUNT(*) FROM staff WHERE organisation = $1")
                .bind(organisation.as_str())
                .fetch_one(connection)
                .await?
        });
        Ok(count)
    }

    /// A page of an organisation's people in order of their ids, after `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn staff_after(
        &mut self,
        organisation: &OrganisationCode,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Staff>, StoreError> {
        let rows: Vec<(String, String, i64)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, reference, version FROM staff WHERE organisation = $1 AND id > $2 ORDER BY id LIMIT $3",
            )
            .bind(organisation.as_str())
            .bind(after)
            .bind(limit)
            .fetch_all(connection)
            .await?
        });
        rows.into_iter().map(|(text, reference, version)| Ok(Staff { id: id(&text)?, reference, version })).collect()
    }
}

impl WriteTx {
    /// Adds a reissue.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_reissue(&mut self, organisation: &OrganisationCode, new: &Reissue) -> Result<(), StoreError> {
        let (because, kid) = match new.because {
            Because::CompromisedKey(kid) => ("compromised-key", Some(kid.to_string())),
            Because::CodeList => ("code-list", None),
        };
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO reissues (id, organisation, because, kid, rehearsal, after, people, credentials, passes,
                                       paper, failed, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, 0, $7)",
            )
            .bind(new.id.0.to_string())
            .bind(organisation.as_str())
            .bind(because)
            .bind(kid)
            .bind(new.rehearsal)
            .bind(&new.after)
            .bind(new.created.0)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Notes who was looked at last, and what came of it since.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody else has got on with it.
    pub async fn advance_reissue(
        &mut self,
        reissue: &Reissue,
        after: Id,
        more: Tally,
        faults: &[(Id, &str)],
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE reissues SET after = $3, people = people + $4, credentials = credentials + $5,
                        passes = passes + $6, paper = paper + $7, failed = failed + $8
                 WHERE id = $1 AND after = $2",
            )
            .bind(reissue.id.0.to_string())
            .bind(&reissue.after)
            .bind(after.0.to_string())
            .bind(more.people)
            .bind(more.credentials)
            .bind(more.passes)
            .bind(more.paper)
            .bind(more.failed)
            .execute(connection)
            .await?
            .rows_affected()
        }))?;
        for (staff, code) in faults {
            sql!(&mut self.0, connection => {
                sqlx::query("INSERT INTO reissue_faults (reissue, staff, code) VALUES ($1, $2, $3)")
                    .bind(reissue.id.0.to_string())
                    .bind(staff.0.to_string())
                    .bind(*code)
                    .execute(connection)
                    .await?;
            });
        }
        Ok(())
    }
}
