/** Whether a connection failed by its TLS, the certificate above all, and not by the network. */
export function isTlsFailure({ code = '' }: NodeJS.ErrnoException): boolean {
  // The codes of the system are ECONNREFUSED, EAI_AGAIN and the like.
  return code === 'EPROTO' || !/^(?:EAI_[A-Z]+|E[A-Z\d]+|)$/.test(code);
}
