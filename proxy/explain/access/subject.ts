/** A request or a connection as rules look at it: by the data path's own comparison, with the values that it compares. */
import { readableText } from "../../../istio/wire-text";
import { bindTest, claimAt, testHolds, type JudgedAccess } from "../../snapshot";
import type { AttributeEntry } from "../../tables";
import type { AccessSubject } from "./judge";

export function subjectOf(judged: JudgedAccess): AccessSubject {
    return {
        holds: (test) => testHolds(bindTest(test), judged),
        valuesOf: (attribute) => valuesOf(attribute, judged).map(shown),
    };
}

/** Whoever wrote it: one line, and short. */
function shown(text: string): string {
    return text === "" ? '""' : text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function valuesOf(attribute: AttributeEntry, judged: JudgedAccess): readonly string[] {
    const { connection, payload } = judged;
    switch (attribute.kind) {
        case "source-address":
            return [connection.remoteAddress];
        case "remote-address":
            return [judged.remoteAddress];
        case "source-principal":
            return connection.tls?.principals ?? [];
        case "destination-address":
            return [connection.localAddress];
        case "destination-port":
            return [String(connection.targetPort ?? connection.localPort)];
        case "server-name":
            return connection.serverName === "" ? [] : [connection.serverName];
        case "host":
            return [readableText(judged.authority)];
        case "method":
            return [judged.method];
        case "path":
            return [readableText(judged.pathname)];
        case "header":
            return headerValues(attribute.name, judged);
        case "request-principal":
            return typeof payload?.["iss"] === "string" && typeof payload["sub"] === "string"
                ? [`${payload["iss"]}/${payload["sub"]}`]
                : [];
        case "audiences":
            return claimValues(payload, ["aud"]);
        case "presenter":
            return claimValues(payload, ["azp"]);
        case "claim":
            return claimValues(payload, attribute.path);
        case "nothing":
            return [];
        default:
            return attribute satisfies never;
    }
}

function headerValues(name: string, { headers, path, scheme }: JudgedAccess): readonly string[] {
    if (name === ":path") return [readableText(path)];
    if (name === ":scheme") return [scheme];
    return headers.filter((_, at) => at % 2 === 1 && headers[at - 1] === name).map((value) => readableText(value));
}

/** As they are written; whether a number or a boolean fits anything is not said here. */
function claimValues(payload: JudgedAccess["payload"], path: readonly string[]): readonly string[] {
    const value = payload && claimAt(payload, path);
    if (value === undefined) return [];
    return (Array.isArray(value) ? (value as unknown[]) : [value]).map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
}
