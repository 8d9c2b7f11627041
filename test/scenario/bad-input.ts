// Bad input, from every side: what a user, a Secret, a proxy or the service can get wrong. Each row asserts one clear condition,
// event or message with the cure, that nothing is half done, that another resource does not notice, and that fixing the cause is
// enough where it lies outside the resource.
import { afterEach, beforeEach, describe } from 'vitest';
import type { KubeTarget } from '../support/kube-target.ts';
import type { World } from '../support/world.ts';
import {
  describeEndpoints,
  describePolls,
  describeReads,
  describeRest,
  describeSubmits,
} from './bad-input/answers.ts';
import { describeCodes } from './bad-input/codes.ts';
import { describeAbsence, describePermissions, describeRefusalsForNow } from './bad-input/permissions.ts';
import { describeCredentials, describeReferences } from './bad-input/secrets.ts';
import { describeAdmission, describeBypassed, describeData, describeExtraBody } from './bad-input/specs.ts';
import { describeStatuses } from './bad-input/statuses.ts';
import { closeWard, openWard } from './bad-input/ward.ts';
import { describeKube } from './worlds.ts';

const GROUPS: readonly (readonly [string, (ward: () => World, server: string) => void])[] = [
  ['endpoints', describeEndpoints],
  ['GET component', describeReads],
  ['PUT', describeSubmits],
  ['GET job', describePolls],
  ['at rest', describeRest],
  ['credentials', describeCredentials],
  ['referenced Secrets', describeReferences],
  ['permissions', describePermissions],
  ['refusals for now', describeRefusalsForNow],
  ['absence', describeAbsence],
  ['codes', describeCodes],
  ['admission', describeAdmission],
  ['specs past the CRD', describeBypassed],
  ['extraBody', describeExtraBody],
  ['odd data', describeData],
  ['statuses', describeStatuses],
];

export function describeBadInput(name: string, startKube: () => Promise<KubeTarget>): void {
  describeKube(`bad input on the ${name} API server`, startKube, (kube) => {
    let world: World;
    beforeEach(async () => {
      world = await openWard(kube());
    });
    afterEach(() => closeWard(world));
    for (const [group, rows] of GROUPS) describe(group, () => rows(() => world, name));
  });
}
