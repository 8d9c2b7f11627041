// The embedded API server beyond the conformance suite: determinism, CRDs, namespaces, tokens, rules, discovery.
import { request } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GROUP, SAMPLE_CRD } from '../conformance/sample-crd.ts';
import { humanDuration } from './embedded/columns.ts';
import { type EmbeddedApi, startEmbeddedApi } from './embedded/index.ts';
import type { Json, JsonMap } from './embedded/json.ts';
import { jsonPath } from './embedded/jsonpath.ts';
import { loadCel, RuleBook } from './embedded/schema/cel.ts';
import type { Schema } from './embedded/schema/types.ts';

const now = (): number => Date.UTC(2026, 0, 1);

function gadget(name: string, metadata: JsonMap = {}): JsonMap {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'Gadget',
    metadata: { name, namespace: 'default', ...metadata },
    spec: { model: 'red' },
  };
}

let api: EmbeddedApi;
beforeEach(async () => {
  api = await startEmbeddedApi({ crds: [SAMPLE_CRD], now });
});
afterEach(() => api.stop());

async function fetchJson(path: string, accept = 'application/json'): Promise<JsonMap> {
  const answer = await request(api.url + path, { headers: { accept } });
  return (await answer.body.json()) as JsonMap;
}

describe('the embedded API server', () => {
  it('answers the same bytes in every run', async () => {
    const other = await startEmbeddedApi({ crds: [SAMPLE_CRD], now });
    const made = [api, other].map((server) => JSON.stringify(server.objects.create(gadget('a'))));
    expect(made[0]).toBe(made[1]);
    await other.stop();
  });

  it('takes every timestamp from the injected clock', () => {
    expect(api.objects.create(gadget('a')).metadata.creationTimestamp).toBe('2026-01-01T00:00:00Z');
  });

  it('serves a CRD from its creation until its deletion, and drops the objects with it', async () => {
    api.objects.create(gadget('a'));
    expect(await fetchJson('/apis')).toMatchObject({
      groups: expect.arrayContaining([expect.objectContaining({ name: GROUP })]),
    });
    api.objects.remove({ kind: 'CustomResourceDefinition', name: SAMPLE_CRD.metadata.name });
    expect((await request(`${api.url}/apis/${GROUP}/v1/gadgets`)).statusCode).toBe(404);
    api.objects.create(SAMPLE_CRD);
    expect(api.objects.list('Gadget')).toEqual([]);
  });

  it('refuses a CRD whose name does not follow from its group and plural', () => {
    const wrong = { ...SAMPLE_CRD, metadata: { name: 'other' } };
    expect(() => api.objects.create(wrong)).toThrow(/must be spec.names.plural/);
  });

  it('keeps a deleted namespace until the last finalizer in it is gone', () => {
    api.objects.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    api.objects.create(gadget('held', { namespace: 'shop', finalizers: [`${GROUP}/hold`] }));
    api.objects.create(gadget('free', { namespace: 'shop' }));
    api.objects.remove({ kind: 'ns', name: 'shop' });
    expect(api.objects.get({ kind: 'ns', name: 'shop' })?.status).toEqual({ phase: 'Terminating' });
    expect(() => api.objects.create(gadget('late', { namespace: 'shop' }))).toThrow(/being terminated/);
    const held = { kind: 'Gadget', namespace: 'shop', name: 'held' };
    api.objects.patch(held, { type: 'merge', patch: { metadata: { finalizers: null } } });
    expect(api.objects.get({ kind: 'ns', name: 'shop' })).toBeUndefined();
  });

  it('issues a token for a service account that works as that user', async () => {
    api.objects.create({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'robot', namespace: 'default' },
    });
    const path = '/api/v1/namespaces/default/serviceaccounts/robot/token';
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const headers = { 'content-type': 'application/json' };
    const issued = await request(api.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    const { status } = (await issued.body.json()) as { status: { token: string } };
    await request(`${api.url}/api/v1/namespaces`, { headers: { authorization: `Bearer ${status.token}` } });
    expect(api.journal.find({ user: 'system:serviceaccount:default:robot' })).toHaveLength(1);
  });

  it('takes an apply configuration in YAML', async () => {
    const body = `apiVersion: ${GROUP}/v1\nkind: Gadget\nmetadata:\n  name: a\nspec:\n  model: blue\n`;
    const path = `/apis/${GROUP}/v1/namespaces/default/gadgets/a?fieldManager=hand`;
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const answer = await request(api.url + path, { method: 'PATCH', headers, body });
    expect(answer.statusCode).toBe(201);
  });

  it('answers access reviews by the denials in force', async () => {
    api.deny({ verb: 'delete', resource: 'secrets' });
    const ask = async (verb: string): Promise<unknown> => {
      const spec = { resourceAttributes: { verb, resource: 'secrets', namespace: 'default' } };
      const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
      const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
      const headers = { 'content-type': 'application/json' };
      const answer = await request(api.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
      return ((await answer.body.json()) as { status: unknown }).status;
    };
    expect([await ask('get'), await ask('delete')]).toEqual([{ allowed: true }, { allowed: false }]);
  });

  it('moves the hash of an OpenAPI document only when its schemas move', async () => {
    const url = async (): Promise<string> => JSON.stringify(await fetchJson('/openapi/v3'));
    const before = await url();
    api.objects.create(gadget('a'));
    expect(await url()).toBe(before);
    const crd = structuredClone(SAMPLE_CRD);
    for (const version of crd.spec.versions)
      version.schema.openAPIV3Schema.properties.spec.description = 'Else.';
    api.objects.apply(crd, { force: 'force' });
    expect(await url()).not.toBe(before);
  });

  it('names once each rule that it cannot check, and lets it pass', async () => {
    const crd = structuredClone(SAMPLE_CRD);
    const rules = [{ rule: 'self.model.isOddlyNamed()', message: 'x' }];
    for (const { schema } of crd.spec.versions)
      Object.assign(schema.openAPIV3Schema.properties.spec, { 'x-kubernetes-validations': rules });
    const heard: string[] = [];
    const other = await startEmbeddedApi({ crds: [crd], now, warn: (text) => heard.push(text) });
    other.objects.create(gadget('a'));
    expect(other.unsupportedRules).toEqual(['self.model.isOddlyNamed()']);
    expect(heard).toHaveLength(1);
    await other.stop();
  });
});

describe('rules', () => {
  const integer: Schema = { type: 'integer' };
  const text: Schema = { type: 'string' };
  const list: Schema = { type: 'array', items: text };
  const set: Schema = { ...list, 'x-kubernetes-list-type': 'set' };
  const map: Schema = { type: 'object', additionalProperties: text };
  const rows: { rule: string; self: Json; old?: Json; schema: Schema; optional?: true; holds: string }[] = [
    { rule: 'self >= 1 && self % 2 == 1', self: 3, schema: integer, holds: 'pass' },
    { rule: 'self > 1', self: 1, schema: integer, holds: 'fail' },
    { rule: 'self == oldSelf', self: ['b', 'a'], old: ['a', 'b'], schema: set, holds: 'pass' },
    { rule: 'self == oldSelf', self: ['b', 'a'], old: ['a', 'b'], schema: list, holds: 'fail' },
    { rule: 'oldSelf.hasValue() || self == "new"', self: 'new', schema: text, optional: true, holds: 'pass' },
    {
      rule: '!oldSelf.hasValue() || oldSelf.value() == self',
      self: 'b',
      old: 'a',
      schema: text,
      optional: true,
      holds: 'fail',
    },
    { rule: 'self.all(k, k.matches("^[a-z]+$"))', self: { abc: '1' }, schema: map, holds: 'pass' },
    { rule: '"A" in self && self["A"].startsWith("x")', self: { A: 'xy' }, schema: map, holds: 'pass' },
    { rule: 'self.exists_one(i, i == "a")', self: ['a', 'a'], schema: list, holds: 'fail' },
    { rule: 'int(self) <= 100', self: '99', schema: text, holds: 'pass' },
    { rule: 'int(self) <= 100', self: 'many', schema: text, holds: 'fail' },
    { rule: 'duration(self) >= duration("30s")', self: '1.5h', schema: text, holds: 'pass' },
    { rule: 'self.find("[0-9]+") == "12"', self: 'a12', schema: text, holds: 'pass' },
    {
      rule: 'type(self) == int ? self > 0 : self.endsWith("%")',
      self: '25%',
      schema: { 'x-kubernetes-int-or-string': true },
      holds: 'pass',
    },
    {
      rule: 'self.__namespace__ == "x" && self.a__dash__b == "y"',
      self: { namespace: 'x', 'a-b': 'y' },
      schema: { properties: { namespace: text, 'a-b': text } },
      holds: 'pass',
    },
    { rule: 'self.nonsense()', self: 'x', schema: text, holds: 'unsupported' },
  ];

  it.each(rows)('$rule on $self: $holds', async ({ rule, self, old, schema, optional, holds }) => {
    const book = new RuleBook(await loadCel(), () => undefined);
    const verdict = book.judge(
      { rule, ...(optional ? { optionalOldSelf: true } : {}) },
      { self, oldSelf: old, schema },
    );
    expect(verdict.kind).toBe(holds);
  });

  it('lets everything pass without a CEL library and says so', () => {
    const heard: string[] = [];
    const book = new RuleBook(undefined, (line) => heard.push(line));
    expect(book.judge({ rule: 'self > 1' }, { self: 0, oldSelf: undefined, schema: integer }).kind).toBe(
      'unsupported',
    );
    expect(heard.join()).toContain('no CEL library installed');
  });

  it('words a refusal by messageExpression, else by message, else by the rule', async () => {
    const book = new RuleBook(await loadCel(), () => undefined);
    const judge = (rule: object) =>
      book.judge({ rule: 'self > 1', ...rule }, { self: 0, oldSelf: undefined, schema: integer });
    expect(judge({ messageExpression: '"got " + string(self)', message: 'm' })).toMatchObject({
      message: 'got 0',
    });
    expect(judge({ message: 'm' })).toMatchObject({ message: 'm' });
    expect(judge({})).toMatchObject({ message: 'failed rule: self > 1' });
  });
});

describe('printed columns', () => {
  it.each([
    [0, '0s'],
    [119_000, '119s'],
    [125_000, '2m5s'],
    [600_000, '10m'],
    [3 * 3_600_000, '3h'],
    [3 * 3_600_000 + 60_000, '3h1m'],
    [3 * 86_400_000, '3d'],
    [400 * 86_400_000, '400d'],
  ])('prints %i ms as %s', (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });

  const object = {
    a: {
      'b.c': [
        { t: 'x', v: 1 },
        { t: 'y', v: 2 },
      ],
    },
  };
  it.each([
    ['.a.b\\.c[0].v', [1]],
    ['.a["b.c"]', undefined],
    [".a['b.c'][1].v", [2]],
    ['.a.b\\.c[?(@.t=="y")].v', [2]],
    ['.a.b\\.c[*].t', ['x', 'y']],
    ['.a.missing.deep', []],
  ])('reads %s', (path, found) => {
    if (found === undefined) expect(() => jsonPath(path)).toThrow(/not understood/);
    else expect(jsonPath(path)(object)).toEqual(found);
  });
});
