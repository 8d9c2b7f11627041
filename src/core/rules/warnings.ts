// Spec warnings are told once per generation and process, as events; they never hold anything up.
import type { Decision, Facts } from '../facts.ts';

export function warnings(facts: Facts): Decision | undefined {
  const { spec, generation, status } = facts.resource;
  if (spec.kind === 'invalid' || spec.desired.warnings.length === 0) return undefined;
  if (facts.memory.warnedGeneration === generation || status.observedGeneration === generation)
    return undefined;
  const notes = spec.desired.warnings
    .slice(0, 10)
    .map((note) => ({ type: 'Warning', reason: 'SpecWarning', action: 'Validate', note }) as const);
  return { kind: 'note', notes, memory: { warnedGeneration: generation }, why: 'spec warnings' };
}
