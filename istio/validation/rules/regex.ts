/** RE2 expressions: Istio matches nothing else, and what RE2 refuses must be refused before it reaches a proxy. */
import { RE2JS, RE2JSSyntaxException } from "re2js";
import { shownText } from "../../shown";
import { wireText } from "../../wire-text";

/** Istio's bound; a longer one is a program, not a match. */
const MAX_REGEX = 1024;

export function regexFault(regex: string): string | undefined {
    if (regex === "") {
        return "is empty; an empty expression matches nothing but the empty value";
    }
    const length = Buffer.byteLength(regex);
    if (length > MAX_REGEX) {
        return `has ${length} bytes, more than the ${MAX_REGEX} allowed`;
    }
    return compileFault(regex);
}

export function compileFault(regex: string): string | undefined {
    try {
        RE2JS.compile(regex);
        // What runs is made of bytes (Envoy's RE2 too): `[\x{100}-Ā]` is a range to one of them only.
        RE2JS.compile(wireText(regex));
        return undefined;
    } catch (error) {
        // Without the part of the expression that it is about, which is shown before, or is a password.
        const reason = error instanceof RE2JSSyntaxException ? error.getDescription() : "it does not compile";
        return `${shownText(regex)} is no RE2 expression: ${reason}; RE2 has no lookaround and no back references`;
    }
}

/** The groups of an expression that compiles. */
export function groupCount(regex: string): number {
    try {
        return RE2JS.compile(regex).groupCount();
    } catch {
        return 0;
    }
}
