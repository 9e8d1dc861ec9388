// Draws a verdict: the answer first, what to do next, and everything else for whoever opens it.

import { drawing, el } from './dom.js';
import { clock, day, moment } from './words.js';

/** A shape of its own for each answer: circle, triangle, octagon, diamond. */
const SHAPES = {
  yes: ['M24 2a22 22 0 1 0 .01 0z', 'M13 25l8 8 15-17'],
  wait: ['M24 3L46 44H2z', 'M24 18v13M24 36v3'],
  no: ['M15 2h18l13 13v18L33 46H15L2 33V15z', 'M16 16l16 16M32 16L16 32'],
  unclear: ['M24 1l23 23-23 23L1 24z', 'M18 19c0-8 12-8 12 0 0 5-6 5-6 10M24 33v3'],
};

function shape(tone) {
  const [outside, inside] = SHAPES[tone];
  return drawing([{ d: outside, class: 'verdict__shape' }, { d: inside, class: 'verdict__sign' }], 'verdict__icon');
}

/**
 * @param {import("./verdict.js").Verdict} verdict
 * @param {object} more
 * @param {Date} more.now
 * @param {(requirements: string[]) => void} more.done  called when somebody says that a step is done
 * @param {(requirement: string) => void} more.takeBack  called when it is not done after all
 * @param {{ requirement: string }[]} [more.confirmations]  what was said to be done
 * @param {import("passport").Answer} [more.answer]
 * @param {import("passport").Assessment} [more.assessment]
 */
export function verdictView(verdict, { now, done, takeBack, confirmations = [], answer, assessment }) {
  const who = verdict.who && el('p', { class: 'verdict__who' }, verdict.who, born(verdict));
  return el(
    'article',
    { class: `verdict verdict--${verdict.tone}`, 'aria-labelledby': 'verdict-word' },
    el(
      'div',
      { class: 'verdict__banner' },
      shape(verdict.tone),
      el('div', {}, el('h2', { class: 'verdict__word', id: 'verdict-word', tabindex: '-1' }, verdict.word), who),
    ),
    verdict.role && el('p', { class: 'verdict__role' }, verdict.role),
    el('p', { class: 'verdict__say' }, verdict.say),
    verdict.limits?.length > 0 && list('Limits and warnings', verdict.limits, 'verdict__limits'),
    verdict.photo && el('p', { class: 'verdict__photo' }, 'This does not show who is in front of you. Look at their photo ID: is it their face, and are name and date of birth those above?'),
    toDo(FIRST, verdict.first, done),
    toDo(LATER, verdict.later, done),
    assessment?.requirements && marked(confirmations, assessment, takeBack),
    verdict.notes.length > 0 && list('Take note', verdict.notes),
    verdict.asOf && el('p', { class: 'verdict__as-of' }, `Checked at ${clock(now)}, by the issuers’ news of ${moment(new Date(verdict.asOf), now)}.`),
    answer?.decision === 'accepted' && assessment?.requirements && requirements(assessment),
    answer && answer.verdicts.some((it) => it.verified) && records(answer, now),
  );
}

const born = (verdict) => verdict.born && el('span', { class: 'verdict__born' }, `born ${day(verdict.born)}`);

const FIRST = 'Do this first';
const LATER = 'Do this later';

function toDo(title, steps, done) {
  if (steps.length === 0) return undefined;
  const item = (step) =>
    el(
      'li',
      {},
      el(
        'div',
        { class: 'verdict__step' },
        el('p', {}, title === LATER && el('strong', {}, `By ${day(step.due)}: `), step.text),
        step.settles &&
          el(
            'button',
            { type: 'button', class: 'nhsuk-button nhsuk-button--secondary', onclick: () => done(step.settles) },
            'Mark as done',
            el('span', { class: 'nhsuk-u-visually-hidden' }, ` ${step.text}`),
          ),
      ),
    );
  return el('section', { class: 'verdict__steps' }, el('h3', {}, title), el('ol', {}, steps.map(item)));
}

function list(title, items, name) {
  return el('section', { class: name }, el('h3', {}, title), el('ul', {}, items.map((item) => el('li', {}, item))));
}

/** What somebody has marked as done, and a way back. */
function marked(confirmations, assessment, takeBack) {
  if (confirmations.length === 0) return undefined;
  const title = ({ requirement }) => assessment.requirements.find((it) => it.id === requirement)?.title ?? 'Photo ID held against each pass';
  const item = (it) =>
    el(
      'li',
      {},
      el(
        'div',
        { class: 'verdict__step' },
        el('p', {}, title(it)),
        el(
          'button',
          { type: 'button', class: 'nhsuk-button nhsuk-button--secondary', onclick: () => takeBack(it.requirement) },
          'Take back',
          el('span', { class: 'nhsuk-u-visually-hidden' }, ` ${title(it)}`),
        ),
      ),
    );
  return el('section', {}, el('h3', {}, 'Marked as done on this device'), el('ul', {}, confirmations.map(item)));
}

function details(title, ...children) {
  return el(
    'details',
    { class: 'nhsuk-details' },
    el('summary', { class: 'nhsuk-details__summary' }, el('span', { class: 'nhsuk-details__summary-text' }, title)),
    el('div', { class: 'nhsuk-details__text' }, ...children),
  );
}

/** The order in which findings are worth a look, with their words. */
const OUTCOMES = [
  ['missing', 'Missing'],
  ['cannot-tell', 'Cannot be told'],
  ['check-live', 'To be looked up'],
  ['do-locally', 'To be done here'],
  ['met-until', 'Ends during the placement'],
  ['met', 'Met'],
];

function requirements(assessment) {
  const of = (outcome) => assessment.requirements.filter((it) => it.outcome === outcome);
  const group = ([outcome, words]) =>
    of(outcome).length > 0 && [
      el('h4', {}, words),
      el('ul', {}, of(outcome).map((it) => el('li', {}, el('strong', {}, it.title), `: ${it.detail}. `, el('span', { class: 'verdict__rule' }, `Rule: ${it.reason} (${it.source})`)))),
    ];
  const { owner, name, version } = assessment.profile;
  return details(
    'What the role asks',
    OUTCOMES.map(group),
    el('p', {}, `Held against ${owner}/${name}, version ${version}. Nothing was looked up live.`),
  );
}

function records(answer, now) {
  const shown = answer.verdicts.map((it) => it.verified).filter(Boolean);
  const record = (it) =>
    el('li', {}, el('strong', {}, it.title), `: ${it.detail}. `, it.note && el('strong', {}, `${it.note}. `), el('span', { class: 'verdict__rule' }, it.provenance));
  const source = (it) => [
    el('h4', {}, `From ${it.issuer.name} (${it.issuer.code})`),
    el('p', {}, `Signed ${moment(new Date(it.issued), now)}, void after ${moment(new Date(it.expires), now)}. ${it.bindingPlain}`),
    el('ul', {}, it.records.map(record)),
  ];
  return details('Everything that was shown', shown.map(source));
}

/** A table of many verdicts. */
export function table(head, lines) {
  const cells = (name, line) => line.map((text) => el(name, name === 'th' ? { scope: 'col' } : {}, text));
  return el(
    'table',
    { class: 'nhsuk-table' },
    el('caption', { class: 'nhsuk-table__caption' }, 'Answers, in the order of the list'),
    el('thead', {}, el('tr', {}, cells('th', head))),
    el('tbody', {}, lines.map((line) => el('tr', {}, cells('td', line)))),
  );
}
