/** Which of several content codings a client likes best (RFC 9110 §12.5.3). */
import type { Coding } from "../../istio/semantics";

/** So much of a header is read: nobody names more codings. */
const MOST = 512;

/**
 * Of those it likes as well the first; undefined: it takes none, or likes the body as it is better. Whoever says nothing gets the
 * body as it is.
 */
export function acceptedCoding(header: string | undefined, offered: readonly Coding[]): Coding | undefined {
    if (header === undefined || header === "" || header.length > MOST) return undefined;
    const weights = weightsOf(header);
    const others = weights.get("*");
    const plain = weights.get("identity") ?? 0;
    let best: Coding | undefined;
    let weight = 0;
    for (const coding of offered) {
        const own = weights.get(coding) ?? others ?? 0;
        if (own <= weight || own < plain) continue;
        best = coding;
        weight = own;
    }
    return best;
}

function weightsOf(header: string): ReadonlyMap<string, number> {
    const weights = new Map<string, number>();
    for (const part of header.split(",")) {
        const [name = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
        const q = parameters.find((text) => text.startsWith("q="));
        // RFC 9110 §8.4.1.3.
        const coding = name === "x-gzip" ? "gzip" : name;
        if (coding !== "") weights.set(coding, q === undefined ? 1 : weightOf(q.slice(2)));
    }
    return weights;
}

/** What is no weight is none at all. */
function weightOf(text: string): number {
    return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 0;
}
