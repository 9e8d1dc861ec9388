//! Reed-Solomon error correction over GF(256) with polynomial 0x11d and roots from α⁰ (ISO/IEC 18004:2015,
//! section 12 and annex B): errors in unknown places, and symbols that are taken for lost.

const POLYNOMIAL: usize = 0x11d;

const TABLES: ([u8; 510], [u8; 256]) = {
    let (mut powers, mut logs) = ([0; 510], [0; 256]);
    let (mut value, mut power) = (1_usize, 0);
    while power < 255 {
        // value is below 256, power below 255.
        powers[power] = value as u8;
        powers[power + 255] = value as u8;
        logs[value] = power as u8;
        value <<= 1;
        if value > 255 {
            value ^= POLYNOMIAL;
        }
        power += 1;
    }
    (powers, logs)
};

fn power(of: usize) -> u8 {
    TABLES.0[of % 255]
}

fn log(of: u8) -> usize {
    usize::from(TABLES.1[usize::from(of)])
}

fn times(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 { 0 } else { TABLES.0[log(a) + log(b)] }
}

fn over(a: u8, b: u8) -> u8 {
    if a == 0 { 0 } else { TABLES.0[log(a) + 255 - log(b)] }
}

/// The value of a polynomial, lowest coefficient first.
fn value(polynomial: &[u8], at: u8) -> u8 {
    polynomial.iter().rev().fold(0, |sum, coefficient| times(sum, at) ^ coefficient)
}

fn syndromes(block: &[u8], checks: usize) -> Vec<u8> {
    (0..checks).map(|root| block.iter().fold(0, |sum, symbol| times(sum, power(root)) ^ symbol)).collect()
}

/// The block put right, with its `checks` check symbols at the end; `None` when more is wrong than can be
/// told. `lost` are places that are not trusted.
pub fn correct(received: &[u8], checks: usize, lost: &[usize]) -> Option<Vec<u8>> {
    let mut block = received.to_vec();
    let syndromes = self::syndromes(&block, checks);
    if syndromes.iter().all(|syndrome| *syndrome == 0) {
        return Some(block);
    }
    let locator = locate(&syndromes, lost, block.len())?;
    let degree = locator.iter().rposition(|coefficient| *coefficient != 0)?;
    if 2 * degree > checks + lost.len() {
        return None;
    }
    let evaluator: Vec<u8> = (0..checks)
        .map(|place| (0..=place.min(degree)).fold(0, |sum, low| sum ^ times(locator[low], syndromes[place - low])))
        .collect();
    let mut found = 0;
    for place in 0..block.len() {
        let exponent = block.len() - 1 - place;
        let inverse = power(255 - exponent % 255);
        if value(&locator, inverse) != 0 {
            continue;
        }
        found += 1;
        // The derivative keeps the odd powers.
        let slope =
            (1..=degree).step_by(2).fold(0, |sum, low| sum ^ times(locator[low], power(log(inverse) * (low - 1))));
        if slope == 0 {
            return None;
        }
        block[place] ^= times(power(exponent), over(value(&evaluator, inverse), slope));
    }
    let right = found == degree && self::syndromes(&block, checks).iter().all(|syndrome| *syndrome == 0);
    right.then_some(block)
}

/// Berlekamp and Massey, begun with the places that are known (Blahut 2003, section 7.4).
fn locate(syndromes: &[u8], lost: &[usize], length: usize) -> Option<Vec<u8>> {
    let checks = syndromes.len();
    let mut locator = vec![0; checks + 1];
    locator[0] = 1;
    for place in lost {
        let at = power(length.checked_sub(1 + place)?);
        for low in (1..=checks).rev() {
            locator[low] ^= times(locator[low - 1], at);
        }
    }
    let (mut before, mut errors) = (locator.clone(), lost.len());
    for step in lost.len()..checks {
        let wrong = (0..=step).fold(0, |sum, low| sum ^ times(locator[low], syndromes[step - low]));
        before.rotate_right(1);
        before[0] = 0;
        if wrong == 0 {
            continue;
        }
        let next: Vec<u8> = locator.iter().zip(&before).map(|(a, b)| a ^ times(wrong, *b)).collect();
        if 2 * errors <= step + lost.len() {
            errors = step + 1 + lost.len() - errors;
            before = locator.iter().map(|coefficient| over(*coefficient, wrong)).collect();
        }
        locator = next;
    }
    Some(locator)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Data with check symbols, by long division.
    fn encoded(data: &[u8], checks: usize) -> Vec<u8> {
        let mut generator = vec![1_u8];
        for root in 0..checks {
            let mut next = vec![0; generator.len() + 1];
            for (place, coefficient) in generator.iter().enumerate() {
                next[place] ^= coefficient;
                next[place + 1] ^= times(*coefficient, power(root));
            }
            generator = next;
        }
        let mut rest = data.to_vec();
        rest.resize(data.len() + checks, 0);
        for place in 0..data.len() {
            let lead = rest[place];
            for (offset, coefficient) in generator.iter().enumerate() {
                rest[place + offset] ^= times(*coefficient, lead);
            }
        }
        data.iter().copied().chain(rest[data.len()..].iter().copied()).collect()
    }

    proptest! {
        #[test]
        fn errors_and_losses_within_the_measure_are_put_right(
            data in proptest::collection::vec(any::<u8>(), 10..120),
            checks in 7_usize..=30,
            share in 0.0..=1.0_f64,
            changes in proptest::collection::vec((any::<proptest::sample::Index>(), 1_u8..), 30),
        ) {
            let whole = encoded(&data, checks);
            let mut places: Vec<(usize, u8)> = Vec::new();
            for (at, change) in changes {
                let at = at.index(whole.len());
                if places.iter().all(|(place, _)| *place != at) {
                    places.push((at, change));
                }
            }
            let lost = ((checks as f64 * share) as usize).min(places.len());
            let errors = ((checks - lost) / 2).min(places.len() - lost);
            let mut block = whole.clone();
            for (at, change) in &places[..lost + errors] {
                block[*at] ^= change;
            }
            let lost: Vec<usize> = places[..lost].iter().map(|(place, _)| *place).collect();
            prop_assert_eq!(correct(&block, checks, &lost), Some(whole));
        }

        #[test]
        fn whatever_comes_in_it_ends(
            block in proptest::collection::vec(any::<u8>(), 1..160),
            checks in 1_usize..=30,
            lost in proptest::collection::vec(0_usize..200, 0..40),
        ) {
            let _ = correct(&block, checks, &lost);
        }
    }
}
