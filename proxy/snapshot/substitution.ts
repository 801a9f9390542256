/**
 * RE2's rewrite syntax (Istio's `uriRegexRewrite.rewrite`): `\0` to `\9` for groups, `\\` for a backslash. What is wrong
 * in it Istio takes too, and Envoy serves as is done here; validation warns of it.
 */

/** The whole match in the place of the match: nothing changes. */
const UNCHANGED: readonly number[] = [0];

/** Literal text and numbers of groups. Any other backslash ends it; a group that is not there makes it change nothing. */
export function parseSubstitution(source: string, groups: number): readonly (string | number)[] {
    const parts: (string | number)[] = [];
    let text = "";
    for (let at = 0; at < source.length; at++) {
        const character = source.charAt(at);
        if (character !== "\\") {
            text += character;
            continue;
        }
        const next = source.charAt(++at);
        if (next === "\\") {
            text += next;
        } else if (next >= "0" && next <= "9" && next !== "") {
            if (Number(next) > groups) return UNCHANGED;
            if (text !== "") parts.push(text);
            text = "";
            parts.push(Number(next));
        } else {
            break;
        }
    }
    if (text !== "") parts.push(text);
    return parts;
}
