import { startEmbeddedKube } from '../support/embedded-kube.ts';
import { describeAmbiguous } from './recovery-ambiguous.ts';

describeAmbiguous('embedded', startEmbeddedKube);
