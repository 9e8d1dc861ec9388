-- What is done to many people at once. Once it is to be done, each has a job with the same id.

-- `query` says what, as JSON; the counts are of what was previewed, and then of what became of it.
-- `still` counts what matched the query when all was done: it came after the preview, and was left alone.
CREATE TABLE withdrawals (
    id               TEXT   NOT NULL PRIMARY KEY,
    organisation     TEXT   NOT NULL REFERENCES organisations (code),
    query            TEXT   NOT NULL,
    reason           TEXT   NOT NULL,
    people           BIGINT NOT NULL,
    records          BIGINT NOT NULL,
    credentials      BIGINT NOT NULL,
    passes           BIGINT NOT NULL,
    withdrawn        BIGINT NOT NULL,
    withdrawn_before BIGINT NOT NULL,
    superseded       BIGINT NOT NULL,
    gone             BIGINT NOT NULL,
    still            BIGINT,
    created_at       BIGINT NOT NULL
);
CREATE INDEX withdrawals_of_organisation ON withdrawals (organisation, id);

-- One person's items lie together. Ids only, and of no row that must stay for them.
CREATE TABLE withdrawal_items (
    withdrawal TEXT   NOT NULL REFERENCES withdrawals (id),
    position   BIGINT NOT NULL,
    form       TEXT   NOT NULL,
    item       TEXT   NOT NULL,
    staff      TEXT   NOT NULL,
    outcome    TEXT,
    PRIMARY KEY (withdrawal, position)
);

-- `because` is `compromised-key` or `code-list`; `after` is the last person who was looked at.
CREATE TABLE reissues (
    id           TEXT    NOT NULL PRIMARY KEY,
    organisation TEXT    NOT NULL REFERENCES organisations (code),
    because      TEXT    NOT NULL,
    kid          TEXT,
    rehearsal    BOOLEAN NOT NULL,
    after        TEXT    NOT NULL,
    people       BIGINT  NOT NULL,
    credentials  BIGINT  NOT NULL,
    passes       BIGINT  NOT NULL,
    paper        BIGINT  NOT NULL,
    failed       BIGINT  NOT NULL,
    created_at   BIGINT  NOT NULL
);
CREATE INDEX reissues_of_organisation ON reissues (organisation, id);

-- Who could not be issued to, and the code of why.
CREATE TABLE reissue_faults (
    reissue TEXT NOT NULL REFERENCES reissues (id),
    staff   TEXT NOT NULL,
    code    TEXT NOT NULL,
    PRIMARY KEY (reissue, staff)
);

-- What a key signed, and whom there is, page by page.
CREATE INDEX credentials_by_key ON credentials (organisation, kid, staff, id);
CREATE INDEX staff_of_organisation ON staff (organisation, id);
