#!/usr/bin/env python3
"""Writes the sample extracts under demo/extracts: three organisations, 200 invented people.

    python3 demo/generate.py            write the files and print a summary
    python3 demo/generate.py --check    compare with the files on disk; exit 1 if they differ

The output depends only on SEED and on --as-of: every date is counted back or forward from that day.
Each person has a random stream of their own, so that a change to one leaves the others alone.
"""

import argparse
import csv
import io
import random
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

SEED = "staff-passport-demo-1"
HERE = Path(__file__).resolve().parent
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()

STAFF_HEADER = ["Staff Reference", "Name", "Date of Birth", "Role", "Start Date", "Assignment Category"]
TRAINING_HEADER = ["Staff Reference", "Competency Name", "Date Start", "Expiry Date", "Last Updated By", "Title", "VPD"]
CHECKS_HEADER = ["Staff Reference", "Check", "Outcome", "Date", "Valid Until", "Level", "Detail", "Conditions", "Review By"]

CLEARED, CONDITIONS, IN_PROGRESS = "cleared", "cleared with conditions", "in progress"


class Stream:
    """Random choices drawn from random() alone, whose sequence Python promises to keep for a seed."""

    def __init__(self, *name):
        self._random = random.Random(":".join((SEED, *name)))

    def chance(self, probability):
        return self._random.random() < probability

    def between(self, low, high):
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, items):
        return items[self.between(0, len(items) - 1)]

    def some(self, items, count):
        left, taken = list(items), []
        while left and len(taken) < count:
            taken.append(left.pop(self.between(0, len(left) - 1)))
        return taken


# ---------------------------------------------------------------- dates

def written(day):
    return f"{day.day:02d}-{MONTHS[day.month - 1]}-{day.year}"


def years_on(day, years):
    """The same day `years` later; a leap day's anniversary is 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def last_valid_day(awarded, years):
    return years_on(awarded, years) - timedelta(days=1)


def awarded_for(last_day, years):
    """The award date whose last valid day is `last_day`."""
    return years_on(last_day + timedelta(days=1), -years)


# ---------------------------------------------------------------- training

@dataclass(frozen=True)
class Course:
    subject: str
    years: int | None
    title: str
    framework: str = "NHS|CSTF"

    def name(self, vpd):
        prefix = f"{vpd}|LOCAL" if self.framework == "LOCAL" else self.framework
        if self.years is None:
            return f"{prefix}|{self.subject}|"
        return f"{prefix}|{self.subject} - {self.years} Year{'' if self.years == 1 else 's'}|"


AUTISM = "Oliver McGowan Mandatory Training on Learning Disability and Autism"

COURSES = {
    "conflict": Course("Conflict Resolution", 3, "Conflict resolution e-learning"),
    "equality": Course("Equality, Diversity and Human Rights", 3, "Equality, diversity and human rights e-learning"),
    "fire": Course("Fire Safety", 2, "Fire safety e-learning"),
    "safety": Course("Health, Safety and Welfare", 3, "Health, safety and welfare e-learning"),
    "infection-1": Course("Infection Prevention and Control - Level 1", 3, "Infection prevention, all staff"),
    "infection-2": Course("Infection Prevention and Control - Level 2", 1, "Infection prevention, clinical staff"),
    "data": Course("Information Governance and Data Security", 1, "Data security awareness"),
    "handling-1": Course("Moving and Handling - Level 1", 3, "Moving and handling loads"),
    "handling-2": Course("Moving and Handling - Level 2", 2, "Moving and handling people, practical"),
    "prevent-basic": Course("Preventing Radicalisation - Basic Prevent Awareness", 3, "Prevent basic awareness"),
    "prevent": Course("Preventing Radicalisation - Prevent Awareness", 3, "Prevent awareness, clinical"),
    "adult-bls": Course("Resuscitation - Level 2 - Adult Basic Life Support", 1, "Adult BLS classroom"),
    "newborn-bls": Course("Resuscitation - Level 2 - Newborn Basic Life Support", 1, "Newborn life support update"),
    "paediatric-bls": Course("Resuscitation - Level 2 - Paediatric Basic Life Support", 1, "Paediatric BLS classroom"),
    "adult-ils": Course("Resuscitation - Level 3 - Adult Immediate Life Support", 1, "ILS one-day course"),
    "adults-1": Course("Safeguarding Adults - Level 1", 3, "Safeguarding adults, all staff"),
    "adults-2": Course("Safeguarding Adults - Level 2", 3, "Safeguarding adults, clinical"),
    "adults-3": Course("Safeguarding Adults - Level 3", 3, "Safeguarding adults, enhanced"),
    "children-1": Course("Safeguarding Children - Level 1", 3, "Safeguarding children, all staff"),
    "children-2": Course("Safeguarding Children - Level 2", 3, "Safeguarding children, clinical"),
    "children-3": Course("Safeguarding Children - Level 3", 3, "Safeguarding children, core"),
    "autism-e": Course(f"{AUTISM} - Level 2 - E-learning", None, "Autism, tier 2 e-learning", "NHS|MAND"),
    "autism-live": Course(f"{AUTISM} - Level 2 - Live Session", None, "Autism, tier 2 live day", "NHS|MAND"),
    "medicines-round": Course("Medicines Round Observation", None, "Observed medicines round", "LOCAL"),
    "iv": Course("Intravenous Therapy Administration", None, "IV therapy study day and sign-off", "LOCAL"),
    "glucose": Course("Blood Glucose Meter Use", None, "Glucose meter quality training", "LOCAL"),
    "on-call": Course("Respiratory On-Call Competency", None, "Respiratory on-call sign-off", "LOCAL"),
    "ward-walk": Course("Volunteer Ward Orientation", None, "Ward walk with a coordinator", "LOCAL"),
}

# How a system that spells the word out, or does not, writes the same subject.
AMPERSANDS = {
    "Equality, Diversity and Human Rights": "Equality, Diversity & Human Rights",
    "Health, Safety and Welfare": "Health, Safety & Welfare",
    "Infection Prevention and Control": "Infection Prevention & Control",
    "Moving and Handling": "Moving & Handling",
}

CLINICAL_CORE = ["equality", "safety", "fire", "conflict", "data", "infection-2", "handling-2",
                 "prevent", "adults-2", "children-2", "adult-bls"]
LEVEL_ONE_ALWAYS = ["fire", "infection-1", "data", "adults-1", "children-1"]
LEVEL_ONE_MORE = ["equality", "safety", "conflict", "handling-1", "prevent-basic"]

SWAPS = {  # what a role takes in place of the core's own level
    "healthcare-assistant": {"prevent": "prevent-basic"},
    "midwife": {"children-2": "children-3"},
    "paramedic": {"adults-2": "adults-3", "children-2": "children-3"},
}
EXTRAS = {  # (course, how often), in the order in which they are taken
    "staff-nurse": [("medicines-round", 0.45), ("iv", 0.35), ("adult-ils", 0.15)],
    "icu-nurse": [("adult-ils", 0.9), ("iv", 0.8)],
    "midwife": [("newborn-bls", 1.0), ("medicines-round", 0.3)],
    "healthcare-assistant": [("glucose", 0.5)],
    "foundation-year-2-doctor": [("adult-ils", 0.7)],
    "physiotherapist": [("on-call", 0.6)],
    "paramedic": [("adult-ils", 1.0), ("paediatric-bls", 0.8)],
    "pharmacist": [("medicines-round", 0.2)],
}
NOT_CLINICAL = {"porter", "ward-clerk", "ward-volunteer"}


# ---------------------------------------------------------------- people

GIVEN = """Aaliyah Abena Adam Agnieszka Aisha Alan Alice Amara Amina Amy Andrew Anil Anna Antonia Ayodele Beatriz Ben
Bethan Blessing Bronagh Callum Carlos Catherine Chidi Chloé Claire Daniel David Deepa Denise Derek Diana Dylan Efua
Eilidh Elena Emma Esther Fatima Fiona Francesca Gareth Gemma George Hafsa Harpreet Heather Helen Ibrahim Imogen Ines
Iwan Jacob Jade Jamal Joanne John José Joy Julie Kamal Karen Kavita Kieran Kofi Laura Leila Lesley Liam Linh Louise
Mairéad Małgorzata Marek Margaret Mariam Martin Mei Michael Mohammed Moira Monika Nadia Naomi Niamh Nikhil Olivia
Olumide Pamela Paul Pedro Peter Philippa Rachel Rajesh Rebecca René Rhys Robert Rosa Ryan Sadia Samuel Seán Shabnam
Sharon Simon Sofia Stephen Sunita Susan Tanisha Teresa Thandi Thomas Tomasz Uzma Victoria Wei Yasmin Yusuf Zainab
Zoë""".split()
FAMILY = """Abbott Achebe Ahmed Ali Appleby Armstrong Asante Atkinson Banerjee Barker Begum Bhatt Boateng Boyd Brennan
Brown Burdon Byrne Carr Chanda Charlton Chowdhury Clarke Coulson Cruz Dalton Das Davies Dodds Eze Fenwick Fernandes
Forster Foster Gallagher García Gibson Gill Graham Green Hall Haddad Harrison Hedley Henderson Hoang Hughes Hussain
Iqbal Irving Jackson James Johnson Joseph Kamara Kapoor Kaur Kelly Khan Kirkup Kovács Kumar Lawson Lee Little Lowe
Mahmood Malik Marshall Martínez Mensah Milburn Mistry Moore Murphy Müller Nair Ndlovu Nelson Nixon Ocampo Okafor
Oliver Osei Owen Patel Pattinson Pearson Phiri Popescu Potts Quinn Rahman Reay Reyes Richardson Ridley Robinson
Routledge Santos Shah Sharma Shaw Singh Smith Stobbart Stokoe Sutherland Taylor Telford Thompson Tindall Turner
Varghese Walker Wallace Watson Wilkinson Wójcik Wood Yeung Young""".split()
SHAPED_FAMILY = ["O'Neill", "O'Connor", "D'Souza", "Smith-Jones", "Ali-Hassan", "Reed-Okoro", "de Souza", "van der Berg",
                 "MacDonald", "al-Amin", "St John", "ap Rhys"]

TRUST_ROLES = [("staff-nurse", 26), ("icu-nurse", 7), ("midwife", 5), ("healthcare-assistant", 17),
               ("foundation-year-2-doctor", 6), ("physiotherapist", 6), ("pharmacist", 4), ("paramedic", 3),
               ("porter", 5), ("ward-clerk", 6), ("ward-volunteer", 5)]


@dataclass
class Person:
    reference: str
    name: str
    role: str
    category: str
    born: date
    start: date
    second: tuple | None = None   # (role, category, start) of a second assignment
    told: bool = False            # one of the people whom the README tells about

    @property
    def clinical(self):
        return self.role not in NOT_CLINICAL

    @property
    def updater(self):
        given, _, family = self.name.partition(" ")
        return f"{family}, {given}"


@dataclass
class Award:
    """One line of a training extract, before it is written."""
    reference: str
    key: str
    awarded: date
    expiry: str
    updater: str
    title: str
    competency: str

    def line(self, vpd):
        return [self.reference, self.competency, written(self.awarded), self.expiry, self.updater, self.title, vpd]


@dataclass(frozen=True)
class Organisation:
    code: str
    name: str
    vpd: str
    size: int
    roles: list
    first: int                    # where the references count from
    updater_code: str
    updaters: list
    line_end: str = "\n"
    mark: bool = False


ORGANISATIONS = [
    Organisation("RNN", "North Cumbria Integrated Care NHS FT", "218", 90, TRUST_ROLES, 30671004, "A01",
                 ["Smith, Jane", "Hodgson, Neil", "Iredale, Carol", "Learning, Interface"], mark=True),
    Organisation("RTD", "Newcastle upon Tyne Hospitals", "457", 90, TRUST_ROLES, 21453009, "B07",
                 ["Elliott, Ray", "Bainbridge, Dawn", "Soulsby, Kim", "Learning, Interface"], line_end="\r\n"),
    Organisation("ZZ901", "Tyne Valley Volunteers", "901", 20, [("ward-volunteer", 20)], 1, "V01",
                 ["Harbottle, Joan", "Nesbit, Alec"]),
]


def cast(code, as_of):
    """The people with a story: same references, names and roles whatever the random streams say."""
    def ago(days):
        return as_of - timedelta(days=days)

    def person(reference, name, role, category, born, started, second=None):
        return Person(reference, name, role, category, date.fromisoformat(born), ago(started), second, told=True)

    return {
        "RNN": [
            person("30670101", "Grace Adeyemi", "staff-nurse", "permanent", "1991-05-14", 1630),
            person("30670102", "Siobhán O'Neill", "foundation-year-2-doctor", "fixed-term", "1999-02-28", 472,
                   ("foundation-year-2-doctor", "bank", ago(300))),
            person("30670103", "Łukasz Nowak", "healthcare-assistant", "bank", "1988-11-02", 905),
            person("30670104", "Priya Raman", "physiotherapist", "permanent", "1993-07-21", 1218),
            person("30670105", "Ruth Bell", "ward-volunteer", "volunteer", "1957-03-09", 640),
            person("30670106", "Suryani", "staff-nurse", "permanent", "1996-08-17", 158),
            person("30670107", "Maximiliana Oluwaseun Featherstonehaugh-Cholmondeley", "pharmacist", "permanent",
                   "1984-12-31", 2904),
            person("30670108", "Lucía de la Cruz", "midwife", "permanent", "1989-06-05", 2011,
                   ("midwife", "bank", ago(1100))),
            person("30670109", "Nguyễn Thị Hương", "ward-clerk", "permanent", "1979-01-23", 3420),
            person("30670110", "Sarah Robson", "staff-nurse", "permanent", "1985-11-30", 2500),
            person("30670111", "Sarah Robson", "ward-clerk", "permanent", "1972-04-18", 4100),
            person("30670112", "Siân Prys-Jones", "paramedic", "bank", "1990-10-10", 430),
            person("30670113", "Kathleen Ferris", "staff-nurse", "permanent", "1968-02-29", 9000),
        ],
        "RTD": [
            person("00412207", "Colm Doherty", "porter", "permanent", "1964-09-27", 8120),
            person("21450102", "Hannah Clarke-Osei", "staff-nurse", "permanent", "1986-03-19", 214),
            person("21450103", "Faith Mwangi", "icu-nurse", "permanent", "1992-12-08", 1333),
            person("21450104", "Tom Liddell", "physiotherapist", "permanent", "1987-05-26", 1790),
            person("21450105", "Łucja Wiśniewska", "healthcare-assistant", "permanent", "1995-04-11", 980,
                   ("healthcare-assistant", "bank", ago(610))),
            person("21450106", "Neve Hardy", "midwife", "permanent", "1978-08-03", 5200),
            person("21450107", "Arjun Pillai", "healthcare-assistant", "fixed-term", "2003-01-15", 260),
            person("21450108", "Siân Prys-Jones", "paramedic", "permanent", "1990-10-10", 2620),
            person("21450109", "Pieter van der Meulen", "staff-nurse", "permanent", "1982-02-14", 1500,
                   ("ward-volunteer", "volunteer", ago(200))),
        ],
        "ZZ901": [
            person("V-0001", "Ruth Bell", "ward-volunteer", "volunteer", "1957-03-09", 1900),
            person("V-0002", "Jean-Luc Mbeki", "ward-volunteer", "volunteer", "2001-07-07", 150),
        ],
    }[code]


KEPT = {  # what is unusual about these people's own lines
    "RNN": [("30670105", "Ruth Bell: also V-0001 at ZZ901, same date of birth"),
            ("30670107", "name of 52 characters"),
            ("30670108", "name with lower-case particles"),
            ("30670109", "name of three words, several marks on one letter"),
            ("30670110", "Sarah Robson, another person than 30670111"),
            ("30670112", "Siân Prys-Jones: also 21450108 at RTD, one registration number"),
            ("30670113", "born on a leap day")],
    "RTD": [("00412207", "reference with leading zeros"),
            ("21450108", "Siân Prys-Jones: also 30670112 at RNN, one registration number")],
    "ZZ901": [("V-0001", "Ruth Bell: also 30670105 at RNN, same date of birth")],
}


def birth_day(stream, role, as_of):
    young, old = {"foundation-year-2-doctor": (25, 32), "ward-volunteer": (18, 79)}.get(role, (23, 66))
    return as_of - timedelta(days=stream.between(young * 366, old * 365))


def people_of(org, as_of):
    people = cast(org.code, as_of)
    left = Counter(dict(org.roles))
    left.subtract(person.role for person in people)
    names = {person.name for person in people}
    number = org.first
    for role, _ in org.roles:
        for _ in range(left[role]):
            if org.code == "ZZ901":
                number = max(number, len(people)) + 1
                reference = f"V-{number:04d}"
            else:
                reference = str(number)
                number += 3 + Stream(org.code, reference, "step").between(0, 40)
            stream = Stream(org.code, reference, "person")
            name = None
            while name is None or name in names or len(name.encode()) > 25:
                family = stream.pick(SHAPED_FAMILY) if stream.chance(0.08) else stream.pick(FAMILY)
                if stream.chance(0.05):
                    family = f"{family}-{stream.pick(FAMILY)}"
                name = f"{stream.pick(GIVEN)} {family}"
            names.add(name)
            born = birth_day(stream, role, as_of)
            adult = years_on(born, 21 if role in REGULATORS else 18)
            if role == "foundation-year-2-doctor":
                start, category = as_of - timedelta(days=stream.between(106, 112)), "fixed-term"
            else:
                start = as_of - timedelta(days=min(stream.between(25, 4200), (as_of - adult).days - 10))
                category = "volunteer" if role == "ward-volunteer" else \
                    stream.pick(["permanent"] * 16 + ["fixed-term"] * 2 + ["bank"] * 2)
            second = None
            if category == "permanent" and stream.chance(0.06) and (as_of - start).days > 200:
                second = (role, "bank", start + timedelta(days=stream.between(60, 190)))
            people.append(Person(reference, name, role, category, born, start, second))
    assert len(people) == org.size, (org.code, len(people))
    return sorted(people, key=lambda person: person.reference)


# ---------------------------------------------------------------- training extract

def courses_of(stream, person):
    if not person.clinical:
        return LEVEL_ONE_ALWAYS + stream.some(LEVEL_ONE_MORE, stream.between(0, 2))
    swaps = SWAPS.get(person.role, {})
    courses = [swaps.get(key, key) for key in CLINICAL_CORE]
    if stream.chance(0.25):
        for key in stream.some(["equality", "safety", "conflict", "fire"], stream.between(1, 3)):
            courses.remove(key)
    for key, often in EXTRAS.get(person.role, []):
        if len(courses) < 13 and stream.chance(often):
            courses.append(key)
    if len(courses) < 12 and not person.told and stream.chance(0.15):
        courses += ["autism-e", "autism-live"] if stream.chance(0.7) else ["autism-e"]
    return courses


def award_day(stream, person, years, fate, as_of):
    if fate == "expired":
        return awarded_for(as_of - timedelta(days=stream.between(3, 260)), years)
    if fate == "soon":
        return awarded_for(as_of + timedelta(days=stream.between(2, 55)), years)
    day = as_of - timedelta(days=stream.between(20, int(years * 365 * 0.8)))
    if day < person.start and not stream.chance(0.3):   # the others brought it from where they were before
        day = min(person.start + timedelta(days=stream.between(0, 40)), as_of - timedelta(days=2))
    return max(day, years_on(person.born, 18))


class TrainingExtract:
    """One organisation's training lines, and the log of the traps set in them."""

    def __init__(self, org, people, as_of, trap):
        self.org, self.people, self.as_of, self.trap = org, people, as_of, trap
        self.names = [p for p in people if p.name.count(" ") == 1 and not p.told]
        self.awards = [award for person in people for award in self._awards(person)]
        self._tell()
        self._habits()

    def _updater(self, stream):
        return f"{self.org.updater_code}|{stream.pick(self.org.updaters)}"

    def _award(self, stream, person, key, awarded):
        course = COURSES[key]
        if course.years is None:
            expiry = "no expiry" if stream.chance(0.6) else ""
        else:
            expiry = written(last_valid_day(awarded, course.years))
        return Award(person.reference, key, awarded, expiry, self._updater(stream), course.title,
                     course.name(self.org.vpd))

    def _awards(self, person):
        stream = Stream(self.org.code, person.reference, "training")
        courses = courses_of(stream, person)
        dated = [key for key in courses if COURSES[key].years]
        long_served = (self.as_of - person.start).days > 1200
        fates = {}
        if not person.told:
            if stream.chance(0.22):
                fates.update((key, "soon") for key in stream.some(dated, stream.between(1, 2)))
            if long_served and stream.chance(0.25):
                fates.update((key, "expired") for key in stream.some(dated, stream.between(1, 2)))
        return [self._award(stream, person, key,
                            award_day(stream, person, COURSES[key].years or 4, fates.get(key), self.as_of))
                for key in courses]

    # -- the people with a story

    def _set(self, reference, key, awarded):
        """Gives this person this course on this day, in place of any that they have."""
        person = next(p for p in self.people if p.reference == reference)
        stream = Stream(self.org.code, reference, "told", key)
        made = self._award(stream, person, key, awarded)
        for place, award in enumerate(self.awards):
            if (award.reference, award.key) == (reference, key):
                self.awards[place] = made
                return made
        last = max(i for i, award in enumerate(self.awards) if award.reference == reference)
        self.awards.insert(last + 1, made)
        return made

    def _drop(self, reference, key):
        self.awards = [a for a in self.awards if (a.reference, a.key) != (reference, key)]

    def _tell(self):
        as_of = self.as_of
        if self.org.code == "RNN":
            for key in CLINICAL_CORE:
                if not any((a.reference, a.key) == ("30670101", key) for a in self.awards):
                    self._set("30670101", key, as_of - timedelta(days=200))
            self._set("30670101", "infection-2", awarded_for(as_of + timedelta(days=29), 1))
            for key in ("adult-ils", "medicines-round", "iv"):
                self._drop("30670101", key)
            for key in ("autism-e", "autism-live"):
                self._set("30670101", key, as_of - timedelta(days=260))
            self.trap("story", "30670101", "infection control level 2 ends 29 days after the as-of date; no ILS")
            self._set("30670102", "fire", as_of - timedelta(days=450))
            self.trap("story", "30670102", "fire safety in date at two years, not at one year")
            self._set("30670104", "on-call", as_of - timedelta(days=500))
            leap = self._set("30670113", "adult-bls", date(2024, 2, 29))
            self.trap("leap day", "30670113", f"one-year award on 29-Feb-2024, file says {leap.expiry}")
            second = self._set("30670108", "newborn-bls", as_of - timedelta(days=120))
            second.reference = "30670108-2"
            self.trap("second assignment", "30670108-2", "training held under the second assignment's reference")
            award = self._set("30670109", "fire", as_of - timedelta(days=90))
            award.competency, award.title = "NHS|CSTF|Winter Resilience Briefing - 2 Years|", "Winter briefing"
            self.trap("unknown competency", "30670109", award.competency)
        if self.org.code == "RTD":
            mistyped = date(as_of.year + 36, 9, 14)
            self._set("21450104", "handling-2", mistyped)
            self.trap("awarded in the future", "21450104", f"Moving and Handling level 2 on {written(mistyped)}")
            second = self._set("21450105", "glucose", as_of - timedelta(days=75))
            second.reference = "21450105-2"
            self.trap("second assignment", "21450105-2", "training held under the second assignment's reference")
            for key in ("autism-live", "iv"):
                self._drop("21450103", key)
            self._set("21450103", "autism-e", as_of - timedelta(days=95))
            self.trap("half of a composite", "21450103", "Oliver McGowan tier 2: e-learning, no live part")
            for reference, key in (("21450102", "data"), ("21450109", "infection-2")):
                award = self._set(reference, key, as_of - timedelta(days=130))
                award.competency = award.competency.replace("NHS|CSTF", "NHS|MAND")
                self.trap("framework MAND", reference, award.competency)

    # -- the habits of a real export

    def _habits(self):
        stream = Stream(self.org.code, "habits")
        large = self.org.size > 50
        told = {person.reference for person in self.people if person.told}
        plain = [a for a in self.awards if a.reference.removesuffix("-2") not in told and COURSES[a.key].years]
        used = set()

        def take(count, suits=lambda award: True):
            chosen = stream.some([a for a in plain if id(a) not in used and suits(a)], count)
            used.update(id(award) for award in chosen)
            return chosen

        def beside(award, copy):
            self.awards.insert(self.awards.index(award) + 1, copy)

        def like(award, **changes):
            return Award(**{**award.__dict__, **changes})

        if self.org.code == "RTD":
            for award in take(4, lambda a: a.key == "conflict"):
                award.competency = award.competency.replace("Conflict Resolution", "NHS Conflict Resolution (England)")
                self.trap("other title", award.reference, award.competency)
        for award in take(10 if large else 2, lambda a: any(word in a.competency for word in AMPERSANDS)):
            for word, ampersand in AMPERSANDS.items():
                award.competency = award.competency.replace(word, ampersand)
            self.trap("ampersand", award.reference, award.competency)
        for award in take(6 if large else 1):
            award.expiry = ""
            self.trap("blank expiry", award.reference, award.competency)
        for award in take(3 if large else 1):
            award.expiry = "no expiry"
            self.trap("no expiry", award.reference, award.competency)
        for award in take(5 if large else 1):
            years = COURSES[award.key].years
            wrong = stream.pick([years + 1, max(1, years - 1) if years > 1 else 2])
            award.expiry = written(last_valid_day(award.awarded, wrong))
            self.trap("period and expiry disagree", award.reference,
                      f"{award.competency} {written(award.awarded)} to {award.expiry}")
        for award in take(2 if large else 1):
            award.expiry = written(years_on(award.awarded, COURSES[award.key].years))
            self.trap("expiry a day late", award.reference,
                      f"{award.competency} {written(award.awarded)} to {award.expiry}")
        for award in take(10 if large else 2):
            colleague = stream.pick([p for p in self.names if p.reference != award.reference])
            award.updater = f"{self.org.updater_code}|{colleague.updater}"
            self.trap("updater is a colleague", award.reference, f"updated by {colleague.name} ({colleague.reference})")
        for award in take(14 if large else 2):
            years = COURSES[award.key].years
            older = awarded_for(award.awarded + timedelta(days=stream.between(-60, 30)), years)
            beside(award, like(award, awarded=older, expiry=written(last_valid_day(older, years)),
                               updater=self._updater(stream)))
            self.trap("older award beside a newer", award.reference, award.competency)
        for award in take(6 if large else 1):
            others = [name for name in self.org.updaters if not award.updater.endswith(name)]
            beside(award, like(award, updater=f"{self.org.updater_code}|{stream.pick(others)}"))
            self.trap("same award, other updater", award.reference, f"{award.competency} {written(award.awarded)}")
        for award in take(8 if large else 2):
            beside(award, like(award))
            self.trap("exact duplicate", award.reference, f"{award.competency} {written(award.awarded)}")
        for place, award in enumerate(take(6 if large else 2)):
            self.trap("trailing spaces", award.reference, award.competency)
            if place % 3 == 0:
                award.competency += " "
            elif place % 3 == 1:
                award.reference += "  "
            else:
                award.title += "   "
                award.expiry += " "
        strangers = {"RNN": [("30690042", "fire"), ("30690077", "data")], "RTD": [("21490315", "adult-bls")]}
        for reference, key in strangers.get(self.org.code, []):
            stranger = Person(reference, "", "staff-nurse", "permanent", self.as_of, self.as_of)
            self.awards.append(self._award(stream, stranger, key,
                                           self.as_of - timedelta(days=stream.between(60, 300))))
            self.trap("no such reference", reference, COURSES[key].name(self.org.vpd))

    def lines(self):
        return [award.line(self.org.vpd) for award in self.awards]


# ---------------------------------------------------------------- checks extract

REGULATORS = {  # role: (regulator, how a synthetic number is made from a counter, years a registration runs)
    "staff-nurse": ("nmc", "99A{:04d}E", 1), "icu-nurse": ("nmc", "99A{:04d}E", 1),
    "midwife": ("nmc", "99B{:04d}E", 1), "foundation-year-2-doctor": ("gmc", "99{:05d}", 1),
    "physiotherapist": ("hcpc", "PH99{:04d}", 2), "paramedic": ("hcpc", "PA99{:04d}", 2),
    "pharmacist": ("gphc", "299{:04d}", 1),
}
NUMBER_BASE = {"RNN": 0, "RTD": 500}
DBS = {  # role: (level, workforce;barred lists)
    "midwife": ("enhanced-barred-lists", "child-and-adult;both"),
    "paramedic": ("enhanced-barred-lists", "child-and-adult;both"),
    "foundation-year-2-doctor": ("enhanced-barred-lists", "child-and-adult;both"),
    "porter": ("enhanced", "adult;none"), "ward-clerk": ("standard", "adult;none"),
    "ward-volunteer": ("enhanced", "adult;none"),
}
DBS_CLINICAL = ("enhanced-barred-lists", "adult;adults")


class ChecksExtract:
    def __init__(self, org, people, as_of, trap):
        self.org, self.as_of, self.trap = org, as_of, trap
        self.lines, self.numbers = [], Counter()
        for person in people:
            self._person(person)

    def _add(self, person, check, outcome, day, level, detail="", until="", conditions="", review=""):
        def text(value):
            return written(value) if isinstance(value, date) else value
        self.lines.append([person.reference, check, outcome, text(day), text(until), level, detail, conditions,
                           text(review)])

    def _person(self, person):
        stream = Stream(self.org.code, person.reference, "checks")
        charity = self.org.code == "ZZ901"
        hired = person.start - timedelta(days=stream.between(6, 24))
        new = not person.told and (self.as_of - person.start).days < 60
        pending = None
        if new and stream.chance(0.6) or not person.told and stream.chance(0.06):
            pending = stream.pick(["dbs", "health-clearance", "reference"] if not charity else ["dbs", "reference"])

        def outcome(check):
            if check == pending:
                self.trap("in progress", person.reference, check)
                return IN_PROGRESS
            return CLEARED

        levels = ["in-person", "in-person", "m1a", "l1b"] if charity else ["h1a", "h1a", "h1b", "m1a"]
        self._add(person, "identity-check", CLEARED, hired, stream.pick(levels))
        if not charity:
            self._right_to_work(person, stream, hired)
        if not charity or stream.chance(0.4) or person.told:
            self._dbs(person, stream, hired, outcome("dbs"))
        if person.role in REGULATORS:
            self._registration(person, stream)
        months = "36" if not charity or stream.chance(0.5) else stream.pick(["12", "24"])
        self._add(person, "reference", outcome("reference"), hired + timedelta(days=3), "", months)
        if not charity:
            self._health(person, stream, hired, outcome("health-clearance"))
        if person.clinical:
            self._screening(person, stream, hired)

    def _right_to_work(self, person, stream, hired):
        if person.reference == "30670106":
            until = years_on(person.start, 3)
            self.trap("story", person.reference, f"one name only; permission to work ends {written(until)}")
            self._add(person, "right-to-work", CLEARED, hired, "health-and-care-visa", until=until)
        elif person.reference == "21450107":
            until = self.as_of + timedelta(days=280)
            self.trap("story", person.reference, "student: limited hours, permission ends within a year")
            self._add(person, "right-to-work", CONDITIONS, hired, "student-limited-hours", until=until,
                      conditions="no more than 20 hours a week in term time", review=self.as_of + timedelta(days=250))
        elif not person.told and stream.chance(0.08):
            basis = stream.pick(["time-limited", "pre-settled", "health-and-care-visa", "dependant", "graduate"])
            until = self.as_of + timedelta(days=stream.between(40, 1000))
            self._add(person, "right-to-work", CLEARED, hired, basis, until=until)
        else:
            basis = stream.pick(["british-or-irish"] * 7 + ["settled"] * 2 + ["indefinite-leave"])
            self._add(person, "right-to-work", CLEARED, hired, basis)

    def _dbs(self, person, stream, hired, outcome):
        level, detail = DBS.get(person.role, DBS_CLINICAL)
        day = hired
        while (self.as_of - day).days > 1150:       # renewed about every three years, sometimes late
            day += timedelta(days=stream.between(1040, 1130))
        if person.reference == "30670101":
            day = self.as_of - timedelta(days=430)
        if person.reference == "30670104":
            self.trap("story", person.reference, "DBS for the adult workforce only")
        self._add(person, "dbs", outcome, day, level, detail)

    def _registration(self, person, stream):
        regulator, shape, years = REGULATORS[person.role]
        self.numbers[shape] += 1
        number = shape.format(NUMBER_BASE[self.org.code] + self.numbers[shape])
        day = self.as_of - timedelta(days=stream.between(2, 300))
        until = self.as_of + timedelta(days=stream.between(35, years * 365 - 20))
        outcome, status, conditions, review = CLEARED, "registered", "", ""
        if person.reference == "30670104":
            until = self.as_of + timedelta(days=150)
            self.trap("story", person.reference, f"registration cycle ends {written(until)}")
        elif person.reference == "30670106":
            number = number[:-1] + "O"
        elif person.name == "Siân Prys-Jones":          # one paramedic, known to both trusts
            number, until = "PA999001", self.as_of + timedelta(days=290)
        elif person.reference == "21450102":
            outcome, status = CONDITIONS, "registered-with-conditions"
            conditions, review = "works only under direct supervision of a registered nurse", self.as_of + timedelta(days=95)
            self.trap("story", person.reference, "registered with conditions of practice")
        elif person.reference == "21450103":
            number = number[:3] + number[4:]
            self.trap("wrong registration number", person.reference, f"{number}: seven characters, the NMC has eight")
        elif person.reference == "21450106":
            outcome, status = IN_PROGRESS, "lapsed"
            day, until = self.as_of - timedelta(days=12), self.as_of - timedelta(days=20)
            self.trap("story", person.reference, f"registration lapsed on {written(until)}")
        self._add(person, "registration", outcome, day, regulator, f"{number};{status}", until=until,
                  conditions=conditions, review=review)

    def _health(self, person, stream, hired, outcome):
        level = "standard" if person.clinical else "standard-non-clinical"
        if person.role in ("midwife", "foundation-year-2-doctor"):
            level = "epp"
        conditions, review = "", ""
        if person.reference == "30670103":
            outcome, conditions, review = CONDITIONS, "no lifting over 15 kg", self.as_of + timedelta(days=62)
            self.trap("story", person.reference, "cleared to work, but not to lift over 15 kg")
        elif outcome == CLEARED and not person.told and stream.chance(0.05):
            outcome, review = CONDITIONS, self.as_of + timedelta(days=stream.between(20, 330))
            conditions = stream.pick(["no lifting over 15 kg", "no night shifts", "latex-free gloves",
                                      "seated breaks every two hours"])
        elif stream.chance(0.15):
            review = self.as_of + timedelta(days=stream.between(30, 700))
        self._add(person, "health-clearance", outcome, hired + timedelta(days=2), level,
                  conditions=conditions, review=review)

    def _screening(self, person, stream, hired):
        first = max(person.born.year + 12, person.start.year - stream.between(1, 8))
        month = f"{stream.pick(MONTHS)}-{min(first, self.as_of.year - 1)}"
        when = stream.pick([str(first), month, hired - timedelta(days=40)])
        kinds = [("hep-b-immune", "immune"), ("hep-b-immune", "immune"), ("mmr-vaccinated", "completed")]
        self._add(person, "screening", CLEARED, when, *stream.pick(kinds))
        if stream.chance(0.6):
            self._add(person, "screening", CLEARED, hired - timedelta(days=20), "tb-screened", "not-detected")


# ---------------------------------------------------------------- files

def csv_bytes(header, lines, line_end="\n", mark=False):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end)
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")


def staff_lines(people):
    lines = []
    for person in people:
        lines.append([person.reference, person.name, written(person.born), person.role, written(person.start),
                      person.category])
        if person.second:
            role, category, start = person.second
            lines.append([f"{person.reference}-2", person.name, written(person.born), role, written(start), category])
    return lines


def generate(as_of):
    """Every file as bytes by its path, and the lines of the summary."""
    files, summary = {}, []
    for org in ORGANISATIONS:
        traps = []

        def trap(kind, reference, note):
            traps.append((kind, reference, note))

        people = people_of(org, as_of)
        staff = staff_lines(people)
        training = TrainingExtract(org, people, as_of, trap).lines()
        checks = ChecksExtract(org, people, as_of, trap).lines
        files[f"{org.code}/staff.csv"] = csv_bytes(STAFF_HEADER, staff)
        files[f"{org.code}/training.csv"] = csv_bytes(TRAINING_HEADER, training, org.line_end, org.mark)
        files[f"{org.code}/checks.csv"] = csv_bytes(CHECKS_HEADER, checks)
        summary.append(f"{org.code} {org.name}: {len(people)} people, {len(staff)} assignments, "
                       f"{len(training)} training lines, {len(checks)} check lines")
        for reference, note in KEPT.get(org.code, []):
            trap("person", reference, note)
        for person in people:
            if person.second:
                traps.append(("two assignments", person.reference, f"{person.role} and {' '.join(person.second[:2])}"))
        for kind, reference, note in sorted(traps):
            summary.append(f"  {kind:27} {reference:11} {note}")
    return files, summary


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 11, 20),
                         help="the day the extracts were run (default 2026-11-20)")
    options.add_argument("--out", type=Path, default=HERE / "extracts",
                         help="where the files go (default: extracts, beside this script)")
    options.add_argument("--check", action="store_true", help="write nothing; exit 1 if the files on disk differ")
    chosen = options.parse_args()

    files, summary = generate(chosen.as_of)
    print("\n".join(summary))
    if not chosen.check:
        for path, content in files.items():
            (chosen.out / path).parent.mkdir(parents=True, exist_ok=True)
            (chosen.out / path).write_bytes(content)
        return 0
    on_disk = {path.relative_to(chosen.out).as_posix(): path.read_bytes()
               for path in chosen.out.rglob("*") if path.is_file()}
    different = sorted(path for path in files.keys() | on_disk.keys() if files.get(path) != on_disk.get(path))
    for path in different:
        print(f"differs from what generate.py writes: {path}", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
