-- Events get a number when they are shown, not when they are written: two transactions that end in another
-- order than they began in would leave a reader of numbers behind. `person` is a person's id, or null;
-- `version` is which of the person's changes it tells of, so that one person's events are numbered in the
-- order in which they happened, whatever the nodes' clocks say.
DROP INDEX outbox_to_deliver;
ALTER TABLE outbox DROP COLUMN delivered_at;
ALTER TABLE outbox ADD COLUMN person TEXT;
ALTER TABLE outbox ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN sequence BIGINT;
CREATE UNIQUE INDEX outbox_in_order ON outbox (organisation, sequence);
CREATE INDEX outbox_to_number ON outbox (organisation, id) WHERE sequence IS NULL;
CREATE INDEX outbox_of_person ON outbox (person, version) WHERE sequence IS NULL;

-- The last number that was given out. Whoever numbers holds this row.
CREATE TABLE event_numbers (
    organisation TEXT   NOT NULL PRIMARY KEY REFERENCES organisations (code),
    last         BIGINT NOT NULL
);

-- Where events are delivered. `types` is a list with spaces, empty for all. `reached` is the last event for
-- which deliveries were written. `failures` in a row, since `failing_since`; nothing is sent before
-- `not_before`.
CREATE TABLE webhooks (
    id             TEXT   NOT NULL PRIMARY KEY,
    organisation   TEXT   NOT NULL REFERENCES organisations (code),
    url            TEXT   NOT NULL,
    types          TEXT   NOT NULL,
    secret         BYTEA  NOT NULL,
    old_secret     BYTEA,
    old_until      BIGINT NOT NULL,
    state          TEXT   NOT NULL,
    reached        BIGINT NOT NULL,
    failures       BIGINT NOT NULL,
    failing_since  BIGINT,
    not_before     BIGINT NOT NULL,
    created_at     BIGINT NOT NULL
);
CREATE INDEX webhooks_of_organisation ON webhooks (organisation, id);

-- What is still to be delivered, or was given up. `ordered_by` is whom or what the event is about: of those
-- that are alike, the next waits for the one before.
CREATE TABLE deliveries (
    webhook      TEXT   NOT NULL REFERENCES webhooks (id),
    sequence     BIGINT NOT NULL,
    ordered_by   TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    attempts     BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    lease        TEXT,
    leased_until BIGINT NOT NULL,
    failure      TEXT,
    PRIMARY KEY (webhook, sequence)
);
CREATE INDEX deliveries_due ON deliveries (webhook, state, due_at);
CREATE INDEX deliveries_in_order ON deliveries (webhook, ordered_by, sequence);
