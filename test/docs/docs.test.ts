// The documentation tells the truth where a machine can check it: links, flags, situations, metrics, commands, examples,
// and that it stands on its own.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseSpec } from '../../src/api/component.ts';
import { API_VERSION, KIND } from '../../src/api/names.ts';
import { FLAGS } from '../../src/cli/commands.ts';
import { parseConfig } from '../../src/config.ts';
import { SITUATIONS, type Situation } from '../../src/core/conditions.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import {
  anchorsOf,
  commandsOf,
  fencesOf,
  flagsOf,
  type LinkTarget,
  linksOf,
  machinePathsOf,
  type Page,
  rowsOf,
} from './pages.ts';

const ROOT = join(import.meta.dirname, '..', '..');

function read(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

const pages: readonly Page[] = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT })
  .map((path) => path.replaceAll('\\', '/'))
  .sort()
  .map(read);

describe('links', () => {
  const broken = (page: Page, { path, anchor }: LinkTarget): boolean => {
    const file = path === '' ? page.path : join(dirname(page.path), path);
    if (file.startsWith('..') || !existsSync(join(ROOT, file))) return true;
    return anchor !== '' && !anchorsOf(read(file).text).includes(anchor);
  };

  it.each(pages)('of $path lead to files and headings that exist', (page) => {
    const links = linksOf(page.text).filter((link) => broken(page, link));
    expect(links).toEqual([]);
  });

  it('reach every page from the README', () => {
    const seen = new Set<string>();
    const visit = (path: string): void => {
      if (seen.has(path) || !path.endsWith('.md')) return;
      seen.add(path);
      for (const link of linksOf(read(path).text)) visit(relative('.', join(dirname(path), link.path)));
    };
    visit('README.md');
    expect(pages.map(({ path }) => path).filter((path) => !seen.has(path))).toEqual([]);
  });
});

describe('docs/configuration.md', () => {
  const help = parseConfig({ argv: ['--help'], env: {} });
  const text = help.kind === 'help' ? help.text : '';
  const flags = [...text.matchAll(/^ {2}--([a-z-]+)[^\n]*\n {6}([^\n]*)(?:\n {6}env (\S+))?/gm)].map(
    ([, name = '', meaning = '', variable = '']) => ({
      name,
      variable,
      fallback: /\(default ([^\s,)]+)\)$/.exec(meaning)?.[1] ?? '',
    }),
  );
  const page = read('docs/configuration.md').text;
  const rows = new Map(rowsOf(page).map((cells) => [cells[0] ?? '', cells]));

  it.each(flags)('has --$name with its default and variable', ({ name, variable, fallback }) => {
    const row = rows.get(`\`--${name}\``) ?? [];
    expect(row.slice(1, 3).join(' ')).toContain(variable === '' ? '' : `\`${variable}\``);
    expect(row[1]).toContain(fallback === '' || fallback === 'all' ? '' : `\`${fallback}\``);
  });

  it('has no flag that the program does not have', () => {
    const named = [...rows.keys()].filter((cell) => cell.startsWith('`--')).map((cell) => cell.slice(3, -1));
    expect(named.filter((name) => !text.includes(`--${name}`))).toEqual([]);
    expect(flags.length).toBe(named.length);
  });

  it('names every metric of ours, and no other', async () => {
    const families = /\b(?:servicestage|workqueue|leader_election|rest_client)_[a-z_]*[a-z]\b/g;
    const metrics = createMetrics();
    metrics.addSources({
      queue: () => ({ depths: [], unfinishedSeconds: 0, longestRunningSeconds: 0 }),
      components: () => [],
      operations: () => [],
      watches: () => [],
    });
    const exposed = [...(await metrics.text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    const known = new Set(exposed.filter((name) => name?.search(families) === 0));
    expect(new Set(page.match(families))).toEqual(known);
  });
});

describe('flags and variables', () => {
  const help = parseConfig({ argv: ['--help'], env: {} });
  const plugin = Object.keys(FLAGS).map((flag) => `--${flag}`);
  const ours = help.kind === 'help' ? (help.text.match(/--[a-z-]+|SSC_[A-Z_]+/g) ?? []) : [];
  const tools = [
    '--long',
    '--only',
    '--json',
    '--run',
    '--write',
    '--hours',
    '--quick',
    '--total',
    '--minutes',
    '--walks',
    '--seed',
  ];
  const known = new Set([...ours, ...plugin, ...tools]);

  it.each(pages)('that $path shows exist', ({ text }) => {
    const variables = text.match(/\bSSC_[A-Z][A-Z_]*[A-Z]\b/g) ?? [];
    expect([...flagsOf(text), ...variables].filter((word) => !known.has(word))).toEqual([]);
  });
});

describe('the state table of docs/statuses.md', () => {
  const rows = new Map(rowsOf(read('docs/statuses.md').text).map((cells) => [cells[0] ?? '', cells]));

  it.each(Object.entries<Omit<Situation, 'message'>>(SITUATIONS))(
    'has %s as the program shows it',
    (name, shown) => {
      expect(rows.get(`\`${name}\``)?.slice(1, 6)).toEqual([
        shown.ready.join('/'),
        shown.reconciling ?? '–',
        shown.stalled ?? '–',
        shown.job?.join('/') ?? '–',
        kstatusOf(name, shown),
      ]);
    },
  );
});

/** The rules of kstatus for an object whose newest generation was observed. */
function kstatusOf(name: string, { ready, reconciling, stalled }: Omit<Situation, 'message'>): string {
  if (name.startsWith('delet')) return 'Terminating';
  if (reconciling !== undefined) return 'InProgress';
  if (stalled !== undefined) return 'Failed';
  return ready[0] === 'True' ? 'Current' : 'InProgress';
}

describe('examples in the docs', () => {
  const examples = pages.flatMap(({ path, text }) =>
    fencesOf(text, 'yaml').flatMap((yaml, index) =>
      parseAllDocuments(yaml).map((document) => ({ name: `${path} #${index + 1}`, document })),
    ),
  );
  const resources = examples.filter(({ document }) => document.toJS()?.kind === KIND);

  it.each(examples)('$name is YAML', ({ document }) => expect(document.errors).toEqual([]));

  it('hold a resource in the README and in getting started', () => {
    const files = resources.map(({ name }) => name.split(' ')[0]);
    expect(files).toEqual(expect.arrayContaining(['README.md', 'docs/getting-started.md']));
  });

  it.each(resources)('$name is a valid resource without warnings or unknown fields', ({ document }) => {
    const { apiVersion, spec } = document.toJS();
    expect(apiVersion).toBe(API_VERSION);
    expect(parseSpec(spec)).toEqual({ kind: 'ok', spec, warnings: [] });
  });

  it.each(examples)('$name holds no secret that looks real', ({ document }) => {
    const { kind, stringData = {} } = document.toJS() ?? {};
    const values = kind === 'Secret' ? Object.values<string>(stringData) : [];
    expect(values.filter((value) => !/^(YOUR|PLACEHOLDER)-/.test(value))).toEqual([]);
  });
});

describe('the pages', () => {
  const { scripts } = JSON.parse(read('package.json').text);

  it.each(pages)('$path names only commands that exist', ({ text }) => {
    expect(commandsOf(text).filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it.each(pages)('$path names only test files that exist', ({ text }) => {
    const files = [...text.matchAll(/npm test -- ((?:test\/\S+?)(?: test\/\S+?)*)(?=[`\s)])/g)];
    const paths = files.flatMap(([, list = '']) => list.split(' '));
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it.each(pages)('$path names no path outside of the project', ({ text }) => {
    expect(machinePathsOf(text)).toEqual([]);
  });

  it.each(pages.filter(({ path }) => path.startsWith('docs/decisions/0')))(
    '$path has its four headings',
    ({ text }) => {
      const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
      expect(headings).toEqual(['Situation', 'Choice', 'Price', 'When to revisit']);
    },
  );
});
