// What the page says of one person, out of what the verifier says. Pure: the same answer gives the same
// words. The verifier decides; nothing here makes an answer better than it came.

import { day, next } from './words.js';

/**
 * The four answers, told apart by word, shape and place as well as by colour.
 * @typedef {"yes" | "wait" | "no" | "unclear"} Tone
 */

/**
 * @typedef {object} Verdict
 * @property {Tone} tone
 * @property {string} word       one or two words, to be read from a metre away
 * @property {string} say        one sentence
 * @property {string} [who]
 * @property {string} [role]     which work, and on which days
 * @property {string} [born]     2000-01-31
 * @property {string[]} [limits] what they may not do, and what speaks against them
 * @property {Step[]} first      to do before anything else
 * @property {Step[]} later      to do by a day that is still to come
 * @property {string[]} notes    what does not count, and what else is worth a look
 * @property {string} [asOf]     2026-11-22T04:12:09Z: the oldest news that it rests on
 * @property {boolean} photo     whether nothing but photo ID binds it to who shows it
 */

/**
 * @typedef {object} Step
 * @property {string} text
 * @property {string} [due]        the last day for it
 * @property {string[]} [settles]  requirements that whoever holds the device may say are done
 */

/** What somebody in charge of a ward may look up or do, and say so. */
const OURS = new Set(['do-here', 'check-live', 'agree-conditions', 'check-identity']);
const SAME_PERSON = 'same-person';

/**
 * @param {import("passport").Answer} answer
 * @param {import("passport").Assessment | import("passport").NoAssessment} [assessment]  when a role was chosen
 * @param {string} [title]  of that role
 * @returns {Verdict}
 */
export function verdictOf(answer, assessment, title) {
  if (answer.decision !== 'accepted') return notReliedOn(answer);
  if (!assessment) return genuine(answer);
  if (assessment.code) return notAssessed(answer, assessment);
  return mayStart(answer, assessment, title);
}

/** Something went wrong before the verifier could say anything. */
export function trouble(code, say) {
  return { tone: 'unclear', word: 'Cannot tell', say, first: steps(next(code, 'cannot-tell')), later: [], notes: [], photo: false };
}

/** Refusals that are no mark against anybody have a word of their own. */
const REFUSED = { expired: 'Run out', superseded: 'Replaced' };

function notReliedOn(answer) {
  const reason = answer.reasons[0] ?? { code: '', detail: 'nothing could be read' };
  const refused = answer.decision === 'refused';
  return {
    ...about(answer),
    tone: refused ? 'no' : 'unclear',
    word: refused ? (REFUSED[reason.code] ?? 'Do not rely on this') : 'Cannot tell',
    say: sentence(reason.detail),
    first: steps(next(reason.code, answer.decision)),
    later: [],
    photo: false,
  };
}

function genuine(answer) {
  return {
    ...about(answer),
    tone: 'yes',
    word: 'Genuine',
    say: 'The pass is genuine. Whether they may do the work is for you to judge: no role was chosen.',
    first: [],
    later: [],
  };
}

function notAssessed(answer, error) {
  return {
    ...about(answer),
    tone: 'unclear',
    word: 'Cannot tell',
    say: sentence(error.detail),
    first: steps(next(error.code, 'cannot-tell')),
    later: [],
  };
}

function mayStart(answer, assessment, title) {
  const { clearance, overall, actions, starts, ends } = assessment;
  // What keeps them from working on that day comes first; the rest has a day of its own.
  const open = new Set(clearance.why.map((hindrance) => hindrance.requirement ?? SAME_PERSON));
  const isFirst = (action) => requirementsOf(action).some((requirement) => open.has(requirement));
  const first = actions.filter(isFirst).map(step);
  const later = actions.filter((action) => !isFirst(action));
  const base = {
    ...about(answer),
    who: assessment.person.name,
    born: assessment.person.birthDate,
    role: `${title}, ${days(starts, ends)}`,
    limits: [...new Set(assessment.requirements.flatMap((it) => it.adverse.map((against) => `${it.title}: ${against.detail}.`)))],
    first,
    later: later.map(step),
  };
  const work = `they may work ${lasting(assessment, later)}.`;
  if (clearance.answer === 'yes') return { ...base, tone: 'yes', word: 'Yes', say: sentence(work) };
  if (overall === 'ready-with-actions') {
    const things = first.length === 1 ? 'One thing has' : `${first.length} things have`;
    return { ...base, tone: 'wait', word: 'Not yet', say: `${things} to be done here first. Then ${work}` };
  }
  if (clearance.answer === 'cannot-tell') {
    return { ...base, tone: 'unclear', word: 'Cannot tell', say: 'It cannot be told whether they may work.' };
  }
  const missing = assessment.requirements.filter((it) => it.outcome === 'missing').map((it) => it.title);
  return { ...base, tone: 'no', word: 'No', say: `They may not work. What stands in the way cannot be settled here: ${some(missing)}.` };
}

const days = (starts, ends) => (starts === ends ? day(starts) : `${day(starts)} to ${day(ends)}`);

/** On which days, and what has to be settled for more: `until the end of 19 September 2026; …`. */
function lasting({ clearance, requirements, starts, ends }, later) {
  const renewals = later.filter((action) => action.do === 'renew');
  const until = [...renewals.map((action) => action.due), clearance.until ?? ends].sort()[0];
  if (until >= ends) return starts === ends ? `on ${day(starts)}` : `on every day from ${day(starts)} to ${day(ends)}`;
  const ending = later.filter((action) => action.due === until).flatMap((action) => action.requirements);
  const titles = requirements.filter((it) => ending.includes(it.id)).map((it) => it.title);
  const longer = titles.length > 0 ? `; longer only once this is settled: ${some(titles)}` : ', and no longer';
  return `until the end of ${day(until)}${longer}`;
}

/** The first three of some names; how many more there are. */
function some(names) {
  const more = names.length > 3 ? `; and ${names.length - 3} more` : '';
  return `${names.slice(0, 3).join('; ')}${more}`;
}

/** The ids of what an action settles; what concerns the whole is about who they are. */
const requirementsOf = (action) => (action.requirements.length > 0 ? action.requirements : [SAME_PERSON]);

function step(action) {
  const text = sentence(action.detail);
  if (!OURS.has(action.do)) return { text, due: action.due };
  return { text, due: action.due, settles: requirementsOf(action) };
}

const steps = (texts) => texts.map((text) => ({ text }));

/** Who it is about, what does not count, and as of when. */
function about(answer) {
  const shown = answer.verdicts.map((verdict) => verdict.verified).filter(Boolean);
  const longest = (a, b) => (b.name.length > a.name.length ? b : a);
  const named = shown.length > 0 && shown.reduce(longest);
  const doubtful = shown.flatMap(({ issuer, records }) =>
    records.filter((record) => record.note).map((record) => `${record.title}: ${record.note} (${issuer.name}).`),
  );
  return {
    who: named ? named.name : undefined,
    born: shown.map((verified) => verified.birthDate).find(Boolean),
    notes: [
      ...answer.reasons.slice(answer.decision === 'accepted' ? 0 : 1).map((reason) => sentence(reason.detail)),
      ...doubtful,
    ],
    asOf: shown.map((verified) => verified.asOf).filter(Boolean).sort()[0],
    photo: shown.some((verified) => verified.binding === 'paper'),
  };
}

const sentence = (text) => {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
};
