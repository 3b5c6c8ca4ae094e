const WEEK = 7;

/**
 * Where a key moves the crosshair, by the ARIA slider pattern.
 *
 * @param current index of the chosen day @param count of all days
 * @returns the new index, or null for a key that means nothing here.
 */
export function moveDay(key: string, current: number, count: number): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: current - 1,
    ArrowDown: current - 1,
    ArrowRight: current + 1,
    ArrowUp: current + 1,
    PageDown: current - WEEK,
    PageUp: current + WEEK,
    Home: 0,
    End: count - 1,
  };
  const wanted = Object.hasOwn(steps, key) ? steps[key] : undefined;
  return wanted === undefined || count === 0 ? null : Math.min(count - 1, Math.max(0, wanted));
}

/** The day whose column lies nearest to a horizontal place in the chart; 0 when there is none. */
export function nearestDay(x: number, columns: readonly { readonly middle: number }[]): number {
  let nearest = 0;
  columns.forEach(({ middle }, index) => {
    if (Math.abs(middle - x) < Math.abs(columns[nearest]!.middle - x)) nearest = index;
  });
  return nearest;
}
