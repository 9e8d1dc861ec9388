-- Role profiles, movements of people between organisations, and what became of them. Dates are
-- YYYY-MM-DD. What was shown lies sealed and is deleted when a movement is over; what was decided stays
-- and names no person.

CREATE TABLE profiles (
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    name         TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    content      TEXT   NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (organisation, name, version)
);

-- `organisation` is the host. `link` and `receipt` are the SHA-256 of what the person was given: the
-- first to show a passport with, once; the second to come back with. `changes` counts what is judged by. `cleared_until` is what rosters
-- were told last, `warned` the last day of which they were warned.
CREATE TABLE movements (
    id            TEXT   NOT NULL PRIMARY KEY,
    organisation  TEXT   NOT NULL REFERENCES organisations (code),
    profile       TEXT   NOT NULL,
    version       BIGINT NOT NULL,
    purpose       TEXT   NOT NULL,
    starts        TEXT   NOT NULL,
    ends          TEXT   NOT NULL,
    asks          TEXT   NOT NULL,
    state         TEXT   NOT NULL,
    link          BYTEA  UNIQUE,
    link_until    BIGINT NOT NULL,
    receipt       BYTEA  UNIQUE,
    cleared_until TEXT,
    warned        TEXT,
    changes       BIGINT NOT NULL DEFAULT 0,
    opened_at     BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL
);
CREATE INDEX movements_of_organisation ON movements (organisation, id);
CREATE INDEX movements_by_state ON movements (state, id);

CREATE TABLE movement_steps (
    id        TEXT   NOT NULL PRIMARY KEY,
    movement  TEXT   NOT NULL REFERENCES movements (id),
    at        BIGINT NOT NULL,
    actor     TEXT   NOT NULL,
    step      TEXT   NOT NULL,
    state     TEXT   NOT NULL,
    reason    TEXT
);
CREATE INDEX steps_of_movement ON movement_steps (movement, id);

-- A pass or credential as it was shown, sealed.
CREATE TABLE movement_items (
    movement TEXT   NOT NULL REFERENCES movements (id),
    item     BIGINT NOT NULL,
    sealed   BYTEA  NOT NULL,
    shown_at BIGINT NOT NULL,
    PRIMARY KEY (movement, item)
);

-- Each record of an item, and whether the host accepts it. `about` and `issuer` name no person.
CREATE TABLE movement_records (
    movement TEXT   NOT NULL REFERENCES movements (id),
    item     BIGINT NOT NULL,
    position BIGINT NOT NULL,
    about    TEXT   NOT NULL,
    issuer   TEXT   NOT NULL,
    accepted BOOLEAN NOT NULL,
    reason   TEXT,
    PRIMARY KEY (movement, item, position)
);

CREATE TABLE confirmations (
    id          TEXT   NOT NULL PRIMARY KEY,
    movement    TEXT   NOT NULL REFERENCES movements (id),
    requirement TEXT   NOT NULL,
    done_on     TEXT   NOT NULL,
    satisfied   BOOLEAN NOT NULL,
    holds_until TEXT,
    version     BIGINT NOT NULL,
    actor       TEXT   NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX confirmations_of_movement ON confirmations (movement, id);

CREATE TABLE decisions (
    id        TEXT   NOT NULL PRIMARY KEY,
    movement  TEXT   NOT NULL REFERENCES movements (id),
    at        BIGINT NOT NULL,
    version   BIGINT NOT NULL,
    as_of     BIGINT,
    overall   TEXT   NOT NULL,
    content   TEXT   NOT NULL
);
CREATE INDEX decisions_of_movement ON decisions (movement, id);

-- Trainings that a host relied on instead of repeating them, counted when a movement was agreed.
CREATE TABLE recognitions (
    movement     TEXT   NOT NULL REFERENCES movements (id),
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    subject      TEXT   NOT NULL,
    sender       TEXT   NOT NULL,
    profile      TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (movement, subject)
);
CREATE INDEX recognitions_of_organisation ON recognitions (organisation, at);

-- An organisation that was told of a movement, on this deployment or by a signed notice from another.
CREATE TABLE told (
    movement     TEXT   NOT NULL,
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    host         TEXT   NOT NULL,
    staff        TEXT,
    content      TEXT   NOT NULL,
    issued_at    BIGINT NOT NULL,
    PRIMARY KEY (movement, organisation, host)
);
CREATE INDEX told_organisation ON told (organisation, movement);

-- An agreement that a person showed to their new manager, sealed, and how it was answered.
CREATE TABLE shown_agreements (
    id       TEXT   NOT NULL PRIMARY KEY,
    movement TEXT   NOT NULL REFERENCES movements (id),
    sealed   BYTEA  NOT NULL,
    shown_at BIGINT NOT NULL,
    answer   TEXT
);
CREATE INDEX agreements_of_movement ON shown_agreements (movement, id);
