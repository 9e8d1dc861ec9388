//! Records as systems of the Digital Staff Passport API give them: answers to Get employee records, one after
//! another or in a list. A row is a record of one of them.
//!
//! One answer is in memory at a time. Where it ends is found by its brackets; whether it is JSON, and what it
//! says, is for the readers of both.

use std::io::Read;
use std::vec::IntoIter;

use passport_dsp::{Made, Reading, Received, Renewal, read_records};
use passport_schema::codes::CodeLists;
use passport_schema::field::Context;
use passport_schema::json::Json;
use passport_schema::problem::Problems;

use crate::decode::{Chunks, Encoding};
use crate::fault::{self, Fault, FileFault};
use crate::limits::{MAX_ANSWER, MAX_ROWS};
use crate::row::{Options, Row, Said, Who};

/// The rows of a file of answers. A row's line is its number.
#[derive(Debug)]
pub(crate) struct Answers<'o, S> {
    documents: Documents<S>,
    reading: Reading<'o>,
    lists: &'o CodeLists,
    /// Rows of the answer at hand that were not given yet.
    waiting: IntoIter<Row>,
    made: u64,
}

impl<'o, S: Read> Answers<'o, S> {
    pub(crate) fn open(source: S, options: Options<'o>) -> Result<Self, FileFault> {
        let Options { lists, as_of, organisation, .. } = options;
        // The file is of a system of the organisation's own: its periods count.
        let reading = Reading { organisation, today: as_of, renewal: Renewal::Theirs };
        let documents = Documents::open(source)?;
        Ok(Self { documents, reading, lists, waiting: Vec::new().into_iter(), made: 0 })
    }

    /// Reads the next row; `None` when there is none.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, FileFault> {
        loop {
            if let Some(row) = self.waiting.next() {
                return Ok(Some(row));
            }
            let Some(number) = self.documents.next()? else { return Ok(None) };
            let json = Json::parse(&self.documents.text);
            let json = json.map_err(|why| FileFault::BrokenJson { answer: number, why: why.to_string() })?;
            let rows = match read_records(&json, &self.reading, self.lists) {
                Ok((id, records)) => {
                    records.into_iter().map(|record| self.row(id.as_str(), record)).collect::<Result<_, _>>()?
                }
                Err(problems) => {
                    let said = Said::Faults(fault::of_row(problems));
                    vec![Row { line: self.number()?, who: Who::default(), undated: false, said }]
                }
            };
            self.waiting = rows.into_iter();
        }
    }

    fn number(&mut self) -> Result<u64, FileFault> {
        self.made += 1;
        if self.made > MAX_ROWS { Err(FileFault::TooManyRows) } else { Ok(self.made) }
    }

    fn row(&mut self, reference: &str, received: Result<Received, Problems>) -> Result<Row, FileFault> {
        let mut who = Who { reference: reference.to_owned(), ..Who::default() };
        let mut undated = false;
        let said = match received.and_then(|received| self.sound(received)) {
            Ok(Received { made: Made::Record(record), birth_date, undated: dated_here, .. }) => {
                who.birth_date = birth_date;
                undated = dated_here;
                Said::Records(vec![*record])
            }
            Ok(Received { made: Made::Undecided, .. }) => {
                let detail = "says nothing that decides it: somebody has to look at it".to_owned();
                Said::Faults(vec![Fault { column: String::new(), code: "undecided", detail }])
            }
            Err(problems) => Said::Faults(fault::of_row(problems)),
        };
        Ok(Row { line: self.number()?, who, undated, said })
    }

    /// Holds the fields of what was received against each other.
    fn sound(&self, received: Received) -> Result<Received, Problems> {
        let mut context = Context::new(self.lists);
        if let Made::Record(record) = &received.made {
            record.check(&mut context);
        }
        context.finish(Some(received))
    }
}

/// Where in a file the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Among objects that stand one after another.
    Sequence,
    /// In a list, before its first object or its end.
    ListBegins,
    /// In a list, behind an object.
    Behind,
    /// In a list, behind a comma.
    Comma,
    /// Behind a list.
    Over,
}

/// The objects of a file, each as it stands.
#[derive(Debug)]
struct Documents<S> {
    chunks: Chunks<S>,
    place: Place,
    /// The object that was read last.
    text: Vec<u8>,
    number: u64,
}

impl<S: Read> Documents<S> {
    fn open(source: S) -> Result<Self, FileFault> {
        // JSON between systems is UTF-8 (RFC 8259, section 8.1); a mark before it is passed over.
        let mut chunks = Chunks::new(source, Encoding::Utf8);
        if chunks.peek()?.starts_with(&[0xef, 0xbb, 0xbf]) {
            chunks.take(3);
        }
        let mut this = Self { chunks, place: Place::Sequence, text: Vec::new(), number: 0 };
        match this.first_byte()? {
            Some(b'[') => {
                this.chunks.take(1);
                this.place = Place::ListBegins;
            }
            Some(b'{') => {}
            Some(_) => return Err(FileFault::NotJson),
            None => return Err(FileFault::Empty),
        }
        Ok(this)
    }

    /// The byte that follows after blanks, which are passed over.
    fn first_byte(&mut self) -> Result<Option<u8>, FileFault> {
        loop {
            let chunk = self.chunks.peek()?;
            if chunk.is_empty() {
                return Ok(None);
            }
            let blanks = chunk.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
            let byte = chunk.get(blanks).copied();
            self.chunks.take(blanks);
            if byte.is_some() {
                return Ok(byte);
            }
        }
    }

    /// Reads the next object into `text`; its number, from 1.
    fn next(&mut self) -> Result<Option<u64>, FileFault> {
        loop {
            let byte = self.first_byte()?;
            match (self.place, byte) {
                (Place::Sequence | Place::ListBegins | Place::Comma, Some(b'{')) => break,
                (Place::Behind, Some(b',')) => self.place = Place::Comma,
                (Place::ListBegins | Place::Behind, Some(b']')) => self.place = Place::Over,
                (Place::Sequence | Place::Over, None) => return Ok(None),
                (_, None) => return Err(FileFault::BreaksOff { answer: self.number + 1 }),
                (_, Some(_)) => {
                    let why = "something else than an answer, or than a comma, stands there".to_owned();
                    return Err(FileFault::BrokenJson { answer: self.number + 1, why });
                }
            }
            self.chunks.take(1);
        }
        self.number += 1;
        self.object()?;
        if self.place != Place::Sequence {
            self.place = Place::Behind;
        }
        Ok(Some(self.number))
    }

    /// Reads from an object's first bracket to its last.
    fn object(&mut self) -> Result<(), FileFault> {
        self.text.clear();
        let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
        loop {
            let chunk = self.chunks.peek()?;
            if chunk.is_empty() {
                return Err(FileFault::BreaksOff { answer: self.number });
            }
            let mut length = chunk.len();
            for (index, byte) in chunk.iter().enumerate() {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' if in_text => escaped = true,
                    b'"' => in_text = !in_text,
                    b'{' | b'[' if !in_text => depth += 1,
                    b'}' | b']' if !in_text => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    length = index + 1;
                    break;
                }
            }
            if self.text.len() + length > MAX_ANSWER {
                return Err(FileFault::AnswerTooLong { answer: self.number });
            }
            self.text.extend_from_slice(&chunk[..length]);
            self.chunks.take(length);
            if depth == 0 {
                return Ok(());
            }
        }
    }
}
