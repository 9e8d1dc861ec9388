// The page where a passport is checked: what happens when something is scanned, chosen, pasted or typed.

import { pictureOf, startCamera } from './camera.js';
import { by, el } from './dom.js';
import { start } from './engine.js';
import { listen } from './keys.js';
import { news as newsOf } from './news.js';
import { csv, head, passesIn, rows } from './sheet.js';
import { prepare, shake, sound } from './signal.js';
import { find, forget, keep } from './store.js';
import { trouble, verdictOf } from './verdict.js';
import { table, verdictView } from './view.js';
import { age, day, freshness, instant, londonDay, moment } from './words.js';

const HOUR = 60 * 60 * 1000;
const now = () => new Date();

const engine = start();
const news = newsOf(engine);

let bundle;
/** Whoever is in front of us: what they showed, and what was said to be done. */
let person = { texts: [], confirmations: [] };
let seen = [];
let stopCamera;
let sheet;

// ------------------------------------------------------------------ The news

function showNews(found) {
  bundle = found.bundle ?? bundle;
  by('news-trouble').textContent = found.trouble ?? '';
  by('news-trouble').hidden = !found.trouble;
  showAge();
  showProfiles();
}

function showAge() {
  const at = bundle && new Date(bundle.status?.oldest ?? bundle.issued);
  const state = at ? freshness(at, now()) : 'none';
  const words = {
    none: 'There is no list on this device yet: nothing can be told.',
    fresh: '',
    old: ' Older than a day: checks cannot be told.',
    'too-old': ' Too old: nothing can be told. Get the latest list.',
  };
  by('news').dataset.state = state;
  by('news-text').textContent = at ? `List as of ${moment(at, now())}, ${age(at, now())}.${words[state]}` : words.none;
}

async function refresh() {
  by('refresh').disabled = true;
  by('news-trouble').textContent = 'Getting the latest list…';
  by('news-trouble').hidden = false;
  showNews(await news.fresh());
  by('refresh').disabled = false;
  if (person.texts.length > 0) await judge({ quietly: true });
}

// ------------------------------------------------------------------ The role

function showProfiles() {
  const select = by('profile');
  const chosen = select.value || select.dataset.kept || '';
  const option = (it) => el('option', { value: `${it.owner}/${it.name}`, selected: `${it.owner}/${it.name}` === chosen }, `${it.title} (${it.ownerName})`);
  const newest = (bundle?.profiles ?? []).filter((it, place, all) => all.findIndex((other) => other.owner === it.owner && other.name === it.name) === place);
  select.replaceChildren(el('option', { value: '' }, 'No role: only check the pass'), ...newest.map(option));
  showPurposes();
}

const profile = () => bundle?.profiles.find((it) => `${it.owner}/${it.name}` === by('profile').value);

function showPurposes() {
  const purposes = profile()?.purposes ?? [];
  const chosen = by('purpose').value || by('purpose').dataset.kept;
  by('purpose').replaceChildren(...purposes.map((it) => el('option', { value: it.id, selected: it.id === chosen }, it.title)));
  by('role-more').hidden = purposes.length === 0;
  const { starts, ends } = { starts: by('starts').value, ends: by('ends').value };
  const dates = starts && ends ? `, ${day(starts)} to ${day(ends)}` : '';
  by('role-summary').textContent = profile() ? `${profile().title}${dates}` : 'No role: only check the pass';
}

async function roleChanged() {
  const chosen = { profile: by('profile').value, purpose: by('purpose').value, starts: by('starts').value, ends: by('ends').value };
  showPurposes();
  await keep('role', { ...chosen, purpose: by('purpose').value }).catch(() => {});
  if (person.texts.length > 0) await judge({ quietly: true });
}

// ------------------------------------------------------------------ The answer

/** What the verifier says of these texts, and the words for it. */
async function ask({ texts, confirmations }) {
  if (!bundle) return { verdict: trouble('no-bundle', 'This device has no list to check it by.') };
  const request = { at: instant(now()), texts };
  if (!profile()) {
    const { ok, answer, error } = await engine.verify(request);
    return ok ? { answer, verdict: verdictOf(answer) } : { verdict: trouble(error.code, error.detail) };
  }
  const role = { profile: by('profile').value, purpose: by('purpose').value, starts: by('starts').value, ends: by('ends').value };
  const { ok, answer, assessment, error } = await engine.assess({ ...request, ...role, confirmations });
  if (!ok) return { verdict: trouble(error.code, error.detail) };
  return { answer, assessment, verdict: verdictOf(answer, assessment, profile().title) };
}

async function judge({ quietly = false } = {}) {
  showAge();
  const asked = person;
  const said = await ask(asked).catch((error) => ({ verdict: trouble('broken', `The verifier stopped: ${error.message}. Reload the page.`) }));
  // Somebody else may stand there by now: an answer is never shown over another person.
  if (asked !== person) return;
  person.verdict = said.verdict;
  by('answer').replaceChildren(verdictView(said.verdict, { ...said, now: now(), done, takeBack, confirmations: asked.confirmations }));
  by('next').hidden = by('keep').hidden = false;
  document.body.dataset.tone = said.verdict.tone;
  if (quietly) return;
  by('verdict-word').focus({ preventScroll: false });
  if (by('sound').checked) sound(said.verdict.tone);
  if (by('shake').checked) shake(said.verdict.tone);
}

/** Somebody says that these requirements are settled. */
async function done(requirements) {
  const at = instant(now());
  for (const requirement of requirements) {
    person.confirmations.push({ requirement, on: londonDay(now()), at, satisfied: true });
  }
  await judge();
}

async function takeBack(requirement) {
  person.confirmations = person.confirmations.filter((it) => it.requirement !== requirement);
  await judge();
}

let taking = Promise.resolve();

/**
 * Takes passes that were shown together, one showing after another. What is of the person in front of us is
 * read together with what they showed before; what is of somebody else begins anew.
 */
function take(texts) {
  const taken = taking.then(async () => {
    const before = person;
    const fresh = texts.filter((text) => !before.texts.includes(text));
    if (fresh.length === 0) return;
    const together = { ...before, texts: [...before.texts, ...fresh] };
    const isTheirs = before.texts.length === 0 || (await isOnePerson(together.texts));
    if (isTheirs && person === before) {
      person = together;
    } else {
      nextPerson();
      person.texts = fresh;
    }
    await judge();
  });
  taking = taken.catch(() => {});
  return taken;
}

async function isOnePerson(texts) {
  if (!bundle) return false;
  const { ok, answer } = await engine.verify({ at: instant(now()), texts });
  const read = ok && answer.verdicts.every((verdict) => verdict.verified);
  return read && !answer.reasons.some((reason) => reason.code === 'different-people');
}

function nextPerson() {
  if (person.verdict) {
    seen = [{ ...person.verdict, at: now() }, ...seen].slice(0, 20);
    by('seen').hidden = false;
    by('seen-list').replaceChildren(...seen.map((it) => el('li', {}, `${it.who ?? 'Nobody'}: ${it.word} (${moment(it.at, now())})`)));
  }
  person = { texts: [], confirmations: [] };
  delete document.body.dataset.tone;
  by('answer').replaceChildren();
  by('next').hidden = by('keep').hidden = true;
}

/** Says what went wrong before there was anything to judge. */
function say(code, words) {
  nextPerson();
  by('answer').replaceChildren(verdictView(trouble(code, words), { now: now(), done }));
  by('verdict-word').focus();
}

// ------------------------------------------------------------------ Ways in

let turn = 0;

async function lookAt(frame) {
  const from = performance.now();
  const { ok, codes } = await engine.scan(frame, { effort: 'quick', turn: (turn += 1) });
  if (!ok || codes.length === 0) return;
  const passes = codes.map((code) => code.text).filter((text) => text.startsWith('SP1:'));
  if (passes.length === 0) {
    by('camera-says').textContent = 'That is a code of something else, not a staff passport.';
    return;
  }
  by('camera-says').textContent = '';
  if (passes.every((text) => person.texts.includes(text))) return;
  await take(passes);
  performance.measure('frame-to-verdict', { start: from, end: performance.now() });
}

async function camera() {
  if (stopCamera) return endCamera();
  prepare();
  try {
    stopCamera = await startCamera(by('video'), lookAt);
    by('camera').textContent = 'Stop the camera';
    by('video').hidden = false;
    by('camera-says').textContent = 'Hold the whole code in the picture.';
  } catch (error) {
    by('camera-says').textContent = error.message;
  }
}

function endCamera() {
  stopCamera?.();
  stopCamera = undefined;
  by('video').hidden = true;
  by('camera').textContent = 'Start the camera';
  by('camera-says').textContent = '';
}

async function textsOf(file) {
  if (!file.type.startsWith('image/')) return passesIn(await file.text());
  const scanned = await engine.scan(await pictureOf(file), { effort: 'thorough' });
  return scanned.ok ? scanned.codes.map((code) => code.text) : [];
}

async function pictures(files) {
  const found = [];
  for (const file of files) {
    const texts = await textsOf(file).catch(() => []);
    if (texts.length === 0) return say('no-code', `No code can be read in ${file.name}.`);
    found.push(...texts);
  }
  if (!found.some((text) => text.startsWith('SP1:') || text.split('.').length === 3)) {
    return say('not-a-passport', 'That is a code of something else, not a staff passport.');
  }
  await together(found);
}

/** What somebody gives at once is meant to be one person's. */
async function together(texts) {
  nextPerson();
  person.texts = [...new Set(texts)];
  await judge();
}

async function pasted(event) {
  event.preventDefault();
  const texts = passesIn(by('pasted').value);
  if (texts.length === 0) return say('not-a-passport', 'There is no pass in that text.');
  by('pasted').value = '';
  await together(texts);
}

// ------------------------------------------------------------------ Many

async function many(event) {
  event.preventDefault();
  const texts = passesIn(by('many-text').value);
  for (const file of by('many-files').files) texts.push(...(await textsOf(file).catch(() => [])));
  by('many-says').textContent = texts.length === 0 ? 'There is no pass in that list.' : '';
  const verdicts = [];
  for (const text of texts) {
    verdicts.push((await ask({ texts: [text], confirmations: [] })).verdict);
    if (verdicts.length % 20 === 0) by('many-says').textContent = `${verdicts.length} of ${texts.length}`;
  }
  if (texts.length > 0) by('many-says').textContent = `${texts.length} passes were read.`;
  sheet = [head, ...rows(verdicts)];
  by('many-table').replaceChildren(...(texts.length > 0 ? [table(head, sheet.slice(1))] : []));
  by('many-export').hidden = texts.length === 0;
}

function offer(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  el('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

// ------------------------------------------------------------------ Set up

async function setUp() {
  const role = (await find('role')) ?? {};
  const today = londonDay(now());
  by('profile').dataset.kept = role.profile ?? '';
  by('purpose').dataset.kept = role.purpose ?? '';
  by('starts').value = role.starts >= today ? role.starts : today;
  by('ends').value = role.ends >= by('starts').value ? role.ends : today;
  const settings = (await find('settings')) ?? {};
  for (const id of ['sound', 'shake', 'large']) by(id).checked = settings[id] ?? id !== 'large';
  document.body.classList.toggle('is-large', by('large').checked);
}

async function settingsChanged() {
  document.body.classList.toggle('is-large', by('large').checked);
  if (by('sound').checked) prepare();
  await keep('settings', { sound: by('sound').checked, shake: by('shake').checked, large: by('large').checked }).catch(() => {});
}

function listenToAll() {
  by('refresh').onclick = refresh;
  by('camera').onclick = camera;
  by('next').onclick = nextPerson;
  by('keep').onclick = () => offer('answer.txt', 'text/plain', by('answer').innerText);
  by('pictures').onchange = ({ target }) => pictures([...target.files]).finally(() => (target.value = ''));
  by('paste-form').onsubmit = pasted;
  by('many-form').onsubmit = many;
  by('many-export').onclick = () => offer('answers.csv', 'text/csv', csv(sheet));
  by('news-file').onchange = async ({ target }) => showNews(await news.fromFile(target.files[0]));
  by('forget').onclick = async () => {
    await forget().catch(() => {});
    location.reload();
  };
  for (const id of ['profile', 'purpose', 'starts', 'ends']) by(id).onchange = roleChanged;
  for (const id of ['sound', 'shake', 'large']) by(id).onchange = settingsChanged;
  listen(document, (text) => take([text]));
  setInterval(showAge, 60_000);
  document.addEventListener('visibilitychange', showAge);
  setInterval(() => navigator.onLine && news.fresh().then(showNews), HOUR);
}

async function keepThePage() {
  const registration = await navigator.serviceWorker?.register('/verify/service-worker.js', { scope: '/' }).catch(() => undefined);
  by('offline-says').textContent = registration ? '' : 'This browser does not keep the page: it needs the network to open it.';
  if (!registration) return;
  await navigator.serviceWorker.ready;
  by('offline-says').textContent = 'This page is kept on this device: it opens with the network off.';
}

async function main() {
  if (typeof WebAssembly === 'undefined' || typeof Worker === 'undefined') throw new Error('this browser is too old');
  await setUp();
  await engine.load();
  listenToAll();
  showNews(await news.kept());
  document.body.dataset.ready = 'true';
  by('verify').hidden = false;
  by('starting').hidden = true;
  await Promise.all([refresh(), keepThePage()]);
}

main().catch((error) => {
  by('starting').hidden = false;
  by('starting').textContent = `Passports cannot be checked in this browser: ${error.message}. Use a newer browser, another device, or the command line.`;
});
