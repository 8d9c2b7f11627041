// The conformance suite against a real kube-apiserver: the proof that its rows say what Kubernetes does.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { realApiServerAvailability, startRealApiServer } from '../e2e/real-apiserver.ts';
import { describeConformance } from './conformance.ts';

const COMPACTION_SECONDS = 4;
const available = realApiServerAvailability();

if (available.kind === 'none' && !available.required) {
  console.warn(`conformance not run against a real API server: ${available.reason}`);
  describe('a real kube-apiserver', () => {
    it.skip(`is not available here: ${available.reason}`);
  });
} else {
  describeConformance('a real kube-apiserver', async () => {
    // Without the gate pages are served from snapshots in memory and outlive the compaction of the store.
    const flags = [
      `--etcd-compaction-interval=${COMPACTION_SECONDS}s`,
      '--feature-gates=ListFromCacheSnapshot=false',
    ];
    const server = await startRealApiServer({ flags });
    return {
      url: server.url,
      token: server.adminToken,
      ca: server.caPem,
      // Compacted is what was there one interval before; two more intervals are sure to pass it.
      compact: () => sleep(3 * COMPACTION_SECONDS * 1_000),
      stop: () => server.stop(),
    };
  });
}
