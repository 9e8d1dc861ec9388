//! XML (1.0) event by event, with limits on each: how long it is, and how deep it stands. No entity but the five
//! that XML has, so that no document type grows into something else.

use std::borrow::Cow;
use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesEnd, BytesRef, BytesStart, Event};

use super::archive::{Budget, file_fault};
use crate::fault::FileFault;
use crate::limits::{MAX_XML_DEPTH, MAX_XML_EVENT};

/// A document that is being read.
pub(super) struct Xml<R> {
    reader: Reader<Budget<R>>,
    buffer: Vec<u8>,
    depth: usize,
}

/// What comes next in a document.
#[derive(Debug)]
pub(super) enum Piece<'x> {
    /// An element begins.
    Start(Tag<'x>),
    /// An element ends.
    End(BytesEnd<'x>),
    /// Text.
    Text(Cow<'x, str>),
    /// A character that was written as a reference.
    Character(char),
    /// A comment, or something else that says nothing.
    Other,
    /// The document ends.
    EndOfDocument,
}

/// The beginning of an element.
#[derive(Debug)]
pub(super) struct Tag<'x>(BytesStart<'x>);

impl Tag<'_> {
    /// Its name, without a namespace's prefix.
    pub(super) fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }

    /// An attribute's value, if it is there; its name without a prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        self.attributes(|found, value| (found == name).then(|| unescaped(value)).flatten())
    }

    /// The first that `take` takes of the attributes, by name without a prefix and value as it is written.
    pub(super) fn attributes<T>(&self, mut take: impl FnMut(&str, &str) -> Option<T>) -> Option<T> {
        let mut attributes = self.0.attributes();
        attributes
            .with_checks(false)
            .flatten()
            .find_map(|attribute| take(attribute.key.local_name().into_inner(), &attribute.value))
    }
}

fn unescaped(value: &str) -> Option<String> {
    quick_xml::escape::unescape(value).ok().map(Cow::into_owned)
}

/// The name of an element that ends, without a prefix.
pub(super) fn name_of<'n>(end: &'n BytesEnd<'_>) -> &'n str {
    end.local_name().into_inner()
}

pub(super) fn not_xml() -> FileFault {
    FileFault::BrokenWorkbook("a part of it is not the XML that it should be")
}

impl<R: BufRead> Xml<R> {
    pub(super) fn new(source: R) -> Self {
        let mut reader = Reader::from_reader(Budget::new(source));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), depth: 0 }
    }

    /// Reads on.
    pub(super) fn next(&mut self) -> Result<Piece<'_>, FileFault> {
        self.reader.get_mut().allow(MAX_XML_EVENT);
        self.buffer.clear();
        let event = self.reader.read_event_into(&mut self.buffer).map_err(|error| match error {
            quick_xml::Error::Io(error) => file_fault(&error),
            _ => not_xml(),
        })?;
        Ok(match event {
            Event::Start(start) if self.depth < MAX_XML_DEPTH => {
                self.depth += 1;
                Piece::Start(Tag(start))
            }
            Event::End(end) if self.depth > 0 => {
                self.depth -= 1;
                Piece::End(end)
            }
            Event::Text(text) => Piece::Text(text.into_inner()),
            Event::CData(text) => Piece::Text(text.into_inner()),
            Event::GeneralRef(reference) => Piece::Character(character(&reference).ok_or_else(not_xml)?),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => Piece::Other,
            Event::Eof if self.depth == 0 => Piece::EndOfDocument,
            Event::Start(_) | Event::End(_) | Event::Empty(_) | Event::DocType(_) | Event::Eof => {
                return Err(not_xml());
            }
        })
    }
}

fn character(reference: &BytesRef<'_>) -> Option<char> {
    match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok()?,
    }
}
