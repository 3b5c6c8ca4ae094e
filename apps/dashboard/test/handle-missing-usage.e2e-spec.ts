import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { demoMetrics } from './support/usage-fixture.js';
import { BROWSER_TEST_MS, TOKEN, findBarriers, startUsageSuite, takePicture, whenChartReady } from './support/usage-suite.js';

const { server, onUsagePage, pictures } = startUsageSuite();

describe('when there is nothing to show', () => {
  it(
    'gives a command for the first event to a customer without usage',
    async () => {
      server().state.metrics = demoMetrics().map((metric) => ({ ...metric, days: metric.days.map(() => '0') }));
      await onUsagePage({}, async ({ page, complaints }) => {
        await whenChartReady(page);
        expect(await page.getByTestId('empty').innerText()).toContain(`curl -sS -X POST '${server().url}/platform/v1/events'`);
        expect(await page.getByTestId('empty').innerText()).toContain('"subject":"web-co"');
        expect(await page.locator('.card').count()).toBe(6);
        expect(await findBarriers(page)).toEqual([]);
        await takePicture(page, join(pictures, 'empty.png'));
        expect(complaints).toEqual([]);
      });
    },
    BROWSER_TEST_MS,
  );

  it(
    'says so to a customer without subscription, and shows one as soon as there is one',
    async () => {
      server().state.hasSubscription = false;
      await onUsagePage({}, async ({ page }) => {
        await page.getByRole('heading', { name: 'No subscription yet' }).waitFor();
        await takePicture(page, join(pictures, 'no-subscription.png'));
        server().state.hasSubscription = true;
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
      server().state.failure = { status: 503, body: problem, contentType: 'application/problem+json' };
      await onUsagePage({}, async ({ page }) => {
        await page.getByTestId('failure').waitFor();
        const text = await page.getByTestId('failure').innerText();
        expect(text).toContain('the database is away');
        expect(text).toContain('fixture-request-1');
        expect(await findBarriers(page)).toEqual([]);
        await takePicture(page, join(pictures, 'error.png'));
        server().state.failure = null;
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
        server().state.failure = { status: 500, body: null, contentType: 'text/plain' };
        await page.getByTestId('failure').waitFor();
        expect(await page.getByTestId('failure').innerText()).toContain('The server answered with status 500.');
        expect(await page.locator('.card').count()).toBe(6);
        await takePicture(page, join(pictures, 'failing.png'));
        server().state.failure = null;
        await page.getByRole('button', { name: 'Try now' }).click();
        await page.getByTestId('failure').waitFor({ state: 'detached' });
      }),
    BROWSER_TEST_MS,
  );

  it(
    'asks for a new token when the old one has expired, and forgets the old one',
    async () => {
      server().state.failure = {
        status: 401,
        body: { success: false, error: { code: 'UNAUTHORIZED', message: 'Authentication required' } },
        contentType: 'application/json',
      };
      await onUsagePage({}, async ({ page }) => {
        await page.getByTestId('expired').waitFor();
        expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
        expect(await findBarriers(page)).toEqual([]);
        await takePicture(page, join(pictures, 'expired.png'));
        server().reset();
        await page.getByLabel('Customer token').fill('no token, surely');
        await page.getByRole('button', { name: 'Show usage' }).click();
        expect(await page.getByRole('alert').innerText()).toContain('This is no token');
        await page.getByLabel('Customer token').fill(`Bearer ${TOKEN}`);
        await page.getByRole('button', { name: 'Show usage' }).click();
        await whenChartReady(page);
        expect(server().log[0]!.authorization).toBe(`Bearer ${TOKEN}`);
      });
    },
    BROWSER_TEST_MS,
  );
});
