// The judgement: what to do next about one resource, from what is known. Rules in order, the first that answers wins.
//
// Promises: pure (no I/O, clock or randomness); asked twice with the same facts it answers the same; at most one write per
// answer; a request to the cloud leaves only as `send`, and `send` follows only from a durable intent (rules/intent.ts)
// or, for the repeatable DELETE, from a fresh look (rules/deletion.ts).
import type { Decision, Facts } from './facts.ts';
import { untoldJobs } from './rules/attribution.ts';
import { deletion } from './rules/deletion.ts';
import { settleIntent } from './rules/intent.ts';
import { followJob } from './rules/job.ts';
import { modifyWhenDue } from './rules/modify.ts';
import { ownership } from './rules/ownership.ts';
import { holdWhilePaused, showPause } from './rules/paused.ts';
import { scaleWhenDue } from './rules/scale.ts';
import { settled } from './rules/settled.ts';
import { unreadableStatus } from './rules/unreadable.ts';
import { warnings } from './rules/warnings.ts';

type Rule = (facts: Facts) => Decision | undefined;

const RULES: readonly Rule[] = [
  unreadableStatus, // a status that somebody else changed is no basis for anything
  settleIntent, //     an open call first: send it, judge it, or find it again
  deletion, //         then a deletion, which needs nothing but a settled intent
  showPause, //        a pause is shown at once
  followJob, //        a running job is followed, also while paused
  holdWhilePaused, //  nothing new starts while paused
  ownership, //        nothing is done for a component that is somebody else's
  holdFinalizer, //    our mark, before the first call
  untoldJobs, //       jobs that may be ours are told before their operation is forgotten
  warnings, //         what the spec says that will probably not do what it seems to
  modifyWhenDue, //    the heart: one cause, one call
  scaleWhenDue, //     the instance count, an operation of its own
];

/** What to do next. `rest` ends the pass. */
export function decide(facts: Facts): Decision {
  if (!facts.leading) return { kind: 'rest', ms: undefined, why: 'not the leader' };
  for (const rule of RULES) {
    const decision = rule(facts);
    if (decision !== undefined) return decision;
  }
  return settled(facts);
}

function holdFinalizer({ resource }: Facts): Decision | undefined {
  return resource.hasFinalizer ? undefined : { kind: 'finalizer', change: 'add', notes: [] };
}
