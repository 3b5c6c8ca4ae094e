import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { type WatchedPage, launchChromium, openWatchedPage } from './browser.js';
import { type FixtureServer, startFixtureServer } from './fixture-server.js';

/** A customer token as the page sees one: text to pass on. */
export const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ3ZWItY28ifQ.c2lnbmF0dXJl';
/** A browser on a busy machine takes its time. */
export const BROWSER_TEST_MS = 60_000;

/** What the tests of one file share. */
export interface UsageSuite {
  /** Reset before each test. */
  readonly server: () => FixtureServer;
  /** Opens the page with a token, runs a test on it, and closes it whatever comes. */
  readonly onUsagePage: (options: BrowserContextOptions, test: (watched: WatchedPage) => Promise<void>) => Promise<void>;
  /** Pictures for people to look at; nothing compares them. */
  readonly pictures: string;
}

/** Starts a browser and a server before the tests of a file, and stops them afterwards. */
export function startUsageSuite(): UsageSuite {
  let browser: Browser;
  let server: FixtureServer;
  beforeAll(async () => {
    server = await startFixtureServer();
    browser = await launchChromium();
  }, BROWSER_TEST_MS);
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  beforeEach(() => server.reset());
  return {
    server: () => server,
    pictures: mkdtempSync(join(tmpdir(), 'tallymark-dashboard-')),
    onUsagePage: async (options, test) => {
      const watched = await openWatchedPage(browser, options);
      try {
        await watched.page.goto(`${server.url}/#token=${TOKEN}`);
        await test(watched);
      } finally {
        await watched.page.context().close();
      }
    },
  };
}

/** Waits until the page has drawn the days of a metric. */
export function whenChartReady(page: Page): Promise<void> {
  return page.locator('.chart svg').waitFor();
}

/** Waits until a condition holds; the test's own time limit ends it. */
export async function expectSoon(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** The exact values that `data` elements bear. */
export function dataValues(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).evaluateAll((elements) => elements.map((element) => element.getAttribute('value') ?? ''));
}

/** A picture of the whole page, as it is when one comes to it. */
export async function takePicture(page: Page, path: string): Promise<void> {
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path, fullPage: true });
}

interface Checker {
  run: () => Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
}

/** Rules of WCAG 2.2 AA and good practice that the page breaks, with where. Evaluated past the policy, which would refuse a script tag. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => (await (window as unknown as { axe: Checker }).axe.run()).violations);
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`));
}
