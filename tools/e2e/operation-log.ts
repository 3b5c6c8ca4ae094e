/**
 * What a client knows about what it sent, and the check of a log against it. In the names of the architecture: A, the acknowledged
 * events; U, those whose outcome is unknown; S, the stored ones.
 */
export interface OperationLog {
  /** The event is about to be sent. */
  readonly invoke: (id: string) => void;
  /** It was acknowledged. */
  readonly acknowledge: (id: string) => void;
  readonly acknowledged: () => ReadonlySet<string>;
  /** Invoked and not acknowledged. */
  readonly unknown: () => ReadonlySet<string>;
}

export function createOperationLog(): OperationLog {
  const acknowledged = new Set<string>();
  const unknown = new Set<string>();
  return {
    invoke: (id) => {
      if (!acknowledged.has(id)) unknown.add(id);
    },
    acknowledge: (id) => {
      unknown.delete(id);
      acknowledged.add(id);
    },
    acknowledged: () => acknowledged,
    unknown: () => unknown,
  };
}

/** What breaks `A ⊆ S ⊆ A ∪ U`, each once; all empty when it holds. */
export interface Violations {
  /** In A, not in S. */
  readonly lost: readonly string[];
  /** In S, and never sent. */
  readonly invented: readonly string[];
  /** More than once in S. */
  readonly repeated: readonly string[];
}

export function findViolations(
  log: { readonly acknowledged: ReadonlySet<string>; readonly unknown: ReadonlySet<string> },
  stored: readonly string[],
): Violations {
  const distinct = new Set(stored);
  const seen = new Set<string>();
  return {
    lost: [...log.acknowledged].filter((id) => !distinct.has(id)),
    invented: [...distinct].filter((id) => !log.acknowledged.has(id) && !log.unknown.has(id)),
    repeated: stored.filter((id) => seen.size === seen.add(id).size),
  };
}
