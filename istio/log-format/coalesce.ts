/**
 * `%COALESCE({"operators":["REQUESTED_SERVER_NAME",{"command":"REQ","param":":authority"}]})%`: the first of these operators that
 * has a value (Envoy's source/common/formatter/coalesce_formatter.cc).
 */
import { isRecord } from "../validation/outline";
import { jsonOf } from "../semantics/json-text";
import type { LogOperator } from "./operators";

/** A text: why there are none. */
export function coalescedOperators(argument: string): readonly LogOperator[] | string {
    const read = jsonOf(argument);
    if ("fault" in read) return `has no JSON between its parentheses: ${read.fault}`;
    const operators = isRecord(read.value) ? read.value["operators"] : undefined;
    if (!Array.isArray(operators) || operators.length === 0) return 'wants a list of operators, as in {"operators": ["PROTOCOL"]}';
    const made = operators.map(operatorOf);
    return made.find((one) => typeof one === "string") ?? made.filter((one) => typeof one !== "string");
}

function operatorOf(value: unknown, index: number): LogOperator | string {
    if (typeof value === "string") return { name: value, argument: undefined, length: -1, text: `%${value}%` };
    if (!isRecord(value)) return `wants a name or an object with command as operator ${index + 1}`;
    const { command, param, max_length: length = -1 } = value;
    if (typeof command !== "string") return `wants a name as command of operator ${index + 1}`;
    if (param !== undefined && typeof param !== "string") return `wants a text as param of operator ${index + 1}`;
    if (length !== -1 && !(typeof length === "number" && Number.isInteger(length) && length > 0))
        return `wants a number above 0 as max_length of operator ${index + 1}`;
    const argument = param === "" ? undefined : param;
    return { name: command, argument, length: length as number, text: `%${command}${argument === undefined ? "" : `(${argument})`}%` };
}
