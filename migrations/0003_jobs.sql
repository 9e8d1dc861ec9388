-- Work that outlives a request. Whoever works on a job holds a lease on it; when a node dies, its leases
-- run out and another goes on from `done`. Nobody begins before `not_before`.

CREATE TABLE jobs (
    id           TEXT   NOT NULL PRIMARY KEY,
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    kind         TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    actor        TEXT   NOT NULL,
    done         BIGINT NOT NULL,
    total        BIGINT NOT NULL,
    not_before   BIGINT NOT NULL,
    lease        TEXT,
    leased_until BIGINT NOT NULL,
    failure      TEXT,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL
);
CREATE INDEX jobs_to_do ON jobs (kind, state, not_before);
