/** Stops what start-postgres.mjs started, and deletes its data. */
export default async function stopPostgres() {
  await globalThis.stopTallymarkTestPostgres?.();
}
