import type { Group, Question } from './group.js';

/** Groups that ask the same of different keys, and travel with one copy of their fields. */
export interface Run {
  readonly question: Question;
  readonly groups: Group[];
  /** The first of their deadlines: nothing is done too late for one of them. */
  dueMs: number;
}

/**
 * Sorts groups into runs.
 *
 * Groups are independent of each other, so their order does not matter, unless a key is in two
 * runs: then neighbours only are put together, and who asked first is served first.
 */
export function runsOf(groups: readonly Group[]): readonly Run[] {
  const runs: Run[] = [];
  for (const group of groups) {
    const run = runs.find(({ question }) => isSameQuestion(question, group.question));
    if (run === undefined)
      runs.push({ question: group.question, groups: [group], dueMs: group.dueMs });
    else add(run, group);
  }
  return runs.length > 1 && isAnyKeyShared(runs) ? neighboursOf(groups) : runs;
}

function neighboursOf(groups: readonly Group[]): readonly Run[] {
  const runs: Run[] = [];
  for (const group of groups) {
    const run = runs.at(-1);
    if (run !== undefined && isSameQuestion(run.question, group.question)) add(run, group);
    else runs.push({ question: group.question, groups: [group], dueMs: group.dueMs });
  }
  return runs;
}

function add(run: Run, group: Group): void {
  run.groups.push(group);
  run.dueMs = Math.min(run.dueMs, group.dueMs);
}

/** Fields that come often are one and the same text, which `Shapes` sees to. */
function isSameQuestion(a: Question, b: Question): boolean {
  return a.fields === b.fields && a.operation === b.operation && a.requests === b.requests;
}

function isAnyKeyShared(runs: readonly Run[]): boolean {
  const seen = new Map<string, Run>();
  for (const run of runs) {
    for (const { question } of run.groups) {
      for (const key of question.keys) {
        const other = seen.get(key);
        if (other !== undefined && other !== run) return true;
        seen.set(key, run);
      }
    }
  }
  return false;
}
