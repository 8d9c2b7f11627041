import { describe, it } from 'vitest';
import { describeBadInput } from '../scenario/bad-input.ts';
import { realKubeMissing, startRealKube } from '../support/real-kube.ts';

const missing = realKubeMissing();
if (missing === undefined) describeBadInput('real', startRealKube);
else describe('bad input on the real API server', () => it.skip(missing, () => undefined));
