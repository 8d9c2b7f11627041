// A model of the operator: its real judgement (decide, remember, recall) and its real patches, driven step by step over a
// cluster, a cloud and clocks that are plain data. `explore` looks at every order of events within bounds; `restOf` lets one
// world run to its end. The face of the folder beside it.
export {
  type Exploration,
  type Explored,
  explore,
  type Finding,
  type Rest,
  restOf,
} from './drive/explore.ts';
export { statusOf } from './drive/judge.ts';
export { keyOf } from './drive/key.ts';
export { annotated, deleted, edited } from './drive/kube.ts';
export { type Bounds, freeMoves, type Menu, type Move } from './drive/moves.ts';
export { PROMISED, PROMISED_MENU } from './drive/promised.ts';
export { newWorld, START_VERSION, type World, type WorldOptions } from './drive/state.ts';
export { VARIANTS } from './drive/variants.ts';
export { type Walked, walk } from './drive/walk.ts';
