-- Other systems of an organisation that speak the Digital Staff Passport API: which they are, whom of its
-- people they know, and what came of asking them.

-- `base` is where their API begins, `source` how their events name them, `client` how they know us, `token`
-- where we sign in. `sealed` is the key for that, `jwk` its public half.
CREATE TABLE peers (
    id           TEXT   NOT NULL PRIMARY KEY,
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    system       TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    base         TEXT   NOT NULL,
    source       TEXT   NOT NULL,
    client       TEXT   NOT NULL,
    token        TEXT   NOT NULL,
    algorithm    TEXT   NOT NULL,
    jwk          TEXT   NOT NULL,
    sealed       BYTEA  NOT NULL,
    created_at   BIGINT NOT NULL,
    UNIQUE (organisation, source)
);

-- A person of ours and the other system's id for them. `outcome` is what the last pull came to: counts, and
-- codes of what was not taken in. Whoever is forgotten here, such as by a change of name, is linked no more.
CREATE TABLE peer_links (
    peer      TEXT   NOT NULL REFERENCES peers (id),
    staff     TEXT   NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    employee  TEXT   NOT NULL,
    linked_at BIGINT NOT NULL,
    pulled_at BIGINT,
    outcome   TEXT,
    PRIMARY KEY (peer, staff),
    UNIQUE (peer, employee)
);

-- What a job of kind `pull` asks: one person's records, or those of all who are linked, in the order of
-- their ids from `after` on.
CREATE TABLE pulls (
    job      TEXT   NOT NULL PRIMARY KEY REFERENCES jobs (id),
    peer     TEXT   NOT NULL REFERENCES peers (id),
    staff    TEXT,
    after    TEXT   NOT NULL,
    attempts BIGINT NOT NULL
);

-- Events that came, so that one which comes again does nothing. Forgotten after some days.
CREATE TABLE peer_events (
    peer        TEXT   NOT NULL REFERENCES peers (id),
    event       TEXT   NOT NULL,
    hash        BYTEA  NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (peer, event)
);

-- What a recruitment system asks for of a criminal record check beside the record, sealed.
CREATE TABLE certificates (
    record TEXT  NOT NULL PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
    sealed BYTEA NOT NULL
);
