//! Workbooks: as other people's programs write them, and as nobody should.

mod drawn;

use std::fmt::Write as _;

use passport_intake::{FileFault, Format, MAX_CELL, Row, Said};

use self::drawn::book::{Book, Value};
use self::drawn::{HEADER, all, faults, training};

const SHEET: &str = "xl/worksheets/sheet1.xml";

fn shared(text: &str) -> Value {
    Value::Shared(text.into())
}

fn number(text: &str, style: u32) -> Value {
    Value::Number(text.into(), style)
}

fn header() -> Vec<Value> {
    HEADER.split(',').map(shared).collect()
}

fn row(person: Value, awarded: Value, last: Value) -> Vec<Value> {
    let name = Value::Inline("NHS|CSTF|Fire Safety - 2 Years|".into());
    vec![person, name, awarded, last, shared("A01|Smith, Jane"), shared("Fire"), number("218", 0)]
}

/// One row that is as it should be.
fn sound() -> Vec<Value> {
    row(shared("1"), number("45231", 1), number("45961", 2))
}

fn book() -> Book {
    Book::new(&[vec![header(), sound()]])
}

fn read(book: &Book) -> Result<Vec<Row>, FileFault> {
    all(&book.zip(), Format::EsrTraining)
}

fn code(book: &Book) -> &'static str {
    read(book).map_or_else(|fault| fault.code(), |rows| panic!("{rows:?}"))
}

#[test]
fn workbooks_of_other_programs_are_read() {
    for name in ["openpyxl", "xlsxwriter", "xlsxwriter-inline", "xlsxwriter-1904", "pyexcelerate"] {
        let path = format!("{}/tests/files/{name}.xlsx", env!("CARGO_MANIFEST_DIR"));
        let rows = all(&std::fs::read(path).unwrap(), Format::EsrTraining).unwrap();
        let read: Vec<_> = rows
            .iter()
            .map(|row| {
                let it = training(row);
                let last = it.until.last_day().map(|day| day.to_string()).unwrap_or_default();
                format!("{} {} {} {} {last}", row.line, row.who.reference, it.subject.id(), it.awarded)
            })
            .collect();
        assert_eq!(
            read,
            [
                "2 00412207 cstf/fire-safety/1 2025-04-15 2027-04-14",
                "3 30679710-2 local:Café & <Bar> safety 2024-10-02 ",
                "4 30679710 cstf/resuscitation/2/adult-bls 2026-01-31 2027-01-30",
            ],
            "{name}"
        );
    }
}

#[test]
fn days_and_numbers_are_what_their_style_makes_of_them() {
    let rows = vec![
        header(),
        row(number("412207", 3), number("45231", 1), number("45961.75", 2)),
        row(number("3.0679710E7", 0), shared("01-Nov-2023"), Value::Empty),
        row(number("1", 0), Value::Inline("2023-11-01".into()), shared("no expiry")),
    ];
    let rows = read(&Book::new(&[rows])).unwrap();
    let found: Vec<_> =
        rows.iter().map(|row| (row.who.reference.as_str(), training(row).awarded.to_string())).collect();
    let day = "2023-11-01".to_owned();
    assert_eq!(found, [("00412207", day.clone()), ("30679710", day.clone()), ("1", day)]);
    assert_eq!(training(&rows[0]).until.last_day().map(|day| day.to_string()).as_deref(), Some("2025-10-31"));
}

#[test]
fn what_is_no_day_is_a_fault_of_its_row() {
    for awarded in [number("45231", 0), number("60", 1), number("-5", 1), number("1e9", 1), number("#N/A", 1)] {
        let rows =
            read(&Book::new(&[vec![header(), row(shared("1"), awarded.clone(), Value::Empty), sound()]])).unwrap();
        assert_eq!(faults(&rows[0]), [("Date Start", "not-a-date")], "{awarded:?}");
        assert!(matches!(rows[1].said, Said::Records(_)), "the other rows stand");
    }
}

#[test]
fn rows_are_counted_as_the_spreadsheet_counts_them() {
    let mut book = Book::new(&[vec![vec![], vec![], header(), vec![], sound(), sound()]]);
    let lines: Vec<_> = read(&book).unwrap().iter().map(|row| (row.line, row.said == Said::Nothing)).collect();
    assert_eq!(lines, [(4, true), (5, false), (6, false)]);
    book.replace(SHEET, "<row r=\"4\"></row>", "<row r=\"4\"/>");
    assert_eq!(read(&book).unwrap().len(), 3);
    book.replace(SHEET, "r=\"5\"", "");
    let (cells, places) = (book.clone(), ["A", "B", "C", "D", "E", "F", "G"]);
    for place in places {
        book.replace(SHEET, &format!("r=\"{place}5\""), "");
    }
    assert_eq!(read(&book).unwrap()[1], read(&cells).unwrap()[1], "places may be left out");
    book.replace(SHEET, "r=\"6\"", "r=\"5\"");
    assert_eq!(code(&book), "broken-workbook", "one row twice");
}

#[test]
fn the_sheet_that_has_the_columns_is_read() {
    let other = vec![vec![shared("Parameters"), shared("Run for everybody")]];
    let rows = vec![header(), sound()];
    assert_eq!(read(&Book::new(&[other.clone(), rows.clone(), Vec::new()])).unwrap().len(), 1);
    assert_eq!(code(&Book::new(&[rows.clone(), rows.clone()])), "several-sheets");
    let mut hidden = Book::new(&[rows.clone(), rows]);
    hidden.replace("xl/workbook.xml", "name=\"Sheet1\"", "name=\"Sheet1\" state=\"hidden\"");
    assert_eq!(read(&hidden).unwrap().len(), 1);
    assert_eq!(code(&Book::new(&[other])), "column-missing");
    assert_eq!(code(&Book::new(&[Vec::new()])), "empty-file");
    assert_eq!(code(&Book::new(&[])), "empty-file");
}

#[test]
fn macros_are_refused() {
    let mut with = book();
    with.set("xl/vbaProject.bin", "x");
    assert_eq!(code(&with), "macros");
    let mut with = book();
    with.replace(
        "[Content_Types].xml",
        "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main",
        "vnd.ms-excel.sheet.macroEnabled.main",
    );
    assert_eq!(code(&with), "macros");
    let mut with = book();
    with.set("xl/macrosheets/sheet1.xml", "x");
    assert_eq!(code(&with), "macros");
}

#[test]
fn old_and_locked_workbooks_are_refused_by_name() {
    // A compound file (MS-CFB) whose directory is the sector behind the header.
    let compound = |stream: &str| {
        let mut file = vec![0; 1024];
        file[..8].copy_from_slice(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
        file[30] = 9;
        let name: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
        file[512 + 128..][..name.len()].copy_from_slice(&name);
        all(&file, Format::EsrTraining).unwrap_err()
    };
    assert_eq!(compound("Workbook"), FileFault::OldWorkbook);
    assert_eq!(compound("EncryptedPackage"), FileFault::Encrypted);
    let mut locked = book().zip();
    let at = locked.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    locked[at + 8] |= 1;
    assert_eq!(all(&locked, Format::EsrTraining), Err(FileFault::Encrypted));
}

#[test]
fn what_is_no_workbook_is_said_to_be_what_it_is() {
    for (bytes, what) in [
        (b"%PDF-1.7 x".as_slice(), "a PDF"),
        (b"\x1f\x8b\x08\0\0\0", "compressed"),
        (b"\r\n <html><table>", "a web page or XML"),
        (b"[{\"a\":1}]", "JSON"),
    ] {
        assert_eq!(all(bytes, Format::EsrTraining), Err(FileFault::NotATable(what)));
    }
    let zip = |parts: &[&str]| {
        let parts = parts.iter().map(|name| ((*name).to_owned(), b"<a/>".to_vec())).collect();
        read(&Book { parts }).unwrap_err()
    };
    assert_eq!(zip(&["photo.jpg"]), FileFault::NotATable("a ZIP file"));
    assert_eq!(zip(&["mimetype", "content.xml"]), FileFault::NotATable("an OpenDocument file"));
    let mut word = book();
    word.set("word/document.xml", "<a/>");
    word.replace("_rels/.rels", "xl/workbook.xml", "word/document.xml");
    assert_eq!(read(&word), Err(FileFault::NotATable("a Word document")));
    let mut binary = book();
    binary.replace("_rels/.rels", "xl/workbook.xml", "xl/workbook.bin");
    assert_eq!(read(&binary), Err(FileFault::NotATable("a binary workbook (.xlsb)")));
}

#[test]
fn a_workbook_that_is_half_there_is_refused() {
    let whole = book().zip();
    for length in [4, 100, whole.len() / 2, whole.len() - 1] {
        let fault = all(&whole[..length], Format::EsrTraining).unwrap_err();
        assert_eq!(fault.code(), "broken-workbook", "{length}");
    }
    let mut cut = book();
    cut.replace(SHEET, "</sheetData></worksheet>", "");
    assert_eq!(code(&cut), "broken-workbook", "the sheet's end is not there");
    for part in ["xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"] {
        let mut without = book();
        without.parts.retain(|(name, _)| name != part);
        assert_eq!(code(&without), "broken-workbook", "{part}");
    }
}

#[test]
fn a_changed_byte_is_noticed() {
    // The checksum of the sheet, as its directory has it.
    let mut changed = book().zip();
    let name = changed.windows(SHEET.len()).rposition(|window| window == SHEET.as_bytes()).unwrap();
    changed[name - 46 + 16] ^= 1;
    assert_eq!(all(&changed, Format::EsrTraining).unwrap_err().code(), "broken-workbook");
}

#[test]
fn a_workbook_that_inflates_without_end_is_refused() {
    let mut bomb = book();
    let blanks = " ".repeat(1 << 20);
    bomb.replace(SHEET, "</sheetData>", &format!("</sheetData>{blanks}"));
    assert_eq!(code(&bomb), "cell-too-long", "one endless text");
    let mut bomb = book();
    bomb.replace(SHEET, "</sheetData>", &format!("</sheetData>{}", "<a></a>".repeat(1 << 20)));
    assert!(bomb.zip().len() < 1 << 20);
    assert_eq!(code(&bomb), "inflates-too-far");
}

#[test]
fn texts_beyond_the_limit_are_refused_and_one_at_it_is_not() {
    let mut cells = sound();
    cells[5] = shared(&"y".repeat(MAX_CELL));
    cells.push(Value::Empty);
    assert!(matches!(read(&Book::new(&[vec![header(), cells]])).unwrap()[0].said, Said::Records(_)));
    for length in [MAX_CELL + 1, 1 << 20] {
        let mut cells = sound();
        cells[5] = shared(&"y".repeat(length));
        assert_eq!(read(&Book::new(&[vec![header(), cells.clone()]])), Err(FileFault::TextTooLong));
        cells[5] = Value::Inline("y".repeat(length));
        let fault = read(&Book::new(&[vec![header(), cells]])).unwrap_err();
        assert_eq!(fault, FileFault::CellTooLong { line: 2, cell: 6 });
    }
    // 33 MiB of texts that do not deflate much.
    let mut number = 1_u64;
    let mut texts = String::new();
    while texts.len() < 33 << 20 {
        texts.push_str("<si><t>");
        for _ in 0..200 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let _ = write!(texts, "{number:020}");
        }
        texts.push_str("</t></si>");
    }
    let mut many = book();
    many.replace("xl/sharedStrings.xml", "</sst>", &format!("{texts}</sst>"));
    assert_eq!(code(&many), "too-many-texts");
}

#[test]
fn columns_beyond_the_limit_are_refused() {
    let mut cells = sound();
    cells.extend(vec![number("1", 0); 10_000]);
    assert_eq!(read(&Book::new(&[vec![header(), cells]])), Err(FileFault::TooManyColumns { line: 2 }));
    let mut book = book();
    book.replace(SHEET, "r=\"G2\"", "r=\"XFD2\"");
    assert_eq!(read(&book), Err(FileFault::TooManyColumns { line: 2 }));
    // A cell where there is no column.
    let mut cells = sound();
    cells.push(number("1", 0));
    assert_eq!(faults(&read(&Book::new(&[vec![header(), cells]])).unwrap()[0]), [("", "cell-count")]);
}

#[test]
fn xml_that_no_spreadsheet_writes_is_refused() {
    let with = |from: &str, to: &str| {
        let mut book = book();
        book.replace(SHEET, from, to);
        code(&book)
    };
    let mut laughs = String::from("<!DOCTYPE w [<!ENTITY a \"ha\">");
    for (name, of) in ["b", "c", "d"].iter().zip(["a", "b", "c"]) {
        let _ = write!(laughs, "<!ENTITY {name} \"{}\">", format!("&{of};").repeat(100));
    }
    assert_eq!(with("<worksheet>", &format!("{laughs}]><worksheet>")), "broken-workbook");
    assert_eq!(with("<t>NHS|CSTF", "<t>&laughs;NHS|CSTF"), "broken-workbook");
    assert_eq!(with("<sheetData>", &format!("{}<sheetData>", "<a>".repeat(100_000))), "broken-workbook");
    assert_eq!(with("r=\"B2\"", "r=\"A2\""), "broken-workbook");
    assert_eq!(with("r=\"B2\"", "r=\"2\""), "broken-workbook");
    assert_eq!(with("<row r=\"2\">", "<row r=\"99999999999999999999\">"), "broken-workbook");
    assert_eq!(with("t=\"s\"><v>0</v>", "t=\"s\"><v>999</v>"), "broken-workbook");
    assert_eq!(with("</row><row r=\"2\">", "<row r=\"2\">"), "broken-workbook");
}

#[test]
fn two_parts_of_one_name_are_refused() {
    let mut twice = book();
    twice.parts.push((SHEET.to_uppercase(), b"<worksheet/>".to_vec()));
    assert_eq!(code(&twice), "broken-workbook");
    let mut many = book();
    for number in 0..1000 {
        many.parts.push((format!("xl/media/{number}.png"), Vec::new()));
    }
    assert_eq!(code(&many), "broken-workbook");
}
