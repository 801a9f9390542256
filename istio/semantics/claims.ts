/** Conditions on the claims of a verified token: `@request.auth.claims.group`, and `[a][b]` for a claim within a claim. */

const BEGINNING = "@request.auth.claims";

/** The claim that a header of a match names, as Istio tells them from headers (pkg/jwt, ToRoutingClaim); undefined: it names none. */
export function claimPath(header: string): readonly string[] | undefined {
    if (header.slice(0, BEGINNING.length).toLowerCase() !== BEGINNING) return undefined;
    const name = header.slice(BEGINNING.length);
    if (name.startsWith(".") && name.length > 1) return name.slice(1).split(".");
    return name.startsWith("[") && name.endsWith("]") && name.length > 2 ? name.slice(1, -1).split("][") : undefined;
}

export function isClaim(header: string): boolean {
    return claimPath(header) !== undefined;
}

/** Whether it begins as a claim does and names none: it is never taken for a header of the request. */
export function isBrokenClaim(header: string): boolean {
    return header.startsWith("@") && !isClaim(header);
}

export function neverMet(claim: string): string {
    return `${claim}: no header has such a name, and it names no claim (\`@request.auth.claims.name\`); the match is never met.`;
}

/** `conditions`: their fields in the match, as one text. */
export function notUnderstood(conditions: string, count: number): string {
    return `${conditions} ${count === 1 ? "is a condition" : "are conditions"} that the bundled proxy does not know; requests that may meet it get 500.`;
}
