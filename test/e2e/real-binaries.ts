// Where the real kube-apiserver, etcd, kubectl and the judges come from: KUBEBUILDER_ASSETS, or a Go build that is
// kept under node_modules/.cache and redone only when its sources or the Go version change.
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** `required` says that a suite must fail, not skip, when the API server cannot be had. */
export type Availability =
  | { readonly kind: 'assets'; readonly dir: string }
  | { readonly kind: 'go' }
  | { readonly kind: 'none'; readonly reason: string; readonly required: boolean };

export type RealBinaries = {
  readonly serverBinary: string;
  readonly kubectlBinary: string;
  readonly judgesBinary: string;
};

type GoModule = {
  readonly name: string;
  readonly dir: string;
  readonly packages: readonly string[];
};

const cacheDir = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'servicestage-e2e');
const apiServerModule: GoModule = {
  name: 'apiserver',
  dir: join(import.meta.dirname, 'apiserver'),
  packages: ['.', './cmd/kubectl'],
};
const judgesModule: GoModule = {
  name: 'judges',
  dir: join(import.meta.dirname, 'judges'),
  packages: ['.'],
};

export function realApiServerAvailability(): Availability {
  const dir = process.env.KUBEBUILDER_ASSETS;
  if (dir === undefined || dir === '') {
    return goVersion() === undefined
      ? unavailable('neither Go on PATH nor KUBEBUILDER_ASSETS')
      : { kind: 'go' };
  }
  const missing = ['kube-apiserver', 'etcd', 'kubectl'].filter((name) => !existsSync(join(dir, name)));
  if (missing.length === 0) return { kind: 'assets', dir };
  return unavailable(`KUBEBUILDER_ASSETS is set but ${dir} lacks ${missing.join(', ')}`);
}

/** The judges always need Go: nobody ships them as binaries. */
export function judgesAvailability(): Availability {
  return goVersion() === undefined ? unavailable('Go is not on PATH') : { kind: 'go' };
}

export async function buildRealApiServer(): Promise<RealBinaries> {
  return { ...(await buildServer()), judgesBinary: await buildJudges() };
}

/** Like `buildRealApiServer`, for who needs no judges; it works without Go when KUBEBUILDER_ASSETS is set. */
export async function buildServer(): Promise<Omit<RealBinaries, 'judgesBinary'>> {
  const available = realApiServerAvailability();
  if (available.kind === 'none') throw new Error(available.reason);
  const assets = available.kind === 'assets' ? available.dir : undefined;
  const dir = assets ?? (await build(apiServerModule));
  return {
    serverBinary: join(dir, assets === undefined ? 'apiserver' : 'kube-apiserver'),
    kubectlBinary: join(dir, 'kubectl'),
  };
}

export async function buildJudges(): Promise<string> {
  return join(await build(judgesModule), 'judges');
}

function unavailable(reason: string): Availability {
  return { kind: 'none', reason, required: process.env.CI === 'true' };
}

function goVersion(): string | undefined {
  const go = spawnSync('go', ['version'], { encoding: 'utf8' });
  return go.status === 0 ? go.stdout.trim() : undefined;
}

/**
 * The folder with the module's binaries. It appears whole or not at all, and of concurrent callers, in this process or
 * another, one builds while the others wait.
 */
async function build(module: GoModule): Promise<string> {
  const version = goVersion();
  if (version === undefined) throw new Error('Go is not on PATH');
  const target = join(cacheDir, `${module.name}-${fingerprint(module, version)}`);
  await mkdir(cacheDir, { recursive: true });
  const lock = `${target}.lock`;
  while (!existsSync(target)) {
    if (await takeLock(lock)) await goBuild(module, target).finally(() => rm(lock));
    else await sleep(500);
  }
  return target;
}

async function takeLock(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (owner > 0 && !isAlive(owner)) await rm(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function fingerprint(module: GoModule, version: string): string {
  const hash = createHash('sha256').update(version);
  const files = globSync(['go.mod', 'go.sum', '**/*.go'], { cwd: module.dir }).sort();
  for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(join(module.dir, file)));
  return hash.digest('hex').slice(0, 16);
}

async function goBuild(module: GoModule, target: string): Promise<void> {
  const unfinished = `${target}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  say(`go build of ${module.name} (minutes when Go's build cache is empty) ...`);
  // An interval on purpose: it only prints, while the build itself is awaited below.
  const progress = setInterval(() => say(`go build of ${module.name}: ${seconds()} s so far`), 30_000);
  try {
    await runGo(module, unfinished);
  } finally {
    clearInterval(progress);
  }
  await rename(unfinished, target);
  say(`go build of ${module.name} took ${seconds()} s`);
}

async function runGo(module: GoModule, output: string): Promise<void> {
  const flags = ['-trimpath', '-ldflags', `-s -w ${versionFlags(module)}`, '-o', `${output}/`];
  await run('go', ['build', ...flags, ...module.packages], {
    cwd: module.dir,
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
    maxBuffer: 64 * 1024 * 1024, // it names each module that it downloads
  });
}

/** Without these the API server and kubectl would call themselves v0.0.0-master. */
function versionFlags(module: GoModule): string {
  const goMod = readFileSync(join(module.dir, 'go.mod'), 'utf8');
  const release = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/.exec(goMod);
  if (release === null) return '';
  const [, gitVersion, gitMajor, gitMinor] = release;
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
    .map((p) => `-X ${p}.gitVersion=${gitVersion} -X ${p}.gitMajor=${gitMajor} -X ${p}.gitMinor=${gitMinor}`)
    .join(' ');
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
