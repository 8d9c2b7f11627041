// The sweep with two operators that both believe that they lead: one stands still at a call, another does the work meanwhile.
import { SCENARIOS } from './scenarios.ts';
import { describeSweep } from './sweep-suite.ts';

/** The others are swept by `npm run sweep -- --kind pause` and `--kind race`. */
const SWEPT: ReadonlySet<string> = new Set([
  'first apply',
  'update',
  'update during a job',
  'force token',
  'delete, Delete',
]);

describeSweep(
  'whatever call an operator stands still at while another one works, it does nothing stale when it wakes up',
  SCENARIOS.filter(({ name }) => SWEPT.has(name)),
  { kinds: ['pause', 'race'] },
);
