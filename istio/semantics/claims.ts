/** Conditions on the claims of a verified token: `@request.auth.claims.group`, and `[a][b]` for a claim within a claim. */

const CLAIM = /^@request\.auth\.claims(?:\..+|\[.+\])$/is;

/** Whether a header of a match names a claim, as Istio tells them from headers (pkg/jwt, ToRoutingClaim). */
export function isClaim(header: string): boolean {
    return CLAIM.test(header);
}

/** What begins as a claim does is never taken for a header of the request, whether Istio would read it as a claim or not. */
export function isClaimLike(header: string): boolean {
    return header.startsWith("@");
}

export function neverMet(claim: string): string {
    return `${claim}: tokens are not verified by the bundled proxy, so that no request has a claim; the match is never met.`;
}

/** `conditions`: their fields in the match, as one text. */
export function notUnderstood(conditions: string, count: number): string {
    return `${conditions} ${count === 1 ? "is a condition" : "are conditions"} that the bundled proxy does not know; requests that may meet it get 500.`;
}
