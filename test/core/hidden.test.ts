import { describe, expect, it } from 'vitest';
import { hiddenTexts } from '../../src/core/hidden.ts';

describe('hiddenTexts', () => {
  it.each([
    ['a plain variable', { envs: [{ name: 'A', value: 'secret-1' }] }, 'secret-1'],
    [
      'a variable of another container',
      { multiContainers: [{ envs: [{ name: 'A', value: 'secret-1' }] }] },
      'secret-1',
    ],
    ['one option of a command line', { jvmOpts: '-Xmx1g -Dpassword=secret-1' }, 'secret-1'],
    ['the command of a probe', { livenessProbe: { command: ['check', '--key', 'secret-1'] } }, 'secret-1'],
    ['a system setting', { sysConfig: { ['__proto__']: 'secret-1' } }, 'secret-1'],
    ['an input value', { inputValues: { a: 'secret-1' } }, 'secret-1'],
    ['a build parameter of any depth', { build: { parameters: { a: { b: ['secret-1'] } } } }, 'secret-1'],
    ['extraBody of any depth', { extraBody: { a: [{ b: 'secret-1' }] } }, 'secret-1'],
    ['a word of the workload', { workloadContent: 'a: 1\npassword: "secret-1"\n' }, 'secret-1'],
    ['a plain password', { source: { httpPassword: 'secret-1' } }, 'secret-1'],
    ['a plain header', { templateSource: { httpHeaders: [{ key: 'a', value: 'secret-1' }] } }, 'secret-1'],
    ['the user-info of a URL as written', { source: { url: 'https://u:p%40ssword@h/x' } }, 'p%40ssword'],
    ['the user-info of a URL decoded', { source: { url: 'https://u:p%40ssword@h/x' } }, 'p@ssword'],
    ['user-info that cannot be decoded', { source: { url: 'https://u:100%secret@h/x' } }, '100%secret'],
  ])('holds %s', (_name, component, text) => {
    expect(hiddenTexts(component, {})).toContain(text);
  });

  it('holds every value of a Secret, however short', () => {
    const secrets = { '/a': 'x', '/b': { h1: 'y', h2: '' } };
    expect(hiddenTexts({}, secrets)).toEqual(['x', 'y']);
  });

  it.each([
    ['the name of a variable', { envs: [{ name: 'VARIABLE' }] }],
    ['names and versions', { name: 'weather', version: '2023.0323.15181', description: 'a description' }],
    ['a URL without user-info', { source: { url: 'https://example.com/a@b.jar' } }],
    [
      'words that every message has',
      { command: { command: ['java', '-jar'] }, envs: [{ name: 'A', value: '8080' }] },
    ],
    ['a reference', { envs: [{ name: 'A', valueSecretRef: { name: 'secret-name', key: 'secret-key' } }] }],
  ])('leaves out %s', (_name, component) => {
    expect(hiddenTexts(component, {})).toEqual([]);
  });

  it('is bounded for a workload of any length', () => {
    const workloadContent = Array.from({ length: 10_000 }, (_, index) => `word-number-${index}`).join(' ');
    expect(hiddenTexts({ workloadContent }, {})).toHaveLength(2_000);
  });
});
