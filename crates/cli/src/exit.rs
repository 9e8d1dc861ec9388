//! How the program ends: what its exit codes mean, and what it says before it ends with one.

use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

/// A pass or credential was refused.
pub const REFUSED: u8 = 1;
/// It cannot be told, or something is missing.
pub const CANNOT_TELL: u8 = 2;
/// The command line is wrong (`sysexits.h`).
pub const USAGE: Code = Code(64);
/// An input cannot be read as what it should be, or a service refused what was sent.
pub const DATA: Code = Code(65);
/// An input is not there.
pub const NO_INPUT: Code = Code(66);
/// A service cannot be reached, or cannot work.
pub const UNAVAILABLE: Code = Code(69);
/// An output cannot be written.
pub const CANNOT_WRITE: Code = Code(73);
/// A service wants another key.
pub const NO_PERMISSION: Code = Code(77);

/// What `--help` says of them.
pub const HELP: &str = "Exit codes: 0 accepted or done, 1 refused, 2 cannot tell or not all of it, \
64 wrong usage, 65 unreadable input or refused by the service, 66 no such input, 69 service unavailable, \
73 cannot write, 77 the service wants another key.";

/// An exit code beyond the three verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(u8);

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code.0)
    }
}

/// Why the program ends without having done what it should.
#[derive(Debug)]
pub struct Failure {
    pub code: Code,
    pub why: String,
}

impl Code {
    /// A failure with this code.
    pub fn because(self, why: impl Display) -> Failure {
        Failure { code: self, why: why.to_string() }
    }

    /// A failure with this code that names a file.
    pub fn at(self, path: &Path, why: impl Display) -> Failure {
        self.because(format!("{}: {why}", path.display()))
    }
}

/// What a command comes to.
pub type Outcome = Result<ExitCode, Failure>;

/// `1 key`, `2 keys`.
pub fn count(number: usize, one: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {one}{ending}")
}

/// Prints a line. When nobody reads any more (`passport … | head`), the program ends as others do
/// then, instead of with a panic.
macro_rules! say {
    ($($line:tt)*) => {{
        use std::io::Write as _;
        if writeln!(std::io::stdout(), $($line)*).is_err() {
            std::process::exit($crate::exit::CLOSED_PIPE);
        }
    }};
}
pub(crate) use say;

/// What a shell reports of a program that a closed pipe has ended.
pub const CLOSED_PIPE: i32 = 128 + 13;
