-- Systems that sign in with a key of their own (RFC 7523). `jwks` holds public keys only, `scopes` is a
-- list with spaces (RFC 6749, section 3.3).

CREATE TABLE clients (
    id           TEXT   NOT NULL PRIMARY KEY,
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    label        TEXT   NOT NULL,
    scopes       TEXT   NOT NULL,
    jwks         TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    revoked_at   BIGINT
);
CREATE INDEX clients_of_organisation ON clients (organisation, id);

-- Assertions that were used, by the SHA-256 of their `jti`, until they would be refused anyway.
CREATE TABLE assertions (
    client     TEXT   NOT NULL REFERENCES clients (id),
    jti        BYTEA  NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (client, jti)
);
CREATE INDEX assertions_by_end ON assertions (expires_at);

-- Only the SHA-256 of a token is kept; a token is 32 random bytes, so that no slow hash is needed.
CREATE TABLE access_tokens (
    hash       BYTEA  NOT NULL PRIMARY KEY,
    client     TEXT   NOT NULL REFERENCES clients (id),
    scopes     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX access_tokens_by_end ON access_tokens (expires_at);
