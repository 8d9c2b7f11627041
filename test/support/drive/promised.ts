// The bounds that the submit protocol promises to hold against, in all orders.
import type { Bounds, Menu } from './moves.ts';
import { START_VERSION } from './state.ts';

/** What the model of the submit protocol promises to hold against, in all orders. */
export const PROMISED: Bounds = { edit: 2, crash: 2, lead: 1, console: 1, lose: 1, stale: 1 };

/** The second edit may also take the component back to where it was. */
export const PROMISED_MENU: Menu = {
  edits: [{ component: { version: '1.0.2' } }, { component: { version: START_VERSION } }],
  annotations: [{ 'servicestage.io/force-apply-at': 'a' }],
  console: [undefined, '9.9.9'],
};
