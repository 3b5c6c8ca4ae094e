/** A piece of a list that is ordered by id, which is the order of creation. */
export interface PageRequest {
  /** The last id that the caller has; null for the start. */
  readonly afterId: string | null;
  /** Most rows to return. */
  readonly limit: number;
}
