/** Headers that gateways write themselves, whatever a client says: nobody is told apart by them. */

/** `name`: in lower case. */
export function isProxysOwnHeader(name: string): boolean {
    return /^x-(?:forwarded-|envoy-|request-id$)/.test(name);
}
