//! `passport print`: a pass on paper, once it has been verified. With the network off.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use passport_paper::{Details, Fonts, Form, Paper, PaperError};
use passport_schema::codes::CodeLists;
use passport_verifier::{Decision, Verifier};

use crate::exit::{CANNOT_TELL, CANNOT_WRITE, DATA, Failure, NO_INPUT, Outcome, REFUSED, USAGE, count};
use crate::inputs::Inputs;

/// Print a pass on paper: a sheet, a card, or a letter that invites somebody to collect it.
#[derive(Debug, Args)]
pub struct Print {
    #[command(flatten)]
    inputs: Inputs,
    /// What to print: a4, card (both sides on A4, to cut out and fold), card-printer (two pages in the
    /// card's own size) or letter
    #[arg(long, default_value = "a4", value_parser = form)]
    form: Form,
    /// How many paper passes the person was given before this one
    #[arg(long, value_name = "NUMBER")]
    reissue: Option<u64>,
    /// Address of your own verify page, to be printed as an example
    #[arg(long, value_name = "ADDRESS")]
    verify_page: Option<String>,
    /// A font for letters that the built-in ones lack, such as Chinese; several with more of these
    #[arg(long, value_name = "FILE")]
    font: Vec<PathBuf>,
    /// The PDF to write
    #[arg(long, value_name = "FILE.pdf")]
    out: PathBuf,
}

fn form(name: &str) -> Result<Form, String> {
    let names = || Form::ALL.map(Form::name).join(", ");
    Form::parse(name).ok_or_else(|| format!("must be one of {}", names()))
}

impl Print {
    pub fn run(self) -> Outcome {
        let at = self.inputs.time()?;
        let fonts = self.fonts()?;
        let bundle = match self.inputs.open_bundle()? {
            Ok(bundle) => bundle,
            Err(error) => {
                eprintln!("passport: nothing was printed: {error}");
                return Ok(CANNOT_TELL.into());
            }
        };
        let [text] = &self.inputs.read_all()?[..] else {
            return Err(USAGE.because("print one pass at a time"));
        };
        let lists = CodeLists::embedded();
        let paper = match Paper::read(text, &Verifier::new(&bundle, &lists), at, &lists) {
            Ok(paper) => paper,
            Err(error @ PaperError::NotAccepted { decision, .. }) => {
                eprintln!("passport: {error}");
                return Ok(if decision == Decision::Refused { REFUSED } else { CANNOT_TELL }.into());
            }
            Err(error) => return Err(DATA.because(error)),
        };
        let details = Details { reissue: self.reissue, verify_page: self.verify_page.as_deref() };
        let printed = paper.print(self.form, &details, &fonts).map_err(|error| DATA.because(error))?;
        fs::write(&self.out, printed.pdf).map_err(|error| CANNOT_WRITE.at(&self.out, error))?;
        if paper.not_counted() > 0 {
            let records = count(paper.not_counted(), "record");
            eprintln!("passport: printed as not counting: {records}; a newer bundle or a new pass may change that");
        }
        if !printed.missing.is_empty() {
            let letters = count(printed.missing.len(), "letter");
            eprintln!("passport: no font has {letters} of it, so that the paper says “in the code” there; give --font");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn fonts(&self) -> Result<Fonts, Failure> {
        let mut fonts = Fonts::built_in();
        for path in &self.font {
            let file = fs::read(path).map_err(|error| NO_INPUT.at(path, error))?;
            fonts = fonts.with(file).map_err(|error| DATA.at(path, error))?;
        }
        Ok(fonts)
    }
}
