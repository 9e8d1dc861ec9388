//! Clients that sign in with a key of their own, their used assertions, and their access tokens.

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::time::Timestamp;

use super::{StoreError, Tx, WriteTx, expect_one, sql};
use crate::permission::Permissions;

/// A client of an organisation.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its id, which the audit trail names as the actor.
    pub id: Id,
    /// Whose it is.
    pub organisation: OrganisationCode,
    /// What it is for.
    pub label: String,
    /// What it may do.
    pub permissions: Permissions,
    /// Its public keys, as a JWK Set.
    pub jwks: String,
    /// Since when it is there.
    pub created: Timestamp,
}

type ClientRow = (String, String, String, String, String, i64);

fn read(row: ClientRow) -> Result<Client, StoreError> {
    let (id, organisation, label, scopes, jwks, created) = row;
    Ok(Client {
        id: Id::parse_bare(&id).ok_or(StoreError::Corrupt("client id"))?,
        organisation: OrganisationCode::parse(&organisation).ok_or(StoreError::Corrupt("organisation code"))?,
        label,
        permissions: permissions(&scopes)?,
        jwks,
        created: Timestamp(created),
    })
}

fn permissions(scopes: &str) -> Result<Permissions, StoreError> {
    Permissions::parse(scopes).map_err(|_| StoreError::Corrupt("scopes"))
}

impl Tx {
    /// A client that was not revoked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn client(&mut self, id: Id) -> Result<Option<Client>, StoreError> {
        let row: Option<ClientRow> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, organisation, label, scopes, jwks, created_at FROM clients
                 WHERE id = $1 AND revoked_at IS NULL",
            )
            .bind(id.0.to_string())
            .fetch_optional(connection)
            .await?
        });
        row.map(read).transpose()
    }

    /// An organisation's clients that were not revoked, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clients(&mut self, organisation: &OrganisationCode) -> Result<Vec<Client>, StoreError> {
        let rows: Vec<ClientRow> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, organisation, label, scopes, jwks, created_at FROM clients
                 WHERE organisation = $1 AND revoked_at IS NULL ORDER BY id",
            )
            .bind(organisation.as_str())
            .fetch_all(connection)
            .await?
        });
        rows.into_iter().map(read).collect()
    }

    /// Whose access token that is and what it opens, unless it is over or its client was revoked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn access_token(
        &mut self,
        hash: &[u8],
        now: Timestamp,
    ) -> Result<Option<(Id, OrganisationCode, Permissions)>, StoreError> {
        let row: Option<(String, String, String)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT c.id, c.organisation, t.scopes FROM access_tokens t JOIN clients c ON c.id = t.client
                 WHERE t.hash = $1 AND t.expires_at > $2 AND c.revoked_at IS NULL",
            )
            .bind(hash)
            .bind(now.0)
            .fetch_optional(connection)
            .await?
        });
        let Some((id, organisation, scopes)) = row else { return Ok(None) };
        let id = Id::parse_bare(&id).ok_or(StoreError::Corrupt("client id"))?;
        let organisation = OrganisationCode::parse(&organisation).ok_or(StoreError::Corrupt("organisation code"))?;
        Ok(Some((id, organisation, permissions(&scopes)?)))
    }
}

impl WriteTx {
    /// Adds a client.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_client(&mut self, client: &Client) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO clients (id, organisation, label, scopes, jwks, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(client.id.0.to_string())
            .bind(client.organisation.as_str())
            .bind(&client.label)
            .bind(client.permissions.to_string())
            .bind(&client.jwks)
            .bind(client.created.0)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Revokes a client; its access tokens open nothing from then on.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the organisation has none of that id that is not revoked.
    pub async fn revoke_client(
        &mut self,
        organisation: &OrganisationCode,
        id: Id,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query("UPDATE clients SET revoked_at = $3 WHERE organisation = $1 AND id = $2 AND revoked_at IS NULL")
                .bind(organisation.as_str())
                .bind(id.0.to_string())
                .bind(now.0)
                .execute(connection)
                .await?
                .rows_affected()
        }))
    }

    /// Uses an assertion up; false if it was used before, on whichever node.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn use_assertion(&mut self, client: Id, jti: &[u8], expires: Timestamp) -> Result<bool, StoreError> {
        let used = sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO assertions (client, jti, expires_at) VALUES ($1, $2, $3) ON CONFLICT (client, jti) DO NOTHING",
            )
            .bind(client.0.to_string())
            .bind(jti)
            .bind(expires.0)
            .execute(connection)
            .await?
            .rows_affected()
        });
        Ok(used == 1)
    }

    /// Adds an access token by its hash.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_access_token(
        &mut self,
        hash: &[u8],
        client: Id,
        permissions: &Permissions,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query("INSERT INTO access_tokens (hash, client, scopes, expires_at) VALUES ($1, $2, $3, $4)")
                .bind(hash)
                .bind(client.0.to_string())
                .bind(permissions.to_string())
                .bind(expires.0)
                .execute(connection)
                .await?;
        });
        Ok(())
    }

    /// Forgets access tokens that ended before `tokens`, and assertions that ended before `assertions`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_sign_ins(&mut self, tokens: Timestamp, assertions: Timestamp) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query("DELETE FROM access_tokens WHERE expires_at < $1")
                .bind(tokens.0)
                .execute(connection)
                .await?;
        });
        sql!(&mut self.0, connection => {
            sqlx::query("DELETE FROM assertions WHERE expires_at < $1").bind(assertions.0).execute(connection).await?;
        });
        Ok(())
    }
}
