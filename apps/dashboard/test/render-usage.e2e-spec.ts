import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { demoMetrics } from './support/usage-fixture.js';
import { BROWSER_TEST_MS, findBarriers, startUsageSuite, takePicture, whenChartReady } from './support/usage-suite.js';

const { server, onUsagePage, pictures } = startUsageSuite();

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
        await takePicture(page, join(pictures, `${name}.png`));
        expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
        expect(complaints).toEqual([]);
      }),
    BROWSER_TEST_MS,
  );

  it(
    'shows names as text, whatever they hold',
    async () => {
      const canaries = ['<img src=x onerror=alert(1)>', '"><script>alert(2)</script>', "javascript:alert(3)//'`${4}", 'x'.repeat(160)];
      server().state.metrics = demoMetrics().map((metric, index) => ({
        ...metric,
        name: canaries[index] ?? metric.name,
        unit: canaries[index] ?? metric.unit,
      }));
      await onUsagePage({}, async ({ page, complaints }) => {
        await whenChartReady(page);
        await page.getByText('The same numbers as a table').click();
        expect(await page.locator('.card h3').allInnerTexts()).toEqual(server().state.metrics.map(({ name }) => name));
        expect(await page.locator('#root img, #root script').count()).toBe(0);
        await takePicture(page, join(pictures, 'canaries.png'));
        expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
        expect(complaints).toEqual([]);
      });
    },
    BROWSER_TEST_MS,
  );

  it(
    'says so when it cannot draw what it was given',
    async () => {
      server().state.timeZone = 'Nowhere/None';
      await onUsagePage({}, async ({ page }) => {
        await page.getByTestId('crash').waitFor();
        server().reset();
        await page.getByRole('button', { name: 'Load it again' }).click();
        await whenChartReady(page);
      });
    },
    BROWSER_TEST_MS,
  );

  it('needs at most 200 kB of script, compressed', () => {
    const assets = join(server().root, 'assets');
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
          await page.locator('.daily').screenshot({ path: join(pictures, `chart-${metric}.png`) });
        }
        expect(complaints).toEqual([]);
      }),
    BROWSER_TEST_MS,
  );
});
