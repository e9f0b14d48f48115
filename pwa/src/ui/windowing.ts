/** Which rows of a long list are in sight, by arithmetic alone. */

/** Where each row starts, and last where the list ends; all in the unit of `sizes`. */
export function startsOf(sizes: readonly number[]): number[] {
  const starts = [0]
  let end = 0
  for (const size of sizes) starts.push((end += size))
  return starts
}

/** The first row, and the one after the last, that touch the stretch from `top` to `bottom`. */
export function rowsWithin(
  starts: readonly number[],
  top: number,
  bottom: number,
): { first: number; end: number } {
  const rows = starts.length - 1
  const first = Math.max(0, lastStartUpTo(starts, top))
  return { first, end: Math.min(rows, lastStartUpTo(starts, bottom) + 1) }
}

function lastStartUpTo(starts: readonly number[], at: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((starts[middle] ?? Infinity) <= at) low = middle
    else high = middle - 1
  }
  return low
}
