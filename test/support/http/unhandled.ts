type Listener = (reason: unknown) => void;

/**
 * The rejections that nobody handled while `run` ran. Node ends a process for one of these, so
 * nothing that a client sends may cause it. Keeps the test runner's own listeners away meanwhile.
 */
export async function unhandledRejections(run: () => Promise<void>): Promise<unknown[]> {
  const others = process.listeners('unhandledRejection') as Listener[];
  const reasons: unknown[] = [];
  const keep: Listener = (reason) => reasons.push(reason);
  for (const other of others) process.removeListener('unhandledRejection', other);
  process.on('unhandledRejection', keep);
  try {
    await run();
    await nextTurn();
  } finally {
    process.removeListener('unhandledRejection', keep);
    for (const other of others) process.on('unhandledRejection', other);
  }
  return reasons;
}

/** Lets everything run that is ready to. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => {
      setImmediate(resolve);
    });
  });
}
