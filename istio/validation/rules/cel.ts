/**
 * Whether a CEL expression is well formed as far as its tokens tell: brackets and quotes that close, an operand on both
 * sides of each operator. Names and types are checked where expressions are compiled.
 */
const TOKEN = /\s+|\/\/[^\n]*|([bBrR]{0,2}(?:"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[uU]?|0x[0-9a-fA-F]+|[A-Za-z_]\w*)|(&&|\|\||[<>=!]=|[-+*/%<>!?:.,])|([()[\]{}])/y;
const CLOSING: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
const MAX_LENGTH = 10_000;

export function celFault(expression: string): string | undefined {
    if (expression.trim() === "") {
        return "the filter is empty; wanted a CEL expression such as `response.code >= 400`";
    }
    if (expression.length > MAX_LENGTH) {
        return `the filter has ${expression.length} characters, more than the ${MAX_LENGTH} allowed`;
    }
    const open: string[] = [];
    /** Whether an operand stands on the left. */
    let operand = false;
    let at = 0;
    while (at < expression.length) {
        TOKEN.lastIndex = at;
        const token = TOKEN.exec(expression);
        if (!token) {
            return `the filter is no CEL expression: nothing begins with the character at ${at + 1}`;
        }
        const [all, value, operator, bracket] = token;
        at += all.length;
        if (value !== undefined) {
            if (operand && value !== "in") {
                return `the filter is no CEL expression: an operator is missing before the character at ${at - all.length + 1}`;
            }
            operand = value !== "in";
        } else if (operator !== undefined) {
            if (!operand && operator !== "!" && operator !== "-" && operator !== ".") {
                return `the filter is no CEL expression: \`${operator}\` has nothing on its left`;
            }
            operand = false;
        } else if (bracket !== undefined) {
            const opening = CLOSING[bracket];
            if (opening === undefined) {
                open.push(bracket);
                operand = false;
            } else if (open.pop() !== opening) {
                return `the filter is no CEL expression: \`${bracket}\` closes nothing`;
            } else {
                operand = true;
            }
        }
    }
    if (open.length > 0) {
        return `the filter is no CEL expression: \`${open[open.length - 1]}\` is not closed`;
    }
    return operand ? undefined : "the filter is no CEL expression: it ends with an operator";
}
