import { describe, expect, it } from 'vitest';
import { allReady, isPromise, whenReady } from './maybe-promise.js';

const later = <T>(value: T): Promise<T> => Promise.resolve(value);

describe('a value that may be available synchronously', () => {
  it('is distinguished from promises of any library', () => {
    expect([later(1), { then: () => undefined }].map((value) => isPromise<unknown>(value))).toEqual(
      [true, true],
    );
    const values = [0, '', null, undefined, [], {}, { then: 1 }];
    expect(values.filter((value) => isPromise<unknown>(value))).toEqual([]);
  });

  it('is used synchronously, and a promise once it has resolved', async () => {
    expect(whenReady(1, (value) => value + 1)).toBe(2);
    const late = whenReady(later(1), (value) => value + 1);
    expect(isPromise(late)).toBe(true);
    await expect(late).resolves.toBe(2);
  });

  it('throws synchronously, and a promise rejects', async () => {
    const fail = (): never => {
      throw new Error('broken');
    };
    expect(() => whenReady(1, fail)).toThrow('broken');
    await expect(whenReady(later(1), fail)).rejects.toThrow('broken');
  });

  it('is collected synchronously unless one of the values is a promise', async () => {
    expect(allReady([1, 2])).toEqual([1, 2]);
    expect(allReady([])).toEqual([]);
    await expect(allReady([later(1), 2, later(3)])).resolves.toEqual([1, 2, 3]);
    await expect(allReady([1, Promise.reject(new Error('broken'))])).rejects.toThrow('broken');
  });
});
