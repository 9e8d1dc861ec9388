// The page's own words: the same answer gives the same words, and none is better than it came.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { csv, passesIn, rows } from '../../web/verify/sheet.js';
import { trouble, verdictOf } from '../../web/verify/verdict.js';
import { age, freshness, instant, moment, next } from '../../web/verify/words.js';

const at = (text) => new Date(text);
const verified = (more = {}) => ({
  name: 'Ana Ng', birthDate: '1990-01-31', binding: 'paper', asOf: '2026-11-22T04:12:00Z',
  issuer: { code: 'RNN', name: 'North Cumbria' }, records: [], ...more,
});
const answer = (decision, reasons = [], ...shown) => ({
  decision, reasons, verdicts: shown.map((it) => ({ decision, reasons, verified: it })),
});
const assessment = (answer, more = {}) => ({
  overall: 'ready', person: { name: 'Ana Ng' }, starts: '2026-11-22', ends: '2026-12-19', actions: [], requirements: [],
  clearance: { on: '2026-11-22', answer, until: '2026-12-19', why: [] }, ...more,
});
const action = (what, due, requirements = ['it']) => ({ do: what, due, requirements, detail: `${what} it` });

test('nothing but what the verifier accepts is called genuine', () => {
  const tones = ['accepted', 'cannot-tell', 'refused'].map((decision) => verdictOf(answer(decision, [{ code: 'expired', detail: 'it has ended' }], verified())).tone);
  assert.deepEqual(tones, ['yes', 'unclear', 'no']);
});

test('only a clearance of yes is a yes, whatever else is said', () => {
  const tone = (...of) => verdictOf(answer('accepted', [], verified()), assessment(...of), 'Nurse').tone;
  assert.equal(tone('yes'), 'yes');
  assert.equal(tone('no'), 'no');
  assert.equal(tone('cannot-tell'), 'unclear');
  for (const clearance of ['no', 'cannot-tell']) {
    assert.equal(tone(clearance, { overall: 'ready-with-actions' }), 'wait');
    assert.notEqual(tone(clearance, { overall: 'not-ready' }), 'yes');
  }
  const refused = verdictOf(answer('refused', [{ code: 'bad-signature', detail: 'the signature does not fit' }]), assessment('yes'), 'Nurse');
  assert.equal(refused.tone, 'no', 'an assessment beside a refusal does not count');
  const none = verdictOf(answer('accepted', [], verified()), { overall: 'cannot-tell', code: 'different-people', detail: 'two' }, 'Nurse');
  assert.equal(none.tone, 'unclear');
});

test('what keeps them from working comes first, and only what is ours can be marked as done', () => {
  const actions = [
    action('do-here', '2026-11-22', ['induction']),
    action('complete', '2026-11-22', ['fire']),
    action('renew', '2026-11-30', ['infection']),
    action('check-identity', '2026-11-22', []),
  ];
  const why = [{ requirement: 'induction' }, { requirement: 'fire' }, { code: 'same-person' }];
  const clearance = { on: '2026-11-22', answer: 'no', why };
  const verdict = verdictOf(answer('accepted', [], verified()), assessment('no', { overall: 'ready-with-actions', actions, clearance }), 'Nurse');
  assert.deepEqual(verdict.first.map((it) => it.settles), [['induction'], undefined, ['same-person']]);
  assert.deepEqual(verdict.later.map((it) => it.due), ['2026-11-30']);
});

test('what ends first is named with its last day, and what they may not do comes with its issuer', () => {
  const requirements = [
    { id: 'fire', title: 'Fire Safety', outcome: 'met-until', adverse: [] },
    { id: 'health', title: 'Health clearance', outcome: 'met', adverse: [{ code: 'conditions', detail: 'no lifting (from North Cumbria)' }] },
  ];
  const clearance = { on: '2026-11-22', answer: 'yes', until: '2026-11-30', why: [] };
  const verdict = verdictOf(answer('accepted', [], verified()), assessment('yes', { requirements, clearance, actions: [action('renew', '2026-11-30', ['fire'])] }), 'Nurse');
  assert.equal(verdict.say, 'They may work until the end of 30 November 2026; longer only once this is settled: Fire Safety.');
  assert.deepEqual(verdict.limits, ['Health clearance: no lifting (from North Cumbria).']);
  const whole = verdictOf(answer('accepted', [], verified()), assessment('yes'), 'Nurse');
  assert.equal(whole.say, 'They may work on every day from 22 November 2026 to 19 December 2026.');
});

test('what was replaced or has run out is refused without blame', () => {
  const word = (code) => verdictOf(answer('refused', [{ code, detail: 'it is so' }])).word;
  assert.deepEqual(['superseded', 'expired', 'withdrawn', 'bad-signature'].map(word), ['Replaced', 'Run out', 'Do not rely on this', 'Do not rely on this']);
});

test('what does not count is named with its issuer, and the oldest news is the news', () => {
  const withdrawn = { title: 'Fire Safety', note: 'does not count: withdrawn by the issuer', standing: 'withdrawn' };
  const older = verified({ asOf: '2026-11-20T04:12:00Z', name: 'Ana Maria Ng', records: [withdrawn, { title: 'Other', note: '' }] });
  const verdict = verdictOf(answer('accepted', [], verified(), older));
  assert.deepEqual(verdict.notes, ['Fire Safety: does not count: withdrawn by the issuer (North Cumbria).']);
  assert.deepEqual([verdict.who, verdict.asOf, verdict.photo], ['Ana Maria Ng', '2026-11-20T04:12:00Z', true]);
});

test('every code of a verdict has a next step unless all is well', () => {
  const page = readFileSync(new URL('../../docs/VERDICT.md', import.meta.url), 'utf8');
  const reasons = page.split('## Each record')[0].split('Reasons come worst first')[1];
  const codes = [...reasons.matchAll(/`([a-z-]+)`/g)].map((match) => match[1]);
  assert.ok(codes.length > 40, `${codes.length} codes`);
  for (const code of codes) {
    for (const decision of ['refused', 'cannot-tell']) assert.ok(next(code, decision).length > 0, code);
  }
  assert.ok(trouble('no-bundle', 'No list').first[0].text.includes('Get the latest list'));
});

test("ages and moments are said as people say them, in London's time", () => {
  const now = at('2026-07-01T12:00:00Z');
  assert.equal(moment(at('2026-07-01T03:12:00Z'), now), '04:12 today');
  assert.equal(moment(at('2026-06-30T23:30:00Z'), now), '00:30 today');
  assert.equal(moment(at('2026-06-30T22:30:00Z'), now), '23:30 yesterday');
  assert.equal(moment(at('2026-05-03T22:30:00Z'), now), '23:30 on 3 May 2026');
  assert.deepEqual([age(at('2026-07-01T11:30:00Z'), now), age(at('2026-06-23T12:00:00Z'), now)], ['less than an hour old', '8 days old']);
  const states = ['2026-06-30T12:00:00Z', '2026-06-30T11:59:59Z', '2026-06-24T12:00:00Z', '2026-06-24T11:59:59Z'].map((text) => freshness(at(text), now));
  assert.deepEqual(states, ['fresh', 'old', 'old', 'too-old']);
  assert.equal(instant(at('2026-07-01T12:00:00.999Z')), '2026-07-01T12:00:00Z');
});

test('passes are found in lines and in cells, each once', () => {
  const one = `SP1:${'AB $%*+-./:9'.repeat(5)}`.trim();
  const token = `${'a'.repeat(20)}.${'b-_'.repeat(10)}.${'c'.repeat(20)}`;
  assert.deepEqual(passesIn(`${one}\r\nname,${one}\n${token}\nnothing SP1:SHORT`), [one, token]);
  assert.deepEqual(passesIn(''), []);
});

test('a sheet keeps formulas, quotes and line ends from doing harm', () => {
  const hostile = { ...trouble('x', '=1+1, "quoted"\nnext'), who: '=HYPERLINK()', born: '@1', first: [{ text: '-2' }] };
  const lines = csv(rows([hostile])).split('\r\n');
  assert.equal(lines.length, 2);
  assert.ok(lines[0].startsWith("\uFEFF1,'=HYPERLINK(),'@1,"), lines[0]);
  assert.ok(lines[0].includes(`"'=1+1, ""quoted""\nnext",'-2`), lines[0]);
});
