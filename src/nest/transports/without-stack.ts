/**
 * Makes an error without a stack trace. A denial is an answer, and its origin is always the guard;
 * collecting the trace would cost five times as much as the rest.
 */
export function withoutStack<T>(make: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
