const WORDS = 4;
const BYTES = 4 * WORDS;

/** A set of hashes of 128 bits, each in 16 bytes, in ascending order. It does not change. */
export class ValueSet {
  private constructor(private readonly words: Uint32Array) {}

  /** @param bytes hashes one behind the other, ascending, each once */
  static of(bytes: Buffer): ValueSet {
    const words = new Uint32Array(bytes.length / 4);
    for (let index = 0; index < words.length; index += 1) words[index] = bytes.readUInt32BE(4 * index);
    return new ValueSet(words);
  }

  static readonly EMPTY = new ValueSet(new Uint32Array(0));

  get size(): number {
    return this.words.length / WORDS;
  }

  get bytes(): number {
    return this.size * BYTES;
  }

  /** What is in either. */
  union(other: ValueSet): ValueSet {
    if (this.size === 0) return other;
    if (other.size === 0) return this;
    const [a, b] = [this.words, other.words];
    const all = new Uint32Array(a.length + b.length);
    let [inA, inB, length] = [0, 0, 0];
    while (inA < a.length || inB < b.length) {
      const order = inA === a.length ? 1 : inB === b.length ? -1 : compare(a, inA, b, inB);
      const [from, at] = order <= 0 ? [a, inA] : [b, inB];
      for (let word = 0; word < WORDS; word += 1) all[length + word] = from[at + word]!;
      length += WORDS;
      if (order <= 0) inA += WORDS;
      if (order >= 0) inB += WORDS;
    }
    return new ValueSet(all.slice(0, length));
  }
}

function compare(a: Uint32Array, inA: number, b: Uint32Array, inB: number): number {
  for (let word = 0; word < WORDS; word += 1) {
    const difference = a[inA + word]! - b[inB + word]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
