// Every word that a user can see in a status or an event is explained on the page of statuses.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as names from '../../src/api/names.ts';
import { ROOT } from './source.ts';

const page = join(ROOT, 'docs', 'statuses.md');

it.for([
  { name: 'READY_REASONS', words: names.READY_REASONS },
  { name: 'RECONCILING_REASONS', words: names.RECONCILING_REASONS },
  { name: 'STALLED_REASONS', words: names.STALLED_REASONS },
  { name: 'SYNCED_REASONS', words: names.SYNCED_REASONS },
  { name: 'JOB_REASONS', words: names.JOB_REASONS },
  { name: 'PAUSED_REASONS', words: names.PAUSED_REASONS },
  { name: 'CONDITION_TYPES', words: names.CONDITION_TYPES },
  { name: 'EVENT_REASONS', words: names.EVENT_REASONS },
])('docs/statuses.md explains all of $name', ({ words }) => {
  const text = readFileSync(page, 'utf8');
  expect(words.filter((word) => !text.includes(`\`${word}\``))).toEqual([]);
});
