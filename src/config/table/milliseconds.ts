/** Turns the seconds of a configuration into milliseconds; exact for whole milliseconds. */
export function toMs(seconds: number): number {
  return Math.round(seconds * 1000);
}
