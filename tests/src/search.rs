//! Everything that a deployment keeps, row by row, as bytes: for tests that look for what must not be there.
//! Tables and columns come from the database's own catalogue, so that new ones are searched as well.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passport_issuer::store::Store;
use passport_schema::codes::CodeLists;
use passport_schema::pass::{PREFIX, UnverifiedPass};
use sqlx::{AssertSqlSafe, Column as _, Row as _};

/// A row: the table that it is of, its columns by name, and all that it says.
pub struct Row {
    pub table: String,
    pub cells: Vec<(String, Vec<u8>)>,
    says: String,
}

impl Row {
    fn new(table: &str, cells: Vec<(String, Vec<u8>)>) -> Self {
        let says = cells.iter().map(|(_, cell)| expand(cell)).collect::<Vec<_>>().join("\n");
        Self { table: table.to_owned(), cells, says }
    }

    /// Whether a text stands in one of its cells, plainly or within a token.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        self.says.contains(&text.to_lowercase())
    }
}

/// Every row of every table.
pub async fn rows(store: &Store) -> Vec<Row> {
    let mut all = Vec::new();
    match store {
        Store::Sqlite { read, .. } => {
            let tables: Vec<(String,)> = sqlx::query_as("SELECT name FROM sqlite_master WHERE type = 'table'")
                .fetch_all(read)
                .await
                .expect("tables");
            for (table,) in tables {
                let columns: Vec<(String,)> = sqlx::query_as("SELECT name FROM pragma_table_info($1)")
                    .bind(&table)
                    .fetch_all(read)
                    .await
                    .expect("columns");
                let cells: Vec<_> =
                    columns.iter().map(|(name,)| format!("CAST(\"{name}\" AS BLOB) AS \"{name}\"")).collect();
                let every = AssertSqlSafe(format!("SELECT {} FROM \"{table}\"", cells.join(", ")));
                for row in sqlx::query(every).fetch_all(read).await.expect("rows") {
                    let cell = |index: usize| row.get::<Option<Vec<u8>>, _>(index).unwrap_or_default();
                    let cells =
                        (0..row.len()).map(|index| (row.column(index).name().to_owned(), cell(index))).collect();
                    all.push(Row::new(&table, cells));
                }
            }
        }
        Store::Postgres(pool) => {
            let columns: Vec<(String, String, String)> = sqlx::query_as(
                "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns
                 WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY table_name, ordinal_position",
            )
            .fetch_all(pool)
            .await
            .expect("columns");
            for of_table in columns.chunk_by(|one, two| one.0 == two.0) {
                let cells: Vec<_> = of_table
                    .iter()
                    .map(|(_, name, kind)| match kind.as_str() {
                        "bytea" => format!("\"{name}\""),
                        _ => format!("convert_to(\"{name}\"::text, 'UTF8') AS \"{name}\""),
                    })
                    .collect();
                let table = &of_table[0].0;
                let every = AssertSqlSafe(format!("SELECT {} FROM \"{table}\"", cells.join(", ")));
                for row in sqlx::query(every).fetch_all(pool).await.expect("rows") {
                    let cell = |index: usize| row.get::<Option<Vec<u8>>, _>(index).unwrap_or_default();
                    let cells =
                        (0..row.len()).map(|index| (row.column(index).name().to_owned(), cell(index))).collect();
                    all.push(Row::new(table, cells));
                }
            }
        }
    }
    all
}

/// The files of a SQLite database as they lie on the disk; none for PostgreSQL.
pub async fn files(store: &Store) -> Vec<u8> {
    let Store::Sqlite { read, .. } = store else { return Vec::new() };
    let (_, _, file): (i64, String, String) =
        sqlx::query_as("PRAGMA database_list").fetch_one(read).await.expect("the database's file");
    let parts = ["", "-wal", "-shm", "-journal"].map(|end| std::fs::read(format!("{file}{end}")).unwrap_or_default());
    assert!(!parts[0].is_empty(), "{file} is empty");
    parts.concat()
}

/// All that bytes say, in small letters: as text, and what is in tokens, passes and any other run of
/// base64url.
#[must_use]
pub fn expand(bytes: &[u8]) -> String {
    static LISTS: LazyLock<CodeLists> = LazyLock::new(CodeLists::embedded);
    let whole = String::from_utf8_lossy(bytes);
    let mut says = whole.to_lowercase();
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    for run in bytes.split(|byte| !is_part(byte)).filter(|run| run.len() >= 8) {
        if let Ok(inner) = URL_SAFE_NO_PAD.decode(run) {
            says.push('\n');
            says.push_str(&String::from_utf8_lossy(&inner).to_lowercase());
        }
    }
    for (at, _) in whole.match_indices(PREFIX) {
        let pass = whole[at..].split(['"', '\n', '\0']).next().unwrap_or_default();
        if let Ok(pass) = UnverifiedPass::parse(pass, &LISTS) {
            says.push_str(&format!("\n{:?}", pass.claims).to_lowercase());
        }
    }
    says
}
