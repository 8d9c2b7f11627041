// The npm package: packed as for a release, installed somewhere else, used from there.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const place = mkdtempSync(join(tmpdir(), 'servicestage-pack-'));
const user = join(place, 'user');
const installed = join(user, 'node_modules', manifest.name);
let packed: readonly string[];

/** npm in a folder of its own: a checkout that someone is working in keeps its dist/. */
beforeAll(() => {
  const checkout = join(place, 'checkout');
  const left = new Set(['node_modules', '.git', 'dist']);
  cpSync(root, checkout, { recursive: true, filter: (from) => !left.has(relative(root, from)) });
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'), 'junction');
  const [report] = JSON.parse(npm(checkout, ['pack', '--json', '--pack-destination', place]));
  packed = report.files.map((file: { readonly path: string }) => file.path);
  mkdirSync(user);
  npm(user, [
    'install',
    '--prefer-offline',
    '--omit=optional',
    '--no-audit',
    '--no-fund',
    join(place, report.filename),
  ]);
}, 240_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);

function npm(cwd: string, args: readonly string[]): string {
  const done = spawnSync('npm', args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH },
    timeout: 200_000,
  });
  if (done.status !== 0) throw new Error(`npm ${args[0]} failed\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

function run(command: string, args: readonly string[]) {
  const done = spawnSync(command, args, { cwd: user, encoding: 'utf8', env: { PATH }, timeout: 20_000 });
  return { status: done.status, stdout: done.stdout, stderr: done.stderr };
}

it('holds what a user needs and no test, source or secret file', () => {
  const expected = [
    'LICENSE',
    'package.json',
    'dist/src/main.js',
    'deploy/kustomization.yaml',
    'deploy/crd.yaml',
  ];
  expect(expected.filter((file) => !packed.includes(file))).toEqual([]);
  const allowed =
    /^(LICENSE|README\.md|CHANGELOG\.md|package\.json|(dist\/(src|test\/fakes)|crds|deploy|docs)\/.+)$/;
  expect(packed.filter((file) => !allowed.test(file))).toEqual([]);
  expect(packed.filter((file) => /\.test\.|(^|\/)\.env|\.pem$|\.key$|\.kubeconfig$/i.test(file))).toEqual([]);
});

it('holds every file that package.json points at', () => {
  const points: readonly string[] = [
    ...Object.values<string>(manifest.bin),
    ...Object.values<string>(manifest.exports),
  ];
  expect(
    points.map((point) => point.replace(/^\.\//, '')).filter((point) => !packed.includes(point)),
  ).toEqual([]);
});

it.each(Object.entries<string>(manifest.bin))('has %s as a program that a shell can start', (_, file) => {
  expect(readFileSync(join(installed, file), 'utf8').split('\n', 1)[0]).toBe('#!/usr/bin/env node');
});

it('runs its command', () => {
  const { status, stdout, stderr } = run(join(user, 'node_modules', '.bin', 'servicestage-operator'), [
    '--help',
  ]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('--servicestage-endpoint');
});

it.each(Object.keys(manifest.exports).filter((name) => !name.endsWith('.json')))(
  'can be imported as %s',
  (name) => {
    const specifier = `${manifest.name}${name.slice(1)}`;
    const code = `console.log(Object.keys(await import('${specifier}')).length > 0)`;
    expect(run(process.execPath, ['--input-type=module', '--eval', code])).toEqual({
      status: 0,
      stdout: 'true\n',
      stderr: '',
    });
  },
);

it('installs no development dependency', () => {
  const strangers = Object.keys(manifest.devDependencies);
  const found = strangers.filter((name) => existsSync(join(user, 'node_modules', name)));
  // @types/node comes with client-node.
  expect(found.filter((name) => name !== '@types/node')).toEqual([]);
  expect(existsSync(join(installed, 'node_modules'))).toBe(false);
});
