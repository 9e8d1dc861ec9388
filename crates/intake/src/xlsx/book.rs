//! What a workbook says of itself: which parts it has, and what they are.

use std::collections::HashMap;
use std::io::{BufRead, Read, Seek};

use super::archive::{Entries, Part};
use super::xml::{Piece, Tag, Xml, not_xml};
use crate::fault::FileFault;
use crate::limits::{MAX_PARTS, MAX_SHEETS};

/// A workbook's parts.
#[derive(Debug)]
pub(super) struct Book {
    /// The parts of its sheets that can be seen, in order.
    pub(super) sheets: Vec<String>,
    /// The part with the texts that its cells share.
    pub(super) texts: Option<String>,
    pub(super) styles: Option<String>,
    /// Whether days are counted from 1904 instead of 1900.
    pub(super) since_1904: bool,
}

/// Reads each element of a part.
fn each_tag<S: Read + Seek>(
    source: &mut S,
    entries: &Entries,
    part: &str,
    mut each: impl FnMut(&Tag<'_>) -> Result<(), FileFault>,
) -> Result<(), FileFault> {
    let entry = entries.find(part).ok_or(FileFault::BrokenWorkbook("a part of it is not there"))?;
    let mut xml = Xml::new(Part::open(source, entry)?);
    loop {
        match xml.next()? {
            Piece::Start(tag) => each(&tag)?,
            Piece::EndOfDocument => return Ok(()),
            Piece::End(_) | Piece::Text(_) | Piece::Character(_) | Piece::Other => {}
        }
    }
}

/// A relationship of a part to another: what it is, and where.
#[derive(Debug)]
struct Related {
    kind: String,
    target: String,
}

/// The relationships that a part has, by their ids.
fn relations<S: Read + Seek>(
    source: &mut S,
    entries: &Entries,
    folder: &str,
    part: &str,
) -> Result<HashMap<String, Related>, FileFault> {
    let mut found = HashMap::new();
    each_tag(source, entries, part, |tag| {
        if tag.name() == "Relationship" && tag.attribute("TargetMode").as_deref() != Some("External") {
            let [id, kind, target] = ["Id", "Type", "Target"].map(|name| tag.attribute(name).ok_or_else(not_xml));
            let (target, kind) = (target?, kind?);
            let target = if target.starts_with('/') { target } else { format!("{folder}{target}") };
            let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
            found.insert(id?, Related { kind, target });
        }
        if found.len() > MAX_PARTS { Err(not_xml()) } else { Ok(()) }
    })?;
    Ok(found)
}

/// Finds the parts; refuses what is no workbook, or carries macros.
pub(super) fn read<S: Read + Seek>(source: &mut S, entries: &Entries) -> Result<Book, FileFault> {
    if entries.find("[Content_Types].xml").is_none() {
        let what = if entries.find("content.xml").is_some() { "an OpenDocument file" } else { "a ZIP file" };
        return Err(FileFault::NotATable(what));
    }
    let carries = |name: &str| name.ends_with("vbaproject.bin") || name.contains("/macrosheets/");
    if entries.any(carries) {
        return Err(FileFault::Macros);
    }
    each_tag(source, entries, "[Content_Types].xml", |tag| {
        let kind = tag.attribute("ContentType").unwrap_or_default().to_ascii_lowercase();
        if kind.contains("macroenabled") || kind.contains("vbaproject") { Err(FileFault::Macros) } else { Ok(()) }
    })?;
    let roots = relations(source, entries, "", "_rels/.rels")?;
    let book = roots.into_values().find(|related| related.kind == "officeDocument");
    let book = book.ok_or(FileFault::NotATable("a ZIP file"))?.target;
    let book = book.trim_start_matches('/');
    if book.to_ascii_lowercase().ends_with("workbook.bin") {
        return Err(FileFault::NotATable("a binary workbook (.xlsb)"));
    }
    if !book.starts_with("xl/") && entries.find("word/document.xml").is_some() {
        return Err(FileFault::NotATable("a Word document"));
    }
    let (folder, name) = book.rsplit_once('/').map_or(("", book), |(folder, name)| (folder, name));
    let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let related = relations(source, entries, &folder, &format!("{folder}_rels/{name}.rels"))?;
    let of_kind = |kind: &str| related.values().find(|it| it.kind == kind).map(|it| it.target.clone());
    let mut this =
        Book { sheets: Vec::new(), texts: of_kind("sharedStrings"), styles: of_kind("styles"), since_1904: false };
    each_tag(source, entries, book, |tag| {
        match tag.name() {
            "workbookPr" => {
                this.since_1904 = matches!(tag.attribute("date1904").as_deref(), Some("1" | "true"));
            }
            // A hidden one is not what somebody has looked at.
            "sheet" if matches!(tag.attribute("state").as_deref(), None | Some("visible")) => {
                let id = tag.attribute("id").ok_or_else(not_xml)?;
                let sheet = related.get(&id).filter(|it| it.kind == "worksheet");
                this.sheets.extend(sheet.map(|it| it.target.clone()));
            }
            _ => {}
        }
        if this.sheets.len() > MAX_SHEETS { Err(FileFault::SeveralSheets) } else { Ok(()) }
    })?;
    Ok(this)
}

/// The texts that cells share: each once, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Texts {
    text: String,
    ends: Vec<u32>,
}

impl Texts {
    /// Reads the part that holds them.
    pub(super) fn read<R: BufRead>(source: R) -> Result<Self, FileFault> {
        let mut xml = Xml::new(source);
        let mut this = Self::default();
        // Whether a text's own words come next, and not how they are pronounced.
        let (mut in_text, mut pronounced) = (false, false);
        loop {
            match xml.next()? {
                Piece::Start(tag) => match tag.name() {
                    "t" => in_text = !pronounced,
                    "rPh" => pronounced = true,
                    _ => {}
                },
                Piece::End(end) => match super::xml::name_of(&end) {
                    "t" => in_text = false,
                    "rPh" => pronounced = false,
                    "si" => this.end()?,
                    _ => {}
                },
                Piece::Text(text) if in_text => this.push(&text)?,
                Piece::Character(character) if in_text => this.push(character.encode_utf8(&mut [0; 4]))?,
                Piece::EndOfDocument => return Ok(this),
                Piece::Text(_) | Piece::Character(_) | Piece::Other => {}
            }
        }
    }

    fn push(&mut self, text: &str) -> Result<(), FileFault> {
        if self.text.len() + text.len() > crate::limits::MAX_TEXTS {
            return Err(FileFault::TooManyTexts);
        }
        self.text.push_str(text);
        if self.text.len() - self.last_end() > crate::limits::MAX_CELL {
            return Err(FileFault::TextTooLong);
        }
        Ok(())
    }

    fn last_end(&self) -> usize {
        self.ends.last().map_or(0, |end| *end as usize)
    }

    fn end(&mut self) -> Result<(), FileFault> {
        if self.ends.len() == crate::limits::MAX_TEXT_COUNT {
            return Err(FileFault::TooManyTexts);
        }
        self.ends.push(u32::try_from(self.text.len()).map_err(|_| FileFault::TooManyTexts)?);
        Ok(())
    }

    /// The text with that number.
    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }
}
