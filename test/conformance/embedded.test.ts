// The conformance suite against the embedded server.
import { startEmbeddedApi } from '../fakes/embedded/index.ts';
import { describeConformance } from './conformance.ts';

describeConformance('the embedded API server', async () => {
  const api = await startEmbeddedApi();
  return { url: api.url, compact: async () => api.compact(), stop: api.stop };
});
