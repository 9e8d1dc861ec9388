// The news: the bundle that everything is judged by. Fetched where there is a network, kept on the
// device, checked against the key of the system that this device met first.

import { find, keep } from './store.js';

/**
 * @typedef {object} News
 * @property {import("passport").BundleInfo} [bundle]
 * @property {string} [trouble]  why it could not be had, kept or relied on, in words
 */

const NO_LIST = 'This service has no trust list yet. Nothing can be told before it has.';
const OTHER_KEY = 'This service now names another key than when this device first met it. Ask whoever runs it why, before you go on. The list on this device stays as it is.';

/** The key of the system that the service belongs to, as the service says now. Rejects without a network. */
async function keyOfService() {
  const answer = await fetch('/verify?key', { cache: 'no-cache' });
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  return page.querySelector('meta[name="passport-root"]')?.content;
}

/** Holds the bundle in use. */
export function news(engine) {
  let inUse;

  async function open(kept) {
    const opened = await engine.open({ bundle: kept.text, root: kept.root, sequence: kept.sequence ?? 0 });
    if (opened.error) return { bundle: inUse, trouble: opened.error.detail };
    inUse = opened.bundle;
    return { bundle: inUse };
  }

  async function take(text, root) {
    const before = await find('news');
    const pinned = before?.root ?? root;
    if (!pinned) return { bundle: inUse, trouble: NO_LIST };
    if (root && root !== pinned) return { bundle: inUse, trouble: OTHER_KEY };
    const opened = await open({ text, root: pinned, sequence: before?.sequence });
    if (opened.trouble) return opened;
    try {
      await keep('news', { text, root: pinned, sequence: opened.bundle.sequence });
      await navigator.storage?.persist?.();
    } catch {
      return { ...opened, trouble: 'This browser keeps nothing: the list is gone when you close the page. Free some space, or leave private browsing.' };
    }
    return opened;
  }

  return {
    /** What was kept on the device. @returns {Promise<News>} */
    async kept() {
      const before = await find('news');
      return before ? open(before) : {};
    },
    /** What the service says now. @returns {Promise<News>} */
    async fresh() {
      let text, root;
      try {
        root = await keyOfService();
        const answer = await fetch('/bundle', { cache: 'no-cache' });
        text = await answer.text();
        if (answer.status === 404) return { bundle: inUse, trouble: NO_LIST };
        if (!answer.ok) return { bundle: inUse, trouble: 'The service has no list to give just now. Try again later.' };
      } catch {
        return { bundle: inUse, trouble: 'There is no network here. What is on this device stays in use.' };
      }
      return take(text, root);
    },
    /** Out of a file that somebody brings. @returns {Promise<News>} */
    fromFile: async (file) => take(await file.text()),
  };
}
