//! The audit trail and the outbox: written in the same transaction as what they tell of.

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::time::Timestamp;

use sqlx::AssertSqlSafe;

use super::rows::ROWS;
use super::{StoreError, Tx, WriteTx, sql};

/// Something that was done. Names no person: references only.
#[derive(Debug, Clone)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// By whom: the id of a client or an API key, or `operator`.
    pub actor: String,
    /// What, such as `credential.issued`; also the type of its event.
    pub action: String,
    /// To what: `urn:uuid:…` or a key's id.
    pub subject: String,
    /// Why: an id of the list `status-reason`.
    pub reason: Option<String>,
}

impl Tx {
    /// A page of what was done, newest first, before the entry `before`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deeds(
        &mut self,
        organisation: &OrganisationCode,
        before: &str,
        limit: i64,
    ) -> Result<Vec<(String, Deed)>, StoreError> {
        let rows: Vec<(String, i64, String, String, String, Option<String>)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, at, actor, action, subject, reason FROM audit
                 WHERE organisation = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
            )
            .bind(organisation.as_str())
            .bind(before)
            .bind(limit)
            .fetch_all(connection)
            .await?
        });
        let deed =
            |(id, at, actor, action, subject, reason)| (id, Deed { at: Timestamp(at), actor, action, subject, reason });
        Ok(rows.into_iter().map(deed).collect())
    }
}

impl WriteTx {
    /// Notes deeds, and the events that tell others of them. The two ids of each are fresh. An event names the
    /// person whom its subject belongs to, and which of their changes it tells of; what is about an agreement is
    /// noted, and told to nobody.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note(&mut self, organisation: &OrganisationCode, deeds: &[(Deed, [Id; 2])]) -> Result<(), StoreError> {
        for deeds in deeds.chunks(ROWS) {
            let text = self.0.statement(
                "INSERT INTO audit (id, organisation, at, actor, action, subject, reason) VALUES",
                "(?, $1, ?, ?, ?, ?, ?)",
                "",
                deeds.len(),
            );
            sql!(&mut self.0, connection => {
                let mut query = sqlx::query(AssertSqlSafe(text));
                for (deed, [entry, _]) in deeds {
                    query = query
                        .bind(entry.0.to_string())
                        .bind(deed.at.0)
                        .bind(&deed.actor)
                        .bind(&deed.action)
                        .bind(&deed.subject)
                        .bind(&deed.reason);
                }
                query.bind(organisation.as_str()).execute(connection).await?;
            });
            let text = self.0.statement(
                "INSERT INTO outbox (organisation, id, at, type, subject, person, version)
                 SELECT $1, v.column1, v.column2, v.column3, v.column4, s.id, COALESCE(s.version, 0) FROM (VALUES",
                "(?, ?, ?, ?, ?)",
                ") AS v
                 LEFT JOIN credentials c ON c.id = v.column5
                 LEFT JOIN records r ON r.id = v.column5
                 LEFT JOIN staff s ON s.id = COALESCE(c.staff, r.staff, v.column5)
                 WHERE COALESCE(c.family, r.kind, '')
                       NOT IN ('StaffAgreementCredential', 'carerAgreement', 'adjustmentsAgreement')",
                deeds.len(),
            );
            sql!(&mut self.0, connection => {
                let mut query = sqlx::query(AssertSqlSafe(text));
                for (deed, [_, event]) in deeds {
                    query = query
                        .bind(event.0.to_string())
                        .bind(deed.at.0)
                        .bind(&deed.action)
                        .bind(&deed.subject)
                        .bind(Id::parse(&deed.subject).map_or_else(String::new, |id| id.0.to_string()));
                }
                query.bind(organisation.as_str()).execute(connection).await?;
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use passport_schema::record::{Family, Kind};

    #[test]
    fn the_kinds_that_no_event_tells_of_are_all_agreements() {
        let kinds = Kind::ALL.iter().filter(|kind| kind.family() == Family::Agreement).map(|kind| kind.name());
        assert!(kinds.eq(["carerAgreement", "adjustmentsAgreement"]), "as in the statement of `note`");
    }
}
