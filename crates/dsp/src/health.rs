//! `_status`: the draft Health Check Response Format for HTTP APIs, as far as the specification uses it.

use passport_schema::json_writer::JsonWriter;

/// How a part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Well.
    Pass,
    /// Not well.
    Fail,
}

impl Health {
    /// The word in the answer.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
        }
    }
}

/// The answer to a ping. Without `parts` it is a shallow one; with them it is as well as all of them are.
#[must_use]
pub fn health(description: &str, release: &str, parts: &[(&str, Health)]) -> String {
    JsonWriter::object_text(|out| {
        if parts.is_empty() {
            out.key("status").plain(Health::Pass.word());
            return;
        }
        let failed = parts.iter().any(|(_, health)| *health == Health::Fail);
        out.key("description").text(description);
        out.key("version").plain("1");
        out.key("releaseId").text(release);
        out.key("status").plain(if failed { Health::Fail } else { Health::Pass }.word());
        out.key("checks").object(|out| {
            for (name, health) in parts {
                out.key(name).array(|out| out.object(|out| out.key("status").plain(health.word())));
            }
        });
    })
}
