//! Statements over many rows at once, in the one text that both databases read.

use super::Tx;

/// Rows of one statement at most: each statement is a way there and back, and a text that comes again is prepared.
pub(crate) const ROWS: usize = 256;

impl Tx {
    /// A statement: `before`, then `row` as often as there are rows, then `after`. Each `?` of a row is a value
    /// of its own, in order; what all rows share is bound after those, and stands as `$1`, `$2`, and so on.
    pub(crate) fn statement(&self, before: &str, row: &str, after: &str, rows: usize) -> String {
        statement(matches!(self, Self::Postgres(_)), before, row, after, rows)
    }
}

/// SQLite walks a list of all numbered parameters for each value that is bound, so that the values of rows
/// are numbered only for PostgreSQL.
fn statement(numbered: bool, before: &str, row: &str, after: &str, rows: usize) -> String {
    let values = row.matches('?').count() * rows;
    let mut text = String::with_capacity(before.len() + after.len() + rows * (row.len() + 8));
    let mut next = 0;
    write_part(&mut text, before, values);
    for index in 0..rows {
        text.push_str(if index == 0 { " " } else { ", " });
        for (place, part) in row.split('?').enumerate() {
            next += usize::from(place > 0);
            match (place, numbered) {
                (0, _) => {}
                (_, true) => write_parameter(&mut text, next),
                (_, false) => text.push('?'),
            }
            write_part(&mut text, part, values);
        }
    }
    write_part(&mut text, after, values);
    text
}

/// A part of a statement; what all rows share comes after that many values.
fn write_part(text: &mut String, part: &str, values: usize) {
    let mut pieces = part.split('$');
    text.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (number, rest) = piece.split_at(piece.find(|it: char| !it.is_ascii_digit()).unwrap_or(piece.len()));
        write_parameter(text, values + number.parse::<usize>().unwrap_or_default());
        text.push_str(rest);
    }
}

fn write_parameter(text: &mut String, number: usize) {
    use std::fmt::Write as _;

    // Writing into a text does not fail.
    let _ = write!(text, "${number}");
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
    fn what_rows_share_comes_after_their_own_values() {
        let of = |numbered| {
            statement(numbered, "INSERT INTO t (a, b, c) VALUES", "(?, $1, ?)", " ON CONFLICT DO UPDATE SET c = $2", 2)
        };
        let before = "INSERT INTO t (a, b, c) VALUES ";
        let after = " ON CONFLICT DO UPDATE SET c = $6";
        assert_eq!(of(true), format!("{before}($1, $5, $2), ($3, $5, $4){after}"));
        assert_eq!(of(false), format!("{before}(?, $5, ?), (?, $5, ?){after}"));
    }
}
