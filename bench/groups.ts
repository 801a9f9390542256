/**
 * What clients of benchmarks offer for keys: the one group that all proxies agree on comes first. Envoy does not speak those that
 * quantum computers do not break. The second is the curve of the certificate, which TLS 1.2 wants to see named.
 */
export const GROUP = "X25519";
export const GROUPS = { ecdhCurve: `${GROUP}:P-256` };
