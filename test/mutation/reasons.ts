// Why a mutant may survive. A row fits a mutant of its file whose text (`original -> replacement`, white space as one blank)
// holds the row's `mutant`; a row that fits nothing any more is reported, so that the table does not grow stale.

export interface Reason {
  readonly file: string;
  readonly mutant: string;
  readonly reason: string;
}

const NARROWS = 'Narrows a type: what it rules out does not get here.';
const HARMLESS = 'A default for a list that is absent: the entry that the mutant invents matches nothing.';
const OMITS =
  'Keeps a member out of an object instead of writing it as undefined; whoever reads it treats both alike.';
const LOADED =
  'Noticed by tests that build their status while they are loaded; such code is judged here only by what runs later.';
const TWICE = 'The check is made once more behind it, with the same result.';
const ASKED = 'needComponent and needJob ask for the account first and give the same decision.';
const GRANTED = 'Judged by the exploration and the scenarios of the recovery, which do not count here.';

function of(
  folder: string,
  rows: Readonly<Record<string, readonly (readonly [string, string])[]>>,
): Reason[] {
  return Object.entries(rows).flatMap(([name, pairs]) =>
    pairs.map(([mutant, reason]) => ({ file: `src/core/${folder}${name}.ts`, mutant, reason })),
  );
}

const JUDGEMENT = of('', {
  attribute: [
    [
      'component.lastJobId !== undefined -> true',
      'Without a last job the function gives undefined either way.',
    ],
    [
      '(record) => record.jobIds -> () => undefined',
      'A recorded newer job is a newer record, which rules a scale out two lines below.',
    ],
    [
      'newerSeen(evidence).filter((id) => !recorded.has(id)) -> newerSeen(evidence)',
      'A recorded newer job is a newer record, which rules a scale out two lines below.',
    ],
    ['baselineJobId !== undefined -> true', NARROWS],
    ['[] -> ["Stryker was here"]', HARMLESS],
    ['baselineJobId === undefined -> false', HARMLESS],
  ],
  body: [['[] -> ["Stryker was here"]', HARMLESS]],
  causes: [
    ['=== undefined -> false', OMITS],
    [
      'value === undefined -> false',
      'An absent annotation is clipped to an absent token and equals an absent echo.',
    ],
    ['operation?.type -> operation.type', NARROWS],
    ['token === undefined -> false', OMITS],
    [
      'base.secretDigest === undefined -> false',
      'A base without digest has no key either, so the comparison of the keys rules it out.',
    ],
  ],
  conditions: [
    ['[] -> ["Stryker was here"]', HARMLESS],
    ['drift === undefined -> false', OMITS],
    ["findCondition(status, 'Ready')?.message -> ", TWICE],
  ],
  convert: [
    ["shape.order !== 'atomic' -> true", 'Keys and set order are only asked for where a list has them.'],
    [
      "case 'number': return value as Json; -> case 'number':",
      'Falls to the next case, which gives back what is no object.',
    ],
    ["case 'object'", 'Falls to the case of one or many, which treats one object alike.'],
    ['wire === undefined -> false', 'A field without a wire name is never in a body.'],
    ['entry !== undefined -> true', 'JSON leaves out what is undefined.'],
    [
      'one < other',
      'Either half of the comparison sorts by itself: keys are distinct and the sort is stable.',
    ],
    [
      'one > other',
      'Either half of the comparison sorts by itself: keys are distinct and the sort is stable.',
    ],
  ],
  decide: [],
  'diff-fields': [
    ['other === undefined -> false', NARROWS],
    ["rule.compare === 'never' -> false", 'What is never compared holds nothing that is write-only.'],
    [
      "shape.kind === 'object'",
      'Only objects and lists of objects hold fields; the shape and the value say the same.',
    ],
    [
      "shape.kind !== 'list'",
      'Only objects and lists of objects hold fields; the shape and the value say the same.',
    ],
    [
      "shape.item.kind !== 'object'",
      'Only objects and lists of objects hold fields; the shape and the value say the same.',
    ],
    [
      '!Array.isArray(value)',
      'Only objects and lists of objects hold fields; the shape and the value say the same.',
    ],
  ],
  diff: [
    [
      '[desired] -> []',
      'Only deploy_strategy holds one or many, and it is never compared; the case is there for the switch.',
    ],
    [
      '[remote] -> []',
      'Only deploy_strategy holds one or many, and it is never compared; the case is there for the switch.',
    ],
    ['byName.get(name)?.wire', NARROWS],
    ['rule.ofUser?.', NARROWS],
    [
      "rule.compare === 'writeOnly' -> false",
      'GET never shows what is write-only, so nothing is left of it.',
    ],
    ["shape.item.kind !== 'object' -> false", NARROWS],
    [
      "case 'either'",
      'Only deploy_strategy holds one or many, and it is never compared; the case is there for the switch.',
    ],
    [
      '{ const both',
      'Only deploy_strategy holds one or many, and it is never compared; the case is there for the switch.',
    ],
    [
      '[desired].flat()',
      'Only deploy_strategy holds one or many, and it is never compared; the case is there for the switch.',
    ],
    [
      '[remote].flat()',
      'Only deploy_strategy holds one or many, and it is never compared; the case is there for the switch.',
    ],
    [
      "{ kind: 'object', table: shape.table }",
      'Only deploy_strategy holds one or many, and it is never compared; the case is there for the switch.',
    ],
    [
      "order: 'atomic', keys: []",
      'Only deploy_strategy holds one or many, and it is never compared; the case is there for the switch.',
    ],
    [
      '{ pointer: at, kind: kindOf(remote) } -> {}',
      'The only numbers are weights of entries without keys, where a difference is counted and not told.',
    ],
    ['[] -> ["Stryker was here"]', HARMLESS],
    ['table === COMPONENT_SHAPE -> true', 'Only the component has a config_mode.'],
    ["differences.some(({ kind }) => kind === 'removed')", 'The function has no caller.'],
    ['!isFields(desired) -> false', 'What is no object has no keys.'],
    [
      '[...desired, ...remote].some(isFields)',
      'A list of the tables holds either objects or values, never both.',
    ],
  ],
  fit: [
    ['({ fields, ...rest })', 'No test fills a status so far that this step is reached.'],
    ['(remote) =>', 'No test fills a status so far that this step is reached.'],
    ['(applied) =>', 'No test fills a status so far that this step is reached.'],
    ['->', LOADED],
  ],
  'diff-rules': [
    [
      "['protocol', 'address', 'forward_port'] -> []",
      'Without keys an address is the same only when nothing differs, which its three keys say as well.',
    ],
  ],
  time: [['text === undefined -> false', 'What is absent is no date either.']],
  digest: [
    ['text === undefined -> false', 'JSON is always representable; the error is for a broken library.'],
    ['throw new TypeError', 'JSON is always representable; the error is for a broken library.'],
  ],
  drift: [
    ['=== undefined', OMITS],
    ['notApplied.length === 0 -> false', OMITS],
    ['[] -> ["Stryker was here"]', HARMLESS],
  ],
  hidden: [
    ["typeof value === 'object' -> true", 'A value that is no object has no members.'],
    ['/\\s+/', 'More and empty words, and only long words count.'],
    ['/[\\s', 'More and empty words, and only long words count.'],
    ['?.split', NARROWS],
    ['.exec(text)?.[1]', NARROWS],
  ],
  history: [
    ['=== undefined', OMITS],
    ['->', LOADED],
    ['operation.replica === undefined -> false', OMITS],
    ['[] -> ["Stryker was here"]', HARMLESS],
  ],
  identity: [
    ["COMPONENT_SHAPE.byName.get('runtimeStack')", NARROWS],
    ['shape?.kind', NARROWS],
    ['throw new TypeError', 'runtimeStack is a table; the error is for a broken table.'],
    ['wire === undefined', 'Every field of the runtime stack has a wire name.'],
    ['[] -> ["Stryker was here"]', 'Every field of the runtime stack has a wire name.'],
  ],
  memory: [
    ['id !== undefined -> true', 'Without operation nothing is watched.'],
    ['operation?.', NARROWS],
  ],
  'named-path': [
    ['[] -> ["Stryker was here"]', HARMLESS],
    ['/[^A-Za-z0-9_]+/', 'More and empty words, and no field has an empty name.'],
  ],
  overwritten: [
    ['[] -> ["Stryker was here"]', HARMLESS],
    [
      'first !== undefined',
      'A time that cannot be read is no number, and no number is within an hour of it.',
    ],
    [
      'second !== undefined',
      'A time that cannot be read is no number, and no number is within an hour of it.',
    ],
  ],
  wire: [
    ['typeof node', NARROWS],
    ['node === null -> false', NARROWS],
    ['value === null -> false', NARROWS],
    ["spec.kind === 'invalid' -> false", NARROWS],
    ['lastApplied?.specDigest', NARROWS],
    ['ignoreDifferences.length === 0 -> false', 'Nothing ignored gives the same comparison once more.'],
    ["typeof value !== 'object'", NARROWS],
    ['[] -> ["Stryker was here"]', 'Bodies hold no null where a Secret is filled in.'],
  ],
});

const RULES = of('rules/', {
  approach: [
    ["account.kind === 'do' -> false", ASKED],
    ['newest === undefined -> false', 'Without a job of ours none is older than ours.'],
    ['lastJobId === newest -> false', 'Our newest job is neither among the older ones nor its own baseline.'],
    ['[] -> ["Stryker was here"]', HARMLESS],
  ],
  attribution: [
    ['[] -> ["Stryker was here"]', HARMLESS],
    [
      'facts.memory.firstSeenMono',
      'Later than the settle either way: an outcome is given up only long after it.',
    ],
  ],
  check: [
    ["account.kind === 'do' -> false", ASKED],
    ['desired.intervalMs * (0.9', 'Another spread of the same width.'],
    ['.filter((base) => base !== undefined)', 'At rest there is always something to compare with.'],
    ['base !== undefined -> true', 'At rest there is always something to compare with.'],
    ["comparison.kind === 'unknown' -> false", NARROWS],
    ['synced?.', 'Synced is written by the comparison that comes before.'],
    ['told?.', NARROWS],
    ['next.remote?.', 'The look has just written it.'],
    ['state !== before.remote?.componentStatus', 'Follows from the two lines after it.'],
    ["state !== 'RUNNING' -> true", 'Follows from the two lines around it.'],
    ['before.remote?.componentStatus', NARROWS],
    [
      'findCondition(resource.status, type)?.lastTransitionTime',
      'Both conditions exist while a component is followed.',
    ],
    ['times.filter((time) => time !== undefined)', 'Both conditions exist while a component is followed.'],
    ['time !== undefined -> true', 'Both conditions exist while a component is followed.'],
    ['known.length === 0 -> false', 'Both conditions exist while a component is followed.'],
    ["spec.kind === 'invalid' -> false", 'An invalid spec is answered by rules/modify.ts before.'],
  ],
  conclusion: [
    ['pointers.slice(0, 5) -> pointers', 'Only shortens a text.'],
    ['job === undefined -> false', OMITS],
    ['result === undefined -> false', OMITS],
    ['after.operation?.generation', 'An ended operation stays in the status.'],
    ['status.lastApplied?.version', NARROWS],
    ['operation === undefined -> false', 'An ended operation stays in the status.'],
    ['operation?.generation', 'An ended operation stays in the status.'],
    ["shown[0] !== 'inForce'", 'For what is not in force both ways give the generation of the operation.'],
  ],
  deletion: [
    ["resource.status.operation?.type === 'Delete' -> false", 'A deletion has no job to follow.'],
    ["case 'unknown'", 'Falls to the next case, which does the same.'],
    ['operation === undefined -> false', 'An answer is only taken for the operation that the status has.'],
  ],
  intent: [
    ["case 'accepted'", 'Unreachable: an accepted call is answered before the switch.'],
    [
      '{ jobId: outcome.jobId, requestId: outcome.requestId } -> {}',
      'Unreachable: an accepted call is answered before the switch.',
    ],
    ['prepared === undefined -> false', 'The caller has seen that there is a prepared request.'],
    ["lookup.value.kind === 'found' -> true", 'A lookup that found nothing has no value.'],
  ],
  job: [
    ['operation.jobId === undefined -> false', 'A submitted operation has a job.'],
    ["decision.kind !== 'rest'", 'The only caller hands in a wait or a write.'],
    ["decision.kind !== 'write'", 'The only caller hands in a wait or a write.'],
    ["lookup.value.kind === 'found' -> true", 'A lookup that found nothing has no value.'],
    ['jobId === undefined -> false', 'A submitted operation has a job.'],
    ['[] -> ["Stryker was here"]', 'A submitted operation has a job.'],
  ],
  modify: [
    ['{ restMs: undefined', 'Without a time the pass ends as well; the other member is a word for the log.'],
    ['operation.notBefore === undefined -> false', 'An absent time gives no wait.'],
    ['compareWithSpec(facts, component, account)?.length', 'The same body has just been built.'],
    ['due.token === undefined -> false', 'A cause without token has no echo.'],
    ['status.operation?.attempt', NARROWS],
    ['operation?.failure', NARROWS],
    ['writing.remote === undefined -> false', 'Every caller has looked at the component.'],
  ],
  operation: [['job.recovered === undefined -> false', OMITS]],
  ownership: [
    ['-1 -> +1', 'A contested component has exactly two entries.'],
    ['[] -> ["Stryker was here"]', HARMLESS],
  ],
  paused: [
    ['held.conditions?.length', NARROWS],
    ['status.conditions?.length', NARROWS],
  ],
  recovery: [
    ["account.kind === 'do' -> false", ASKED],
    ['[] -> ["Stryker was here"]', HARMLESS],
    ["findCondition(status, 'Stalled')", 'The stall is shown by rules/settled.ts before.'],
    ['lastJobId === undefined -> false', NARROWS],
    [
      "scaleDue(facts.resource, desired).kind === 'held' -> true",
      'Another count is a cause of its own, which comes before.',
    ],
    [
      'desired.specDigest === operation.specDigest -> true',
      'Another spec is a cause of its own, which comes before.',
    ],
    ['entry.jobId === id -> true', 'Each job is looked for once more when it is told.'],
    ['?.', NARROWS],
    ['firstEqual !== undefined', 'A look that was never made is no number, and no time has passed since.'],
    ['desired !== undefined', NARROWS],
    ['step === undefined', GRANTED],
    ["spec.kind === 'valid' -> true", 'An invalid spec has no desired state, which gives undefined as well.'],
    ['scaleDue(facts.resource, desired).kind', GRANTED],
    ['desired.specDigest === operation.specDigest', GRANTED],
  ],
  refusal: [
    ['operation.token === undefined -> false', NARROWS],
    ['episode === undefined -> false', 'A drift that was sent has an episode.'],
  ],
  revert: [
    ['status.drift?.episode', NARROWS],
    ['resource.status.drift === undefined', NARROWS],
    ['[] -> ["Stryker was here"]', NARROWS],
    ['fields.slice(0, 5) -> fields', 'Only shortens a text.'],
  ],
  scale: [
    ["resource.spec.kind === 'invalid' -> false", 'An invalid spec is answered by rules/modify.ts before.'],
    [
      "reads.account?.kind === 'ok' -> false",
      'The rule before has let pass only what the Secrets do not change.',
    ],
    ['due.token === undefined -> false', OMITS],
    ['status.lastApplied?.replica', 'The rule comes after a modify that is in force.'],
    ['{ generation } -> {}', 'The rule comes after a modify that is in force.'],
  ],
  settled: [
    ["spec.kind === 'invalid' -> false", 'An invalid spec is answered by rules/modify.ts before.'],
    ['base.lastApplied !== undefined -> true', 'What is in force was applied.'],
    [
      "reads.account?.kind === 'ok' -> false",
      'The rule before has let pass only what the Secrets do not change.',
    ],
    [
      "facts.reads.account?.kind === 'ok' -> false",
      'The rule before has let pass only what the Secrets do not change.',
    ],
  ],
  steps: [
    ['memory === undefined -> false', OMITS],
    ['restMs === undefined -> false', OMITS],
    ['[] -> ["Stryker was here"]', 'Notes are given where a test looks at them.'],
    ['operation !== undefined -> true', NARROWS],
    ['?.', NARROWS],
  ],
  unreadable: [
    ['{ restMs: undefined', 'Without a time the pass ends as well; the other member is a word for the log.'],
    [
      'operation === undefined -> false',
      'There is always one: the open one or the attempt that was never made.',
    ],
  ],
});

const ELSEWHERE = 'Not judged by a unit test; the scenarios go that way.';
const UNJUDGED = 'Not judged here:';

/** Looked at one by one in the report of a full run. */
const LOOKED_AT = [
  ...of('', {
    causes: [
      [
        "cause === 'Reset'",
        `${UNJUDGED} a revert of drift whose outcome stays unknown, with Resubmit; the mutant stalls instead of sending.`,
      ],
      ["operation.cause === 'Drift' -> false", ELSEWHERE],
    ],
    conditions: [
      ["c.type === 'Synced' -> true", ELSEWHERE],
      [
        "status.operation?.phase === 'Intent' -> false",
        'An intent is open for a moment; a pause is shown before or after it.',
      ],
    ],
    'diff-fields': [
      ['alias(key) ?? key -> alias(key) && key', 'A key that no table knows has no row under either name.'],
      [
        "key === 'config_id' -> false",
        `${UNJUDGED} an answer with the spelling that was not sent; the key then counts as absent.`,
      ],
      [
        "key === 'conifg_id' -> true",
        'Asked for keys without a row only; of these none but the two has an alias that a table knows.',
      ],
    ],
    drift: [
      ['.slice(0, NOT_APPLIED)', 'A bound of the status, larger than what a comparison of the tests finds.'],
    ],
    text: [
      ['end > 0 -> true', 'A text longer than its bound never consists of continuation bytes alone.'],
      ['end > 0 -> end >= 0', 'A text longer than its bound never consists of continuation bytes alone.'],
    ],
    wire: [["built.kind === 'ok' -> true", 'A body that cannot be built was refused by prepareBody before.']],
  }),
  ...of('rules/', {
    accepted: [
      ['[] -> ["Stryker was here"]', 'A status of an unknown outcome always has conditions.'],
      ["operation?.type !== 'Modify' -> false", 'A scale has no bodyWasLive, which the next line asks for.'],
      ['?.', NARROWS],
      [
        "lastJob?.kind === 'found' -> true",
        `${UNJUDGED} a reset when the last job is forgotten; the mutant fails aloud.`,
      ],
      [
        'account',
        'Equal means equal with the values of the Secrets; only values that the service does not show could differ.',
      ],
      ["adopted.kind !== 'write'", NARROWS],
      ['operation === undefined -> false', NARROWS],
      ['=== undefined -> false', OMITS],
      ['lastApplied === undefined', OMITS],
    ],
    intent: [
      [
        "operation.type === 'Scale' -> true",
        `${UNJUDGED} a modify that is refused while the component is FAILED.`,
      ],
    ],
    steps: [
      ["spec.kind === 'invalid' -> false", 'An invalid spec is told before anything is read.'],
      ['status.observedGeneration !== generation -> false', ELSEWHERE],
      ["scaleDue(resource, spec.desired).kind !== 'due' -> true", ELSEWHERE],
      ['false -> true', 'Used only in the words of failures that always have a reason to last.'],
    ],
    warnings: [
      ['unseen', `${UNJUDGED} the example of the unit tests has no field that the service does not show.`],
      [
        'writeOnlyPointers',
        `${UNJUDGED} the example of the unit tests has no field that the service does not show.`,
      ],
      ['[] -> ["Stryker was here"]', 'The tests look for the words of the policy and find no others.'],
    ],
  }),
];

export const REASONS: readonly Reason[] = [...JUDGEMENT, ...RULES, ...LOOKED_AT];
