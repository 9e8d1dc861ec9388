//! Status lists: giving out blocks, and what is not valid.

use passport_schema::id::OrganisationCode;
use passport_schema::status::{LIST_SIZE, Status};
use passport_schema::time::Timestamp;

use super::staff::status;
use super::{StoreError, Tx, WriteTx, expect_one, sql};

/// Consecutive values of a list's counter that were given to one caller.
#[derive(Debug, Clone)]
pub struct Reserved {
    /// Number of the list.
    pub list: u32,
    /// First value.
    pub first: u32,
    /// The list's permutation key, sealed.
    pub sealed: Vec<u8>,
}

/// The state of a list as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListState {
    /// Goes up with every change.
    pub version: i64,
    /// When it last changed.
    pub changed: Timestamp,
}

fn narrow(value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|_| StoreError::Corrupt("status list"))
}

impl Tx {
    /// The numbers of an organisation's lists.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn status_lists(&mut self, organisation: &OrganisationCode) -> Result<Vec<u32>, StoreError> {
        let rows: Vec<(i64,)> = sql!(self, connection => {
            sqlx::query_as("SELECT number FROM status_lists WHERE organisation = $1 ORDER BY number")
                .bind(organisation.as_str())
                .fetch_all(connection)
                .await?
        });
        rows.into_iter().map(|(number,)| narrow(number)).collect()
    }

    /// The state of a list, if there is such a list.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_state(
        &mut self,
        organisation: &OrganisationCode,
        list: u32,
    ) -> Result<Option<ListState>, StoreError> {
        let row: Option<(i64, i64)> = sql!(self, connection => {
            sqlx::query_as("SELECT version, changed_at FROM status_lists WHERE organisation = $1 AND number = $2")
                .bind(organisation.as_str())
                .bind(i64::from(list))
                .fetch_optional(connection)
                .await?
        });
        Ok(row.map(|(version, changed)| ListState { version, changed: Timestamp(changed) }))
    }

    /// The indices of a list that are not valid.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn status_entries(
        &mut self,
        organisation: &OrganisationCode,
        list: u32,
    ) -> Result<Vec<(u32, Status)>, StoreError> {
        let rows: Vec<(i64, i64)> = sql!(self, connection => {
            sqlx::query_as("SELECT position, status FROM status_entries WHERE organisation = $1 AND list = $2")
                .bind(organisation.as_str())
                .bind(i64::from(list))
                .fetch_all(connection)
                .await?
        });
        rows.into_iter().map(|(position, bits)| Ok((narrow(position)?, status(bits)?))).collect()
    }
}

impl WriteTx {
    /// Takes `count` values of the counter of an organisation's newest list for blocks of this
    /// size; `None` when there is no such list with so much room.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reserve(
        &mut self,
        organisation: &OrganisationCode,
        block_size: u32,
        count: u32,
    ) -> Result<Option<Reserved>, StoreError> {
        let row: Option<(i64, i64, Vec<u8>)> = sql!(&mut self.0, connection => {
            sqlx::query_as(
                "UPDATE status_lists SET allocated = allocated + $3
                 WHERE organisation = $1 AND block_size = $2 AND allocated + $3 <= $4
                   AND number = (SELECT MAX(number) FROM status_lists WHERE organisation = $1 AND block_size = $2)
                 RETURNING number, allocated, sealed",
            )
            .bind(organisation.as_str())
            .bind(i64::from(block_size))
            .bind(i64::from(count))
            .bind(i64::from(LIST_SIZE / block_size))
            .fetch_optional(connection)
            .await?
        });
        let Some((list, allocated, sealed)) = row else { return Ok(None) };
        Ok(Some(Reserved { list: narrow(list)?, first: narrow(allocated - i64::from(count))?, sealed }))
    }

    /// Opens a new list for blocks of one size. `number` must be the next one; false if somebody
    /// else has just taken it. It lasts whatever becomes of the database's server: of a list that was
    /// forgotten and opened anew with another size, nothing would tell that its blocks overlap.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_list(
        &mut self,
        organisation: &OrganisationCode,
        number: u32,
        block_size: u32,
        sealed: &[u8],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.outlast_the_server().await?;
        let opened = sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO status_lists (organisation, number, block_size, allocated, sealed, version, changed_at)
                 VALUES ($1, $2, $3, 0, $4, 0, $5) ON CONFLICT (organisation, number) DO NOTHING",
            )
            .bind(organisation.as_str())
            .bind(i64::from(number))
            .bind(i64::from(block_size))
            .bind(sealed)
            .bind(now.0)
            .execute(connection)
            .await?
            .rows_affected()
        });
        Ok(opened == 1)
    }

    /// Sets the status of one index.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_status(
        &mut self,
        organisation: &OrganisationCode,
        list: u32,
        index: u32,
        to: Status,
    ) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO status_entries (organisation, list, position, status) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (organisation, list, position) DO UPDATE SET status = $4",
            )
            .bind(organisation.as_str())
            .bind(i64::from(list))
            .bind(i64::from(index))
            .bind(i64::from(to.bits()))
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Notes that a list has changed, so that it is signed anew.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn touch_list(
        &mut self,
        organisation: &OrganisationCode,
        list: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE status_lists SET version = version + 1, changed_at = CASE WHEN changed_at > $3 THEN changed_at ELSE $3 END
                 WHERE organisation = $1 AND number = $2",
            )
            .bind(organisation.as_str())
            .bind(i64::from(list))
            .bind(now.0)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }
}
