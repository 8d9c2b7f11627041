// Where and when the rules of a schema are evaluated.
// Promises: a transition rule (one that reads oldSelf) runs only where an old value can be matched, unless
// optionalOldSelf; other rules are skipped for unchanged values; refusals read like those of the real server.
import type { Cause } from '../failure.ts';
import { equal } from '../json.ts';
import type { RuleBook } from './cel.ts';
import { type Rule, somewhere } from './types.ts';
import { childSpots, type Spot } from './validate.ts';

const hasRules = somewhere((schema) => (schema['x-kubernetes-validations']?.length ?? 0) > 0);

/** The refusals of all rules at `spot` and below. */
export function ruleProblems(spot: Spot, book: RuleBook): Cause[] {
  if (!hasRules(spot.schema)) return [];
  const own = (spot.schema['x-kubernetes-validations'] ?? []).flatMap((rule) =>
    ruleProblem(rule, spot, book),
  );
  return [...own, ...childSpots(spot).flatMap((child) => ruleProblems(child, book))];
}

function ruleProblem(rule: Rule, spot: Spot, book: RuleBook): Cause[] {
  const readsOld = /\boldSelf\b/.test(rule.rule);
  if (readsOld && spot.old === undefined && rule.optionalOldSelf !== true) return [];
  if (!readsOld && spot.old !== undefined && equal(spot.old, spot.value)) return [];
  const verdict = book.judge(rule, { self: spot.value, oldSelf: spot.old, schema: spot.schema });
  if (verdict.kind !== 'fail') return [];
  return [refusal(rule, spot, verdict.message)];
}

function refusal(rule: Rule, spot: Spot, text: string): Cause {
  const field = `${spot.path}${rule.fieldPath ?? ''}`;
  const reason = rule.reason ?? 'FieldValueInvalid';
  const shown = `"${spot.schema.type ?? 'object'}"`;
  const texts: Readonly<Record<string, string>> = {
    FieldValueForbidden: `Forbidden: ${text}`,
    FieldValueRequired: `Required value: ${text}`,
    FieldValueDuplicate: `Duplicate value: ${shown}`,
  };
  return { reason, message: texts[reason] ?? `Invalid value: ${shown}: ${text}`, field };
}
