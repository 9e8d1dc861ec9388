//! `passport qr`: a pass as a QR code in the terminal.

use std::process::ExitCode;

use clap::Args;
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

use crate::exit::{DATA, Outcome, say};
use crate::scan;

/// Show a pass as a QR code in the terminal.
#[derive(Debug, Args)]
pub struct Qr {
    /// The pass: the text, a file with it, or a picture of its QR code
    #[arg(value_name = "PASS|FILE|IMAGE")]
    pass: String,
}

impl Qr {
    pub fn run(self) -> Outcome {
        let text = scan::text(&self.pass)?;
        let code = QrCode::with_error_correction_level(&text, EcLevel::L).map_err(|error| DATA.because(error))?;
        // Dark on light, whatever the terminal's colours are.
        let picture = code.render::<Dense1x2>().dark_color(Dense1x2::Dark).light_color(Dense1x2::Light).build();
        for line in picture.lines() {
            say!("\x1b[30;107m{line}\x1b[0m");
        }
        Ok(ExitCode::SUCCESS)
    }
}
