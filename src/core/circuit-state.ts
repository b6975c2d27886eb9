/** Where a circuit breaker stands. */
export type CircuitState = 'closed' | 'open' | 'half_open';

/** From good to bad. */
const ORDER: readonly CircuitState[] = ['closed', 'half_open', 'open'];

/** The worst of several; `closed` when there is none. */
export function worstCircuit(states: readonly CircuitState[]): CircuitState {
  return ORDER[Math.max(0, ...states.map((state) => ORDER.indexOf(state)))] ?? 'closed';
}
