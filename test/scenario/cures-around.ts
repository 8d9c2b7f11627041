// Stalls whose cause is around the attempt: identity, permission, ownership, what is there.
import { exampleComponentId, exampleToken } from '../fakes/simulator/index.ts';
import { specOf } from '../support/world.ts';
import {
  annotate,
  apply,
  type Cure,
  dropSecret,
  forbids,
  foreignModify,
  lifted,
  newVersion,
  nextSecond,
  password,
  reset,
} from './cures-stage.ts';

export const AROUND = {
  NotFound: [
    {
      name: 'no such component: it is made',
      where: 'outside',
      arrange: (stage) => apply(stage, {}, { componentId: '12345678-7777-8888-9999-000000000000' }),
      cure: async ({ world }) => {
        world.cloud.addComponent({ componentId: '12345678-7777-8888-9999-000000000000' });
      },
      modifies: 1,
    },
  ],
  OwnershipConflict: [
    {
      name: 'an older resource has the component: that one is deleted',
      where: 'outside',
      arrange: async (stage) => {
        await stage.world.create(specOf({ version: '1.0.0' }), 'older');
        await stage.world.untilReady('older');
        await nextSecond();
        await apply(stage);
      },
      cure: ({ world }) => world.remove('older'),
      modifies: 2,
    },
    {
      name: 'somebody outside undoes what is applied: reset',
      where: 'annotation',
      arrange: async (stage) => {
        await apply(stage, {}, { interval: '0s' });
        await stage.world.untilReady();
        await foreignModify(stage);
        await newVersion(stage);
        await stage.world.untilReady();
        await foreignModify(stage);
        await stage.world.edit({ version: '1.0.3' });
      },
      cure: reset,
      modifies: 3,
    },
  ],
  CredentialsUnavailable: [
    {
      name: 'no Secret: it is made',
      where: 'outside',
      arrange: async (stage) => {
        await dropSecret(stage, 'huaweicloud');
        await apply(stage);
      },
      cure: ({ world }) => world.secret('huaweicloud', { token: exampleToken }),
      modifies: 1,
    },
    {
      name: 'a Secret that the spec refers to is missing: it is made',
      where: 'outside',
      arrange: (stage) => apply(stage, password),
      cure: ({ world }) => world.secret('app', { password: 'first' }),
      modifies: 1,
    },
  ],
  CredentialsRejected: [
    {
      name: 'a wrong token: the right one',
      where: 'outside',
      arrange: async (stage) => {
        await stage.world.secret('huaweicloud', { token: 'wrong' });
        await apply(stage);
      },
      cure: ({ world }) => world.secret('huaweicloud', { token: exampleToken }),
      modifies: 1,
    },
  ],
  PermissionDenied: [
    {
      name: 'an action not granted: it is',
      where: 'outside',
      arrange: forbids('modifyComponent'),
      cure: lifted,
      modifies: 1,
    },
    {
      name: 'reading not granted: it is',
      where: 'outside',
      arrange: forbids('getComponent'),
      cure: lifted,
      modifies: 1,
    },
    {
      name: 'the operator may not read the Secret: it may',
      where: 'outside',
      arrange: async (stage) => {
        const match = {
          verb: 'get',
          resource: 'secrets',
          namespace: stage.world.namespace,
          name: 'huaweicloud',
        } as const;
        stage.lift = stage.kube.api.deny(match);
        await apply(stage);
      },
      cure: lifted,
      modifies: 1,
    },
  ],
  DriftLoop: [
    {
      name: 'the drift is gone',
      where: 'outside',
      arrange: async (stage) => {
        const { world } = stage;
        await apply(stage, { description: 'ours' }, { driftPolicy: 'Revert', interval: '30s' });
        await world.untilReady();
        for (let times = 2; times <= 4; times += 1) {
          world.cloud.console.edit(exampleComponentId, { description: 'theirs' });
          await world.until(
            'set back',
            () => world.cloud.journal.acceptedWrites(exampleComponentId).length === times,
          );
          await world.untilReady();
        }
        world.cloud.console.edit(exampleComponentId, { description: 'theirs' });
      },
      cure: async ({ world }) => world.cloud.console.edit(exampleComponentId, { description: 'ours' }),
      modifies: 4,
    },
  ],
  DeleteFailed: [
    {
      name: 'deleting not granted: it is',
      where: 'outside',
      arrange: async (stage) => {
        await forbids('deleteComponent', { deletionPolicy: 'Delete' })(stage);
        await stage.world.untilReady();
        await stage.world.remove();
      },
      cure: lifted,
      ends: 'released',
      modifies: 1,
    },
    {
      name: 'deletion-policy Orphan',
      where: 'annotation',
      arrange: async (stage) => {
        await forbids('deleteComponent', { deletionPolicy: 'Delete' })(stage);
        await stage.world.untilReady();
        await stage.world.remove();
      },
      cure: annotate('deletion-policy', 'Orphan'),
      ends: 'released',
      modifies: 1,
    },
  ],
} as const satisfies Readonly<Record<string, readonly Cure[]>>;
