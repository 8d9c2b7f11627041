import { startEmbeddedKube } from '../support/embedded-kube.ts';
import { describeScenarios } from './scenarios.ts';

describeScenarios('embedded', startEmbeddedKube);
