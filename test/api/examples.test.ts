import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseSpec } from '../../src/api/component.ts';
import { SEED_SPEC } from './seed-example.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'deploy', 'examples');

describe('the examples', () => {
  const documents = readdirSync(EXAMPLES)
    .filter((file) =>
      /^(vm-jar|container-image|code-build|gray-release|multi-container|secret-values|secret)\.yaml$/.test(
        file,
      ),
    )
    .flatMap((file) =>
      parseAllDocuments(readFileSync(join(EXAMPLES, file), 'utf8')).map((document) => ({
        file,
        ...document.toJS(),
      })),
    );

  test('are seven files', () => expect(new Set(documents.map(({ file }) => file)).size).toBe(7));

  test.each(documents.filter(({ kind }) => kind === 'ServiceStageComponent'))(
    '$file is valid, gives no warning and has no unknown field',
    ({ spec }) => expect(parseSpec(spec)).toEqual({ kind: 'ok', spec, warnings: [] }),
  );

  test('vm-jar.yaml is the example of the API page', () => {
    expect(documents.find(({ file }) => file === 'vm-jar.yaml')?.spec).toEqual(SEED_SPEC);
  });

  test('hold placeholders instead of secrets', () => {
    const values = documents
      .filter(({ kind }) => kind === 'Secret')
      .flatMap(({ stringData }) => Object.values(stringData));
    expect(values.every((value) => String(value).startsWith('PLACEHOLDER-'))).toBe(true);
  });
});
