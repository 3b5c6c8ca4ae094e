import type { Locator, Page } from 'playwright-core';

/** An operation on a page of Swagger UI, as a reader uses it. */
export interface OperationOnPage {
  /** Opens its form. The fields hold the document's examples. */
  readonly tryOut: () => Promise<void>;
  /** Fills in the fields of the one security scheme that it offers, and applies them. @returns how many fields there were */
  readonly authorize: (values: readonly string[]) => Promise<number>;
  /** Sends what the form holds. @returns status and body as the page shows them */
  readonly execute: () => Promise<{ readonly status: number; readonly body: unknown }>;
}

/** Finds an operation by its path, as the document writes it, and unfolds it. */
export async function openOperation(page: Page, path: string): Promise<OperationOnPage> {
  const operation = page.locator('.opblock-get', { has: page.locator(`.opblock-summary-path[data-path="${path}"]`) });
  await operation.locator('.opblock-summary-control').click();
  return {
    tryOut: () => operation.locator('.try-out__btn').click(),
    authorize: (values) => authorize(page, operation, values),
    execute: async () => {
      const answered = page.waitForResponse((response) => new URL(response.url()).pathname.startsWith(path.split('{')[0]!));
      await operation.locator('.execute').click();
      const sent = (await answered).status();
      const shown = operation.locator('.live-responses-table .response');
      await shown.locator('.response-col_status', { hasText: String(sent) }).waitFor();
      const status = Number((await shown.locator('.response-col_status').innerText()).trim().slice(0, 3));
      return { status, body: JSON.parse(await shown.locator('.highlight-code code').first().innerText()) as unknown };
    },
  };
}

async function authorize(page: Page, operation: Locator, values: readonly string[]): Promise<number> {
  await operation.locator('.authorization__btn').click();
  const dialog = page.locator('.dialog-ux');
  const fields = await dialog.locator('.auth-container input').all();
  for (const [index, field] of fields.entries()) await field.fill(values[index] ?? '');
  await dialog.locator('.auth-container button.authorize').click();
  await dialog.locator('.btn-done').click();
  return fields.length;
}
