// The mutation tool (Stryker) outside the project's own dependencies: installed from its own lock file into node_modules/.cache
// on first use.
//
// Left out of devDependencies since it is 180 packages that only this command needs.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
export const CACHE = join(ROOT, 'node_modules', '.cache', 'servicestage-mutation');
const PINS = ['package.json', 'package-lock.json'] as const;

/** Installs what the lock file says, unless it is there. Throws when npm fails. */
export function install(): void {
  const source = join(import.meta.dirname, 'tool');
  const same = PINS.every((name) => read(join(source, name)) === read(join(CACHE, name)));
  if (same && existsSync(join(CACHE, 'node_modules', '.package-lock.json'))) return;
  console.log(`installing the mutation tool into ${CACHE} ...`);
  mkdirSync(CACHE, { recursive: true });
  for (const name of PINS) cpSync(join(source, name), join(CACHE, name));
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: CACHE,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) throw new Error('npm ci of the mutation tool failed; see above');
}

function read(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** Runs the tool with a configuration file; its exit code, 1 when `signal` ended it. */
export function run(configFile: string, signal: AbortSignal): Promise<number> {
  const program = join(CACHE, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  const child = spawn(process.execPath, [program, 'run', configFile], { cwd: ROOT, stdio: 'inherit' });
  signal.addEventListener('abort', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
