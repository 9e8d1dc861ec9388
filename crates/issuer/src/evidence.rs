//! What a board is shown: trainings of other organisations that were recognised instead of repeated, and
//! an estimate of the hours that this saved. Counts only; small ones are withheld, so that nobody can be
//! picked out, and so is what would let them be worked out from a sum.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use passport_schema::codes::{CodeLists, Facts, Subject, Term};
use passport_schema::id::OrganisationCode;
use passport_schema::time::Date;
use serde_json::{Value, json};

use crate::store::decisions::Recognised;
use crate::store::organisations::Organisation;

/// Counts below this are withheld.
const SMALL: i64 = 5;

/// One line: a training, who had issued it, and the profile by which it was recognised.
struct Line {
    subject: String,
    title: String,
    sender: String,
    profile: String,
    version: i64,
    count: i64,
    hours_each: Option<u16>,
    hours_source: String,
}

/// The evidence of one organisation for some days.
pub struct Evidence {
    organisation: OrganisationCode,
    name: String,
    from: Date,
    to: Date,
    next: Date,
    shown: Vec<Line>,
    /// How many lines were withheld.
    withheld: usize,
    /// The whole, unless the withheld could be worked out from it.
    total: Option<i64>,
}

impl Evidence {
    /// Adds up what was recognised in whole months; what is small is withheld. The month that runs now
    /// counts from `next`.
    #[must_use]
    pub fn new(
        organisation: &Organisation,
        (from, to): (Date, Date),
        next: Date,
        rows: &[Recognised],
        lists: &CodeLists,
    ) -> Self {
        let line = |row: &Recognised| {
            let term: Option<Term<Subject>> = lists.term(&row.subject);
            let (hours_each, hours_source) = match term.as_ref().and_then(Term::entry).map(|entry| &entry.facts) {
                Some(Facts::Subject { hours, hours_source, .. }) => (*hours, hours_source.clone().unwrap_or_default()),
                _ => (None, String::new()),
            };
            Line {
                subject: row.subject.clone(),
                title: term.map_or_else(|| row.subject.clone(), |term| term.title()),
                sender: row.sender.clone(),
                profile: row.profile.clone(),
                version: row.version,
                count: row.count,
                hours_each,
                hours_source,
            }
        };
        let total: i64 = rows.iter().map(|row| row.count).sum();
        let (shown, small): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.count >= SMALL);
        let hidden: i64 = small.iter().map(|row| row.count).sum();
        // One withheld count, or a few that add up to little, could be worked out from the whole.
        let safe = small.is_empty() || (small.len() > 1 && hidden >= SMALL);
        Self {
            organisation: organisation.code.clone(),
            name: organisation.name.clone(),
            from,
            to,
            next,
            shown: shown.into_iter().map(line).collect(),
            withheld: small.len(),
            total: safe.then_some(total),
        }
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let lines = self.shown.iter().map(|it| {
            let mut json = json!({
                "subject": it.subject, "title": it.title, "sender": it.sender,
                "profile": format!("{}/{}", self.organisation, it.profile), "profileVersion": it.version,
                "recognised": it.count,
            });
            if let Some(hours) = it.hours_each {
                json["hoursEach"] = hours.into();
                json["hoursSaved"] = (i64::from(hours) * it.count).into();
                json["hoursSource"] = it.hours_source.as_str().into();
            }
            json
        });
        let mut json = json!({
            "organisation": self.organisation.as_str(),
            "from": self.from.to_string(),
            "to": self.to.to_string(),
            "counted": "each training once for a movement, when it was agreed; a month once it is over",
            "nextCountsFrom": self.next.to_string(),
            "withheldBelow": SMALL,
            "withheldLines": self.withheld,
            "hoursSavedOfShown": self.hours(),
            "lines": lines.collect::<Vec<_>>(),
        });
        if let Some(total) = self.total {
            json["recognised"] = total.into();
        }
        json
    }

    fn hours(&self) -> i64 {
        self.shown.iter().map(|it| i64::from(it.hours_each.unwrap_or(0)) * it.count).sum()
    }

    /// As CSV (RFC 4180).
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut out =
            "subject,title,sender,profile,profile version,recognised,hours each,hours saved,hours from\r\n".to_owned();
        for it in &self.shown {
            let hours = it.hours_each.map(|hours| hours.to_string()).unwrap_or_default();
            let saved = it.hours_each.map(|hours| (i64::from(hours) * it.count).to_string()).unwrap_or_default();
            let cells = [
                it.subject.clone(),
                it.title.clone(),
                it.sender.clone(),
                format!("{}/{}", self.organisation, it.profile),
                it.version.to_string(),
                it.count.to_string(),
                hours,
                saved,
                it.hours_source.clone(),
            ];
            out.push_str(&cells.map(|cell| csv_cell(&cell)).join(","));
            out.push_str("\r\n");
        }
        out
    }

    /// As a picture: a bar for each training, with its numbers in words.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let mut bars: BTreeMap<&str, i64> = BTreeMap::new();
        for it in &self.shown {
            *bars.entry(&it.title).or_default() += it.count;
        }
        let mut bars: Vec<_> = bars.into_iter().collect();
        bars.sort_by_key(|(title, count)| (std::cmp::Reverse(*count), *title));
        let most = bars.iter().map(|(_, count)| *count).max().unwrap_or(1);
        let height = 140 + 30 * bars.len().max(1);
        let heading = escape(&format!("Training recognised by {}", self.name));
        let days = format!("{} to {}", self.from.plain(), self.to.plain());
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 {height}\" font-family=\"Arial, sans-serif\" \
             font-size=\"16\" fill=\"#212b32\" role=\"img\" aria-labelledby=\"title\"><title id=\"title\">{heading}, {days}</title>\
             <rect width=\"960\" height=\"{height}\" fill=\"#ffffff\"/>\
             <text x=\"20\" y=\"32\" font-size=\"20\" font-weight=\"bold\">{heading}</text><text x=\"20\" y=\"56\">{days}</text>"
        );
        if bars.is_empty() {
            let words = if self.withheld > 0 { "Nothing that may be shown." } else { "Nothing counted." };
            let next = self.next.plain();
            let _ = write!(out, "<text x=\"20\" y=\"97\">{words} The month that runs now counts from {next}.</text>");
        }
        for (index, (title, count)) in bars.iter().enumerate() {
            let y = 80 + 30 * index;
            let width = 380 * count / most;
            let _ = write!(
                out,
                "<text x=\"500\" y=\"{}\" text-anchor=\"end\">{}</text>\
                 <rect x=\"512\" y=\"{y}\" width=\"{width}\" height=\"22\" fill=\"#005eb8\"/>\
                 <text x=\"{}\" y=\"{}\">{}</text>",
                y + 17,
                escape(title),
                520 + width,
                y + 17,
                grouped(*count),
            );
        }
        let lines = self.withheld + self.shown.len();
        if lines > 0 {
            let note = format!(
                "About {} hours saved, by usual course lengths. Counts below {SMALL} are withheld: here {} of {} lines of \
                 subject, sender and profile.",
                grouped(self.hours()),
                self.withheld,
                lines,
            );
            let _ = write!(out, "<text x=\"20\" y=\"{}\">{note}</text>", height - 20);
        }
        out.push_str("</svg>");
        out
    }
}

/// `2724` as `2,724`.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut out = digits[..first].to_owned();
    for group in digits.as_bytes()[first..].chunks(3) {
        if !out.is_empty() {
            out.push(',');
        }
        out.extend(group.iter().map(|byte| char::from(*byte)));
    }
    out
}

/// Quoted where it must be; a formula is made harmless for spreadsheets.
fn csv_cell(cell: &str) -> String {
    let cell = if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> Organisation {
        let code = OrganisationCode::parse("RTD").unwrap();
        Organisation { code, name: "Ours & Sons".into(), kind: "charity".into(), successor: None }
    }

    fn evidence(counts: &[i64]) -> Evidence {
        let row = |(index, count): (usize, &i64)| Recognised {
            subject: format!("local:Course {index}, first"),
            sender: "RNN".into(),
            profile: "icu".into(),
            version: 1,
            count: *count,
        };
        let rows: Vec<_> = counts.iter().enumerate().map(row).collect();
        let day = |text| Date::parse(text).unwrap();
        let days = (day("2026-01-01"), day("2026-12-31"));
        Evidence::new(&host(), days, day("2027-02-01"), &rows, &CodeLists::embedded())
    }

    #[test]
    fn small_counts_cannot_be_read_nor_worked_out() {
        for (counts, shown, total) in [
            (&[9, 5][..], 2, Some(14)),
            (&[9, 4], 1, None),
            (&[9, 2, 2], 1, None),
            (&[9, 4, 4], 1, Some(17)),
            (&[1], 0, None),
            (&[], 0, Some(0)),
        ] {
            let evidence = evidence(counts);
            assert_eq!((evidence.shown.len(), evidence.total), (shown, total), "{counts:?}");
        }
    }

    #[test]
    fn a_board_with_nothing_to_see_reads_why_and_from_when() {
        let nothing = evidence(&[]);
        assert!(nothing.to_svg().contains("Nothing counted. The month that runs now counts from 1 February 2027."));
        assert!(!nothing.to_svg().contains("hours saved"), "no figures where there are none");
        assert_eq!(nothing.to_json()["nextCountsFrom"], "2027-02-01");
        assert!(evidence(&[4]).to_svg().contains("Nothing that may be shown."));
        let some = evidence(&[2_724, 4]).to_svg();
        assert!(some.contains("Ours &amp; Sons") && some.contains(">2,724<") && !some.contains("Nothing"), "{some}");
        assert!(some.contains("here 1 of 2 lines of subject, sender and profile"), "{some}");
        assert_eq!([7, 999, 1_000, 1_234_567].map(grouped), ["7", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn cells_are_quoted_and_formulas_harmless() {
        assert!(evidence(&[9]).to_csv().contains("\"local:Course 0, first\""));
        assert_eq!(csv_cell("=1+1"), "'=1+1");
    }
}
