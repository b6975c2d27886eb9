import { describe, expect, it } from 'vitest';
import { parseIdentifierSource } from './identifier-source.js';

describe('parseIdentifierSource', () => {
  it.each([
    ['ip', { kind: 'ip' }],
    ['global', { kind: 'global' }],
    ['header:x-api-key', { kind: 'header', name: 'x-api-key' }],
    ['header:X-Api-Key', { kind: 'header', name: 'x-api-key' }],
    ['body:email', { kind: 'body', name: 'email' }],
    ['body:Email', { kind: 'body', name: 'Email' }],
    ['query:a:b', { kind: 'query', name: 'a:b' }],
    ['param: id ', { kind: 'param', name: 'id' }],
    ['user:id', { kind: 'user', name: 'id' }],
  ])('parses %s', (text, source) => {
    expect(parseIdentifierSource(text)).toEqual(source);
  });

  it.each([
    '',
    'IP',
    'ip:',
    'global:x',
    'header',
    'header:',
    'body: ',
    ':email',
    'cookie:sid',
    'user.id',
  ])('returns null for %j', (text) => {
    expect(parseIdentifierSource(text)).toBeNull();
  });
});
