// A service of its own for each run, with two organisations on a signed trust list, and a Chromium that
// reaches nothing but it. Used by every *.test.mjs here.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const target = resolve(repository, process.env.CARGO_TARGET_DIR ?? 'target');
const programs = join(target, 'debug');

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const freePort = () =>
  new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

const ORGANISATIONS = [
  ['RNN', 'nhs-foundation-trust', 'North Cumbria Integrated Care NHS Foundation Trust', 'all'],
  ['RTD', 'nhs-foundation-trust', 'Newcastle upon Tyne Hospitals NHS Foundation Trust', 'all'],
  ['ZZ901', 'charity', 'Tyne Valley Volunteers (invented)', 'identity,employment,identityCheck,training'],
];

/**
 * Starts a service on SQLite in a temporary folder.
 *
 * `trusted: false` leaves the trust list out; `web: null` the files of the pages.
 * Gives `{ url, folder, root, port, issuer(...), passport(...), key(code), stop() }`: `root` is the file
 * with the root key, `key` the file with an organisation's API key, and the two programs run synchronously
 * and give what they print.
 */
export async function startService({ trusted = true, web = join(target, 'web'), port } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'passport-browser-'));
  port ??= await freePort();
  const url = `http://localhost:${port}`;
  writeFileSync(join(folder, 'sealing.key'), randomBytes(32).toString('base64'), { mode: 0o600 });
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    PASSPORT_ADDRESS: url,
    PASSPORT_DATABASE: `sqlite:${join(folder, 'passport.db')}`,
    PASSPORT_HOME: folder,
    PASSPORT_LOG: 'warn',
    PASSPORT_SEALING_KEY_FILE: join(folder, 'sealing.key'),
    ...(web ? { PASSPORT_WEB: web } : {}),
  };
  const run = (program) => (...args) => execFileSync(join(programs, program), args, { env, encoding: 'utf8' });
  const [issuer, passport] = [run('passport-issuer'), run('passport')];
  const key = (code) => join(folder, `${code}.api-key`);
  for (const [code, kind, name] of ORGANISATIONS) {
    writeFileSync(key(code), issuer('add-organisation', code, name, '--kind', kind), { mode: 0o600 });
  }
  const server = spawn(join(programs, 'passport-issuer'), ['serve', '--listen', `127.0.0.1:${port}`], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise((done) => server.once('exit', done));
  const stop = async () => {
    server.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answers(`${url}/health`, server);
    const system = join(folder, 'system');
    const root = join(system, 'root.pub');
    if (trusted) {
      passport('system', 'init', system, '--name', 'North East and North Cumbria (test)');
      for (const [code, , name, kinds] of ORGANISATIONS) {
        passport('system', 'add-organisation', system, '--code', code, '--name', name, '--kinds', kinds,
          '--subjects', 'cstf/*,ommt/*,local:*', '--address', `${url}/organisations/${code}`);
      }
      passport('system', 'sign', system);
      issuer('publish-trust-list', join(system, 'trust-list.jwt'), '--root', readFileSync(root, 'utf8').trim());
    }
    return { url, port, folder, root, issuer, passport, key, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function answers(address, server) {
  for (let tries = 0; tries < 200 && server.exitCode === null; tries += 1) {
    try {
      if ((await fetch(address)).ok) return;
    } catch {
      // Not yet.
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('the service did not start');
}

/** Chromium without a screen; `flags` come on top of those that keep it to itself. */
export const startBrowser = (flags = []) =>
  chromium.launch({ executablePath: process.env.PASSPORT_CHROMIUM ?? '/usr/bin/chromium', args: [...FLAGS, ...flags] });

/**
 * Opens an address of the service in a browser context of its own. Gives the page, with two lists on it:
 * `faults` (errors of scripts, of the console and of the Content Security Policy, and answers that
 * failed), and `elsewhere` (requests to any other host). `context` is what Playwright calls so.
 */
export async function open(browser, service, path, context = {}) {
  const opened = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/London', ...context });
  const page = await opened.newPage();
  page.faults = [];
  page.elsewhere = [];
  page.on('console', (message) => message.type() === 'error' && page.faults.push(message.text()));
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('response', (answer) => answer.status() >= 400 && page.faults.push(`${answer.status()} ${answer.url()}`));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(`${service.url}/`)) page.elsewhere.push(request.url());
  });
  await page.goto(service.url + path, { waitUntil: 'load' });
  return page;
}

/** What axe finds that is serious or critical, one line each. */
export async function barriers(page) {
  // Not as a script element: the pages' Content Security Policy refuses that, as it should.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return grave.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

/** The elements that the Tab key reaches in turn, and whether each shows that it has the focus. */
export async function tabbed(page, limit = 300) {
  const reached = [];
  for (let presses = 0; presses < limit; presses += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body || element === document.documentElement) return null;
      const look = (pseudo) => {
        const style = getComputedStyle(element, pseudo);
        return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow, style.backgroundColor, style.borderColor].join('|');
      };
      const focused = look();
      const box = element.getBoundingClientRect();
      const name = `${element.tagName.toLowerCase()} ${element.textContent.trim().slice(0, 40) || element.id}`;
      const inSight = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth && box.width > 0;
      const seen = Number(element.dataset.tabbed ?? 0);
      element.dataset.tabbed = String(seen + 1);
      const y = box.top + scrollY;
      element.blur();
      const differs = look() !== focused;
      element.focus({ preventScroll: true });
      return { name, inSight, differs, again: seen > 0, y };
    });
    if (stop === null || stop.again) break;
    reached.push(stop);
  }
  return reached;
}

/** How many pixels a page is wider than its window. */
export const overhang = (page) =>
  page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));

/** Keeps a picture in the folder that PASSPORT_SCREENSHOTS names, if it names one. */
export async function picture(page, name) {
  const folder = process.env.PASSPORT_SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
