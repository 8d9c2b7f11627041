import { startEmbeddedKube } from '../support/embedded-kube.ts';
import { describeAssumptions } from './assumptions.ts';

describeAssumptions('embedded', startEmbeddedKube);
