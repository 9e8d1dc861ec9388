//! Errors: FHIR R4 `OperationOutcome` resources, with the codes that the specification lists.

use passport_schema::json::Json;
use passport_schema::json_writer::JsonWriter;

/// What went wrong, as the specification has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issue {
    /// 400: missing, unknown or faulty.
    Invalid,
    /// 401: no token, or one that is not valid.
    InvalidCredentials,
    /// 403: not enabled for this operation with this organisation.
    Forbidden,
    /// 404: no such organisation or employee.
    NotFound,
    /// 409: not in a state to accept the record.
    Conflict,
    /// 409: there already.
    Duplicate,
    /// 413: too long. Not in the specification; from the same list of codes.
    TooLong,
    /// 500 and up: our fault. Not in the specification either.
    Exception,
}

impl Issue {
    const ALL: [Self; 8] = [
        Self::Invalid,
        Self::InvalidCredentials,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::Duplicate,
        Self::TooLong,
        Self::Exception,
    ];

    /// The code in the resource.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::InvalidCredentials => "invalid-credentials",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::Conflict => "conflict",
            Self::Duplicate => "duplicate",
            Self::TooLong => "too-long",
            Self::Exception => "exception",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::InvalidCredentials => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::Duplicate => 409,
            Self::TooLong => 413,
            Self::Exception => 500,
        }
    }
}

/// An `OperationOutcome` with one issue for each text.
#[must_use]
pub fn outcome<'t>(issue: Issue, texts: impl IntoIterator<Item = &'t str>) -> String {
    JsonWriter::object_text(|out| {
        out.key("resourceType").plain("OperationOutcome");
        out.key("issue").array(|out| {
            for text in texts {
                out.object(|out| {
                    out.key("severity").plain("error");
                    out.key("code").plain(issue.code());
                    out.key("details").object(|out| out.key("text").text(text));
                });
            }
        });
    })
}

/// The first issue of an `OperationOutcome`, by its code; `None` if it is none, or has another code. What a
/// stranger writes as its text is not passed on.
#[must_use]
pub fn read_outcome(bytes: &[u8]) -> Option<Issue> {
    let json = Json::parse(bytes).ok()?;
    json.member("resourceType").and_then(Json::as_text).filter(|kind| *kind == "OperationOutcome")?;
    let Json::Array(issues) = json.member("issue")? else { return None };
    let code = issues.first()?.member("code")?.as_text()?;
    Issue::ALL.into_iter().find(|issue| issue.code() == code)
}
