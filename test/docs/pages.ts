// Reads Markdown as far as the checks of the docs need it: links, headings, tables, fenced code. Pure.

export interface Page {
  /** Path from the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

export interface LinkTarget {
  /** Relative to the page; empty for a heading of the page itself. */
  readonly path: string;
  /** Without `#`; empty when the link names no heading. */
  readonly anchor: string;
}

/** Links to files and headings; those to other hosts are left out. */
export function linksOf(text: string): readonly LinkTarget[] {
  return [
    ...prose(text)
      .replaceAll(/`[^`\n]*`/g, 'code')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#');
      return { path, anchor };
    });
}

/** Anchors of the headings, as GitHub makes them. */
export function anchorsOf(text: string): readonly string[] {
  return [...prose(text).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

/** Cells of every table row, trimmed. A bar inside code (`a\|b`) stays part of its cell. */
export function rowsOf(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** Contents of the fences of `language`, without the indentation of a list. */
export function fencesOf(text: string, language: string): readonly string[] {
  const fence = new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\`$`, 'gm');
  return [...text.matchAll(fence)].map(([, indent = '', content = '']) =>
    content.replaceAll(new RegExp(`^ {${indent.length}}`, 'gm'), ''),
  );
}

/** Names of npm scripts: `npm run demo` and the three that need no `run`. */
export function commandsOf(text: string): readonly string[] {
  return [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(
    ([, run, short]) => run ?? short ?? '',
  );
}

/** Flags of the operator that a page shows: on a line that starts it, or alone in code. */
export function flagsOf(text: string): readonly string[] {
  const started = [...text.matchAll(/npm start -- ([^`\n]*)/g)].flatMap(
    ([, rest = '']) => rest.match(/--[a-z-]+/g) ?? [],
  );
  const alone = [...prose(text).matchAll(/`(--[a-z][a-z-]*)[^`\n]*`/g)].map(([, flag = '']) => flag);
  return [...started, ...alone];
}

/** Absolute paths that belong to somebody's machine. */
export function machinePathsOf(text: string): readonly string[] {
  return (
    text.match(/(?<![\w.~:/-])\/(?:work|root|home|tmp|Users|mnt|srv|opt)\/[^\s`)]*|\b[A-Z]:\\\S*/g) ?? []
  );
}

/** The text without fenced code. */
function prose(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
}
