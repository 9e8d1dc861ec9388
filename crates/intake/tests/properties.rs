//! Whatever is written comes back: in every encoding, with every delimiter and line end, and in workbooks.

mod drawn;

use passport_intake::sheet::Sheet;
use passport_intake::{Format, Row, Said};
use proptest::collection::vec;
use proptest::prelude::*;

use self::drawn::book::{Book, Value};
use self::drawn::{HEADER, all};

#[derive(Debug, Clone, Copy)]
enum Encoding {
    Utf8,
    MarkedUtf8,
    Utf16 { high_first: bool },
    Windows1252,
}

/// How a table is written.
#[derive(Debug, Clone, Copy)]
struct Manner {
    encoding: Encoding,
    delimiter: char,
    end: &'static str,
    end_of_last: bool,
    quote_all: bool,
}

fn manner() -> impl Strategy<Value = Manner> {
    let encoding = prop_oneof![
        Just(Encoding::Utf8),
        Just(Encoding::MarkedUtf8),
        any::<bool>().prop_map(|high_first| Encoding::Utf16 { high_first }),
        Just(Encoding::Windows1252),
    ];
    let delimiter = prop_oneof![Just(','), Just(';'), Just('\t'), Just('|')];
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
    (encoding, delimiter, end, any::<bool>(), any::<bool>()).prop_map(
        |(encoding, delimiter, end, end_of_last, quote_all)| Manner {
            encoding,
            delimiter,
            end,
            end_of_last,
            quote_all,
        },
    )
}

/// Cells with what makes cells hard. For Windows-1252, letters that never look like UTF-8.
fn cell(encoding: Encoding) -> BoxedStrategy<String> {
    let hard = "[a-z0-9 \",;|\t\r\n'=à-ÿ]{0,12}";
    match encoding {
        Encoding::Windows1252 => hard.boxed(),
        _ => prop_oneof![hard, "[^\0]{0,12}"].boxed(),
    }
}

/// A reference and a title for each row.
fn rows(encoding: Encoding) -> impl Strategy<Value = Vec<(String, String)>> {
    let reference = cell(encoding).prop_map(|text| format!("x{text}x"));
    vec((reference, cell(encoding)), 0..20)
}

fn written(rows: &[(String, String)], manner: Manner) -> (Vec<u8>, Vec<u64>) {
    let Manner { delimiter, end, .. } = manner;
    let quoted = |cell: &str| {
        if manner.quote_all || cell.contains([delimiter, '"', '\r', '\n']) || cell.starts_with(' ') {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    };
    let join = |cells: &[&str]| cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(&delimiter.to_string());
    let mut text = join(&HEADER.split(',').collect::<Vec<_>>());
    let mut lines = Vec::new();
    for (reference, title) in rows {
        text.push_str(end);
        lines.push(1 + line_ends(&text));
        text.push_str(&join(&[reference, "NHS|CSTF|Fire Safety|", "01-Nov-2023", "", "A01|Smith, Jane", title, "218"]));
    }
    if manner.end_of_last {
        text.push_str(end);
    }
    (encoded(&text, manner.encoding), lines)
}

fn line_ends(text: &str) -> u64 {
    text.replace("\r\n", "\n").matches(['\r', '\n']).count() as u64
}

fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::MarkedUtf8 => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        Encoding::Utf16 { high_first } => {
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            units.flat_map(|unit| if high_first { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        }
        Encoding::Windows1252 => text.chars().map(|it| u8::try_from(u32::from(it)).expect("a letter")).collect(),
    }
}

fn references(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.who.reference.as_str()).collect()
}

proptest! {
    #[test]
    fn rows_come_back_from_text(
        (manner, rows) in manner().prop_flat_map(|manner| (Just(manner), rows(manner.encoding)))
    ) {
        let (bytes, lines) = written(&rows, manner);
        let read = all(&bytes, Format::EsrTraining).unwrap();
        prop_assert_eq!(references(&read), rows.iter().map(|(reference, _)| reference.as_str()).collect::<Vec<_>>());
        prop_assert_eq!(read.iter().map(|row| row.line).collect::<Vec<_>>(), lines);
        prop_assert!(read.iter().all(|row| matches!(row.said, Said::Records(_))));
    }

    #[test]
    fn text_in_any_encoding_reads_the_same(manner in manner(), rows in rows(Encoding::Windows1252)) {
        let (bytes, _) = written(&rows, manner);
        let (plain, _) = written(&rows, Manner { encoding: Encoding::Utf8, ..manner });
        prop_assert_eq!(all(&bytes, Format::EsrTraining), all(&plain, Format::EsrTraining));
    }

    #[test]
    fn the_csv_crate_writes_what_we_read(rows in rows(Encoding::Utf8)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(HEADER.split(',')).unwrap();
        for (reference, title) in &rows {
            writer.write_record([reference, "NHS|CSTF|Fire Safety|", "01-Nov-2023", "", "", title, "218"]).unwrap();
        }
        let read = all(&writer.into_inner().unwrap(), Format::EsrTraining).unwrap();
        prop_assert_eq!(references(&read), rows.iter().map(|(reference, _)| reference.as_str()).collect::<Vec<_>>());
    }

    #[test]
    fn the_csv_crate_reads_what_we_write(rows in vec((cell(Encoding::Utf8), cell(Encoding::Utf8)), 0..20)) {
        let mut sheet = Sheet::begin(Vec::new(), ["a", "b"]).unwrap();
        for (one, two) in &rows {
            sheet.row([one.as_str(), two.as_str()]).unwrap();
        }
        let bytes = sheet.into_inner();
        let mut reader = csv::ReaderBuilder::new().terminator(csv::Terminator::CRLF).from_reader(bytes.as_slice());
        let read: Vec<(String, String)> = reader.deserialize().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(read.len(), rows.len());
        for (read, written) in read.iter().zip(&rows) {
            for (read, written) in [(&read.0, &written.0), (&read.1, &written.1)] {
                prop_assert!(!read.starts_with(['=', '+', '-', '@', '\t', '\r']), "{read:?}");
                prop_assert_eq!(read.strip_prefix('\'').filter(|_| !written.starts_with('\'')).unwrap_or(read), written);
            }
        }
    }

    #[test]
    fn rows_come_back_from_workbooks(
        rows in vec(("[a-z0-9&<>\"' à-ÿ€\n]{0,12}", any::<bool>()), 0..20)
    ) {
        let text = |text: &str, shared| if shared { Value::Shared(text.into()) } else { Value::Inline(text.into()) };
        let mut sheet = vec![HEADER.split(',').map(|name| text(name, true)).collect::<Vec<_>>()];
        for (reference, shared) in &rows {
            let name = text("NHS|CSTF|Fire Safety|", true);
            sheet.push(vec![text(&format!("x{reference}x"), *shared), name, Value::Number("45231".into(), 1)]);
        }
        let read = all(&Book::new(&[sheet]).zip(), Format::EsrTraining).unwrap();
        prop_assert_eq!(references(&read), rows.iter().map(|(reference, _)| format!("x{reference}x")).collect::<Vec<_>>());
        prop_assert!(read.iter().all(|row| matches!(row.said, Said::Records(_))));
    }

    #[test]
    fn a_file_cut_anywhere_does_not_panic(at in 0_usize..2000, zip in any::<bool>()) {
        let rows: Vec<_> = (0..20).map(|number| (format!("{number}"), "a, \"b\"".to_owned())).collect();
        let manner =
            Manner { encoding: Encoding::Utf8, delimiter: ',', end: "\n", end_of_last: true, quote_all: false };
        let bytes = if zip {
            std::fs::read(format!("{}/tests/files/openpyxl.xlsx", env!("CARGO_MANIFEST_DIR"))).unwrap()
        } else {
            written(&rows, manner).0
        };
        let cut = &bytes[..at.min(bytes.len())];
        if let Ok(read) = all(cut, Format::EsrTraining) {
            prop_assert!(!zip && read.len() <= rows.len());
        }
    }
}
