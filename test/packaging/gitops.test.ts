// What ships for Argo CD and Flux agrees with the state table of the documentation.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluate } from '@marcbachmann/cel-js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ARGO_HEALTH, samples } from '../../scripts/argocd.ts';
import { rowsOf } from '../docs/pages.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

it('the state table says of Argo CD what the samples are judged by', () => {
  const rows = rowsOf(read('docs/statuses.md').split('## State table')[1]?.split('\n## ')[0] ?? '').slice(2);
  const documented = rows.map((row) => [row[0]?.replaceAll('`', ''), row.at(-1)]);
  expect(Object.fromEntries(documented)).toEqual(ARGO_HEALTH);
});

describe('the health check expressions for Flux', () => {
  const { spec } = parse(read('deploy/flux/kustomization.yaml'));
  const [exprs] = spec.healthCheckExprs as [Record<'inProgress' | 'failed' | 'current', string>];

  it.each([...samples()].filter(([name]) => !name.startsWith('delet')))(
    'take %s for what it is',
    (name, { health, object }) => {
      const verdicts = (['inProgress', 'failed', 'current'] as const).filter(
        (verdict) => evaluate(exprs[verdict], { ...object }) === true,
      );
      const expected = { Healthy: 'current', Degraded: 'failed', Progressing: 'inProgress' } as const;
      if (health !== 'Suspended') expect(verdicts).toEqual([expected[health]]);
      else expect(verdicts).not.toContain('failed');
      if (name === 'grayWaiting') expect(verdicts).toEqual(['inProgress']);
    },
  );
});
