//! The shapes of the Digital Staff Passport API, an open specification (NHSDigital/digital-staff-passport,
//! March 2025, two `OpenAPI` documents), read into our records and written from them.
//!
//! Reading takes what the published examples show and the schemas do not say: truth as text, other
//! capitals in enumerations, numbers as numbers or text, members that it does not know. It refuses what
//! is missing or cannot be meant, and names every fault. Nothing here keeps a document image, what a
//! check disclosed, an address, or the result of a test ([`read_record`] says what becomes of each type).
//!
//! No I/O, no clock.
#![deny(missing_docs)]

mod checks;
mod employee;
mod event;
mod health;
mod images;
mod issue;
mod object;
mod received;
mod record;
mod screening;
mod training;

pub use employee::{Employee, EmployeeId, MAX_FOUND, employee_records, read_employee, read_employees, write_employees};
pub use event::{Event, EventType};
pub use health::{Health, health};
pub use images::{IMAGE_LIMIT, Sieve, TooLong};
pub use issue::{Issue, outcome, read_outcome};
pub use received::{Certificate, Made, Reading, Received, RecordType, Renewal, System};
pub use record::{read_record, read_records, write_record};
