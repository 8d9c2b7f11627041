// The promise, added up from the simulator's journal: one cause, at most one accepted modify call.
import type { JournalEntry } from '../../fakes/simulator/index.ts';
import { puts } from '../actions.ts';
import type { Stage } from '../stage.ts';
import { step } from '../step.ts';

interface Row {
  readonly what: string;
  readonly wanted: { readonly sent: number; readonly accepted: number };
  readonly calls: readonly JournalEntry[];
}

export const summaryStep = step({
  title: 'Causes and modify calls, added up',
  why: 'The promise of this operator is "one cause, at most one accepted modify call, whatever crashes"; the journal of the service is the witness.',
  run: async (stage) => {
    const rows = rowsOf(stage);
    const accepted = (calls: readonly JournalEntry[]) => calls.filter((call) => call.accepted);
    const cells = rows.map(({ what, calls }, index) => [
      String(index + 1),
      what,
      String(calls.length),
      String(accepted(calls).length),
      calls.map(({ version, status }) => `${version} (${status || 'no answer'})`).join(', ') || '-',
    ]);
    const all = puts(stage);
    const total = ['', 'together', String(all.length), String(accepted(all).length), ''];
    stage.screen.label("modify calls in the simulator's journal");
    stage.screen.table([['#', 'CAUSE', 'SENT', 'ACCEPTED', 'VERSION (ANSWER)'], ...cells, total]);
    const unchecked = stage.api.unsupportedRules.length;
    if (unchecked > 0)
      stage.screen.say(`${unchecked} rules of the schema are checked only by a real Kubernetes API server.`);
    return { rows, all };
  },
  expect: {
    'no cause has more than one accepted modify call': ({ rows }) =>
      rows.every(({ calls }) => calls.filter((call) => call.accepted).length <= 1),
    'every cause has exactly the calls that it should have': ({ rows }) =>
      rows.every(
        ({ wanted, calls }) =>
          calls.length === wanted.sent && calls.filter((call) => call.accepted).length === wanted.accepted,
      ),
    'no version was accepted twice': ({ all }) => {
      const versions = all.filter((call) => call.accepted).map((call) => call.version);
      return new Set(versions).size === versions.length;
    },
  },
});

/** Each cause with the calls that the service saw between it and the next cause. */
function rowsOf({ ledger, ...stage }: Stage): readonly Row[] {
  return ledger.map(({ what, sent, accepted, mark }, index) => {
    const end = ledger[index + 1]?.mark ?? Number.POSITIVE_INFINITY;
    const calls = puts({ ledger, ...stage }).filter(({ seq }) => seq > mark && seq <= end);
    return { what, wanted: { sent, accepted }, calls };
  });
}
