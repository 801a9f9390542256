/**
 * Variables in header values, `%NAME%` and `%NAME(arguments)%`, read as Envoy's header parser and Istio's validation do:
 * arguments may hold percent signs of their own, as the formats of dates, and a backslash takes the next character as it is.
 */
type State = "text" | "name" | "arguments" | "text argument" | "item" | "items" | "bracket" | "end" | "limit";

const LONE = "has a lone `%`, which begins a variable such as `%START_TIME%`";
const BROKEN = "has a variable whose arguments are not closed; wanted `%NAME(arguments)%`";

/** What is wrong, as the end of a sentence. */
export function variableFault(value: string): string | undefined {
    let state: State = "text";
    for (let at = 0; at < value.length; at += 1) {
        const character = value[at] ?? "";
        if (state === "text" && character === "%") {
            if (value[at + 1] === "%") {
                at += 1;
                continue;
            }
            // Envoy knows no variable that begins otherwise.
            if (!/[A-Za-z_]/.test(value[at + 1] ?? "")) {
                return LONE;
            }
            state = "name";
        } else if (state === "text argument" && character === "\\") {
            if (at + 1 === value.length) {
                return BROKEN;
            }
            at += 1;
        } else {
            const next = follow(state, character);
            if (next === undefined) {
                return BROKEN;
            }
            state = next;
        }
    }
    return state === "text" ? undefined : state === "name" ? LONE : BROKEN;
}

/** The state behind a character; undefined where it may not stand there. */
function follow(state: State, character: string): State | undefined {
    switch (state) {
        case "text":
            return "text";
        case "name":
            return character === "%" ? "text" : character === "(" ? "arguments" : "name";
        case "arguments":
            return character === "[" ? "item" : character === " " ? "arguments" : "text argument";
        case "item":
            return character === '"' ? "text argument" : character === " " ? "item" : undefined;
        case "text argument":
            return character === ")" ? "end" : character === '"' ? "items" : "text argument";
        case "items":
            return character === "," ? "item" : character === "]" ? "bracket" : character === " " ? "items" : undefined;
        case "bracket":
            return character === ")" ? "end" : character === " " ? "bracket" : undefined;
        // Istio's own check knows no `%REQ(name):7%`; its data plane serves it.
        case "end":
            return character === "%" ? "text" : character === " " ? "end" : character === ":" ? "limit" : undefined;
        case "limit":
            return character === "%" ? "text" : /[0-9]/.test(character) ? "limit" : undefined;
        default:
            return state satisfies never;
    }
}
