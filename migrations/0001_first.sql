-- One text for SQLite and PostgreSQL: text, bigint, boolean and bytes only; times are seconds since
-- 1970; ids are UUIDs as text. A change of state is a conditional update on the state it expects.

CREATE TABLE organisations (
    code       TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    successor  TEXT,
    created_at BIGINT NOT NULL
);

-- Only the SHA-256 of a key is kept; a key is 32 random bytes, so that no slow hash is needed.
CREATE TABLE api_keys (
    hash         BYTEA  NOT NULL PRIMARY KEY,
    id           TEXT   NOT NULL UNIQUE,
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    label        TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    revoked_at   BIGINT
);

CREATE TABLE signing_keys (
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    kid          TEXT   NOT NULL,
    public_key   BYTEA  NOT NULL,
    sealed       BYTEA  NOT NULL,
    state        TEXT   NOT NULL,
    not_before   BIGINT NOT NULL,
    not_after    BIGINT NOT NULL,
    PRIMARY KEY (organisation, kid)
);

-- A person as one organisation knows them. `version` goes up with every change to what they hold.
CREATE TABLE staff (
    id           TEXT   NOT NULL PRIMARY KEY,
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    reference    TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    UNIQUE (organisation, reference)
);

CREATE TABLE records (
    id            TEXT   NOT NULL PRIMARY KEY,
    organisation  TEXT   NOT NULL REFERENCES organisations (code),
    staff         TEXT   NOT NULL REFERENCES staff (id),
    kind          TEXT   NOT NULL,
    subject       TEXT   NOT NULL,
    content       TEXT   NOT NULL,
    content_hash  BYTEA  NOT NULL,
    status        BIGINT NOT NULL,
    reason        TEXT,
    superseded_by TEXT,
    created_at    BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL
);
CREATE INDEX records_of_staff ON records (staff, status);

-- Credentials and passes alike: `form` is `credential` or `pass`, `family` a credential's type.
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
    token         TEXT   NOT NULL,
    issued_at     BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    status        BIGINT NOT NULL,
    reason        TEXT,
    supersedes    TEXT,
    superseded_by TEXT,
    UNIQUE (organisation, list, block)
);
CREATE INDEX credentials_of_staff ON credentials (staff, form, status);

CREATE TABLE credential_records (
    credential TEXT   NOT NULL REFERENCES credentials (id),
    position   BIGINT NOT NULL,
    record     TEXT   NOT NULL REFERENCES records (id),
    PRIMARY KEY (credential, position)
);
CREATE INDEX credentials_of_record ON credential_records (record);

-- A list gives out blocks of one size. `allocated` counts them; the sealed key decides where each lies.
CREATE TABLE status_lists (
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    number       BIGINT NOT NULL,
    block_size   BIGINT NOT NULL,
    allocated    BIGINT NOT NULL,
    sealed       BYTEA  NOT NULL,
    version      BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    PRIMARY KEY (organisation, number)
);

-- Only indices that are not valid.
CREATE TABLE status_entries (
    organisation TEXT   NOT NULL,
    list         BIGINT NOT NULL,
    position     BIGINT NOT NULL,
    status       BIGINT NOT NULL,
    PRIMARY KEY (organisation, list, position)
);

-- `lease` is whoever is at work on the request now; it may be taken over after `leased_until`.
CREATE TABLE idempotency_keys (
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    key          TEXT   NOT NULL,
    request_hash BYTEA  NOT NULL,
    lease        TEXT   NOT NULL,
    leased_until BIGINT NOT NULL,
    answer       TEXT,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (organisation, key)
);

CREATE TABLE audit (
    id           TEXT   NOT NULL PRIMARY KEY,
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    at           BIGINT NOT NULL,
    actor        TEXT   NOT NULL,
    action       TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    reason       TEXT
);
CREATE INDEX audit_of_organisation ON audit (organisation, id);

CREATE TABLE outbox (
    id           TEXT   NOT NULL PRIMARY KEY,
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    at           BIGINT NOT NULL,
    type         TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    delivered_at BIGINT
);
CREATE INDEX outbox_to_deliver ON outbox (delivered_at, id);

CREATE TABLE trust_lists (
    sequence     BIGINT NOT NULL PRIMARY KEY,
    root         BYTEA  NOT NULL,
    token        TEXT   NOT NULL,
    published_at BIGINT NOT NULL
);
