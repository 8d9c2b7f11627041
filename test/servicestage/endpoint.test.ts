import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkTarget,
  componentPath,
  type EndpointSource,
  isJobId,
  resolveEndpoint,
} from '../../src/servicestage/endpoint.ts';
import { CloudFailure } from '../../src/servicestage/failure.ts';
import { COMPONENT_PATH, TARGET } from './server.ts';

const FLAG: EndpointSource = { kind: 'flag', name: '--servicestage-endpoint' };
const DEFAULT = 'https://servicestage.{region}.myhuaweicloud.com';

describe('resolveEndpoint', () => {
  it.each([
    [DEFAULT, 'https://servicestage.cn-north-4.myhuaweicloud.com', ''],
    ['https://gateway.example:8443/stage/', 'https://gateway.example:8443', '/stage'],
    ['https://{region}.example', 'https://cn-north-4.example', ''],
    ['https://ss.{region}:8443', 'https://ss.cn-north-4:8443', ''],
    ['https://[::1]:8443', 'https://[::1]:8443', ''],
  ])('fills %s', (template, origin, basePath) => {
    const endpoint = resolveEndpoint(template, { region: 'cn-north-4', insecure: 'no', source: FLAG });
    expect(endpoint).toMatchObject({ origin, basePath, host: origin.replace('https://', '') });
  });

  it.each([
    'evil.com/',
    'cn-north-4.evil.com',
    'a-b@evil.com',
    'a-b#',
    'a-b?x=',
    'a-b:80',
    'a-b/../..',
    'a-b%2f',
    'a-b\r\nhost: evil.com',
    'a-b\\evil.com',
    'A-B',
    'a',
    '',
    '$&-x',
    'a-b-c-d-e-f-g',
    '{region}-x',
    'xn--bcher-kva.example',
    'ª-b',
  ])('does not let the region %j change the host', (region) => {
    expect(refused(() => resolveEndpoint(DEFAULT, { region, insecure: 'no', source: FLAG }))).toBe(
      'configuration',
    );
  });

  it.each([
    ['http://servicestage.example', 'plain http'],
    ['ftp://servicestage.example', 'another scheme'],
    ['https://user:pw@servicestage.example', 'a user'],
    ['https://servicestage.example/?a=b', 'a query'],
    ['https://servicestage.example/?', 'an empty query'],
    ['https://servicestage.example/#a', 'a fragment'],
    ['https://servicestage.example/{region}', 'the region in the path'],
    ['https://x{region}.example', 'the region as part of a label'],
    ['https://{region}.{region}.example', 'the region twice'],
    ['https://servicestage.example/a%2fb', 'an encoded slash in the path'],
    ['servicestage.example', 'no scheme'],
    ['https://service stage.example', 'a space'],
    ['https://servicestage.example\\@evil.com', 'a backslash'],
    ['', 'nothing'],
  ])(
    'refuses the template %s (%s), as configuration from a flag and as credentials from a Secret',
    (template) => {
      const rules = { region: 'cn-north-4', insecure: 'no' } as const;
      expect(refused(() => resolveEndpoint(template, { ...rules, source: FLAG }))).toBe('configuration');
      expect(
        refused(() => resolveEndpoint(template, { ...rules, source: { kind: 'secret', name: 'endpoint' } })),
      ).toBe('credentials');
    },
  );

  it('allows plain http when the operator says so', () => {
    const rules = { region: 'cn-north-4', insecure: 'yes', source: FLAG } as const;
    expect(resolveEndpoint('http://127.0.0.1:8080', rules).origin).toBe('http://127.0.0.1:8080');
  });

  it('keeps the host of the template for every region that passes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (region) => {
        const result = attempt(() => resolveEndpoint(DEFAULT, { region, insecure: 'no', source: FLAG }).host);
        if (result !== 'refused') expect(result).toBe(`servicestage.${region}.myhuaweicloud.com`);
      }),
    );
  });
});

describe('checkTarget', () => {
  it('accepts the ids of the documents', () => {
    expect(() => checkTarget(TARGET)).not.toThrow();
  });

  it.each([
    ['projectId', `${TARGET.projectId}/../x`],
    ['projectId', TARGET.projectId.toUpperCase()],
    ['applicationId', '..'],
    ['applicationId', `${TARGET.applicationId}%2f..`],
    ['componentId', `${TARGET.componentId}\r\nX: y`],
    ['componentId', `${TARGET.componentId}?version=1`],
    ['componentId', ''],
    ['region', 'evil.com/'],
    ['region', `a-${'b'.repeat(31)}`],
  ])('refuses %s %j and names the field', (field, value) => {
    const run = (): void => checkTarget({ ...TARGET, [field]: value });
    expect(refused(run)).toBe('configuration');
    expect(run).toThrow(`spec.${field}`);
  });
});

describe('paths', () => {
  it('builds the documented path', () => {
    expect(componentPath(TARGET)).toBe(COMPONENT_PATH);
    expect(componentPath(TARGET, 'action')).toBe(`${COMPONENT_PATH}/action`);
  });

  it('encodes whatever stands in a part', () => {
    expect(componentPath(TARGET, '../a?b#c%2f\r\n')).toBe(`${COMPONENT_PATH}/..%2Fa%3Fb%23c%252f%0D%0A`);
  });

  it.each([
    ['JOB1c8e20ec-1b30-4ee4-9a36-35a18b5e8b7e', true],
    ['1', true],
    ['', false],
    ['..', false],
    ['a/b', false],
    ['a%2fb', false],
    ['a\r\nb', false],
    ['a?b', false],
    ['a'.repeat(129), false],
  ])('takes %j for a job id: %s', (id, want) => {
    expect(isJobId(id)).toBe(want);
  });
});

function refused(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof CloudFailure) return error.failure.class;
    throw error;
  }
  return 'accepted';
}

function attempt(run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (error instanceof CloudFailure) return 'refused';
    throw error;
  }
}
