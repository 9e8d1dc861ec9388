//! Paper is read off a photocopy, by our decoder and by an independent one.

mod photocopier;
mod world;

use passport_paper::Form;
use photocopier::{copy, ours, print, zbar};
use world::World;

/// Skew in degrees and noise in levels of 255: a copy, and a bad one.
const COPIES: [(f32, f32); 2] = [(1.0, 40.0), (-1.0, 60.0)];

/// How many of some copies our decoder and zbar read, of both copies and several seeds.
fn read(world: &World, form: Form, seeds: u64) -> [usize; 2] {
    let pdf = world::keep(&format!("scan-{}-{}.pdf", form.name(), world.text.len()), &world.print(form).pdf);
    let pages = print(&pdf);
    // The code is on the first page, or on the back of a card.
    let page = if form == Form::CardPrinter { &pages[1] } else { &pages[0] };
    let copies = (1..=seeds).flat_map(|seed| COPIES.map(|(skew, noise)| copy(page, skew, noise, seed)));
    let mut counts = [0, 0];
    for copy in copies {
        counts[0] += usize::from(ours(&copy).contains(&world.text));
        counts[1] += usize::from(zbar(&copy).contains(&world.text));
    }
    counts
}

#[test]
fn the_reference_passport_is_read_off_a_photocopy_of_sheet_and_card() {
    let world = World::reference(|_| {});
    assert!((500..=600).contains(&world.text.len()), "{}", world.text.len());
    for form in [Form::A4, Form::Card, Form::CardPrinter] {
        assert_eq!(read(&world, form, 2), [4, 4], "{form:?}");
    }
}

#[test]
fn the_letter_holds_no_code() {
    let world = World::reference(|_| {});
    let printed = world.print(Form::Letter).pdf;
    let pages = print(&world::keep("no-code.pdf", &printed));
    assert_eq!(pages.len(), 1);
    assert!(ours(&pages[0]).is_empty() && zbar(&pages[0]).is_empty());
}

/// How far longer passes go: prints a table, of which the longest pass on paper must be read.
#[test]
fn passes_of_every_length_are_read_off_a_photocopy() {
    println!("characters  form  read by ours and by zbar, of 4 copies");
    for characters in [600, 702, 823, 900, 970, 1_041] {
        let world = world::of_length(characters);
        for form in [Form::A4, Form::CardPrinter] {
            let [ours, zbar] = read(&world, form, 2);
            println!("{:>10}  {:<12} {ours} {zbar}", world.text.len(), form.name());
        }
    }
}
