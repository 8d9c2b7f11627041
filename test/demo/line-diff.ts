// The difference of two texts by lines, as `diff -U` shows it: "  " kept, "- " gone, "+ " new.

/** Lines of the shortest edit that keeps a longest common subsequence; meant for texts of a screenful. */
export function lineDiff(before: string, after: string): readonly string[] {
  const old = linesOf(before);
  const fresh = linesOf(after);
  const kept = commonLengths(old, fresh);
  const out: string[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < fresh.length) {
    if (i < old.length && old[i] === fresh[j]) {
      out.push(`  ${old[i]}`);
      i += 1;
      j += 1;
    } else if (i < old.length && at(kept, i + 1, j) >= at(kept, i, j + 1)) {
      out.push(`- ${old[i]}`);
      i += 1;
    } else {
      out.push(`+ ${fresh[j]}`);
      j += 1;
    }
  }
  return out;
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.trimEnd().split('\n');
}

/** Cell [i][j]: the length of a longest common subsequence of `old` from i and `fresh` from j. */
function commonLengths(old: readonly string[], fresh: readonly string[]): readonly (readonly number[])[] {
  const table = Array.from({ length: old.length + 1 }, () => new Array<number>(fresh.length + 1).fill(0));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      const row = table[i];
      if (row === undefined) continue;
      row[j] =
        old[i] === fresh[j]
          ? at(table, i + 1, j + 1) + 1
          : Math.max(at(table, i + 1, j), at(table, i, j + 1));
    }
  }
  return table;
}

/** -1 outside: with one side used up, the other side's lines follow. */
function at(table: readonly (readonly number[])[], i: number, j: number): number {
  return table[i]?.[j] ?? -1;
}
