//! What only people can tell of a file: which column is which, how its dates are written, and which subject of the
//! code lists a course is.
//!
//! A mapping of a learning system's export has columns. One of an ESR export has none: it keeps the answers for
//! competency names that nobody knew. `docs/IMPORTS.md` has an example. Read strictly, with every fault at its place.

use std::collections::BTreeMap;

use passport_schema::codes::{CodeLists, Subject, Term};
use passport_schema::esr::CompetencyName;
use passport_schema::field::{Context, Members, Scalar as _};
use passport_schema::json::Json;
use passport_schema::json_writer::JsonWriter;
use passport_schema::problem::{Problem, Problems};
use passport_schema::text::{Refusal, Text};

use crate::date::Order;

/// Bytes of a mapping file.
pub const MAX_MAPPING: usize = 256 * 1024;
/// Courses that a mapping knows.
pub const MAX_COURSES: usize = 10_000;

/// Which column is which, and which course is which subject.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping {
    /// The columns of a learning system's export.
    pub columns: Option<MappedColumns>,
    /// What comes first in dates of three numbers.
    pub dates: Order,
    courses: BTreeMap<String, Course>,
}

/// What is known of a course.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Course {
    /// As it was written.
    name: Text,
    answer: Answer,
}

/// What a course is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This subject.
    Subject(Term<Subject>),
    /// Nothing that goes into a passport.
    LeaveOut,
}

/// The columns of a learning system's export, by their names in its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedColumns {
    /// The person's reference.
    pub person: Text,
    /// Their name, to be held against the staff list.
    pub name: Option<Text>,
    /// Their date of birth, likewise.
    pub birth_date: Option<Text>,
    /// The course, by name or by code.
    pub course: Text,
    /// When it was completed.
    pub awarded: Text,
    /// Its last day.
    pub until: Option<Text>,
    /// Hours, where hours count.
    pub hours: Option<Text>,
    /// How far somebody got.
    pub status: Option<Completed>,
}

/// How a file says that a course was completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    /// The column that says so.
    pub column: Text,
    /// What it says then; whatever else it says, the row is no award.
    pub values: Vec<Text>,
}

/// A course's name as it is looked up: without case, and a competency name without its period, so that
/// one answer counts for every period.
fn key(course: &str) -> String {
    canonical(course).to_lowercase()
}

/// A course's name as it is offered for mapping.
pub(crate) fn canonical(course: &str) -> String {
    match CompetencyName::parse(course) {
        Some(name) => {
            let level = if name.level == "1" { String::new() } else { format!(" - Level {}", name.level) };
            let detail = name.detail.map(|detail| format!(" - {detail}")).unwrap_or_default();
            format!("{}|{}|{}{level}{detail}|", name.authority, name.framework, name.subject)
        }
        None => course.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

impl Mapping {
    /// What a course is, if that is known.
    #[must_use]
    pub fn find(&self, course: &str) -> Option<&Answer> {
        if self.courses.is_empty() { None } else { self.courses.get(&key(course)).map(|course| &course.answer) }
    }

    /// Keeps what a course is; a later answer counts.
    ///
    /// # Errors
    /// As [`Text::parse`]; `too-many-courses` beyond [`MAX_COURSES`].
    pub fn keep(&mut self, course: &str, answer: Answer) -> Result<(), Refusal> {
        let key = key(course);
        if self.courses.len() == MAX_COURSES && !self.courses.contains_key(&key) {
            return Err(("too-many-courses", format!("at most {MAX_COURSES} courses can be mapped")));
        }
        self.courses.insert(key, Course { name: Text::parse(&canonical(course))?, answer });
        Ok(())
    }

    /// Every course, by name, and what it is.
    pub fn courses(&self) -> impl Iterator<Item = (&str, &Answer)> {
        self.courses.values().map(|course| (course.name.as_str(), &course.answer))
    }

    /// Reads a mapping.
    ///
    /// # Errors
    /// Every fault with its place: unknown fields, values and subjects; `repeated` for a column or course that
    /// stands twice.
    pub fn parse(bytes: &[u8], lists: &CodeLists) -> Result<Self, Problems> {
        let whole = |code, detail| Problems(vec![Problem { pointer: String::new(), code, detail }]);
        if bytes.len() > MAX_MAPPING {
            return Err(whole("too-long", format!("{} bytes long; at most {MAX_MAPPING} are read", bytes.len())));
        }
        let json = Json::parse(bytes).map_err(|error| whole("unreadable", error.to_string()))?;
        let mut context = Context::new(lists);
        let mapping = Members::read(&json, &mut context, read);
        context.finish(mapping)
    }

    /// It as JSON, as [`Mapping::parse`] reads it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut subjects: BTreeMap<String, Vec<&Text>> = BTreeMap::new();
        let mut left_out = Vec::new();
        for course in self.courses.values() {
            match &course.answer {
                Answer::Subject(subject) => subjects.entry(subject.id()).or_default().push(&course.name),
                Answer::LeaveOut => left_out.push(&course.name),
            }
        }
        let texts = |texts: &[&Text], out: &mut JsonWriter| {
            out.array(|out| texts.iter().for_each(|text| out.text(text.as_str())));
        };
        JsonWriter::object_text(|out| {
            if let Some(columns) = &self.columns {
                out.key("columns").object(|out| columns.write(out));
            }
            if self.dates == Order::MonthFirst {
                out.key("dates").plain("month-first");
            }
            if !subjects.is_empty() {
                out.key("subjects").array(|out| {
                    // An array has at most so many items.
                    for (subject, courses) in &subjects {
                        for courses in courses.chunks(passport_schema::json::MAX_ITEMS) {
                            out.object(|out| {
                                out.key("subject").text(subject);
                                texts(courses, out.key("courses"));
                            });
                        }
                    }
                });
            }
            if !left_out.is_empty() {
                texts(&left_out, out.key("leftOut"));
            }
        })
    }
}

impl MappedColumns {
    fn write(&self, out: &mut JsonWriter) {
        let columns = [
            ("person", Some(&self.person)),
            ("name", self.name.as_ref()),
            ("birthDate", self.birth_date.as_ref()),
            ("course", Some(&self.course)),
            ("awarded", Some(&self.awarded)),
            ("validUntil", self.until.as_ref()),
            ("hours", self.hours.as_ref()),
        ];
        for (name, column) in columns {
            if let Some(column) = column {
                out.key(name).text(column.as_str());
            }
        }
        if let Some(status) = &self.status {
            out.key("status").object(|out| {
                out.key("column").text(status.column.as_str());
                out.key("completed").array(|out| status.values.iter().for_each(|value| out.text(value.as_str())));
            });
        }
    }
}

fn read(object: &mut Members<'_, '_, '_>) -> Option<Mapping> {
    let columns = object.optional("columns", |json, context| Members::read(json, context, read_columns));
    let dates = object.optional("dates", |json, context| {
        let order = match json.as_text() {
            Some("day-first") => Ok(Order::DayFirst),
            Some("month-first") => Ok(Order::MonthFirst),
            _ => Err(("unknown-code", "must be day-first or month-first".into())),
        };
        context.value(order)
    });
    let mut mapping = Mapping::default();
    object.optional("subjects", |json, context| {
        each(json, context, |json, context| {
            Members::read(json, context, |object| {
                let subject = object.required("subject", Term::<Subject>::from_json);
                let answer = subject.clone().map_or(Answer::LeaveOut, Answer::Subject);
                object.required("courses", |json, context| read_courses(json, context, &answer, &mut mapping))?;
                subject.map(|_| ())
            })
        })
    });
    object.optional("leftOut", |json, context| read_courses(json, context, &Answer::LeaveOut, &mut mapping));
    Some(Mapping { columns: columns?, dates: dates?.unwrap_or_default(), ..mapping })
}

/// Reads every item of a list that must have some.
fn each(
    json: &Json<'_>,
    context: &mut Context<'_>,
    mut read: impl FnMut(&Json<'_>, &mut Context<'_>) -> Option<()>,
) -> Option<()> {
    let Json::Array(items) = json else { return context.mismatch("a list", json) };
    if items.is_empty() {
        context.problem("empty", "name at least one, or leave the field out");
    }
    for (index, item) in items.iter().enumerate() {
        context.at(index, |context| read(item, context));
    }
    Some(())
}

fn read_courses(json: &Json<'_>, context: &mut Context<'_>, answer: &Answer, mapping: &mut Mapping) -> Option<()> {
    each(json, context, |json, context| {
        let name = Text::from_json(json, context)?;
        if mapping.find(name.as_str()).is_some() {
            context.problem("repeated", "this course stands twice");
            return None;
        }
        context.value(mapping.keep(name.as_str(), answer.clone()))
    })
}

fn read_columns(object: &mut Members<'_, '_, '_>) -> Option<MappedColumns> {
    let mut taken: Vec<Text> = Vec::new();
    let mut column = |json: &Json<'_>, context: &mut Context<'_>| {
        let name = Text::from_json(json, context)?;
        if taken.iter().any(|other| other.as_str().eq_ignore_ascii_case(name.as_str())) {
            context.problem("repeated", "one column cannot be two things");
            return None;
        }
        taken.push(name.clone());
        Some(name)
    };
    let person = object.required("person", &mut column);
    let name = object.optional("name", &mut column);
    let birth_date = object.optional("birthDate", &mut column);
    let course = object.required("course", &mut column);
    let awarded = object.required("awarded", &mut column);
    let until = object.optional("validUntil", &mut column);
    let hours = object.optional("hours", &mut column);
    let status = object.optional("status", |json, context| {
        Members::read(json, context, |object| {
            let column = object.required("column", &mut column);
            let mut values = Vec::new();
            object.required("completed", |json, context| {
                each(json, context, |json, context| {
                    values.push(Text::from_json(json, context)?);
                    Some(())
                })
            })?;
            Some(Completed { column: column?, values })
        })
    });
    Some(MappedColumns {
        person: person?,
        name: name?,
        birth_date: birth_date?,
        course: course?,
        awarded: awarded?,
        until: until?,
        hours: hours?,
        status: status?,
    })
}
