//! Credentials and passes, and which records each holds.

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::status::{Place, Status};
use passport_schema::time::Timestamp;

use sqlx::AssertSqlSafe;

use super::rows::statement;
use super::staff::{Change, id, status};
use super::{StoreError, Tx, WriteTx, expect_one, sql};

/// Credential or pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A `vc+jwt`.
    Credential,
    /// A pass.
    Pass,
}

impl Form {
    /// The word in the database and in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::Pass => "pass",
        }
    }
}

/// Whether what was issued is read with its token, by far its longest part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokens {
    /// With it.
    Read,
    /// Without: the token is empty.
    Leave,
}

/// A credential or pass as it lies in the database.
#[derive(Debug, Clone)]
pub struct Issued {
    /// Its id; a pass has one only here.
    pub id: Id,
    /// Whose it is.
    pub staff: Id,
    /// Credential or pass.
    pub form: Form,
    /// A credential's type; for a pass, what it is for.
    pub family: String,
    /// Whether it stands for all that the person holds (of its family), so that it is renewed.
    pub standing: bool,
    /// Hash of what a holder can see of it.
    pub content_hash: Vec<u8>,
    /// The key that signed it.
    pub kid: String,
    /// Where its status lies.
    pub place: Place,
    /// The credential or pass itself.
    pub token: String,
    /// When it was signed.
    pub issued: Timestamp,
    /// When it is void.
    pub expires: Timestamp,
    /// What has become of it.
    pub status: Status,
    /// The one before it.
    pub supersedes: Option<Id>,
}

type Row = (String, String, String, String, bool, Vec<u8>, String, i64, i64, String, i64, i64, i64, Option<String>);

fn read(row: Row) -> Result<Issued, StoreError> {
    let (text, staff, form, family, standing, content_hash, kid, list, block, token, issued, expires, bits, supersedes) =
        row;
    let number = |value: i64| u32::try_from(value).map_err(|_| StoreError::Corrupt("status place"));
    Ok(Issued {
        id: id(&text)?,
        staff: id(&staff)?,
        form: if form == "pass" { Form::Pass } else { Form::Credential },
        family,
        standing,
        content_hash,
        kid,
        place: Place { list: number(list)?, block: number(block)? },
        token,
        issued: Timestamp(issued),
        expires: Timestamp(expires),
        status: status(bits)?,
        supersedes: supersedes.map(|text| id(&text)).transpose()?,
    })
}

impl Tx {
    /// A credential or pass.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn issued(&mut self, organisation: &OrganisationCode, wanted: Id) -> Result<Option<Issued>, StoreError> {
        let row: Option<Row> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, staff, form, family, standing, content_hash, kid, list, block, token, issued_at, expires_at, status, supersedes
                 FROM credentials WHERE organisation = $1 AND id = $2",
            )
            .bind(organisation.as_str())
            .bind(wanted.0.to_string())
            .fetch_optional(connection)
            .await?
        });
        row.map(read).transpose()
    }

    /// The credentials and passes of these people that are neither withdrawn nor superseded, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn issued_to(&mut self, staff: &[Id], tokens: Tokens) -> Result<Vec<Issued>, StoreError> {
        let mut all = Vec::new();
        for staff in staff.chunks(self.rows_at_once()) {
            let token = match tokens {
                Tokens::Read => "token",
                Tokens::Leave => "''",
            };
            let text = statement(
                &format!(
                    "SELECT id, staff, form, family, standing, content_hash, kid, list, block, {token}, issued_at, expires_at,
                            status, supersedes
                     FROM credentials WHERE staff IN ("
                ),
                "?",
                ") AND status IN (0, 2) ORDER BY issued_at DESC, id DESC",
                0,
                staff.len(),
            );
            let rows: Vec<Row> = sql!(self, connection => {
                let mut query = sqlx::query_as(AssertSqlSafe(text));
                for id in staff {
                    query = query.bind(id.0.to_string());
                }
                query.fetch_all(connection).await?
            });
            for row in rows {
                all.push(read(row)?);
            }
        }
        Ok(all)
    }

    /// How many paper passes a person was given before this one, whatever became of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn paper_passes_before(&mut self, pass: &Issued) -> Result<u64, StoreError> {
        // Ids lie in the order of time, also of those that were made in one second.
        let (count,): (i64,) = sql!(self, connection => {
            sqlx::query_as(
                "SELECT COUNT(*) FROM credentials
                 WHERE staff = $1 AND form = 'pass' AND family = 'paper'
                   AND (issued_at < $2 OR (issued_at = $2 AND id < $3))",
            )
            .bind(pass.staff.0.to_string())
            .bind(pass.issued.0)
            .bind(pass.id.0.to_string())
            .fetch_one(connection)
            .await?
        });
        u64::try_from(count).map_err(|_| StoreError::Corrupt("count of passes"))
    }

    /// The records of a credential or pass, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn records_in(&mut self, credential: Id) -> Result<Vec<Id>, StoreError> {
        let rows: Vec<(String,)> = sql!(self, connection => {
            sqlx::query_as("SELECT record FROM credential_records WHERE credential = $1 ORDER BY position")
                .bind(credential.0.to_string())
                .fetch_all(connection)
                .await?
        });
        rows.iter().map(|(text,)| id(text)).collect()
    }

    /// Every place at which a record's status is published: the place of each credential or pass
    /// that holds it, how many records that has, and the record's position in it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn places_of(&mut self, record: Id) -> Result<Vec<(Place, usize, usize)>, StoreError> {
        let rows: Vec<(i64, i64, i64, i64)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT c.list, c.block, (SELECT COUNT(*) FROM credential_records n WHERE n.credential = c.id), r.position
                 FROM credential_records r JOIN credentials c ON c.id = r.credential WHERE r.record = $1",
            )
            .bind(record.0.to_string())
            .fetch_all(connection)
            .await?
        });
        let number = |value: i64| u32::try_from(value).map_err(|_| StoreError::Corrupt("status place"));
        let size = |value: i64| usize::try_from(value).map_err(|_| StoreError::Corrupt("position"));
        rows.into_iter()
            .map(|(list, block, count, position)| {
                Ok((Place { list: number(list)?, block: number(block)? }, size(count)?, size(position)?))
            })
            .collect()
    }
}

impl WriteTx {
    /// Adds credentials and passes, each with its records in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_issued(
        &mut self,
        organisation: &OrganisationCode,
        issued: &[(&Issued, Vec<Id>)],
    ) -> Result<(), StoreError> {
        for issued in issued.chunks(self.0.rows_at_once()) {
            let text = statement(
                "INSERT INTO credentials (id, organisation, staff, form, family, standing, content_hash, kid, list, block,
                                          token, issued_at, expires_at, status, supersedes) VALUES",
                "(?, $1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
                "",
                1,
                issued.len(),
            );
            sql!(&mut self.0, connection => {
                let mut query = sqlx::query(AssertSqlSafe(text)).bind(organisation.as_str());
                for (new, _) in issued {
                    query = query
                        .bind(new.id.0.to_string())
                        .bind(new.staff.0.to_string())
                        .bind(new.form.name())
                        .bind(&new.family)
                        .bind(new.standing)
                        .bind(&new.content_hash)
                        .bind(&new.kid)
                        .bind(i64::from(new.place.list))
                        .bind(i64::from(new.place.block))
                        .bind(&new.token)
                        .bind(new.issued.0)
                        .bind(new.expires.0)
                        .bind(new.supersedes.map(|id| id.0.to_string()));
                }
                query.execute(connection).await?;
            });
        }
        let positions: Vec<(Id, usize, Id)> = issued
            .iter()
            .flat_map(|(new, records)| records.iter().enumerate().map(|(index, record)| (new.id, index + 1, *record)))
            .collect();
        for positions in positions.chunks(self.0.rows_at_once()) {
            let text = statement(
                "INSERT INTO credential_records (credential, position, record) VALUES",
                "(?, ?, ?)",
                "",
                0,
                positions.len(),
            );
            sql!(&mut self.0, connection => {
                let mut query = sqlx::query(AssertSqlSafe(text));
                for (credential, position, record) in positions {
                    query = query
                        .bind(credential.0.to_string())
                        .bind(i64::try_from(*position).unwrap_or(i64::MAX))
                        .bind(record.0.to_string());
                }
                query.execute(connection).await?;
            });
        }
        Ok(())
    }

    /// Moves a credential or pass from one status to another.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is not in the status `from`.
    pub async fn change_issued(
        &mut self,
        organisation: &OrganisationCode,
        credential: Id,
        change: &Change<'_>,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE credentials SET status = $4, reason = $5, superseded_by = $6
                 WHERE organisation = $1 AND id = $2 AND status = $3",
            )
            .bind(organisation.as_str())
            .bind(credential.0.to_string())
            .bind(i64::from(change.from.bits()))
            .bind(i64::from(change.to.bits()))
            .bind(change.reason)
            .bind(change.superseded_by.map(|id| id.0.to_string()))
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }
}
