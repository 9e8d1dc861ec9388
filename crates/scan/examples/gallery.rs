//! Writes the gallery of hard pictures and says which can be read:
//! `cargo run --release -p passport-scan --example gallery FOLDER [VARIATIONS]`.
//! Beside ours stands zbarimg, where it is installed.

#[path = "../tests/gallery/mod.rs"]
mod gallery;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use gallery::{CODES, HEIGHT, Kind, WIDTH};
use passport_scan::{Effort, Picture, scan};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("usage: gallery FOLDER [VARIATIONS]");
    let variations = arguments.next().map_or(12, |count| count.parse().expect("a number"));
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).expect("the folder can be made");
    println!(
        "{:<16} {:<5} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "picture", "code", "thorough", "turns", "first", "zbarimg", "ms"
    );
    let mut totals = [0; 4];
    for kind in Kind::ALL {
        for (code, (name, ..)) in CODES.iter().enumerate() {
            let mut read = [0; 4];
            let mut spent = Duration::ZERO;
            for variation in 0..variations {
                let frame = gallery::frame(kind, code, variation);
                let file = folder.join(format!("{}-{name}-{variation}.png", kind.name().replace(' ', "-")));
                image::save_buffer(&file, &frame.luma, WIDTH as u32, HEIGHT as u32, image::ExtendedColorType::L8)
                    .expect("the picture can be written");
                std::fs::write(file.with_extension("txt"), &frame.text).expect("the text can be written");
                let picture = Picture::new(WIDTH, HEIGHT, &frame.luma).expect("it fits");
                let fits = |effort| scan(picture, effort).iter().any(|code| code.text == frame.text);
                let start = Instant::now();
                read[0] += u64::from(fits(Effort::Thorough));
                spent += start.elapsed();
                read[1] += u64::from((0..4).any(|turn| fits(Effort::Turn(turn))));
                read[2] += u64::from(fits(Effort::Turn(0)));
                read[3] += u64::from(zbar(&file) == frame.text);
            }
            let shares = read.map(|count| format!("{count}/{variations}"));
            let each = spent.as_secs_f64() * 1000.0 / variations as f64;
            println!(
                "{:<16} {name:<5} {:>9} {:>9} {:>9} {:>9} {each:>9.1}",
                kind.name(),
                shares[0],
                shares[1],
                shares[2],
                shares[3]
            );
            for (total, count) in totals.iter_mut().zip(read) {
                *total += count;
            }
        }
    }
    println!(
        "all {}: thorough {}, turns {}, first {}, zbarimg {}",
        Kind::ALL.len() as u64 * 3 * variations,
        totals[0],
        totals[1],
        totals[2],
        totals[3]
    );
}

fn zbar(file: &Path) -> String {
    let said = Command::new("zbarimg").args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"]).arg(file).output();
    said.map_or_else(|_| String::new(), |said| String::from_utf8_lossy(&said.stdout).trim_end_matches('\n').to_owned())
}
