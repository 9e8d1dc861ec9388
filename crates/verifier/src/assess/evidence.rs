//! Looking for records that fit a rule, and for the last day on which they hold.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use passport_schema::codes::{Facts, ListId, Term};
use passport_schema::profile::{Hours, Needs, Renewal, Rule};
use passport_schema::record::{Content, Kind, Record};
use passport_schema::time::{Date, Period};

use super::{Search, earliest};
use crate::person::Item;
use crate::verdict::Standing;

/// Why a requirement stands as it does.
#[derive(Debug, Clone)]
pub enum Why<'a> {
    /// Records fit.
    Fits,
    /// No record of this kind was shown.
    NotShown(Kind),
    /// Records of this kind were shown, and none fits; perhaps one comes near.
    NoneFits(Kind, Option<Item<'a>>),
    /// One fitted, and its last day has passed.
    Ended(Item<'a>, Date),
    /// One fits, and would be older than so long on the first day.
    TooOld(Item<'a>, Period),
    /// One fits, and does not count.
    DoesNotCount(Item<'a>, Standing),
    /// One fits, and whether it counts cannot be told.
    Unclear(Item<'a>),
    /// So many hours within the window, of so many.
    Hours(u32, Hours),
    /// The theory was shown; practice was not, or is too old, for these elements; for all when empty.
    TheoryOnly(Vec<String>),
    /// Elements that were not signed off.
    Elements(Vec<String>),
    /// Parts of a composite that are not met: their place, and why.
    Parts(Vec<(usize, Why<'a>)>),
    /// It is done here; no record can show it.
    Local,
    /// The receiver itself has looked.
    Confirmed {
        /// When.
        on: Date,
        /// Whether it came out well.
        satisfied: bool,
    },
}

/// How long what was found holds, from today on; best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// Up to this day; `None` is no end.
    Until(Option<Date>),
    /// As soon as something is done here, and then up to the last day; what was done here up to the
    /// day on which practice elsewhere lapsed does not count for it.
    Here { last: Option<Date>, lapsed: Option<Date> },
    /// That cannot be told.
    Unclear,
    /// Not at all.
    Not,
}

impl Hold {
    /// As soon as it is done here, without an end.
    const HERE: Self = Self::Here { last: None, lapsed: None };

    /// What is to be done here, together with another part.
    fn with(self, part: Self) -> Self {
        let (Self::Here { last, lapsed }, other) = (self, part) else { return self };
        match other {
            Self::Until(until) => Self::Here { last: earliest(last, until), lapsed },
            Self::Here { last: until, lapsed: other } => {
                Self::Here { last: earliest(last, until), lapsed: lapsed.max(other) }
            }
            Self::Unclear | Self::Not => self,
        }
    }

    /// Better is higher.
    fn rank(self) -> (u8, bool, Option<Date>) {
        match self {
            Self::Until(until) => (3, until.is_none(), until),
            Self::Here { last, .. } => (2, last.is_none(), last),
            Self::Unclear => (1, false, None),
            Self::Not => (0, false, None),
        }
    }
}

pub(super) struct Found<'a> {
    pub(super) hold: Hold,
    pub(super) why: Why<'a>,
    pub(super) by: Vec<Item<'a>>,
    pub(super) others: usize,
}

impl<'a> Found<'a> {
    fn not(why: Why<'a>) -> Self {
        let hold = if matches!(why, Why::Unclear(_)) { Hold::Unclear } else { Hold::Not };
        Self { hold, why, by: Vec::new(), others: 0 }
    }
}

/// A record that fits and holds, and its last day.
type Candidate<'a> = (Item<'a>, Option<Date>);

impl<'a> Search<'a> {
    /// The records of a kind that the receiver takes as evidence.
    fn taken(&self, kind: Kind) -> impl Iterator<Item = &'a Item<'a>> + Clone {
        self.person.of_kind(kind).iter().filter(|item| item.taken)
    }

    pub(super) fn evidence(&self, rule: &'a Rule) -> Found<'a> {
        match &rule.needs {
            Needs::Local => Found { hold: Hold::HERE, ..Found::not(Why::Local) },
            Needs::AllOf(parts) => self.all_of(parts),
            Needs::AnyOf(parts) => self.any_of(parts),
            Needs::Training { hours: Some(hours), .. } => self.hours(rule, *hours),
            Needs::Competency { .. } => self.competency(rule),
            _ => self.simple(rule),
        }
    }

    fn simple(&self, rule: &'a Rule) -> Found<'a> {
        let (holding, why) = self.candidates(rule, |record| fits(&rule.needs, record));
        let best = holding.iter().max_by_key(|(item, until)| (until.is_none(), *until, item.dated()));
        match best {
            Some((item, until)) => {
                Found { hold: Hold::Until(*until), why: Why::Fits, by: vec![*item], others: holding.len() - 1 }
            }
            None => Found::not(why),
        }
    }

    /// The records that fit and hold on the first day; and, if there is none, why.
    fn candidates(&self, rule: &'a Rule, good: impl Fn(&Record) -> bool) -> (Vec<Candidate<'a>>, Why<'a>) {
        let Some(kind) = rule.needs.kind() else { return (Vec::new(), Why::Local) };
        let items = self.taken(kind);
        let (mut holding, mut why) = (Vec::new(), None);
        for item in items.clone().filter(|item| self.is_about(&rule.needs, item.record()) && good(item.record())) {
            match self.last_day(rule, item) {
                Ok(until) => holding.push((*item, until)),
                Err(reason) if why.as_ref().is_none_or(|known| weight(&reason) >= weight(known)) => why = Some(reason),
                Err(_) => {}
            }
        }
        let why = why.unwrap_or_else(|| {
            let near = items.clone().filter(|item| near(&rule.needs, item.record())).last();
            let none = items.clone().next().is_none();
            if none { Why::NotShown(kind) } else { Why::NoneFits(kind, near.copied()) }
        });
        (holding, why)
    }

    /// The last day on which a fitting record holds.
    fn last_day(&self, rule: &Rule, item: &Item<'a>) -> Result<Option<Date>, Why<'a>> {
        let begins_later = item.dated().is_some_and(|begins| begins > self.first);
        let standing = match (item.standing(), rule.renewal) {
            // A job or placement that begins by the first day has begun by then.
            (Standing::NotSo, _) | (_, Renewal::Receiver(_) | Renewal::Never) if !begins_later => item.lasting(),
            (standing, _) => standing,
        };
        let issuers = item.record().last_day();
        match standing {
            Standing::Counts | Standing::Stale => {}
            Standing::Expired => return Err(Why::Ended(*item, issuers.unwrap_or(self.today))),
            Standing::CannotTell => return Err(Why::Unclear(*item)),
            other => return Err(Why::DoesNotCount(*item, other)),
        }
        // Where only a year or month is known, the earliest day that it can mean counts.
        let until = match (rule.renewal, item.dated()) {
            (Renewal::Issuer, _) => issuers,
            (Renewal::Receiver(period), Some(date)) => period.last_day(date),
            (Renewal::Receiver(_) | Renewal::Never, _) => None,
        };
        if let Some(last) = until.filter(|last| *last < self.first) {
            return Err(Why::Ended(*item, last));
        }
        match (rule.freshness, item.dated()) {
            (Some(period), Some(date)) if period.last_day(date).is_some_and(|last| last < self.starts) => {
                Err(Why::TooOld(*item, period))
            }
            _ => Ok(until),
        }
    }

    /// Records that fit, and of which it cannot be told whether they count.
    fn unclear(&self, rule: &'a Rule, good: impl Fn(&Record) -> bool) -> Vec<Item<'a>> {
        let items = rule.needs.kind().into_iter().flat_map(|kind| self.taken(kind));
        let about = items.filter(|item| self.is_about(&rule.needs, item.record()) && good(item.record()));
        about.filter(|item| matches!(self.last_day(rule, item), Err(Why::Unclear(_)))).copied().collect()
    }

    /// Hours add up over a window that moves with the day: they hold until the training that is just
    /// needed leaves it, or ends. One training shown twice counts once.
    fn hours(&self, rule: &'a Rule, hours: Hours) -> Found<'a> {
        let (holding, why) = self.candidates(rule, |_| true);
        let none_holds = holding.is_empty();
        let dated = |item: &Item<'a>| match &item.record().content {
            Content::Training(it) => Some((it.awarded, it.subject.id(), u32::from(it.hours.unwrap_or(0)))),
            _ => None,
        };
        let within = |awarded| hours.within.last_day(awarded).is_none_or(|last| last >= self.first);
        let mut counted: Vec<_> = holding
            .into_iter()
            .filter_map(|(item, until)| {
                let (awarded, subject, count) = dated(&item)?;
                let last = earliest(until, hours.within.last_day(awarded));
                within(awarded).then_some((last, item, (awarded, subject), count))
            })
            .collect();
        // Those that hold longest first, so that the sum is reached with the latest end that there can be.
        counted.sort_by_key(|(last, item, ..)| Reverse((last.is_none(), *last, item.dated())));
        let enough = u32::from(hours.at_least);
        let mut best: BTreeMap<(Date, String), (u32, Item<'a>)> = BTreeMap::new();
        let sum = |best: &BTreeMap<_, (u32, Item<'a>)>| best.values().map(|(count, _)| count).sum::<u32>();
        let by = |best: &BTreeMap<_, (u32, Item<'a>)>| {
            best.values().rev().filter(|(count, _)| *count > 0).map(|(_, item)| *item).collect::<Vec<_>>()
        };
        for (last, item, training, count) in &counted {
            let known = best.entry(training.clone()).or_insert((*count, *item));
            if known.0 < *count {
                *known = (*count, *item);
            }
            if sum(&best) >= enough {
                let (why, by) = (Why::Hours(sum(&best), hours), by(&best));
                let all: BTreeSet<_> = counted.iter().map(|(_, _, training, _)| training).collect();
                return Found { hold: Hold::Until(*last), why, others: all.len() - by.len(), by };
            }
        }
        // Perhaps they are enough with what cannot be told.
        let (shown, known) = (sum(&best), by(&best));
        let unclear = self.unclear(rule, |_| true);
        for item in &unclear {
            if let Some((awarded, subject, count)) = dated(item).filter(|(awarded, ..)| within(*awarded)) {
                let known = best.entry((awarded, subject)).or_insert((count, *item));
                known.0 = known.0.max(count);
            }
        }
        match unclear.last() {
            Some(item) if sum(&best) >= enough => Found::not(Why::Unclear(*item)),
            _ if none_holds && !matches!(why, Why::Unclear(_)) => Found::not(why),
            _ => Found { by: known, ..Found::not(Why::Hours(shown, hours)) },
        }
    }

    /// Each element needs theory and practice; several records may hold them together.
    fn competency(&self, rule: &'a Rule) -> Found<'a> {
        let Needs::Competency { competency, elements, independence, settings, practice_here } = &rule.needs else {
            return self.simple(rule);
        };
        let (holding, why) = self.candidates(rule, |_| true);
        let wanted = wanted(competency, elements);
        let is_practice = |record: &Record| match &record.content {
            Content::Competency(it) => {
                !it.aspect.is("theory") && one_of(&it.independence, independence) && one_of(&it.setting, settings)
            }
            _ => false,
        };
        let is_theory =
            |record: &Record| matches!(&record.content, Content::Competency(it) if !it.aspect.is("practice"));
        let best = |element: u16, good: &dyn Fn(&Record) -> bool| {
            let covering = holding.iter().filter(|(item, _)| covers(item.record(), element) && good(item.record()));
            covering.max_by_key(|(item, until)| (until.is_none(), *until, item.dated()))
        };
        let (mut last, mut by, mut without) = (None, Vec::<Item<'a>>::new(), Vec::new());
        for (element, title) in &wanted {
            match (best(*element, &is_theory), best(*element, &is_practice)) {
                (Some(theory), Some(practice)) => {
                    for (item, until) in [theory, practice] {
                        last = earliest(last, *until);
                        if !by.iter().any(|known| std::ptr::eq(known.judged, item.judged)) {
                            by.push(*item);
                        }
                    }
                }
                _ => without.push((*element, title.clone())),
            }
        }
        if without.is_empty() {
            let others = holding.len() - by.len();
            return Found { hold: Hold::Until(last), why: Why::Fits, by, others };
        }
        // Knowledge transfers: what was once shown in theory needs one supervised episode here.
        let known = |element: u16| {
            let items = self.taken(Kind::Competency);
            items.filter(|item| self.is_about(&rule.needs, item.record()) && is_theory(item.record())).any(|item| {
                let stands = matches!(item.lasting(), Standing::Counts | Standing::Stale);
                stands && covers(item.record(), element)
            })
        };
        let all_known = without.iter().all(|(element, _)| known(*element));
        let part = without.len() < wanted.len();
        let titles = without.iter().filter(|_| part).map(|(_, title)| title.clone()).collect();
        if *practice_here && all_known {
            let why = if holding.is_empty() { why } else { Why::TheoryOnly(titles) };
            let by = holding.iter().map(|(item, _)| *item).collect();
            return Found {
                hold: Hold::Here { last, lapsed: self.lapsed(rule, &without, &is_practice) },
                why,
                by,
                others: 0,
            };
        }
        // Perhaps it is all there, with what cannot be told.
        let unclear = self.unclear(rule, |_| true);
        let perhaps = |element: u16, good: &dyn Fn(&Record) -> bool| {
            let unclear = unclear.iter().any(|item| covers(item.record(), element) && good(item.record()));
            unclear || best(element, good).is_some()
        };
        let all_perhaps = without.iter().all(|(element, _)| {
            let theory = perhaps(*element, &is_theory) || (*practice_here && known(*element));
            theory && (*practice_here || perhaps(*element, &is_practice))
        });
        match unclear.last() {
            Some(item) if all_perhaps => Found::not(Why::Unclear(*item)),
            _ if holding.is_empty() && !matches!(why, Why::Unclear(_)) => Found::not(why),
            _ if all_known => Found::not(Why::TheoryOnly(titles)),
            _ => Found::not(Why::Elements(without.into_iter().map(|(_, title)| title).collect())),
        }
    }

    /// The last day on which one of these elements was still practised elsewhere: what was watched here
    /// before that day says nothing about the time since.
    fn lapsed(&self, rule: &'a Rule, without: &[(u16, String)], is_practice: &dyn Fn(&Record) -> bool) -> Option<Date> {
        let items = self.taken(Kind::Competency);
        let practised = items.filter(|item| self.is_about(&rule.needs, item.record()) && is_practice(item.record()));
        let lacking = practised.filter(|item| without.iter().any(|(element, _)| covers(item.record(), *element)));
        let ended = lacking.filter_map(|item| match self.last_day(rule, item) {
            Err(Why::Ended(_, last)) => Some(last),
            _ => None,
        });
        ended.max()
    }

    fn all_of(&self, parts: &'a [Rule]) -> Found<'a> {
        let found: Vec<_> = parts.iter().map(|part| self.evidence(part)).collect();
        let hold = found.iter().map(|found| found.hold).min_by_key(|hold| hold.rank()).unwrap_or(Hold::Not);
        if let Hold::Until(_) = hold {
            let others = found.iter().map(|found| found.others).sum();
            return Found { hold, why: Why::Fits, by: found.into_iter().flat_map(|found| found.by).collect(), others };
        }
        // What is left to do here does not make the rest hold longer.
        let hold = match hold {
            Hold::Here { .. } => found.iter().fold(Hold::HERE, |all, part| all.with(part.hold)),
            hold => hold,
        };
        let unmet = found.into_iter().enumerate().filter(|(_, found)| !matches!(found.hold, Hold::Until(_)));
        Found {
            hold,
            why: Why::Parts(unmet.map(|(place, found)| (place, found.why)).collect()),
            by: Vec::new(),
            others: 0,
        }
    }

    fn any_of(&self, parts: &'a [Rule]) -> Found<'a> {
        let mut found: Vec<_> = parts.iter().map(|part| self.evidence(part)).collect();
        // The first of the best, so that the profile's order decides between equals.
        let best = (0..found.len()).rev().max_by_key(|place| found[*place].hold.rank()).unwrap_or(0);
        if matches!(found[best].hold, Hold::Until(_) | Hold::Here { .. }) {
            return found.swap_remove(best);
        }
        let hold = found[best].hold;
        let unmet = found.into_iter().enumerate().map(|(place, found)| (place, found.why)).collect();
        Found { hold, why: Why::Parts(unmet), by: Vec::new(), others: 0 }
    }
}

/// Which of several reasons is shown: the one that is nearest to being met.
fn weight(why: &Why<'_>) -> u8 {
    match why {
        Why::Unclear(_) => 4,
        Why::TooOld(..) => 3,
        Why::Ended(..) => 2,
        _ => 1,
    }
}

/// Whether a value is among the accepted ones; any is when none are named.
fn one_of<L: ListId>(value: &Term<L>, accepted: &[Term<L>]) -> bool {
    accepted.is_empty() || accepted.contains(value)
}

/// Whether a record of the sort that is asked for is good enough.
fn fits(needs: &Needs, record: &Record) -> bool {
    match (needs, &record.content) {
        (Needs::IdentityCheck { levels }, Content::IdentityCheck(it)) => one_of(&it.level, levels),
        (Needs::Registration { statuses, licence, .. }, Content::Registration(it)) => {
            one_of(&it.status, statuses) && (!licence || it.licence_to_practise == Some(true))
        }
        (Needs::CriminalRecordCheck { levels, workforces, barred_lists }, Content::CriminalRecordCheck(it)) => {
            one_of(&it.level, levels) && one_of(&it.workforce, workforces) && one_of(&it.barred_lists, barred_lists)
        }
        (Needs::Reference { months }, Content::Reference(it)) => it.months >= *months,
        (Needs::HealthClearance { clearances }, Content::HealthClearance(it)) => one_of(&it.clearance, clearances),
        (Needs::Screening { results, .. }, Content::Screening(it)) => one_of(&it.result, results),
        (Needs::Preceptorship { programmes, statuses }, Content::Preceptorship(it)) => {
            one_of(&it.programme, programmes) && one_of(&it.status, statuses)
        }
        (Needs::Employment { roles, categories }, Content::Employment(it)) => {
            one_of(&it.role, roles)
                && (categories.is_empty() || it.category.as_ref().is_some_and(|it| categories.contains(it)))
        }
        (Needs::Placement { roles }, Content::Placement(it)) => one_of(&it.role, roles),
        _ => true,
    }
}

/// Whether a record that does not fit is worth naming: the same training at another level, another
/// check of the same kind.
fn near(needs: &Needs, record: &Record) -> bool {
    let of = |facts: Option<&Facts>| match facts {
        Some(Facts::Subject { framework, subject, .. }) => Some((framework.clone(), subject.clone())),
        _ => None,
    };
    match (needs, &record.content) {
        (Needs::Training { subject, .. }, Content::Training(it)) => {
            let asked = of(subject.entry().map(|entry| &entry.facts));
            asked.is_some() && asked == of(it.subject.entry().map(|entry| &entry.facts))
        }
        (Needs::Competency { .. } | Needs::Qualification { .. } | Needs::Screening { .. }, _) => false,
        (Needs::Registration { regulator, .. }, Content::Registration(it)) => it.regulator == *regulator,
        _ => true,
    }
}

/// The elements that are asked for, with their titles; the competency as a whole where it has none.
fn wanted(competency: &Term<passport_schema::codes::Competency>, elements: &[u16]) -> Vec<(u16, String)> {
    let known = match competency.entry().map(|entry| &entry.facts) {
        Some(Facts::Competency { elements, .. }) => elements.as_slice(),
        _ => &[],
    };
    let asked = known.iter().filter(|element| elements.is_empty() || elements.contains(&element.code));
    let asked: Vec<_> = asked.map(|element| (element.code, element.title.clone())).collect();
    if asked.is_empty() { vec![(0, competency.title())] } else { asked }
}

/// Whether a competency record covers an element; one without elements covers all.
fn covers(record: &Record, element: u16) -> bool {
    match &record.content {
        Content::Competency(it) => it.skill.elements.is_empty() || it.skill.elements.contains(&element),
        _ => false,
    }
}
