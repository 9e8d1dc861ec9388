//! Other systems of an organisation, links to their employees, pulls, events, certificates.

use passport_dsp::{EmployeeId, System};
use passport_schema::id::{Id, OrganisationCode};
use passport_schema::time::{Date, Timestamp};

use super::staff::id;
use super::{StoreError, Tx, WriteTx, expect_one, sql};
use crate::dsp::key::Algorithm;

/// How long an event is remembered, in seconds: thirty days.
pub const MEMORY: i64 = 30 * 86_400;

/// A system that speaks the Digital Staff Passport API.
#[derive(Clone)]
pub struct Peer {
    /// Our id of it.
    pub id: Id,
    /// Whose system it is.
    pub organisation: OrganisationCode,
    /// What kind of system.
    pub system: System,
    /// For people.
    pub name: String,
    /// Where its API begins, without a slash at its end.
    pub base: String,
    /// How its events name it.
    pub source: String,
    /// How it knows us.
    pub client: String,
    /// Where we sign in.
    pub token: String,
    /// How.
    pub algorithm: Algorithm,
    /// The public half of our key, as a JWK.
    pub jwk: String,
    /// Our key, sealed.
    pub sealed: Vec<u8>,
}

/// A person of ours whom another system knows.
#[derive(Debug, Clone)]
pub struct Link {
    /// Our id.
    pub staff: Id,
    /// Theirs.
    pub employee: EmployeeId,
    /// When it was found.
    pub linked: Timestamp,
    /// When their records were last pulled.
    pub pulled: Option<Timestamp>,
    /// What that came to, as JSON.
    pub outcome: Option<String>,
}

/// What a job of kind `pull` asks.
#[derive(Debug, Clone)]
pub struct Pull {
    /// Which system.
    pub peer: Id,
    /// Whose records; of everybody who is linked when there is nobody.
    pub staff: Option<Id>,
    /// The last person whose records were pulled.
    pub after: String,
    /// How often the next one was tried.
    pub attempts: i64,
}

type PeerRow = (String, String, String, String, String, String, String, String, String, String, Vec<u8>);

fn peer(row: PeerRow) -> Result<Peer, StoreError> {
    let (peer, organisation, system, name, base, source, client, token, algorithm, jwk, sealed) = row;
    let corrupt = || StoreError::Corrupt("peer");
    Ok(Peer {
        id: id(&peer)?,
        organisation: OrganisationCode::parse(&organisation).ok_or_else(corrupt)?,
        system: System::parse(&system).ok_or_else(corrupt)?,
        name,
        base,
        source,
        client,
        token,
        algorithm: Algorithm::parse(&algorithm).ok_or_else(corrupt)?,
        jwk,
        sealed,
    })
}

type LinkRow = (String, String, i64, Option<i64>, Option<String>);

fn link((staff, employee, linked, pulled, outcome): LinkRow) -> Result<Link, StoreError> {
    let employee = EmployeeId::parse(&employee).ok_or(StoreError::Corrupt("employee id"))?;
    let (linked, pulled) = (Timestamp(linked), pulled.map(Timestamp));
    Ok(Link { staff: id(&staff)?, employee, linked, pulled, outcome })
}

impl Tx {
    /// An organisation's systems, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn peers(&mut self, organisation: &OrganisationCode) -> Result<Vec<Peer>, StoreError> {
        let rows: Vec<PeerRow> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, organisation, system, name, base, source, client, token, algorithm, jwk, sealed
                 FROM peers WHERE organisation = $1 ORDER BY id",
            )
            .bind(organisation.as_str())
            .fetch_all(connection)
            .await?
        });
        rows.into_iter().map(peer).collect()
    }

    /// One of an organisation's systems.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn peer(&mut self, organisation: &OrganisationCode, wanted: Id) -> Result<Option<Peer>, StoreError> {
        let row: Option<PeerRow> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, organisation, system, name, base, source, client, token, algorithm, jwk, sealed
                 FROM peers WHERE organisation = $1 AND id = $2",
            )
            .bind(organisation.as_str())
            .bind(wanted.0.to_string())
            .fetch_optional(connection)
            .await?
        });
        row.map(peer).transpose()
    }

    /// A page of a system's links in the order of our ids, after `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn peer_links(&mut self, peer: Id, after: &str, limit: i64) -> Result<Vec<Link>, StoreError> {
        let rows: Vec<LinkRow> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT staff, employee, linked_at, pulled_at, outcome FROM peer_links
                 WHERE peer = $1 AND staff > $2 ORDER BY staff LIMIT $3",
            )
            .bind(peer.0.to_string())
            .bind(after)
            .bind(limit)
            .fetch_all(connection)
            .await?
        });
        rows.into_iter().map(link).collect()
    }

    /// How many people a system is linked to.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn peer_link_count(&mut self, peer: Id) -> Result<i64, StoreError> {
        let (count,): (i64,) = sql!(self, connection => {
            sqlx::query_as("SELECT COUNT(*) FROM peer_links WHERE peer = $1")
                .bind(peer.0.to_string())
                .fetch_one(connection)
                .await?
        });
        Ok(count)
    }

    /// The link of one person.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn peer_link(&mut self, peer: Id, staff: Id) -> Result<Option<Link>, StoreError> {
        let row: Option<LinkRow> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT staff, employee, linked_at, pulled_at, outcome FROM peer_links WHERE peer = $1 AND staff = $2",
            )
            .bind(peer.0.to_string())
            .bind(staff.0.to_string())
            .fetch_optional(connection)
            .await?
        });
        row.map(link).transpose()
    }

    /// The link of one of their employees.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn peer_link_to(&mut self, peer: Id, employee: &EmployeeId) -> Result<Option<Link>, StoreError> {
        let row: Option<LinkRow> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT staff, employee, linked_at, pulled_at, outcome FROM peer_links
                 WHERE peer = $1 AND employee = $2",
            )
            .bind(peer.0.to_string())
            .bind(employee.as_str())
            .fetch_optional(connection)
            .await?
        });
        row.map(link).transpose()
    }

    /// What a job of kind `pull` asks.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pull(&mut self, job: Id) -> Result<Option<Pull>, StoreError> {
        let row: Option<(String, Option<String>, String, i64)> = sql!(self, connection => {
            sqlx::query_as("SELECT peer, staff, after, attempts FROM pulls WHERE job = $1")
                .bind(job.0.to_string())
                .fetch_optional(connection)
                .await?
        });
        let Some((peer, staff, after, attempts)) = row else { return Ok(None) };
        let staff = staff.map(|text| id(&text)).transpose()?;
        Ok(Some(Pull { peer: id(&peer)?, staff, after, attempts }))
    }

    /// A page of an organisation's valid identity records in the order of our ids of people, after `after`:
    /// whose each is, and its content. With a date of birth, only those of that day.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn identity_records(
        &mut self,
        organisation: &OrganisationCode,
        after: &str,
        birth_date: Option<Date>,
        limit: i64,
    ) -> Result<Vec<(Id, String)>, StoreError> {
        let pattern = birth_date.map_or_else(|| "%".to_owned(), |date| format!("%\"birthDate\":\"{date}\"%"));
        let rows: Vec<(String, String)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT staff, content FROM records
                 WHERE organisation = $1 AND kind = 'identity' AND staff > $2 AND status = 0 AND content LIKE $3
                 ORDER BY staff LIMIT $4",
            )
            .bind(organisation.as_str())
            .bind(after)
            .bind(pattern)
            .bind(limit)
            .fetch_all(connection)
            .await?
        });
        rows.into_iter().map(|(staff, content)| Ok((id(&staff)?, content))).collect()
    }

    /// The certificates of a person's records, sealed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn certificates_of(&mut self, staff: Id) -> Result<Vec<(Id, Vec<u8>)>, StoreError> {
        let rows: Vec<(String, Vec<u8>)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT certificates.record, certificates.sealed FROM certificates
                 JOIN records ON records.id = certificates.record WHERE records.staff = $1",
            )
            .bind(staff.0.to_string())
            .fetch_all(connection)
            .await?
        });
        rows.into_iter().map(|(record, sealed)| Ok((id(&record)?, sealed))).collect()
    }
}

impl WriteTx {
    /// Adds a system.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another one of the organisation's goes by the same source.
    pub async fn add_peer(&mut self, peer: &Peer, now: Timestamp) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO peers (id, organisation, system, name, base, source, client, token, algorithm, jwk, sealed,
                                    created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                 ON CONFLICT (organisation, source) DO NOTHING",
            )
            .bind(peer.id.0.to_string())
            .bind(peer.organisation.as_str())
            .bind(peer.system.name())
            .bind(&peer.name)
            .bind(&peer.base)
            .bind(&peer.source)
            .bind(&peer.client)
            .bind(&peer.token)
            .bind(peer.algorithm.name())
            .bind(&peer.jwk)
            .bind(&peer.sealed)
            .bind(now.0)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }

    /// Links a person of ours with an employee of theirs.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if either is linked already.
    pub async fn add_peer_link(
        &mut self,
        peer: Id,
        staff: Id,
        employee: &EmployeeId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO peer_links (peer, staff, employee, linked_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT DO NOTHING",
            )
            .bind(peer.0.to_string())
            .bind(staff.0.to_string())
            .bind(employee.as_str())
            .bind(now.0)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }

    /// Notes what a pull came to.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note_pulled(&mut self, peer: Id, staff: Id, outcome: &str, now: Timestamp) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query("UPDATE peer_links SET pulled_at = $3, outcome = $4 WHERE peer = $1 AND staff = $2")
                .bind(peer.0.to_string())
                .bind(staff.0.to_string())
                .bind(now.0)
                .bind(outcome)
                .execute(connection)
                .await?
                .rows_affected()
        }))
    }

    /// Adds what a job of kind `pull` asks.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_pull(&mut self, job: Id, peer: Id, staff: Option<Id>) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query("INSERT INTO pulls (job, peer, staff, after, attempts) VALUES ($1, $2, $3, '', 0)")
                .bind(job.0.to_string())
                .bind(peer.0.to_string())
                .bind(staff.map(|id| id.0.to_string()))
                .execute(connection)
                .await?;
        });
        Ok(())
    }

    /// Notes how far a pull is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn advance_pull(&mut self, job: Id, after: &str, attempts: i64) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query("UPDATE pulls SET after = $2, attempts = $3 WHERE job = $1")
                .bind(job.0.to_string())
                .bind(after)
                .bind(attempts)
                .execute(connection)
                .await?
                .rows_affected()
        }))
    }

    /// Remembers an event, and forgets old ones; the hash of the one that came before under that id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remember_event(
        &mut self,
        peer: Id,
        event: &str,
        hash: &[u8],
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query("DELETE FROM peer_events WHERE peer = $1 AND received_at < $2")
                .bind(peer.0.to_string())
                .bind(now.0 - MEMORY)
                .execute(connection)
                .await?;
        });
        let added = sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO peer_events (peer, event, hash, received_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (peer, event) DO NOTHING",
            )
            .bind(peer.0.to_string())
            .bind(event)
            .bind(hash)
            .bind(now.0)
            .execute(connection)
            .await?
            .rows_affected()
        });
        if added == 1 {
            return Ok(None);
        }
        let (before,): (Vec<u8>,) = sql!(&mut self.0, connection => {
            sqlx::query_as("SELECT hash FROM peer_events WHERE peer = $1 AND event = $2")
                .bind(peer.0.to_string())
                .bind(event)
                .fetch_one(connection)
                .await?
        });
        Ok(Some(before))
    }

    /// Keeps what a recruitment system asks for of a record, sealed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_certificate(&mut self, record: Id, sealed: &[u8]) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO certificates (record, sealed) VALUES ($1, $2)
                 ON CONFLICT (record) DO UPDATE SET sealed = $2",
            )
            .bind(record.0.to_string())
            .bind(sealed)
            .execute(connection)
            .await?;
        });
        Ok(())
    }
}
