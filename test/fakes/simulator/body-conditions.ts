// The "mandatory when" and "valid only when" sentences of the request tables, one function per table.
//
// A field that is present has its documented type when these run. Where the documents contradict the running service
// (http credentials of table 31, `value` of Exists in table 24), the running service decides.
import { asList, asObject, asText, type JsonObject } from './json.ts';

function absent(value: JsonObject, keys: readonly string[], when: string): readonly string[] {
  return keys.filter((key) => value[key] === undefined).map((key) => `${key}: is mandatory when ${when}`);
}

/** Table 31. */
export function sourceConditions(source: JsonObject): readonly string[] {
  if (source.kind === 'code') return [];
  return absent(source, ['url', 'storage'], 'kind is package or image');
}

/** Tables 5 and 6. */
export function storageConditions(storage: JsonObject): readonly string[] {
  const type = asText(storage.type);
  const key = type === 'HostPath' ? 'path' : 'name';
  if (type === 'EmptyDir') return [];
  return absent(asObject(storage.parameters), [key], `type is ${type}`).map((line) => `parameters.${line}`);
}

/** Table 8. */
export function deployConditions(strategy: JsonObject): readonly string[] {
  if (strategy.type === 'RollingRelease')
    return absent(strategy, ['rolling_release'], 'type is RollingRelease');
  if (strategy.type === 'GrayRelease') return absent(strategy, ['gray_release'], 'type is GrayRelease');
  return [];
}

/** Table 10: its batch fields are flagged mandatory, but their text ties them to WEIGHT. */
export function grayConditions(gray: JsonObject): readonly string[] {
  if (gray.type === 'WEIGHT')
    return absent(gray, ['first_batch_weight', 'first_batch_replica', 'remaining_batch'], 'type is WEIGHT');
  return absent(gray, ['replica_surge_mode', 'rule_match_mode', 'rules'], 'type is CONTENT');
}

/** Table 23; the weight is documented as text, running services take and give a number. */
export function affinityConditions(affinity: JsonObject): readonly string[] {
  const weight = affinity.weight;
  if (weight === undefined) return [];
  if (typeof weight === 'string' && !/^[0-9]+$/.test(weight)) return ['weight: must be an integer'];
  const value = Number(weight);
  if (affinity.condition === 'required' && value !== 100)
    return ['weight: must be 100 when condition is required'];
  if (value < 1 || value > 100) return ['weight: must be from 1 to 100'];
  return [];
}

/** Table 24. */
export function expressionConditions(expression: JsonObject): readonly string[] {
  const operation = asText(expression.operation);
  if (operation === 'Exists' || operation === 'DoesNotExist') return [];
  return absent(expression, ['value'], `operation is ${operation}`);
}

/** Table 26. */
export function resourceConditions(resource: JsonObject): readonly string[] {
  return resource.type === 'cce' ? absent(resource, ['parameters'], 'type is cce') : [];
}

/** Table 30. */
export function stackConditions(stack: JsonObject): readonly string[] {
  const type = asText(stack.type);
  return stack.deploy_mode === 'virtualmachine' && !['Java', 'Tomcat', 'Nodejs'].includes(type)
    ? ['type: must be Java, Tomcat or Nodejs when deploy_mode is virtualmachine']
    : [];
}

/** Tables 32 and 33: the parameters are for builds that have no id yet. */
export function buildConditions(build: JsonObject): readonly string[] {
  if (build.id !== undefined || build.parameters === undefined) return [];
  return absent(asObject(build.parameters), ['cluster_id'], 'the build has no id').map(
    (line) => `parameters.${line}`,
  );
}

/** Table 36. */
export function tolerationConditions(toleration: JsonObject): readonly string[] {
  const operator = toleration.operator;
  const problems: string[] = [];
  if (operator === 'Equal') problems.push(...absent(toleration, ['key', 'value'], 'operator is Equal'));
  if (operator === 'Exists' && asText(toleration.value) !== '')
    problems.push('value: cannot be specified when operator is Exists');
  if (toleration.toleration_seconds !== undefined && toleration.effect !== 'NoExecute')
    problems.push('toleration_seconds: can be set only when effect is NoExecute');
  return problems;
}

/** Table 37. */
export function updateConditions(strategy: JsonObject): readonly string[] {
  const deadline = strategy.progress_deadline_seconds;
  const ready = Number(strategy.min_ready_seconds ?? 0);
  return deadline !== undefined && Number(deadline) <= ready
    ? ['progress_deadline_seconds: must be greater than min_ready_seconds']
    : [];
}

/** Table 38: "In multi-container mode, only images are supported". */
export function containerConditions(container: JsonObject): readonly string[] {
  return asObject(container.source).kind === 'image'
    ? []
    : ['source.kind: must be image in a multi-container component'];
}

/** Table 3, `mesher`. */
export function bodyConditions(body: JsonObject): readonly string[] {
  const nodejs = asObject(body.runtime_stack).type === 'Nodejs';
  const cse = asList(body.refer_resources).some((resource) => asObject(resource).type === 'cse');
  return nodejs && cse ? absent(body, ['mesher'], 'a Nodejs component is bound to a CSE engine') : [];
}
