/** What the catalogue needs of the configuration. */
export class CatalogueSettings {
  /** @param tokenSecret signs customer tokens and cursors; at least 32 characters. */
  constructor(readonly tokenSecret: string) {}
}
