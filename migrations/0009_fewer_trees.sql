-- Tables are renamed before they are copied: that waits for whoever writes to them, and keeps out whoever comes
-- later, so that nothing which an older node writes meanwhile is lost.
ALTER TABLE credentials RENAME TO credentials_before;
ALTER TABLE credential_records RENAME TO credential_records_before;
ALTER TABLE import_rows RENAME TO import_rows_before;

-- The records of a credential become one column of it, ids with blanks between them: as a table with its indexes
-- they were three trees more to grow with each record. They are all of the credential's own person. The token,
-- which is long, comes last, so that the rest is read without it.
CREATE TABLE credentials (
    id            TEXT   NOT NULL PRIMARY KEY,
    organisation  TEXT   NOT NULL REFERENCES organisations (code),
    staff         TEXT   NOT NULL REFERENCES staff (id),
    form          TEXT   NOT NULL,
    family        TEXT   NOT NULL,
    standing      BOOLEAN NOT NULL,
    content_hash  BYTEA  NOT NULL,
    kid           TEXT   NOT NULL,
    list          BIGINT NOT NULL,
    block         BIGINT NOT NULL,
    issued_at     BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    status        BIGINT NOT NULL,
    reason        TEXT,
    supersedes    TEXT,
    superseded_by TEXT,
    records       TEXT   NOT NULL,
    token         TEXT   NOT NULL,
    UNIQUE (organisation, list, block)
);
INSERT INTO credentials (id, organisation, staff, form, family, standing, content_hash, kid, list, block, issued_at,
                    expires_at, status, reason, supersedes, superseded_by, records, token)
SELECT id, organisation, staff, form, family, standing, content_hash, kid, list, block, issued_at,
       expires_at, status, reason, supersedes, superseded_by,
       COALESCE((SELECT string_agg(n.record, ' ' ORDER BY n.position) FROM credential_records_before n
                 WHERE n.credential = c.id), ''),
       token
FROM credentials_before c;
DROP TABLE credential_records_before;
DROP TABLE credentials_before;
CREATE INDEX credentials_of_staff ON credentials (staff, form, status);
CREATE INDEX credentials_by_key ON credentials (organisation, kid, staff, id);

-- How many rows of a person come to what; missing where results were kept before.
ALTER TABLE import_results ADD COLUMN totals TEXT;

-- What was read of files lies in the order in which people are judged, and no second index is needed.
CREATE TABLE import_rows (
    import    TEXT   NOT NULL REFERENCES imports (id),
    number    BIGINT NOT NULL,
    person    TEXT   NOT NULL,
    read_rows BIGINT NOT NULL,
    sealed    BYTEA  NOT NULL,
    PRIMARY KEY (import, person, number)
);
INSERT INTO import_rows (import, number, person, read_rows, sealed)
SELECT import, number, person, read_rows, sealed FROM import_rows_before;
DROP TABLE import_rows_before;
