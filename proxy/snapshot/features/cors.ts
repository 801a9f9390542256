/** Cross-origin rules, bound; what they do to a request and its response stands in exchange/features/cors.ts. */
import { hasControl, wireText } from "../../../istio/wire-text";
import type { CorsEntry } from "../../tables";
import { bindStringMatch, type BoundStringMatch } from "../match/string-match";

export interface Cors {
    readonly allowOrigins: readonly BoundStringMatch[];
    readonly entry: Omit<CorsEntry, "allowOrigins">;
}

/** Throws on a pattern that does not compile, and on text that would end its header's line. */
export function bindCors({ allowOrigins, ...entry }: CorsEntry): Cors {
    return {
        allowOrigins: allowOrigins.map(bindStringMatch),
        entry: {
            ...entry,
            allowMethods: fieldText(entry.allowMethods),
            allowHeaders: fieldText(entry.allowHeaders),
            exposeHeaders: fieldText(entry.exposeHeaders),
            maxAge: fieldText(entry.maxAge),
        },
    };
}

function fieldText(text: string): string {
    if (hasControl(text)) throw new Error(`corsPolicy: ${JSON.stringify(text)} has a control character or a line break`);
    return wireText(text);
}
