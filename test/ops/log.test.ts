// Log lines: what a machine reads, what a person reads, and what nobody must read.
import { expect, it } from 'vitest';
import { createLog, type LogOptions } from '../../src/ops/log.ts';

function record(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({
    level: 'info',
    format: 'json',
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    write: (line) => lines.push(line),
    ...options,
  });
  return { log, lines };
}

it('writes one JSON line with time, level, fields and message', () => {
  const { log, lines } = record();
  log.info({ key: 'shop/weather', operation: 'op-1' }, 'job started');
  expect(lines).toHaveLength(1);
  expect(lines[0]?.endsWith('\n')).toBe(true);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'info',
    time: '2026-01-02T03:04:05.678Z',
    key: 'shop/weather',
    operation: 'op-1',
    message: 'job started',
  });
});

it.each([
  { level: 'debug', written: ['debug', 'info', 'warn', 'error'] },
  { level: 'info', written: ['info', 'warn', 'error'] },
  { level: 'warn', written: ['warn', 'error'] },
  { level: 'error', written: ['error'] },
] as const)('at level $level writes $written', ({ level, written }) => {
  const { log, lines } = record({ level });
  for (const each of ['debug', 'info', 'warn', 'error'] as const) log[each]({}, 'x');
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(written);
});

it('writes a line for people in text format', () => {
  const { log, lines } = record({ format: 'text' });
  log.warn({ key: 'shop/weather', note: 'two words', count: 2 }, 'job failed');
  expect(lines).toEqual(['03:04:05.678 WARN  job failed key=shop/weather note="two words" count=2\n']);
});

it.each(['json', 'text'] as const)(
  'keeps a hostile text on one line, without terminal codes (%s)',
  (format) => {
    const { log, lines } = record({ format });
    log.info({ note: 'a\nfake line \u001b[31m' }, 'first\nsecond');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).toMatch(/^[ -~]*$/);
  },
);

it('does not let a field pass for the level, the time or the message', () => {
  const { log, lines } = record();
  log.info({ level: 'error', time: 'never', message: 'other' }, 'real');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', message: 'real', level_: 'error' });
  expect(lines[0]?.match(/"message":/g)).toHaveLength(1);
});

it.each(['json', 'text'] as const)(
  'writes no secret, neither in fields nor in the message (%s)',
  (format) => {
    const { log, lines } = record({ format, level: 'debug' });
    log.debug(
      {
        secret: { data: 'canary1' },
        deep: { list: [{ httpPassword: 'canary2' }] },
        url: 'https://u:canary3@h/x',
      },
      'sent X-Auth-Token: canary4',
    );
    expect(lines.join('')).not.toContain('canary');
  },
);
