// Secrecy: whatever a secret input is and wherever the service repeats it, it is not seen in status, events, logs at debug level,
// metrics or any object that the operator writes, in any spelling.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleComponentId, exampleCredentials, exampleProjectId } from '../fakes/simulator/index.ts';
import type { KubeTarget } from '../support/kube-target.ts';
import { createWorld, specOf, type World } from '../support/world.ts';
import { conditionOf, statusOf } from './scenarios.ts';
import {
  ACCOUNT,
  CANARIES,
  CARRIER,
  echoesOf,
  findCanaries,
  metricsOf,
  REFERRED,
  type Vault,
} from './secrecy/canaries.ts';
import { describeKube } from './worlds.ts';

const USER = { username: 'canary-user', password: ACCOUNT.password, domainName: 'canary-domain' };
const { accessKey, secretKey, securityToken } = ACCOUNT;
const CREDENTIALS = {
  tokens: [...exampleCredentials.tokens, { token: ACCOUNT.token }, { token: ACCOUNT.iamToken }],
  accessKeys: [
    { accessKey, secretKey },
    { accessKey: `${accessKey}2`, secretKey, securityToken },
  ],
  users: [USER],
};

/** Ways to sign in; all values of the account are canaries. */
const SIGN_INS: readonly { readonly name: string; readonly data: Readonly<Record<string, string>> }[] = [
  { name: 'a token', data: { token: ACCOUNT.token } },
  { name: 'an access key', data: { accessKey, secretKey } },
  { name: 'a temporary access key', data: { accessKey: `${accessKey}2`, secretKey, securityToken } },
  { name: 'a user with password', data: USER },
];

const SECRETS = [...Object.values(ACCOUNT), ...CANARIES];
/** Every canary in every spelling, and every canary in one of them: the way a text takes is the same for all. */
const ECHOES = CANARIES.flatMap(echoesOf);
const SOME_ECHOES = CANARIES.flatMap((each, index) => echoesOf(each).slice(index % 5, (index % 5) + 1));

export function describeSecrecy(name: string, startKube: () => Promise<KubeTarget>): void {
  describeKube(`secrecy on the ${name} API server`, startKube, (kube) => {
    let vault: Vault;
    let world: World;
    beforeEach(async () => {
      vault = await openVault(kube());
      ({ world } = vault);
    });
    afterEach(async () => {
      const hits = (await findCanaries(vault, SECRETS)).slice(0, 5);
      const broken = [...world.violations];
      await world.stop();
      expect({ hits, broken }).toEqual({ hits: [], broken: [] });
    });

    it('carries every secret to the service, where alone it is seen', async () => {
      await world.create(carrier('1.0.1'));
      await world.untilReady();
      const { config } = world.cloud.component(exampleComponentId);
      const body = JSON.stringify(config);
      for (const each of CANARIES) expect(body).toContain(JSON.stringify(each).slice(1, -1));
      expect(await metricsOf(world)).toContain('servicestage_');
      expect(world.logs.length).toBeGreaterThan(0);
    });

    it('finds a canary that is there', async () => {
      world.logs.push(
        { planted: `x${REFERRED.password}` },
        { planted: Buffer.from(ACCOUNT.token).toString('base64') },
      );
      const found = (await findCanaries(vault, SECRETS)).join();
      expect(found).toContain('c4n4ry-password');
      expect(found).toContain('c4n4ry-token');
      world.logs.splice(0);
    });

    it('does not repeat what a refusal of the PUT repeats', async () => {
      await world.create(carrier('1.0.0'));
      await world.untilReady();
      for (const [index, text] of ECHOES.entries()) {
        world.cloud.faults.add({ operation: 'modifyComponent', effect: refusal(400, text) });
        await world.edit({ version: `1.1.${index}` });
        await untilStalled(world, 'InvalidSpec');
      }
    }, 120_000);

    it('does not repeat what the tasks of a failed job repeat', async () => {
      await world.create(carrier('1.0.0'));
      await world.untilReady();
      for (const [index, text] of SOME_ECHOES.entries()) {
        world.cloud.scriptJob({ end: 'FAILED', message: text });
        await world.edit({ version: `1.1.${index}` });
        await untilStalled(world, 'JobFailedTerminal');
      }
    }, 120_000);

    it('does not repeat names and states of a job and its tasks', async () => {
      await world.create(carrier('1.0.0'));
      await world.untilReady();
      for (const [index, each] of CANARIES.entries()) {
        const task = {
          task_id: each,
          task_name: each,
          task_status: `${each} FAILED`,
          messages: `{"${each}":1}`,
        };
        const job = { execution_status: 'FAILED', job_name: each };
        const body = { task_count: 1, job, tasks: [task] };
        await world.edit({ version: `1.1.${index}` });
        world.cloud.faults.add({ operation: 'getJob', effect: { kind: 'respond', status: 200, body } });
        await untilStalled(world, 'JobFailedTerminal');
      }
    }, 60_000);

    it('does not repeat what a refused look repeats, at the component or at its job', async () => {
      world.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 100_000_000 });
      for (const operation of ['getComponent', 'getJob'] as const) {
        if (operation === 'getComponent') await world.create(carrier('1.0.1'));
        for (const text of SOME_ECHOES) {
          world.cloud.faults.clear();
          world.cloud.faults.add({ operation, next: 'all', effect: refusal(403, text) });
          const before = world.cloud.journal.requests({ operation }).length;
          await world.until('refused', () => world.cloud.journal.requests({ operation }).length > before);
        }
        world.cloud.faults.clear();
        await world.until(
          'a job runs',
          async () => statusOf(await world.get()).operation?.phase === 'Submitted',
        );
      }
    }, 120_000);

    it('does not repeat what the component itself shows', async () => {
      world.cloud.configure({ passwords: 'echoed', workloadContent: 'echoed' });
      await world.create(carrier('1.0.1', { interval: '30s' }));
      await world.untilReady();
      for (const each of CANARIES) {
        const body = await shownBody(world, each);
        world.cloud.faults.clear();
        world.cloud.faults.add({
          operation: 'getComponent',
          next: 'all',
          effect: { kind: 'respond', status: 200, body: body as Record<string, never> },
        });
        const before = world.cloud.journal.requests({ operation: 'getComponent' }).length;
        await world.until(
          'looked',
          () => world.cloud.journal.requests({ operation: 'getComponent' }).length > before,
        );
      }
      expect(conditionOf(await world.get(), 'Synced')).toBe('False/Drifted');
    }, 60_000);

    it('shows pointers only of what was changed in the console', async () => {
      await world.create(carrier('1.0.1'));
      await world.untilReady();
      world.cloud.console.edit(exampleComponentId, {
        envs: [{ name: 'PLAIN', value: `${CANARIES[0]}-drifted` }],
        jvm_opts: `${CANARIES[3]}-drifted`,
        sys_config: { KEY: 'drifted' },
      });
      const object = await world.until('Drifted', async () => {
        const found = await world.get();
        return conditionOf(found, 'Synced') === 'False/Drifted' && found;
      });
      expect(JSON.stringify(statusOf(object).drift)).toContain('/jvmOpts');
    });

    it('does not repeat what a lost answer and its recovery repeat', async () => {
      await world.create(carrier('1.0.0'));
      await world.untilReady();
      for (const [index, text] of SOME_ECHOES.entries()) {
        world.cloud.faults.add({ operation: 'modifyComponent', phase: 'after', effect: refusal(500, text) });
        world.cloud.faults.add({ operation: 'listRecords', effect: refusal(403, text) });
        await world.edit({ version: `1.1.${index}` });
        await world.untilReady();
      }
    }, 60_000);

    it('does not repeat what a refused deletion repeats', async () => {
      await world.create(carrier('1.0.1', { deletionPolicy: 'Delete' }));
      await world.untilReady();
      await world.remove();
      for (const text of SOME_ECHOES) {
        world.cloud.faults.add({ operation: 'deleteComponent', effect: refusal(403, text) });
        const before = world.cloud.journal.requests({ operation: 'deleteComponent' }).length;
        await world.until(
          'refused',
          () => world.cloud.journal.requests({ operation: 'deleteComponent' }).length > before,
        );
      }
      await world.until('released', async () => (await world.get()) === undefined);
      expect(world.cloud.component(exampleComponentId).gone).toBe(true);
    }, 120_000);

    describe.each(SIGN_INS)('signed in with $name', ({ data }) => {
      const secrets = Object.values(data).filter((value) => value.startsWith('c4n'));

      it('keeps it through a whole change', async () => {
        await world.secret('account', data);
        await world.create(carrier('1.0.1', { credentialsSecretRef: { name: 'account' } }));
        await world.untilReady();
      });

      it('keeps it when the service refuses it and repeats it', async () => {
        await world.secret('account', data);
        const echoes = secrets.flatMap(echoesOf);
        for (const text of echoes)
          world.cloud.faults.add({ operation: 'getComponent', effect: refusal(401, text) });
        await world.create(carrier('1.0.1', { credentialsSecretRef: { name: 'account' } }));
        await world.until(
          'refused',
          async () => conditionOf(await world.get(), 'Ready') === 'False/CredentialsRejected',
        );
        await world.untilReady();
      }, 60_000);

      it('keeps it when it is wrong', async () => {
        const wrong = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, `${value}X`]));
        await world.secret('account', wrong);
        await world.create(carrier('1.0.1', { credentialsSecretRef: { name: 'account' } }));
        await world.until(
          'refused',
          async () => conditionOf(await world.get(), 'Ready') === 'False/CredentialsRejected',
        );
      });
    });

    it('keeps a password and the token bought with it when IAM and the service repeat them', async () => {
      await world.secret('account', USER);
      for (const text of echoesOf(ACCOUNT.password)) {
        const body = { error: { code: 403, message: text, title: text } };
        world.cloud.faults.add({ operation: 'createToken', effect: { kind: 'respond', status: 403, body } });
      }
      await world.create(carrier('1.0.1', { credentialsSecretRef: { name: 'account' } }));
      await world.until(
        'refused',
        async () => conditionOf(await world.get(), 'Ready') === 'False/CredentialsRejected',
      );
      world.cloud.faults.clear();
      const headers = { 'X-Subject-Token': ACCOUNT.iamToken };
      world.cloud.faults.add({
        operation: 'createToken',
        effect: { kind: 'respond', status: 201, body: {}, headers },
      });
      for (const text of echoesOf(ACCOUNT.iamToken)) {
        world.cloud.faults.add({ operation: 'getComponent', effect: refusal(403, text) });
      }
      await world.untilReady();
    }, 60_000);

    it('keeps a malformed Secret to itself', async () => {
      await world.secret('account', {
        token: `${ACCOUNT.token} two`,
        endpoint: `https://u:${ACCOUNT.secretKey}@x`,
      });
      await world.create(carrier('1.0.1', { credentialsSecretRef: { name: 'account' } }));
      await world.until(
        'unusable',
        async () => conditionOf(await world.get(), 'Ready') === 'False/CredentialsUnavailable',
      );
      await world.secret('account', {
        token: ACCOUNT.token,
        endpoint: `https://u:${ACCOUNT.secretKey.slice(0, 24)}@x`,
      });
      await world.settle(120_000);
    });
  });
}

async function openVault(kube: KubeTarget): Promise<Vault> {
  const statuses: JsonObject[] = [];
  const overheard: KubeTarget = {
    ...kube,
    watch: (path, signal, seen) =>
      kube.watch(path, signal, (event) => {
        statuses.push(event.object.status ?? {});
        seen(event);
      }),
  };
  const world = await createWorld({ kube: overheard, simulator: { credentials: CREDENTIALS } });
  await world.secret('app', { password: REFERRED.password, value: REFERRED.value });
  await world.secret('headers', { 'X-Canary': REFERRED.header });
  await world.start({ metricsBindAddress: { host: '127.0.0.1', port: 0 } });
  return { world, statuses };
}

function carrier(version: string, spec: JsonObject = {}): JsonObject {
  return specOf({ ...CARRIER, version }, spec);
}

function refusal(status: number, text: string) {
  const body = { error_code: 'SVCSTG.00100400', error_msg: text, request_id: text };
  return { kind: 'respond', status, body } as const;
}

async function untilStalled(world: World, reason: string): Promise<void> {
  await world.until(`Stalled/${reason}`, async () => {
    const found = await world.get();
    const newest = statusOf(found).observedGeneration === found?.metadata.generation;
    return newest && conditionOf(found, 'Stalled') === `True/${reason}`;
  });
}

/** The component as GET shows it, with `canary` wherever the service has words of its own. */
async function shownBody(world: World, canary: string): Promise<JsonObject> {
  const path = `/v3/${exampleProjectId}/cas/applications/${specOf().applicationId}/components/${exampleComponentId}`;
  world.cloud.faults.clear();
  const answer = await fetch(`${world.cloud.url}${path}`, {
    headers: { 'x-auth-token': ACCOUNT.token, 'x-project-id': exampleProjectId },
  });
  const body = (await answer.json()) as JsonObject;
  const status = body.status as JsonObject;
  return {
    ...body,
    jvm_opts: canary,
    labels: [{ key: 'com-key', value: canary }],
    status: {
      ...status,
      component_status: `RUNNING ${canary}`,
      fail_detail: canary,
      artifact: {
        type: 'package',
        url: `https://user:${canary.replace(/[^A-Za-z0-9-]/g, '')}@example.com/a.jar`,
      },
    },
  };
}
