/** Claims of a verified token. Only texts and lists of texts have values: a number or a boolean never fits (Istio). */
import type { TokenPayload } from "./judged";
import { fitsText, type BoundTexts } from "./texts";

/** Each half by itself: an issuer may have slashes, and so may a subject. */
export interface BoundPrincipal {
    readonly issuer: BoundTexts;
    readonly subject: BoundTexts;
}

/** One of them. */
export function fitsPrincipal(principals: readonly BoundPrincipal[], payload: TokenPayload | undefined): boolean {
    const iss = claimAt(payload, "iss");
    const sub = claimAt(payload, "sub");
    if (typeof iss !== "string" || typeof sub !== "string") return false;
    for (const { issuer, subject } of principals) if (fitsText(issuer, iss) && fitsText(subject, sub)) return true;
    return false;
}

export function fitsClaim(texts: BoundTexts, path: readonly string[], payload: TokenPayload | undefined): boolean {
    let value: unknown = payload;
    for (let at = 0; at < path.length; at++) value = claimAt(value, path[at]!);
    if (typeof value === "string") return fitsText(texts, value);
    if (!Array.isArray(value)) return false;
    for (const one of value as readonly unknown[]) if (typeof one === "string" && fitsText(texts, one)) return true;
    return false;
}

/** A token's words are not JavaScript's: what every object has is no claim. */
function claimAt(value: unknown, name: string): unknown {
    return typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
        ? (value as TokenPayload)[name]
        : undefined;
}
