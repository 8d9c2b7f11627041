// What the audience sees. Plain lines, wrapped to the width of the terminal; colour is left to `paint`.
// Promises: with a `paint` that gives the text back, the output holds no escape sequence.
import { stringify } from 'yaml';

export type Style = 'bold' | 'dim' | 'cyan' | 'green' | 'red' | 'yellow';

export interface ScreenOptions {
  readonly write: (text: string) => void;
  /** Characters per line. */
  readonly columns: number;
  readonly paint: (style: Style, text: string) => string;
}

export interface Screen {
  heading(text: string): void;
  scene(scene: { readonly number: string; readonly title: string; readonly why: string }): void;
  say(text: string): void;
  /** Below a label: one line as it is, or text that is wrapped. */
  line(text: string): void;
  text(text: string): void;
  /** A label for what comes next. */
  label(text: string): void;
  /** A label and lines that keep their form. */
  block(label: string, text: string): void;
  /** Each pair on lines of its own: the name, then the text with a hanging indent. */
  pairs(rows: readonly (readonly [string, string])[]): void;
  /** Columns as kubectl sets them; the first row is the head. */
  table(rows: readonly (readonly string[])[]): void;
  claim(result: 'holds' | 'broken', text: string): void;
  /** Between what is shown and what is claimed of it. */
  rule(): void;
  failure(text: string): void;
}

export function createScreen({ write, columns, paint }: ScreenOptions): Screen {
  const line = (text = '', style?: Style): void => {
    write(`${style === undefined || text === '' ? text : paint(style, text)}\n`);
  };
  const lines = (texts: readonly string[], style?: Style): void => {
    for (const text of texts) line(text, style);
  };
  return {
    heading: (text) => lines(['', text, ''], 'bold'),
    scene: ({ number, title, why }) => {
      line();
      line(`${number} ${title}`, 'bold');
      lines(wrap(why, { width: columns, indent: '    ' }), 'dim');
    },
    say: (text) => lines(['', ...wrap(text, { width: columns, indent: '  ' })]),
    line: (text) => line(`    ${text}`),
    text: (text) => lines(wrap(text, { width: columns, indent: '    ' })),
    label: (text) => lines(['', ...wrap(text, { width: columns, indent: '  ' })], 'cyan'),
    block: (label, text) => {
      lines(['', `  ${label}`], 'cyan');
      lines(linesOf(text).map((each) => `    ${each}`));
    },
    pairs: (rows) => {
      const widest = Math.max(0, ...rows.map(([name]) => name.length));
      for (const [name, text] of rows) {
        const indent = ' '.repeat(widest + 6);
        const [first = '', ...more] = wrap(text, { width: columns, indent });
        line(`    ${paint('cyan', name.padEnd(widest))}  ${first.trimStart()}`);
        lines(more);
      }
    },
    table: (rows) => {
      const [head = '', ...body] = columnsOf(rows);
      line(`    ${head}`, 'dim');
      lines(body.map((row) => `    ${row}`));
    },
    claim: (result, text) => {
      const [first = '', ...more] = wrap(text, { width: columns, indent: '    ' });
      const [mark, style] = result === 'holds' ? (['✓', 'green'] as const) : (['✗', 'red'] as const);
      line(`  ${paint(style, mark)} ${first.trimStart()}`);
      lines(more);
    },
    rule: () => line(),
    failure: (text) => lines(['', ...wrap(text, { width: columns, indent: '' })], 'red'),
  };
}

function linesOf(text: string): readonly string[] {
  return text.trimEnd().split('\n');
}

function columnsOf(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}

/** Words on lines of at most `width` characters, each line behind `indent`; a longer word has a line of its own. */
export function wrap(
  text: string,
  { width, indent }: { readonly width: number; readonly indent: string },
): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(/\s+/)) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (current !== '' && indent.length + longer.length > width) {
      lines.push(indent + current);
      current = word;
    } else current = longer;
  }
  return [...lines, indent + current];
}

export function yamlOf(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}
