/** The one error that leaves this room: what the user has to read is in its findings, each one clear sentence. */
import type { Code } from "../istio/codes";
import { withoutSecrets } from "../istio/secret-texts";
import { finding, findingText, type Finding, type Place } from "../istio/findings";

export class EngineError extends Error {
    readonly findings: readonly Finding[];

    constructor(findings: readonly Finding[]) {
        super(findings.map(findingText).join("\n"));
        this.name = "EngineError";
        this.findings = findings;
    }
}

/** An EngineError with one finding. */
export function engineError(code: Code, message: string, about: { fix?: string; place?: Place; field?: string } = {}): EngineError {
    return new EngineError([engineFinding(code, message, about)]);
}

export function engineFinding(code: Code, message: string, about: { fix?: string; place?: Place; field?: string } = {}): Finding {
    return finding(
        code,
        { ...(about.field ? { field: about.field } : {}), ...(about.place ? { place: about.place } : {}) },
        message,
        about.fix ?? "",
    );
}

/** Findings without the texts that are secret, wherever they quote one. */
export function concealed(findings: readonly Finding[], secrets: readonly string[]): Finding[] {
    if (secrets.length === 0) return [...findings];
    const open = (text: string): string => withoutSecrets(text, secrets);
    return findings.map((one) => {
        const { object, fix } = one;
        return {
            ...one,
            message: open(one.message),
            field: open(one.field),
            ...(fix === undefined ? {} : { fix: open(fix) }),
            ...(object ? { object: { ...object, name: open(object.name), namespace: open(object.namespace) } } : {}),
        };
    });
}
