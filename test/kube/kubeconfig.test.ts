import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveAccess } from '../../src/kube/credentials.ts';
import { KubeFailure } from '../../src/kube/failure.ts';
import { type ClusterSource, loadConfig } from '../../src/kube/kubeconfig.ts';
import { kubeconfigText } from './loopback.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const access = async (source: ClusterSource) => resolveAccess(loadConfig(source));

async function message(source: ClusterSource): Promise<string> {
  const error: unknown = await access(source).catch((reason: unknown) => reason);
  if (!(error instanceof KubeFailure)) throw new Error(`no KubeFailure but ${JSON.stringify(error)}`);
  expect(error.failure).toMatchObject({ class: 'configuration', code: 'KUBECONFIG' });
  return error.message;
}

describe('a kubeconfig that cannot be used gives one sentence with the cure', () => {
  const rows: readonly { readonly name: string; readonly text: string; readonly want: RegExp }[] = [
    { name: 'no YAML', text: 'a: [canary', want: /not a kubeconfig.*kubectl config view/ },
    { name: 'empty', text: '', want: /not a kubeconfig/ },
    {
      name: 'a cluster without a server',
      text: 'clusters: [{name: c, cluster: {}}]',
      want: /clusters\[0\]\.cluster\.server is missing/,
    },
    { name: 'no current-context', text: 'clusters: []', want: /no current-context.*use-context/ },
    { name: 'an unknown context', text: 'current-context: gone', want: /"gone".*does not exist/ },
    { name: 'a server that is no URL', text: kubeconfigText('canary'), want: /not an http\(s\) URL/ },
    {
      name: 'plain http to another machine',
      text: kubeconfigText('http://10.0.0.1:8080'),
      want: /plain http.*use https/,
    },
    {
      name: 'a missing certificate file',
      text: kubeconfigText('https://h', {}, { 'certificate-authority': 'gone.crt' }),
      want: /credentials.*ENOENT/,
    },
    {
      name: 'an exec plug-in that is not installed',
      text: kubeconfigText('https://h', {
        exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin' },
      }),
      want: /credentials of user "u" unusable \(ENOENT\)/,
    },
  ];
  it.each(rows)('$name', async ({ text, want }) => {
    const said = await message({ kubeconfigPath: write('config', text) });
    expect(said).toMatch(want);
    expect(said).not.toContain('canary');
  });

  it('a missing file', async () => {
    expect(await message({ kubeconfigPath: join(folder, 'gone') })).toMatch(
      /cannot be read \(ENOENT\).*--kubeconfig/,
    );
  });

  it('nothing at all', async () => {
    expect(await message({ serviceAccountRoot: folder })).toMatch(
      /pass --kubeconfig FILE, set KUBECONFIG, or run in a pod/,
    );
  });

  it('a failing exec plug-in, whose output is not quoted', async () => {
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', 'echo canary >&2; exit 3'],
    };
    const said = await message({ kubeconfigPath: write('config', kubeconfigText('https://h', { exec })) });
    expect(said).not.toContain('canary');
  });
});

describe('the way to the cluster', () => {
  it('comes from a flag before the environment', async () => {
    const flag = write('flag', kubeconfigText('https://flag.example'));
    const env = write('env', kubeconfigText('https://env.example'));
    expect((await access({ kubeconfigPath: flag, kubeconfigEnv: env })).server.host).toBe('flag.example');
    expect((await access({ kubeconfigEnv: env })).server.host).toBe('env.example');
  });

  it('may be spread over several files, of which the first wins and missing ones are skipped', async () => {
    const context = JSON.stringify({
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'c', user: 'u' } }],
    });
    const files = [
      join(folder, 'gone'),
      write('a', context),
      write('b', kubeconfigText('https://b', { token: 't' })),
    ];
    const found = await access({ kubeconfigEnv: files.join(delimiter) });
    expect(found.server.host).toBe('b');
    expect(found.headers.authorization).toBe('Bearer t');
    expect(found.namespace).toBeUndefined();
  });

  it('takes certificates relative to the file, the namespace of the context and the name to verify', async () => {
    write('ca.crt', 'CA');
    const text = kubeconfigText(
      'https://h',
      {},
      { 'certificate-authority': 'ca.crt', 'tls-server-name': 'api' },
    );
    const found = await access({ kubeconfigPath: write('config', text) });
    expect(String(found.tls.ca)).toBe('CA');
    expect(found.tls.servername).toBe('api');
    expect(found.namespace).toBe('shop');
  });

  it('runs an exec plug-in once for several reads', async () => {
    const counter = join(folder, 'count');
    const credential = '{"kind":"ExecCredential","status":{"token":"from-plugin"}}';
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', `echo x >> ${counter}; echo '${credential}'`],
    };
    const path = write('config', kubeconfigText('https://h', { exec }));
    const first = loadConfig({ kubeconfigPath: path });
    expect((await resolveAccess(first)).headers.authorization).toBe('Bearer from-plugin');
    const second = loadConfig({ kubeconfigPath: path }, first);
    await resolveAccess(second);
    expect(second).toBe(first);
    expect(loadConfig({ kubeconfigPath: path })).not.toBe(first);
  });

  it('is the service account inside a pod', async () => {
    const root = join(folder, 'var/run/secrets/kubernetes.io/serviceaccount');
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, 'token'), 'pod-token');
    writeFileSync(join(root, 'ca.crt'), 'CA');
    writeFileSync(join(root, 'namespace'), 'operators');
    const before = { ...process.env };
    Object.assign(process.env, { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' });
    try {
      const found = await access({ serviceAccountRoot: folder });
      expect(found.server.href).toBe('https://10.96.0.1/');
      expect(found.headers.authorization).toBe('Bearer pod-token');
      expect(found.namespace).toBe('operators');
      expect(String(found.tls.ca)).toBe('CA');
    } finally {
      process.env = before;
    }
  });
});
