//! Paper is read off a photocopy, by our decoder and by an independent one.

mod photocopier;
mod world;

use passport_paper::Form;
use photocopier::{copy, decode, ours, print, zbar};
use world::World;

/// Skew in degrees and noise in levels of 255: a copy, and a bad one.
const COPY: (f32, f32) = (1.0, 30.0);
const BAD_COPY: (f32, f32) = (-1.0, 50.0);

/// How many of some copies our decoder and zbar read.
fn read(world: &World, form: Form, (skew, noise): (f32, f32), copies: u64) -> [usize; 2] {
    let pdf = world::keep(&format!("scan-{}-{}.pdf", form.name(), world.text.len()), &world.print(form).pdf);
    let pages = print(&pdf);
    // The code is on the first page, or on the back of a card.
    let page = if form == Form::CardPrinter { &pages[1] } else { &pages[0] };
    let mut counts = [0, 0];
    for seed in 1..=copies {
        let copy = copy(page, skew, noise, seed);
        counts[0] += usize::from(ours(&copy, &world.text));
        counts[1] += usize::from(zbar(&copy).contains(&world.text));
    }
    counts
}

#[test]
fn the_reference_passport_is_read_off_a_photocopy_of_sheet_and_card() {
    let world = World::reference(|_| {});
    assert!((500..=600).contains(&world.text.len()), "{}", world.text.len());
    for form in [Form::A4, Form::Card, Form::CardPrinter] {
        let [ours, zbar] = read(&world, form, COPY, 3);
        assert!(ours >= 2 && zbar == 3, "{ours} and {zbar} of 3, {form:?}");
        assert_eq!(read(&world, form, BAD_COPY, 3)[1], 3, "zbar, {form:?}");
    }
}

#[test]
fn the_letter_holds_no_code() {
    let world = World::reference(|_| {});
    let printed = world.print(Form::Letter).pdf;
    let pages = print(&world::keep("no-code.pdf", &printed));
    assert_eq!(pages.len(), 1);
    assert!(decode(&pages[0]).is_empty() && zbar(&pages[0]).is_empty());
}

/// How far longer passes go, as a table: `cargo test -p passport-paper --test scan -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes"]
fn a_table_of_how_far_longer_passes_go() {
    println!("characters  form          of 5 copies read by ours and by zbar   of 5 bad copies");
    for characters in [600, 702, 823, 900, 970, 1_041] {
        let world = world::of_length(characters);
        for form in [Form::A4, Form::CardPrinter] {
            let [good, bad] = [COPY, BAD_COPY].map(|copy| read(&world, form, copy, 5));
            let [ours, zbar, ours_bad, zbar_bad] = [good[0], good[1], bad[0], bad[1]];
            let (length, name) = (world.text.len(), form.name());
            println!("{length:>10}  {name:<12}  {ours:>4} {zbar:>4}  {ours_bad:>30} {zbar_bad:>4}");
        }
    }
}

#[test]
fn the_longest_pass_on_paper_is_read_off_a_photocopy() {
    let world = world::of_length(970);
    assert!(world.text.len() > 960, "{}", world.text.len());
    for form in [Form::A4, Form::CardPrinter] {
        assert_eq!(read(&world, form, COPY, 2)[1], 2, "zbar, {form:?}");
    }
}
