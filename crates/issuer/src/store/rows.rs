//! Statements over many rows at once, in the one text that both databases read.

use super::Tx;

impl Tx {
    /// Rows of one statement at most; the texts stay few enough to be kept prepared. SQLite looks a named
    /// parameter up among all of its statement, so that many cost their square; to PostgreSQL each statement
    /// is a way there and back.
    pub(crate) fn rows_at_once(&self) -> usize {
        match self {
            Self::Sqlite(_) => 32,
            Self::Postgres(_) => 400,
        }
    }
}

/// A statement: `before`, then `row` as often as there are rows, then `after`. Each `?` of a row becomes
/// the next parameter after the `shared` ones.
pub(crate) fn statement(before: &str, row: &str, after: &str, shared: usize, rows: usize) -> String {
    use std::fmt::Write as _;

    let mut text = String::with_capacity(before.len() + after.len() + rows * (row.len() + 8));
    text.push_str(before);
    let mut next = shared;
    for index in 0..rows {
        text.push_str(if index == 0 { " " } else { ", " });
        for (place, piece) in row.split('?').enumerate() {
            if place > 0 {
                next += 1;
                // Writing into a text does not fail.
                let _ = write!(text, "${next}");
            }
            text.push_str(piece);
        }
    }
    text.push_str(after);
    text
}

/// A row with more columns than a tuple can have, by their names. What the library's own macro makes would bring
/// both databases into the compiler a second time.
macro_rules! row {
    ($type:ident { $($field:ident: $kind:ty),* $(,)? }) => {
        struct $type { $($field: $kind),* }

        impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for $type
        where
            &'static str: sqlx::ColumnIndex<R>,
            $($kind: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>),*
        {
            fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
                Ok(Self { $($field: row.try_get(stringify!($field))?),* })
            }
        }
    };
}
pub(crate) use row;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_parameters_of_its_own_beside_the_shared_ones() {
        let text = statement("INSERT INTO t (a, b, c) VALUES", "(?, $1, ?)", " ON CONFLICT DO NOTHING", 1, 2);
        assert_eq!(text, "INSERT INTO t (a, b, c) VALUES ($2, $1, $3), ($4, $1, $5) ON CONFLICT DO NOTHING");
    }
}
