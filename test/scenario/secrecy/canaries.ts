// Values that must never be seen, and the search for them. Each canary differs in every spelling: plain, base64 at all three
// alignments, URL-encoded, JSON-escaped, in lower case; a piece of it counts as well.
import type { JsonObject } from '../../../src/core/types.ts';
import type { World } from '../../support/world.ts';
import { eventsIn } from '../bad-input/ward.ts';

function canary(name: string): string {
  return `c4n4ry-${name}-/+"&<%=\\?~zz`;
}

/** Credentials become headers, so all of these are printable ASCII without a space. */
export const ACCOUNT = {
  token: canary('token'),
  accessKey: canary('ak').replace(/[^A-Za-z0-9]/g, ''),
  secretKey: canary('sk'),
  securityToken: canary('security'),
  password: canary('login'),
  iamToken: canary('iam'),
} as const;

/** Values of Secrets that the spec refers to. */
export const REFERRED = {
  password: canary('password'),
  header: canary('header'),
  value: `${canary('value')}\nline-two-${canary('second')}`,
} as const;

/** Values that stand in the spec itself: only status, events, logs and metrics may not show them. */
export const WRITTEN = {
  env: canary('env'),
  jvm: canary('jvm'),
  command: canary('command'),
  args: canary('args'),
  probe: canary('probe'),
  sys: canary('sys'),
  input: canary('input'),
  build: canary('build'),
  buildOpen: canary('open'),
  extra: canary('extra'),
  workload: canary('workload'),
  userInfo: canary('user-info').replace(/[^A-Za-z0-9-]/g, ''),
  plainPassword: canary('plainpw'),
  plainHeader: canary('plainhd'),
} as const;

export const CANARIES: readonly string[] = [
  ...Object.values(REFERRED).flatMap((text) => text.split('\n')),
  ...Object.values(WRITTEN),
];

/** A component that carries every canary. */
export const CARRIER: JsonObject = {
  envs: [
    { name: 'PLAIN', value: WRITTEN.env },
    { name: 'REFERRED', valueSecretRef: { name: 'app', key: 'value' } },
  ],
  jvmOpts: `-Xmx1g -Dpassword=${WRITTEN.jvm} -Dother=1`,
  command: { command: ['run', `--key=${WRITTEN.command}`], args: [WRITTEN.args] },
  livenessProbe: { type: 'command', delay: 1, timeout: 1, command: ['check', WRITTEN.probe] },
  sysConfig: { KEY: WRITTEN.sys },
  inputValues: { KEY: WRITTEN.input },
  build: {
    parameters: { clusterId: 'c', buildCmd: WRITTEN.build, open_key: { inner: [WRITTEN.buildOpen] } },
  },
  extraBody: { brand_new: { inner: [{ deep: WRITTEN.extra }] } },
  workloadContent: `kind: Deployment\npassword: ${WRITTEN.workload}\n`,
  source: {
    kind: 'package',
    storage: 'http',
    url: `https://user:${WRITTEN.userInfo}@example.com/a.jar`,
    httpUsername: 'user',
    httpPasswordSecretRef: { name: 'app', key: 'password' },
    httpHeadersSecretRef: { name: 'headers' },
  },
  templateSource: {
    storage: 'http',
    url: 'https://example.com/t.zip',
    httpPassword: WRITTEN.plainPassword,
    httpHeaders: [{ key: 'X-Key', value: WRITTEN.plainHeader }],
  },
};

/** How a gateway may repeat a value: as it is and in every encoding, and cut short. */
export function echoesOf(value: string): readonly string[] {
  return [
    `invalid parameter: ${value} is wrong`,
    `refused {"value":${JSON.stringify(value)}} as ${JSON.stringify(JSON.stringify(value))}`,
    `GET /x?y=${encodeURIComponent(value)}&z=${encodeURIComponent(encodeURIComponent(value))}`,
    `base64 ${base64(value)} and in the middle ${base64(`user:${value}`)} or ${base64(`ab${value}`)}`,
    `shouted ${value.toUpperCase()} or cut ${value.slice(0, 22)}`,
  ];
}

/** What the operator wrote or said, leaf by leaf, in which a canary can be found. */
export async function findCanaries(vault: Vault, canaries: readonly string[]): Promise<readonly string[]> {
  const wanted = canaries.map((each) => ({ each, found: spellings(each) }));
  const spoken = new Map<string, string>();
  for (const { where, text } of [...leaves('a status', vault.statuses), ...(await everything(vault.world))])
    spoken.set(text, where);
  return [...spoken].flatMap(([text, where]) => {
    const lower = text.toLowerCase();
    return wanted
      .filter(({ found }) => found.some((spelling) => lower.includes(spelling)))
      .map(({ each }) => `${each.slice(0, 20)} in ${where}: ${text.slice(0, 300)}`);
  });
}

/** A world, and every status that its operators wrote. */
export interface Vault {
  readonly world: World;
  readonly statuses: JsonObject[];
}

interface Spoken {
  readonly where: string;
  readonly text: string;
}

const OF_THE_USER: readonly string[] = ['app', 'headers', 'huaweicloud', 'account', 'healthy'];

async function everything(world: World): Promise<readonly Spoken[]> {
  const at = async (path: string) => (await world.kube.call('GET', path)).json;
  const { namespace } = world;
  const list = await at(`/apis/servicestage.io/v1alpha1/namespaces/${namespace}/servicestagecomponents`);
  const objects = (list.items ?? []) as readonly JsonObject[];
  const secrets = ((await at(`/api/v1/namespaces/${namespace}/secrets`)).items ??
    []) as readonly JsonObject[];
  const own = secrets.filter(({ metadata }) => !OF_THE_USER.includes(String((metadata as JsonObject).name)));
  const leases = await at(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`);
  return [
    ...objects.flatMap(({ status, metadata }) => [
      ...leaves('status', status),
      ...leaves('metadata', metadata),
    ]),
    ...leaves('events', await eventsIn(world)),
    ...leaves('secrets', own),
    ...leaves('leases', leases.items),
    ...leaves('logs', world.logs),
    ...leaves('metrics', await metricsOf(world)),
  ];
}

export async function metricsOf(world: World): Promise<string> {
  const port = world.operator?.metricsPort;
  if (port === undefined) return '';
  return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

/** Every text of a value; a text that is JSON or base64 is opened as well. */
function leaves(where: string, value: unknown): readonly Spoken[] {
  if (typeof value === 'string') return [{ where, text: value }, ...opened(where, value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    { where: `${where} (key)`, text: key },
    ...leaves(`${where}.${key}`, inner),
  ]);
}

function opened(where: string, text: string): readonly Spoken[] {
  if (/^[A-Za-z0-9+/]{16,}={0,2}$/.test(text)) {
    return [{ where: `${where} (base64)`, text: Buffer.from(text, 'base64').toString('utf8') }];
  }
  if (!/^\s*[[{"]/.test(text)) return [];
  try {
    return leaves(`${where} (JSON)`, JSON.parse(text));
  } catch {
    return [];
  }
}

/** The spellings in lower case, and the longest piece that a cut could leave: 18 characters hold the name of the canary. */
function spellings(value: string): readonly string[] {
  const encoded = encodeURIComponent(value);
  return [
    value.slice(0, 18),
    value.slice(-16),
    encoded,
    encodeURIComponent(encoded),
    JSON.stringify(value).slice(1, -1),
    ...[0, 1, 2].map((lead) => base64(`${'a'.repeat(lead)}${value}`).slice(lead === 0 ? 0 : 4, 24)),
  ].map((spelling) => spelling.toLowerCase());
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
