//! Tables as text, however they come: encodings, delimiters, quotes, line ends, and files that are not whole.

mod drawn;

use std::io::Cursor;

use passport_intake::{FileFault, Format, MAX_CELL, MAX_COLUMNS, MAX_HEADER, MAX_ROWS, Mapping, Options, Said, open};
use passport_schema::codes::CodeLists;

use self::drawn::{HEADER, all, as_of, training};

const ROW: &str = "1,NHS|CSTF|Fire Safety - 2 Years|,01-Nov-2023,31-Oct-2025,\"A01|Smith, Jane\",Café,218";

fn utf16(text: &str, high_first: bool) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(|unit| if high_first { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

fn windows_1252(text: &str) -> Vec<u8> {
    let byte = |character: char| match character {
        '’' => 0x92,
        '€' => 0x80,
        other => u8::try_from(u32::from(other)).expect("a character of the code page"),
    };
    text.chars().map(byte).collect()
}

fn code(bytes: &[u8]) -> &'static str {
    all(bytes, Format::EsrTraining).map_or_else(|fault| fault.code(), |rows| panic!("{rows:?}"))
}

/// The name of the local competency that the first row has.
fn local(bytes: &[u8]) -> String {
    let rows = all(bytes, Format::EsrTraining).unwrap();
    training(&rows[0]).subject.id()
}

#[test]
fn every_encoding_that_spreadsheets_write_is_read() {
    let text = format!("{HEADER}\r\n1,218|LOCAL|Café d’été|,01-Nov-2023,,x,y,218\r\n");
    let marked = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
    for bytes in [text.as_bytes().to_vec(), marked, utf16(&text, true), utf16(&text, false), windows_1252(&text)] {
        assert_eq!(local(&bytes), "local:Café d’été");
    }
}

#[test]
fn what_is_in_no_encoding_is_refused_with_its_line() {
    let row = |title: &[u8]| {
        [HEADER.as_bytes(), b"\n1,218|LOCAL|x|,01-Nov-2023,,x,", title, b",218\n2,218|LOCAL|x|,01-Nov-2023,,x,y,218\n"]
            .concat()
    };
    // Windows-1252 has no 0x81.
    let fault = all(&row(b"Caf\xe9 \x81"), Format::EsrTraining).unwrap_err();
    assert!(matches!(fault, FileFault::Encoding { line: 2, .. }), "{fault}");
    // Half UTF-8, half something else: reading it as Windows-1252 would turn "Siân" into "SiÃ¢n".
    let fault =
        all(&row("Siân \u{e9}".as_bytes()).into_iter().chain(*b"3,\xe9\n").collect::<Vec<_>>(), Format::EsrTraining);
    assert!(matches!(fault, Err(FileFault::Encoding { line: 4, .. })), "{fault:?}");
    // A mark promises UTF-8.
    let marked = [b"\xef\xbb\xbf".as_slice(), &row(b"Caf\xe9")].concat();
    assert_eq!(code(&marked), "encoding");
    assert_eq!(code(&row(b"a\0b")), "encoding");
    let bare: Vec<u8> = utf16(HEADER, false).into_iter().skip(2).collect();
    assert_eq!(code(&bare), "encoding", "UTF-16 without a mark");
    let mut half = utf16(HEADER, false);
    half.extend([0x0a, 0x00, 0x31, 0xd8]);
    assert_eq!(code(&half), "encoding", "half a pair");
    half.pop();
    assert_eq!(code(&half), "encoding", "half a unit");
    assert_eq!(code(b"\xff\xfe\0\0a\0\0\0"), "not-a-table");
}

#[test]
fn every_delimiter_is_found_from_the_first_line() {
    for delimiter in [",", ";", "\t", "|"] {
        let names: Vec<_> = HEADER.split(',').collect();
        let cells = ["1", "\"218|LOCAL|One, two; three|\"", "01-Nov-2023", "", "x", "y", "218"];
        let text = format!("{}\n{}\n", names.join(delimiter), cells.join(delimiter));
        assert_eq!(local(text.as_bytes()), "local:One, two; three", "{delimiter:?}");
        let named = format!("sep={delimiter}\r\n{text}");
        let rows = all(named.as_bytes(), Format::EsrTraining).unwrap();
        assert_eq!(rows[0].line, 3);
    }
    let odd = format!("sep=~\n{}\n{}\n", HEADER.replace(',', "~"), "1~218|LOCAL|a, b|~01-Nov-2023~~x~y~218");
    assert_eq!(local(odd.as_bytes()), "local:a, b");
}

#[test]
fn every_line_end_is_counted() {
    for end in ["\n", "\r\n", "\r"] {
        let text = [HEADER, ROW, "", "1,\"218|LOCAL|two\nlines\"\" and a quote|\",01-Nov-2023,,x,y,218", ROW].join(end);
        let rows = all(text.as_bytes(), Format::EsrTraining).unwrap();
        let lines: Vec<_> = rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 3, 4, 6], "{end:?}");
        assert_eq!(training(&rows[2]).subject.id(), "local:two lines\" and a quote");
    }
}

#[test]
fn a_quote_that_is_never_closed_is_a_file_that_is_half_there() {
    let text = format!("{HEADER}\n{ROW}\n2,\"218|LOCAL|x|,01-Nov-2023");
    assert_eq!(all(text.as_bytes(), Format::EsrTraining), Err(FileFault::QuoteNeverClosed { line: 3 }));
    let text = format!("{HEADER}\n2,\"218|LOCAL|x|,01-Nov-2023,,x,y,218\n{ROW}\n");
    assert_eq!(all(text.as_bytes(), Format::EsrTraining), Err(FileFault::StrayQuote { line: 3 }));
    let text = format!("{HEADER}\n2,\"218|LOCAL|x|\" ,01-Nov-2023,,x,y,218\n");
    assert_eq!(local(text.as_bytes()), "local:x", "a blank behind a quote");
}

#[test]
fn a_last_line_that_breaks_off_is_a_file_that_is_half_there() {
    let text = format!("{HEADER}\n{ROW}\n2,NHS|CSTF|Fire Saf");
    assert_eq!(all(text.as_bytes(), Format::EsrTraining), Err(FileFault::HalfWritten { line: 3 }));
    let whole = format!("{HEADER}\n{ROW}");
    assert_eq!(all(whole.as_bytes(), Format::EsrTraining).unwrap().len(), 1, "only its line end is missing");
}

#[test]
fn an_empty_file_is_said_to_be_empty() {
    for bytes in [b"".as_slice(), b"\xef\xbb\xbf", b"\n\r\n \n", b"\xff\xfe"] {
        assert_eq!(code(bytes), "empty-file", "{bytes:?}");
    }
    assert_eq!(all(HEADER.as_bytes(), Format::EsrTraining), Ok(Vec::new()), "columns and no rows");
}

#[test]
fn a_cell_beyond_the_limit_is_refused_and_one_at_it_is_not() {
    let row = |length: usize| format!("{HEADER}\n1,218|LOCAL|x|,01-Nov-2023,,x,{},218\n", "y".repeat(length));
    assert!(matches!(all(row(MAX_CELL).as_bytes(), Format::EsrTraining).unwrap()[0].said, Said::Records(_)));
    for length in [MAX_CELL + 1, 1 << 20] {
        let fault = all(row(length).as_bytes(), Format::EsrTraining).unwrap_err();
        assert_eq!(fault, FileFault::CellTooLong { line: 2, cell: 6 });
    }
}

#[test]
fn columns_beyond_the_limit_are_refused() {
    let wide = |count: usize| (0..count).map(|number| format!("c{number}")).collect::<Vec<_>>().join(",");
    assert_eq!(code(wide(10_000).as_bytes()), "too-many-columns");
    assert_eq!(code(wide(MAX_COLUMNS + 1).as_bytes()), "too-many-columns");
    let extra = wide(MAX_COLUMNS - 7);
    let text = format!("{HEADER},{extra}\n{ROW},{extra}\n");
    assert!(matches!(all(text.as_bytes(), Format::EsrTraining).unwrap()[0].said, Said::Records(_)));
    let text = format!("{HEADER}\n{ROW},{}\n", wide(10_000));
    assert_eq!(all(text.as_bytes(), Format::EsrTraining), Err(FileFault::TooManyColumns { line: 2 }));
}

#[test]
fn names_of_columns_beyond_the_limit_are_refused() {
    let long = vec!["n".repeat(MAX_CELL); MAX_HEADER / MAX_CELL + 1].join(",");
    assert_eq!(code(format!("{HEADER},{long}\n").as_bytes()), "header-too-long");
}

#[test]
fn rows_beyond_the_limit_are_refused() {
    let mut text = format!("{HEADER}\n").into_bytes();
    text.resize(text.len() + usize::try_from(MAX_ROWS).unwrap() + 1, b'\n');
    let (lists, mapping) = (CodeLists::embedded(), Mapping::default());
    let format = Format::EsrTraining;
    let options = Options { format, lists: &lists, as_of: as_of(), mapping: &mapping, organisation: None };
    let mut rows = open(Cursor::new(text), options).unwrap();
    let mut count = 0;
    let fault = rows.by_ref().find_map(|row| {
        count += 1;
        row.err()
    });
    assert_eq!((fault, count), (Some(FileFault::TooManyRows), MAX_ROWS + 1));
    assert_eq!(rows.next(), None, "a fault ends the file");
}
