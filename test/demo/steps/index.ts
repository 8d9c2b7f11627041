// The scenes in the order in which they are played; each builds on the component as the one before left it.
import type { Step } from '../step.ts';
import { applyStep } from './apply.ts';
import { crashStep } from './crash.ts';
import { editStep } from './edit.ts';
import { failStep } from './fail.ts';
import { refuseAtAdmissionStep, refuseByServiceStep } from './refuse.ts';
import { summaryStep } from './summary.ts';

export const STEPS: readonly Step[] = [
  applyStep,
  editStep,
  refuseAtAdmissionStep,
  refuseByServiceStep,
  failStep,
  crashStep,
  summaryStep,
];
