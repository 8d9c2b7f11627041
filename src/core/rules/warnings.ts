// Spec warnings are told once per generation and process, as events; they never hold anything up.
import type { Decision, Desired, Facts } from '../facts.ts';
import { writeOnlyPointers } from '../wire.ts';

export function warnings(facts: Facts): Decision | undefined {
  const { spec, generation, status } = facts.resource;
  if (spec.kind === 'invalid') return undefined;
  if (facts.memory.warnedGeneration === generation || status.observedGeneration === generation)
    return undefined;
  const texts = [...spec.desired.warnings, ...policyWarnings(spec.desired)];
  if (texts.length === 0) return undefined;
  const notes = texts
    .slice(0, 10)
    .map((note) => ({ type: 'Warning', reason: 'SpecWarning', action: 'Validate', note }) as const);
  return { kind: 'note', notes, memory: { warnedGeneration: generation }, why: 'spec warnings' };
}

/** What a policy promises more of than it can see. */
function policyWarnings(desired: Desired): string[] {
  const { driftPolicy, intervalMs } = desired;
  if (driftPolicy !== 'Revert' && driftPolicy !== 'RevertOnce') return [];
  const policy = `spec.driftPolicy ${driftPolicy}`;
  const unseen = writeOnlyPointers(desired).slice(0, 8);
  return [
    ...(intervalMs === 0
      ? [`${policy} finds no drift while spec.interval is 0s; write an interval of at least 30s.`]
      : []),
    ...(unseen.length === 0
      ? []
      : [`${policy} cannot see changes at ${unseen.join(', ')}: ServiceStage does not show these values.`]),
  ];
}
