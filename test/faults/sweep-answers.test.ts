// The sweep with every other answer to the open questions of the API: a smaller set of strikes, at the calls whose outcome
// has to be found again.
import { OTHER_ANSWERS } from './answers.ts';
import { CLOUD_WRITES } from './interceptor.ts';
import { SCENARIOS } from './scenarios.ts';
import { describeSweep } from './sweep-suite.ts';

for (const { name, settings, except = {} } of OTHER_ANSWERS) {
  describeSweep(
    `where ${name}`,
    SCENARIOS.filter((scenario) => except[scenario.name] === undefined),
    {
      settings,
      kinds: ['kill', 'drop'],
      only: ({ at, kind, moment }, call, prepared) =>
        at > prepared && CLOUD_WRITES.has(call) && (kind === 'kill' ? moment === 'acted' : call === 'modify'),
    },
  );
}
