// The conformance suite against a real kube-apiserver: the proof that its rows say what Kubernetes does.
import { describe, it } from 'vitest';
import { realApiServerAvailability, startRealApiServer } from '../e2e/real-apiserver.ts';
import { describeConformance } from './conformance.ts';

const available = realApiServerAvailability();

if (available.kind === 'none' && !available.required) {
  console.warn(`conformance not run against a real API server: ${available.reason}`);
  describe('a real kube-apiserver', () => {
    it.skip(`is not available here: ${available.reason}`);
  });
} else {
  describeConformance('a real kube-apiserver', async () => {
    const server = await startRealApiServer();
    return { url: server.url, token: server.adminToken, ca: server.caPem, stop: () => server.stop() };
  });
}
