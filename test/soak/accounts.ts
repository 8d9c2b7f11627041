// The three ways to sign in to the cloud, one per namespace, and their rotation: the new credential is good before the Secret
// holds it, the old one is taken away later.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Credentials, Simulator } from '../fakes/simulator/index.ts';
import type { Stage } from './stage.ts';

export const NAMESPACES = ['soak-key', 'soak-token', 'soak-user'] as const;
export type Namespace = (typeof NAMESPACES)[number];
export const SECRET_NAME = 'huaweicloud';
const OVERLAP_MS = 45_000;

export interface Accounts {
  /** Gives the namespace a new credential; ends when the old one is refused. */
  rotate(namespace: Namespace, signal: AbortSignal): Promise<void>;
}

type SecretData = Readonly<Record<string, string>>;

/** Makes the namespaces with their credentials Secrets. */
export async function createAccounts({
  cloud,
  call,
}: {
  readonly cloud: Simulator;
  readonly call: Stage['call'];
}): Promise<Accounts> {
  const current = new Map<Namespace, SecretData>();
  let serial = 0;
  const next = (namespace: Namespace): SecretData => {
    serial += 1;
    return secretFor(namespace, serial);
  };
  const admit = (extra: readonly SecretData[]): void =>
    cloud.setCredentials(credentialsOf([...current.values(), ...extra]));
  for (const name of NAMESPACES) {
    await call('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    });
    const data = next(name);
    current.set(name, data);
    await call('POST', `/api/v1/namespaces/${name}/secrets`, {
      body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: SECRET_NAME }, stringData: data },
    });
  }
  admit([]);
  return {
    rotate: async (namespace, signal) => {
      const data = next(namespace);
      admit([data]);
      await call('PATCH', `/api/v1/namespaces/${namespace}/secrets/${SECRET_NAME}`, {
        body: { stringData: data },
        type: 'application/merge-patch+json',
      });
      await sleep(OVERLAP_MS, undefined, { signal }).catch(() => undefined);
      current.set(namespace, data);
      admit([]);
      if (namespace === 'soak-user') cloud.revokeIssuedTokens();
    },
  };
}

function secretFor(namespace: Namespace, serial: number): SecretData {
  switch (namespace) {
    case 'soak-key':
      return { accessKey: `SOAKACCESSKEY${serial}`, secretKey: `soak-secret-key-${serial}` };
    case 'soak-token':
      return { token: `soak-token-${serial}` };
    case 'soak-user':
      return {
        username: 'soak-user',
        password: `soak-password-${serial}`,
        domainName: 'soak-domain',
      };
    default: {
      const never: never = namespace;
      return never;
    }
  }
}

function credentialsOf(secrets: readonly SecretData[]): Credentials {
  return {
    tokens: secrets.flatMap(({ token }) => (token === undefined ? [] : [{ token }])),
    accessKeys: secrets.flatMap(({ accessKey, secretKey }) =>
      accessKey === undefined || secretKey === undefined ? [] : [{ accessKey, secretKey }],
    ),
    users: secrets.flatMap(({ username, password, domainName }) =>
      username === undefined || password === undefined || domainName === undefined
        ? []
        : [{ username, password, domainName }],
    ),
  };
}
