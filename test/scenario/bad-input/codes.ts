// Error codes of the service, at least two of each group of the table: what a code shows, and whether it needs another spec or
// only another world. Answered to the PUT, which is the call where a wrong sorting would cost a roll-out or hang for good.
import { expect, it } from 'vitest';
import { exampleAccessKey, exampleSecretKey } from '../../fakes/simulator/index.ts';
import type { World } from '../../support/world.ts';
import {
  healthyStaysWell,
  modifiesOf,
  newVersion,
  putsOf,
  type Shown,
  SICK,
  untilEvent,
  untilShown,
} from './ward.ts';

interface Row {
  readonly code: string;
  readonly status: number;
  readonly says?: RegExp;
}

const REFUSED: Omit<Shown, 'says'> = { ready: 'False/InvalidSpec', mode: 'Stalled/InvalidSpec' };
const BUSY: Omit<Shown, 'says'> = {
  ready: 'Unknown/ProgressingWithRetry',
  mode: 'Reconciling/ProgressingWithRetry',
};
const OUTSIDE: Omit<Shown, 'says'> = {
  ready: 'False/InvalidConfiguration',
  mode: 'Stalled/InvalidConfiguration',
};
const SIGN_IN: Omit<Shown, 'says'> = {
  ready: 'False/CredentialsRejected',
  mode: 'Reconciling/ProgressingWithRetry',
};
const DENIED: Omit<Shown, 'says'> = {
  ready: 'False/PermissionDenied',
  mode: 'Reconciling/ProgressingWithRetry',
};
const THROTTLED: Omit<Shown, 'says'> = { ready: 'Unknown/Throttled', mode: 'Reconciling/Throttled' };

/** Only another spec helps. */
const OF_THE_SPEC: readonly Row[] = [
  { code: 'SVCSTG.00100400', status: 400, says: /correct spec\.component/ },
  { code: 'SVCSTG.00100420', status: 400, says: /correct spec\.component/ },
  { code: 'SVCSTG.00100425', status: 400, says: /correct spec\.component/ },
  { code: 'SVCSTG.00100441', status: 404, says: /use a new spec\.component\.version/ },
  { code: 'SVCSTG.00999999', status: 400, says: /correct spec\.component/ },
  { code: 'APIGW.0201', status: 413, says: /correct spec\.component/ },
];

/** The world must change, the resource need not. */
const OF_THE_WORLD: readonly (Row & { readonly shown: Omit<Shown, 'says'> })[] = [
  { code: 'SVCSTG.00100402', status: 400, shown: BUSY },
  { code: 'SVCSTG.00100402', status: 409, shown: BUSY },
  { code: 'APIGW.0103', status: 404, shown: BUSY },
  { code: 'SVCSTG.00100411', status: 404, shown: OUTSIDE, says: /the environment must exist/ },
  { code: 'SVCSTG.00100424', status: 404, shown: OUTSIDE, says: /the load balancer must exist/ },
  { code: 'SVCSTG.00501134', status: 400, shown: OUTSIDE, says: /check the CSE engine/ },
  { code: 'SVCSTG.REPO.0400', status: 400, shown: OUTSIDE, says: /renew the repository authorisation/ },
  { code: 'SVCSTG.REPO.0452', status: 400, shown: OUTSIDE, says: /renew the repository authorisation/ },
  { code: 'SVCSTG.REPO.0401', status: 401, shown: OUTSIDE, says: /renew the repository authorisation/ },
  { code: 'APIGW.0101', status: 404, shown: OUTSIDE, says: /check the endpoint and the region/ },
  { code: 'APIGW.0104', status: 404, shown: OUTSIDE },
  { code: 'APIGW.0106', status: 404, shown: OUTSIDE },
  { code: 'APIGW.0301', status: 401, shown: SIGN_IN, says: /check the credentials Secret and the clock/ },
  { code: 'APIGW.0305', status: 401, shown: SIGN_IN, says: /check the credentials Secret and the clock/ },
  { code: 'APIGW.0307', status: 401, shown: SIGN_IN, says: /the token must be renewed/ },
  { code: 'APIGW.0302', status: 403, shown: DENIED },
  { code: 'APIGW.0304', status: 403, shown: DENIED },
  { code: 'APIGW.0306', status: 403, shown: DENIED },
  { code: 'SVCSTG.00100401', status: 403, shown: DENIED },
  { code: 'APIGW.0308', status: 429, shown: THROTTLED },
  { code: 'SVCSTG.00100400', status: 429, shown: THROTTLED },
];

export function describeCodes(ward: () => World): void {
  it.each(OF_THE_SPEC)('holds after $status $code until the spec changes', async (row) => {
    const world = ward();
    refuse(world, row, 1);
    await world.create(newVersion());
    const object = await untilShown(world, { ...REFUSED, says: [row.says ?? /./, /a telling word/] });
    expect(JSON.stringify(object.status)).toContain(row.code);
    const event = await untilEvent(world, 'SubmitFailed');
    expect(event.note).toContain(row.code);
    expect(event.note).toMatch(/request id [0-9a-f]{32}/);
    await world.settle(600_000);
    expect(putsOf(world)).toHaveLength(1);
    await healthyStaysWell(world);
    await world.edit({ version: '1.0.2' });
    await world.untilReady();
    expect(modifiesOf(world).map((entry) => entry.version)).toEqual(['1.0.2']);
  });

  it.each(OF_THE_WORLD)('goes on by itself after $status $code', async (row) => {
    const world = ward();
    refuse(world, row, 'all');
    await world.create(newVersion());
    await untilShown(world, { ...row.shown, says: [row.says ?? /./, /a telling word/] });
    await healthyStaysWell(world);
    world.cloud.faults.clear();
    await world.untilReady();
    expect(modifiesOf(world)).toHaveLength(1);
  });

  it('does not hold an access key for a repository authorisation that expired', async () => {
    const world = ward();
    await world.secret('account', { accessKey: exampleAccessKey, secretKey: exampleSecretKey });
    await world.secret('healthy', { accessKey: exampleAccessKey, secretKey: exampleSecretKey });
    refuse(world, { code: 'SVCSTG.REPO.0401', status: 401 }, 'all');
    await world.create(newVersion({}, { credentialsSecretRef: { name: 'account' } }));
    await untilShown(world, { ...OUTSIDE, says: [/renew the repository authorisation/] });
    const before = world.time.now().mono;
    await healthyStaysWell(world);
    expect(world.time.now().mono - before).toBeLessThan(60_000);
  });
}

function refuse(world: World, { code, status }: Row, next: number | 'all'): void {
  const body = { error_code: code, error_msg: 'a telling word' };
  world.cloud.faults.add({
    operation: 'modifyComponent',
    next,
    ...SICK,
    effect: { kind: 'respond', status, body },
  });
}
