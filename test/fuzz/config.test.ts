// Any command line and any environment: a frozen configuration, or one line that names the flag and shows no password.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';

const FLAGS = [
  ...['kubeconfig', 'servicestage-endpoint', 'iam-endpoint', 'allow-insecure-endpoint', 'watch-namespaces'],
  ...['watch-label-selector', 'leader-elect', 'leader-election-namespace', 'lease-duration'],
  ...[
    'lease-renew-deadline',
    'metrics-bind-address',
    'health-probe-bind-address',
    'workers',
    'poll-interval',
  ],
  ...['cloud-request-timeout', 'unknown-outcome-settle', 'config-id-wire-name', 'suspend-all', 'log-level'],
  'log-format',
];
const PASSWORD = 's3cr3t-passw0rd';
const value = fc.oneof(
  fc.constantFrom(
    '',
    '15s',
    '0s',
    '1m30s',
    '99h',
    'true',
    'FALSE',
    '0',
    ':8080',
    '[::1]:9',
    'json',
    '-1',
    '1e3',
    'NaN',
  ),
  fc.constantFrom(
    'a=b,c!=d',
    'x in (a, b)',
    'shop,team',
    'https://{region}.example.com',
    'http://x.example',
    '__proto__',
  ),
  fc.constantFrom(
    `https://user:${PASSWORD}@h.example`,
    `https://h.example/?token=${PASSWORD}`,
    `https://${PASSWORD}{region}`,
  ),
  fc.string({ maxLength: 12, unit: 'binary' }),
);
const flag = fc.oneof(fc.constantFrom(...FLAGS), fc.constantFrom('worker', '__proto__', 'constructor', ''));
const argument = fc.oneof(
  fc.tuple(flag, value).map(([name, given]) => [`--${name}=${given}`]),
  fc.tuple(flag, value).map(([name, given]) => [`--${name}`, given]),
  flag.map((name) => [`--${name}`]),
  fc.constantFrom(['--'], ['-h'], ['-x'], ['stray']),
);
const argv = fc.array(argument, { maxLength: 3 }).map((parts) => ['--kubeconfig=/k', ...parts.flat()]);
const variable = fc.constantFrom(
  ...FLAGS.map((name) => `SSC_${name.toUpperCase().replaceAll('-', '_')}`),
  'SSC_X',
  'HOME',
);
const env = fc.dictionary(variable, value, { maxKeys: 2 });

describe('any command line and environment', () => {
  it('is a configuration or one line that says which flag is wrong', () => {
    let configured = 0;
    fc.assert(
      fc.property(argv, env, (given, variables) => {
        const parsed = parseConfig({ argv: given, env: variables });
        expect(parseConfig({ argv: given, env: variables })).toEqual(parsed);
        if (parsed.kind === 'help') {
          expect(given.some((each) => each === '-h' || each === '--help')).toBe(true);
          return;
        }
        if (parsed.kind === 'ok') {
          configured += 1;
          expect(Object.isFrozen(parsed.config)).toBe(true);
          expect(parsed.config.leaseRenewDeadlineMs).toBeLessThan(parsed.config.leaseDurationMs);
          for (const warning of parsed.warnings) expect(warning).not.toMatch(/\n/);
          return;
        }
        expect(parsed.message).not.toMatch(/[\n\r]/);
        expect(parsed.message).toMatch(/--|SSC_|unexpected argument/);
        expect(parsed.message).not.toBe('');
      }),
      { numRuns: 800 },
    );
    expect(configured).toBeGreaterThan(20);
  });

  it('shows no password of an endpoint', () => {
    const endpoint = fc.constantFrom('servicestage-endpoint', 'iam-endpoint');
    const bad = fc.constantFrom(
      `https://user:${PASSWORD}@h.example`,
      `https://h.example/?token=${PASSWORD}`,
      `https://h.example/#${PASSWORD}`,
      `ftp://user:${PASSWORD}@h`,
    );
    fc.assert(
      fc.property(endpoint, bad, fc.boolean(), (name, given, byVariable) => {
        const key = `SSC_${name.toUpperCase().replaceAll('-', '_')}`;
        const parsed = byVariable
          ? parseConfig({ argv: ['--kubeconfig=/k'], env: { [key]: given } })
          : parseConfig({ argv: ['--kubeconfig=/k', `--${name}`, given], env: {} });
        expect(parsed.kind).toBe('invalid');
        expect(JSON.stringify(parsed)).not.toContain(PASSWORD);
      }),
    );
  });

  it('reads a long value as fast as a short one is long: no pattern runs away', () => {
    const long = [
      'a'.repeat(30_000),
      'a,'.repeat(15_000),
      'a=b,'.repeat(8_000),
      '1s'.repeat(15_000),
      'x in (a,'.repeat(4_000),
    ];
    for (const name of FLAGS) {
      for (const text of long) {
        const startedAt = performance.now();
        parseConfig({ argv: ['--kubeconfig=/k', `--${name}=${text}!`], env: {} });
        expect([name, performance.now() - startedAt < 2_000]).toEqual([name, true]);
      }
    }
  });
});
