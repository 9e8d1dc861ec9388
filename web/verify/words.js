// Dates, ages and what to do next, in words. Everything here is pure.

const DAY = 24 * 60 * 60 * 1000;
const london = { timeZone: 'Europe/London' };
const dayWords = new Intl.DateTimeFormat('en-GB', { ...london, day: 'numeric', month: 'long', year: 'numeric' });
const hourWords = new Intl.DateTimeFormat('en-GB', { ...london, hour: '2-digit', minute: '2-digit' });
const dayCode = new Intl.DateTimeFormat('sv-SE', london);

/** `2026-11-22` as `22 November 2026`. */
export const day = (code) => dayWords.format(new Date(`${code}T12:00:00Z`));

/** The day in London at a moment, as `2026-11-22`. */
export const londonDay = (moment) => dayCode.format(moment);

/** A moment as the verifier takes it: `2026-11-22T04:12:09Z`. */
export const instant = (moment) => `${moment.toISOString().slice(0, 19)}Z`;

/** A moment as people say it, seen from `now`: `04:12 today`, `04:12 yesterday`, `04:12 on 3 May 2026`. */
export function moment(at, now) {
  const time = hourWords.format(at);
  const of = londonDay(at);
  if (of === londonDay(now)) return `${time} today`;
  if (of === londonDay(new Date(now - DAY))) return `${time} yesterday`;
  return clock(at);
}

/** A moment in full: `04:12 on 3 May 2026`. */
export const clock = (at) => `${hourWords.format(at)} on ${day(londonDay(at))}`;

/** How old something is: `less than an hour old`, `5 hours old`, `8 days old`. */
export function age(at, now) {
  const hours = Math.floor((now - at) / (60 * 60 * 1000));
  if (hours < 1) return 'less than an hour old';
  if (hours < 48) return hours === 1 ? '1 hour old' : `${hours} hours old`;
  return `${Math.floor(hours / 24)} days old`;
}

/** How far news of this age can be relied on (docs/VERDICT.md): `fresh`, `old` or `too-old`. */
export function freshness(at, now) {
  if (now - at <= DAY) return 'fresh';
  return now - at <= 7 * DAY ? 'old' : 'too-old';
}

const REFRESH = 'Press “Get the latest list” where there is a network, then scan again.';
const RING = 'If you cannot wait, ring the organisation that issued it.';
const AGAIN = 'Ask them for a new pass from the organisation that issued it.';
const READ_AGAIN = 'Scan it again: straight, sharp and whole. If that does not help, ask them for a new pass.';

/** What to do next, by the verifier's code. What is not named here follows from the decision. */
const NEXT = {
  'clock-before-bundle': ['The clock of this device is wrong. Set date and time, then scan again.'],
  'trust-list-expired': [REFRESH, RING],
  'status-missing': [REFRESH, RING],
  'status-expired': [REFRESH, RING],
  'status-out-of-range': [REFRESH, RING],
  'required-unclear': [REFRESH, RING],
  'bad-signature': ['Something in it was changed after it was issued, or it was read wrongly. Scan it once more.', AGAIN],
  'unknown-issuer': ['Whoever issued it is not on the list of this system. Press “Get the latest list”; if that does not help, treat it as if nothing was shown.'],
  'unknown-key': [REFRESH, AGAIN],
  'key-compromised': ['Do not use it. The key that signed it is no longer safe.', AGAIN],
  'expired': [AGAIN, 'This is no mark against them; but they may not start on this one.'],
  'superseded': ['Ask them to open their staff passport and show the newest code. This is no mark against them.', 'If they have none, they may not start on this one.'],
  'withdrawn': ['Do not use it. Ring the organisation that issued it if they say otherwise.'],
  'suspended': ['Do not use it for now. Ring the organisation that issued it.'],
  'not-yet-valid': ['Check the date and time of this device. If they are right, the pass does not count yet.'],
  'different-people': ['Scan one person’s passes at a time. Press “Next person” and begin again.'],
  'nothing-readable': [READ_AGAIN],
  'not-a-passport': ['This is a code of something else. Look for the one that says “Staff Passport”.'],
  'no-code': ['Hold the whole code in the picture, about a hand’s breadth away, in even light.'],
  'no-bundle': ['This device has no list yet. Press “Get the latest list” where there is a network.'],
};

const BY_DECISION = {
  'refused': [READ_AGAIN],
  'cannot-tell': [REFRESH, RING],
  'accepted': [],
};

/** What to do next when the verifier says this. */
export const next = (code, decision) => NEXT[code] ?? BY_DECISION[decision] ?? [REFRESH];
