// The CRD on a real API server: every rule of the table both ways, and every example, under strict field validation.
import { globSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mergePatch } from '../../src/core/paths.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { RULES, type RuleCase } from '../api/rules.ts';
import { SEED_SPEC } from '../api/seed-example.ts';
import { type Answer, componentObject, componentsPath } from '../support/kube-target.ts';
import { createKubectl, type Kubectl } from './support-kubectl.ts';
import { createNamespace, describeOnRealServer } from './support-server.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'deploy', 'examples');
const STRICT = 'fieldValidation=Strict';

describeOnRealServer('the CRD on a real API server', { crd: 'installed' }, (current) => {
  const create = (name: string, patch: JsonObject): Promise<Answer> => {
    const object = componentObject('rules', name, mergePatch(SEED_SPEC, patch) as JsonObject);
    return current().kube.call('POST', `${componentsPath('rules')}?${STRICT}`, object);
  };
  const change = (name: string, patch: JsonObject): Promise<Answer> => {
    const path = `${componentsPath('rules', name)}?${STRICT}`;
    return current().kube.call('PATCH', path, { spec: patch }, 'application/merge-patch+json');
  };

  describe('rules', () => {
    beforeAll(() => createNamespace(current().kube, 'rules'));
    const nameOf = ({ name }: RuleCase) => `rule-${name.split(' ', 1)[0]}`;

    it.each(RULES)('takes what obeys and refuses what breaks $name', async (rule) => {
      const taken = await create(nameOf(rule), rule.valid);
      expect(taken.json.message ?? taken.status).toBe(201);
      const refused =
        rule.onUpdate === true
          ? await change(nameOf(rule), rule.invalid)
          : await create(`${nameOf(rule)}-broken`, rule.invalid);
      expect(refused.status).toBe(422);
      expect(refused.json.message).toContain(rule.expect);
      expect(refused.json.message).toContain(rule.field);
    });

    it('refuses an unknown field at any depth and names it', async () => {
      const refused = await create('unknown', { component: { source: { httpUser: 'shop' } } });
      expect(refused.status).toBe(400);
      expect(refused.json.message).toContain('unknown field "spec.component.source.httpUser"');
    });
  });

  describe('examples', () => {
    let home: string;
    let kubectl: Kubectl;
    beforeAll(async () => {
      const { server, kube } = current();
      await createNamespace(kube, 'shop');
      home = await mkdtemp(join(tmpdir(), 'servicestage-kubectl-'));
      const { kubectlPath: binary, kubeconfigPath: kubeconfig } = server;
      kubectl = createKubectl({ binary, kubeconfig, namespace: 'shop', home });
    });
    afterAll(() => rm(home, { recursive: true, force: true }));

    it.each(globSync('*.yaml', { cwd: EXAMPLES }).sort())(
      'takes %s as it is, and again as unchanged',
      async (file) => {
        const apply = ['apply', '--validate=strict', '-f', join(EXAMPLES, file)];
        const first = await kubectl.run(apply);
        expect(first).toMatchObject({ code: 0, err: '' });
        const ours = (out: string) =>
          out.split('\n').filter((line) => line.startsWith('servicestagecomponent'));
        const again = ours(await kubectl.out(apply));
        expect(again).toEqual(ours(first.out).map((line) => line.replace(/created$/, 'unchanged')));
      },
    );
  });
});
