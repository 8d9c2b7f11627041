// Runs one TypeScript file with Node >= 24, from a fresh clone and on a machine with an older Node.
//
// Plain JavaScript on purpose: it is the only file an older Node has to read. It installs when node_modules is
// missing or older than the lock file, then starts `node` from node_modules/.bin (the pinned node-<os>-<cpu>
// package), falling back to the running Node when that one is new enough.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');
const lock = join(root, 'package-lock.json');
const installed = join(root, 'node_modules', '.package-lock.json');

function needsInstall() {
  if (!existsSync(lock)) return false; // an installed package: npm has done it
  return !existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs;
}

if (needsInstall()) {
  console.error('installing dependencies (node_modules is missing or older than package-lock.json) ...');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) {
    console.error('npm ci failed; fix the error above and run the command again');
    process.exit(1);
  }
}

const pinned = join(bin, process.platform === 'win32' ? 'node.cmd' : 'node');
const major = Number(process.versions.node.split('.')[0]);
if (!existsSync(pinned) && major < 24) {
  console.error(
    `Node ${process.versions.node} is too old and no pinned Node exists for ${process.platform}-${process.arch}; install Node 24 or newer`,
  );
  process.exit(1);
}
const node = existsSync(pinned) ? pinned : process.execPath;
const [file, ...args] = process.argv.slice(2);
const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, file), ...args], {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
  shell: process.platform === 'win32',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
