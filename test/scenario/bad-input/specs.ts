// Specs that are wrong: refused by the API server with the field named, or, where the CRD did not stop them, by the operator without a
// call. And specs that only look wrong: they are carried as data.
import { expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/types.ts';
import { exampleComponentId } from '../../fakes/simulator/index.ts';
import { componentObject, componentsPath } from '../../support/kube-target.ts';
import { exampleComponent } from '../../support/make.ts';
import { NAME, specOf, type World } from '../../support/world.ts';
import { conditionOf } from '../scenarios.ts';
import { smuggle } from './looser-crd.ts';
import {
  callsOf,
  eventsOf,
  healthyStaysWell,
  modifiesOf,
  newVersion,
  putsOf,
  restart,
  type Shown,
  untilShown,
} from './ward.ts';

interface Refusal {
  readonly name: string;
  readonly component?: JsonObject;
  readonly spec?: JsonObject;
  readonly says: readonly (string | RegExp)[];
}

/** What `kubectl` prints; strict validation is its default. */
const AT_ADMISSION: readonly Refusal[] = [
  {
    name: 'an unknown field',
    component: { replicas: 3 },
    says: [/unknown field "spec\.component\.replicas"/],
  },
  {
    name: 'an unknown field deep inside',
    component: { envs: [{ name: 'A', valeu: 'x' }] },
    says: [/unknown field "spec\.component\.envs\[0\]\.valeu"/],
  },
  { name: 'a number for a text', component: { version: 1 }, says: [/spec\.component\.version/, /string/] },
  {
    name: 'a text for a number',
    component: { limitCpu: '250m' },
    says: [/spec\.component\.limitCpu/, /number/],
  },
  { name: 'an object for a list', component: { envs: { A: 'x' } }, says: [/spec\.component\.envs/] },
  { name: 'a list for an object', component: { source: [] }, says: [/spec\.component\.source/, /object/] },
  { name: 'null for a mandatory field', component: { version: null }, says: [/spec\.component\.version/] },
  { name: 'an interval that is too short', spec: { interval: '1s' }, says: [/at least 30s/] },
  { name: 'a region with a host in it', spec: { region: 'cn-north-4.evil.example' }, says: [/spec\.region/] },
  { name: 'an id that climbs', spec: { projectId: '../../v3/other' }, says: [/spec\.projectId/] },
  {
    name: 'extraBody with the name',
    component: { extraBody: { name: 'x' } },
    says: [/name is refused in extraBody/, /remove it/],
  },
  {
    name: 'extraBody with the replica',
    component: { extraBody: { replica: 3 } },
    says: [/use spec\.component\.replica/],
  },
  {
    name: 'more variables than the bound',
    component: { envs: variables(501) },
    says: [/spec\.component\.envs/, /500/],
  },
];

export function describeAdmission(ward: () => World): void {
  it.each(AT_ADMISSION)('is told at once about $name', async ({ component = {}, spec = {}, says }) => {
    const world = ward();
    const object = componentObject(world.namespace, NAME, newVersion(component, spec));
    const path = `${componentsPath(world.namespace)}?fieldValidation=Strict`;
    const { status, json } = await world.kube.call('POST', path, object);
    expect([400, 422]).toContain(status);
    for (const part of says) expect(String(json.message)).toMatch(part);
    expect(callsOf(world)).toEqual([]);
  });

  it('ignores an unknown field that was applied without validation', async () => {
    const world = ward();
    await world.create(newVersion({ replicas: 3 }));
    await world.untilReady();
    expect(modifiesOf(world)[0]?.body).not.toHaveProperty('replicas');
    await healthyStaysWell(world);
  });
}

const invalid = (...says: Shown['says']): Shown => ({
  ready: 'False/InvalidSpec',
  mode: 'Stalled/InvalidSpec',
  says,
});

/** Fields that can be corrected in place. */
const CORRECTABLE: readonly Refusal[] = [
  {
    name: 'an interval that is too short',
    spec: { interval: '5s' },
    says: [/spec\.interval .*at least 30s/],
  },
  {
    name: 'a policy that does not exist',
    spec: { driftPolicy: 'Fight' },
    says: [/spec\.driftPolicy must be one of Ignore/],
  },
  {
    name: 'a Secret name that climbs',
    spec: { credentialsSecretRef: { name: '../../kube-system/secrets/x' } },
    says: [/spec\.credentialsSecretRef\.name must be the name of a Secret/],
  },
  {
    name: 'a kind that does not exist',
    component: { source: { kind: 'floppy' } },
    says: [/spec\.component\.source\.kind must be one of code, package, image/],
  },
  {
    name: 'two values for one variable',
    component: { envs: [{ name: 'A', value: 'x', valueSecretRef: { name: 'a', key: 'b' } }] },
    says: [/spec\.component\.envs\[0\] .*exclude each other/],
  },
  {
    name: 'a variable twice',
    component: { envs: [{ name: 'A' }, { name: 'A' }] },
    says: [/spec\.component\.envs\[1\] must not repeat the name/],
  },
  {
    name: 'a negative replica',
    component: { replica: -1 },
    says: [/spec\.component\.replica must be at least 0/],
  },
  {
    name: 'a version that is none',
    component: { version: 'latest' },
    says: [/spec\.component\.version must be/],
  },
  {
    name: 'a text for a number',
    component: { limitCpu: '1' },
    says: [/spec\.component\.limitCpu must be a number/],
  },
  {
    name: 'extraBody with the runtime stack',
    component: { extraBody: { runtime_stack: {} } },
    says: [/spec\.component\.extraBody\.runtime_stack .*remove it/],
  },
];

/** So wrong that an API server may be unable to evaluate its rules: then it stores no status, and an event says what is wrong. */
const UNWRITABLE: readonly { readonly name: string; readonly spec: JsonObject }[] = [
  { name: 'null for the component', spec: { ...newVersion(), component: null } },
  { name: 'an interval that is none', spec: newVersion({}, { interval: 'soon' }) },
  { name: 'three hundred mistakes', spec: newVersion({ envs: Array.from({ length: 300 }, () => ({})) }) },
  { name: 'a list for the component', spec: { ...newVersion(), component: [] } },
  { name: 'a text for the component', spec: { ...newVersion(), component: 'x' } },
];

/** Fields that cannot be corrected in place, since the API server holds them fixed. */
const FOR_GOOD: readonly Refusal[] = [
  {
    name: 'a region with a host in it',
    spec: { region: 'x.evil.example.com/#' },
    says: [/spec\.region must be a region such as cn-north-4/],
  },
  { name: 'a region with a user in it', spec: { region: 'x@evil.example.com' }, says: [/spec\.region/] },
  {
    name: 'a project id that climbs',
    spec: { projectId: '../../v3/0123456789abcdef01234567' },
    says: [/spec\.projectId must be a project id/],
  },
  {
    name: 'an application id that climbs',
    spec: { applicationId: '../../../x' },
    says: [/spec\.applicationId must be a UUID/],
  },
  {
    name: 'a component id with a query',
    spec: { componentId: `${exampleComponentId}?x=y` },
    says: [/spec\.componentId must be a UUID/],
  },
  {
    name: 'a component id with a line break',
    spec: { componentId: `${exampleComponentId}\r\nX: y` },
    says: [/spec\.componentId must be a UUID/],
  },
];

/** extraBody below its top level, which no admission rule can see. */
const HIDDEN: readonly Refusal[] = [
  {
    name: 'overwrites a value of a Secret',
    component: {
      source: {
        kind: 'package',
        storage: 'http',
        url: 'https://example.com/a.jar',
        httpPasswordSecretRef: { name: 'app', key: 'password' },
      },
      extraBody: { source: { http_password: 'other' } },
    },
    says: [/spec\.component\.extraBody\.source\.http_password is filled from a Secret: remove it/],
  },
  {
    name: 'replaces the object around a value of a Secret',
    component: {
      envs: [{ name: 'PW', valueSecretRef: { name: 'app', key: 'password' } }],
      extraBody: { envs: [] },
    },
    says: [/spec\.component\.extraBody\.envs is filled from a Secret: remove it/],
  },
  {
    name: 'removes a field',
    component: { extraBody: { brand_new: { inner: null } } },
    says: [/spec\.component\.extraBody\.brand_new\.inner .*null is refused/],
  },
  {
    name: 'hides a null in a list',
    component: { extraBody: { brand_new: [1, { deep: null }] } },
    says: [/spec\.component\.extraBody\.brand_new.*null is refused/],
  },
];

export function describeBypassed(ward: () => World): void {
  it.each(CORRECTABLE)(
    'refuses $name without a call, and takes the correction',
    async ({ component, spec, says }) => {
      const world = ward();
      await intrude(world, newVersion(component, spec));
      await untilShown(world, invalid(...says));
      expect(callsOf(world)).toEqual([]);
      await healthyStaysWell(world);
      await replaceSpec(world, newVersion());
      await world.untilReady();
      expect(modifiesOf(world)).toHaveLength(1);
    },
  );

  it.each(FOR_GOOD)(
    'refuses $name without a call, and lets go of the resource',
    async ({ component, spec, says }) => {
      const world = ward();
      await intrude(world, newVersion(component, spec));
      await untilShown(world, invalid(...says));
      await world.settle(1_200_000);
      expect(callsOf(world)).toEqual([]);
      await healthyStaysWell(world);
      await world.remove();
      await world.until('released', async () => (await world.get()) === undefined);
      expect(callsOf(world)).toEqual([]);
    },
  );

  it.each([{}, { component: {} }])('refuses %j as a spec without a call', async (spec) => {
    const world = ward();
    await intrude(world, spec);
    await untilShown(world, invalid(/spec\.region is missing/));
    expect(callsOf(world)).toEqual([]);
    await healthyStaysWell(world);
  });

  it.each(UNWRITABLE)(
    'says $name in a condition, or in an event where no status can be stored',
    async ({ spec }) => {
      const world = ward();
      await intrude(world, spec);
      await world.until('said', async () => {
        if (conditionOf(await world.get(), 'Stalled') === 'True/InvalidSpec') return true;
        const event = (await eventsOf(world)).find(({ reason }) => reason === 'SpecWarning');
        return event?.note.includes('correct what it names in the spec') && event.note.includes('spec.');
      });
      await world.settle(600_000);
      expect(callsOf(world)).toEqual([]);
      const complaints = world.logs.filter((line) => line.level === 'error');
      expect(complaints.length).toBeLessThanOrEqual(15);
      world.logs.splice(0);
      await healthyStaysWell(world);
      world.logs.splice(0);
      await replaceSpec(world, newVersion());
      await world.untilReady();
      expect(modifiesOf(world)).toHaveLength(1);
    },
  );
}

export function describeExtraBody(ward: () => World): void {
  it.each(HIDDEN)('refuses extraBody that $name, and takes the correction', async ({ component, says }) => {
    const world = ward();
    await world.secret('app', { password: 'pw-value' });
    await world.create(newVersion(component));
    await untilShown(world, invalid(...says));
    expect(putsOf(world)).toEqual([]);
    await healthyStaysWell(world);
    await world.edit({ extraBody: null });
    await world.untilReady();
    expect(modifiesOf(world)).toHaveLength(1);
  });
}

/** An object of another time: written before this CRD was installed, found by the operator at its start. */
async function intrude(world: World, spec: JsonObject): Promise<void> {
  await world.kill();
  await smuggle(world.kube, { namespace: world.namespace, name: NAME }, spec);
  await restart(world);
}

async function replaceSpec(world: World, spec: JsonObject): Promise<void> {
  const found = await world.get();
  const patch = [{ op: 'replace', path: '/spec', value: spec }];
  const path = componentsPath(world.namespace, found?.metadata.name);
  const { status, json } = await world.kube.call('PATCH', path, patch, 'application/json-patch+json');
  if (status !== 200) throw new Error(`not corrected: ${status} ${JSON.stringify(json.message)}`);
}

function variables(count: number): JsonObject[] {
  return Array.from({ length: count }, (_, index) => ({ name: `V${index}`, value: 'x' }));
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: what a template language would replace is data here.
const ODD = 'a\u0000b\u0001c\u001b[31m\r\nX-Evil: 1\t\u2028\u202e"\'`${x}{{y}}%s</script>\\ 雨☔️ é e\u0301';

/** Names that mean something to JavaScript, as keys of maps; written so that they are own keys. */
function oddKeys(value: string, more: readonly string[]): JsonObject {
  const keys = [...more, 'constructor', 'prototype', 'toString', 'hasOwnProperty', ODD];
  return Object.fromEntries(keys.map((key) => [key, value]));
}

export function describeData(ward: () => World, server: string): void {
  it('carries names of the prototype, control characters and line breaks as data, and nothing else', async () => {
    const world = ward();
    // The embedded server loses `__proto__`, and its CEL library cannot look into an object with such keys.
    const odd = (value: string) => oddKeys(value, server === 'real' ? ['__proto__'] : []);
    const open = server === 'real' ? odd('p') : { any_key: ODD };
    const component = {
      description: 'x\r\ny \u202e 雨☔️',
      envs: [
        { name: '__proto__', value: ODD },
        { name: 'constructor', value: '{"a":1}' },
      ],
      sysConfig: odd(ODD),
      inputValues: odd('v'),
      source: {
        kind: 'package',
        storage: 'http',
        url: 'https://example.com/a.jar?x=%0d%0a',
        httpHeaders: odd('h'),
      },
      build: { parameters: { clusterId: 'c', nodeLabelSelector: odd('n'), ...open } },
      extraBody: {
        brand_new: JSON.parse(
          server === 'real'
            ? '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}'
            : '{"constructor": {"prototype": {"polluted": true}}}',
        ),
      },
    };
    await world.create(newVersion(component));
    const ready = await world.untilReady();
    const { config } = world.cloud.component(exampleComponentId);
    expect(same(config.envs)).toBe(same(component.envs));
    expect(config.description).toBe(component.description);
    expect(same(config.sys_config)).toBe(same(component.sysConfig));
    expect(same(config.input_values)).toBe(same(component.inputValues));
    expect(same((config.source as JsonObject).http_headers)).toBe(same(component.source.httpHeaders));
    const {
      cluster_id: _c,
      node_label_selector: selector,
      ...openSent
    } = (config.build as { parameters: JsonObject }).parameters;
    expect(same(selector)).toBe(same(odd('n')));
    expect(same(openSent)).toBe(same(open));
    expect(same(config.brand_new)).toBe(same(component.extraBody.brand_new));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(conditionOf(ready, 'Synced')).toBe('True/InSync');
    await world.settle(1_200_000);
    expect(putsOf(world)).toHaveLength(1);
    await healthyStaysWell(world);
  });

  it('takes a spec at its bounds, and one byte too many is refused by the API server', async () => {
    const world = ward();
    const long = 'ü'.repeat(500);
    const component = {
      envs: variables(500).map((each) => ({ ...each, value: long })),
      sysConfig: Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`k${index}`, long])),
      labels: Array.from({ length: 100 }, (_, index) => ({ key: `k${index}`, value: 'v' })),
      version: `1.0.${'1'.repeat(28)}`,
      description: 'ü'.repeat(128),
    };
    await world.create(newVersion(component));
    const ready = await world.untilReady();
    expect(Buffer.byteLength(JSON.stringify(ready.status))).toBeLessThan(16 * 1024);
    expect(modifiesOf(world)[0]?.body).toHaveProperty('envs.length', 500);
    await healthyStaysWell(world);
    // Only a store with a limit refuses a size.
    if (server !== 'real') return;
    const huge = specOf({ ...exampleComponent, extraBody: { brand_new: 'x'.repeat(4_000_000) } });
    const object = componentObject(world.namespace, 'huge', huge);
    const { status } = await world.kube.call('POST', componentsPath(world.namespace), object);
    expect(status).toBeGreaterThanOrEqual(400);
  });
}

/** JSON with sorted keys. */
function same(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(same).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${same(inner)}`).join()}}`;
}
