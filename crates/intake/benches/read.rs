//! What reading a training export costs beside a bare `csv` read of the same rows, and how much memory it takes.
//!
//! ```text
//! cargo bench -p passport-intake --bench read                # growth by criterion, the ratios, the memory
//! cargo bench -p passport-intake --bench read -- --ratios    # ratios and memory alone
//! ```
//!
//! A ratio takes the two in turn, and the fastest of each: on a machine that does other things besides, the others
//! say more of those. Memory is the most that a process has had in memory (`VmHWM`, Linux) that does nothing
//! but read one file from the disk.

mod made;

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufReader, BufWriter, Cursor, Read, Seek};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use passport_intake::{Format, Mapping, Options, Said, open};
use passport_schema::codes::CodeLists;
use passport_schema::time::Date;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if let Some(place) = arguments.iter().position(|argument| argument == "--read") {
        return read_file(Path::new(&arguments[place + 1]));
    }
    if !has("--ratios") {
        let mut criterion = Criterion::default().configure_from_args();
        growth(&mut criterion)?;
        criterion.final_summary();
    }
    // Without `--bench` it is a test, which asks only whether everything runs.
    let (rows, long, times) = if has("--bench") { (100_000, 1_000_000, 9) } else { (100, 1_000, 1) };
    ratios(rows, times)?;
    memory(&[rows / 10, rows, long])
}

/// Reads every row, and returns how many records there were.
fn records<S: Read + Seek>(source: S, lists: &CodeLists) -> Fallible<usize> {
    let mapping = Mapping::default();
    let as_of = Date::new(2027, 11, 20).ok_or("no day")?;
    let options = Options { format: Format::EsrTraining, lists, as_of, mapping: &mapping, organisation: None };
    let mut count = 0;
    for row in open(source, options)? {
        if let Said::Records(records) = &black_box(row?).said {
            count += records.len();
        }
    }
    Ok(count)
}

fn growth(criterion: &mut Criterion) -> Fallible<()> {
    let lists = CodeLists::embedded();
    let mut group = criterion.benchmark_group("esr");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    for rows in [1_000, 10_000, 100_000] {
        group.throughput(Throughput::Elements(rows));
        for (name, bytes) in files(rows)? {
            group.bench_with_input(BenchmarkId::new(name, rows), &bytes, |bencher, bytes| {
                bencher.iter(|| records(Cursor::new(bytes), &lists).expect("an export"));
            });
        }
    }
    group.finish();
    Ok(())
}

fn files(rows: u64) -> Fallible<[(&'static str, Vec<u8>); 2]> {
    let (mut csv, mut xlsx) = (Vec::new(), Vec::new());
    made::write_csv(rows, &mut csv)?;
    made::write_xlsx(rows, &mut xlsx)?;
    Ok([("csv", csv), ("xlsx", xlsx)])
}

/// The shortest time that each of several takes, in turn.
fn fastest<const N: usize>(times: usize, mut all: [&mut dyn FnMut() -> Fallible<()>; N]) -> Fallible<[f64; N]> {
    let mut shortest = [f64::INFINITY; N];
    for _ in 0..times {
        for (run, shortest) in all.iter_mut().zip(&mut shortest) {
            let started = Instant::now();
            run()?;
            *shortest = shortest.min(started.elapsed().as_secs_f64());
        }
    }
    Ok(shortest)
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn ratios(rows: u64, times: usize) -> Fallible<()> {
    let lists = CodeLists::embedded();
    let [(_, csv), (_, xlsx)] = files(rows)?;
    let expected = usize::try_from(rows)?;
    let ours = |bytes: &[u8]| {
        assert_eq!(records(Cursor::new(bytes), &lists)?, expected);
        Ok(())
    };
    let bare = || {
        let mut reader = csv::ReaderBuilder::new().from_reader(csv.as_slice());
        let (mut record, mut count) = (csv::ByteRecord::new(), 0);
        while reader.read_byte_record(&mut record)? {
            count += 1;
            black_box(&record);
        }
        assert_eq!(count, expected);
        Ok(())
    };
    let (sheet, size) = sheet_of(&xlsx)?;
    let bare_xml = || {
        let inflated = flate2::bufread::DeflateDecoder::new(sheet);
        let mut reader = quick_xml::Reader::from_reader(BufReader::with_capacity(1 << 16, inflated));
        let (mut buffer, mut count) = (Vec::new(), 0);
        loop {
            buffer.clear();
            match black_box(reader.read_event_into(&mut buffer)?) {
                quick_xml::events::Event::Start(start) => count += usize::from(start.name().into_inner() == "row"),
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!((count, reader.buffer_position()), (expected + 1, size));
        Ok(())
    };
    let [bare, text, bare_xml, book] =
        fastest(times, [&mut { bare }, &mut || ours(&csv), &mut { bare_xml }, &mut || ours(&xlsx)])?;
    println!("\n| {rows} rows of a training export | rows a second | MB of file a second | times the bare read |");
    println!("|---|--:|--:|--:|");
    for (name, seconds, size, beside) in [
        ("bare `csv`", bare, csv.len(), bare),
        ("CSV", text, csv.len(), bare),
        ("bare inflating and `quick-xml`", bare_xml, xlsx.len(), bare_xml),
        ("XLSX", book, xlsx.len(), bare_xml),
        ("XLSX beside bare `csv`", book, xlsx.len(), bare),
    ] {
        let (per_second, bytes) = (rows as f64 / seconds, size as f64 / seconds / 1e6);
        println!("| {name} | {per_second:.0} | {bytes:.0} | {:.2} |", seconds / beside);
    }
    Ok(())
}

/// The last part of a workbook, which is its sheet, deflated; and how long it is inflated.
fn sheet_of(xlsx: &[u8]) -> Fallible<(&[u8], u64)> {
    let archive = rawzip::ZipArchive::from_slice(xlsx)?;
    let (mut entries, mut found) = (archive.entries(), None);
    while let Some(entry) = entries.next_entry()? {
        found = Some((entry.wayfinder(), entry.uncompressed_size_hint()));
    }
    let (place, size) = found.ok_or("no parts")?;
    let (start, end) = archive.get_entry(place)?.compressed_data_range();
    Ok((&xlsx[usize::try_from(start)?..usize::try_from(end)?], size))
}

/// How much memory a process takes that reads a file of so many rows.
fn memory(sizes: &[u64]) -> Fallible<()> {
    let folder = std::env::temp_dir().join(format!("passport-intake-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    println!("\n| Rows | File | MB | rows a second | memory at most, MB |\n|--:|---|--:|--:|--:|");
    for rows in sizes {
        for name in ["csv", "xlsx"] {
            let path = folder.join(format!("{rows}.{name}"));
            let out = BufWriter::new(File::create(&path)?);
            if name == "csv" {
                made::write_csv(*rows, out)?;
            } else {
                made::write_xlsx(*rows, out)?;
            }
            let child = Command::new(std::env::current_exe()?).arg("--read").arg(&path).output()?;
            let size = fs::metadata(&path)?.len() / 1_000_000;
            assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
            println!("| {rows} | {name} | {size} | {} |", String::from_utf8(child.stdout)?.trim());
            fs::remove_file(&path)?;
        }
    }
    fs::remove_dir(&folder)?;
    Ok(())
}

/// Reads a file and prints rows a second, and the most memory that this process has had.
#[expect(clippy::cast_precision_loss, reason = "for people")]
fn read_file(path: &Path) -> Fallible<()> {
    let lists = CodeLists::embedded();
    let started = Instant::now();
    let count = records(File::open(path)?, &lists)?;
    let per_second = count as f64 / started.elapsed().as_secs_f64();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next());
    let megabytes = kilobytes.and_then(|text| text.parse::<f64>().ok()).map(|it| format!("{:.1}", it / 1024.0));
    println!("{per_second:.0} | {}", megabytes.unwrap_or_else(|| "not known".into()));
    Ok(())
}
