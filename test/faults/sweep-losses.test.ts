// The sweep without a crash: every call or its answer is lost, every write meets three conflicts in a row, and the API server
// is away for five minutes from every call on.
import { SCENARIOS } from './scenarios.ts';
import { describeSweep } from './sweep-suite.ts';

describeSweep(
  'whatever call is cut off, refused or not answered, one cause leads to at most one accepted call',
  SCENARIOS,
  { kinds: ['drop', 'conflict', 'away'] },
);
