//! Training exports of any length, as text and as workbooks: 8,000 people, the names of the code list and a few of
//! an employer's own. The same each time.

use std::fmt::Write as _;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use rawzip::{CompressionMethod, ZipArchiveWriter};

/// The columns of the export.
pub const HEADER: [&str; 7] =
    ["Assignment Number", "Competency Name", "Expiry Date", "Date Start", "Last Updated By", "Title", "VPD"];

const PEOPLE: u64 = 8_000;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// Names, how many years they count, and titles.
const COURSES: [(&str, u64, &str); 12] = [
    ("NHS|CSTF|Fire Safety - 2 Years|", 2, "Fire safety e-learning"),
    ("NHS|CSTF|Conflict Resolution - 3 Years|", 3, "Conflict resolution"),
    ("NHS|CSTF|Equality, Diversity and Human Rights - 3 Years|", 3, "Equality, diversity and human rights"),
    ("NHS|CSTF|Infection Prevention and Control - Level 2 - 1 Year|", 1, "Infection prevention, clinical staff"),
    ("NHS|CSTF|Information Governance and Data Security - 1 Year|", 1, "Data security awareness"),
    ("NHS|CSTF|Moving and Handling - Level 2 - 2 Years|", 2, "Moving and handling people, practical"),
    ("NHS|CSTF|Resuscitation - Level 2 - Adult Basic Life Support - 1 Year|", 1, "Adult BLS classroom"),
    ("NHS|CSTF|Safeguarding Adults - Level 2 - 3 Years|", 3, "Safeguarding adults, clinical"),
    ("NHS|CSTF|Safeguarding Children - Level 2 - 3 Years|", 3, "Safeguarding children, clinical"),
    ("NHS|CSTF|Preventing Radicalisation - Basic Prevent Awareness - 3 Years|", 3, "Prevent basic awareness"),
    ("218|LOCAL|Medicines Round Observation|", 0, "Observed medicines round"),
    ("218|LOCAL|Blood Glucose Meter Use|", 0, "Glucose meter quality training"),
];
const UPDATERS: [&str; 4] =
    ["A01|Hodgson, Neil", "A01|Learning, Interface", "A01|O'Neill, Siobhán", "A01|Iredale, Carol"];

/// One row: the numbers that its cells are made of.
#[derive(Debug, Clone, Copy)]
struct Drawn {
    person: u64,
    course: usize,
    updater: usize,
    /// Days since 1 January 2022.
    day: u64,
}

fn drawn(row: u64) -> Drawn {
    // Steps through all pairs of person and course; the rest follows from a mixed number.
    let mixed = row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let index = |count: u64| usize::try_from(mixed % count).unwrap_or(0);
    Drawn {
        person: row % PEOPLE,
        course: usize::try_from(row / PEOPLE % 12).unwrap_or(0),
        updater: index(4),
        day: mixed / 4 % 1700,
    }
}

/// Year, month and day of the month; every month has 28 days here, which every calendar has too.
fn date(day: u64) -> (u64, usize, u64) {
    (2022 + day / 336, usize::try_from(day / 28 % 12).unwrap_or(0), day % 28 + 1)
}

fn reference(person: u64) -> u64 {
    30_600_000 + person
}

/// The last day of an award, when it counts for some years.
fn last_day(drawn: Drawn) -> Option<(u64, usize, u64)> {
    let years = COURSES[drawn.course].1;
    let (year, month, day) = date(drawn.day);
    // The anniversary itself: one in the name's period is a day earlier, so that these are ends of their own.
    (years > 0).then_some((year + years, month, day))
}

/// Writes an export as CSV.
pub fn write_csv(rows: u64, mut out: impl Write) -> io::Result<()> {
    writeln!(out, "{}", HEADER.join(","))?;
    for drawn in (0..rows).map(drawn) {
        let (name, _, title) = COURSES[drawn.course];
        let day = |(year, month, day): (u64, usize, u64)| format!("{day:02}-{}-{year}", MONTHS[month]);
        writeln!(
            out,
            "{},\"{name}\",{},{},\"{}\",\"{title}\",218",
            reference(drawn.person),
            last_day(drawn).map(day).unwrap_or_default(),
            day(date(drawn.day)),
            UPDATERS[drawn.updater],
        )?;
    }
    Ok(())
}

/// Days since the first one of spreadsheets.
fn serial((year, month, day): (u64, usize, u64)) -> u64 {
    // Days before the first of each month, and leap days since 1900, which spreadsheets take for one.
    const BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let leap = u64::from(year % 4 == 0 && month > 1);
    (year - 1900) * 365 + (year - 1901) / 4 + 1 + BEFORE[month] + leap + day
}

/// Writes an export as a workbook, as Excel would: texts that cells share, and days as numbers.
pub fn write_xlsx(rows: u64, out: impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let mut archive = ZipArchiveWriter::new(out);
    let mut part = |name: &str, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>| {
        let (mut entry, config) = archive.new_file(name).compression_method(CompressionMethod::DEFLATE).start()?;
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::fast()));
        write(&mut writer)?;
        let (encoder, descriptor) = writer.finish()?;
        encoder.finish()?;
        entry.finish(descriptor)?;
        Ok::<_, Box<dyn std::error::Error>>(())
    };
    let relation = |id: &str, what: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{kind}/{what}\" Target=\"{target}\"/>")
    };
    let related = |relations: &[String]| format!("<Relationships>{}</Relationships>", relations.concat());
    let texts: Vec<&str> = HEADER
        .into_iter()
        .chain(COURSES.iter().map(|course| course.0))
        .chain(COURSES.iter().map(|course| course.2))
        .chain(UPDATERS)
        .collect();
    let mut shared = format!("<sst xmlns=\"{main}\">");
    for text in texts {
        let _ = write!(shared, "<si><t>{text}</t></si>");
    }
    shared.push_str("</sst>");
    for (name, content) in [
        ("[Content_Types].xml", "<Types/>".to_owned()),
        ("_rels/.rels", related(&[relation("b", "officeDocument", "xl/workbook.xml")])),
        (
            "xl/_rels/workbook.xml.rels",
            related(&[
                relation("s", "styles", "styles.xml"),
                relation("t", "sharedStrings", "sharedStrings.xml"),
                relation("r", "worksheet", "worksheets/sheet1.xml"),
            ]),
        ),
        (
            "xl/workbook.xml",
            format!("<workbook xmlns:r=\"{kind}\"><sheets><sheet name=\"S\" r:id=\"r\"/></sheets></workbook>"),
        ),
        (
            "xl/styles.xml",
            "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>".into(),
        ),
        ("xl/sharedStrings.xml", shared),
    ] {
        part(name, &mut |out| out.write_all(content.as_bytes()))?;
    }
    part("xl/worksheets/sheet1.xml", &mut |out| {
        let mut out = io::BufWriter::with_capacity(1 << 16, out);
        write!(out, "<worksheet xmlns=\"{main}\"><sheetData><row r=\"1\">")?;
        for (index, column) in ('A'..='G').enumerate() {
            write!(out, "<c r=\"{column}1\" t=\"s\"><v>{index}</v></c>")?;
        }
        write!(out, "</row>")?;
        for (row, drawn) in (2..).zip((0..rows).map(drawn)) {
            let course = drawn.course;
            write!(out, "<row r=\"{row}\"><c r=\"A{row}\"><v>{}</v></c>", reference(drawn.person))?;
            write!(out, "<c r=\"B{row}\" t=\"s\"><v>{}</v></c>", HEADER.len() + course)?;
            if let Some(last) = last_day(drawn) {
                write!(out, "<c r=\"C{row}\" s=\"1\"><v>{}</v></c>", serial(last))?;
            }
            write!(out, "<c r=\"D{row}\" s=\"1\"><v>{}</v></c>", serial(date(drawn.day)))?;
            let (updaters, titles) = (HEADER.len() + 2 * COURSES.len(), HEADER.len() + COURSES.len());
            write!(out, "<c r=\"E{row}\" t=\"s\"><v>{}</v></c>", updaters + drawn.updater)?;
            write!(out, "<c r=\"F{row}\" t=\"s\"><v>{}</v></c>", titles + course)?;
            write!(out, "<c r=\"G{row}\"><v>218</v></c></row>")?;
        }
        write!(out, "</sheetData></worksheet>")?;
        out.flush()
    })?;
    archive.finish()?;
    Ok(())
}
