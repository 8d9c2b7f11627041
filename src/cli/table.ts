// Columns for people, and how long ago something was.

/** Rows in columns, the widest cell giving the width; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const width = (column: number) => Math.max(...rows.map((row) => (row[column] ?? '').length));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(width(column) + 3)))
      .join('')
      .trimEnd(),
  );
}

/** `45s`, `12m`, `3h`, `5d`; `-` for no time. */
export function ago(time: string | undefined, wall: number): string {
  const at = time === undefined ? Number.NaN : Date.parse(time);
  if (Number.isNaN(at)) return '-';
  const seconds = Math.max(0, Math.round((wall - at) / 1_000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
