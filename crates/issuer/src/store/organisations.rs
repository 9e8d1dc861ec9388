//! Organisations, their API keys and their signing keys.

use passport_schema::id::{KeyId, OrganisationCode};
use passport_schema::time::Timestamp;

use super::{StoreError, Tx, WriteTx, expect_one, sql};

/// An organisation of this deployment.
#[derive(Debug, Clone)]
pub struct Organisation {
    /// Its code.
    pub code: OrganisationCode,
    /// Its name.
    pub name: String,
    /// Id in the list `organisation-kind`.
    pub kind: String,
    /// The code that succeeded it.
    pub successor: Option<OrganisationCode>,
}

/// A signing key as it lies in the database.
#[derive(Debug, Clone)]
pub struct StoredKey {
    /// Its id.
    pub kid: KeyId,
    /// Public half.
    pub public: [u8; 32],
    /// Secret half, sealed.
    pub sealed: Vec<u8>,
    /// `active`, `retired` or `compromised`.
    pub state: String,
    /// First instant at which it may sign.
    pub not_before: Timestamp,
    /// Last instant at which it may sign.
    pub not_after: Timestamp,
}

type KeyRow = (String, Vec<u8>, Vec<u8>, String, i64, i64);

/// An API key, without the key.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Its id, which the audit trail names as the actor.
    pub id: String,
    /// Whose it is.
    pub organisation: OrganisationCode,
}

fn code(text: &str) -> Result<OrganisationCode, StoreError> {
    OrganisationCode::parse(text).ok_or(StoreError::Corrupt("organisation code"))
}

impl Tx {
    /// An organisation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn organisation(&mut self, wanted: &OrganisationCode) -> Result<Option<Organisation>, StoreError> {
        let row: Option<(String, String, Option<String>)> = sql!(self, connection => {
            sqlx::query_as("SELECT name, kind, successor FROM organisations WHERE code = $1")
                .bind(wanted.as_str())
                .fetch_optional(connection)
                .await?
        });
        let Some((name, kind, successor)) = row else { return Ok(None) };
        let successor = successor.map(|text| code(&text)).transpose()?;
        Ok(Some(Organisation { code: wanted.clone(), name, kind, successor }))
    }

    /// The codes of all organisations of this deployment.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn organisation_codes(&mut self) -> Result<Vec<OrganisationCode>, StoreError> {
        let rows: Vec<(String,)> = sql!(self, connection => {
            sqlx::query_as("SELECT code FROM organisations ORDER BY code").fetch_all(connection).await?
        });
        rows.iter().map(|(text,)| code(text)).collect()
    }

    /// The API key with that hash, unless it was revoked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn api_key(&mut self, hash: &[u8]) -> Result<Option<ApiKey>, StoreError> {
        let row: Option<(String, String)> = sql!(self, connection => {
            sqlx::query_as("SELECT id, organisation FROM api_keys WHERE hash = $1 AND revoked_at IS NULL")
                .bind(hash)
                .fetch_optional(connection)
                .await?
        });
        row.map(|(id, organisation)| Ok(ApiKey { id, organisation: code(&organisation)? })).transpose()
    }

    /// An organisation's signing keys, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn signing_keys(&mut self, organisation: &OrganisationCode) -> Result<Vec<StoredKey>, StoreError> {
        let rows: Vec<KeyRow> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT kid, public_key, sealed, state, not_before, not_after
                 FROM signing_keys WHERE organisation = $1 ORDER BY not_before, kid",
            )
            .bind(organisation.as_str())
            .fetch_all(connection)
            .await?
        });
        let read = |(kid, public, sealed, state, not_before, not_after): KeyRow| {
            Ok(StoredKey {
                kid: KeyId::parse(&kid).ok_or(StoreError::Corrupt("key id"))?,
                public: public.try_into().map_err(|_| StoreError::Corrupt("public key"))?,
                sealed,
                state,
                not_before: Timestamp(not_before),
                not_after: Timestamp(not_after),
            })
        };
        rows.into_iter().map(read).collect()
    }
}

impl WriteTx {
    /// Adds an organisation; false if its code is there already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_organisation(&mut self, new: &Organisation, now: Timestamp) -> Result<bool, StoreError> {
        let added = sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO organisations (code, name, kind, successor, created_at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (code) DO NOTHING",
            )
            .bind(new.code.as_str())
            .bind(&new.name)
            .bind(&new.kind)
            .bind(new.successor.as_ref().map(OrganisationCode::as_str))
            .bind(now.0)
            .execute(connection)
            .await?
            .rows_affected()
        });
        Ok(added == 1)
    }

    /// Says which organisation succeeded one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if there is no such organisation.
    pub async fn set_successor(
        &mut self,
        organisation: &OrganisationCode,
        successor: &OrganisationCode,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query("UPDATE organisations SET successor = $2 WHERE code = $1")
                .bind(organisation.as_str())
                .bind(successor.as_str())
                .execute(connection)
                .await?
                .rows_affected()
        }))
    }

    /// Adds an API key by its hash.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_api_key(
        &mut self,
        key: &ApiKey,
        hash: &[u8],
        label: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query("INSERT INTO api_keys (hash, id, organisation, label, created_at) VALUES ($1, $2, $3, $4, $5)")
                .bind(hash)
                .bind(&key.id)
                .bind(key.organisation.as_str())
                .bind(label)
                .bind(now.0)
                .execute(connection)
                .await?;
        });
        Ok(())
    }

    /// Revokes an API key; [`StoreError::Conflict`] if there is none that is valid.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn revoke_api_key(
        &mut self,
        organisation: &OrganisationCode,
        id: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query("UPDATE api_keys SET revoked_at = $3 WHERE organisation = $1 AND id = $2 AND revoked_at IS NULL")
                .bind(organisation.as_str())
                .bind(id)
                .bind(now.0)
                .execute(connection)
                .await?
                .rows_affected()
        }))
    }

    /// Adds a signing key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_signing_key(
        &mut self,
        organisation: &OrganisationCode,
        key: &StoredKey,
    ) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO signing_keys (organisation, kid, public_key, sealed, state, not_before, not_after)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(organisation.as_str())
            .bind(key.kid.to_string())
            .bind(key.public.as_slice())
            .bind(&key.sealed)
            .bind(&key.state)
            .bind(key.not_before.0)
            .bind(key.not_after.0)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Moves a signing key from one state to another; it may sign until `not_after` at the latest.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the key is not in the state `from`.
    pub async fn change_signing_key(
        &mut self,
        organisation: &OrganisationCode,
        kid: KeyId,
        from: &str,
        to: &str,
        not_after: Timestamp,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE signing_keys SET state = $4, not_after = CASE WHEN not_after < $5 THEN not_after ELSE $5 END
                 WHERE organisation = $1 AND kid = $2 AND state = $3",
            )
            .bind(organisation.as_str())
            .bind(kid.to_string())
            .bind(from)
            .bind(to)
            .bind(not_after.0)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }
}
