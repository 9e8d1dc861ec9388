//! Dates as other systems write them.
//!
//! `30-Nov-2028` (ESR), `30 November 2028`, `30/11/2028`, `30.11.2028`, `2028-11-30`; `Nov-2028`, `11/2028`,
//! `2028-11` and `2028` where only that is known; a time of day behind it is left out. Days come before months
//! unless a mapping says otherwise. A year of two digits is refused: nobody can tell 2030 from 1930 by it.

use passport_schema::text::Refusal;
use passport_schema::time::{Date, When};

/// What comes first in a date of three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// `30/11/2028`.
    #[default]
    DayFirst,
    /// `11/30/2028`.
    MonthFirst,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Reads a date, or as much of it as there is.
///
/// # Errors
/// `not-a-date`, `two-digit-year`, `no-such-day`, and `out-of-range` for one before 1900 or after 2199.
pub fn read(text: &str, order: Order) -> Result<When, Refusal> {
    let text = without_time(text.trim());
    match parts(text) {
        [Some(year), None, ..] => whole_year(year).map(When::Year),
        [Some(one), Some(two), None, _] => {
            let (month, year) = if is_year(one) { (two, one) } else { (one, two) };
            let (month, year) = (month_of(month).ok_or_else(not_a_date)?, whole_year(year)?);
            if (1..=12).contains(&month) { Ok(When::Month(year, month)) } else { Err(no_such_day()) }
        }
        [Some(one), Some(two), Some(three), None] => {
            let (year, month, day) = match order {
                _ if is_year(one) => (one, two, three),
                Order::MonthFirst if month_of(two).is_none_or(|_| number(two).is_some()) => (three, one, two),
                _ => (three, two, one),
            };
            let month = month_of(month).ok_or_else(not_a_date)?;
            let day = number(day).ok_or_else(not_a_date)?;
            Date::new(whole_year(year)?, month, day).map(When::Day).ok_or_else(no_such_day)
        }
        _ => Err(not_a_date()),
    }
}

/// Reads a whole date.
///
/// # Errors
/// As [`read`]; `not-a-date` also for a month or a year.
pub fn read_day(text: &str, order: Order) -> Result<Date, Refusal> {
    match read(text, order)? {
        When::Day(date) => Ok(date),
        When::Month(..) | When::Year(_) => Err(("not-a-date", "has no day; a whole date is needed".into())),
    }
}

/// What stands between separators, as far as four pieces; the first separator is the only one.
fn parts(text: &str) -> [Option<&str>; 4] {
    let is_separator = |byte: &u8| matches!(byte, b'-' | b'/' | b'.' | b' ');
    let separator = text.bytes().find(|byte| is_separator(byte));
    let (mut parts, mut count, mut start) = ([None; 4], 0, 0);
    for (at, byte) in text.bytes().enumerate() {
        if Some(byte) == separator && count < 3 {
            parts[count] = Some(&text[start..at]);
            (count, start) = (count + 1, at + 1);
        }
    }
    parts[count] = Some(&text[start..]);
    parts
}

fn not_a_date() -> Refusal {
    ("not-a-date", "is not a date such as 30-Nov-2028, 30/11/2028 or 2028-11-30".into())
}

fn no_such_day() -> Refusal {
    ("no-such-day", "is a day that the calendar does not have".into())
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn whole_year(text: &str) -> Result<i32, Refusal> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.len() {
        4 if digits => match text.parse() {
            Ok(year) if (1900..2200).contains(&year) => Ok(year),
            _ => Err(("out-of-range", "lies before 1900 or after 2199".into())),
        },
        2 if digits => Err(("two-digit-year", "has a year of two digits; write all four".into())),
        5 if digits => {
            Err(("not-a-date", "is a number; give the column of the spreadsheet the format of a date".into()))
        }
        _ => Err(not_a_date()),
    }
}

/// One or two digits.
fn number(text: &str) -> Option<u8> {
    let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// A month by its number, name, or the first three letters of that.
fn month_of(text: &str) -> Option<u8> {
    number(text).or_else(|| {
        let short = text.get(..3)?;
        let index = MONTHS.iter().position(|name| name[..3].eq_ignore_ascii_case(short))?;
        let fits = text.len() == 3 || text.eq_ignore_ascii_case(MONTHS[index]);
        u8::try_from(index + 1).ok().filter(|_| fits)
    })
}

/// What stands before a time of day.
fn without_time(text: &str) -> &str {
    if !text.as_bytes().contains(&b':') {
        return text;
    }
    let Some((date, time)) = text.rsplit_once([' ', 'T']) else { return text };
    let mut parts = time.strip_suffix('Z').unwrap_or(time).split(':');
    let two = |part: Option<&str>| part.is_some_and(|part| part.len() == 2 && number(part).is_some());
    let is_time = two(parts.next()) && two(parts.next());
    let seconds = parts.next().map(|part| part.split_once('.').map_or(part, |(whole, _)| whole));
    if is_time && seconds.is_none_or(|seconds| two(Some(seconds))) && parts.next().is_none() {
        date.trim_end()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_in_every_form() {
        for text in [
            "30-Nov-2028",
            " 30-NOV-2028 ",
            "30 November 2028",
            "30/11/2028",
            "30.11.2028",
            "2028-11-30",
            "2028/11/30",
            "2028-11-30T00:00:00Z",
            "2028-11-30 13:45:10.123",
            "30/11/2028 00:00",
            "30-Nov-2028 09:15:00",
        ] {
            assert_eq!(read(text, Order::DayFirst), Ok(When::Day(Date::new(2028, 11, 30).unwrap())), "{text}");
        }
        assert_eq!(read_day("1/2/2028", Order::DayFirst), Ok(Date::new(2028, 2, 1).unwrap()));
        assert_eq!(read_day("1/2/2028", Order::MonthFirst), Ok(Date::new(2028, 1, 2).unwrap()));
        assert_eq!(read_day("2-Jan-2028", Order::MonthFirst), Ok(Date::new(2028, 1, 2).unwrap()));
        assert_eq!(read_day("2028-01-02", Order::MonthFirst), Ok(Date::new(2028, 1, 2).unwrap()));
    }

    #[test]
    fn a_month_or_a_year_may_be_all_that_is_known() {
        for (text, when) in [("Mar-2019", "2019-03"), ("03/2019", "2019-03"), ("2019-03", "2019-03"), ("2019", "2019")]
        {
            assert_eq!(read(text, Order::DayFirst).ok(), When::parse(when), "{text}");
            assert_eq!(read_day(text, Order::DayFirst).unwrap_err().0, "not-a-date");
        }
    }

    #[test]
    fn what_is_no_date_is_refused_by_its_reason() {
        for (text, code) in [
            ("31/02/2026", "no-such-day"),
            ("30-Feb-2028", "no-such-day"),
            ("2025-02-29", "no-such-day"),
            ("11/30/2028", "no-such-day"),
            ("00/01/2028", "no-such-day"),
            ("13/2028", "no-such-day"),
            ("30/11/28", "two-digit-year"),
            ("30-Nov-28", "two-digit-year"),
            ("28", "two-digit-year"),
            ("01-Jan-1899", "out-of-range"),
            ("01/01/2200", "out-of-range"),
            ("no expiry", "not-a-date"),
            ("", "not-a-date"),
            ("46000", "not-a-date"),
            ("1-30-Nov-2028", "not-a-date"),
            ("30-Nov/2028", "not-a-date"),
            ("+1-Nov-2028", "not-a-date"),
            ("Nov-+202", "not-a-date"),
            ("1e1/11/2028", "not-a-date"),
            ("３０/11/2028", "not-a-date"),
            ("2028-11-30T25", "not-a-date"),
            ("30/11/2028 9am", "not-a-date"),
        ] {
            assert_eq!(read(text, Order::DayFirst).unwrap_err().0, code, "{text}");
        }
    }
}
