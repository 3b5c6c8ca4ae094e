import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import axe from 'axe-core';
import { decimal, sumDecimals } from '@tallymark/domain';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium, openWatchedPage, type WatchedPage } from './support/browser.js';
import { type FixtureServer, startFixtureServer } from './support/fixture-server.js';
import { demoMetrics, usedOf, withMoreToday } from './support/usage-fixture.js';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ3ZWItY28ifQ.c2lnbmF0dXJl';
const BROWSER_TEST_MS = 60_000;

let browser: Browser;
let server: FixtureServer;
/** Pictures for people to look at; nothing compares them. */
const screenshots = mkdtempSync(join(tmpdir(), 'tallymark-dashboard-'));

beforeAll(async () => {
  server = await startFixtureServer();
  browser = await launchChromium();
}, BROWSER_TEST_MS);
afterAll(async () => {
  await browser.close();
  await server.close();
});
beforeEach(() => server.reset());

async function openUsage(options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const watched = await openWatchedPage(browser, options);
  await watched.page.goto(`${server.url}/#token=${TOKEN}`);
  return watched;
}

/** Runs a test on a page of its own and closes it whatever comes. */
async function onUsagePage(options: BrowserContextOptions, test: (watched: WatchedPage) => Promise<void>): Promise<void> {
  const watched = await openUsage(options);
  try {
    await test(watched);
  } finally {
    await watched.page.context().close();
  }
}

const whenChartReady = (page: Page): Promise<void> => page.locator('.chart svg').waitFor();

/** Rules of WCAG 2.2 AA and good practice that the page breaks, with where. Evaluated past the policy, which would refuse a script tag. */
async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe: checker } = window as unknown as {
      axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> };
    };
    return (await checker.run()).violations;
  });
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`));
}

async function dataValues(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).evaluateAll((elements) => elements.map((element) => element.getAttribute('value') ?? ''));
}

describe('the usage page', () => {
  it(
    'shows used, included, overage and cost of every metric',
    () =>
      onUsagePage({}, async ({ page, complaints }) => {
        await whenChartReady(page);
        expect(await page.locator('h1').innerText()).toMatch(/November 1\s–\s30, 2026/);
        expect(await page.locator('.bounds').innerText()).toContain('UTC');
        expect(await page.getByTestId('as-of').innerText()).toMatch(/as of 12:03:10 \(\d+ s ago\)/);
        expect(await page.locator('.time-left').innerText()).toBe('9 days left');
        const metrics = demoMetrics();
        expect(await page.locator('.card h3').allInnerTexts()).toEqual(metrics.map(({ name }) => name));
        expect(await dataValues(page, '.card .used')).toEqual(metrics.map((metric) => usedOf(metric).toFixed()));
        expect(await page.locator('.card .pill').allInnerTexts()).toEqual([
          'Over included',
          'Getting close',
          'Within plan',
          'Near limit',
          'Over included',
          'Within plan',
        ]);
        const overage = usedOf(metrics[0]!).minus(decimal('5000'));
        expect(await page.getByTestId('card-api_calls').innerText()).toContain(`${Number(overage.toFixed()).toLocaleString('en-US')} over`);
        expect(await page.getByTestId('card-api_calls').locator('.bar-overage').boundingBox()).toMatchObject({ height: 10 });
        expect(await page.getByTestId('cost-emails').innerText()).toMatch(/packages of 100[\s\S]*× \$0\.40 = \$/);
        expect(await page.getByTestId('cost-webhooks').innerText()).toContain('Within the 1,000 events included');
        const amounts = await page.locator('.cost-head .amount').allInnerTexts();
        const total = sumDecimals(amounts.map((amount) => decimal(amount.replace('$', ''))));
        expect(await dataValues(page, '[data-testid=total]')).toEqual([total.toFixed()]);
        expect(complaints).toEqual([]);
      }),
    BROWSER_TEST_MS,
  );

  it(
    'is watched: what its policy forbids does not go unnoticed',
    () =>
      onUsagePage({}, async ({ page, complaints }) => {
        await whenChartReady(page);
        await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<p style="color: red">inline</p>'));
        await expectSoon(() => complaints.some((complaint) => complaint.startsWith('policy: style-src')));
      }),
    BROWSER_TEST_MS,
  );

  it(
    'takes the token out of the address, keeps it for the tab, and sends it with every request',
    () =>
      onUsagePage({}, async ({ page }) => {
        await whenChartReady(page);
        expect(page.url()).toBe(`${server.url}/`);
        expect(new Set(server.log.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${TOKEN}`]));
        await page.reload();
        await whenChartReady(page);
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.getByTestId('gate').waitFor();
        expect(await page.evaluate(() => JSON.stringify([sessionStorage, localStorage]))).toBe('[{},{}]');
      }),
    BROWSER_TEST_MS,
  );

  it(
    'has a table whose days add up to the card, for each metric that adds up',
    () =>
      onUsagePage({}, async ({ page, complaints }) => {
        await whenChartReady(page);
        await page.getByText('The same numbers as a table').click();
        for (const metric of demoMetrics().filter(({ aggregation }) => aggregation !== 'latest')) {
          await page.getByRole('radio', { name: metric.name, exact: true }).check({ force: true });
          await page.getByRole('region', { name: `${metric.name}, day by day` }).waitFor();
          const days = await dataValues(page, '.day-table tbody td:nth-of-type(1) data');
          const [card] = await dataValues(page, `[data-testid=card-${metric.metric}] .used`);
          expect(days).toHaveLength(21);
          expect(sumDecimals(days.map(decimal)).toFixed()).toBe(card);
          expect(await dataValues(page, '.day-table tfoot data')).toEqual([card]);
        }
        expect(complaints).toEqual([]);
      }),
    BROWSER_TEST_MS,
  );

  it(
    'walks the days with the keyboard and reads each out',
    () =>
      onUsagePage({}, async ({ page }) => {
        await whenChartReady(page);
        const chart = page.getByRole('slider', { name: 'Day of API Calls' });
        await chart.focus();
        const values = demoMetrics()[0]!.days;
        const text = (): Promise<string | null> => chart.getAttribute('aria-valuetext');
        expect(await text()).toContain(`Sat, Nov 21, so far: ${values[20]} requests`);
        await page.keyboard.press('ArrowLeft');
        expect(await text()).toContain(`Fri, Nov 20: ${values[19]} requests`);
        expect(await page.locator('.crosshair').count()).toBe(1);
        await page.keyboard.press('Home');
        expect(await text()).toContain(`Sun, Nov 1: ${values[0]} requests: ${values[0]} in total`);
        expect(await page.getByTestId('readout').innerText()).toContain(`${values[0]} requests`);
        await page.keyboard.press('End');
        expect(await text()).toBe('Mon, Nov 30: not counted yet');
        expect(await chart.getAttribute('aria-valuenow')).toBe('30');
        await page.keyboard.press('Escape');
        expect(await page.locator('.crosshair').count()).toBe(0);
      }),
    BROWSER_TEST_MS,
  );

  it(
    'follows usage while it is open, and asks with the ETag it knows',
    () =>
      onUsagePage({}, async ({ page, complaints }) => {
        await whenChartReady(page);
        const known = await page.waitForFunction(() => document.querySelector('[data-testid=card-api_calls] .used')?.getAttribute('value'));
        expect(await known.jsonValue()).toBe(usedOf(demoMetrics()[0]!).toFixed());
        await expectSoon(() => server.log.some(({ status }) => status === 304));
        const [apiCalls, ...others] = demoMetrics();
        const more = withMoreToday(apiCalls!, '1000');
        Object.assign(server.state, { metrics: [more, ...others], revision: 2 });
        await page.locator(`[data-testid=card-api_calls] .used[value="${usedOf(more).toFixed()}"]`).waitFor();
        await page
          .getByText(
            `${usedOf(more)
              .toFixed()
              .replace(/(\d)(\d{3})$/, '$1,$2')} requests.`,
          )
          .waitFor();
        expect(complaints).toEqual([]);
      }),
    BROWSER_TEST_MS,
  );

  it(
    'says that numbers lag behind when they are older than five minutes',
    async () => {
      server.state.asOf = new Date('2026-11-21T11:58:10Z');
      await onUsagePage({}, async ({ page, complaints }) => {
        await page.getByTestId('stale').waitFor();
        expect(await page.getByTestId('stale').innerText()).toContain('Usage is counted up to Sat, Nov 21, 2026, 11:58');
        expect(await page.getByTestId('as-of').innerText()).toContain('5 min ago');
        await screenshot(page, 'stale');
        expect(complaints).toEqual([]);
      });
    },
    BROWSER_TEST_MS,
  );
});

describe('when there is nothing to show', () => {
  it(
    'gives a command for the first event to a customer without usage',
    async () => {
      server.state.metrics = demoMetrics().map((metric) => ({ ...metric, days: metric.days.map(() => '0') }));
      await onUsagePage({}, async ({ page, complaints }) => {
        await whenChartReady(page);
        expect(await page.getByTestId('empty').innerText()).toContain(`curl -sS -X POST '${server.url}/platform/v1/events'`);
        expect(await page.getByTestId('empty').innerText()).toContain('"subject":"web-co"');
        expect(await page.locator('.card').count()).toBe(6);
        expect(await findBarriers(page)).toEqual([]);
        await screenshot(page, 'empty');
        expect(complaints).toEqual([]);
      });
    },
    BROWSER_TEST_MS,
  );

  it(
    'says so to a customer without subscription, and shows one as soon as there is one',
    async () => {
      server.state.hasSubscription = false;
      await onUsagePage({}, async ({ page }) => {
        await page.getByRole('heading', { name: 'No subscription yet' }).waitFor();
        await screenshot(page, 'no-subscription');
        server.state.hasSubscription = true;
        await whenChartReady(page);
      });
    },
    BROWSER_TEST_MS,
  );

  it(
    'shows an error with its request id, and tries again on request',
    async () => {
      const problem = {
        type: 'https://tallymark.dev/problems/unavailable',
        title: 'Unavailable',
        status: 503,
        detail: 'the database is away',
      };
      server.state.failure = { status: 503, body: problem, contentType: 'application/problem+json' };
      await onUsagePage({}, async ({ page }) => {
        await page.getByTestId('failure').waitFor();
        const text = await page.getByTestId('failure').innerText();
        expect(text).toContain('the database is away');
        expect(text).toContain('fixture-request-1');
        expect(await findBarriers(page)).toEqual([]);
        await screenshot(page, 'error');
        server.state.failure = null;
        await page.getByRole('button', { name: 'Try again' }).click();
        await whenChartReady(page);
      });
    },
    BROWSER_TEST_MS,
  );

  it(
    'keeps the last good numbers when later answers fail',
    () =>
      onUsagePage({}, async ({ page }) => {
        await whenChartReady(page);
        server.state.failure = { status: 500, body: null, contentType: 'text/plain' };
        await page.getByTestId('failure').waitFor();
        expect(await page.getByTestId('failure').innerText()).toContain('The server answered with status 500.');
        expect(await page.locator('.card').count()).toBe(6);
        await screenshot(page, 'failing');
        server.state.failure = null;
        await page.getByRole('button', { name: 'Try now' }).click();
        await page.getByTestId('failure').waitFor({ state: 'detached' });
      }),
    BROWSER_TEST_MS,
  );

  it(
    'asks for a new token when the old one has expired, and forgets the old one',
    async () => {
      server.state.failure = {
        status: 401,
        body: { success: false, error: { code: 'UNAUTHORIZED', message: 'Authentication required' } },
        contentType: 'application/json',
      };
      await onUsagePage({}, async ({ page }) => {
        await page.getByTestId('expired').waitFor();
        expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
        expect(await findBarriers(page)).toEqual([]);
        await screenshot(page, 'expired');
        server.reset();
        await page.getByLabel('Customer token').fill('no token, surely');
        await page.getByRole('button', { name: 'Show usage' }).click();
        expect(await page.getByRole('alert').innerText()).toContain('This is no token');
        await page.getByLabel('Customer token').fill(`Bearer ${TOKEN}`);
        await page.getByRole('button', { name: 'Show usage' }).click();
        await whenChartReady(page);
        expect(server.log[0]!.authorization).toBe(`Bearer ${TOKEN}`);
      });
    },
    BROWSER_TEST_MS,
  );
});

describe('looks', () => {
  it.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['phone-light', { colorScheme: 'light', viewport: { width: 360, height: 780 } }],
    ['phone-dark', { colorScheme: 'dark', viewport: { width: 360, height: 780 } }],
    ['zoom-200', { colorScheme: 'light', viewport: { width: 640, height: 450 } }],
    ['forced-colors', { colorScheme: 'dark', forcedColors: 'active' }],
  ] as const)(
    '%s: no barriers, nothing wider than the window',
    (name, options) =>
      onUsagePage(options, async ({ page, complaints }) => {
        await whenChartReady(page);
        await page.getByText('The same numbers as a table').click();
        await page.getByRole('heading', { name: 'Read this over the API' }).click();
        expect(await findBarriers(page)).toEqual([]);
        await page.getByText('The same numbers as a table').click();
        await page.getByRole('heading', { name: 'Read this over the API' }).click();
        await screenshot(page, name);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
        expect(complaints).toEqual([]);
      }),
    BROWSER_TEST_MS,
  );

  it(
    'shows names as text, whatever they hold',
    async () => {
      const canaries = ['<img src=x onerror=alert(1)>', '"><script>alert(2)</script>', "javascript:alert(3)//'`${4}", 'x'.repeat(160)];
      server.state.metrics = demoMetrics().map((metric, index) => ({
        ...metric,
        name: canaries[index] ?? metric.name,
        unit: canaries[index] ?? metric.unit,
      }));
      await onUsagePage({}, async ({ page, complaints }) => {
        await whenChartReady(page);
        await page.getByText('The same numbers as a table').click();
        expect(await page.locator('.card h3').allInnerTexts()).toEqual(server.state.metrics.map(({ name }) => name));
        expect(await page.locator('#root img, #root script').count()).toBe(0);
        await screenshot(page, 'canaries');
        expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
        expect(complaints).toEqual([]);
      });
    },
    BROWSER_TEST_MS,
  );

  it(
    'says so when it cannot draw what it was given',
    async () => {
      server.state.timeZone = 'Nowhere/None';
      await onUsagePage({}, async ({ page }) => {
        await page.getByTestId('crash').waitFor();
        server.reset();
        await page.getByRole('button', { name: 'Load it again' }).click();
        await whenChartReady(page);
      });
    },
    BROWSER_TEST_MS,
  );

  it('needs at most 200 kB of script, compressed', () => {
    const assets = join(server.root, 'assets');
    const sizes = readdirSync(assets)
      .filter((name) => name.endsWith('.js'))
      .map((name) => gzipSync(readFileSync(join(assets, name))).length);
    expect(sizes.length).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(200_000);
  });

  it(
    'writes numbers as the reader’s language does',
    () =>
      onUsagePage({ locale: 'de-DE' }, async ({ page }) => {
        await whenChartReady(page);
        expect(await page.getByTestId('card-api_calls').innerText()).toContain('/ 5.000 requests');
        expect(await page.getByTestId('total').innerText()).toMatch(/^\d+,\d\d\s\$$/);
        expect(await page.locator('h1').innerText()).toContain('November 2026');
      }),
    BROWSER_TEST_MS,
  );

  it(
    'draws each metric of the plan',
    () =>
      onUsagePage({}, async ({ page, complaints }) => {
        for (const { metric, name } of demoMetrics()) {
          await page.getByRole('radio', { name, exact: true }).check({ force: true });
          await page.getByRole('slider', { name: `Day of ${name}` }).waitFor();
          await whenChartReady(page);
          await page.locator('.daily').screenshot({ path: join(screenshots, `chart-${metric}.png`) });
        }
        expect(complaints).toEqual([]);
      }),
    BROWSER_TEST_MS,
  );
});

async function screenshot(page: Page, name: string): Promise<void> {
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

async function expectSoon(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}
