//! Civil dates in Europe/London, partial dates, renewal periods, and instants.
//!
//! A validity ends with its last day, inclusive: the last second of that day in London, where UK
//! summer time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of
//! October (The Summer Time Order 2002). Nothing here reads a clock.

use std::fmt;

use ::time::format_description::well_known::Rfc3339;
use ::time::{Month, OffsetDateTime};

const DAY: i64 = 86_400;
/// 1 January 1970 in Julian days.
const EPOCH: i32 = 2_440_588;

/// An instant: seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads RFC 3339, such as `2026-11-20T09:30:00Z`; fractions of a second are dropped.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(|time| Self(time.unix_timestamp()))
    }

    /// The civil date in London at this instant.
    #[must_use]
    pub fn london_date(self) -> Date {
        let day = |seconds: i64| i32::try_from(seconds.div_euclid(DAY)).unwrap_or(i32::MAX / 2);
        let utc = Date(day(self.0));
        let Some((spring, autumn)) = utc.summer_time() else {
            return utc;
        };
        let summer = self.0 >= spring.start_utc() + 3_600 && self.0 < autumn.start_utc() + 3_600;
        Date(day(self.0 + if summer { 3_600 } else { 0 }))
    }

    /// The instant this many seconds later (earlier when negative).
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// London wall-clock time, such as `04:12 on 20 November 2026`.
    #[must_use]
    pub fn plain(self) -> String {
        let date = self.london_date();
        let local = self.0 + (i64::from(date.0) * DAY + DAY - 1 - date.last_second().0);
        let minute = local.rem_euclid(DAY) / 60;
        format!("{:02}:{:02} on {}", minute / 60, minute % 60, date.plain())
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match OffsetDateTime::from_unix_timestamp(self.0).map(|time| time.format(&Rfc3339)) {
            Ok(Ok(text)) => f.write_str(&text),
            _ => write!(f, "{} seconds", self.0),
        }
    }
}

/// A civil date between 1900-01-01 and 2199-12-31, as days since 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

impl Date {
    /// A date from its parts; `None` for a day that the calendar does not have.
    #[must_use]
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        if !(1900..2200).contains(&year) {
            return None;
        }
        let date = ::time::Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
        Some(Self(date.to_julian_day() - EPOCH))
    }

    /// Reads `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match When::parse(text)? {
            When::Day(date) => Some(date),
            When::Month(..) | When::Year(_) => None,
        }
    }

    /// The date this many days later, if it is still within range.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Option<Self> {
        let sum = i64::from(self.0).checked_add(days)?;
        let date = Self(i32::try_from(sum).ok()?);
        (Self::FIRST..=Self::LAST).contains(&date.0).then_some(date)
    }

    const FIRST: i32 = -25_567;
    const LAST: i32 = 84_005;

    /// How many days this date is after another (negative when before).
    #[must_use]
    pub fn days_since(self, other: Self) -> i64 {
        i64::from(self.0) - i64::from(other.0)
    }

    /// Year, month (1 to 12) and day.
    #[must_use]
    pub fn parts(self) -> (i32, u8, u8) {
        let date = ::time::Date::from_julian_day(self.0 + EPOCH).unwrap_or(::time::Date::MIN);
        let (year, month, day) = date.to_calendar_date();
        (year, month.into(), day)
    }

    fn start_utc(self) -> i64 {
        i64::from(self.0) * DAY
    }

    /// The first and last dates of summer time in this date's year.
    fn summer_time(self) -> Option<(Self, Self)> {
        let (year, ..) = self.parts();
        let last_sunday = |month| {
            let last = Self::new(year, month, 31)?;
            // 1970-01-01 was a Thursday: Sundays are the days that leave 3 when divided by 7.
            Some(Self(last.0 - (last.0 - 3).rem_euclid(7)))
        };
        Some((last_sunday(3)?, last_sunday(10)?))
    }

    /// The last second of this day in London.
    #[must_use]
    pub fn last_second(self) -> Timestamp {
        let summer = self.summer_time().is_some_and(|(spring, autumn)| self >= spring && self < autumn);
        Timestamp(self.start_utc() + DAY - 1 - if summer { 3_600 } else { 0 })
    }

    /// In words, such as `31 October 2025`.
    #[must_use]
    pub fn plain(self) -> String {
        let (year, month, day) = self.parts();
        format!("{day} {} {year}", MONTHS[usize::from(month) - 1])
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl fmt::Display for Date {
    /// `YYYY-MM-DD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every record has several, and the machinery for widths takes three times as long.
        let (year, month, day) = self.parts();
        let digit = |number: i32| b'0' + u8::try_from(number.rem_euclid(10)).unwrap_or_default();
        let (month, day) = (i32::from(month), i32::from(day));
        let text = [
            digit(year / 1000),
            digit(year / 100),
            digit(year / 10),
            digit(year),
            b'-',
            digit(month / 10),
            digit(month),
            b'-',
            digit(day / 10),
            digit(day),
        ];
        f.write_str(str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A date of which perhaps only the year, or year and month, is known. Old vaccinations are often so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// Only the year.
    Year(i32),
    /// Year and month (1 to 12).
    Month(i32, u8),
    /// The whole date.
    Day(Date),
}

impl When {
    /// Reads `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |range: std::ops::Range<usize>| -> Option<i32> {
            let part = text.get(range)?;
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
        };
        let dash = |at: usize| (text.as_bytes().get(at) == Some(&b'-')).then_some(());
        let year = digits(0..4).filter(|year| (1900..2200).contains(year))?;
        let month = || {
            dash(4)?;
            digits(5..7).and_then(|month| u8::try_from(month).ok()).filter(|month| (1..=12).contains(month))
        };
        match text.len() {
            4 => Some(Self::Year(year)),
            7 => Some(Self::Month(year, month()?)),
            10 => {
                dash(7)?;
                Some(Self::Day(Date::new(year, month()?, u8::try_from(digits(8..10)?).ok()?)?))
            }
            _ => None,
        }
    }

    /// The earliest day that it can mean.
    #[must_use]
    pub fn earliest(self) -> Option<Date> {
        match self {
            Self::Year(year) => Date::new(year, 1, 1),
            Self::Month(year, month) => Date::new(year, month, 1),
            Self::Day(date) => Some(date),
        }
    }

    /// In words: `2019`, `March 2019` or `31 March 2019`.
    #[must_use]
    pub fn plain(self) -> String {
        match self {
            Self::Year(year) => year.to_string(),
            Self::Month(year, month) => format!("{} {year}", MONTHS[usize::from(month) - 1]),
            Self::Day(date) => date.plain(),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Day(date) => date.fmt(f),
        }
    }
}

/// A renewal period: whole years or whole months, at most 20 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// Whole years, 1 to 20.
    Years(u8),
    /// Whole months, 1 to 240.
    Months(u8),
}

impl Period {
    /// Reads an ISO 8601 duration of years or months, such as `P3Y` or `P18M`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.strip_prefix('P')?;
        let (digits, unit) = number.split_at_checked(number.len().checked_sub(1)?)?;
        if digits.starts_with('0') || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let count: u8 = digits.parse().ok()?;
        match unit {
            "Y" if (1..=20).contains(&count) => Some(Self::Years(count)),
            "M" if (1..=240).contains(&count) => Some(Self::Months(count)),
            _ => None,
        }
    }

    /// The last valid day, inclusive: start + period - 1 day. When the calendar does not have the
    /// day (29 February + 1 year, 31 January + 1 month), the period ends with the last day of that
    /// month, so that nobody loses a day to the calendar.
    #[must_use]
    pub fn last_day(self, start: Date) -> Option<Date> {
        let (year, month, day) = start.parts();
        let months = i32::from(month) - 1
            + match self {
                Self::Years(years) => i32::from(years) * 12,
                Self::Months(months) => i32::from(months),
            };
        let (year, month) = (year + months.div_euclid(12), u8::try_from(months.rem_euclid(12)).ok()? + 1);
        match Date::new(year, month, day) {
            Some(anniversary) => anniversary.plus_days(-1),
            None => (28..31).rev().find_map(|last| Date::new(year, month, last)),
        }
    }

    /// In words, such as `2 years`.
    #[must_use]
    pub fn plain(self) -> String {
        let (count, unit) = match self {
            Self::Years(years) => (years, "year"),
            Self::Months(months) => (months, "month"),
        };
        format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Years(years) => write!(f, "P{years}Y"),
            Self::Months(months) => write!(f, "P{months}M"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn the_last_day_is_inclusive() {
        for (start, period, last) in [
            ("2023-11-01", "P2Y", "2025-10-31"),
            ("2025-09-20", "P1Y", "2026-09-19"),
            ("2024-02-29", "P1Y", "2025-02-28"),
            ("2024-02-29", "P4Y", "2028-02-28"),
            ("2025-03-01", "P1Y", "2026-02-28"),
            ("2026-01-31", "P1M", "2026-02-28"),
            ("2026-08-31", "P6M", "2027-02-28"),
        ] {
            assert_eq!(Period::parse(period).unwrap().last_day(date(start)), Some(date(last)), "{start} {period}");
        }
    }

    #[test]
    fn a_day_ends_at_midnight_in_london() {
        for (day, end) in [
            ("2026-01-31", "2026-01-31T23:59:59Z"),
            ("2026-03-28", "2026-03-28T23:59:59Z"),
            ("2026-03-29", "2026-03-29T22:59:59Z"),
            ("2026-07-31", "2026-07-31T22:59:59Z"),
            ("2026-10-24", "2026-10-24T22:59:59Z"),
            ("2026-10-25", "2026-10-25T23:59:59Z"),
        ] {
            assert_eq!(date(day).last_second().to_string(), end);
        }
        assert_eq!(Timestamp::parse("2026-07-31T23:30:00Z").unwrap().london_date(), date("2026-08-01"));
        assert_eq!(Timestamp::parse("2026-07-31T23:30:00Z").unwrap().plain(), "00:30 on 1 August 2026");
        assert_eq!(Timestamp::parse("2026-12-01T04:12:09Z").unwrap().plain(), "04:12 on 1 December 2026");
    }

    #[test]
    fn dates_that_the_calendar_does_not_have_are_refused() {
        for text in ["2025-02-29", "2025-13-01", "2025-1-01", "25-01-01", "2025-01-01Z", "1899-12-31", "+025-01-01", ""]
        {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        for text in ["P0Y", "P21Y", "P1W", "P", "1Y", "P01Y", "P-1Y"] {
            assert_eq!(Period::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn dates_round_trip(days in Date::FIRST..=Date::LAST) {
            let date = Date(days);
            prop_assert_eq!(Date::parse(&date.to_string()), Some(date));
            prop_assert_eq!(date.last_second().london_date(), date);
            prop_assert_eq!(date.last_second().plus(1).london_date(), Date(days + 1));
        }
    }
}
