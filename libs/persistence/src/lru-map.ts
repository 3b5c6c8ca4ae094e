/** A map that holds so many entries at most, or so much: the one that was not asked for the longest gives way. */
export class LruMap<K, V> {
  /** In the order of last use: the first entry is the one to drop. */
  private readonly entries = new Map<K, V>();
  private weight = 0;

  /** @param weightOf what an entry counts for; each for one where it is absent. It is to say the same of a value each time. */
  constructor(
    private readonly maxWeight: number,
    private readonly weightOf: (value: V) => number = () => 1,
  ) {}

  get(key: K): V | undefined {
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  /** One that weighs more than the map holds is not kept. */
  set(key: K, value: V): void {
    this.delete(key);
    this.entries.set(key, value);
    this.weight += this.weightOf(value);
    while (this.weight > this.maxWeight) {
      const [oldest] = this.entries.keys();
      this.delete(oldest as K);
    }
  }

  delete(key: K): void {
    const value = this.entries.get(key);
    if (value === undefined) return;
    this.weight -= this.weightOf(value);
    this.entries.delete(key);
  }

  /** Entries, or what they weigh together. */
  get size(): number {
    return this.weight;
  }
}
