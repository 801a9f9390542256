/** Conditions on the claims of a verified token: `@request.auth.claims.group`, and `[a][b]` for a claim within a claim. */

const CLAIM = /^@request\.auth\.claims(?:\..+|\[.+\])$/is;

/** Whether a header of a match names a claim, as Istio tells them from headers (pkg/jwt, ToRoutingClaim). */
export function isClaim(header: string): boolean {
    return CLAIM.test(header);
}
