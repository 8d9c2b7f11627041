// The faults of a list: one that breaks off, and one that is empty because somebody in between lies.
import { setTimeout as sleep } from 'node:timers/promises';
import { API_VERSION, KIND } from '../../src/api/names.ts';
import { type Asked, kindOf } from '../faults/proxy/asked.ts';
import { type AnswerFault, statusBody } from '../faults/proxy/faults.ts';
import { componentsPath } from '../support/kube-target.ts';
import { NAMES, type Stand } from './watch-faults-stand.ts';

const HELD_MS = 700;
const EXPIRED: AnswerFault = {
  kind: 'answer',
  status: 410,
  body: JSON.stringify(statusBody(410, 'Expired')),
};
const is =
  (kind: ReturnType<typeof kindOf>) =>
  (asked: Asked): boolean =>
    kindOf(asked) === kind;

/** The first list after 410 stops after its first object and is cut off; until then nothing may be missing. */
export async function heldList({
  proxy,
  change,
  until,
  operator,
  namespace,
}: Stand): Promise<readonly string[]> {
  const release = Promise.withResolvers<void>();
  const held = proxy.lines.order({
    match: is('list stream'),
    fault: { kind: 'hold', until: release.promise },
    times: 1,
  });
  proxy.answers.order({ match: is('watch'), fault: EXPIRED, times: 1 });
  proxy.bytes.reset();
  await change();
  await until('the list has begun', () => held.hits() === 1);
  await sleep(HELD_MS);
  const missing = (['still', 'edited', 'leaving'] as const).filter(
    (name) => operator.versionOf(`${namespace}/${name}`) === undefined,
  );
  release.resolve();
  return missing.map((name) => `${name} was forgotten during the list`);
}

/** 410, and then every list is empty, at the true version, until the operator has believed it. */
export async function emptyLie(stand: Stand): Promise<readonly string[]> {
  const { proxy, kube, namespace, until, operator } = stand;
  const before = NAMES.map((name) => stand.writes(name).join());
  const { json } = await kube.call('GET', componentsPath(namespace));
  const { resourceVersion } = json.metadata as { readonly resourceVersion: string };
  const lies = [
    proxy.answers.order({ match: is('list stream'), fault: emptyStream(resourceVersion) }),
    proxy.answers.order({ match: is('list'), fault: emptyPage(resourceVersion) }),
  ];
  proxy.answers.order({ match: is('watch'), fault: EXPIRED, times: 1 });
  proxy.bytes.reset();
  await until('the empty list is believed', () => operator.versionOf(`${namespace}/still`) === undefined);
  await sleep(HELD_MS);
  const after = NAMES.map((name) => stand.writes(name).join());
  for (const lie of lies) lie.lift();
  await stand.change();
  return after.join('\n') === before.join('\n') ? [] : [`an empty list led to ${after.join(' | ')}`];
}

function emptyPage(resourceVersion: string): AnswerFault {
  const list = { apiVersion: API_VERSION, kind: `${KIND}List`, metadata: { resourceVersion }, items: [] };
  return { kind: 'answer', status: 200, body: JSON.stringify(list) };
}

function emptyStream(resourceVersion: string): AnswerFault {
  const metadata = { resourceVersion, annotations: { 'k8s.io/initial-events-end': 'true' } };
  const mark = { type: 'BOOKMARK', object: { apiVersion: API_VERSION, kind: KIND, metadata } };
  return { kind: 'answer', status: 200, body: `${JSON.stringify(mark)}\n` };
}
