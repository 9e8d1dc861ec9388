// The page where passes are checked, in a real Chromium: with a camera, and with the network off.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { api, day, infectionControl, issue, pngOf, recordAbout, registration, somebody, videoOf, wardNurse } from './passes.mjs';
import { barriers, open, overhang, picture, startBrowser, startService, tabbed } from './service.mjs';

const DAY = 24 * 60 * 60 * 1000;
const CAMERA = (file) => ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${file}`];

let service;
let browser;
let ana;
let bo;

before(async () => {
  [service, browser] = await Promise.all([startService(), startBrowser()]);
  ana = await issue(service, 'RNN', somebody('1', 'Ana Ng'));
  bo = await issue(service, 'RTD', somebody('2', 'Bo Li', [infectionControl(day(-10))]));
  await api(service, 'RTD', 'POST', '/v1/profiles', wardNurse);
});
after(async () => {
  await browser?.close();
  await service?.stop();
});

/** Opens the page and waits until it can verify by the newest list. */
async function ready(of = service, context = {}, in_ = browser) {
  const page = await open(in_, of, '/verify', context);
  page.setDefaultTimeout(10_000);
  await page.locator('#verify:not([hidden])').waitFor();
  await page.locator('#news:not([data-state="none"])').waitFor();
  return page;
}

async function paste(page, text) {
  if (!(await page.locator('#pasted').isVisible())) await page.getByText('No camera?').click();
  await page.locator('#pasted').fill(text);
  await page.getByRole('button', { name: 'Check this text' }).click();
  await page.locator('.verdict').waitFor();
}

const word = (page) => page.locator('#verdict-word').innerText();
const answer = (page) => page.locator('#answer').innerText();

/** Changes one character in the middle of a pass. */
function altered(text) {
  const at = Math.floor(text.length / 2);
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}

async function choose(page, ends = day(27)) {
  await page.getByText('What are they to do?').click();
  await page.getByLabel('Role').selectOption('RTD/ward-nurse');
  await page.getByLabel('Last day').fill(ends);
  await page.getByLabel('Last day').blur();
}

describe('an answer', () => {
  test('a pass is genuine, and says whose it is, as of when, and what to hold it against', async () => {
    const page = await ready();
    await paste(page, ana.text);
    assert.equal(await word(page), 'GENUINE');
    const said = await answer(page);
    for (const part of ['Ana Ng', 'born 17 April 1990', 'photo ID', 'news of', 'today', 'Everything that was shown']) {
      assert.ok(said.includes(part), `${part} is not in\n${said}`);
    }
    await page.getByText('Everything that was shown').click();
    assert.match(await answer(page), /Fire Safety: awarded .*Core Skills/s, 'each record has its provenance');
    await picture(page, 'verify-genuine');
    assert.deepEqual([page.faults, page.elsewhere], [[], []]);
    await page.context().close();
  });

  test('one character that was altered, and what no passport is, are refused with a next step', async () => {
    const page = await ready();
    await paste(page, altered(ana.text));
    assert.equal(await word(page), 'DO NOT RELY ON THIS');
    assert.ok(!(await answer(page)).includes('Ana Ng'), 'what is refused claims nothing');
    assert.match(await answer(page), /Do this first/);
    await paste(page, `SP1:${'0'.repeat(60)}`);
    assert.equal(await word(page), 'DO NOT RELY ON THIS');
    await page.context().close();
  });

  test('a withdrawn record is named once the newest list is there', async () => {
    const withdrawn = await issue(service, 'RNN', somebody('3', 'Cy Roe'));
    const page = await ready();
    await paste(page, withdrawn.text);
    assert.ok(!(await answer(page)).includes('Take note'));
    const record = recordAbout(withdrawn, 'training/cstf/fire-safety/1');
    await api(service, 'RNN', 'POST', `/v1/records/${record}/withdraw`, { reason: 'issued-in-error' });
    await page.getByRole('button', { name: 'Get the latest list' }).click();
    await page.getByText('Take note').waitFor();
    assert.equal(await word(page), 'GENUINE', 'the rest stands');
    assert.match(await answer(page), /Fire Safety: .*withdrawn/);
    await page.context().close();
  });

  test('eight days without a network: it cannot be told, and the page says what to do', async () => {
    const page = await open(browser, service, '/verify');
    await page.locator('#news[data-state="fresh"]').waitFor();
    await page.context().setOffline(true);
    await page.clock.setFixedTime(Date.now() + 8 * DAY);
    await paste(page, ana.text);
    assert.equal(await word(page), 'CANNOT TELL');
    assert.match(await answer(page), /Get the latest list.*ring the organisation/s);
    assert.match(await page.locator('#news-text').innerText(), /8 days old.*Too old/);
    await picture(page, 'verify-eight-days');
    await page.context().close();
  });

  test('a clock that is behind the list is called wrong', async () => {
    const page = await ready();
    await page.clock.setFixedTime(Date.now() - 3 * DAY);
    await paste(page, ana.text);
    assert.equal(await word(page), 'CANNOT TELL');
    assert.match(await answer(page), /clock of this device is wrong/);
    await page.context().close();
  });
});

describe('a role', () => {
  test('not yet, until what is ours to do is said to be done; then yes, and until when', async () => {
    const page = await ready();
    await choose(page);
    await paste(page, ana.text);
    assert.equal(await word(page), 'NOT YET');
    assert.match(await answer(page), /Look up on the regulator/);
    await picture(page, 'verify-not-yet');
    await page.getByRole('button', { name: /^Mark as done Look up/ }).click();
    await page.getByRole('button', { name: /^Mark as done Do here: Photo/ }).click();
    await page.locator('.verdict--yes').waitFor();
    assert.equal(await word(page), 'YES');
    assert.match(await answer(page), /Nurse on a ward.*They may work until the end of .*; longer only once this is settled: /s);
    assert.match(await answer(page), /Do this later.*induction/is);
    await picture(page, 'verify-yes');
    await page.getByRole('button', { name: /^Take back Registration/ }).click();
    await page.locator('.verdict--wait').waitFor();
    assert.match(await answer(page), /One thing has to be done here first/);
    await page.context().close();
  });

  test('no, when something is missing; and what was chosen is there the next time', async () => {
    const page = await ready();
    await choose(page);
    await paste(page, bo.text);
    assert.equal(await word(page), 'NO');
    assert.match(await answer(page), /Fire Safety/);
    await page.reload();
    await page.locator('#news:not([data-state="none"])').waitFor();
    assert.equal(await page.locator('#profile').inputValue(), 'RTD/ward-nurse');
    assert.equal(await page.locator('.verdict').count(), 0, 'nothing that was scanned outlives the page');
    await page.context().close();
  });
});

describe('several', () => {
  test('passes of one person from two organisations are one answer; somebody else begins anew', async () => {
    const more = await issue(service, 'RTD', somebody('1', 'Ana Ng', [infectionControl(day(-5))]));
    const page = await ready();
    await page.locator('h1').click();
    await page.keyboard.type(`${ana.text}\n`, { delay: 0 });
    await page.locator('.verdict').waitFor();
    await page.keyboard.type(`${more.text}\n`, { delay: 0 });
    await page.locator('.verdict h4', { hasText: '(RTD)' }).waitFor({ state: 'attached' });
    await page.keyboard.type(`${bo.text}\n`, { delay: 0 });
    await page.locator('.verdict__who', { hasText: 'Bo Li' }).waitFor();
    assert.match(await page.locator('#seen').innerText(), /Ana Ng: Genuine/);
    await page.context().close();
  });

  test('two people’s passes that are given as one person’s are never a yes', async () => {
    const page = await ready();
    await paste(page, `${ana.text}\n${bo.text}`);
    assert.equal(await word(page), 'DO NOT RELY ON THIS');
    assert.match(await answer(page), /one person’s passes at a time/);
    await page.context().close();
  });

  test('a list of passes becomes a table and a file that a spreadsheet opens', async () => {
    const page = await ready();
    await page.getByText('Many people at once').click();
    await page.getByLabel('Passes, one on each line').fill(`${ana.text}\n${altered(ana.text)}\n${bo.text}\n`);
    await page.getByRole('button', { name: 'Check them all' }).click();
    await page.getByText('3 passes were read.').waitFor();
    const rows = await page.locator('#many-table tbody tr').allInnerTexts();
    assert.deepEqual(rows.map((row) => row.split('\t').slice(1, 4).join('|')), ['Ana Ng|1990-04-17|Genuine', '||Do not rely on this', 'Bo Li|1990-04-17|Genuine']);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as a spreadsheet' }).click()]);
    assert.equal(download.suggestedFilename(), 'answers.csv');
    assert.deepEqual([page.faults, page.elsewhere], [[], []]);
    await page.context().close();
  });
});

describe('the camera', () => {
  test('a pass that is held before it gives an answer, and the next person’s another, with no touch', async () => {
    const file = await videoOf(browser, service.folder, 'two', [await pngOf(service, 'RNN', ana), await pngOf(service, 'RTD', bo)]);
    const watching = await startBrowser(CAMERA(file));
    const page = await ready(service, { permissions: ['camera'] }, watching);
    await page.getByRole('button', { name: 'Start the camera' }).click();
    await page.locator('.verdict__who').waitFor({ timeout: 30_000 });
    const first = await page.locator('.verdict__who').innerText();
    const other = first.includes('Ana Ng') ? 'Bo Li' : 'Ana Ng';
    await page.locator('.verdict__who', { hasText: other }).waitFor({ timeout: 30_000 });
    const took = await page.evaluate(() => performance.getEntriesByName('frame-to-verdict').map((it) => Math.round(it.duration)));
    console.log(`# frame to verdict in ms, unthrottled: ${took.join(', ')}`);
    await picture(page, 'verify-camera');
    await page.getByRole('button', { name: 'Stop the camera' }).click();
    assert.deepEqual([page.faults, page.elsewhere], [[], []]);
    await watching.close();
  });

  test('without one, or without leave to use it, there is another way', async () => {
    const page = await ready();
    await page.getByRole('button', { name: 'Start the camera' }).click();
    await page.locator('#camera-says', { hasText: /Choose a picture|choose a picture/ }).waitFor();
    await page.getByText('No camera?').click();
    await page.locator('#pictures').setInputFiles({ name: 'pass.png', mimeType: 'image/png', buffer: await pngOf(service, 'RNN', ana) });
    await page.locator('.verdict--yes').waitFor();
    const half = { name: 'half.png', mimeType: 'image/png', buffer: (await pngOf(service, 'RNN', ana)).subarray(0, 400) };
    await page.locator('#pictures').setInputFiles(half);
    await page.getByText('No code can be read in half.png').waitFor();
    assert.equal(await word(page), 'CANNOT TELL');
    await page.context().close();
  });
});

describe('whom to believe', () => {
  test('a list of another system is refused, and so is a pass of it', async () => {
    const foreign = await startService();
    const theirs = await issue(foreign, 'RNN', somebody('9', 'Dee Fox'));
    const bundle = Buffer.from(await (await fetch(`${foreign.url}/bundle`)).arrayBuffer());
    await foreign.stop();
    const page = await ready();
    await page.getByText('Settings, and what').click();
    await page.locator('#news-file').setInputFiles({ name: 'bundle.json', mimeType: 'application/json', buffer: bundle });
    await page.locator('#news-trouble:not([hidden])').waitFor();
    assert.match(await page.locator('#news-trouble').innerText(), /root key|another|signed/i);
    await paste(page, theirs.text);
    assert.equal(await word(page), 'DO NOT RELY ON THIS');
    await paste(page, ana.text);
    assert.equal(await word(page), 'GENUINE', 'the list of this system is still in use');
    await page.context().close();
  });

  test('a service that names another key than before is not followed', async () => {
    const page = await ready();
    const other = 'A'.repeat(43);
    await page.route('**/verify?key', (route) => route.fulfill({ contentType: 'text/html', body: `<meta name="passport-root" content="${other}">` }));
    await page.getByRole('button', { name: 'Get the latest list' }).click();
    await page.getByText('another key than when this device first met it').waitFor();
    await page.context().close();
  });

  test('without a trust list nothing is ever green', async () => {
    const bare = await startService({ trusted: false });
    const page = await open(browser, bare, '/verify');
    await page.getByText('no trust list yet').waitFor();
    await paste(page, ana.text);
    assert.equal(await word(page), 'CANNOT TELL');
    await page.context().close();
    await bare.stop();
  });
});

describe('what is missing', () => {
  test('a browser that cannot run the verifier says so, and shows no way to scan', async () => {
    const context = { javaScriptEnabled: true };
    const page = await browser.newPage(context);
    await page.route('**/*.wasm', (route) => route.abort());
    await page.goto(`${service.url}/verify`);
    await page.getByText('cannot be checked in this browser').waitFor();
    assert.equal(await page.locator('#verify').isVisible(), false);
    await page.close();
  });

  test('without JavaScript the page says what else there is', async () => {
    const page = await open(browser, service, '/verify', { javaScriptEnabled: false });
    assert.match(await page.locator('main').innerText(), /This page needs JavaScript/);
    await page.context().close();
  });

  test('a browser that keeps nothing still checks, and says that it keeps nothing', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(() => Object.defineProperty(globalThis, 'indexedDB', { get: () => { throw new DOMException('full', 'QuotaExceededError'); } }));
    await page.goto(`${service.url}/verify`);
    await page.getByText('This browser keeps nothing').waitFor();
    await paste(page, ana.text);
    assert.equal(await word(page), 'GENUINE');
    await context.close();
  });
});

describe('for everybody', () => {
  test('no barrier is found, with and without an answer, at any width', async () => {
    for (const width of [320, 375, 768, 1280]) {
      const page = await ready(service, { viewport: { width, height: 800 } });
      await choose(page);
      for (const summary of ['No camera?', 'Many people at once', 'Settings, and what']) await page.getByText(summary).click();
      await paste(page, ana.text);
      assert.deepEqual(await barriers(page), []);
      assert.equal(await overhang(page), 0, `at ${width} pixels`);
      await picture(page, `verify-${width}`);
      await page.context().close();
    }
  });

  test('everything is done by keyboard alone, and where the focus is can be seen', async () => {
    const page = await ready();
    const reached = await tabbed(page);
    assert.ok(reached.every((stop) => stop.differs), JSON.stringify(reached.filter((stop) => !stop.differs)));
    await page.locator('summary', { hasText: 'No camera?' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.insertText(ana.text);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('.verdict--yes').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'verdict-word', 'the answer has the focus');
    await page.context().close();
  });

  test('a screen reader hears the answer, whose it is and what to do, in that order', async () => {
    const page = await ready();
    await choose(page);
    await paste(page, ana.text);
    const heard = await page.locator('#answer').ariaSnapshot();
    const places = ['heading "Not yet"', 'Ana Ng', 'Then they may work', 'photo ID', 'heading "Do this first"'].map((part) => heard.indexOf(part));
    assert.ok(places.every((place, at) => place >= 0 && (at === 0 || place > places[at - 1])), `${places}\n${heard}`);
    await page.context().close();
  });
});

describe('the network off', () => {
  test('opened once, the page opens and answers with the service gone, by the list that it has', async () => {
    const gone = await startService();
    const eve = await issue(gone, 'RNN', somebody('5', 'Eve Ray', [registration()]));
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${gone.url}/verify`);
    await page.getByText('Settings, and what').click();
    await page.getByText('it opens with the network off').waitFor();
    await page.locator('#news[data-state="fresh"]').waitFor();
    const [address] = [`${gone.url}/verify`];
    await gone.stop();
    await page.close();
    const again = await context.newPage();
    await again.goto(address);
    await again.getByText('There is no network here').waitFor();
    await paste(again, eve.text);
    assert.equal(await word(again), 'GENUINE');
    await again.goto(`${gone.url}/how-to-check`).then(
      () => assert.fail('only what belongs to the page is kept'),
      () => {},
    );
    await context.close();
  });
});
