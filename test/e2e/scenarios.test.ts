import { describe, it } from 'vitest';
import { describeScenarios } from '../scenario/scenarios.ts';
import { realKubeMissing, startRealKube } from '../support/real-kube.ts';

const missing = realKubeMissing();
if (missing === undefined) describeScenarios('real', startRealKube);
else describe('scenarios on the real API server', () => it.skip(missing, () => undefined));
