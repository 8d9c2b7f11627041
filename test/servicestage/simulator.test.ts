// The client and the simulator were written apart, each from the documents: here they must understand each other.
import { describe, expect, it } from 'vitest';
import {
  exampleAccessKey,
  exampleSecretKey,
  exampleSecurityToken,
  exampleTemporaryKey,
  exampleTemporarySecret,
  exampleToken,
  exampleUser,
  startSimulator,
} from '../fakes/simulator/index.ts';
import { cloudAt, failureOf, never } from './server.ts';

const SECRETS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['a token', { token: exampleToken }],
  ['an access key', { accessKey: exampleAccessKey, secretKey: exampleSecretKey }],
  [
    'a temporary key',
    {
      accessKey: exampleTemporaryKey,
      secretKey: exampleTemporarySecret,
      securityToken: exampleSecurityToken,
    },
  ],
  ['a user with password', exampleUser],
];

describe('the simulator', () => {
  it.each(SECRETS)('accepts every call signed in by %s', async (_name, secret) => {
    await using simulator = await startSimulator({});
    await using cloud = cloudAt(simulator.url, {
      now: () => ({ wall: Date.now(), mono: performance.now() }),
    });
    const { projectId, applicationId, id: componentId, config } = simulator.addComponent({});
    const session = cloud.open({ region: 'cn-north-4', projectId, applicationId, componentId }, secret);
    await expect(session.getComponent(never())).resolves.toMatchObject({
      kind: 'found',
      value: { name: config.name, status: 'RUNNING' },
    });
    const outcome = await session.modify(JSON.stringify({ ...config, version: '1.0.2' }), never());
    const jobId = outcome.kind === 'accepted' ? outcome.jobId : '';
    await expect(session.getJob(jobId, never())).resolves.toMatchObject({
      kind: 'found',
      value: { phase: 'running' },
    });
    const records = await session.listRecords(never());
    expect(records.kind === 'found' && records.records[0]).toMatchObject({
      version: '1.0.2',
      jobIds: [jobId],
    });
    const listed = await session.listComponents(never()).next();
    expect(listed.value).toMatchObject({ id: componentId, lastJobId: jobId });
  });

  it('locks no access key, since a wrong one is tried once', async () => {
    await using simulator = await startSimulator({});
    await using cloud = cloudAt(simulator.url, {
      now: () => ({ wall: Date.now(), mono: performance.now() }),
    });
    const { projectId, applicationId, id: componentId } = simulator.addComponent({});
    const target = { region: 'cn-north-4', projectId, applicationId, componentId };
    const wrong = { accessKey: exampleAccessKey, secretKey: 'wrong' };
    const tries = Array.from({ length: 20 }, () =>
      failureOf(cloud.open(target, wrong).getComponent(never())),
    );
    for (const failure of await Promise.all(tries)) expect(failure).toMatchObject({ class: 'credentials' });
    const right = { accessKey: exampleAccessKey, secretKey: exampleSecretKey };
    await expect(cloud.open(target, right).getComponent(never())).resolves.toMatchObject({ kind: 'found' });
  });
});
