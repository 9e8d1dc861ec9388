//! Whom several passes and credentials are about: one person, perhaps one person, or not.

mod world;

use passport_schema::status::Status;
use passport_verifier::{Confidence, Difference, NotOnePerson, Person};
use serde_json::{Value, json};

use crate::world::{Scene, Shown, morning, pass_from};

const TODAY: &str = "2026-06-01";
const BORN: Option<&str> = Some("1990-04-17");

fn called(name: &str, birth: Option<&'static str>, records: &[Value]) -> Shown {
    Shown { name: name.into(), birth, ..pass_from("RNN", records) }
}

/// The same, from another organisation.
fn elsewhere(shown: Shown) -> Shown {
    Shown { issuer: "RTD", ..shown }
}

fn nurse(number: &str) -> Value {
    json!({ "kind": "registration", "regulator": "nmc", "number": number, "status": "registered", "checked": "2026-05-01" })
}

fn doctor(number: &str) -> Value {
    json!({ "kind": "registration", "regulator": "gmc", "number": number, "status": "registered", "checked": "2026-05-01" })
}

fn scene(shown: &[Shown]) -> Scene {
    Scene::new(morning(TODAY), morning(TODAY).plus(-600), shown)
}

/// How sure the joining is, or what differs; the same in every order.
fn joined(shown: &[Shown]) -> Result<Option<Confidence>, Difference> {
    let scene = scene(shown);
    let mut verdicts = scene.verdicts();
    let confidence = |joined: Result<Option<Person<'_>>, NotOnePerson>| match joined {
        Ok(person) => Ok(person.expect("somebody").confidence()),
        Err(apart) => Err(apart.difference),
    };
    let answer = confidence(Person::join(&verdicts));
    for turn in 0..verdicts.len() {
        verdicts.rotate_left(1);
        assert_eq!(confidence(Person::join(&verdicts)), answer, "in another order, {turn}");
        let mut back = verdicts.clone();
        back.reverse();
        assert_eq!(confidence(Person::join(&back)), answer, "backwards, {turn}");
    }
    answer
}

/// Two passes under these names, with the same date of birth.
fn names(one: &str, two: &str) -> Result<Option<Confidence>, Difference> {
    joined(&[called(one, BORN, &[]), elsewhere(called(two, BORN, &[]))])
}

#[test]
fn one_name_is_written_in_many_ways() {
    for (one, two) in [
        ("Ana Ng", "Ana Ng"),
        ("Ana Ng", "Ng Ana"),
        ("Ana Ng", "ANA NG"),
        ("Siobhán O’Neill", "O'NEILL Siobhan"),
        ("Zoë Müller", "Zoe\u{308} Muller"),
        ("Mary-Jane D'Arcy", "Mary Jane Darcy"),
        ("Łukasz Đorđe", "Lukasz Dorde"),
        ("Nguyễn Thị Ánh", "Nguyen Thi Anh"),
        ("Suparti", "SUPARTI"),
    ] {
        assert_eq!(names(one, two), Ok(Some(Confidence::Medium)), "{one}, {two}");
    }
}

#[test]
fn a_word_that_one_of_them_lacks_lowers_the_confidence() {
    for (one, two) in [
        ("Grace Oluwaseun Adeyemi", "Grace Adeyemi"),
        ("Ana Ng", "Ana"),
        ("Suparti Wijaya", "Suparti"),
        ("Mary-Jane D'Arcy", "Mary Darcy"),
    ] {
        assert_eq!(names(one, two), Ok(Some(Confidence::Low)), "{one}, {two}");
        let with = |name, pass: fn(Shown) -> Shown| pass(called(name, BORN, &[nurse("99A9999A")]));
        let sure = joined(&[with(one, |it| it), with(two, elsewhere)]);
        assert_eq!(sure, Ok(Some(Confidence::Medium)), "with one registration number: {one}, {two}");
    }
}

#[test]
fn the_fullest_form_of_the_name_is_theirs() {
    let scene =
        scene(&[called("Ng", BORN, &[]), elsewhere(called("Ana Maria Ng", None, &[])), called("Ana Ng", BORN, &[])]);
    let verdicts = scene.verdicts();
    let person = Person::join(&verdicts[..1]).unwrap().unwrap();
    assert_eq!((person.name().as_str(), person.confidence()), ("Ng", None));
    assert_eq!(person.birth_date(), BORN.map(world::day));
    let ends = [verdicts[0].clone(), verdicts[2].clone()];
    assert_eq!(Person::join(&ends).unwrap().unwrap().name().as_str(), "Ana Ng");
}

#[test]
fn different_names_are_never_read_together() {
    for (one, two) in [
        ("Ana Ng", "Ana Nguyen"),
        ("Ana Ng", "Anna Ng"),
        ("Ana Maria Ng", "Ana Sofia Ng"),
        // Twice the same word is not one.
        ("Ana Ana", "Ana Ng"),
    ] {
        assert_eq!(names(one, two), Err(Difference::Name), "{one}, {two}");
    }
}

#[test]
fn a_changed_surname_is_shown_as_a_difference_and_never_merged() {
    let before = called("Ana Ng", BORN, &[nurse("99A9999A")]);
    let after = elsewhere(called("Ana Whitfield", BORN, &[nurse("99A9999A")]));
    assert_eq!(joined(&[before.clone(), after.clone()]), Err(Difference::Name), "even with one registration number");
    let both = called("Ana Ng Whitfield", BORN, &[nurse("99A9999A")]);
    assert_eq!(joined(&[before, after, both]), Err(Difference::Name), "nor through a third");
}

#[test]
fn a_date_of_birth_counts_where_it_is_given() {
    let (ana, other) = (called("Ana Ng", BORN, &[]), elsewhere(called("Ana Ng", Some("1990-04-18"), &[])));
    assert_eq!(joined(&[ana.clone(), other]), Err(Difference::BirthDate));
    let without = called("Ana Ng", None, &[]);
    assert_eq!(joined(&[ana.clone(), elsewhere(without.clone())]), Err(Difference::NotEnough), "missing on one");
    assert_eq!(joined(&[without.clone(), elsewhere(without.clone())]), Err(Difference::NotEnough), "missing on both");
    assert_eq!(
        joined(&[without.clone(), without.clone()]),
        Ok(Some(Confidence::Low)),
        "one organisation knows its own"
    );
    let half = called("Ana", None, &[]);
    assert_eq!(joined(&[without, half]), Err(Difference::NotEnough), "by their whole name");
}

#[test]
fn registration_numbers_join_and_part() {
    let with = |birth, records: &[Value]| called("Ana Ng", birth, records);
    let (one, other) = (nurse("99A9999A"), nurse("99A9999B"));
    let pair = |a: &[Value], b: &[Value], birth| joined(&[with(birth, a), elsewhere(with(birth, b))]);
    let (one, other, both) = (&[one.clone()][..], &[other.clone()][..], &[one, other][..]);
    assert_eq!(pair(one, one, BORN), Ok(Some(Confidence::High)));
    assert_eq!(pair(one, one, None), Ok(Some(Confidence::Low)), "name and number alone");
    assert_eq!(pair(one, other, BORN), Err(Difference::RegistrationNumber));
    assert_eq!(pair(one, &[], BORN), Ok(Some(Confidence::Medium)), "one of them shows none");
    assert_eq!(pair(one, &[doctor("0123456")], BORN), Ok(Some(Confidence::Medium)), "of two regulators");
    // One person may be on two parts of one register.
    assert_eq!(pair(both, other, BORN), Ok(Some(Confidence::High)));
    let third = nurse("99A9999C");
    assert_eq!(pair(both, &[third.clone(), nurse("99A9999A")], BORN), Ok(Some(Confidence::High)));
    assert_eq!(pair(both, &[third], BORN), Err(Difference::RegistrationNumber));
}

#[test]
fn a_number_that_its_issuer_has_withdrawn_neither_joins_nor_parts() {
    let good = called("Ana Ng", BORN, &[nurse("99A9999A")]);
    for status in [Status::Withdrawn, Status::Superseded] {
        let wrong = Shown { status: vec![(2, status)], ..elsewhere(called("Ana Ng", BORN, &[nurse("99A9999B")])) };
        assert_eq!(joined(&[good.clone(), wrong]), Ok(Some(Confidence::Medium)));
        let right = Shown { status: vec![(2, status)], ..elsewhere(good.clone()) };
        assert_eq!(joined(&[good.clone(), right]), Ok(Some(Confidence::Medium)));
    }
    let doubted =
        Shown { status: vec![(2, Status::Suspended)], ..elsewhere(called("Ana Ng", BORN, &[nurse("99A9999B")])) };
    assert_eq!(joined(&[good, doubted]), Err(Difference::RegistrationNumber), "a doubt takes nothing back");
}

#[test]
fn the_gravest_difference_is_the_one_that_is_told_with_its_place() {
    let ana = called("Ana Ng", BORN, &[nurse("99A9999A")]);
    let name = called("Ben Ng", BORN, &[]);
    let born = called("Ana Ng", Some("1990-04-18"), &[]);
    let number = called("Ana Ng", BORN, &[nurse("99A9999B")]);
    assert_eq!(joined(&[ana.clone(), name.clone()]), Err(Difference::Name));
    assert_eq!(joined(&[ana.clone(), name.clone(), born.clone()]), Err(Difference::BirthDate));
    assert_eq!(joined(&[number.clone(), ana.clone(), name.clone(), born]), Err(Difference::RegistrationNumber));
    let scene = scene(&[ana, name, number]);
    let verdicts = scene.verdicts();
    let apart = Person::join(&verdicts).unwrap_err();
    assert_eq!(apart.between, (0, 2));
    let told = apart.to_string();
    assert_eq!(told, "These are not shown to be about one person: the registration numbers differ. Check photo ID.");
}

#[test]
fn a_third_pass_may_connect_two_that_are_not_connected_themselves() {
    // Nothing but a name holds the first two together.
    let one = called("Ana Ng", BORN, &[]);
    let two = elsewhere(called("Ana Ng", None, &[nurse("99A9999A")]));
    assert_eq!(joined(&[one.clone(), two.clone()]), Err(Difference::NotEnough));
    let third = Shown { issuer: "ZZ901", ..called("Ana Ng", BORN, &[nurse("99A9999A")]) };
    assert_eq!(joined(&[one.clone(), two.clone(), third.clone()]), Ok(Some(Confidence::Low)));
    let whole = elsewhere(called("Ana Ng", BORN, &[nurse("99A9999A")]));
    assert_eq!(joined(&[one.clone(), whole, third]), Ok(Some(Confidence::Medium)));
    // A third that connects with only one of them leaves the other apart.
    assert_eq!(joined(&[one.clone(), two, one]), Err(Difference::NotEnough));
}

#[test]
fn what_was_refused_takes_no_part() {
    let ana = called("Ana Ng", BORN, &[nurse("99A9999A")]);
    let withdrawn =
        Shown { status: vec![(0, Status::Withdrawn)], ..called("Ben Ng", Some("1970-01-01"), &[nurse("99A9999B")]) };
    assert_eq!(joined(&[ana.clone(), withdrawn.clone()]), Ok(None), "nor does it count as a second");
    let scene = scene(&[withdrawn.clone(), ana, withdrawn]);
    let verdicts = scene.verdicts();
    let person = Person::join(&verdicts).unwrap().unwrap();
    assert_eq!((person.name().as_str(), person.set_aside()), ("Ana Ng", 2));
    assert_eq!(person.items().len(), 2, "identity and registration");
    assert!(!person.is_doubted());
}

#[test]
fn nothing_at_all_is_nobody() {
    assert!(Person::join(&[]).unwrap().is_none());
    let scene = scene(&[Shown { status: vec![(0, Status::Withdrawn)], ..called("Ana Ng", BORN, &[]) }]);
    let verdicts = scene.verdicts();
    assert!(Person::join(&verdicts).unwrap().is_none(), "all of it refused");
}

#[test]
fn what_its_issuer_has_suspended_as_a_whole_casts_doubt() {
    let sound = called("Ana Ng", BORN, &[nurse("99A9999A")]);
    let whole = Shown { status: vec![(0, Status::Suspended)], ..elsewhere(sound.clone()) };
    let scene = scene(&[sound, whole]);
    let verdicts = scene.verdicts();
    let person = Person::join(&verdicts).unwrap().unwrap();
    assert!(person.is_doubted());
    // It is refused, so that nothing in it counts either.
    assert_eq!((person.confidence(), person.set_aside()), (None, 1));
    assert!(person.items().iter().all(|item| item.issuer().code().as_str() == "RNN"));
    let one = Person::join(&verdicts[..1]).unwrap().unwrap();
    assert!(!one.is_doubted(), "only what was shown");
}

#[test]
fn an_agreement_is_nobodys_to_judge_by() {
    let agreement = json!({ "kind": "carerAgreement", "agreed": ["No late shifts"], "personSigned": "2026-01-05",
        "managerSigned": "2026-01-06", "reviewBy": "2027-01-06" });
    let credential = Shown { as_credential: true, ..called("Ana Ng", BORN, &[agreement]) };
    let scene = scene(&[called("Ana Ng", BORN, &[nurse("99A9999A")]), credential]);
    let verdicts = scene.verdicts();
    assert!(verdicts[1].verified().is_some_and(|it| it.records().len() == 1));
    let person = Person::join(&verdicts).unwrap().unwrap();
    assert_eq!(person.items().len(), 2);
    let only = Person::join(&verdicts[1..]).unwrap().unwrap();
    assert!(only.items().is_empty());
}

#[test]
fn only_what_a_receiver_takes_is_evidence() {
    let scene = scene(&[called("Ana Ng", BORN, &[nurse("99A9999A"), doctor("0123456")])]);
    let verdicts = scene.verdicts();
    let person = Person::join(&verdicts).unwrap().unwrap();
    assert_eq!(person.items().iter().filter(|item| item.is_taken()).count(), 3);
    let left = person.with_only(|item| item.record().kind() == passport_schema::record::Kind::Registration);
    assert_eq!((left.items().iter().filter(|item| item.is_taken()).count(), left.name().as_str()), (2, "Ana Ng"));
}
