// The crash sweep as part of every test run: a kill at every call of every scenario, in all three moments. A violation prints
// the scenario, the call and the moment; replay it with `npm run sweep -- --scenario NAME --kind KIND --point CALL`.
import { SCENARIOS } from './scenarios.ts';
import { describeSweep } from './sweep-suite.ts';

describeSweep(
  'whatever call the operator dies at, one cause leads to at most one accepted call and nothing is lost',
  SCENARIOS,
  { kinds: ['kill'] },
);
