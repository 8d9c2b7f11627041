// Does in a folder what `docker build` does in an image, for machines without a container engine.
//
// Reads the steps from the Dockerfile itself, so the two cannot drift; an instruction that it does not know is an error.
// Assumes what our Dockerfile keeps to: RUN lines touch the working directory only (an absolute path would touch this
// machine, and is refused), and .dockerignore is a list of exceptions to `*`. The base image's own files are not there.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

export interface Instruction {
  readonly line: number;
  readonly name: string;
  readonly text: string;
}

/** What the last stage of the Dockerfile is. */
export interface Image {
  /** Folder that stands for `/`. */
  readonly root: string;
  readonly base: string;
  readonly workdir: string;
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
}

interface Stage extends Image {
  readonly name: string;
}

export interface BuildOptions {
  /** The build context: a folder with Dockerfile and .dockerignore. */
  readonly context: string;
  /** An empty folder for the stages. */
  readonly target: string;
  readonly say: (line: string) => void;
}

/** Runs the steps. Throws an Error that names the line of the Dockerfile at the first step that fails. */
export function buildImage(options: BuildOptions): Image {
  const instructions = parseDockerfile(readFileSync(join(options.context, 'Dockerfile'), 'utf8'));
  const stages: Stage[] = [];
  for (const instruction of instructions) {
    const startedMs = performance.now();
    try {
      step(stages, { instruction, options });
    } catch (error) {
      throw new Error(`Dockerfile line ${instruction.line}: ${(error as Error).message}`, { cause: error });
    }
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    options.say(`${seconds.padStart(6)} s  ${instruction.name} ${instruction.text}`);
  }
  return lastOf(stages);
}

/** Instructions in order, continued lines joined, comments dropped. */
export function parseDockerfile(text: string): readonly Instruction[] {
  const lines = text.split('\n').map((line, index) => ({ line: index + 1, text: line.trim() }));
  const kept = lines.filter((each) => each.text !== '' && !each.text.startsWith('#'));
  const joined: { line: number; text: string }[] = [];
  let open = false;
  for (const { line, text } of kept) {
    const piece = text.replace(/\\$/, '').trim();
    const previous = joined.at(-1);
    if (open && previous !== undefined) previous.text += ` ${piece}`;
    else joined.push({ line, text: piece });
    open = text.endsWith('\\');
  }
  return joined.map(({ line, text }) => {
    const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
    return { line, name: name.toUpperCase(), text: rest };
  });
}

/** Bytes of all files below a folder. */
export function sizeOf(folder: string): number {
  const files = globSync('**', { cwd: folder }).map((path) => statSync(join(folder, path)));
  return files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
}

interface StepInput {
  readonly instruction: Instruction;
  readonly options: BuildOptions;
}

function step(stages: Stage[], { instruction, options }: StepInput): void {
  const { name, text } = instruction;
  if (name === 'FROM') {
    stages.push(newStage(text, join(options.target, `stage-${stages.length}`)));
    return;
  }
  const stage = lastOf(stages);
  stages[stages.length - 1] = { ...stage, ...changeOf(stage, instruction) };
  if (name === 'WORKDIR') mkdirSync(join(stage.root, text), { recursive: true });
  if (name === 'COPY') copy(stage, { text, stages, options });
  if (name === 'RUN') run(stage, text);
}

function newStage(text: string, root: string): Stage {
  const [, base = '', name = ''] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(text) ?? [];
  mkdirSync(root, { recursive: true });
  return { root, base, name, workdir: '/', user: '0:0', env: {}, labels: {}, entrypoint: [] };
}

function changeOf(stage: Stage, { name, text }: Instruction): Partial<Stage> {
  switch (name) {
    case 'WORKDIR':
      return { workdir: text };
    case 'USER':
      return { user: text };
    case 'ENV':
      return { env: { ...stage.env, ...pairsOf(text) } };
    case 'LABEL':
      return { labels: { ...stage.labels, ...pairsOf(text) } };
    case 'ENTRYPOINT':
      return { entrypoint: JSON.parse(text) };
    case 'COPY':
    case 'RUN':
    case 'EXPOSE':
      return {};
    default:
      throw new Error(`instruction ${name} is not known to image-steps`);
  }
}

interface CopyInput {
  readonly text: string;
  readonly stages: readonly Stage[];
  readonly options: BuildOptions;
}

/** As in an engine, a folder gives its content, a file goes below a target that ends in a slash. */
function copy(stage: Stage, { text, stages, options }: CopyInput): void {
  const words = text.split(/\s+/);
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const [target = '', ...sources] = words.filter((word) => !word.startsWith('--')).reverse();
  const origin = from === undefined ? options.context : stages.find(({ name }) => name === from)?.root;
  if (origin === undefined) throw new Error(`no stage is called ${from}`);
  for (const source of sources) {
    if (from === undefined) checkInContext(options.context, source);
    const whole = join(origin, source);
    if (!existsSync(whole)) throw new Error(`${source} is not there`);
    const place = join(stage.root, target.startsWith('/') ? '' : stage.workdir, target);
    const into =
      statSync(whole).isDirectory() || !target.endsWith('/') ? place : join(place, basename(source));
    cpSync(whole, into, { recursive: true });
  }
}

function checkInContext(context: string, source: string): void {
  const rules = readFileSync(join(context, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => /^[^#\s]/.test(line));
  if (rules[0] !== '*' || rules.slice(1).some((rule) => !/^!\w[\w.-]*$/.test(rule)))
    throw new Error('.dockerignore must be "*" followed by exceptions of one name each');
  if (!rules.includes(`!${source.split('/')[0]}`)) throw new Error(`${source} is left out by .dockerignore`);
}

function run(stage: Stage, command: string): void {
  if (/(^|[\s='"])\//.test(command)) throw new Error('RUN with an absolute path would touch this machine');
  const cwd = join(stage.root, stage.workdir);
  const env = { ...process.env, ...stage.env };
  const done = spawnSync('sh', ['-c', command], { cwd, env, encoding: 'utf8', timeout: 300_000 });
  if (done.status !== 0) throw new Error(`${command} failed\n${done.stdout}${done.stderr}`);
}

function pairsOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)];
  return Object.fromEntries(pairs.map(([, name = '', quoted, plain]) => [name, quoted ?? plain ?? '']));
}

function lastOf(stages: readonly Stage[]): Stage {
  const stage = stages.at(-1);
  if (stage === undefined) throw new Error('an instruction before the first FROM');
  return stage;
}

if (import.meta.main) {
  const target = mkdtempSync(join(tmpdir(), 'servicestage-image-'));
  const image = buildImage({ context: ROOT, target, say: (line) => console.log(line) });
  const megabytes = (sizeOf(image.root) / 1e6).toFixed(1);
  console.log(`${megabytes} MB above the base image ${image.base}, in ${image.root}`);
  console.log(`start it with: cd ${join(image.root, image.workdir)} && ${image.entrypoint.join(' ')} --help`);
}
