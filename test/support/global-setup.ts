// Before any suite: the real API server and the judges are built once (minutes on a bare machine, nothing afterwards), so
// that no suite has to wait for it inside a time limit.
import {
  buildJudges,
  buildRealApiServer,
  judgesAvailability,
  realApiServerAvailability,
} from '../e2e/real-apiserver.ts';

export async function setup(): Promise<void> {
  if (realApiServerAvailability().kind !== 'none') await buildRealApiServer();
  if (judgesAvailability().kind !== 'none') await buildJudges();
}
