//! Workbooks, written part by part, so that each part can be what no spreadsheet would write.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use rawzip::{CompressionMethod, ZipArchiveWriter};

/// A workbook's parts, by name.
#[derive(Debug, Clone)]
pub struct Book {
    pub parts: Vec<(String, Vec<u8>)>,
}

/// What a cell holds.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing.
    Empty,
    /// A text, among those that cells share.
    Shared(String),
    /// A text within the cell.
    Inline(String),
    /// A number as it stands, in the style with that number.
    Number(String, u32),
}

/// Styles: 0 plain, 1 a day (`dd-mmm-yyyy`), 2 a day (built in), 3 eight digits.
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="2"><numFmt numFmtId="164" formatCode="dd\-mmm\-yyyy;@"/><numFmt numFmtId="165" formatCode="00000000"/></numFmts><cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"><alignment/></xf><xf numFmtId="14"/><xf numFmtId="165"/></cellXfs></styleSheet>"#;

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\r', "&#13;")
}

impl Book {
    /// A workbook with these sheets.
    pub fn new(sheets: &[Vec<Vec<Value>>]) -> Self {
        let mut shared: Vec<String> = Vec::new();
        let mut this = Self { parts: Vec::new() };
        let kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let spreadsheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let mut relations = format!(
            "<Relationship Id=\"s\" Type=\"{kind}/styles\" Target=\"styles.xml\"/>\
             <Relationship Id=\"t\" Type=\"{kind}/sharedStrings\" Target=\"/xl/sharedStrings.xml\"/>"
        );
        let mut listed = String::new();
        for (index, rows) in sheets.iter().enumerate() {
            let number = index + 1;
            let _ = write!(listed, "<sheet name=\"Sheet{number}\" sheetId=\"{number}\" r:id=\"rId{number}\"/>");
            let _ = write!(
                relations,
                "<Relationship Id=\"rId{number}\" Type=\"{kind}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
            );
            this.set(&format!("xl/worksheets/sheet{number}.xml"), &sheet(rows, &mut shared));
        }
        this.set(
            "[Content_Types].xml",
            "<Types><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" \
             ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>",
        );
        let root = format!("<Relationship Id=\"a\" Type=\"{kind}/officeDocument\" Target=\"xl/workbook.xml\"/>");
        this.set("_rels/.rels", &format!("<Relationships>{root}</Relationships>"));
        this.set("xl/_rels/workbook.xml.rels", &format!("<Relationships>{relations}</Relationships>"));
        let sheets = format!("<workbookPr/><sheets>{listed}</sheets>");
        this.set(
            "xl/workbook.xml",
            &format!("<workbook xmlns=\"{spreadsheet}\" xmlns:r=\"{kind}\">{sheets}</workbook>"),
        );
        this.set("xl/styles.xml", STYLES);
        let mut texts = String::new();
        for text in shared {
            let _ = write!(texts, "<si><t xml:space=\"preserve\">{}</t></si>", escaped(&text));
        }
        this.set("xl/sharedStrings.xml", &format!("<sst xmlns=\"{spreadsheet}\">{texts}</sst>"));
        this
    }

    /// Puts a part in the place of the one with that name, or beside the others.
    pub fn set(&mut self, name: &str, content: &str) {
        self.parts.retain(|(other, _)| other != name);
        self.parts.push((name.into(), content.into()));
    }

    /// Replaces a text in a part.
    pub fn replace(&mut self, name: &str, from: &str, to: &str) {
        let part = self.parts.iter().find(|(other, _)| other == name).expect("a part");
        let text = String::from_utf8(part.1.clone()).expect("text");
        assert!(text.contains(from), "{text}");
        self.set(name, &text.replace(from, to));
    }

    /// It as a ZIP file.
    pub fn zip(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut archive = ZipArchiveWriter::new(&mut out);
        for (name, content) in &self.parts {
            let (mut entry, config) =
                archive.new_file(name).compression_method(CompressionMethod::DEFLATE).start().expect("an entry");
            let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
            writer.write_all(content).expect("memory");
            let (encoder, descriptor) = writer.finish().expect("memory");
            encoder.finish().expect("memory");
            entry.finish(descriptor).expect("memory");
        }
        archive.finish().expect("memory");
        out
    }
}

/// `A`, `B`, … `AA`.
fn letters(mut column: usize) -> String {
    let mut name = String::new();
    loop {
        name.insert(0, char::from(b'A' + u8::try_from(column % 26).expect("a letter")));
        match (column / 26).checked_sub(1) {
            Some(next) => column = next,
            None => return name,
        }
    }
}

fn sheet(rows: &[Vec<Value>], shared: &mut Vec<String>) -> String {
    let mut numbers: std::collections::HashMap<String, usize> =
        shared.iter().cloned().enumerate().map(|(index, text)| (text, index)).collect();
    let mut out = String::from("<worksheet><dimension ref=\"A1\"/><sheetData>");
    for (row, cells) in rows.iter().enumerate() {
        let row = row + 1;
        let _ = write!(out, "<row r=\"{row}\">");
        for (column, value) in cells.iter().enumerate() {
            let place = format!("{}{row}", letters(column));
            match value {
                Value::Empty => {}
                Value::Shared(text) => {
                    let index = *numbers.entry(text.clone()).or_insert_with(|| {
                        shared.push(text.clone());
                        shared.len() - 1
                    });
                    let _ = write!(out, "<c r=\"{place}\" t=\"s\"><v>{index}</v></c>");
                }
                Value::Inline(text) => {
                    let text = escaped(text);
                    let _ = write!(out, "<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
                }
                Value::Number(number, style) => {
                    let _ = write!(out, "<c r=\"{place}\" s=\"{style}\"><v>{number}</v></c>");
                }
            }
        }
        out.push_str("</row>");
    }
    out + "</sheetData></worksheet>"
}
