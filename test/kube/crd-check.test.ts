import { describe, expect, it } from 'vitest';
import { checkCluster } from '../../src/kube/crd-check.ts';
import { KubeFailure } from '../../src/kube/failure.ts';
import { watchTargets } from '../../src/kube/targets.ts';
import { connectTo, type Handler, sendJson, startLoopback, statusOf } from './loopback.ts';
import { listOf } from './make.ts';
import { fastScheduler } from './virtual-time.ts';

const crd = (version: object = {}, status: object = {}): object => ({
  kind: 'CustomResourceDefinition',
  spec: {
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            properties: {
              status: {
                default: { observedGeneration: -1 },
                properties: { operation: { type: 'object' }, history: { type: 'array' } },
                ...status,
              },
            },
          },
        },
        ...version,
      },
    ],
  },
});

interface Answers {
  readonly crd: readonly [number, object];
  readonly list?: readonly [number, object];
}

const serve =
  ({ crd: definition, list = [200, listOf(1, [])] }: Answers): Handler =>
  (seen, response) => {
    const [status, body] = seen.path.includes('customresourcedefinitions') ? definition : list;
    sendJson(response, status, body);
  };

async function check(
  handler: Handler,
  namespaces: readonly string[] = [],
): Promise<{ kind: string; message?: string }> {
  await using server = await startLoopback(handler);
  await using http = await connectTo(server.url, fastScheduler);
  const { signal } = new AbortController();
  return await checkCluster({
    http,
    targets: watchTargets(namespaces),
    statusFields: ['operation', 'history'],
    signal,
  });
}

describe('the cluster is', () => {
  const forbidden = [403, statusOf(403, 'Forbidden')] as const;
  const rows: readonly { readonly name: string; readonly answers: Answers; readonly want: object }[] = [
    { name: 'ready with the right CRD', answers: { crd: [200, crd()] }, want: { kind: 'ok' } },
    {
      name: 'ready when the CRD may not be read but the kind may',
      answers: { crd: forbidden },
      want: { kind: 'ok' },
    },
    {
      name: 'ready with a status that keeps unknown fields',
      answers: { crd: [200, crd({}, { properties: {}, 'x-kubernetes-preserve-unknown-fields': true })] },
      want: { kind: 'ok' },
    },
    {
      name: 'not ready without the CRD',
      answers: { crd: [404, statusOf(404, 'NotFound')] },
      want: { kind: 'missing', message: expect.stringMatching(/not installed.*kubectl apply -f crds/) },
    },
    {
      name: 'not ready when the version is not served',
      answers: { crd: [200, crd({ served: false })] },
      want: { kind: 'outdated', message: expect.stringMatching(/does not serve version v1alpha1.*apply/) },
    },
    {
      name: 'not ready without a status subresource',
      answers: { crd: [200, crd({ subresources: {} })] },
      want: { kind: 'outdated', message: expect.stringContaining('no status subresource') },
    },
    {
      name: 'not ready without the default of status',
      answers: { crd: [200, crd({}, { default: {} })] },
      want: { kind: 'outdated', message: expect.stringContaining('observedGeneration -1') },
    },
    {
      name: 'not ready when the CRD would prune what must be remembered',
      answers: { crd: [200, crd({}, { properties: { history: {} } })] },
      want: { kind: 'outdated', message: expect.stringContaining('does not know status fields operation') },
    },
    {
      name: 'not ready with something that is no CRD',
      answers: { crd: [200, {}] },
      want: { kind: 'outdated' },
    },
    {
      name: 'not ready without the right to list',
      answers: { crd: [200, crd()], list: forbidden },
      want: {
        kind: 'forbidden',
        message: expect.stringMatching(/in all namespaces: grant get, list, watch and patch/),
      },
    },
  ];
  it.each(rows)('$name', async ({ answers, want }) => {
    expect(await check(serve(answers))).toMatchObject(want);
  });

  it('not ready without the right to list in one of the namespaces, which is named', async () => {
    const handler: Handler = (seen, response) =>
      seen.path.includes('/bank/')
        ? sendJson(response, 403, statusOf(403, 'Forbidden'))
        : serve({ crd: [200, crd()] })(seen, response);
    expect(await check(handler, ['shop', 'bank'])).toMatchObject({
      message: expect.stringContaining('in namespace bank'),
    });
  });

  it('not ready when neither CRD nor kind can be seen', async () => {
    const handler: Handler = (seen, response) => {
      if (seen.path.includes('customresourcedefinitions'))
        sendJson(response, 403, statusOf(403, 'Forbidden'));
      else response.writeHead(404).end('404 page not found\n');
    };
    expect(await check(handler)).toMatchObject({ kind: 'missing' });
  });

  it('unknown when the API server does not answer', async () => {
    await expect(check((_, response) => void response.destroy())).rejects.toThrow(KubeFailure);
  });
});

describe('the targets', () => {
  it('are one per namespace with the label selector, or one for all', () => {
    expect(watchTargets([])).toEqual([
      { scope: '', path: '/apis/servicestage.io/v1alpha1/servicestagecomponents', query: {} },
    ]);
    expect(watchTargets(['shop', ' bank', 'shop'], 'team=a')).toEqual([
      {
        scope: 'shop',
        path: '/apis/servicestage.io/v1alpha1/namespaces/shop/servicestagecomponents',
        query: { labelSelector: 'team=a' },
      },
      {
        scope: 'bank',
        path: '/apis/servicestage.io/v1alpha1/namespaces/bank/servicestagecomponents',
        query: { labelSelector: 'team=a' },
      },
    ]);
  });
});
