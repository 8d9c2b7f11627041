// All pairs of kills of a first apply: the second one at every call of the process that recovers from the first.
import { SCENARIOS } from './scenarios.ts';
import { describeSweep } from './sweep-suite.ts';

describeSweep(
  'whatever call the operator dies at, and whatever call the next one dies at while it recovers',
  SCENARIOS.filter(({ name }) => name === 'first apply'),
  { kinds: ['kill'], pairs: Number.POSITIVE_INFINITY },
);
