import { startEmbeddedKube } from '../support/embedded-kube.ts';
import { describeDrift } from './drift.ts';

describeDrift('embedded', startEmbeddedKube);
