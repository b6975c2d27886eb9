import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { textOf } from './value-text.js';

const HEX = '507f1f77bcf86cd799439011';
const UUID = '0190a6f4-5d1c-7c3a-9f7e-5b1d2c3e4f50';

/** Like the driver of MongoDB: a structure with a single text. */
class ObjectId {
  readonly buffer = Buffer.from(HEX, 'hex');

  toHexString(): string {
    return this.buffer.toString('hex');
  }

  toString(encoding = 'hex'): string {
    return `${encoding}: ${this.toHexString()}`;
  }
}

/** Like packages of UUIDs, dates and decimal numbers: toJSON returns the text. */
class Uuid {
  toJSON(): string {
    return UUID;
  }
}

/** Like `Long`, and value objects of applications. */
class UserId {
  readonly #number = 7;

  toString(): string {
    return `user-${String(this.#number)}`;
  }
}

/** Like a document of Mongoose: its text contains all its fields. */
class Document {
  readonly visits = Math.random();

  toJSON(): object {
    return { visits: this.visits };
  }

  toString(): string {
    return `{ visits: ${String(this.visits)} }`;
  }
}

class Failing {
  toString(): string {
    throw new Error('not now');
  }
}

const elsewhere = (code: string): unknown => runInContext(code, createContext({}));

describe('A4: the text of a value', () => {
  it.each([
    ['a text', 'ada', 'ada'],
    ['an empty text', '', ''],
    ['a number', 7, '7'],
    ['a bigint', 2n ** 64n, '18446744073709551616'],
    ['a boolean', false, 'false'],
    ['a String object', new String('ada'), 'ada'],
    ['a Number object', new Number(7), '7'],
    ['a Boolean object', new Boolean(true), 'true'],
    ['a bigint object', Object(7n), '7'],
    ['a String object of another realm', elsewhere('new String("ada")'), 'ada'],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a date of another realm', elsewhere('new Date(0)'), '1970-01-01T00:00:00.000Z'],
    ['a Buffer', Buffer.from(HEX, 'hex'), HEX],
    ['a Uint8Array', new Uint8Array([1, 255]), '01ff'],
    ['an ObjectId', new ObjectId(), HEX],
    ['a UUID', new Uuid(), UUID],
    ['a value object', new UserId(), 'user-7'],
    ['a URL', new URL('https://example.org/ada'), 'https://example.org/ada'],
  ])('is that of %s', (_what, value, text) => {
    expect(textOf(value)).toBe(text);
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['a Number object of NaN', new Number(Number.NaN)],
    ['a symbol', Symbol('ada')],
    ['a Symbol object', Object(Symbol('ada'))],
    ['a function', () => 'ada'],
    ['a class', UserId],
    ['an invalid date', new Date(Number.NaN)],
    ['a plain object', { id: 'ada' }],
    ['an object without a prototype', Object.create(null)],
    ['an object whose toString is data', { toString: 'ada' }],
    ['an array', ['ada']],
    ['an array of another realm', elsewhere('["ada"]')],
    ['a map', new Map([['id', 'ada']])],
    ['a promise', Promise.resolve('ada')],
    ['an error', new Error('ada')],
    ['a document', new Document()],
    ['an object whose methods throw', new Failing()],
    ['an object whose toHexString returns an object', { toHexString: () => ({}) }],
  ])('does not exist for %s', (_what, value) => {
    expect(textOf(value)).toBeNull();
  });
});
