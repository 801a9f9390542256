/** Claims of a verified token, compared. Only texts and lists of texts have values: a number or a boolean never fits (Istio). */
import { claimAt } from "./authentication-claims";
import type { TokenPayload } from "./judged";
import { fitsText, type BoundTexts } from "./texts";

/** Each half by itself: an issuer may have slashes, and so may a subject. */
export interface BoundPrincipal {
    readonly issuer: BoundTexts;
    readonly subject: BoundTexts;
}

const ISSUER = ["iss"];
const SUBJECT = ["sub"];

/** One of them. */
export function fitsPrincipal(principals: readonly BoundPrincipal[], payload: TokenPayload | undefined): boolean {
    if (payload === undefined) return false;
    const iss = claimAt(payload, ISSUER);
    const sub = claimAt(payload, SUBJECT);
    if (typeof iss !== "string" || typeof sub !== "string") return false;
    for (const { issuer, subject } of principals) if (fitsText(issuer, iss) && fitsText(subject, sub)) return true;
    return false;
}

export function fitsClaim(texts: BoundTexts, path: readonly string[], payload: TokenPayload | undefined): boolean {
    const value = payload && claimAt(payload, path);
    if (typeof value === "string") return fitsText(texts, value);
    if (!Array.isArray(value)) return false;
    for (const one of value as readonly unknown[]) if (typeof one === "string" && fitsText(texts, one)) return true;
    return false;
}
