//! Pictures as cameras in a hurry take them are read, exactly; what is no code is not.

mod gallery;

use gallery::{CODES, Dice, Frame, HEIGHT, Kind, WIDTH, frame};
use passport_scan::{Effort, Picture, luma_of, scan};
use proptest::prelude::*;

/// Pictures of each kind and code.
const VARIATIONS: u64 = 2;
/// Of the 30 hard ones: as many as were read when this was written. zbarimg 0.23.92 reads 9 of them.
const FLOOR: usize = 28;

fn texts(frame: &Frame, effort: Effort) -> Vec<String> {
    let picture = Picture::new(WIDTH, HEIGHT, &frame.luma).expect("it fits");
    scan(picture, effort).into_iter().map(|code| code.text).collect()
}

fn is_hard(kind: Kind) -> bool {
    matches!(kind, Kind::Steep | Kind::CrackedScreen | Kind::Moire | Kind::Noise | Kind::Everything)
}

#[test]
fn every_ordinary_picture_is_read_and_as_many_hard_ones_as_ever() {
    let (mut read, mut missed) = (0, Vec::new());
    for kind in Kind::ALL {
        for (code, (name, ..)) in CODES.iter().enumerate() {
            for variation in 0..VARIATIONS {
                let frame = frame(kind, code, variation);
                match (texts(&frame, Effort::Thorough).as_slice(), is_hard(kind)) {
                    ([text], _) => {
                        assert_eq!(text, &frame.text, "read as something else");
                        read += usize::from(is_hard(kind));
                    }
                    ([], true) => {}
                    _ => missed.push(format!("{} {name} {variation}", kind.name())),
                }
            }
        }
    }
    assert!(missed.is_empty(), "not read: {missed:?}");
    assert!(read >= FLOOR, "{read} of the hard ones are read; {FLOOR} were");
}

#[test]
fn a_camera_needs_four_turns_at_most_also_for_light_on_dark() {
    for code in 0..CODES.len() {
        let frame = frame(Kind::Inverted, code, 0);
        assert!((0..4).any(|turn| texts(&frame, Effort::Turn(turn)) == [frame.text.clone()]));
    }
}

#[test]
fn a_code_is_found_however_it_is_turned_and_in_a_large_picture_too() {
    let plain = frame(Kind::Plain, 0, 7);
    let at = |x: usize, y: usize| plain.luma[y * WIDTH + x];
    let turned: [(usize, usize, Vec<u8>); 3] = [
        (HEIGHT, WIDTH, (0..WIDTH * HEIGHT).map(|place| at(place / HEIGHT, HEIGHT - 1 - place % HEIGHT)).collect()),
        (WIDTH, HEIGHT, plain.luma.iter().rev().copied().collect()),
        (
            WIDTH * 4,
            HEIGHT * 4,
            (0..WIDTH * HEIGHT * 16).map(|place| at(place % (WIDTH * 4) / 4, place / (WIDTH * 16))).collect(),
        ),
    ];
    for (width, height, luma) in turned {
        let codes = scan(Picture::new(width, height, &luma).unwrap(), Effort::Thorough);
        assert_eq!(codes.iter().map(|code| code.text.as_str()).collect::<Vec<_>>(), [plain.text.as_str()], "{width}");
        for (x, y) in codes[0].corners {
            assert!((0..=width as i32).contains(&x) && (0..=height as i32).contains(&y), "{:?}", codes[0].corners);
        }
    }
}

#[test]
fn two_codes_in_one_picture_are_both_read() {
    let (one, two) = (frame(Kind::Plain, 0, 8), frame(Kind::Plain, 0, 9));
    let rows = one.luma.chunks(WIDTH).zip(two.luma.chunks(WIDTH));
    let luma: Vec<u8> = rows.flat_map(|(one, two)| one.iter().chain(two).copied()).collect();
    let codes = scan(Picture::new(WIDTH * 2, HEIGHT, &luma).unwrap(), Effort::Thorough);
    let mut texts: Vec<_> = codes.into_iter().map(|code| code.text).collect();
    texts.sort();
    let mut expected = vec![one.text, two.text];
    expected.sort();
    assert_eq!(texts, expected);
}

#[test]
fn noise_and_gratings_hold_no_code() {
    let mut dice = Dice::new(5);
    let noise: Vec<u8> = (0..WIDTH * HEIGHT).map(|_| dice.between(0.0, 256.0) as u8).collect();
    let gratings: Vec<u8> = (0..WIDTH * HEIGHT).map(|place| if place % 7 < 3 { 0 } else { 255 }).collect();
    for luma in [noise, gratings, vec![0; WIDTH * HEIGHT], vec![255; WIDTH * HEIGHT]] {
        for effort in [Effort::Thorough, Effort::Turn(u32::MAX)] {
            assert_eq!(scan(Picture::new(WIDTH, HEIGHT, &luma).unwrap(), effort), []);
        }
    }
}

#[test]
fn colours_become_brightness_and_what_is_transparent_is_paper() {
    assert_eq!(luma_of(1, 1, &[10]).as_deref(), Some(&[10][..]));
    let pixels = [255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 127];
    assert_eq!(luma_of(2, 2, &pixels).as_deref(), Some(&[255, 0, 255, 128][..]));
    for (width, height) in [(0, 0), (1, 5), (usize::MAX, 2), (10_001, 1)] {
        assert_eq!(luma_of(width, height, &pixels), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_spoilt_picture_is_read_as_written_or_not_at_all(
        seed in 0_u64..1_000,
        spots in proptest::collection::vec((0..WIDTH, 0..HEIGHT, 1_usize..90, any::<u8>()), 0..14),
    ) {
        let mut frame = frame(Kind::Plain, (seed % 3) as usize, seed);
        for (x, y, size, ink) in spots {
            for row in y..(y + size).min(HEIGHT) {
                frame.luma[row * WIDTH + x..row * WIDTH + (x + size).min(WIDTH)].fill(ink);
            }
        }
        let found = texts(&frame, Effort::Thorough);
        prop_assert!(found.is_empty() || found == [frame.text]);
    }
}
