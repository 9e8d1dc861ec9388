//! Credentials and passes, and which records each holds.

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::status::{Place, Status};
use passport_schema::time::Timestamp;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::rows::ROWS;
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
    /// Its records, in order.
    pub records: Vec<Id>,
    /// When it was signed.
    pub issued: Timestamp,
    /// When it is void.
    pub expires: Timestamp,
    /// What has become of it.
    pub status: Status,
    /// The one before it.
    pub supersedes: Option<Id>,
    /// The credential or pass itself.
    pub token: String,
}

/// Columns as [`Row`] has them; the token, if it is wanted, is the last.
const COLUMNS: &str = "id, staff, form, family, standing, content_hash, kid, list, block, records, issued_at,
                       expires_at, status, supersedes";
type Row =
    (String, String, String, String, bool, Vec<u8>, String, i64, i64, String, i64, i64, i64, Option<String>, String);

fn read(row: Row) -> Result<Issued, StoreError> {
    let (
        text,
        staff,
        form,
        family,
        standing,
        content_hash,
        kid,
        list,
        block,
        records,
        issued,
        expires,
        bits,
        supersedes,
        token,
    ) = row;
    Ok(Issued {
        id: id(&text)?,
        staff: id(&staff)?,
        form: if form == "pass" { Form::Pass } else { Form::Credential },
        family,
        standing,
        content_hash,
        kid,
        place: place(list, block)?,
        records: read_ids(&records)?,
        issued: Timestamp(issued),
        expires: Timestamp(expires),
        status: status(bits)?,
        supersedes: supersedes.map(|text| id(&text)).transpose()?,
        token,
    })
}

/// A place of a status list out of its two columns.
pub(super) fn place(list: i64, block: i64) -> Result<Place, StoreError> {
    let number = |value: i64| u32::try_from(value).map_err(|_| StoreError::Corrupt("status place"));
    Ok(Place { list: number(list)?, block: number(block)? })
}

/// Ids as they lie in one column, with blanks between them.
fn write_ids(ids: &[Id]) -> String {
    let mut text = String::with_capacity(ids.len() * 37);
    for id in ids {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(id.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    }
    text
}

pub(super) fn read_ids(text: &str) -> Result<Vec<Id>, StoreError> {
    text.split_terminator(' ').map(id).collect()
}

impl Tx {
    /// A credential or pass.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn issued(&mut self, organisation: &OrganisationCode, wanted: Id) -> Result<Option<Issued>, StoreError> {
        let row: Option<Row> = sql!(self, connection => {
            sqlx::query_as(AssertSqlSafe(format!(
                "SELECT {COLUMNS}, token FROM credentials WHERE organisation = $1 AND id = $2"
            )))
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
        for staff in staff.chunks(ROWS) {
            let token = match tokens {
                Tokens::Read => "token",
                Tokens::Leave => "''",
            };
            let text = self.statement(
                &format!("SELECT {COLUMNS}, {token} FROM credentials WHERE staff IN ("),
                "?",
                ") AND status IN (0, 2) ORDER BY issued_at DESC, id DESC",
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

    /// Every place at which a record's status is published: the place of each credential or pass
    /// that holds it, how many records that has, and the record's position in it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn places_of(&mut self, record: Id) -> Result<Vec<(Place, usize, usize)>, StoreError> {
        let rows: Vec<(i64, i64, String)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT list, block, records FROM credentials WHERE staff = (SELECT staff FROM records WHERE id = $1)",
            )
            .bind(record.0.to_string())
            .fetch_all(connection)
            .await?
        });
        let mut places = Vec::new();
        for (list, block, records) in rows {
            let records = read_ids(&records)?;
            if let Some(index) = records.iter().position(|id| *id == record) {
                places.push((place(list, block)?, records.len(), index + 1));
            }
        }
        Ok(places)
    }
}

impl WriteTx {
    /// Adds credentials and passes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_issued(&mut self, organisation: &OrganisationCode, issued: &[&Issued]) -> Result<(), StoreError> {
        for issued in issued.chunks(ROWS) {
            let text = self.0.statement(
                "INSERT INTO credentials (id, organisation, staff, form, family, standing, content_hash, kid, list, block,
                                          records, issued_at, expires_at, status, supersedes, token) VALUES",
                "(?, $1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
                "",
                issued.len(),
            );
            sql!(&mut self.0, connection => {
                let mut query = sqlx::query(AssertSqlSafe(text));
                for new in issued {
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
                        .bind(write_ids(&new.records))
                        .bind(new.issued.0)
                        .bind(new.expires.0)
                        .bind(new.supersedes.map(|id| id.0.to_string()))
                        .bind(&new.token);
                }
                query.bind(organisation.as_str()).execute(connection).await?;
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
