-- Files that come in, what they would come to, and what they came to. What a file says of people lies
-- sealed, and is deleted when the import is over; results name people by reference, sealed as well.

ALTER TABLE records ADD COLUMN import TEXT;
CREATE INDEX records_of_import ON records (import) WHERE import IS NOT NULL;
CREATE INDEX identities ON records (organisation, staff) WHERE kind = 'identity';

-- A further assignment of somebody who is there already, such as 30670101-2. Neither here nor in
-- import_marks need the person still be there.
CREATE TABLE staff_assignments (
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    reference    TEXT   NOT NULL,
    staff        TEXT   NOT NULL,
    PRIMARY KEY (organisation, reference)
);
CREATE INDEX assignments_of_staff ON staff_assignments (staff);

-- What an organisation calls subjects, by version: the newest serves.
CREATE TABLE mappings (
    id           TEXT   NOT NULL PRIMARY KEY,
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    content      TEXT   NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE INDEX mappings_of_organisation ON mappings (organisation, id);

-- `line` is the last one that was read, `after` the last person who was judged or issued to; `repeats` is
-- an import of the same file of which everything stands as it was left.
CREATE TABLE imports (
    id           TEXT   NOT NULL PRIMARY KEY,
    organisation TEXT   NOT NULL REFERENCES organisations (code),
    format       TEXT   NOT NULL,
    as_of        TEXT   NOT NULL,
    mapping      TEXT   REFERENCES mappings (id),
    state        TEXT   NOT NULL,
    fault        TEXT,
    size         BIGINT NOT NULL,
    digest       BYTEA,
    line         BIGINT NOT NULL,
    read_rows    BIGINT NOT NULL,
    people       BIGINT NOT NULL,
    after        TEXT   NOT NULL,
    done         BIGINT NOT NULL,
    totals       TEXT   NOT NULL,
    carrier      TEXT,
    job          TEXT,
    repeats      TEXT,
    actor        TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL
);
CREATE INDEX imports_of_organisation ON imports (organisation, id);
CREATE INDEX imports_of_file ON imports (organisation, digest);
CREATE INDEX imports_by_state ON imports (state, changed_at);

CREATE TABLE import_chunks (
    import TEXT   NOT NULL REFERENCES imports (id),
    number BIGINT NOT NULL,
    sealed BYTEA  NOT NULL,
    PRIMARY KEY (import, number)
);

-- What a stretch of the file says of one reference. `person` is the reference without a further
-- assignment's number: what may be one person's lies together.
CREATE TABLE import_rows (
    import    TEXT   NOT NULL REFERENCES imports (id),
    number    BIGINT NOT NULL,
    person    TEXT   NOT NULL,
    read_rows BIGINT NOT NULL,
    sealed    BYTEA  NOT NULL,
    PRIMARY KEY (import, number)
);
CREATE INDEX import_rows_of_person ON import_rows (import, person, number);

-- What the rows of one person come to. `outcomes` is a set of bits, one for each outcome among them.
CREATE TABLE import_results (
    import   TEXT   NOT NULL REFERENCES imports (id),
    person   TEXT   NOT NULL,
    outcomes BIGINT NOT NULL,
    sealed   BYTEA  NOT NULL,
    PRIMARY KEY (import, person)
);

-- Whom an import left how: while all of these stand so, the same file changes nothing.
CREATE TABLE import_marks (
    import     TEXT   NOT NULL REFERENCES imports (id),
    staff      TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    good_until BIGINT NOT NULL,
    PRIMARY KEY (import, staff)
);

CREATE TABLE import_unmapped (
    import    TEXT   NOT NULL REFERENCES imports (id),
    text      TEXT   NOT NULL,
    read_rows BIGINT NOT NULL,
    PRIMARY KEY (import, text)
);
