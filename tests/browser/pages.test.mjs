// Every page in a real Chromium: what axe finds, the keyboard, narrow windows, no styles, and the HTML itself.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { HtmlValidate } from 'html-validate';
import { barriers, open, overhang, picture, startBrowser, startService, tabbed } from './service.mjs';

const ADDRESSES = [
  '/',
  '/verify',
  '/for-staff',
  '/for-organisations',
  '/for-developers',
  '/how-to-check',
  '/organisations',
  '/organisations?q=nobody',
  `/organisations?q=${'x'.repeat(101)}`,
  '/organisations/RNN',
  '/organisations/ZZ901',
  '/problems',
  '/problems/faulty-fields',
  '/api',
  '/share',
  '/nowhere',
];
// Also just above each width from which there is more beside one another.
const WIDTHS = [375, 768, 780, 1000, 1280];

// The scripts and WASM of /verify may not be built, and /nowhere is not there: said by the address.
const expected = (address) => (fault) =>
  (address === '/nowhere' && /404/.test(fault)) || (address === '/verify' && /verify\/|wasm\/|404/.test(fault));

const html = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    // The pages have no line ends of their own: what breaks lines well is no rule of HTML.
    'long-title': 'off',
    // Boolean attributes and void elements as the template engine writes them.
    'void-style': 'off',
    // The design system repeats what table elements mean, because styling them as blocks takes it away.
    'no-redundant-role': 'off',
    // On a phone a code must not be taken for a phone number: none is shown.
    'tel-non-breaking': 'off',
  },
});

let service, browser;
before(async () => {
  service = await startService();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await service?.stop();
});

const name = (address) => address.slice(0, 40).replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'home';

for (const address of ADDRESSES) {
  describe(address.slice(0, 40), () => {
    // One opened page for all of them, in this order: the last takes its styles away.
    let page;
    before(async () => {
      page = await open(browser, service, address, { viewport: { width: 1280, height: 900 } });
      // It has all its controls when it has its list; without its WASM it stays as it came.
      const starts = address === '/verify' && (await fetch(`${service.url}/assets/wasm/passport.wasm`)).ok;
      if (starts) await page.getByText('List as of').waitFor();
    });
    after(() => page?.context().close());

    test('is valid HTML', async () => {
      const answer = await fetch(service.url + address, { headers: { Accept: 'text/html' } });
      const report = await html.validateString(await answer.text());
      const faults = report.results.flatMap(({ messages }) => messages.map(({ ruleId, message, selector }) => `${ruleId}: ${message} (${selector})`));
      assert.deepEqual(faults, []);
    });

    test('has no barrier that axe finds, no fault, and asks nobody else', async () => {
      assert.deepEqual(await barriers(page), []);
      assert.deepEqual(page.faults.filter((fault) => !expected(address)(fault)), []);
      assert.deepEqual(page.elsewhere, []);
    });

    test('can be walked by keyboard, and shows where the focus is', async () => {
      const stops = await tabbed(page);
      assert.match(stops[0].name, /^a Skip to main content/);
      const links = await page.locator('a[href], button, input, summary').evaluateAll((all) => all.filter((it) => it.checkVisibility()).length);
      assert.equal(stops.length, links, 'every link and control is reached once');
      assert.deepEqual(stops.filter((stop) => !stop.inSight || !stop.differs), []);
    });

    test('fits 320 pixels, which is 400 % zoom, and each common width', async () => {
      for (const width of [320, ...WIDTHS]) {
        await page.setViewportSize({ width, height: 800 });
        assert.equal(await overhang(page), 0, `at ${width}`);
        await picture(page, `${name(address)}-${width}`);
      }
    });

    test('reads in order without its styles', async () => {
      await page.evaluate(() => document.querySelectorAll('link[rel=stylesheet]').forEach((it) => it.remove()));
      await picture(page, `${name(address)}-plain`);
      const text = await page.locator('body').innerText();
      const inOrder = ['Skip to main content', 'Who is trusted', await page.locator('h1').innerText(), 'not an NHS service'];
      inOrder.reduce((from, words) => {
        const at = text.indexOf(words, from);
        assert.notEqual(at, -1, words);
        return at;
      }, 0);
    });
  });
}

test('the skip link leads past the navigation', async () => {
  const page = await open(browser, service, '/for-staff');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await page.keyboard.press('Tab');
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Check your own pass/);
  await page.context().close();
});

test('a search says what is wrong, where it is, and is a page without JavaScript', async () => {
  const page = await open(browser, service, '/organisations', { javaScriptEnabled: false });
  await page.getByLabel('Find an organisation').fill('tyne');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.waitForURL(/q=tyne/);
  assert.equal(await page.getByRole('rowheader').count(), 2);
  await page.getByLabel('Find an organisation').fill('x'.repeat(101));
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('alert').getByRole('link').click();
  assert.match(await page.locator('#q-error').innerText(), /at most 100 characters/);
  assert.equal(await page.locator('#q').getAttribute('aria-describedby'), 'q-hint q-error');
  await page.context().close();
});

test('the page that checks passes says without JavaScript how else to check one', async () => {
  const page = await open(browser, service, '/verify', { javaScriptEnabled: false });
  assert.match(await page.locator('main').innerText(), /needs JavaScript/);
  await page.getByRole('link', { name: 'how to check without this page' }).click();
  assert.match(page.url(), /how-to-check#command-line$/);
  await page.context().close();
});

test('the page that checks passes carries the root key that signed the trust list', async () => {
  const page = await open(browser, service, '/verify');
  const { readFileSync } = await import('node:fs');
  assert.equal(await page.locator('meta[name=passport-root]').getAttribute('content'), readFileSync(service.root, 'utf8').trim());
  await page.context().close();
});

test('every link of every page is one that the service answers', async () => {
  const page = await open(browser, service, '/');
  const seen = new Set();
  for (const address of ADDRESSES.filter((it) => it !== '/nowhere')) {
    await page.goto(service.url + address);
    for (const link of await page.locator('a[href], link[href], img[src], script[src]').evaluateAll((all) => all.map((it) => it.href || it.src))) seen.add(link.split('#')[0]);
  }
  const unbuilt = /\/assets\/(verify|wasm)\//;
  for (const link of seen) {
    if (unbuilt.test(link)) continue;
    const { status } = await fetch(link);
    assert.equal(status, 200, link);
  }
  await page.context().close();
});
