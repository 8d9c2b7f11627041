import { describe, it } from 'vitest';
import { describeSecrecy } from '../scenario/secrecy.ts';
import { realKubeMissing, startRealKube } from '../support/real-kube.ts';

const missing = realKubeMissing();
if (missing === undefined) describeSecrecy('real', startRealKube);
else describe('secrecy on the real API server', () => it.skip(missing, () => undefined));
