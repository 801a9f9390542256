/** `%TYPED_CEL(…)%`, which in JSON is a number, a truth value, a list or an object where the expression comes to one. */
import { compileCel, type CelAttributes } from "../../../istio/cel";
import type { LogOperator } from "../../../istio/log-format";
import type { ConnectionRecord, RequestRecord } from "../../telemetry";
import { CONNECTION_ATTRIBUTES, REQUEST_ATTRIBUTES } from "../attributes";
import { celJson } from "./cel-values";

export interface TypedReader {
    readonly request: (record: RequestRecord) => string;
    readonly connection: (record: ConnectionRecord) => string;
}

/** Undefined: the operator has no values but texts and numbers. */
export function typedReader({ name, argument = "", length }: LogOperator): TypedReader | undefined {
    if (name !== "TYPED_CEL") return undefined;
    return { request: reader(argument, length, REQUEST_ATTRIBUTES), connection: reader(argument, length, CONNECTION_ATTRIBUTES) };
}

function reader<Logged>(expression: string, length: number, attributes: CelAttributes<Logged>): (record: Logged) => string {
    const compiled = compileCel(expression, attributes);
    return typeof compiled === "string" ? () => "null" : (record) => celJson(compiled.read(record), length);
}
