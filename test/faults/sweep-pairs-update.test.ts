// All pairs of kills of an update: the second one at every call of the process that recovers from the first.
import { SCENARIOS } from './scenarios.ts';
import { describeSweep } from './sweep-suite.ts';

describeSweep(
  'whatever call the operator dies at, and whatever call the next one dies at while it recovers',
  SCENARIOS.filter(({ name }) => name === 'update'),
  { kinds: ['kill'], pairs: Number.POSITIVE_INFINITY },
);
