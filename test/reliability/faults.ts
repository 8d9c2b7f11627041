// The fault table: every row of it, in order.
import { CLOUD } from './faults/cloud.ts';
import { CRASH } from './faults/crash.ts';
import { INPUT } from './faults/input.ts';
import { KUBERNETES } from './faults/kubernetes.ts';
import { LIFE } from './faults/life.ts';
import { NETWORK } from './faults/network.ts';
import type { FaultRow, Section } from './table.ts';

export const SECTIONS: readonly Section[] = [
  { title: 'Crash points', rows: CRASH },
  { title: 'Network', rows: NETWORK },
  { title: 'Kubernetes API', rows: KUBERNETES },
  { title: 'Cloud API', rows: CLOUD },
  { title: 'Bad or hostile input', rows: INPUT },
  { title: 'Time, scale, life cycle', rows: LIFE },
];

export const FAULTS: readonly FaultRow[] = SECTIONS.flatMap(({ rows }) => rows);
