/** True for an error of the system or of TLS, which has a code such as `ECONNREFUSED`. */
export function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
