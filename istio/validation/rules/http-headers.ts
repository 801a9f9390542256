/** Header operations of an HTTP rule or of one of its destinations. */
import { shownText } from "../../shown";
import { hasControl, isToken } from "../../wire-text";
import type { HeaderOperations, Headers } from "../../types";
import { each, eachEntry, type Loose, type Report } from "../report";
import { variableFault } from "./variables";

export function headerRules(headers: Loose<Headers> | undefined, field: string, report: Report): void {
    operationRules(headers?.request, `${field}.request`, true, report);
    operationRules(headers?.response, `${field}.response`, false, report);
}

/** The fields that write the request's Host header. */
export function authorityWriters(headers: Loose<Headers> | undefined, field: string): string[] {
    const request = headers?.request;
    return (["set", "add"] as const).flatMap((operation) =>
        Object.keys(request?.[operation] ?? {})
            .filter(isAuthority)
            .map((name) => `${field}.request.${operation}[${JSON.stringify(name)}]`),
    );
}

function isAuthority(name: string): boolean {
    return name === ":authority" || name.toLowerCase() === "host";
}

function operationRules(operations: Loose<HeaderOperations> | undefined, field: string, request: boolean, report: Report): void {
    for (const operation of ["set", "add"] as const) {
        eachEntry(operations?.[operation], `${field}.${operation}`, (name, value, at) => {
            if (!(request && isAuthority(name))) {
                nameRules(name, at, report);
            }
            valueRules(value, at, report);
        });
    }
    each(operations?.remove, `${field}.remove`, (name, at) => nameRules(name, at, report));
}

function nameRules(name: string, field: string, report: Report): void {
    if (name === "") {
        report("GH0104", field, "a header's name is empty");
    } else if (name.startsWith(":")) {
        report(
            "GH0104",
            field,
            `${shownText(name)} is no header but a part of the request line`,
            name === ":path" ? "Use `rewrite.uri`." : "",
        );
    } else if (name.toLowerCase() === "host") {
        report("GH0104", field, "the Host header can be set on a request and nowhere else", "Use `rewrite.authority`.");
    } else if (!isToken(name)) {
        report("GH0104", field, `${shownText(name)} is no header's name`);
    }
}

function valueRules(value: string, field: string, report: Report): void {
    if (hasControl(value)) {
        report("GH0104", field, "the value has a control character or a line break");
    } else {
        const fault = variableFault(value);
        if (fault) {
            report("GH0104", field, `the value ${fault}`, "Write `%%` for a percent sign.");
        }
    }
}
