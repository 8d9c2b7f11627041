import { startEmbeddedKube } from '../support/embedded-kube.ts';
import { describeBadInput } from './bad-input.ts';

describeBadInput('embedded', startEmbeddedKube);
