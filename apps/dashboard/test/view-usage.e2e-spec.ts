import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { decimal, sumDecimals } from '@tallymark/domain';
import { demoMetrics, usedOf, withMoreToday } from './support/usage-fixture.js';
import { BROWSER_TEST_MS, TOKEN, dataValues, expectSoon, startUsageSuite, takePicture, whenChartReady } from './support/usage-suite.js';

const { server, onUsagePage, pictures } = startUsageSuite();

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
        expect(page.url()).toBe(`${server().url}/`);
        expect(new Set(server().log.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${TOKEN}`]));
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
        await expectSoon(() => server().log.some(({ status }) => status === 304));
        const [apiCalls, ...others] = demoMetrics();
        const more = withMoreToday(apiCalls!, '1000');
        Object.assign(server().state, { metrics: [more, ...others], revision: 2 });
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
      server().state.asOf = new Date('2026-11-21T11:58:10Z');
      await onUsagePage({}, async ({ page, complaints }) => {
        await page.getByTestId('stale').waitFor();
        expect(await page.getByTestId('stale').innerText()).toContain('Usage is counted up to Sat, Nov 21, 2026, 11:58');
        expect(await page.getByTestId('as-of').innerText()).toContain('5 min ago');
        await takePicture(page, join(pictures, 'stale.png'));
        expect(complaints).toEqual([]);
      });
    },
    BROWSER_TEST_MS,
  );
});
