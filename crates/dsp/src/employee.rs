//! Employees: what another system says of a person, and whether it is somebody whom we know.

use std::fmt;

use passport_schema::codes::CodeLists;
use passport_schema::field::{Context, Scalar as _};
use passport_schema::json::Json;
use passport_schema::json_writer::JsonWriter;
use passport_schema::problem::Problems;
use passport_schema::record::Identity;
use passport_schema::text::Name;
use passport_schema::time::Date;

use crate::object::{Object, dropped, name_parts};

/// Most employees that a search finds.
pub const MAX_FOUND: usize = 50;
const MAX_ID: usize = 64;

/// A system's own id of an employee: 1 to 64 letters, digits, `.`, `_`, `~`, `:` and `-`, so that it stands
/// in an address as it is, and neither a name with a blank nor an e-mail address is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EmployeeId(String);

impl EmployeeId {
    /// Reads an id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=MAX_ID).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._~:-".contains(&byte))
            && text.bytes().any(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| Self(text.to_owned()))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmployeeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn read_id(json: &Json<'_>, context: &mut Context<'_>) -> Option<EmployeeId> {
    let number = json.as_int().map(|number| number.to_string());
    let id = json.as_text().or(number.as_deref()).and_then(EmployeeId::parse);
    let detail = format!("must be 1 to {MAX_ID} letters, digits, '.', '_', '~', ':' or '-'");
    context.value(id.ok_or(("not-an-id", detail)))
}

/// An employee as another system knows them. What else it says of them is not looked at.
#[derive(Clone, PartialEq, Eq)]
pub struct Employee {
    /// The system's own id.
    pub id: EmployeeId,
    /// First name and surname, one after the other.
    pub name: Name,
    /// Date of birth.
    pub birth_date: Option<Date>,
}

impl fmt::Debug for Employee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Employee({})", self.id)
    }
}

impl Employee {
    /// Whether this is certainly that person: the same date of birth, and every word of the name one of
    /// theirs, at least two of them if they have two. The specification has no middle names, so that one
    /// which is missing keeps nobody apart.
    #[must_use]
    pub fn is(&self, person: &Identity) -> bool {
        let theirs = person.name.words();
        let mut words = self.name.words();
        words.dedup();
        let same_day = self.birth_date.is_some() && self.birth_date == person.birth_date;
        same_day && words.len() >= theirs.len().min(2) && words.iter().all(|word| theirs.contains(word))
    }
}

/// Reads one employee (Get employee personal details).
pub fn read_employee(json: &Json<'_>, context: &mut Context<'_>) -> Option<Employee> {
    let mut object = Object::of(json, context)?;
    let id = object.required("id", read_id);
    let names = ["firstName", "surname"].map(|part| {
        object.required(part, |json, context| {
            dropped(json, context)?;
            json.as_text()
        })
    });
    let birth_date = object.optional("birthDate", Date::from_json);
    let [Some(first), Some(surname)] = names else { return None };
    let name = if first == surname { Name::parse(surname) } else { Name::parse(&format!("{first} {surname}")) };
    let name = object.context.at("surname", |context| context.value(name));
    Some(Employee { id: id?, name: name?, birth_date: birth_date? })
}

/// Reads an answer to Search for an employee.
///
/// # Errors
/// Every fault in it; more than [`MAX_FOUND`] employees are one.
pub fn read_employees(json: &Json<'_>, lists: &CodeLists) -> Result<Vec<Employee>, Problems> {
    let mut context = Context::new(lists);
    let Json::Array(items) = json else {
        let none = context.mismatch("a list", json);
        return context.finish(none);
    };
    if items.len() > MAX_FOUND {
        context.problem("too-many", format!("a search finds at most {MAX_FOUND}"));
    }
    let read = |(index, item)| context.at(index, |context| read_employee(item, context));
    let employees: Vec<_> = items.iter().take(MAX_FOUND).enumerate().map(read).collect();
    context.finish(employees.into_iter().collect())
}

/// Writes an employee of ours. The name goes into the two parts that the specification has: the last word
/// is the surname, and one word is both.
fn write_employee(id: &str, person: &Identity, out: &mut JsonWriter) {
    let (first, middle, surname) = name_parts(person.name.as_str());
    out.object(|out| {
        out.key("id").text(id);
        out.key("firstName").text(format!("{first} {middle}").trim_end());
        out.key("surname").text(surname);
        if let Some(birth_date) = person.birth_date {
            out.key("birthDate").plain(birth_date);
        }
    });
}

/// Employees as an answer to a search, or as the one that was asked for.
#[must_use]
pub fn write_employees(found: &[(String, Identity)], one: bool) -> String {
    let mut out = JsonWriter::default();
    match found {
        [(id, person), ..] if one => write_employee(id, person, &mut out),
        _ => out.array(|out| found.iter().for_each(|(id, person)| write_employee(id, person, out))),
    }
    out.into_text()
}

/// An answer to Get employee records. Each record is JSON that [`write_record`](crate::write_record) wrote.
#[must_use]
pub fn employee_records(id: &str, records: &[String]) -> String {
    let id = serde_json::Value::from(id);
    format!(r#"{{"id":{id},"records":[{}]}}"#, records.join(","))
}
