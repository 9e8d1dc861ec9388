//! A file as rows: opened, then read one at a time.

use std::io::{Read, Seek};

use crate::answers::Answers;
use crate::fault::FileFault;
use crate::row::{Format, Options, Row};
use crate::table_rows::{Of, TableRows};
use crate::{checks, staff, training};

/// The rows of a file. After an `Err` there are no more, and those before it count for nothing.
#[derive(Debug)]
pub struct Rows<'o, S>(Option<Kind<'o, S>>);

#[derive(Debug)]
enum Kind<'o, S> {
    Table(Box<TableRows<'o, S>>),
    Answers(Box<Answers<'o, S>>),
}

/// Opens a file: finds out what it is, how it is written, and where its columns are.
///
/// # Errors
/// [`FileFault`].
pub fn open<S: Read + Seek>(source: S, options: Options<'_>) -> Result<Rows<'_, S>, FileFault> {
    let (wanted, of) = match options.format {
        Format::EsrTraining => (training::esr_columns(), Of::Training),
        Format::Training => (training::mapped_columns(options.mapping)?, Of::Training),
        Format::Checks => (checks::columns(), Of::Checks),
        Format::Staff => (staff::columns(), Of::Staff),
        Format::DigitalStaffPassport => {
            return Ok(Rows(Some(Kind::Answers(Box::new(Answers::open(source, options)?)))));
        }
    };
    Ok(Rows(Some(Kind::Table(Box::new(TableRows::open(source, &wanted, of, options)?)))))
}

impl<S: Read + Seek> Iterator for Rows<'_, S> {
    type Item = Result<Row, FileFault>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = match self.0.as_mut()? {
            Kind::Table(rows) => rows.next(),
            Kind::Answers(rows) => rows.next(),
        };
        if !matches!(row, Ok(Some(_))) {
            self.0 = None;
        }
        row.transpose()
    }
}
